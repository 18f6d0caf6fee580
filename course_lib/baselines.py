"""What you would use without a network: PCA, logistic PCA, filters, and the bytes of PNG, JPEG and zlib."""

import io
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy
import torch
import torch.nn.functional as F
from PIL import Image
from scipy import ndimage
from torch import Tensor

from course_lib.shapes import tensor, whole


@dataclass(frozen=True)
class PCA:
    """The linear code of least squared error (Pearson 1901): z = V (x - mean), x_hat = mean + V^T z.

    Shapes: mean (x_dim,), components V (z_dim, x_dim) with orthonormal rows, largest variance first,
    variances (x_dim,): all eigenvalues of the covariance, descending, divided by N (not N - 1).
    """

    mean: Tensor
    components: Tensor
    variances: Tensor

    def f(self, x: Tensor) -> Tensor:
        """Encode: (B, ...) -> (B, z_dim)."""
        return (x.flatten(1).to(self.mean.dtype) - self.mean) @ self.components.T

    def g(self, z: Tensor) -> Tensor:
        """Decode: (B, z_dim) -> (B, x_dim)."""
        return self.mean + z @ self.components

    def __call__(self, x: Tensor) -> Tensor:
        """Reconstruct: (B, ...) -> the same shape."""
        return self.g(self.f(x)).view_as(x)

    def first(self, z_dim: int) -> "PCA":
        """The same PCA with its first z_dim components only."""
        return PCA(self.mean, self.components[:z_dim], self.variances)


def pca(x: Tensor, z_dim: int) -> PCA:
    """Exact PCA from the covariance's eigenvectors, in double precision: x (N, ...) -> PCA in x's type, where x lies.

    Of whole numbers and halves the PCA is in single precision.
    Raises: ValueError where z_dim is not from 1 to the number of features, x has no row, or not all of it is finite.
    """
    if tensor(x).ndim < 2 or x.numel() == 0 or not x.isfinite().all():
        raise ValueError(f"PCA needs rows (N, ...) of finite numbers; x is {tuple(x.shape)} of {x.dtype}, or has NaN")
    rows = x.flatten(1).double() if x.device.type != "mps" else x.flatten(1).cpu().double()
    whole(1, rows.shape[1], z_dim=z_dim)  # at most all features
    mean = rows.mean(0)
    centred = rows - mean
    variances, vectors = torch.linalg.eigh(centred.T @ centred / len(rows))
    largest = vectors.gather(0, vectors.abs().argmax(0, keepdim=True))  # a component's sign is arbitrary: make it
    vectors = vectors * largest.sign()  # positive where the component is largest
    parts = mean, vectors.flip(1)[:, :z_dim].T, variances.flip(0).clamp(min=0)
    kind = torch.promote_types(x.dtype, torch.float32)
    return PCA(*(part.to(kind).to(x.device).contiguous() for part in parts))


def pca_ladder(full: PCA, images: Tensor) -> Tensor:
    """The error on images (N, ...) of PCA with 0, 1, ... x_dim codes, from a PCA with all: -> (x_dim + 1,) on the CPU.

    By Pythagoras the error is the squared length of the codes that are left out.
    Raises: ValueError where `full` has not all components.
    """
    z_dim, x_dim = full.components.shape
    if z_dim < x_dim:
        raise ValueError(f"the ladder needs a PCA with all {x_dim} components; this one has {z_dim}")
    kept = full.f(images).cpu().double().square().mean(0)
    return kept.sum() - torch.cat([kept.new_zeros(1), kept.cumsum(0)])


@dataclass(frozen=True)
class LogisticPCA:
    """A linear decoder with a logistic output, x_hat = sigmoid(mean + V^T z), and each image's own best code z.

    There is no encoder: `f` searches the code of least cross-entropy for every image (a convex problem), from 0.
    Shapes: mean (x_dim,), components V (z_dim, x_dim).
    """

    mean: Tensor
    components: Tensor
    ridge: float

    def f(self, x: Tensor, steps: int = 200) -> Tensor:
        """Search the codes: (B, ...) -> (B, z_dim)."""
        z = x.new_zeros(len(x), len(self.components))
        return descend([z], lambda: self.cross_entropy(z, x.flatten(1)), steps)[0]

    def g(self, z: Tensor) -> Tensor:
        """Decode: (B, z_dim) -> (B, x_dim)."""
        return torch.sigmoid(self.mean + z @ self.components)

    def __call__(self, x: Tensor) -> Tensor:
        """Reconstruct: (B, ...) -> the same shape."""
        return self.g(self.f(x)).view_as(x)

    def cross_entropy(self, z: Tensor, rows: Tensor) -> Tensor:
        """The loss that codes are searched by, with a small pull towards 0: (B, z_dim), (B, x_dim) -> ()."""
        logits = self.mean + z @ self.components
        loss = F.binary_cross_entropy_with_logits(logits, rows, reduction="sum")
        return (loss + self.ridge * z.square().sum()) / len(rows)


def logistic_pca(x: Tensor, z_dim: int, steps: int = 200, ridge: float = 0.1) -> LogisticPCA:
    """Fit decoder and codes together by gradient descent, from PCA's (Collins, Dasgupta & Schapire 2001; their codes
    too are free): x (N, ...) in [0, 1] -> LogisticPCA. Raises: ValueError as `pca` does, and for x outside [0, 1]."""
    if not tensor(x).is_floating_point() or not ((x >= 0) & (x <= 1)).all():
        raise ValueError(f"logistic PCA takes floats in [0, 1]; x is {x.dtype} up to {float(x.max()):.4g}")
    rows, start = x.flatten(1), pca(x, z_dim)
    scale = start.variances[:z_dim].clamp(min=1e-6).sqrt()[:, None]
    model = LogisticPCA(torch.logit(start.mean, eps=1e-3), 4 * scale * start.components, ridge)
    z = start.f(x) / scale.T
    descend([z, model.mean, model.components], lambda: model.cross_entropy(z, rows), steps)
    return model


@torch.enable_grad()
def descend(parts: list[Tensor], loss: Callable[[], Tensor], steps: int, lr: float = 0.1) -> list[Tensor]:
    """Adam on the given tensors, in place, the step size falling to zero."""
    optimizer = torch.optim.Adam([part.requires_grad_() for part in parts], fused=True)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = lr * (1 - step / steps)
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    return [part.requires_grad_(False) for part in parts]


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
