"""Colour pictures without a download: patches of scikit-learn's two photographs, and digits in colours."""

from dataclasses import dataclass

import torch
from sklearn.datasets import load_sample_images
from torch import Tensor

from course_lib.shapes import whole

HUES = ((1.0, 0.35, 0.3), (1.0, 0.65, 0.2), (0.95, 0.9, 0.25), (0.6, 0.9, 0.3), (0.25, 0.8, 0.45),
        (0.3, 0.85, 0.85), (0.35, 0.6, 1.0), (0.55, 0.45, 1.0), (0.85, 0.45, 0.95), (1.0, 0.5, 0.7))  # fmt: skip


@dataclass(frozen=True)
class Photographs:
    """Square patches of two photographs, a temple in China and a flower; the right sides are held out.

    Shapes: train, test (N, 3, size, size) float32 in [0, 1].
    """

    train: Tensor
    test: Tensor


def photographs(device: torch.device | str = "cpu", size: int = 28, stride: int = 14) -> Photographs:
    """Patches of size x size pixels from scikit-learn's china.jpg and flower.jpg, 427 x 640 pixels each.

    Training patches, `stride` apart, come from the left three quarters, test patches, side by side, from the right
    quarter; none crosses the border. Raises: ValueError where a patch doesn't fit, or a size isn't a whole number.
    """
    whole(stride=stride)
    train, test = [], []
    for image in load_sample_images().images:
        pixels = torch.from_numpy(image.copy()).permute(2, 0, 1).float().div(255)
        border = 3 * pixels.shape[2] // 4
        whole(1, pixels.shape[2] - border, size=size)
        train.append(patches(pixels[:, :, :border], size, stride))
        test.append(patches(pixels[:, :, border:], size, size))
    return Photographs(torch.cat(train).to(device), torch.cat(test).to(device))


def patches(image: Tensor, size: int, stride: int) -> Tensor:
    """All patches of one image, `stride` apart: (C, H, W) -> (N, C, size, size)."""
    parts = image.unfold(1, size, stride).unfold(2, size, stride)  # (C, rows, columns, size, size)
    return parts.flatten(1, 2).transpose(0, 1).contiguous()


def tinted(x: Tensor, hues: Tensor) -> Tensor:
    """Grey images in the colours of HUES: x (B, 1, H, W), hues (B,) from 0 to 9 -> (B, 3, H, W).

    Raises: ValueError for other shapes, whole numbers for pixels, and hues that aren't whole numbers from 0 to 9.
    """
    if x.ndim != 4 or x.shape[1] != 1 or not x.is_floating_point():
        raise ValueError(f"grey images are floats of the shape (B, 1, H, W); x is {tuple(x.shape)} of {x.dtype}")
    if hues.shape != (len(x),) or hues.is_floating_point() or (len(x) and not 0 <= hues.min() <= hues.max() < 10):
        raise ValueError(f"hues are {len(x)} whole numbers from 0 to 9; these are {tuple(hues.shape)} of {hues.dtype}")
    return x * x.new_tensor(HUES)[hues][:, :, None, None]
