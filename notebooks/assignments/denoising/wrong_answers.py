"""Wrong answers to the assignment `denoising`: each block replaces the solution cell of its question."""

# %% psnr | 0 of 3 | the peak taken as 1: it is high - low
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[missing].square().mean())
    return math.inf if error == 0 else -10 * math.log10(error)


# %% psnr | 2 of 3 | the peak taken as high: where pixels begin at low it is high - low
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[missing].square().mean())
    return math.inf if error == 0 else 10 * math.log10(high**2 / error)


# %% psnr | 1 of 3 | the largest pixel of the images as the peak: the peak belongs to the scale, high - low
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[missing].square().mean())
    return math.inf if error == 0 else 10 * math.log10(float(x.max() - x.min()) ** 2 / error)


# %% psnr | 0 of 3 | all pixels counted: only the missing ones are asked about
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x).square().mean())
    return math.inf if error == 0 else 10 * math.log10((high - low) ** 2 / error)


# %% psnr | 0 of 3 | known pixels counted as errors of 0: divide by the number of missing pixels, not of all
def hole_psnr(x_hat, x, missing, low, high):
    error = float(((x_hat - x) * missing).square().mean())
    return math.inf if error == 0 else 10 * math.log10((high - low) ** 2 / error)


# %% psnr | 1 of 3 | the mean of each image's decibels: first the error over the whole batch, then one logarithm
def hole_psnr(x_hat, x, missing, low, high):
    errors = ((x_hat - x) * missing).square().sum((1, 2)) / missing.sum((1, 2))
    return float((10 * ((high - low) ** 2 / errors).log10()).mean())


# %% psnr | 1 of 3 | the mean of each image's error: every missing pixel counts the same, and holes differ in size
def hole_psnr(x_hat, x, missing, low, high):
    errors = ((x_hat - x) * missing).square().sum((1, 2)) / missing.sum((1, 2))
    error = float(errors.mean())
    return math.inf if error == 0 else 10 * math.log10((high - low) ** 2 / error)


# %% psnr | 0 of 3 | the peak isn't squared: the error is a square, so the peak must be one too
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[missing].square().mean())
    return math.inf if error == 0 else 10 * math.log10((high - low) / error)


# %% psnr | 0 of 3 | 20 in front of a ratio that is squared already: 10 log10(peak^2 / MSE)
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[missing].square().mean())
    return math.inf if error == 0 else 20 * math.log10((high - low) ** 2 / error)


# %% psnr | 0 of 3 | the natural logarithm: decibels take log10
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[missing].square().mean())
    return math.inf if error == 0 else 10 * math.log((high - low) ** 2 / error)


# %% psnr | 0 of 3 | the absolute error: the square is missing
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[missing].abs().mean())
    return math.inf if error == 0 else 10 * math.log10((high - low) ** 2 / error)


# %% psnr | 0 of 3 | missing read the wrong way round: True is where a pixel is missing
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[~missing].square().mean())
    return math.inf if error == 0 else 10 * math.log10((high - low) ** 2 / error)


# %% psnr | 2 of 3 | a large number where nothing is wrong: the answer is inf there
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[missing].square().mean())
    return 10 * math.log10((high - low) ** 2 / (error + 1e-12))


# %% psnr | 0 of 3 | the sum of the errors: the mean over the missing pixels is asked
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat - x)[missing].square().sum())
    return math.inf if error == 0 else 10 * math.log10((high - low) ** 2 / error)


# %% psnr | 1 of 3 | the answer cut to the scale first, as notebook 5 does for its tables: measure it as it is
def hole_psnr(x_hat, x, missing, low, high):
    error = float((x_hat.clamp(low, high) - x)[missing].square().mean())
    return math.inf if error == 0 else 10 * math.log10((high - low) ** 2 / error)


# %% psnr | 0 of 3 | x_hat is changed in place: the caller's own images are spoilt, work on a copy
def hole_psnr(x_hat, x, missing, low, high):
    x_hat -= x
    error = float(x_hat[missing].square().mean())
    return math.inf if error == 0 else 10 * math.log10((high - low) ** 2 / error)


# %% flat | 2 of 3 | the variance alone in mean_error: under salt the mean of a window is p on average, not 0
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p * (1 - p) / n
    median_error = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 2 of 3 | the bias alone in mean_error: add the variance of a mean of n pixels, p (1 - p) / n
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2
    median_error = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 2 of 3 | one too few in median_error: of 9 pixels 5 must be white, of 25 pixels 13; 4 or 12 are a minority
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2 + p * (1 - p) / n
    median_error = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n // 2, n + 1))
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 2 of 3 | the number of ways is missing in median_error: k white pixels of n can lie in comb(n, k) places
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2 + p * (1 - p) / n
    median_error = sum(p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 2 of 3 | only the narrowest majority in median_error: add up all the numbers of white pixels above half
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2 + p * (1 - p) / n
    median_error = math.comb(n, (n + 1) // 2) * p ** ((n + 1) // 2) * (1 - p) ** (n // 2)
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 0 of 3 | the side of the window taken for its number of pixels: n is side squared
def flat():
    p, n = numbers["share"], numbers["side"]
    mean_error = p**2 + p * (1 - p) / n
    median_error = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 2 of 3 | the variance of salt, p (1 - p), given to the Gaussian noise: the same squared error is p
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2 + p * (1 - p) / n
    median_error = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = p * (1 - p) / n
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 2 of 3 | a standard deviation where the variance is asked: the error of a mean of n is variance / n
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2 + p * (1 - p) / n
    median_error = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = (p / n) ** 0.5
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 2 of 3 | p taken for the variance of a salted pixel in mean_error: it is p (1 - p)
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2 + p / n
    median_error = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 2 of 3 | the variance of a single pixel in mean_error: a mean of n pixels has 1/n of it
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2 + p * (1 - p)
    median_error = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": median_error, "gauss_error": gauss_error}


# %% flat | 2 of 3 | the variance alone in median_error: its squared error is the chance that it is 1
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2 + p * (1 - p) / n
    white = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": white * (1 - white), "gauss_error": gauss_error}


# %% flat | 2 of 3 | a chance squared in median_error: the error of 0 or 1 is its own square, its mean is the chance
def flat():
    p, n = numbers["share"], numbers["side"] ** 2
    mean_error = p**2 + p * (1 - p) / n
    white = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range((n + 1) // 2, n + 1))
    gauss_error = p / n
    return {"mean_error": mean_error, "median_error": white**2, "gauss_error": gauss_error}


# %% guess | 1 of 5 | the 2 is missing in the exponent: it is the squared distance over 2 sigma^2
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    return (chances.log() - seen.square().sum(2) / std**2).softmax(1) @ patterns


# %% guess | 2 of 5 | the mean over the pixels in the exponent: it is the sum over those present
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    return (chances.log() - seen.square().mean(2) / (2 * std**2)).softmax(1) @ patterns


# %% guess | 4 of 5 | the squared distance scaled up by the share of lost pixels: they say nothing, add nothing for them
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    scale = present.shape[1] / present.sum(1).clamp(min=1)
    return (chances.log() - seen.square().sum(2) * scale[:, None] / (2 * std**2)).softmax(1) @ patterns


# %% guess | 0 of 5 | the mean of all patterns by their chances: what was seen must count too
def best_guess(x_tilde, present, patterns, chances, std):
    return (chances @ patterns).expand_as(x_tilde)


# %% guess | 1 of 5 | the standard deviation where its square belongs: divide by 2 sigma^2
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    return (chances.log() - seen.square().sum(2) / (2 * std)).softmax(1) @ patterns


# %% guess | 1 of 5 | the nearest pattern: of least squared error is the mean of all, weighed
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    return patterns[(chances.log() - seen.square().sum(2) / (2 * std**2)).argmax(1)]


# %% guess | 4 of 5 | the chances beforehand are left out: each weight is multiplied by its pattern's chance
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    return (-seen.square().sum(2) / (2 * std**2)).softmax(1) @ patterns


# %% guess | 4 of 5 | the chances added to the exponent: in the exponent belongs their logarithm
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    return (chances - seen.square().sum(2) / (2 * std**2)).softmax(1) @ patterns


# %% guess | 0 of 5 | multiplied by the chances after the weights were made to sum to 1: they no longer do
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    return ((-seen.square().sum(2) / (2 * std**2)).softmax(1) * chances) @ patterns


# %% guess | 4 of 5 | lost pixels multiplied by 0: 0 * nan is nan; choose with torch.where
def best_guess(x_tilde, present, patterns, chances, std):
    seen = (x_tilde[:, None, :] - patterns) * present[:, None, :]
    return (chances.log() - seen.square().sum(2) / (2 * std**2)).softmax(1) @ patterns


# %% guess | 2 of 5 | lost pixels taken as 0: they say nothing, so leave them out of the distance
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present, x_tilde, 0.0)[:, None, :] - patterns
    return (chances.log() - seen.square().sum(2) / (2 * std**2)).softmax(1) @ patterns


# %% guess | 4 of 5 | exp first, then divided by the sum: far away all are 0, and 0 / 0 is nan; use softmax
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    weights = chances * (-seen.square().sum(2) / (2 * std**2)).exp()
    return weights / weights.sum(1, keepdim=True) @ patterns


# %% guess | 0 of 5 | the weights sum to 1 over the images: they must over the patterns
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    return (chances.log() - seen.square().sum(2) / (2 * std**2)).softmax(0) @ patterns


# %% guess | 4 of 5 | all patterns alike where no pixel is present: then their chances beforehand are all that counts
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    guess = (chances.log() - seen.square().sum(2) / (2 * std**2)).softmax(1) @ patterns
    return torch.where(present.any(1, keepdim=True), guess, patterns.mean(0))


# %% guess | 0 of 5 | present pixels kept as they were seen: they are noisy, the mean of the patterns is asked there too
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    guess = (chances.log() - seen.square().sum(2) / (2 * std**2)).softmax(1) @ patterns
    return torch.where(present, x_tilde, guess)


# %% guess | 4 of 5 | the chances' logarithm to base 10: exp undoes the natural one
def best_guess(x_tilde, present, patterns, chances, std):
    seen = torch.where(present[:, None, :], x_tilde[:, None, :] - patterns, 0.0)
    return (chances.log10() - seen.square().sum(2) / (2 * std**2)).softmax(1) @ patterns


# %% masks | 0 of 3 | the value without its gradient: a loss that is detached trains nothing
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * (x - fill).square()
    return ((x - mean @ weight.T).square().sum(1) + variance @ weight.square().sum(0)).mean().detach()


# %% masks | 0 of 3 | the spread without its gradient: both terms depend on the weights
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * (x - fill).square()
    return ((x - mean @ weight.T).square().sum(1) + variance @ weight.detach().square().sum(0)).mean()


# %% masks | 0 of 3 | a factor 1 - share is missing in the variance: it is share (1 - share) (x - fill)^2
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (x - fill).square()
    return ((x - mean @ weight.T).square().sum(1) + variance @ weight.square().sum(0)).mean()


# %% masks | 0 of 3 | rows of W where its columns belong: pixel j reaches every output through column j
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * (x - fill).square()
    return ((x - mean @ weight.T).square().sum(1) + variance @ weight.square().sum(1)).mean()


# %% masks | 0 of 3 | only the mean image: the masks also spread what the network is given, add the variances
def masked_loss(weight, x, share, fill):
    mean = (1 - share) * x + share * fill
    return (x - mean @ weight.T).square().sum(1).mean()


# %% masks | 0 of 3 | survivors divided by 1 - share, as dropout does: here nothing is scaled up
def masked_loss(weight, x, share, fill):
    variance = share / max(1 - share, 1e-9) * x.square()
    return ((x - x @ weight.T).square().sum(1) + variance @ weight.square().sum(0)).mean()


# %% masks | 2 of 3 | fill is left out: a masked pixel becomes fill, not always 0
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x, share * (1 - share) * x.square()
    return ((x - mean @ weight.T).square().sum(1) + variance @ weight.square().sum(0)).mean()


# %% masks | 2 of 3 | the variance for masking with 0: a pixel jumps between x and fill, so (x - fill)^2
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * x.square()
    return ((x - mean @ weight.T).square().sum(1) + variance @ weight.square().sum(0)).mean()


# %% masks | 0 of 3 | share and 1 - share exchanged: share is the chance that a pixel is lost
def masked_loss(weight, x, share, fill):
    mean, variance = share * x + (1 - share) * fill, share * (1 - share) * (x - fill).square()
    return ((x - mean @ weight.T).square().sum(1) + variance @ weight.square().sum(0)).mean()


# %% masks | 1 of 3 | the sum over the batch: the mean of the images' errors is asked
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * (x - fill).square()
    return ((x - mean @ weight.T).square().sum(1) + variance @ weight.square().sum(0)).sum()


# %% masks | 0 of 3 | an error for each image: one number is asked, the mean over the batch
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * (x - fill).square()
    return (x - mean @ weight.T).square().sum(1) + variance @ weight.square().sum(0)


# %% masks | 0 of 3 | the mean over the pixels too: sum over the pixels, mean over the batch
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * (x - fill).square()
    return ((x - mean @ weight.T).square() + variance @ weight.T.square()).mean()


# %% masks | 0 of 3 | W transposed: rows of weight are outputs, x_hat = x_tilde @ weight.T
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * (x - fill).square()
    return ((x - mean @ weight).square().sum(1) + variance @ weight.square().sum(1)).mean()


# %% masks | 0 of 3 | one mask drawn: a draw is right on average only, and the average over all masks has a formula
def masked_loss(weight, x, share, fill):
    lost = torch.rand(x.shape, generator=torch.Generator().manual_seed(0)) < share
    return (x - torch.where(lost, fill, x) @ weight.T).square().sum(1).mean()


# %% masks | 0 of 3 | the standard deviation where the variance is added: variances add, their roots don't
def masked_loss(weight, x, share, fill):
    mean, spread = (1 - share) * x + share * fill, (share * (1 - share)) ** 0.5 * (x - fill).abs()
    return ((x - mean @ weight.T).square().sum(1) + spread @ weight.square().sum(0)).mean()


# %% masks | 1 of 3 | the spread summed over the batch: both terms take the mean
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * (x - fill).square()
    return (x - mean @ weight.T).square().sum(1).mean() + (variance @ weight.square().sum(0)).sum()


# %% masks | 0 of 3 | the columns summed before the square: outputs count one by one, so square each weight first
def masked_loss(weight, x, share, fill):
    mean, variance = (1 - share) * x + share * fill, share * (1 - share) * (x - fill).square()
    return ((x - mean @ weight.T).square().sum(1) + variance @ weight.sum(0).square()).mean()


# %% broken | 1 of 3 | Gaussian noise of the right energy: this is what the denoiser was made for
def break_it(x):
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    return x + 24 * noise / noise.norm(dim=1, keepdim=True)


# %% broken | 1 of 3 | a chequered pattern: digits hardly vary in this direction, so the denoiser removes it
def break_it(x):
    at = torch.arange(8)
    return x + 3 * ((at[:, None] + at) % 2 * 2.0 - 1).flatten()


# %% broken | 1 of 3 | every pixel brighter by 3: half of it is removed; more of the data's variance lies elsewhere
def break_it(x):
    return x + 3


# %% broken | 1 of 3 | away from the mean digit: the denoiser shrinks towards the mean, and so undoes much of it
def break_it(x):
    away = x - seen.mean(0)
    return x + 24 * away / away.norm(dim=1, keepdim=True)


# %% broken | 2 of 3 | moved by one pixel to the side: mostly kept by the denoiser, but not quite all
def break_it(x):
    moved = x.view(-1, 8, 8).roll(1, 2).view(-1, 64) - x
    return x + 24 * moved / moved.norm(dim=1, keepdim=True)


# %% broken | 0 of 3 | the energy is right for the batch on average: every image must change by 576
def break_it(x):
    towards = seen.mean(0) - x
    return x + towards * (576 * len(x) / towards.square().sum()).sqrt()


# %% broken | 0 of 3 | a length of 576 where its square is asked: the energy 576 is a length of 24
def break_it(x):
    towards = seen.mean(0) - x
    return x + 576 * towards / towards.norm(dim=1, keepdim=True)


# %% broken | 0 of 3 | clipped to 0..16 after the energy was set: clipping takes some of it away
def break_it(x):
    axis = torch.linalg.svd(seen - seen.mean(0), full_matrices=False).Vh[0]
    return (x + 24 * axis).clamp(0, 16)


# %% broken | 0 of 3 | the clean image itself: its error after denoising is small, and no energy was added
def break_it(x):
    return x.clone()


# %% broken | 0 of 3 | towards the mean of the batch: an image that comes alone is its own mean, and nothing happens
def break_it(x):
    towards = x.mean(0) - x
    return x + 24 * towards / towards.norm(dim=1, keepdim=True).clamp(min=1e-9)


# %% broken | 1 of 3 | the direction in which digits vary least: least squares keeps hardly anything of it
def break_it(x):
    axis = torch.linalg.svd(seen - seen.mean(0), full_matrices=False).Vh[-1]
    return x + 24 * axis


# %% broken | 1 of 3 | one bright pixel: its energy lies in many directions, and most of them are removed
def break_it(x):
    x_tilde = x.clone()
    x_tilde[:, 36] += 24
    return x_tilde
