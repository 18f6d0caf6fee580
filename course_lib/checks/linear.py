"""The checks of notebook 1: projections, the variance that is dropped, a gradient by hand, sums and means."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .verdict import check


def check_orthogonal_encoder(answer: Any) -> None:
    """The row w that makes w_hat w^T, with w_hat = (2, 1), an orthogonal projection: (2,)."""

    def oracle() -> Tensor:
        return torch.linalg.pinv(w_hat[:, None]).flatten()  # the pseudoinverse is the encoder of least error

    w_hat = torch.tensor([2.0, 1.0])
    slips = {
        "that is the decoder itself: then w w_hat = 5, and every code is 5 times too large; "
        "divide by the squared length": lambda: w_hat,
        "divided by the length where its square is asked: the decoder brings a length of its own; "
        "ask for w w_hat = 1": lambda: w_hat / w_hat.norm(),
        "that is the lecture's w: z = a on the line, but P = w_hat w' isn't symmetric; "
        "w must point along w_hat": lambda: torch.tensor([1.0, -1.0]),
        "(1, -2) is at a right angle to the line, whose points all get the code 0; "
        "w must point along w_hat": lambda: torch.tensor([1.0, -2.0]),
        "(-1, 2) is at a right angle to the line, whose points all get the code 0; "
        "w must point along w_hat": lambda: torch.tensor([-1.0, 2.0]),
        "the right line, the wrong sign: w w_hat is -1 and every point comes back mirrored; "
        "ask for w w_hat = 1": lambda: -w_hat / 5,
    }
    check(answer, oracle, slips=slips, rtol=1e-3)


def check_dropped_variance(function: Any) -> None:
    """PCA's error with z_dim codes, from the eigenvalues: x (N, x_dim), z_dim -> ()."""

    def oracle(x: Tensor, z_dim: int) -> float:
        """The error of the nearest matrix of this rank (Eckart & Young 1936), measured on the points."""
        import numpy

        rows = x.double().numpy() - x.double().numpy().mean(0)
        left, s, right = numpy.linalg.svd(rows, full_matrices=False)
        nearest = (left[:, :z_dim] * s[:z_dim]) @ right[:z_dim]
        return float(numpy.square(rows - nearest).sum(1).mean())

    def eigenvalues(x: Tensor) -> Tensor:
        centred = x - x.mean(0)
        return torch.linalg.eigvalsh(centred.T @ centred / len(x))

    def with_all(x: Tensor, z_dim: int) -> Tensor:
        return torch.linalg.eigvalsh(x.T @ x / len(x))[: x.shape[1] - z_dim].sum()

    def singular(x: Tensor, z_dim: int) -> Tensor:
        return torch.linalg.svdvals(x - x.mean(0))[z_dim:]

    slips = {
        "divided by N - 1: that estimates a variance, the error is a mean over these N points; divide by N": (
            lambda x, z_dim: torch.linalg.eigvalsh(x.T.cov())[: x.shape[1] - z_dim].sum()
        ),
        "the points aren't centred: take their mean off before the covariance": with_all,
        "that is what is kept: add up the smallest eigenvalues, those after the first z_dim": (
            lambda x, z_dim: eigenvalues(x)[x.shape[1] - z_dim :].sum()
        ),
        "the largest were dropped: eigvalsh gives the smallest first; drop from the other end": (
            lambda x, z_dim: eigenvalues(x)[z_dim:].sum()
        ),
        "one eigenvalue only: every direction that is dropped costs its own; add them all up": (
            lambda x, z_dim: eigenvalues(x)[x.shape[1] - z_dim - 1]
        ),
        "the mean over what is dropped where the sum is asked: the error is summed over the features": (
            lambda x, z_dim: eigenvalues(x)[: x.shape[1] - z_dim].mean()
        ),
        "divided by the number of features: the error is summed over them; leave that division out": (
            lambda x, z_dim: eigenvalues(x)[: x.shape[1] - z_dim].sum() / x.shape[1]
        ),
        "singular values that aren't squared: an eigenvalue is s^2 / N": (
            lambda x, z_dim: singular(x, z_dim).sum() / len(x)
        ),
        "squared singular values that aren't divided by N: an eigenvalue is s^2 / N": (
            lambda x, z_dim: singular(x, z_dim).square().sum()
        ),
    }
    generator = torch.Generator().manual_seed(0)
    scale = torch.tensor([3.0, 2.0, 1.2, 0.7, 0.3])
    points = [torch.randn(n, 5, generator=generator) * scale + torch.tensor([1.0, -2, 0.5, 0, 3]) for n in (7, 12)]
    check(function, oracle, [(points[0], 1), (points[0], 3), (points[1], 3)], slips, rtol=1e-3)


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

    def gradient(first: float, second: float, third: float) -> Callable[[Tensor, Tensor], Tensor]:
        return lambda w, c: first * c @ w + second * (w @ c @ w) * w + third * (w @ w) * c @ w

    slips = {
        "half of the product rule: |w|^2 depends on w too; add 2 (w'Cw) w": gradient(-4, 0, 2),
        "half of the product rule: w'Cw depends on w too; add 2 |w|^2 Cw": gradient(-4, 2, 0),
        "the first term lacks a factor 2: w'Cw has the gradient 2 Cw, so -2 w'Cw has -4 Cw": gradient(-2, 2, 2),
        "the factors 2 are missing: the gradients of w'Cw and of |w|^2 are 2 Cw and 2 w": gradient(-2, 1, 1),
        "uphill and downhill are exchanged: this is minus the gradient": gradient(4, -2, -2),
        "the last two terms have the wrong sign: only w'Cw itself is subtracted": gradient(-4, -2, -2),
        "only the term of the variance that is kept: what |w|^2 w'Cw adds is missing": gradient(-4, 0, 0),
    }
    cases = []
    for w in ([0.3, 0.7], [-1.1, 0.4], [0.5, 1.3]):
        cases.append((torch.tensor(w), torch.tensor([[1.4, 0.6], [0.6, 0.5]])))
    cases.append((torch.tensor([0.2, -0.5, 0.9]), torch.tensor([[2.0, 0.3, 0.1], [0.3, 1.0, -0.4], [0.1, -0.4, 0.6]])))
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)


def check_average_error(function: Any) -> None:
    """Squared error per image over batches of different sizes: a list of (x_hat, x), each (B, ...) -> ()."""

    def oracle(batches: list[tuple[Tensor, Tensor]]) -> float:
        import numpy

        x_hat, x = (numpy.concatenate([pair[i].double().flatten(1).numpy() for pair in batches]) for i in (0, 1))
        return float(numpy.linalg.norm(x_hat - x) ** 2 / len(x))

    def images(batch: tuple[Tensor, Tensor]) -> Tensor:
        return (batch[0] - batch[1]).square().flatten(1).sum(1)

    slips = {
        "the mean of the batches' means: the short last batch counts as much as a full one; "
        "weigh each batch by its size": lambda batches: torch.stack([images(b).mean() for b in batches]).mean(),
        "the mean over pixels too: sum over the pixels of an image, then the mean over the images": (
            lambda batches: torch.cat([(a - b).square().flatten() for a, b in batches]).mean()
        ),
        "the mean over pixels, and of the batches' means: sum over the pixels, and weigh each batch by its size": (
            lambda batches: torch.stack([(a - b).square().mean() for a, b in batches]).mean()
        ),
        "the last batch's error: add up over all batches": lambda batches: images(batches[-1]).mean(),
        "the sum over all images: divide by their number": (
            lambda batches: torch.cat([images(b) for b in batches]).sum()
        ),
        "the sum divided by the number of batches: divide by the number of images": (
            lambda batches: torch.cat([images(b) for b in batches]).sum() / len(batches)
        ),
        "every batch counted as large as the first: divide by the number of images that were there": (
            lambda batches: torch.cat([images(b) for b in batches]).sum() / (len(batches) * len(batches[0][0]))
        ),
        "a distance, not its square: leave the root out": (
            lambda batches: torch.cat([images(b) for b in batches]).sqrt().mean()
        ),
        "absolute differences where squares are asked": (
            lambda batches: torch.cat([(a - b).abs().flatten(1).sum(1) for a, b in batches]).mean()
        ),
    }
    generator = torch.Generator().manual_seed(0)

    def made(*sizes: int) -> tuple[list[tuple[Tensor, Tensor]]]:
        pairs = [torch.rand(2, n, 1, 2, 3, generator=generator) * (i + 1) for i, n in enumerate(sizes)]
        return ([(x_hat, x) for x_hat, x in pairs],)

    check(function, oracle, [made(5, 5, 2), made(4, 1)], slips)


def check_project_onto_decoder(function: Any) -> None:
    """The point nearest to each row of x among all that the decoder z -> weight z reaches.

    Shapes: x (B, x_dim), weight (x_dim, z_dim) -> (B, x_dim).
    """

    def oracle(x: Tensor, weight: Tensor) -> Tensor:
        import numpy

        codes = numpy.linalg.lstsq(weight.double().numpy(), x.double().numpy().T, rcond=None)[0]
        return torch.from_numpy(weight.double().numpy() @ codes).T

    def with_unit_columns(x: Tensor, weight: Tensor) -> Tensor:
        unit = weight / weight.norm(dim=0)
        return x @ unit @ unit.T

    slips = {
        "x W W' takes the columns for orthonormal, and they are neither of length 1 nor at right angles; "
        "put (W'W)^-1 between, or take Q of a QR decomposition": lambda x, weight: x @ weight @ weight.T,
        "the columns have length 1 now, but they aren't at right angles: what they share is counted twice; "
        "put (W'W)^-1 between, or take Q of a QR decomposition": with_unit_columns,
        "W'W is multiplied with where its inverse is asked": (
            lambda x, weight: x @ weight @ (weight.T @ weight) @ weight.T
        ),
        "those are the codes: send them through the decoder as well": lambda x, weight: x @ torch.linalg.pinv(weight).T,
        "that is what is lost, x minus its projection; return the projection itself": (
            lambda x, weight: x - x @ weight @ torch.linalg.pinv(weight)
        ),
    }
    generator = torch.Generator().manual_seed(0)
    sizes = [((3, 5), (5, 2)), ((4, 6), (6, 3))]  # x, weight
    cases = [tuple(torch.randn(*size, generator=generator) for size in pair) for pair in sizes]
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)
