"""Damage to images: noise, masks, holes, a watermark, fewer pixels, no colour. Nothing is changed in place.

Chance comes from `generator`, on the images' device; without one from PyTorch's own, which `fit` seeds. A strength
is one number, or one for each image: (B, 1, 1, 1). All raise ValueError for whole numbers, since bytes from 0 to 255
are no pixels in [0, 1], and for strengths that can't be.
"""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from course_lib.shapes import brief, floats, real, tensor, whole

PIXELS = "damage is done to floats, pixels in [0, 1]"
LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)


def gaussian_noise(x: Tensor, std: float | Tensor, generator: Generator | None = None) -> Tensor:
    """x + std * eps, eps ~ N(0, I), not clipped: any shape -> the same."""
    floats(x, PIXELS)
    possible("std", std, x, most=float("inf"))
    return x + std * torch.randn(x.shape, generator=generator, device=x.device, dtype=torch.float32).to(x.dtype)


def salt_and_pepper(x: Tensor, share: float | Tensor, generator: Generator | None = None) -> Tensor:
    """Each number with chance `share` replaced by 0 or 1, both equally likely: any shape -> the same."""
    floats(x, PIXELS)
    possible("share", share, x)
    chance = torch.rand(x.shape, generator=generator, device=x.device, dtype=torch.float32)
    return torch.where(chance < share, (chance < share / 2).to(x), x)


def masking(x: Tensor, share: float | Tensor, generator: Generator | None = None) -> Tensor:
    """Each number with chance `share` set to 0: any shape -> the same."""
    floats(x, PIXELS)
    possible("share", share, x)
    chance = torch.rand(x.shape, generator=generator, device=x.device, dtype=torch.float32)
    return torch.where(chance < share, 0.0, x)


def hole(x: Tensor, size: int, generator: Generator | None = None, fill: float = 0.0) -> tuple[Tensor, Tensor]:
    """A square of size x size pixels filled with `fill`, at a random place of each image.

    Shapes: x (B, C, H, W) -> x_tilde like x, and the hole (B, 1, H, W): True where pixels are missing.
    Raises: ValueError where the square doesn't fit into the image.
    """
    floats(x, PIXELS)
    whole(size=size)
    missing = squares(x, size, size, generator)
    return torch.where(missing, fill, x), missing


def squares(x: Tensor, height: int, width: int, generator: Generator | None = None) -> Tensor:
    """A rectangle at a random place, wholly inside, of each image: x (B, C, H, W) -> (B, 1, H, W), True inside.

    Raises: ValueError where the rectangle doesn't fit into the image, or x isn't (B, C, H, W).
    """
    if x.ndim != 4:
        raise ValueError(f"images have the shape (B, C, H, W); this is {tuple(x.shape)}")
    inside = []
    for dim, length in ((-2, height), (-1, width)):
        room = x.shape[dim] - length
        if room < 0 or length < 1:
            raise ValueError(f"a rectangle of {height} x {width} pixels doesn't fit into {tuple(x.shape[-2:])}")
        start = torch.randint(room + 1, (len(x), 1), generator=generator, device=x.device)
        at = torch.arange(x.shape[dim], device=x.device)
        inside.append((at >= start) & (at < start + length))
    rows, columns = inside
    return (rows[:, :, None] & columns[:, None, :])[:, None]


def watermark(x: Tensor, mark: Tensor, alpha: float, generator: Generator | None = None) -> Tensor:
    """Lay the picture `mark` half-transparently over each image, at a random place: (1 - alpha) x + alpha * 1 there.

    Shapes: x (B, C, H, W), mark (h, w) from 0 (nothing) to 1 (white ink of opacity alpha) -> like x.
    Raises: ValueError where the mark is larger than the images, no (h, w), or of values outside [0, 1].
    """
    floats(x, PIXELS)
    possible("alpha", alpha, x)
    if tensor(mark, "mark").ndim != 2 or mark.numel() == 0 or mark.min() < 0 or mark.max() > 1:
        found = f", from {float(mark.min()):.4g} to {float(mark.max()):.4g}" if mark.numel() else ""
        raise ValueError(f"a mark is (h, w) of ink from 0 to 1; this is {tuple(mark.shape)}{found}")
    h, w = mark.shape
    inside = squares(x, h, w, generator)
    ink = x.new_zeros(len(x), 1, *x.shape[-2:])
    ink[inside] = mark.to(x).flatten().repeat(len(x))
    return x + alpha * ink * (1 - x)


def cross(size: int) -> Tensor:
    """A diagonal cross with a frame, the course's watermark: () -> (size, size) of 0 and 1."""
    whole(size=size)
    at = torch.arange(size, device="cpu")
    lines = (at[:, None] - at).abs() <= 1
    frame = (at == 0) | (at == size - 1)
    return (lines | lines.flip(1) | frame[:, None] | frame).float()


def downsample(x: Tensor, factor: int = 2) -> Tensor:
    """Means of factor x factor pixels: (B, C, H, W) -> (B, C, H / factor, W / factor).

    Raises: ValueError where height or width is no multiple of the factor, or x isn't (B, C, H, W).
    """
    floats(x, PIXELS)
    whole(factor=factor)
    if x.ndim != 4 or x.shape[-1] % factor or x.shape[-2] % factor:
        raise ValueError(f"height and width must be multiples of {factor}; x has shape {tuple(x.shape)}")
    return F.avg_pool2d(x, factor)


def grey(x: Tensor) -> Tensor:
    """The brightness of a colour image: (B, 3, H, W) -> (B, 1, H, W). Raises: ValueError without three channels."""
    floats(x, PIXELS)
    if x.ndim != 4 or x.shape[1] != 3:
        raise ValueError(f"colour images have the shape (B, 3, H, W); this is {tuple(x.shape)}")
    return (x * x.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)


def binarise(x: Tensor, generator: Generator | None = None) -> Tensor:
    """Each pixel becomes 1 with its grey value as the chance, else 0: any shape, values in [0, 1] -> the same.

    Raises: ValueError where a value is no chance (PyTorch says so in its own words on an accelerator).
    """
    floats(x, PIXELS)
    if x.device.type == "cpu" and x.numel() and (not x.min() >= 0 or not x.max() <= 1):
        found = f"{float(x.min()):.4g} to {float(x.max()):.4g}"
        raise ValueError(f"grey values are chances from 0 to 1; these go from {found}")
    return torch.bernoulli(x, generator=generator)


def possible(name: str, strength: float | Tensor, x: Tensor, most: float = 1.0) -> None:
    """Raises: ValueError where a strength isn't one number from 0 to `most`, nor one for each image."""
    if not isinstance(strength, Tensor):
        if not real(strength) or not 0 <= strength <= most:
            raise ValueError(f"{name} must be from 0 to {most:g}; it is {brief(strength)}")
    elif strength.ndim and strength.shape != (each := (len(x), *[1] * (x.ndim - 1))):  # (B,) would go along columns
        raise ValueError(f"{name} is one number, or one for each image: {each}; its shape is {tuple(strength.shape)}")
