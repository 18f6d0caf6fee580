"""Repair without a network: median and Gaussian filter, bicubic enlargement, the nearest known pixel."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor


def median_filter(x: Tensor, size: int = 3) -> Tensor:
    """The median of size x size pixels around each: (N, C, H, W) -> the same."""
    return filtered(ndimage.median_filter, x, size=(1, 1, size, size))


def gaussian_filter(x: Tensor, sigma: float) -> Tensor:
    """A weighted mean around each pixel, Gaussian weights of width `sigma` pixels: (N, C, H, W) -> the same."""
    return filtered(ndimage.gaussian_filter, x, sigma=(0, 0, sigma, sigma))


def filtered(function: Callable, x: Tensor, **settings: object) -> Tensor:
    """One of SciPy's filters on a tensor: (N, C, H, W) -> the same, where x lies; no gradient passes.

    Raises: ValueError for other shapes, and for whole numbers, of which SciPy would return whole numbers.
    """
    if x.ndim != 4 or not x.is_floating_point():
        raise ValueError(f"a filter takes floats of the shape (N, C, H, W); x is {tuple(x.shape)} of {x.dtype}")
    x = x.detach()
    wide = x.to(torch.promote_types(x.dtype, torch.float32)).cpu().numpy()
    return torch.from_numpy(function(wide, **settings)).to(x)


def bicubic(x: Tensor, factor: int = 2) -> Tensor:
    """Enlarge by bicubic interpolation: (N, C, H, W) in [0, 1] -> (N, C, factor H, factor W) in [0, 1].

    Raises: ValueError for other shapes and for whole numbers.
    """
    if x.ndim != 4 or not x.is_floating_point():
        raise ValueError(f"images are floats of the shape (N, C, H, W); x is {tuple(x.shape)} of {x.dtype}")
    return F.interpolate(x, scale_factor=factor, mode="bicubic").clamp(0, 1)


def nearest_inpainting(x: Tensor, missing: Tensor) -> Tensor:
    """Give each missing pixel the value of the nearest one that is there.

    Shapes: x (N, C, H, W), missing (N, 1, H, W), True where a pixel is missing -> like x.
    Raises: ValueError where an image has no pixel left, the shapes don't fit, or `missing` isn't True and False.
    """
    if missing.dtype != torch.bool:
        raise ValueError(f"missing must be True and False, as from hole(); it is {missing.dtype}: try missing > 0.5")
    if missing.shape != (len(x), 1, *x.shape[2:]):
        raise ValueError(f"missing must have the shape {(len(x), 1, *x.shape[2:])}; it is {tuple(missing.shape)}")
    if missing.flatten(1).all(1).any():
        raise ValueError("an image without a single pixel can't be filled in")
    filled = []
    for image, gone in zip(x.cpu(), missing[:, 0].cpu().numpy(), strict=True):
        rows, columns = ndimage.distance_transform_edt(gone, return_distances=False, return_indices=True)
        filled.append(image[:, rows, columns])
    return torch.stack(filled).to(x)
