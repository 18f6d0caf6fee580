"""The checks of notebook 5 on measures: PSNR, and a paired gain with its interval."""

import itertools
import math
from typing import Any

import numpy
import torch
from torch import Tensor

from .verdict import check


def check_psnr(attempt: Any) -> None:
    """PSNR in dB for pixels in [0, 1]: x_hat (N, ...), x (N, ...) -> a number."""

    def oracle(x_hat: Tensor, x: Tensor) -> float:
        gap = numpy.asarray(x_hat, dtype=float) - numpy.asarray(x, dtype=float)
        return 20 * math.log10(1 / numpy.sqrt(numpy.mean(gap**2)))

    def slips(x_hat: Tensor, x: Tensor) -> dict[str, Any]:
        squares = (x_hat - x).square()
        mse, each = squares.mean(), squares.flatten(1).mean(1)  # of all images, of each one
        return {
            "the peak is 255: these pixels lie in [0, 1], so the peak is 1": 10 * (255**2 / mse).log10(),
            "20 times the logarithm belong to the root of the mean squared error; "
            "the mean squared error itself takes 10": -20 * mse.log10(),
            "the natural logarithm: decibels take log10": -10 * mse.log(),
            "the sign: a smaller error is a larger PSNR": 10 * mse.log10(),
            "the error is summed over an image's pixels: here it is the mean over pixels": (
                -10 * (squares.sum() / len(x)).log10()
            ),
            "the mean of each image's PSNR: "
            "here the mean squared error of all images comes first, then one logarithm": -10 * each.log10().mean(),
            "the mean absolute error: the square is missing": -10 * (x_hat - x).abs().mean().log10(),
            "bels, not decibels: multiply by 10": -mse.log10(),
            "10 times the logarithm of the root: take the root away, or put 20 in front of it": -5 * mse.log10(),
            "one PSNR per image: the mean squared error of all images comes first, then one logarithm": (
                -10 * each.log10()
            ),
            "the logarithm of each pixel's error, then the mean: first the mean, then one logarithm": (
                -10 * squares.log10().mean()
            ),
            "the peak is taken from the image: it belongs to the scale, and is 1 for pixels in [0, 1]": (
                10 * (x.max() ** 2 / mse).log10()
            ),
            "the answer is cut to [0, 1] first: measure what the network returned, as it is": (
                -10 * (x_hat.clamp(0, 1) - x).square().mean().log10()
            ),
            "the square of the mean difference: square each difference, then take the mean": (
                -10 * (x_hat - x).mean().square().log10()
            ),
            "the signal's own mean square as the peak, a signal-to-noise ratio: the peak is 1": (
                10 * (x.square().mean() / mse).log10()
            ),
            "no logarithm: that is the mean squared error": mse,
            "the sum of all squared errors: their mean is needed, over all pixels of all images": (
                -10 * squares.sum().log10()
            ),
            "the range of the image's own pixels as the peak: it belongs to the scale, and is 1 for pixels in [0, 1]": (
                10 * ((x.max() - x.min()) ** 2 / mse).log10()
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

    def slips(a: Tensor, b: Tensor) -> dict[str, Any]:
        from scipy.special import stdtrit

        gaps, n, root = a - b, len(a), math.sqrt(len(a))
        mean, half = gaps.mean(), 1.96 * gaps.std() / root
        return {
            "as if the two methods had seen different images: take the differences first, then their std": (
                (mean, 1.96 * ((a.var() + b.var()) / n).sqrt())
            ),
            "the two half widths are added: take the differences first, then one std": (
                (mean, 1.96 * (a.std() + b.std()) / root)
            ),
            "the spread of the images, not of their mean: divide by the root of N": (mean, 1.96 * gaps.std()),
            "divided by N: the std of a mean falls with the root of N": (mean, 1.96 * gaps.std() / n),
            "one standard error: 95 percent take 1.96 of them": (mean, gaps.std() / root),
            "the variance for the std: take its root": (mean, 1.96 * gaps.var() / root),
            "1/n in the std where the course has 1/(n-1): .std() as it comes from torch": (
                (mean, 1.96 * gaps.std(correction=0) / root)
            ),
            "the whole width: half of it is asked for": (mean, 2 * half),
            "the order: a - b, so that a gain of b is positive": (-mean, half),
            "the sizes of the differences: keep their signs, or where b loses counts as a gain too": (
                (gaps.abs().mean(), 1.96 * gaps.abs().std() / root)
            ),
            "the interval's two ends: give its middle, the mean, and half its width": (mean - half, mean + half),
            "the variance over N without its root": (mean, 1.96 * gaps.var() / n),
            "2 for 1.96": (mean, half * 2 / 1.96),
            "1.645 standard errors hold 90 percent: 95 take 1.96": (mean, half * 1.645 / 1.96),
            "divided by the root of N - 1: .std() has the N - 1 in it already": (mean, half * math.sqrt(n / (n - 1))),
            "the gain as a share of a's error: the plain difference is asked for": (
                ((gaps / a).mean(), 1.96 * (gaps / a).std() / root)
            ),
            "the median of the differences: the mean is asked for": (gaps.median(), half),
            "Student's t, right for so few images; the course has thousands and takes 1.96": (
                (mean, stdtrit(n - 1, 0.975) / 1.96 * half)
            ),
            "the half width stands first: the mean comes first, then the half width": (half, mean),
            "the std of a's errors: take that of the differences": (mean, 1.96 * a.std() / root),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for n in (40, 25):
        hard = 5 + 4 * torch.rand(n, generator=generator)  # some images are hard for both
        gain = 0.1 * hard - 0.5 + torch.randn(n, generator=generator)  # b loses on many images
        cases.append((hard + gain, hard))
    check(attempt, oracle, cases, slips)
