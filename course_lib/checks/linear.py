"""The checks of notebook 1: projections, the variance that is dropped, a gradient by hand, sums and means.

What asks for a decoder has its checks in `decoder`.
"""

from typing import Any

import numpy
import torch
from torch import Tensor

from .compare import as_tensor
from .verdict import check


def check_orthogonal_encoder(answer: Any) -> None:
    """The row w that makes w_hat w^T, with w_hat = (2, 1), an orthogonal projection: (2,)."""

    def oracle() -> Tensor:
        return torch.linalg.pinv(w_hat[:, None]).flatten()  # the pseudoinverse is the encoder of least error

    w_hat = torch.tensor([2.0, 1.0])
    slips = {
        "that is the decoder itself: "
        "then w w_hat = 5, and every code is 5 times too large; divide by the squared length": w_hat,
        "divided by the length where its square is asked for: "
        "the decoder brings a length of its own; ask for w w_hat = 1": w_hat / w_hat.norm(),
        "that is the oblique w of section 1: "
        "z = a on the line, but P = w_hat w' isn't symmetric; w must point along w_hat": torch.tensor([1.0, -1.0]),
        "(1, -2) is at a right angle to the line, whose points all get the code 0; w must point along w_hat": (
            torch.tensor([1.0, -2.0])
        ),
        "(-1, 2) is at a right angle to the line, whose points all get the code 0; w must point along w_hat": (
            torch.tensor([-1.0, 2.0])
        ),
        "the right line, the wrong sign: w w_hat is -1 and every point comes back mirrored; ask for w w_hat = 1": (
            -w_hat / 5
        ),
        "the two numbers are exchanged: w must point along w_hat = (2, 1)": torch.tensor([0.2, 0.4]),
        "w w_hat = 1 holds for each coordinate by itself; it must hold for their sum: divide by the squared length": (
            1 / w_hat
        ),
        "half of w_hat fits its larger number only: divide by the squared length, 5": w_hat / 2,
        "divided by the sum of the numbers, 3: divide by the sum of their squares, 5": w_hat / 3,
    }
    numbers = as_tensor(answer)
    if numbers is not None and numbers.numel() == 2:  # a row or a column is as good
        answer = numbers.flatten()
    check(answer, oracle, slips=slips, rtol=1e-3)


def check_dropped_variance(function: Any) -> None:
    """PCA's error with z_dim codes, from the eigenvalues: x (N, x_dim), z_dim -> ()."""

    def oracle(x: Tensor, z_dim: int) -> float:
        """The error of the nearest matrix of this rank (Eckart & Young 1936), measured on the points."""
        rows = x.double().numpy() - x.double().numpy().mean(0)
        left, s, right = numpy.linalg.svd(rows, full_matrices=False)
        nearest = (left[:, :z_dim] * s[:z_dim]) @ right[:z_dim]
        return float(numpy.square(rows - nearest).sum(1).mean())

    def eigenvalues(x: Tensor) -> Tensor:
        return torch.linalg.eigvalsh(x.T @ x / len(x))

    def slips(x: Tensor, z_dim: int) -> dict[str, Any]:
        centred, rest = x - x.mean(0), x.shape[1] - z_dim
        every, singular = eigenvalues(centred), torch.linalg.svdvals(centred)[z_dim:]
        return {
            "divided by N - 1: that estimates a variance, the error is a mean over these N points; divide by N": (
                torch.linalg.eigvalsh(x.T.cov())[:rest].sum()
            ),
            "the points aren't centred: take their mean off before the covariance": eigenvalues(x)[:rest].sum(),
            "that is what is kept: add up the smallest eigenvalues, those after the first z_dim": every[rest:].sum(),
            "the largest were dropped: eigvalsh gives the smallest first; drop from the other end": every[z_dim:].sum(),
            "one eigenvalue only: every direction that is dropped costs its own; add them all up": every[rest - 1],
            "the mean over what is dropped where the sum is asked for: the error is summed over the features": (
                every[:rest].mean()
            ),
            "divided by the number of features: the error is summed over them; leave that division out": (
                every[:rest].sum() / x.shape[1]
            ),
            "singular values that aren't squared: an eigenvalue is s^2 / N": singular.sum() / len(x),
            "squared singular values that aren't divided by N: an eigenvalue is s^2 / N": singular.square().sum(),
            "standard deviations are added up: leave the root out, variances add": (
                every[:rest].clamp(min=0).sqrt().sum()
            ),
            "each point's own mean is taken off: the mean over the points is meant, x.mean(0)": (
                eigenvalues(x - x.mean(1, keepdim=True))[:rest].sum()
            ),
            "z_dim eigenvalues are dropped: z_dim are kept, the others are dropped": every[:z_dim].sum(),
            "every feature is scaled to variance 1 first (corrcoef): the error is in the units of x": (
                torch.linalg.eigvalsh(torch.corrcoef(x.T))[:rest].sum()
            ),
            "the total variance: z_dim of the eigenvalues are kept, leave the largest out": every.sum(),
        }

    generator = torch.Generator().manual_seed(0)
    scale = torch.tensor([0.3, 0.7, 1.2, 2.0, 3.0])  # with the largest first eigvals would be sorted by chance
    shift = torch.tensor([1.0, -2, 0.5, 0, 3])
    few, some, many, narrow = (
        torch.randn(n, d, generator=generator) * scale[:d] + shift[:d] for n, d in ((3, 5), (7, 5), (12, 5), (6, 3))
    )
    cases = [(some, 1), (some, 3), (many, 3), (many, 0), (many, 4), (few, 1), (narrow, 1)]
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)


def check_surface_gradient(function: Any) -> None:
    """The gradient of E(w) = tr C - 2 w'Cw + |w|^2 w'Cw: w (d,), c (d, d) symmetric -> (d,)."""

    def oracle(w: Tensor, c: Tensor) -> Tensor:
        """Central differences of the error of x_hat = w w'x on points whose covariance is c."""
        x = torch.linalg.cholesky(c.double()).T * len(c) ** 0.5
        slopes = []
        for step in 1e-5 * torch.eye(len(w), dtype=torch.double):
            errors = [(x @ v[:, None] @ v[None] - x).square().sum(1).mean() for v in (w + step, w - step)]
            slopes.append((errors[0] - errors[1]) / 2e-5)
        return torch.stack(slopes)

    def slips(w: Tensor, c: Tensor) -> dict[str, Any]:
        def gradient(first: float, second: float, third: float) -> Tensor:
            return first * c @ w + second * (w @ c @ w) * w + third * (w @ w) * c @ w

        return {
            "half of the product rule: |w|^2 depends on w too; add 2 (w'Cw) w": gradient(-4, 0, 2),
            "half of the product rule: w'Cw depends on w too; add 2 |w|^2 Cw": gradient(-4, 2, 0),
            "the first term lacks a factor 2: w'Cw has the gradient 2 Cw, so -2 w'Cw has -4 Cw": gradient(-2, 2, 2),
            "the factors 2 are missing: the gradients of w'Cw and of |w|^2 are 2 Cw and 2 w": gradient(-2, 1, 1),
            "uphill and downhill are exchanged: this is minus the gradient": gradient(4, -2, -2),
            "the last two terms have the wrong sign: only w'Cw itself is subtracted": gradient(-4, -2, -2),
            "only the term of the variance that is kept: what |w|^2 w'Cw adds is missing": gradient(-4, 0, 0),
            "that is for a w of length 1 only: w may have any length, keep |w|^2": gradient(-2, 2, 0),
            "the gradient of |w|^2 lacks its factor 2: it is 2 w": gradient(-4, 1, 2),
            "in the last term the gradient of w'Cw lacks its factor 2: it is 2 Cw": gradient(-4, 2, 1),
            "half of the product rule, counted twice: |w|^2 and w'Cw both depend on w": gradient(-4, 4, 0),
            "w'Cw is put where |w|^2 belongs: the product rule gives (w'Cw) 2 w + |w|^2 2 Cw": (
                -4 * c @ w + 2 * (w @ w) * w + 2 * (w @ c @ w) * c @ w
            ),
        }

    cases = []
    for w in ([0.3, 0.7], [-1.1, 0.4], [0.5, 1.3], [0.0, 0.0]):
        cases.append((torch.tensor(w), torch.tensor([[1.4, 0.6], [0.6, 0.5]])))
    cases.append((torch.tensor([0.2, -0.5, 0.9]), torch.tensor([[2.0, 0.3, 0.1], [0.3, 1.0, -0.4], [0.1, -0.4, 0.6]])))
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)


def check_average_error(function: Any) -> None:
    """Squared error per image over batches of different sizes: a list of (x_hat, x), each (B, ...) -> ()."""

    def oracle(batches: list[tuple[Tensor, Tensor]]) -> float:
        x_hat, x = (numpy.concatenate([pair[i].double().flatten(1).numpy() for pair in batches]) for i in (0, 1))
        return float(numpy.linalg.norm(x_hat - x) ** 2 / len(x))

    def slips(batches: list[tuple[Tensor, Tensor]]) -> dict[str, Any]:
        gaps = [x_hat - x for x_hat, x in batches]
        errors = [gap.square().flatten(1).sum(1) for gap in gaps]
        every, means = torch.cat(errors), torch.stack([each.mean() for each in errors])
        return {
            "the mean of the batches' means: "
            "the short last batch counts as much as a full one; weigh each batch by its size": means.mean(),
            "the mean over pixels too: sum over the pixels of an image, then the mean over the images": (
                torch.cat([gap.square().flatten() for gap in gaps]).mean()
            ),
            "the mean over pixels, and of the batches' means: sum over the pixels, and weigh each batch by its size": (
                torch.stack([gap.square().mean() for gap in gaps]).mean()
            ),
            "the last batch's error: add up over all batches": means[-1],
            "the sum over all images: divide by their number": every.sum(),
            "the sum divided by the number of batches: divide by the number of images": every.sum() / len(batches),
            "every batch counted as large as the first: divide by the number of images that were there": (
                every.sum() / (len(batches) * len(gaps[0]))
            ),
            "a distance, not its square: leave the root out": every.sqrt().mean(),
            "absolute differences where squares are asked for": (
                torch.cat([gap.abs().flatten(1).sum(1) for gap in gaps]).mean()
            ),
            "the first batch's error: add up over all batches": means[0],
            "the batches' means are added up: weigh each by its size, and divide by the number of images": means.sum(),
            "the differences are added up before they are squared, so that they cancel: square each": (
                torch.cat([gap.flatten(1).sum(1).square() for gap in gaps]).mean()
            ),
            "the size of x, not of the difference: take x_hat - x": (
                torch.cat([x.square().flatten(1).sum(1) for _, x in batches]).mean()
            ),
            "the image's width is averaged: sum over all dimensions but the first": (
                torch.cat([gap.square().sum((1, 2)).flatten() for gap in gaps]).mean()
            ),
            "the image's height is averaged: sum over all dimensions but the first": (
                torch.cat([gap.square().sum((1, 3)).flatten() for gap in gaps]).mean()
            ),
        }

    generator = torch.Generator().manual_seed(0)

    def made(*sizes: int) -> tuple[list[tuple[Tensor, Tensor]]]:
        pairs = [torch.randn(2, n, 1, 4, 7, generator=generator) * 0.3 * (i + 1) for i, n in enumerate(sizes)]
        return ([(x_hat, x) for x_hat, x in pairs],)

    check(function, oracle, [made(5, 5, 2), made(4, 1), made(3)], slips)
