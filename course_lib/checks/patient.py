"""The checks of notebook 6 on whole losses: the noise that a loss stands for, and patient 7."""

import itertools
import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from .gradients import check_with_gradients
from .variational import normals, posterior
from .verdict import check


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
        "that is beta: sigma_x^2 is half of it, since a Gaussian's exponent is ||x - x_hat||^2 / (2 sigma_x^2)": 784.0,
        "mse_loss is the mean over 784 pixels: to have the sum, multiply the loss by 784, the KL too": 0.5,
        "that is sigma_x: its square is asked for": math.sqrt(392),
        "that is sigma_x rounded: its square is asked for": 20.0,
        "upside down: a large weight on the KL means noisy pixels, a large variance": 2 / 784,
        "upside down, and half: a large weight on the KL means noisy pixels, a large variance": 1 / 1568,
        "the side of the image for its pixels: 28 x 28 = 784 pixels": 14.0,
        "the 2 multiplies: 784 / 2": 1568.0,
        "the weight on the error: beta stands on the KL, and sigma_x^2 = beta / 2": 1 / 784,
        "half of beta squared: sigma_x^2 = beta / 2, without a square": 784**2 / 2,
        "the square of the variance: beta / 2 is a variance already": 392.0**2,
    }
    check(attempt, oracle, slips=slips, rtol=2e-3)


def check_mended(attempt: Any) -> None:
    """Patient 7, mended: x_hat, x (B, 1, H, W), mu, log_var (B, d) -> the loss ()."""

    def oracle(x_hat: Tensor, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
        kl = kl_divergence(*normals(mu, log_var)).sum()
        return (kl - Bernoulli(x_hat).log_prob(x).sum()) / len(x)

    faults = (
        "a second sigmoid (x_hat is a chance already, `_with_logits` takes one more)",
        "the mean over the pixels (sum them, mean over the batch)",
        "the mean over the code (sum it, mean over the batch)",
        "the sign of the KL (the loss is error plus KL)",
    )

    def slips(x_hat: Tensor, x: Tensor, mu: Tensor, log_var: Tensor) -> dict[str, Any]:
        n, right, found = len(x), oracle(x_hat, x, mu, log_var), {}
        terms = 0.5 * (mu.square() + log_var.exp() - 1 - log_var)
        for left in list(itertools.product((False, True), repeat=4))[1:]:
            sigmoid, pixels, code, sign = left
            names = [fault for fault, there in zip(faults, left, strict=True) if there]
            error = F.binary_cross_entropy(x_hat.sigmoid() if sigmoid else x_hat, x, reduction="none")
            kl = terms.mean() if code else terms.sum() / n
            loss = (error.mean() if pixels else error.sum() / n) + (-kl if sign else kl)
            found[f"{4 - len(names)} of 4 mended; still there: {'; '.join(names)}"] = loss
        error, kl = F.binary_cross_entropy(x_hat, x, reduction="none").flatten(1).sum(1), terms.sum(1)
        exchanged = F.binary_cross_entropy(x, x_hat, reduction="sum")
        narrow = 0.5 * (mu.square() + (0.5 * log_var).exp() - 1 - log_var).sum(1)
        return found | {
            "the sum over the batch: divide error and KL by the number of images": n * right,
            "the ELBO itself, to be made large: the loss is its negative": -right,
            "the KL isn't divided by the number of images": error.mean() + kl.sum(),
            "the error isn't divided by the number of images": error.sum() + kl.mean(),
            "the 1/2 of the KL is missing": error.mean() + 2 * kl.mean(),
            "the 1/2 stands before the error too: it belongs to the KL": 0.5 * error.mean() + kl.mean(),
            "the KL is missing": error.mean(),
            "the error is missing": kl.mean(),
            "one number for each image: take the mean over the batch": error + kl,
            "the squared error for the cross-entropy: x is a coin, x_hat its chance": (
                (x_hat - x).square().sum() / n + kl.mean()
            ),
            "x and x_hat are exchanged: the prediction comes first, then the target": exchanged / n + kl.mean(),
            "both terms are divided by the number of pixels too: divide by the number of images only": (
                n * right / x.numel()
            ),
            "the -1 of the KL is missing: at mu = 0 and log_var = 0 it is 0": right + mu.shape[1] / 2,
            "sigma where its square belongs in the KL: sigma^2 is exp(log_var), not exp(log_var / 2)": (
                (error + narrow).mean()
            ),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for batch, height, z_dim in ((3, 4, 5), (5, 6, 2)):
        x_hat = torch.rand(batch, 1, height, 7, generator=generator) * 0.9 + 0.05
        x = torch.bernoulli(torch.rand(x_hat.shape, generator=generator), generator=generator)
        cases.append((x_hat, x, *posterior(generator, batch, z_dim)))
    check_with_gradients(attempt, oracle, cases, slips, to=("x_hat", "mu", "log_var"))
