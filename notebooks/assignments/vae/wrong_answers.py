"""Wrong answers to the assignment `vae`: each block replaces the solution cell of its question."""

# %% kl | 0 of 3 | the other order, KL(prior || q): q stands first, so its variance is above the fraction line
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (prior_log_var.exp() + (mu - prior_mu).square()) / log_var.exp()
    return (0.5 * (log_var - prior_log_var + apart - 1)).mean(0).clamp(min=free).sum()


# %% kl | 0 of 3 | the 1/2 in front is missing
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (prior_log_var - log_var + apart - 1).mean(0).clamp(min=free).sum()


# %% kl | 1 of 3 | the KL to N(0, I): the prior has a mean and a variance of its own
def kl(mu, log_var, prior_mu, prior_log_var, free):
    return (0.5 * (mu.square() + log_var.exp() - 1 - log_var)).mean(0).clamp(min=free).sum()


# %% kl | 1 of 3 | divided by the prior's standard deviation: by its variance, exp(prior_log_var)
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / (0.5 * prior_log_var).exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).clamp(min=free).sum()


# %% kl | 1 of 3 | the prior's own log-variance is missing: log p(z) has it, and it no longer is 0
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (apart - 1 - log_var)).mean(0).clamp(min=free).sum()


# %% kl | 0 of 3 | log_var read as the log of sigma: exp(log_var) is the variance already
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = ((2 * log_var).exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - 2 * log_var + apart - 1)).mean(0).clamp(min=free).sum()


# %% kl | 0 of 3 | the mean over the code where the sum is asked for: mean over the batch, sum over the code
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).clamp(min=free).mean()


# %% kl | 0 of 3 | the sum over the batch where the mean is asked for
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).sum(0).clamp(min=free).sum()


# %% kl | 1 of 3 | free bits for each example: first the mean over the batch, then the larger of it and free
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).clamp(min=free).mean(0).sum()


# %% kl | 2 of 3 | free bits for the whole code: each code has its own, take the larger before the sum
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).sum().clamp(min=free)


# %% kl | 1 of 3 | free bits subtracted: what is below free costs free, what is above costs itself
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return ((0.5 * (prior_log_var - log_var + apart - 1)).mean(0) - free).clamp(min=0).sum()


# %% kl | 2 of 3 | free is left out: each code costs at least free
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).sum()


# %% kl | 1 of 3 | cut off from mu and log_var (detach, item or numpy): the values are right, but nothing is trained
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).clamp(min=free).sum().detach()


# %% kl | 1 of 3 | mu is detached: its gradient is missing, log_var has its own
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu.detach() - prior_mu).square() + 0 * mu) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).clamp(min=free).sum()


# %% kl | 1 of 3 | only the variance is divided by the prior's: the squared distance of the means is divided too
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var - prior_log_var).exp() + (mu - prior_mu).square()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).clamp(min=free).sum()


# %% kl | 0 of 3 | the smaller of the mean KL and free: below free a code costs free, so take the larger
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).clamp(max=free).sum()


# %% kl | 1 of 3 | free is added: below free a code costs free, above it costs its own KL and no more
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return ((0.5 * (prior_log_var - log_var + apart - 1)).mean(0) + free).sum()


# %% kl | 2 of 3 | the prior's mean is left out: what counts is the distance of mu from it
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + mu.square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).clamp(min=free).sum()


# %% kl | 0 of 3 | the -1 is missing: where both distributions are equal the KL is 0
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart)).mean(0).clamp(min=free).sum()


# %% kl | 0 of 3 | the 1/2 doesn't reach the squared distance of the means: it multiplies all terms
def kl(mu, log_var, prior_mu, prior_log_var, free):
    apart = (log_var.exp() + 2 * (mu - prior_mu).square()) / prior_log_var.exp()
    return (0.5 * (prior_log_var - log_var + apart - 1)).mean(0).clamp(min=free).sum()


# %% sample | 1 of 4 | L transposed: z is mu + L eps, so the rows of L are multiplied with eps
def sample_code(mu, log_std, below, eps):
    factor = below.tril(-1) + log_std.exp().diag_embed()
    z = mu + (eps[..., None, :] @ factor)[..., 0, :]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 1 of 4 | log_std read as a log-variance: exp(log_std) is the standard deviation already
def sample_code(mu, log_std, below, eps):
    factor = below.tril(-1) + (0.5 * log_std).exp().diag_embed()
    z = mu + (factor @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 1 of 4 | the diagonal is log_std itself: it is exp(log_std)
def sample_code(mu, log_std, below, eps):
    z = mu + ((below.tril(-1) + log_std.diag_embed()) @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 1 of 4 | the entries above the diagonal were kept: tril(-1) takes only those below it
def sample_code(mu, log_std, below, eps):
    upper = below.triu(1) + below.tril(-1)
    z = mu + ((upper + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 1 of 4 | the diagonal of below was added: tril() keeps the diagonal, tril(-1) doesn't
def sample_code(mu, log_std, below, eps):
    z = mu + ((below.tril() + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 1 of 4 | below is left out: the numbers of the code are independent again
def sample_code(mu, log_std, below, eps):
    z = mu + log_std.exp() * eps
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 2 of 4 | the density of eps in place of that of z: the determinant of L is missing
def sample_code(mu, log_std, below, eps):
    z = mu + ((below.tril(-1) + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 2 of 4 | the sign of the determinant: a wider q has a smaller density, so its log is subtracted
def sample_code(mu, log_std, below, eps):
    z = mu + ((below.tril(-1) + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) + log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 2 of 4 | half of the log determinant: a 1/2 belongs to log-variances; these are log standard deviations
def sample_code(mu, log_std, below, eps):
    z = mu + ((below.tril(-1) + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, -0.5 * (eps.square() + log_std + math.log(2 * math.pi)).sum(-1)


# %% sample | 2 of 4 | the 2 pi is missing: log q is a log density with all its constants
def sample_code(mu, log_std, below, eps):
    z = mu + ((below.tril(-1) + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1)


# %% sample | 3 of 4 | drawn under no_grad or detached: then nothing trains mu, log_std and below
def sample_code(mu, log_std, below, eps):
    with torch.no_grad():
        z = mu + ((below.tril(-1) + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 3 of 4 | log_std is cut off: its gradient is 0, mu and below have theirs
def sample_code(mu, log_std, below, eps):
    factor = below.tril(-1) + (log_std.detach() + 0 * log_std).exp().diag_embed()
    z = mu + (factor @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 1 of 4 | a minus in the exponent: the diagonal of L is exp(log_std)
def sample_code(mu, log_std, below, eps):
    factor = below.tril(-1) + (-log_std).exp().diag_embed()
    z = mu + (factor @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 2 of 4 | the 2 pi counted once: there is one for each number of the code
def sample_code(mu, log_std, below, eps):
    z = mu + ((below.tril(-1) + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * math.log(2 * math.pi)


# %% sample | 2 of 4 | log q of independent codes: put z into the density of N(mu, L L^T), or start from that of eps
def sample_code(mu, log_std, below, eps):
    z = mu + ((below.tril(-1) + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, torch.distributions.Normal(mu, log_std.exp()).log_prob(z).sum(-1)


# %% sample | 1 of 4 | mu is missing in z: the draw is moved by it
def sample_code(mu, log_std, below, eps):
    z = ((below.tril(-1) + log_std.exp().diag_embed()) @ eps[..., None])[..., 0] + 0 * mu
    return z, -0.5 * eps.square().sum(-1) - log_std.sum(-1) - 0.5 * eps.shape[-1] * math.log(2 * math.pi)


# %% sample | 2 of 4 | the mean over the code where the sum belongs: log densities of the d numbers add up
def sample_code(mu, log_std, below, eps):
    z = mu + ((below.tril(-1) + log_std.exp().diag_embed()) @ eps[..., None])[..., 0]
    return z, (-0.5 * eps.square() - log_std - 0.5 * math.log(2 * math.pi)).mean(-1)


# %% mend | 1 of 4 | exp(log_var) is still taken for the standard deviation: it is exp(log_var / 2)
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + log_var.exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 3 of 4 | mu is still detached in the draw: the reconstruction must train the encoder
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu.detach() + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 1 of 4 | the squared error is still a mean over the pixels: sum over them, mean over the batch
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().mean(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 1 of 4 | the 2 under the squared error is missing: a Gaussian has (x - g)^2 / (2 sigma^2)
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / sigma**2 + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 2 of 4 | the constant of the Gaussian is left out: (n / 2) log(2 pi sigma^2), needed for an honest number
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 2 of 4 | the constant for one pixel only: each of the n pixels has its own
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 2 of 4 | the KL is still a mean over the code: sum over it, mean over the batch
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 1 of 4 | the 1/2 of the KL is still missing
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 2 of 4 | the sign of the KL: the loss is the negative ELBO, error plus KL
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error - kl}


# %% mend | 0 of 4 | the sum over the batch where the mean is asked for
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).sum()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 1 of 4 | mu is decoded, eps isn't used: the error belongs to a draw of q
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 3 of 4 | log_var is detached in the draw: the reconstruction must train it too
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var.detach()).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 3 of 4 | the numbers are right and cut off from the network (item, detach or numpy): nothing is trained
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error.detach(), "kl": kl.detach(), "loss": (error + kl).detach()}


# %% mend | 2 of 4 | the logarithm of sigma in place of its square: the constant is (n / 2) log(2 pi sigma^2)
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 1 of 4 | the sum over the batch in the KL alone: mean over the batch in both terms
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 2 of 4 | the 2 pi is missing in the constant: gaussian_nll_loss has it with full=True only
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 1 of 4 | sigma read as a variance: it is the standard deviation, so its square stands below
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": error + kl}


# %% mend | 2 of 4 | the ELBO itself as the loss: it is made large, so its negative is minimised
def mended_loss(model, x, eps, sigma):
    mu, log_var = model.posterior(x)
    squared = (model.g(mu + (0.5 * log_var).exp() * eps) - x).square().sum(1)
    error = (squared / (2 * sigma**2) + 0.5 * x.shape[1] * math.log(2 * math.pi * sigma**2)).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()
    return {"error": error, "kl": kl, "loss": -error - kl}


# %% mend | 0 of 4 | the sick loss as it was
def mended_loss(model, x, eps, sigma):
    return sick_loss(model, x, eps, sigma)


# %% honest | 0 of 3 | the mean of the logarithms as nll: that is the ELBO; the average stands inside the logarithm
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp()
    return {"nll": -log_w.mean(), "elbo": log_w.mean(), "draws": draws}


# %% honest | 0 of 3 | the sum of the weights, not their mean: subtract log k
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp()
    return {"nll": -log_w.logsumexp(0).mean(), "elbo": log_w.mean(), "draws": draws}


# %% honest | 2 of 3 | exp first, then the logarithm: weights near exp(-5000) become 0; use logsumexp
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    w = log_w.exp()
    return {"nll": -w.mean(0).log().mean(), "elbo": log_w.mean(), "draws": w.sum(0).square() / w.square().sum(0)}


# %% honest | 1 of 3 | one logarithm for the whole batch: each image has its own, then the mean of the logarithms
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp()
    nll = math.log(log_w.numel()) - log_w.flatten().logsumexp(0)
    return {"nll": nll, "elbo": log_w.mean(), "draws": draws}


# %% honest | 0 of 3 | nll and elbo for each image: one number each is asked for, the mean over the images
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp()
    return {"nll": math.log(len(log_w)) - log_w.logsumexp(0), "elbo": log_w.mean(0), "draws": draws}


# %% honest | 0 of 3 | the sign of the nll: it is minus the logarithm
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp()
    return {"nll": (log_w.logsumexp(0) - math.log(len(log_w))).mean(), "elbo": log_w.mean(), "draws": draws}


# %% honest | 0 of 3 | q is left out: a draw that q makes often must count less, so divide by q
def honest(log_joint, log_q):
    nll = -(log_joint.logsumexp(0) - math.log(len(log_joint))).mean()
    draws = (2 * log_joint.logsumexp(0) - (2 * log_joint).logsumexp(0)).exp()
    return {"nll": nll, "elbo": log_joint.mean(), "draws": draws}


# %% honest | 0 of 3 | images and draws exchanged: the draws are the first dimension, k
def honest(log_joint, log_q):
    log_w = (log_joint - log_q).T
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp()
    return {"nll": -(log_w.logsumexp(0) - math.log(len(log_w))).mean(), "elbo": log_w.mean(), "draws": draws}


# %% honest | 1 of 3 | draws upside down: (sum of w)^2 over the sum of w^2
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = ((2 * log_w).logsumexp(0) - 2 * log_w.logsumexp(0)).exp()
    return {"nll": -(log_w.logsumexp(0) - math.log(len(log_w))).mean(), "elbo": log_w.mean(), "draws": draws}


# %% honest | 1 of 3 | draws from the log weights: the formula has the weights themselves
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = log_w.sum(0).square() / log_w.square().sum(0)
    return {"nll": -(log_w.logsumexp(0) - math.log(len(log_w))).mean(), "elbo": log_w.mean(), "draws": draws}


# %% honest | 1 of 3 | one number of draws for the whole batch: every image has its own
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp().mean()
    return {"nll": -(log_w.logsumexp(0) - math.log(len(log_w))).mean(), "elbo": log_w.mean(), "draws": draws}


# %% honest | 1 of 3 | means for sums in the draws: they come out k times too small
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp() / len(log_w)
    return {"nll": -(log_w.logsumexp(0) - math.log(len(log_w))).mean(), "elbo": log_w.mean(), "draws": draws}


# %% honest | 1 of 3 | the sign of the elbo: it is a bound of log p(x), the mean of the log weights
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp()
    return {"nll": -(log_w.logsumexp(0) - math.log(len(log_w))).mean(), "elbo": -log_w.mean(), "draws": draws}


# %% honest | 0 of 3 | the largest log weight was subtracted before exp and isn't added again
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp()
    return {"nll": -(log_w - log_w.amax(0)).exp().mean(0).log().mean(), "elbo": log_w.mean(), "draws": draws}


# %% honest | 2 of 3 | one maximum for the whole batch: images lie far apart, subtract the largest of each
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    w = (log_w - log_w.max()).exp()
    nll = -(w.mean(0).log() + log_w.max()).mean()
    return {"nll": nll, "elbo": log_w.mean(), "draws": w.sum(0).square() / w.square().sum(0)}


# %% honest | 0 of 3 | log of k to the base 2: the natural logarithm of k, as in logsumexp
def honest(log_joint, log_q):
    log_w = log_joint - log_q
    draws = (2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp()
    return {"nll": (math.log2(len(log_w)) - log_w.logsumexp(0)).mean(), "elbo": log_w.mean(), "draws": draws}


# %% exact | 2 of 3 | the decoder's variance alone in log p(x): x varies with z too, add slope^2
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * s2) + x**2 / s2)
    posterior = [a * x / spread, s2 / spread]
    gap = 0.5 * ((1 + posterior[0] ** 2) / posterior[1] - 1 + math.log(posterior[1]))
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | standard deviations added in log p(x): the variances of independent numbers add up
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread, wide = a**2 + s2, (a + s2**0.5) ** 2
    log_evidence = -0.5 * (math.log(2 * math.pi * wide) + x**2 / wide)
    posterior = [a * x / spread, s2 / spread]
    gap = 0.5 * ((1 + posterior[0] ** 2) / posterior[1] - 1 + math.log(posterior[1]))
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the constant is missing in log p(x): a log density has its -1/2 log(2 pi)
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(spread) + x**2 / spread)
    posterior = [a * x / spread, s2 / spread]
    gap = 0.5 * ((1 + posterior[0] ** 2) / posterior[1] - 1 + math.log(posterior[1]))
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the slope isn't squared: a times z has the variance slope^2
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread, narrow = a**2 + s2, a + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * narrow) + x**2 / narrow)
    posterior = [a * x / spread, s2 / spread]
    gap = 0.5 * ((1 + posterior[0] ** 2) / posterior[1] - 1 + math.log(posterior[1]))
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the posterior's standard deviation where its variance is asked for
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * spread) + x**2 / spread)
    posterior = [a * x / spread, (s2 / spread) ** 0.5]
    gap = 0.5 * ((1 + posterior[0] ** 2) / posterior[1] ** 2 - 1) + math.log(posterior[1])
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the prior is left out of the posterior: it pulls the mean from x / slope towards 0
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * spread) + x**2 / spread)
    posterior = [x / a, s2 / a**2]
    gap = log_evidence + 0.5 * (math.log(2 * math.pi * s2) + (x**2 + a**2) / s2)
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the other order in the gap, KL(posterior || q): what the ELBO lacks is KL(q || posterior)
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * spread) + x**2 / spread)
    posterior = [a * x / spread, s2 / spread]
    gap = 0.5 * (posterior[1] + posterior[0] ** 2 - 1 - math.log(posterior[1]))
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the spread of z is left out of the ELBO: the mean of (x - slope z)^2 is x^2 + slope^2
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * spread) + x**2 / spread)
    posterior = [a * x / spread, s2 / spread]
    gap = log_evidence + 0.5 * (math.log(2 * math.pi * s2) + x**2 / s2)
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the ELBO itself in place of the gap: subtract it from log p(x)
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * spread) + x**2 / spread)
    posterior = [a * x / spread, s2 / spread]
    gap = -0.5 * (math.log(2 * math.pi * s2) + (x**2 + a**2) / s2)
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the sign of the gap: log p(x) minus the ELBO, which is the smaller
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * spread) + x**2 / spread)
    posterior = [a * x / spread, s2 / spread]
    gap = 0.5 * ((1 + posterior[0] ** 2) / posterior[1] - 1 + math.log(posterior[1]))
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": -gap}


# %% exact | 2 of 3 | one over the posterior's variance: that is its precision
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * spread) + x**2 / spread)
    gap = 0.5 * ((1 + (a * x / spread) ** 2) * spread / s2 - 1 + math.log(s2 / spread))
    return {"log_evidence": log_evidence, "posterior": [a * x / spread, spread / s2], "gap": gap}


# %% exact | 2 of 3 | the variance was squared in log p(x): your number is a variance already
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread, wrong = a**2 + s2, a**2 + s2**2
    log_evidence = -0.5 * (math.log(2 * math.pi * wrong) + x**2 / wrong)
    posterior = [a * x / spread, s2 / spread]
    gap = 0.5 * ((1 + posterior[0] ** 2) / posterior[1] - 1 + math.log(posterior[1]))
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the slope isn't squared in the posterior's variance: 1 / (1 + slope^2 / variance)
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * spread) + x**2 / spread)
    gap = log_evidence + 0.5 * (math.log(2 * math.pi * s2) + (x**2 + a**2) / s2)
    return {"log_evidence": log_evidence, "posterior": [a * x / spread, s2 / (a + s2)], "gap": gap}


# %% exact | 2 of 3 | the 1/2 doesn't reach x^2 in log p(x): the exponent is x^2 / (2 (slope^2 + variance))
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * math.log(2 * math.pi * spread) - x**2 / spread
    posterior = [a * x / spread, s2 / spread]
    gap = 0.5 * ((1 + posterior[0] ** 2) / posterior[1] - 1 + math.log(posterior[1]))
    return {"log_evidence": log_evidence, "posterior": posterior, "gap": gap}


# %% exact | 2 of 3 | the slope is missing in the posterior's mean: slope times x over the variance of x
def exact():
    a, s2, x = numbers["slope"], numbers["variance"], numbers["x"]
    spread = a**2 + s2
    log_evidence = -0.5 * (math.log(2 * math.pi * spread) + x**2 / spread)
    gap = log_evidence + 0.5 * (math.log(2 * math.pi * s2) + (x**2 + a**2) / s2)
    return {"log_evidence": log_evidence, "posterior": [x / spread, s2 / spread], "gap": gap}
