"""Measures: squared error, PSNR, SSIM, likelihood, angles between subspaces."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.baselines import coded_bytes, entropy_bytes, quantise  # noqa: F401  (they moved; old names stay)
from course_lib.claims import published  # noqa: F401
from course_lib.shapes import able, comparable, floats, rows, tensor, whole


@torch.no_grad()
def apply(function: Callable[[Tensor], Tensor], x: Tensor, batch_size: int = 1000) -> Tensor:
    """function(x), computed batch by batch without gradients: (N, ...) -> (N, ...). Raises: ValueError without rows."""
    whole(batch_size=batch_size)
    return torch.cat([function(batch) for batch in rows(x).split(batch_size)])


@torch.no_grad()
def squared_errors(model: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """||model(x) - x||^2 of each image: (N, ...) -> (N,), at least in single precision.

    Raises: ValueError where model(x) is not shaped like x, or x holds whole numbers or nothing.
    """
    difference(images, images)
    return difference(apply(model, images), images).square().flatten(1).sum(1)


def difference(x_hat: Tensor, x: Tensor) -> Tensor:
    """x_hat - x, at least in single precision.

    Raises: ValueError where the shapes differ (they would broadcast into a wrong number), where there is nothing to
    compare, and for whole numbers: bytes from 0 to 255 are no pixels in [0, 1], and their differences wrap.
    """
    for each in (x_hat, x):
        floats(each, "images are compared as floats in [0, 1]")
    x_hat, x = comparable(x_hat, x)
    return x_hat - x


def squared_error_per_image(model: Callable[[Tensor], Tensor], images: Tensor) -> float:
    """The course's yardstick: squared error summed over an image's pixels (in [0, 1]), mean over the images."""
    return float(squared_errors(model, images).cpu().double().mean())


def psnr(x_hat: Tensor, x: Tensor) -> float:
    """Peak signal-to-noise ratio in dB, -10 log10 of the mean squared error per pixel (peak 1): 2 x (N, ...) -> float.

    Raises: ValueError where the shapes differ, for whole numbers such as bytes, and for images of another scale.
    """
    error = float(on_scale(x_hat, x).square().cpu().double().mean())
    return math.inf if error == 0 else -10 * math.log10(error)


def on_scale(x_hat: Tensor, x: Tensor) -> Tensor:
    """Their `difference`, where the peak is 1. They may leave [0, 1], as noise and bad answers do.

    Raises: ValueError where they are of another scale: both leave it by more than 0.5, or x by more than 5.
    """
    kept = difference(x_hat, x)
    ends = [[float(end) for end in each.detach().aminmax()] for each in (x_hat, x)]
    beyond = [max(-low, high - 1) for low, high in ends]
    if min(beyond) > 0.5 or beyond[1] > 5:
        found = f"x goes from {ends[1][0]:.4g} to {ends[1][1]:.4g}"
        raise ValueError(f"the peak is 1, pixels lie in [0, 1]; {found}: bring both there, from 0..255 by x / 255")
    return kept


def psnr_interval(x_hat: Tensor, x: Tensor) -> tuple[float, float]:
    """`psnr` and the half width of its 95 percent confidence interval over the images: 2 x (N, ...) -> 2 numbers, dB.

    1.96 standard errors of the mean squared error, in dB by the slope of the logarithm (the delta method). Errors as
    for `psnr`.
    """
    mean, half = mean_interval(on_scale(x_hat, x).square().flatten(1).mean(1))
    return psnr(x_hat, x), math.inf if mean == 0 else 10 / math.log(10) * half / mean


def ssims(x_hat: Tensor, x: Tensor) -> Tensor:
    """Structural similarity of each image, 1 where equal: 2 x (N, C, H, W) in [0, 1] -> (N,).

    Means, variances and covariance under a Gaussian window (11 x 11, sigma 1.5), K1 = 0.01, K2 = 0.03, where the whole
    window lies inside; mean over places and channels (Wang, Bovik, Sheikh & Simoncelli 2004, eq. 13).

    Raises: ValueError where the shapes differ or aren't (N, C, H, W), for whole numbers such as bytes, for another
    scale, and where the images are smaller than the window.
    """
    kept = on_scale(x_hat, x)
    if x.ndim != 4:
        raise ValueError(f"SSIM compares images of the shape (N, C, H, W); these have {tuple(x.shape)}")
    x_hat, x = x_hat.cpu().double(), x.cpu().double()  # a difference of near numbers follows: all digits are needed
    if min(x.shape[-2:]) < 11:
        raise ValueError(f"SSIM needs images of at least 11 x 11 pixels; these have {tuple(x.shape[-2:])}")
    line = torch.exp(-torch.arange(-5, 6, device="cpu").double().square() / (2 * 1.5**2))
    line = line / line.sum()
    down, across = (band(line, size) for size in x.shape[-2:])  # a window's weighted mean, for each place it fits

    def blurred(images: Tensor) -> Tensor:
        return down @ images @ across.T

    a, b = blurred(x_hat), blurred(x)
    var_a, var_b = blurred(x_hat.square()) - a.square(), blurred(x.square()) - b.square()
    both = blurred(x_hat * x) - a * b
    c1, c2 = 0.01**2, 0.03**2
    places = (2 * a * b + c1) * (2 * both + c2) / ((a.square() + b.square() + c1) * (var_a + var_b + c2))
    return places.flatten(1).mean(1).to(kept)


def band(line: Tensor, size: int) -> Tensor:
    """The matrix that slides `line` (w,) over `size` numbers: () -> (size - w + 1, size)."""
    matrix = line.new_zeros(size - len(line) + 1, size)
    for offset, weight in enumerate(line):
        matrix.diagonal(offset).fill_(weight)
    return matrix


def mean_interval(values: Tensor) -> tuple[float, float]:
    """The mean over examples and the half width of its 95 percent confidence interval: (N,) -> 2 numbers.

    1.96 standard errors (the central limit theorem; N should be 100 or more). Raises: ValueError for fewer than 2.
    """
    if tensor(values, "values").numel() < 2:
        raise ValueError(f"an interval needs at least 2 values; there are {values.numel()}")
    values = values.detach().cpu().double().flatten()
    return float(values.mean()), float(1.96 * values.std() / math.sqrt(len(values)))


@torch.no_grad()
def importance_weighted_nll(model, x: Tensor, samples: int = 500, seed: int = 0) -> Tensor:  # noqa: ANN001
    """-log p(x) in nats of each image, estimated with `samples` draws of q(z | x): (N, ...) -> (N,).

    On average not below the true value, and falling with more samples (Burda et al. 2016, theorem 1). `model` has
    `log_weights(x, samples, generator)` as models.VAE has. For a Bernoulli decoder x must be 0 or 1: with grey pixels
    the number is no likelihood. Draws come from `seed`; memory stays bounded, whatever N and `samples`.

    Raises: ValueError where samples isn't a whole number of at least 1, or x has no row.
    """
    whole(samples=samples)
    whole(None, seed=seed)
    rows(x)
    able(model, "log_weights", such_as="models.VAE")
    totals, at_once, generator = [], 50, torch.Generator(x.device).manual_seed(seed)
    for batch in x.split(200):
        parts = [min(at_once, samples - done) for done in range(0, samples, at_once)]
        logs = [model.log_weights(batch, part, generator).logsumexp(0) for part in parts]
        totals.append(math.log(samples) - torch.stack(logs).logsumexp(0))
    return torch.cat(totals)


def principal_angles(a: Tensor, b: Tensor) -> Tensor:
    """Angles in degrees, ascending, between the spaces that two sets of rows span: (k, n), (k, n) -> (k,).

    The cosines are the singular values of Qa^T Qb (Bjorck & Golub 1973); where they are near 1, the sines are
    taken instead, from what Qa^T leaves of Qb, since arccos loses half of the digits there.
    Raises: ValueError where the sets differ in shape, or their rows depend on each other.
    """
    if tensor(a, "the first").shape != tensor(b, "the second").shape or a.ndim != 2 or not 1 <= len(a) <= a.shape[1]:
        shapes = f"{tuple(a.shape)} and {tuple(b.shape)}"
        raise ValueError(f"angles are between two sets of k rows of n numbers, k <= n; these have shapes {shapes}")
    if any(torch.linalg.matrix_rank(rows.detach().cpu().double()) < len(rows) for rows in (a, b)):
        raise ValueError(f"{len(a)} rows that depend on each other span a smaller space: give independent rows")
    qa, qb = (torch.linalg.qr(rows.detach().cpu().double().T)[0] for rows in (a, b))
    inside = qa.T @ qb
    cosines = torch.linalg.svdvals(inside).clamp(max=1)
    sines = torch.linalg.svdvals(qb - qa @ inside).flip(0).clamp(max=1)
    return torch.where(cosines.square() > 0.5, sines.asin(), cosines.acos()).rad2deg()
