"""Error terms and objectives. Always: sum over the features of one example, mean over the batch.

An objective takes `(model, x)` and returns a dict of scalars; `fit` follows the gradient of "loss" and records all.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Objective = Callable[[nn.Module, Tensor], dict[str, Tensor]]


def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """||x_hat - x||^2: 2 x (B, ...) -> (), summed over the features, mean over the batch.

    Raises: ValueError where the shapes differ (they would broadcast into a wrong number).
    """
    same_shape(x_hat, x)
    return (x_hat - x).square().sum() / len(x)


def absolute_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """The L1 distance: 2 x (B, ...) -> (), sum over the features, mean over the batch. Raises: ValueError on shapes."""
    same_shape(x_hat, x)
    return (x_hat - x).abs().sum() / len(x)


def cross_entropy(logits: Tensor, x: Tensor) -> Tensor:
    """-sum x log p + (1 - x) log(1 - p), p = sigmoid(logits), in nats: 2 x (B, ...) -> ().

    For x strictly between 0 and 1 its minimum over p is not 0 but the entropy of x. Raises: ValueError on shapes.
    """
    same_shape(logits, x)
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def same_shape(a: Tensor, b: Tensor) -> None:
    """Raises: ValueError where two tensors that are to be compared differ in shape."""
    if a.shape != b.shape:
        shapes = f"{tuple(a.shape)} but x has {tuple(b.shape)}"
        raise ValueError(f"the reconstruction has shape {shapes}: they must be equal")


def reconstruction(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The plain autoencoder's objective: the squared error of model(x) against x."""
    return {"loss": squared_error(model(x), x)}


def reconstruction_l1(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The absolute error of model(x) against x."""
    return {"loss": absolute_error(model(x), x)}


def reconstruction_bce(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The binary cross-entropy of model.logits(x) against x, pixels in [0, 1]."""
    return {"loss": cross_entropy(model.logits(x), x)}


def shifted(objective: Objective, pixels: int = 1) -> Objective:
    """The same objective on images moved by -pixels..pixels both ways, one draw a batch; the target is moved alike."""

    def on_shifted(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        rows, columns = torch.randint(-pixels, pixels + 1, (2,)).tolist()
        return objective(model, x.roll((rows, columns), dims=(-2, -1)))

    return on_shifted
