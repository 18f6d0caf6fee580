"""Trained networks and tensors as short texts, for the explorers in js/."""

import base64
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

NAMES = {nn.GELU: "gelu", nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.Identity: "linear"}
SHAPES = (nn.Flatten, nn.Unflatten)


def text(array: np.ndarray) -> str:
    """The bytes of an array as base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def rows(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A matrix (or kernels) (outputs, ...) as int8, and one float32 scale a row."""
    scale = np.maximum(np.abs(weight.reshape(len(weight), -1)).max(1), 1e-12) / 127
    return np.rint(weight / scale.reshape(-1, *[1] * (weight.ndim - 1))).astype("i1"), scale.astype("<f4")


def layer(weight: Tensor, bias: Tensor | None = None) -> nn.Linear:
    """A linear layer for `pack` with these weights (outputs, ...), which it shares; a kernel is a row as well."""
    found = nn.Linear(weight[0].numel(), len(weight), bias=bias is not None, device="meta")
    found.weight = nn.Parameter(weight.detach().flatten(1))
    if bias is not None:
        found.bias = nn.Parameter(bias.detach())
    return found


def pack(steps: Iterable[nn.Module]) -> dict:
    """A fully connected network for engine.js: float32 scales and biases, int8 weights with one scale a row.

    Raises: TypeError for a layer that engine.js doesn't know.
    """
    layers, parts = [], []
    for step in steps:
        if isinstance(step, nn.Linear):
            weight, scale = rows(step.weight.detach().cpu().numpy().astype("<f4"))
            bias = np.zeros(len(weight)) if step.bias is None else step.bias.detach().cpu().numpy()
            layers.append([step.in_features, step.out_features, "linear"])
            parts += [scale, bias.astype("<f4"), weight]
        elif type(step) in NAMES:
            layers[-1][2] = NAMES[type(step)]
        elif not isinstance(step, SHAPES):
            known = ", ".join(kind.__name__ for kind in NAMES)
            raise TypeError(f"engine.js has no {type(step).__name__}: it knows Linear layers and {known}")
    return {"layers": layers, "data": base64.b64encode(b"".join(part.tobytes() for part in parts)).decode()}


@torch.no_grad()
def unpacked(net: nn.Module) -> nn.Module:
    """The same network with the weights as the page has them: rounded to int8 by row. Changes it in place."""
    for step in net.modules():
        if isinstance(step, nn.Linear):
            weight, scale = rows(step.weight.detach().cpu().numpy().astype("<f4"))
            step.weight.copy_(torch.from_numpy(weight.astype("<f4") * scale[:, None]))
    return net


def grid(x: Tensor) -> dict:
    """Numbers in a byte each, evenly spaced between their least and their greatest."""
    low, high = float(x.min()), float(x.max())
    scaled = (x - low) / max(high - low, 1e-12) * 255
    return {"low": low, "high": high, "data": text(scaled.round().byte().cpu().numpy())}


def floats(x: Tensor) -> str:
    """Numbers exactly, four bytes each: where a byte is too coarse."""
    return text(x.detach().cpu().numpy().astype("<f4"))


def mean_encoder(vae: nn.Module) -> list[nn.Module]:
    """A VAE's encoder as far as mu: the log-variance's half of the last layer is left out."""
    head = nn.Linear(vae.head.in_features, vae.z_dim)
    head.load_state_dict({name: value[: vae.z_dim] for name, value in vae.head.state_dict().items()})
    return [*vae.body, head]
