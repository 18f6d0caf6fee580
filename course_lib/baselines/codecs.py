"""Bytes: those of PNG, JPEG and zlib, and those of a quantised code."""

import bz2
import io
import math
import zlib

import numpy
import torch
from PIL import Image
from torch import Tensor

from course_lib.shapes import brief, real, tensor, whole


def quantise(z: Tensor, step: float) -> Tensor:
    """Codes as whole numbers of steps, limited to one byte: (N, d) -> (N, d) int8; times `step` gives codes again.

    Raises: ValueError where step isn't above 0, or a code is no number.
    """
    if not real(step) or not step > 0:
        raise ValueError(f"the step must be above 0; it is {brief(step)}")
    if not tensor(z, "the code").isfinite().all():
        raise ValueError("a code must be finite: some of these are NaN or infinite")
    return (z / step).round().clamp(-128, 127).to(torch.int8)


def entropy_bytes(symbols: Tensor) -> float:
    """Bytes that a perfect coder needs that knows each column's frequencies, and nothing else (Shannon 1948).

    It codes each symbol on its own: a coder that sees how columns or neighbours go together can need fewer.
    Shapes: symbols (N, d) int8 -> float. Raises: ValueError where symbols aren't (N, d) bytes.
    """
    bits = 0.0
    for column in as_symbols(symbols).T:
        share = column.unique(return_counts=True)[1].double() / len(column)
        bits -= float((share * share.log2()).sum()) * len(column)
    return bits / 8


def coded_bytes(symbols: Tensor) -> int:
    """Bytes that bz2 really writes, column after column: symbols (N, d) int8 -> int. The columns can be read back.

    Raises: ValueError where symbols aren't (N, d) bytes.
    """
    return sum(len(bz2.compress(column.contiguous().numpy().tobytes())) for column in as_symbols(symbols).T)


def as_symbols(symbols: Tensor) -> Tensor:
    """The symbols on the CPU, one byte each. Raises: ValueError where they don't fit into bytes, or there are none."""
    tensor(symbols, "symbols")
    small = symbols.to(torch.int8 if symbols.numel() and symbols.min() < 0 else torch.uint8)
    if symbols.ndim != 2 or symbols.numel() == 0 or not torch.equal(small.double(), symbols.double()):
        what = f"{tuple(symbols.shape)} of {symbols.dtype}"
        raise ValueError(f"symbols must be (N, d) whole numbers of one byte, as `quantise` returns; these are {what}")
    return small.cpu()


def to_bytes(images: Tensor) -> Tensor:
    """Pixels in [0, 1] as whole numbers 0..255, clipped: (N, 1, H, W) -> (N, H, W) uint8 on the CPU.

    Raises: ValueError for other shapes, no image, whole numbers, and where a pixel is no number.
    """
    shaped = tensor(images, "images").ndim == 4 and images.shape[1] == 1 and images.numel()
    if not shaped or not images.is_floating_point() or images.isnan().any():
        what = f"{tuple(images.shape)} of {images.dtype}, or some are NaN"
        raise ValueError(f"grey images are floats in [0, 1] of the shape (N, 1, H, W); these are {what}")
    return images[:, 0].mul(255).round().clamp(0, 255).to(torch.uint8).cpu()


def sheet(images: Tensor, cell: int = 32) -> Tensor:
    """All images on one sheet, each in a cell of whole JPEG blocks: (N, H, W) uint8 -> (rows, columns) uint8.

    Raises: ValueError where an image is larger than a cell.
    """
    n, height, width = images.shape
    if max(height, width) > cell:
        raise ValueError(f"a sheet has cells of {cell} x {cell} pixels; the images have {height} x {width}")
    side = math.ceil(math.sqrt(n))
    cells = images.new_zeros(side * side, cell, cell)
    cells[:n, :height, :width] = images
    return cells.view(side, side, cell, cell).transpose(1, 2).reshape(side * cell, side * cell)


def jpeg(images: Tensor, quality: int, together: bool = False) -> tuple[float, Tensor]:
    """Bytes per image that Pillow's JPEG writes, and the images read back; `together`: on one sheet with one header.

    Shapes: images (N, 1, H, W) in [0, 1] -> (float, the same shape). Raises: ValueError as `to_bytes` and `sheet` do,
    and for a quality that isn't from 1 to 95 (Pillow's range).
    """
    whole(1, 95, quality=quality)
    raw = to_bytes(images)
    files = [encoded(page, "jpeg", quality=quality, optimize=True) for page in ([sheet(raw)] if together else raw)]
    pages = [torch.from_numpy(numpy.array(Image.open(io.BytesIO(file)))) for file in files]
    if together:
        side, cell = math.ceil(math.sqrt(len(raw))), 32
        cells = pages[0].view(side, cell, side, cell).transpose(1, 2).reshape(-1, cell, cell)
        pages = cells[: len(raw), : raw.shape[1], : raw.shape[2]]
    back = torch.stack(list(pages))[:, None].to(images) / 255
    return sum(map(len, files)) / len(raw), back


def png_bytes(images: Tensor, together: bool = False) -> float:
    """Bytes per image that PNG writes, without loss: (N, 1, H, W) -> float. Errors as for `to_bytes`."""
    raw = to_bytes(images)
    return sum(len(encoded(page, "png", optimize=True)) for page in ([sheet(raw)] if together else raw)) / len(raw)


def zlib_bytes(images: Tensor) -> float:
    """Bytes per image that zlib writes for all images one after the other, without loss: like `png_bytes`."""
    return len(zlib.compress(to_bytes(images).numpy().tobytes(), 9)) / len(images)


def encoded(page: Tensor, kind: str, **settings: object) -> bytes:
    """One grey picture as the bytes of a file: (H, W) uint8 -> bytes."""
    buffer = io.BytesIO()
    Image.fromarray(page.numpy()).save(buffer, format=kind, **settings)
    return buffer.getvalue()
