"""The checks of notebook 6: the KL, the draw and its gradients, the noise in a loss, the likelihood, a broken VAE."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from .gradients import check_with_gradients
from .verdict import check

OWN_NOISE = "own noise"


def check_kl(attempt: Any) -> None:
    """KL(N(mu, exp(log_var)) || N(0, I)), sum over the code, mean over the batch: 2 x (B, d) -> ()."""

    def oracle(mu: Tensor, log_var: Tensor) -> Tensor:
        return kl_divergence(*normals(mu, log_var)).sum(1).mean()

    def formula(mu: Tensor, log_var: Tensor) -> Tensor:
        return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1)

    slips = {
        "the mean over the code where the sum is asked: sum over dim 1, then the mean over the batch": (
            lambda mu, log_var: formula(mu, log_var).mean() / mu.shape[1]
        ),
        "the sum over the batch: divide it by the number of images": lambda mu, log_var: formula(mu, log_var).sum(),
        "the sum over the batch and the mean over the code: the other way round": (
            lambda mu, log_var: formula(mu, log_var).sum() / mu.shape[1]
        ),
        "one number for each image: take the mean over the batch": formula,
        "the 1/2 is missing": lambda mu, log_var: 2 * formula(mu, log_var).mean(),
        "the sign: a KL is never negative": lambda mu, log_var: -formula(mu, log_var).mean(),
        "the -1 is missing: at mu = 0 and log_var = 0 the KL is 0": (
            lambda mu, log_var: 0.5 * (mu.square() + log_var.exp() - log_var).sum(1).mean()
        ),
        "sigma where its square belongs: sigma^2 is exp(log_var), not exp(log_var / 2)": (
            lambda mu, log_var: 0.5 * (mu.square() + (0.5 * log_var).exp() - 1 - log_var).sum(1).mean()
        ),
        "log_var taken for log sigma: exp(log_var) is the variance already": (
            lambda mu, log_var: formula(mu, 2 * log_var).mean()
        ),
        "log_var taken for the variance: the variance is exp(log_var)": (
            lambda mu, log_var: 0.5 * (mu.square() + log_var - 1 - log_var.abs().log()).sum(1).mean()
        ),
        "mu isn't squared": lambda mu, log_var: 0.5 * (mu + log_var.exp() - 1 - log_var).sum(1).mean(),
        "the sign of the log-variance: it is subtracted": (
            lambda mu, log_var: 0.5 * (mu.square() + log_var.exp() - 1 + log_var).sum(1).mean()
        ),
        "the order: KL(q || p) has q first, yours is KL(p || q)": (
            lambda mu, log_var: kl_divergence(*reversed(normals(mu, log_var))).sum(1).mean()
        ),
    }
    generator = torch.Generator().manual_seed(0)
    cases = [posterior(generator, 3, 5), posterior(generator, 7, 4)]
    check(attempt, oracle, cases, slips)


def posterior(generator: torch.Generator, batch: int, z_dim: int) -> tuple[Tensor, Tensor]:
    """A mean and a log-variance for each image: () -> 2 x (B, d)."""
    mu, log_var = torch.randn(2, batch, z_dim, generator=generator)
    return mu, 0.8 * log_var - 0.6


def normals(mu: Tensor, log_var: Tensor) -> tuple[Normal, Normal]:
    """The posterior and the prior, as PyTorch's distributions."""
    return Normal(mu, log_var.exp().sqrt()), Normal(torch.zeros_like(mu), torch.ones_like(mu))


def check_draw(attempt: Any) -> None:
    """z = mu + sigma eps, with gradients to both: mu (B, d), log_var (B, d), eps (B, d) -> (B, d)."""

    def oracle(mu: Tensor, log_var: Tensor, eps: Tensor) -> Tensor:
        shares = Normal(torch.zeros_like(eps), torch.ones_like(eps)).cdf(eps.double())
        return normals(mu.double(), log_var.double())[0].icdf(shares).to(mu)  # the same quantile of the posterior

    def sigma(log_var: Tensor) -> Tensor:
        return (0.5 * log_var).exp()

    slips = {
        "your own noise: use the eps that is given, so that the draw can be repeated": lambda *_: OWN_NOISE,
        "the variance for sigma: exp(log_var) is the variance, sigma is exp(log_var / 2)": (
            lambda mu, log_var, eps: mu + log_var.exp() * eps
        ),
        "the log-variance for sigma: sigma is exp(log_var / 2)": lambda mu, log_var, eps: mu + log_var * eps,
        "half of the variance: the 1/2 stands inside, sigma is exp(log_var / 2)": (
            lambda mu, log_var, eps: mu + 0.5 * log_var.exp() * eps
        ),
        "the square for the root: sigma is exp(log_var / 2), not exp(2 log_var)": (
            lambda mu, log_var, eps: mu + (2 * log_var).exp() * eps
        ),
        "mu is missing: the draw is mu + sigma * eps": lambda mu, log_var, eps: sigma(log_var) * eps,
        "eps is missing: that is no draw, every call gives the same": lambda mu, log_var, eps: mu + sigma(log_var),
        "mu alone: no draw at all": lambda mu, log_var, eps: mu,
        "sigma multiplies mu too: only the noise is scaled": lambda mu, log_var, eps: sigma(log_var) * (mu + eps),
        "the sign: plus sigma * eps": lambda mu, log_var, eps: mu - sigma(log_var) * eps,
    }
    gradient_slips = {
        "the values are right and no gradient reaches mu and log_var: don't detach (nor .sample(), nor no_grad)": (
            lambda mu, log_var, eps: oracle(mu, log_var, eps).detach()
        ),
        "the gradient reaches mu only: sigma is cut off from log_var": (
            lambda mu, log_var, eps: mu + sigma(log_var).detach() * eps
        ),
        "the gradient reaches log_var only: mu is cut off": lambda mu, log_var, eps: mu.detach() + sigma(log_var) * eps,
    }
    generator = torch.Generator().manual_seed(0)
    cases = [
        (*posterior(generator, batch, z_dim), torch.randn(batch, z_dim, generator=generator))
        for batch, z_dim in ((3, 5), (7, 4))
    ]
    check_with_gradients(steady(attempt), oracle, cases, slips, gradient_slips, count=2)


def steady(attempt: Any) -> Any:
    """The same function, which says so where two calls with the same arguments differ; any other answer as it is."""
    if not callable(attempt):
        return attempt

    def twice(*arguments: Tensor) -> Any:
        one, other = (attempt(*(tensor.clone() for tensor in arguments)) for _ in range(2))
        tensors = isinstance(one, Tensor) and isinstance(other, Tensor) and one.shape == other.shape
        return OWN_NOISE if tensors and not torch.allclose(one, other, equal_nan=True) else one

    return twice


def check_pixel_variance(attempt: Any) -> None:
    """The variance of the pixels that F.mse_loss(x_hat, x) + KL stands for, 28 x 28 pixels: a number."""

    def oracle() -> float:
        x = torch.zeros(1, 1, 28, 28, dtype=torch.float64)
        x_hat = x.clone()
        x_hat[..., 3, 5] = 1.0  # one pixel is off by one: the loss grows by that, and so must -log p
        one = torch.ones((), dtype=torch.float64)
        at_variance_1 = float(Normal(0 * one, one).log_prob(0 * one) - Normal(0 * one, one).log_prob(one))
        return at_variance_1 / float(F.mse_loss(x_hat, x))

    slips = {
        "the 1/2 of the Gaussian is missing: its exponent is ||x - x_hat||^2 / (2 sigma^2)": lambda: 784.0,
        "mse_loss is the mean over 784 pixels: to have the sum, multiply the loss by 784, the KL too": lambda: 0.5,
        "that is sigma: its square is asked": lambda: math.sqrt(392),
        "upside down: large weight on the KL means noisy pixels, a large variance": lambda: 2 / 784,
        "the side of the image for its pixels: 28 x 28 = 784 pixels": lambda: 14.0,
        "the 2 multiplies: 784 / 2": lambda: 1568.0,
        "beta, not the variance: sigma^2 = beta / 2": lambda: 1 / 784,
    }
    check(attempt, oracle, slips=slips, rtol=2e-3)


def check_nll(attempt: Any) -> None:
    """-log of the mean of k importance weights, from their logarithms: log_w (k, B) -> (B,)."""

    def oracle(log_w: Tensor) -> Tensor:
        from fractions import Fraction

        totals = []
        for column in log_w.double().T.tolist():
            top = max(column)
            weights = [Fraction(math.exp(value - top)) for value in column]  # exact sums: the order plays no part
            totals.append(-top - math.log(sum(weights) / len(weights)))
        return torch.tensor(totals)

    slips = {
        "the mean of the logarithms, which is the ELBO: the mean of the weights first, then the logarithm": (
            lambda log_w: -log_w.mean(0)
        ),
        "exp of -130 is 0 in float32, and log 0 is -inf: let logsumexp do both at once": (
            lambda log_w: -log_w.exp().mean(0).log()
        ),
        "the sum of the weights: subtract log k for the mean": lambda log_w: -log_w.logsumexp(0),
        "log k has the wrong sign: the mean is the sum divided by k": (
            lambda log_w: -(log_w.logsumexp(0) + math.log(len(log_w)))
        ),
        "divided by k outside of the logarithm: log(sum / k) = logsumexp - log k": (
            lambda log_w: -log_w.logsumexp(0) / len(log_w)
        ),
        "log of the batch size: the mean is over the k draws, subtract log k": (
            lambda log_w: -(log_w.logsumexp(0) - math.log(log_w.shape[1]))
        ),
        "over the images where the draws are asked: dim 0 are the k draws": (
            lambda log_w: -(log_w.logsumexp(1) - math.log(log_w.shape[1]))
        ),
        "the sign: the negative log-likelihood is asked": lambda log_w: log_w.logsumexp(0) - math.log(len(log_w)),
        "the best draw alone: the mean of all k weights": lambda log_w: -log_w.amax(0),
        "the mean over the images too: one number for each image": (
            lambda log_w: -(log_w.logsumexp(0) - math.log(len(log_w))).mean()
        ),
    }
    generator = torch.Generator().manual_seed(0)
    easy = torch.randn(5, 3, generator=generator)
    real = -130 + 4 * torch.randn(6, 4, generator=generator)
    check(attempt, oracle, [(easy,), (real,)], slips)


def check_mended(attempt: Any) -> None:
    """Patient 7, mended: x_hat, x (B, 1, H, W), mu, log_var (B, d) -> the loss ()."""

    def oracle(x_hat: Tensor, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
        kl = kl_divergence(*normals(mu, log_var)).sum()
        return (kl - Bernoulli(x_hat).log_prob(x).sum()) / len(x)

    def slip(sigmoid: bool, pixels: bool, code: bool, sign: bool) -> Callable[..., Tensor]:
        def loss(x_hat: Tensor, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
            error = F.binary_cross_entropy(x_hat.sigmoid() if sigmoid else x_hat, x, reduction="none")
            kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var)
            error, kl = (part.mean() if of else part.sum() / len(x) for part, of in ((error, pixels), (kl, code)))
            return error - kl if sign else error + kl

        return loss

    faults = (
        "a second sigmoid (x_hat is a chance already, `_with_logits` takes one more)",
        "the mean over the pixels (sum them, mean over the batch)",
        "the mean over the code (sum it, mean over the batch)",
        "the sign of the KL (the loss is error plus KL)",
    )
    slips = {}
    for left in itertools.product((False, True), repeat=4):
        if any(left):
            names = [fault for fault, there in zip(faults, left, strict=True) if there]
            slips[f"{4 - len(names)} of 4 mended; still there: {'; '.join(names)}"] = slip(*left)
    slips["the sum over the batch: divide error and KL by the number of images"] = (
        lambda x_hat, x, mu, log_var: oracle(x_hat, x, mu, log_var) * len(x)
    )
    slips["the ELBO itself, to be made large: the loss is its negative"] = (
        lambda x_hat, x, mu, log_var: -oracle(x_hat, x, mu, log_var)
    )
    generator = torch.Generator().manual_seed(0)
    cases = []
    for batch, height, z_dim in ((3, 4, 5), (5, 6, 2)):
        x_hat = torch.rand(batch, 1, height, 7, generator=generator) * 0.9 + 0.05
        x = torch.bernoulli(torch.rand(x_hat.shape, generator=generator), generator=generator)
        cases.append((x_hat, x, *posterior(generator, batch, z_dim)))
    check(attempt, oracle, cases, slips)
