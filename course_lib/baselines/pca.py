"""Linear codes without a network: PCA, its ladder of errors, and logistic PCA."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
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
