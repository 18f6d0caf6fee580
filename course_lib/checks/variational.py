"""The checks of notebook 6 on the parts: the KL, the draw and its gradients, the likelihood from weights."""

import math
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from .gradients import check_with_gradients
from .verdict import check

OWN_NOISE = "own noise"


def check_kl(attempt: Any) -> None:
    """KL(N(mu, exp(log_var)) || N(0, I)), sum over the code, mean over the batch: 2 x (B, d) -> ()."""

    def oracle(mu: Tensor, log_var: Tensor) -> Tensor:
        return kl_divergence(*normals(mu, log_var)).sum(1).mean()

    def mean(terms: Tensor) -> Tensor:
        return terms.sum(1).mean()

    def slips(mu: Tensor, log_var: Tensor) -> dict[str, Any]:
        square, var = mu.square(), log_var.exp()
        kl = 0.5 * (square + var - 1 - log_var)
        return {
            "the mean over the code where the sum is asked for: sum over dim 1, then the mean over the batch": (
                kl.mean()
            ),
            "the sum over the batch: divide it by the number of images": kl.sum(),
            "the sum over the batch and the mean over the code: the other way round": kl.sum() / mu.shape[1],
            "one number for each image: take the mean over the batch": kl.sum(1),
            "one number for each code: sum over the code (dim 1), then the mean over the batch": kl.mean(0),
            "the 1/2 is missing": 2 * mean(kl),
            "the 1/2 stands before mu^2 only: it multiplies all four terms": mean(0.5 * square + var - 1 - log_var),
            "the 1/2 doesn't reach mu^2: it multiplies all four terms": mean(square + 0.5 * (var - 1 - log_var)),
            "the 1/2 stands before the logarithm only: it multiplies all four terms": (
                mean(square + var - 1 - 0.5 * log_var)
            ),
            "the 1/2 doesn't reach the logarithm: it multiplies all four terms": (
                mean(0.5 * (square + var - 1) - log_var)
            ),
            "the sign: a KL is never negative": -mean(kl),
            "the -1 is missing: at mu = 0 and log_var = 0 the KL is 0": 0.5 * mean(square + var - log_var),
            "sigma where its square belongs: sigma^2 is exp(log_var), not exp(log_var / 2)": (
                0.5 * mean(square + (0.5 * log_var).exp() - 1 - log_var)
            ),
            "log_var taken for log sigma: exp(log_var) is the variance already": (
                0.5 * mean(square + var.square() - 1 - 2 * log_var)
            ),
            "log_var taken for the variance: the variance is exp(log_var)": (
                0.5 * mean(square + log_var - 1 - log_var.abs().log())
            ),
            "mu isn't squared": 0.5 * mean(mu + var - 1 - log_var),
            "mu^2 is missing: a posterior away from 0 costs nats too": 0.5 * mean(var - 1 - log_var),
            "the log-variance is missing: a posterior that is narrower than the prior costs nats too": (
                0.5 * mean(square + var - 1)
            ),
            "the arguments are exchanged: the mean is squared, the log-variance goes into exp": (
                0.5 * mean(log_var.square() + mu.exp() - 1 - mu)
            ),
            "the sign of the log-variance: it is subtracted": 0.5 * mean(square + var - 1 + log_var),
            "the order: KL(q || p) has q first, yours is KL(p || q)": (
                mean(kl_divergence(*reversed(normals(mu, log_var))))
            ),
        }

    generator = torch.Generator().manual_seed(0)
    cases = [posterior(generator, 3, 5), posterior(generator, 7, 4), posterior(generator, 1, 3)]
    check_with_gradients(attempt, oracle, cases, slips, to=("mu", "log_var"))


def posterior(generator: torch.Generator, batch: int, z_dim: int) -> tuple[Tensor, Tensor]:
    """A mean and a log-variance for each image, no two rows of the same scale: () -> 2 x (B, d)."""
    mu, log_var = torch.randn(2, batch, z_dim, generator=generator)
    scale = torch.linspace(0.4, 1.6, batch)[:, None]
    return scale * mu, scale * log_var - 0.3


def normals(mu: Tensor, log_var: Tensor) -> tuple[Normal, Normal]:
    """The posterior and the prior, as PyTorch's distributions."""
    return Normal(mu, log_var.exp().sqrt()), Normal(torch.zeros_like(mu), torch.ones_like(mu))


def check_draw(attempt: Any) -> None:
    """z = mu + sigma eps, with gradients to both: mu (B, d), log_var (B, d), eps (B, d) -> (B, d)."""

    def oracle(mu: Tensor, log_var: Tensor, eps: Tensor) -> Tensor:
        shares = Normal(torch.zeros_like(eps), torch.ones_like(eps)).cdf(eps.double())
        return normals(mu.double(), log_var.double())[0].icdf(shares).to(mu)  # the same quantile of the posterior

    def slips(mu: Tensor, log_var: Tensor, eps: Tensor) -> dict[str, Any]:
        sigma, var = (0.5 * log_var).exp(), log_var.exp()
        return {
            "your own noise: use the eps that is given, so that the draw can be repeated": OWN_NOISE,
            "the variance for sigma: exp(log_var) is the variance, sigma is exp(log_var / 2)": mu + var * eps,
            "the log-variance for sigma: sigma is exp(log_var / 2)": mu + log_var * eps,
            "half of the variance: the 1/2 stands inside, sigma is exp(log_var / 2)": mu + 0.5 * var * eps,
            "the square for the root: sigma is exp(log_var / 2), not exp(2 log_var)": mu + (2 * log_var).exp() * eps,
            "mu is missing: the draw is mu + sigma * eps": sigma * eps,
            "upside down: sigma is exp(log_var / 2), without a minus": mu + eps / sigma,
            "the half without the exp: sigma is exp(log_var / 2)": mu + 0.5 * log_var * eps,
            "sigma is added and doesn't stretch: eps is multiplied by sigma": mu + sigma + eps,
            "sigma is missing: the draw is mu + sigma * eps": mu + eps,
            "mu and log_var are exchanged": log_var + (0.5 * mu).exp() * eps,
            "mu and eps are exchanged: mu moves the draw, sigma stretches eps": eps + sigma * mu,
            "log_var and eps are exchanged: exp(log_var / 2) is sigma, and it stretches eps": (
                mu + (0.5 * eps).exp() * log_var
            ),
            "one draw for all images: each image has a row of eps of its own": mu + sigma * eps[:1],
            "the variance of all codes is that of the first: each code has its own": mu + sigma[:, :1] * eps,
            "eps is missing: that is no draw, every call gives the same": mu + sigma,
            "mu alone: no draw at all": mu,
            "sigma multiplies mu too: only the noise is scaled": sigma * (mu + eps),
            "the sign: plus sigma * eps": mu - sigma * eps,
        }

    gradient_slips = {
        "the values are right and no gradient reaches mu and log_var: don't detach (nor .sample(), nor no_grad)": (
            lambda mu, log_var, eps: oracle(mu, log_var, eps).detach()
        ),
        "the gradient reaches mu only: sigma is cut off from log_var": (
            lambda mu, log_var, eps: oracle(mu, log_var.detach(), eps)
        ),
        "the gradient reaches log_var only: mu is cut off": lambda mu, log_var, eps: oracle(mu.detach(), log_var, eps),
    }
    generator = torch.Generator().manual_seed(0)
    cases = [
        (*posterior(generator, batch, z_dim), torch.randn(batch, z_dim, generator=generator))
        for batch, z_dim in ((3, 5), (7, 4))
    ]
    check_with_gradients(steady(attempt), oracle, cases, slips, gradient_slips, to=("mu", "log_var"))


def steady(attempt: Any) -> Any:
    """The same function, which says so where two calls with the same arguments differ; any other answer as it is."""
    if not callable(attempt):
        return attempt

    def twice(*arguments: Tensor) -> Any:
        other = attempt(*(tensor.clone() for tensor in arguments))
        one = attempt(*arguments)  # the originals: who changes them is told so
        tensors = isinstance(one, Tensor) and isinstance(other, Tensor) and one.shape == other.shape
        return OWN_NOISE if tensors and not torch.allclose(one, other, equal_nan=True) else one

    return twice


def check_nll(attempt: Any) -> None:
    """-log of the mean of k importance weights, from their logarithms: log_w (k, B) -> (B,)."""

    def oracle(log_w: Tensor) -> Tensor:
        totals = []
        for column in log_w.double().T.tolist():
            top = max(column)
            weights = [Fraction(math.exp(value - top)) for value in column]  # exact sums: the order plays no part
            totals.append(-top - math.log(sum(weights) / len(weights)))
        return torch.tensor(totals)

    def slips(log_w: Tensor) -> dict[str, Any]:
        total, log_k, images = log_w.logsumexp(0), math.log(len(log_w)), log_w.shape[1]
        return {
            "the mean of the logarithms, which is the ELBO: the mean of the weights first, then the logarithm": (
                -log_w.mean(0)
            ),
            "exp of -130 is 0 in float32, and log 0 is -inf: let logsumexp do both at once": -log_w.exp().mean(0).log(),
            "the sum of the weights: subtract log k for the mean": -total,
            "log k has the wrong sign: the mean is the sum divided by k": -(total + log_k),
            "divided by k outside of the logarithm: log(sum / k) = logsumexp - log k": -total / len(log_w),
            "log of the batch size: the mean is over the k draws, subtract log k": -(total - math.log(images)),
            "over the images where the draws are meant: dim 0 are the k draws": (
                -(log_w.logsumexp(1) - math.log(images))
            ),
            "the sign: the negative log-likelihood is asked for": total - log_k,
            "the minus stands inside, so that 1 / w is averaged: it stands before the logarithm of the mean": (
                (-log_w).logsumexp(0) - log_k
            ),
            "the best draw alone: the mean of all k weights": -log_w.amax(0),
            "the largest log w was subtracted before exp and isn't added again": (
                -((log_w - log_w.amax(0)).exp().mean(0).log())
            ),
            "the weights were divided by their sum: their mean is what is asked for": (
                -(log_w.softmax(0) * log_w).sum(0)
            ),
            "the ELBO, the mean of the logarithms: -log of the mean of the weights": log_w.mean(0),
            "log k is subtracted from each log w and once more from the sum: once is enough": -(total - 2 * log_k),
            "k is subtracted, not log k": -(total - len(log_w)),
            "log k to the base 2: the natural logarithm, as in logsumexp": -(total - math.log2(len(log_w))),
            "the mean over the images too: one number for each image": -(total - log_k).mean(),
        }

    generator = torch.Generator().manual_seed(0)
    easy = torch.randn(5, 3, generator=generator)
    real = -130 + 4 * torch.randn(6, 4, generator=generator)
    wide = torch.tensor([-300.0, -90.0, 60.0]) + 20 * torch.randn(7, 3, generator=generator)
    check(attempt, oracle, [(easy,), (real,), (wide,)], slips)
