"""The checks of notebook 9, section 1: what a pair leaves unexplained, and the loss from which it alone learns."""

from typing import Any

import numpy
import torch
from torch import Tensor, nn

from course_lib.models import LayerPair

from .gradients import check_with_gradients
from .outcome import as_it_was
from .verdict import check


def check_unexplained(attempt: Any) -> None:
    """The share of the variance of h that h_hat leaves unexplained: h_hat (N, n), h (N, n) -> a number."""

    def oracle(h_hat: Tensor, h: Tensor) -> float:
        a, b = (numpy.asarray(each, dtype=float) for each in (h_hat, h))
        return float(((a - b) ** 2).mean() / b.var(axis=0).mean())

    def slips(h_hat: Tensor, h: Tensor) -> dict[str, Any]:
        gap, off = h_hat - h, h - h.mean(0)
        return {
            "the squared error alone: divide it by that of the mean": gap.square().sum() / len(h),
            "the share that is explained: 1 minus yours is left": 1 - gap.square().sum() / off.square().sum(),
            "one mean for all numbers: each column of h has its own, h.mean(0)": (
                gap.square().sum() / (h - h.mean()).square().sum()
            ),
            "the mean of each row: the mean over the batch is asked for, h.mean(0)": (
                gap.square().sum() / (h - h.mean(1, keepdim=True)).square().sum()
            ),
            "divided by the squares of h: take its mean away first": gap.square().sum() / h.square().sum(),
            "a ratio for each column, then their mean: first both sums, then one ratio": (
                (gap.square().sum(0) / off.square().sum(0)).mean()
            ),
            "a ratio for each row, then their mean: first both sums, then one ratio": (
                (gap.square().sum(1) / off.square().sum(1)).mean()
            ),
            "a ratio for each column: one number for all is asked for": gap.square().sum(0) / off.square().sum(0),
            "the root: both sums are of squares, and so is their ratio": (
                (gap.square().sum() / off.square().sum()).sqrt()
            ),
            "the variance of the answer below: that of h is asked for": (
                gap.square().sum() / (h_hat - h_hat.mean(0)).square().sum()
            ),
            "N above and N - 1 below: h.var(0) divides by N - 1, use sums": (
                gap.square().sum() / len(h) / h.var(0).sum()
            ),
            "upside down: the error stands above": off.square().sum() / gap.square().sum(),
            "the variance of the error: a constant error counts as well, don't take its mean away": (
                (gap - gap.mean(0)).square().sum() / off.square().sum()
            ),
            "absolute differences: square them": gap.abs().sum() / off.abs().sum(),
            "the difference of the variances: square the difference of each number": (
                1 - (h_hat - h_hat.mean(0)).square().sum() / off.square().sum()
            ),
        }

    generator, cases = torch.Generator().manual_seed(0), []
    for n, width in ((6, 4), (9, 3)):
        h = torch.randn(n, width, generator=generator) * torch.linspace(0.3, 2, width) + torch.linspace(-1, 3, width)
        cases.append((h + 0.3 + 0.4 * torch.randn(n, width, generator=generator), h))
    check(attempt, oracle, cases, slips)


def check_upper_loss(attempt: Any) -> None:
    """The upper pair's error on the codes below(x), of which the pair alone learns: below, pair, x (B, n) -> ()."""

    def oracle(below: nn.Module, pair: nn.Module, x: Tensor) -> Tensor:
        with torch.no_grad():
            h = below(x)
        return torch.stack([torch.dist(row, code) ** 2 for row, code in zip(pair(h), h, strict=True)]).mean()

    def error(a: Tensor, b: Tensor) -> Tensor:
        return (a - b).square().sum() / len(a)

    def slips(below: nn.Module, pair: nn.Module, x: Tensor) -> dict[str, Any]:
        h = below(x)
        gap = pair(h) - h
        return {
            "the pair is given x: it is given the code below(x)": error(pair(x), h),
            "the answer is compared with x: the pair returns the code below(x)": error(pair(h), x),
            "the code is left out: the pair stands on below(x), not on x": error(pair(x), x),
            "the mean over the numbers of a code: sum over them, then the mean over the batch": gap.square().mean(),
            "the sum over the batch: divide it by len(x)": gap.square().sum(),
            "the error of each row: take the mean over the batch": gap.square().sum(1),
            "the absolute error: the square is missing": gap.abs().sum() / len(x),
            "the length of the error: its square is asked for": gap.norm(dim=1).mean(),
            "a factor 1/2 that isn't in the loss": gap.square().sum() / (2 * len(x)),
            "divided by the numbers of a code, not by the images": gap.square().sum() / h.shape[1],
            "below is applied twice: once makes the code": error(pair(below(h)), below(h)),
            "the pair is applied twice: once makes the answer": error(pair(pair(h)), h),
            "the answer goes through below again: compare it with the code as it is": error(below(pair(h)), h),
            "the signed differences are summed before the square: square each, then sum": gap.sum(1).square().mean(),
        }

    def learns_below(below: nn.Module, pair: nn.Module, x: Tensor) -> Tensor:
        return error(pair(below(x)), below(x))

    late = {
        "the layers below learn too: detach the code, below(x).detach()": learns_below,
        "the layers below learn through what goes in: detach the code before it is used": (
            lambda below, pair, x: error(pair(below(x)), below(x).detach())
        ),
        "the layers below learn through the target: detach the code before it is used": (
            lambda below, pair, x: error(pair(below(x).detach()), below(x))
        ),
    }
    with as_it_was():  # new layers draw their weights
        cases = []
        for batch, width, code in ((3, 4, 2), (5, 3, 2)):
            layers = [nn.Linear(width, width), nn.Linear(width, code), nn.Linear(code, width)]
            for layer in layers:
                layer.weight.data *= 2
            x = 2 * torch.rand(batch, width)
            cases.append((nn.Sequential(layers[0], nn.Sigmoid()), LayerPair(layers[1], layers[2]), x))
    check_with_gradients(attempt, oracle, cases, slips, late, to=("below", "pair"))
