"""Measures: squared error per image, PSNR, angles between subspaces, bytes of a quantised code."""

import bz2
import math
from collections.abc import Callable

import torch
from torch import Tensor


@torch.no_grad()
def apply(function: Callable[[Tensor], Tensor], x: Tensor, batch_size: int = 1000) -> Tensor:
    """function(x), computed batch by batch without gradients: (N, ...) -> (N, ...)."""
    return torch.cat([function(batch) for batch in x.split(batch_size)])


@torch.no_grad()
def squared_errors(model: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """||model(x) - x||^2 of each image: (N, ...) -> (N,). Raises: ValueError where model(x) is not shaped like x."""
    return difference(apply(model, images), images).square().flatten(1).sum(1)


def difference(x_hat: Tensor, x: Tensor) -> Tensor:
    """x_hat - x. Raises: ValueError where the shapes differ (they would broadcast into a wrong number)."""
    if x_hat.shape != x.shape:
        shapes = f"{tuple(x_hat.shape)} but x has {tuple(x.shape)}"
        raise ValueError(f"the reconstruction has shape {shapes}: they must be equal")
    return x_hat - x


def squared_error_per_image(model: Callable[[Tensor], Tensor], images: Tensor) -> float:
    """The course's yardstick: squared error summed over an image's pixels (in [0, 1]), mean over the images."""
    return float(squared_errors(model, images).cpu().double().mean())


def psnr(x_hat: Tensor, x: Tensor) -> float:
    """Peak signal-to-noise ratio in dB, -10 log10 of the mean squared error a pixel (peak 1): 2 x (N, ...) -> float.

    Raises: ValueError where the shapes differ.
    """
    error = float(difference(x_hat, x).square().cpu().double().mean())
    return math.inf if error == 0 else -10 * math.log10(error)


def principal_angles(a: Tensor, b: Tensor) -> Tensor:
    """Angles in degrees, ascending, between the spaces that two sets of rows span: (k, n), (k, n) -> (k,).

    The cosines are the singular values of Qa^T Qb (Bjorck & Golub 1973); where they are near 1, the sines are
    taken instead, from what Qa^T leaves of Qb, since arccos loses half of the digits there.
    """
    qa, qb = (torch.linalg.qr(rows.detach().cpu().double().T)[0] for rows in (a, b))
    inside = qa.T @ qb
    cosines = torch.linalg.svdvals(inside).clamp(max=1)
    sines = torch.linalg.svdvals(qb - qa @ inside).flip(0).clamp(max=1)
    return torch.where(cosines.square() > 0.5, sines.asin(), cosines.acos()).rad2deg()


def quantise(z: Tensor, step: float) -> Tensor:
    """Codes as whole numbers of steps, limited to one byte: (N, d) -> (N, d) int8; times `step` gives codes again."""
    return (z / step).round().clamp(-128, 127).to(torch.int8)


def entropy_bytes(symbols: Tensor) -> float:
    """Bytes that a perfect coder needs who knows each column's frequencies (Shannon 1948): (N, d) int8 -> float."""
    bits = 0.0
    for column in symbols.cpu().T:
        share = column.unique(return_counts=True)[1].double() / len(column)
        bits -= float((share * share.log2()).sum()) * len(column)
    return bits / 8


def coded_bytes(symbols: Tensor) -> int:
    """Bytes that bz2 really writes, column after column: symbols (N, d) int8 -> int. The columns can be read back."""
    return sum(len(bz2.compress(column.cpu().contiguous().numpy().tobytes())) for column in symbols.T)


def published(
    what: str,
    ours: float,
    theirs: float,
    source: str,
    *,
    within: float = 0.0,
    at_most: bool = False,
    applies: bool = True,
) -> str:
    """One line that sets our number beside a published one, after asserting it: within `within`, or `at_most` theirs.

    Where the data is not the published one (`applies` false) it says that the comparison is skipped.
    Raises: AssertionError where our number doesn't hold.
    """
    if not applies:
        return f"{what}: {theirs:.2f} was published ({source}) for MNIST; not compared on the embedded digits"
    held = ours <= theirs if at_most else abs(ours - theirs) <= within
    asked = "at most that" if at_most else f"within {within:g}"
    assert held, f"{what}: ours is {ours:.4f}, published is {theirs} ({source}), asked for is {asked}"
    return f"{what}: ours {ours:.2f}, published {theirs:.2f} ({source}); {asked}: yes"
