"""The checks of notebook 5 on noise: the denoising loss, the exact answer for two points, the mean of clipped noise."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .gradients import check_with_gradients
from .outcome import as_it_was
from .verdict import check


def check_denoising_error(attempt: Any) -> None:
    """The squared error of model(damage(x)) against x: model, x (B, ...), damage -> (). The model is to learn by it."""

    def oracle(model: nn.Module, x: Tensor, damage: Callable) -> Tensor:
        answer, total = model(damage(x.clone())), 0.0
        for a, b in zip(answer.flatten(), x.flatten(), strict=True):
            total = total + (a - b) ** 2
        return total / len(x)

    def error(x_hat: Tensor, x: Tensor) -> Tensor:
        return (x_hat - x).square().flatten(1).sum(1).mean()

    def slips(model: nn.Module, x: Tensor, damage: Callable) -> dict[str, Any]:
        x_tilde, clean = damage(x), model(x)
        x_hat = model(x_tilde)
        gap = x_hat - x
        return {
            "noise on the target: the answer is compared with damage(x), so the network is asked to copy; "
            "compare with x": error(x_hat, x_tilde),
            "the model is given the clean x: give it damage(x)": error(clean, x),
            "the clean x goes in and the damaged one is asked for: the other way round": error(clean, x_tilde),
            "the mean over the pixels where the sum is asked for: sum over an image, then the mean over the batch": (
                gap.square().mean()
            ),
            "the sum over the batch: divide it by the number of images": gap.square().sum(),
            "the error for each image: take the mean over the batch": gap.square().flatten(1).sum(1),
            "the model is never asked: that is the error of damage(x) itself": error(x_tilde, x),
            "the damage comes after the model: damage first, model(damage(x))": error(damage(clean), x),
            "the absolute error: the square is missing": gap.abs().sum() / len(x),
            "the length of the error: its square is asked for": gap.flatten(1).norm(dim=1).mean(),
            "a factor 1/2 that isn't in the loss": error(x_hat, x) / 2,
            "the image is damaged twice: once is the task": error(model(damage(x_tilde)), x),
            "the answer is compared with the damaged image, and with itself: neither is the target, that is x": (
                error(x_hat, clean)
            ),
            "the sum over the last axis alone: sum over all pixels of an image, then the mean over the batch": (
                gap.square().sum(-1).mean()
            ),
            "divided by the number of pixels in a row, not by the number of images": gap.square().sum() / x.shape[-1],
            "the error of the clean image as well: notebook 5's loss has one term, of the damaged one": (
                error(x_hat, x) + error(clean, x)
            ),
            "the signed differences are summed before the square: square each, then sum": (
                gap.flatten(1).sum(1).square().mean()
            ),
            "the answer is taken for the noise: the network returns the clean image, so compare with x": (
                error(x_hat, x_tilde - x)
            ),
        }

    def halve(x: Tensor) -> Tensor:
        return 0.5 * x + 0.4 * x.roll(1, -2).square()

    def shift(x: Tensor) -> Tensor:
        return 0.3 * x.roll(1, -1) + 0.1

    generator = torch.Generator().manual_seed(0)
    images = [torch.rand(3, 1, 4, 5, generator=generator), torch.rand(4, 1, 3, 6, generator=generator)]
    images[1][0] *= 4  # one image whose error is far larger than the others'
    with as_it_was():  # a new layer draws its weights
        models = [nn.Conv2d(1, 1, (1, 3), padding=(0, 1)) for _ in images]
    for model, kernel in zip(models, ((0.2, 0.9, -0.4), (-0.3, 0.5, 0.6)), strict=True):
        nn.init.constant_(model.bias, 0.2)
        model.weight.data = torch.tensor(kernel).view(1, 1, 1, 3)
    cases = [(models[0], images[0], halve), (models[1], images[1], shift)]
    check_with_gradients(attempt, oracle, cases, slips, to=("model",))


def check_two_points(attempt: Any) -> None:
    """E[x | x_tilde] where x is -1 or +1 with equal chances: x_tilde (N,), std -> (N,)."""

    def oracle(x_tilde: Tensor, std: float) -> Tensor:
        points = torch.tensor([-1.0, 1.0], dtype=torch.float64)
        log_p = torch.distributions.Normal(points, std).log_prob(x_tilde.double()[:, None])
        return log_p.softmax(1) @ points

    def slips(v: Tensor, std: float) -> dict[str, Any]:
        exponent = v / std**2
        return {
            "the nearest point: between the two the least squared error is their weighted mean": v.sign(),
            "std where its square belongs: the exponent is divided by 2 std^2": (v / std).tanh(),
            "the weights lack the 1/2 of exp(-d^2 / (2 std^2))": (2 * exponent).tanh(),
            "a factor 2 too much in the denominator: "
            "(a - b)/(a + b) with a = exp(x_tilde / std^2), b = 1/a is a tanh": (exponent / 2).tanh(),
            "that is the chance of +1: the mean is this chance minus that of -1": (2 * exponent).sigmoid(),
            "a chance of half the slope: the mean of -1 and +1 runs from -1 to +1 and is a tanh": exponent.sigmoid(),
            "the best straight line: right if x itself were Gaussian, but it is -1 or +1": v / (1 + std**2),
            "the sign: a positive x_tilde is nearer to +1": -exponent.tanh(),
            "std is left out: the wider the noise, the flatter the answer": v.tanh(),
            "multiplied by the variance where it divides: wide noise makes the answer flat, not steep": (
                (v * std**2).tanh()
            ),
            "the exponent as it stands, x_tilde / std^2: its hyperbolic tangent is the mean": exponent,
            "the weights aren't divided by their sum: divide by e^a + e^-a": 2 * exponent.sinh(),
            "a sine over a cosine: the exponentials are real, so it is tanh, not tan": exponent.tan(),
            "the normal distribution's erf: the weights are the density, not its integral": (
                (v / (std * math.sqrt(2))).erf()
            ),
            "the distances aren't squared": (((v + 1).abs() - (v - 1).abs()) / (4 * std**2)).tanh(),
            "that is the arrow from x_tilde to the answer: the place where it ends is asked for": exponent.tanh() - v,
            "the sum of both points with their weights: divide it by the weights' own sum": (
                (-((v - 1) ** 2) / (2 * std**2)).exp() - (-((v + 1) ** 2) / (2 * std**2)).exp()
            ),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for n, std in ((7, 0.7), (9, 1.3)):
        drawn = 1.2 * torch.randn(n, generator=generator)
        cases.append((torch.cat([drawn, torch.tensor([0.05, -2.5, 2.5])]), std))  # near the middle, and far off
    check(attempt, oracle, cases, slips, atol=1e-5)


def check_clipped_mean(attempt: Any) -> None:
    """The mean of max(0, 0.3 eps) with eps ~ N(0, 1): a number."""

    def oracle() -> float:
        value = torch.linspace(0, 10 * 0.3, 100_001, dtype=torch.float64)
        density = torch.distributions.Normal(torch.tensor(0.0, dtype=torch.float64), 0.3).log_prob(value).exp()
        return float(torch.trapezoid(value * density, value))

    slips = {
        "that is the mean before clipping: afterwards no pixel is below 0, and the mean is above it": 0.0,
        "the mean of |0.3 eps|, or of the positive half alone: the clipped half counts as 0, halve it": (
            0.3 * math.sqrt(2 / math.pi)
        ),
        "that is for std 1: multiply by the std, 0.3": 1 / math.sqrt(2 * math.pi),
        "half of the std: the mean of a positive half isn't the std, integrate": 0.15,
        "the variance for the std: multiply by 0.3, not by 0.09": 0.09 / math.sqrt(2 * math.pi),
        "that is the height of the density at 0: multiply by the variance": 1 / (0.3 * math.sqrt(2 * math.pi)),
        "the root of the mean square: the mean itself is asked for": 0.3 / math.sqrt(2),
        "the mean of the square: the mean itself is asked for": 0.045,
        "halved twice: the integral from 0 to infinity leaves the negative half out already": (
            0.15 / math.sqrt(2 * math.pi)
        ),
        "the sign: what is clipped to 0 or more has no negative mean": -0.3 / math.sqrt(2 * math.pi),
        "the spread of the clipped noise: its mean is asked for": 0.3 * math.sqrt(0.5 - 0.5 / math.pi),
        "1/pi in place of 1/sqrt(2 pi)": 0.3 / math.pi,
        "2 pi without its root: the density at 0 is 1/sqrt(2 pi)": 0.3 / (2 * math.pi),
        "the 2 under the root is missing: the density at 0 is 1/sqrt(2 pi)": 0.3 / math.sqrt(math.pi),
        "multiplied by sqrt(2 pi): the density at 0 divides by it": 0.3 * math.sqrt(2 * math.pi),
    }
    check(attempt, oracle, slips=slips, rtol=5e-3, atol=1e-4)
