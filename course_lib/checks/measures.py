"""The checks of notebook 5 on measures: PSNR, and a paired gain with its interval."""

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
        "10 times the logarithm of the root: take the root away, or put 20 in front of it": (
            lambda x_hat, x: -5 * mse(x_hat, x).log10()
        ),
        "one PSNR per image: the mean squared error of all images comes first, then one logarithm": (
            lambda x_hat, x: -10 * (x_hat - x).square().flatten(1).mean(1).log10()
        ),
        "the logarithm of each pixel's error, then the mean: first the mean, then one logarithm": (
            lambda x_hat, x: -10 * (x_hat - x).square().log10().mean()
        ),
        "the peak is taken from the image: it belongs to the scale, and is 1 for pixels in [0, 1]": (
            lambda x_hat, x: 10 * (x.max() ** 2 / mse(x_hat, x)).log10()
        ),
        "the answer is cut to [0, 1] first: measure what the network returned, as it is": (
            lambda x_hat, x: -10 * mse(x_hat.clamp(0, 1), x).log10()
        ),
        "the square of the mean difference: square each difference, then take the mean": (
            lambda x_hat, x: -10 * (x_hat - x).mean().square().log10()
        ),
        "the signal's own mean square as the peak, a signal-to-noise ratio: the peak is 1": (
            lambda x_hat, x: 10 * (x.square().mean() / mse(x_hat, x)).log10()
        ),
        "no logarithm: that is the mean squared error": mse,
        "the sum of all squared errors: their mean is needed, over all pixels of all images": (
            lambda x_hat, x: -10 * (x_hat - x).square().sum().log10()
        ),
        "the range of the image's own pixels as the peak: it belongs to the scale, and is 1 for pixels in [0, 1]": (
            lambda x_hat, x: 10 * ((x.max() - x.min()) ** 2 / mse(x_hat, x)).log10()
        ),
    }
    generator = torch.Generator().manual_seed(0)
    cases = []
    for n, height, width in ((3, 4, 5), (5, 6, 3)):
        x = 0.9 * torch.rand(n, 1, height, width, generator=generator)  # no pixel is 1: the peak isn't x.max()
        spread = torch.linspace(0.02, 0.4, n).view(n, 1, 1, 1)
        cases.append((x + 0.05 + spread * torch.randn(x.shape, generator=generator), x))
    check(attempt, oracle, cases, slips)


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
        "the whole width: half of it is asked for": with_half(lambda a, b: 2 * usual(a, b)),
        "the order: a - b, so that a gain of b is positive": with_half(usual, -1),
        "the sizes of the differences: keep their signs, or where b loses counts as a gain too": (
            lambda a, b: ((a - b).abs().mean(), 1.96 * (a - b).abs().std() / math.sqrt(len(a)))
        ),
        "the interval's two ends: give its middle, the mean, and half its width": (
            lambda a, b: ((a - b).mean() - usual(a, b), (a - b).mean() + usual(a, b))
        ),
        "the variance over N without its root": with_half(lambda a, b: 1.96 * (a - b).var() / len(a)),
        "2 for 1.96": with_half(lambda a, b: usual(a, b) * 2 / 1.96),
        "1.645 standard errors hold 90 percent: 95 take 1.96": with_half(lambda a, b: usual(a, b) * 1.645 / 1.96),
        "divided by the root of N - 1: .std() has the N - 1 in it already": (
            with_half(lambda a, b: usual(a, b) * math.sqrt(len(a) / (len(a) - 1)))
        ),
        "the gain as a share of a's error: the plain difference is asked for": (
            lambda a, b: (((a - b) / a).mean(), 1.96 * ((a - b) / a).std() / math.sqrt(len(a)))
        ),
        "the median of the differences: the mean is asked for": lambda a, b: ((a - b).median(), usual(a, b)),
        "Student's t, right for so few images; the course has thousands and takes 1.96": with_half(students_t),
        "the half width stands first: the mean comes first, then the half width": (
            lambda a, b: (usual(a, b), (a - b).mean())
        ),
        "the std of a's errors: take that of the differences": with_half(lambda a, b: 1.96 * a.std() / len(a) ** 0.5),
    }
    generator = torch.Generator().manual_seed(0)
    cases = []
    for n in (40, 25):
        hard = 5 + 4 * torch.rand(n, generator=generator)  # some images are hard for both
        gain = 0.1 * hard - 0.5 + torch.randn(n, generator=generator)  # b loses on many images
        cases.append((hard + gain, hard))
    check(attempt, oracle, cases, slips)
