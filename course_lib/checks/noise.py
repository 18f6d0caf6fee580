"""The checks of notebook 5: PSNR, the denoising loss, the exact answer for two points, clipped noise, a paired gain."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .verdict import check


def check_psnr(attempt: Any) -> None:
    """PSNR in dB for pixels in [0, 1]: x_hat (N, ...), x (N, ...) -> a number."""

    def oracle(x_hat: Tensor, x: Tensor) -> float:
        import numpy as np

        gap = np.asarray(x_hat, dtype=float) - np.asarray(x, dtype=float)
        return 20 * math.log10(1 / np.sqrt(np.mean(gap**2)))

    def mse(x_hat: Tensor, x: Tensor) -> Tensor:
        return (x_hat - x).square().mean()

    slips = {
        "the peak is 255: these pixels lie in [0, 1], so the peak is 1": (
            lambda x_hat, x: 10 * (255**2 / mse(x_hat, x)).log10()
        ),
        "20 times the logarithm belong to the root of the mean squared error; the mean squared error itself takes 10": (
            lambda x_hat, x: -20 * mse(x_hat, x).log10()
        ),
        "the natural logarithm: decibels take log10": lambda x_hat, x: -10 * mse(x_hat, x).log(),
        "the sign: a smaller error is a larger PSNR": lambda x_hat, x: 10 * mse(x_hat, x).log10(),
        "the error is summed over an image's pixels: here it is the mean over pixels": (
            lambda x_hat, x: -10 * ((x_hat - x).square().sum() / len(x)).log10()
        ),
        "the mean of each image's PSNR: here the mean squared error of all images comes first, then one logarithm": (
            lambda x_hat, x: -10 * (x_hat - x).square().flatten(1).mean(1).log10().mean()
        ),
        "the mean absolute error: the square is missing": lambda x_hat, x: -10 * (x_hat - x).abs().mean().log10(),
        "bels, not decibels: multiply by 10": lambda x_hat, x: -mse(x_hat, x).log10(),
        "no logarithm: that is the mean squared error": mse,
    }
    generator = torch.Generator().manual_seed(0)
    cases = []
    for n, height, width in ((3, 4, 5), (5, 6, 3)):
        x = torch.rand(n, 1, height, width, generator=generator)
        spread = torch.linspace(0.02, 0.4, n).view(n, 1, 1, 1)
        cases.append((x + spread * torch.randn(x.shape, generator=generator), x))
    check(attempt, oracle, cases, slips)


def check_denoising_error(attempt: Any) -> None:
    """The squared error of model(damage(x)) against x: model, x (B, ...), damage -> ()."""

    def oracle(model: Callable, x: Tensor, damage: Callable) -> float:
        answer, total = model(damage(x.clone())), 0.0
        for a, b in zip(answer.flatten().tolist(), x.flatten().tolist(), strict=True):
            total += (a - b) ** 2
        return total / len(x)

    def error(x_hat: Tensor, x: Tensor) -> Tensor:
        return (x_hat - x).square().flatten(1).sum(1).mean()

    slips = {
        "noise on the target: the answer is compared with damage(x), so the network is asked to copy; compare with x": (
            lambda model, x, damage: error(model(damage(x)), damage(x))
        ),
        "the model is given the clean x: give it damage(x)": lambda model, x, damage: error(model(x), x),
        "the clean x goes in and the damaged one is asked for: the other way round": (
            lambda model, x, damage: error(model(x), damage(x))
        ),
        "the mean over the pixels where the sum is asked: sum over an image, then the mean over the batch": (
            lambda model, x, damage: (model(damage(x)) - x).square().mean()
        ),
        "the sum over the batch: divide it by the number of images": (
            lambda model, x, damage: (model(damage(x)) - x).square().sum()
        ),
        "the error for each image: take the mean over the batch": (
            lambda model, x, damage: (model(damage(x)) - x).square().flatten(1).sum(1)
        ),
        "the model is never asked: that is the error of damage(x) itself": lambda model, x, damage: error(damage(x), x),
        "the damage comes after the model: damage first, model(damage(x))": (
            lambda model, x, damage: error(damage(model(x)), x)
        ),
        "the absolute error: the square is missing": (
            lambda model, x, damage: (model(damage(x)) - x).abs().sum() / len(x)
        ),
        "the length of the error: the square of it is asked": (
            lambda model, x, damage: (model(damage(x)) - x).flatten(1).norm(dim=1).mean()
        ),
    }

    def shift(x: Tensor) -> Tensor:
        return 0.3 * x.roll(1, -1) + 0.1

    def halve(x: Tensor) -> Tensor:
        return 0.5 * x + 0.4 * x.roll(1, -2).square()

    generator = torch.Generator().manual_seed(0)
    images = [torch.rand(3, 1, 4, 5, generator=generator), torch.rand(4, 1, 3, 6, generator=generator)]
    check(attempt, oracle, [(shift, images[0], halve), (halve, images[1], shift)], slips)


def check_two_points(attempt: Any) -> None:
    """E[x | x_tilde] where x is -1 or +1 with equal chances: x_tilde (N,), std -> (N,)."""

    def oracle(x_tilde: Tensor, std: float) -> Tensor:
        points = torch.tensor([-1.0, 1.0], dtype=torch.float64)
        log_p = torch.distributions.Normal(points, std).log_prob(x_tilde.double()[:, None])
        return log_p.softmax(1) @ points

    slips = {
        "the nearest point: between the two the least squared error is their weighted mean": lambda v, std: v.sign(),
        "std where its square belongs: the exponent is divided by 2 std^2": lambda v, std: (v / std).tanh(),
        "the weights lack the 1/2 of exp(-d^2 / (2 std^2))": lambda v, std: (2 * v / std**2).tanh(),
        "a factor 2 too much in the denominator: (a - b)/(a + b) with a = exp(x_tilde / std^2), b = 1/a is a tanh": (
            lambda v, std: (v / (2 * std**2)).tanh()
        ),
        "that is the chance of +1: the mean is this chance minus that of -1": lambda v, std: (2 * v / std**2).sigmoid(),
        "a chance of half the slope: the mean of -1 and +1 runs from -1 to +1 and is a tanh": (
            lambda v, std: (v / std**2).sigmoid()
        ),
        "the best straight line: right if x itself were Gaussian, but it is -1 or +1": lambda v, std: v / (1 + std**2),
        "the sign: a positive x_tilde is nearer to +1": lambda v, std: -(v / std**2).tanh(),
        "the distances aren't squared": lambda v, std: (((v + 1).abs() - (v - 1).abs()) / (4 * std**2)).tanh(),
    }
    generator = torch.Generator().manual_seed(0)
    cases = [(1.2 * torch.randn(n, generator=generator), std) for n, std in ((7, 0.7), (9, 1.3))]
    check(attempt, oracle, cases, slips, atol=1e-5)


def check_clipped_mean(attempt: Any) -> None:
    """The mean of max(0, 0.3 eps) with eps ~ N(0, 1): a number."""

    def oracle() -> float:
        value = torch.linspace(0, 10 * 0.3, 100_001, dtype=torch.float64)
        density = torch.distributions.Normal(torch.tensor(0.0, dtype=torch.float64), 0.3).log_prob(value).exp()
        return float(torch.trapezoid(value * density, value))

    slips = {
        "that is the mean before clipping: afterwards no pixel is below 0, and the mean is above it": lambda: 0.0,
        "the mean of |0.3 eps|, or of the positive half alone: the clipped half counts as 0, halve it": (
            lambda: 0.3 * math.sqrt(2 / math.pi)
        ),
        "that is for std 1: multiply by the std, 0.3": lambda: 1 / math.sqrt(2 * math.pi),
        "half of the std: the mean of a positive half isn't the std, integrate": lambda: 0.15,
        "the variance for the std: multiply by 0.3, not by 0.09": lambda: 0.09 / math.sqrt(2 * math.pi),
        "that is the height of the density at 0: multiply by the variance": lambda: 1 / (0.3 * math.sqrt(2 * math.pi)),
        "the root of the mean square: the mean itself is asked": lambda: 0.3 / math.sqrt(2),
        "1/pi in place of 1/sqrt(2 pi)": lambda: 0.3 / math.pi,
    }
    check(attempt, oracle, slips=slips, rtol=5e-3, atol=1e-4)


def check_paired_gain(attempt: Any) -> None:
    """Mean of a - b and its 95 percent half width, image by image: a (N,), b (N,) -> 2 numbers."""

    def oracle(a: Tensor, b: Tensor) -> tuple[float, float]:
        gaps = (a.double() - b.double()).tolist()
        pairs = [(one - other) ** 2 / 2 for one, other in itertools.combinations(gaps, 2)]  # their mean is the variance
        error = math.sqrt(sum(pairs) / len(pairs) / len(gaps))
        return sum(gaps) / len(gaps), error * float(torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor(0.975)))

    def with_half(half: Callable[[Tensor, Tensor], Tensor], sign: int = 1) -> Callable:
        return lambda a, b: (sign * (a - b).mean(), half(a, b))

    def usual(a: Tensor, b: Tensor) -> Tensor:
        return 1.96 * (a - b).std() / math.sqrt(len(a))

    def students_t(a: Tensor, b: Tensor) -> float:
        from scipy.special import stdtrit

        return float(stdtrit(len(a) - 1, 0.975) / 1.96 * usual(a, b))

    slips = {
        "as if the two methods had seen different images: take the differences first, then their std": (
            with_half(lambda a, b: 1.96 * ((a.var() + b.var()) / len(a)).sqrt())
        ),
        "the two half widths are added: take the differences first, then one std": (
            with_half(lambda a, b: 1.96 * (a.std() + b.std()) / math.sqrt(len(a)))
        ),
        "the spread of the images, not of their mean: divide by the root of N": (
            with_half(lambda a, b: 1.96 * (a - b).std())
        ),
        "divided by N: the std of a mean falls with the root of N": (
            with_half(lambda a, b: 1.96 * (a - b).std() / len(a))
        ),
        "one standard error: 95 percent take 1.96 of them": with_half(lambda a, b: (a - b).std() / math.sqrt(len(a))),
        "the variance for the std: take its root": with_half(lambda a, b: 1.96 * (a - b).var() / math.sqrt(len(a))),
        "1/n in the std where the course has 1/(n-1): .std() as it comes from torch": (
            with_half(lambda a, b: 1.96 * (a - b).std(correction=0) / math.sqrt(len(a)))
        ),
        "the whole width: half of it is asked": with_half(lambda a, b: 2 * usual(a, b)),
        "the order: a - b, so that a gain of b is positive": with_half(usual, -1),
        "Student's t, right for so few images; the course has thousands and takes 1.96": with_half(students_t),
    }
    generator = torch.Generator().manual_seed(0)
    cases = []
    for n in (40, 25):
        hard = 5 + 4 * torch.rand(n, generator=generator)  # some images are hard for both
        cases.append((hard + torch.rand(n, generator=generator), 0.8 * hard + torch.rand(n, generator=generator)))
    check(attempt, oracle, cases, slips)
