"""Linear and fully connected autoencoders, their layers and their initialisation."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_lib.shapes import tensor, whole, widths

from .sizes import Rows

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU, "gelu": nn.GELU, "linear": nn.Identity}


class LinearAutoencoder(nn.Module):
    """Linear encoder and decoder: z = W1 x + b1, x_hat = W2 z + b2.

    Shapes: x (B, *x_shape) -> z (B, z_dim) -> x_hat like x. With x_dim inputs and z_dim codes the encoder has
    (x_dim + 1) z_dim parameters and the decoder (z_dim + 1) x_dim.
    Raises: ValueError for sizes that aren't whole numbers of at least 1, and for x of another shape.
    """

    def __init__(self, z_dim: int, x_shape: Sequence[int] = (1, 28, 28), bias: bool = True) -> None:
        super().__init__()
        whole(z_dim=z_dim)
        x_dim = math.prod(widths("x_shape", x_shape))
        self.f = nn.Sequential(Rows(x_shape), nn.Linear(x_dim, z_dim, bias))
        self.g = nn.Sequential(nn.Linear(z_dim, x_dim, bias), nn.Unflatten(1, tuple(x_shape)))

    def forward(self, x: Tensor) -> Tensor:
        return self.g(self.f(x))


class KLargest(nn.Module):
    """Keep the k largest numbers of each code, set the others to 0 (Makhzani & Frey 2013): (B, z_dim) -> the same.

    Raises: ValueError where k is no whole number from 1 to what the code has.
    """

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def forward(self, z: Tensor) -> Tensor:
        if tensor(z, "the code").ndim < 2:
            raise ValueError(f"codes have the shape (B, z_dim); this is {tuple(z.shape)}")
        whole(1, z.shape[1], k=self.k)
        kept = z.topk(self.k, dim=1)
        return torch.zeros_like(z).scatter(1, kept.indices, kept.values)


class MLPAutoencoder(nn.Module):
    """Fully connected autoencoder: z = f(x), x_hat = g(z); the decoder mirrors the encoder.

    `hidden` are the encoder's widths, `activation` stands after each hidden layer, `code` after the code (a name, or a
    module such as KLargest) and `output` after the last layer ("sigmoid" keeps pixels in [0, 1]). `init` is "he" or
    "xavier" (zero biases) or "default" (PyTorch's own); `gain` multiplies the weights that it draws, `encoder_gain` the
    encoder's once more.

    Shapes: x (B, *x_shape) -> z (B, z_dim) -> x_hat like x.
    Raises: ValueError for an unknown activation or initialisation, for sizes that aren't whole numbers of at least 1,
    and for x of another shape.
    """

    def __init__(
        self,
        z_dim: int,
        hidden: Sequence[int] = (256,),
        *,
        x_shape: Sequence[int] = (1, 28, 28),
        activation: str = "gelu",
        code: str | nn.Module = "linear",
        output: str = "sigmoid",
        init: str = "he",
        gain: float = 1.0,
        encoder_gain: float = 1.0,
    ) -> None:
        super().__init__()
        whole(z_dim=z_dim)
        sizes = [math.prod(widths("x_shape", x_shape)), *widths("hidden", hidden), z_dim]
        encoder, decoder = layers(sizes, activation), layers(sizes[::-1], activation)
        self.f = nn.Sequential(Rows(x_shape), *encoder, activate(code) if isinstance(code, str) else code)
        self.g = nn.Sequential(*decoder, nn.Unflatten(1, tuple(x_shape)), activate(output))
        initialise(self, init, gain)
        with torch.no_grad():
            for layer in linear_layers(self.f):
                layer.weight.mul_(encoder_gain)

    def forward(self, x: Tensor) -> Tensor:
        return self.g(self.f(x))

    def logits(self, x: Tensor) -> Tensor:
        """The reconstruction before the output activation, for a loss on logits: x (B, *x_shape) -> like x."""
        return self.g[:-1](self.f(x))


def activate(name: str) -> nn.Module:
    """The activation of that name. Raises: ValueError for one that isn't in ACTIVATIONS."""
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}: one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()


def layers(sizes: Sequence[int], activation: str) -> list[nn.Module]:
    """Linear layers from each size to the next, with the activation between them (not after the last)."""
    steps = [[nn.Linear(a, b), activate(activation)] for a, b in zip(sizes, sizes[1:], strict=False)]
    return sum(steps, [])[:-1]


def linear_layers(model: nn.Module) -> list[nn.Linear]:
    """The linear layers of a model, first to last."""
    return [layer for layer in model.modules() if isinstance(layer, nn.Linear)]


def initialise(model: nn.Module, init: str, gain: float = 1.0) -> None:
    """Draw each linear layer's weights anew and set its biases to zero ("default" leaves PyTorch's own).

    "he": N(0, 2 / fan_in) (He et al. 2015, eq. 10); "xavier": uniform, variance 2 / (fan_in + fan_out) (Glorot & Bengio
    2010, eq. 16); both times `gain`. "default" is PyTorch's uniform of variance 1 / (3 fan_in), biases likewise.

    Raises: ValueError for another name.
    """
    if init not in ("he", "xavier", "default"):
        raise ValueError(f"unknown initialisation {init!r}: one of he, xavier, default")
    for layer in linear_layers(model):
        if init == "default":
            with torch.no_grad():
                layer.weight.mul_(gain)
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
        if init == "he":
            nn.init.normal_(layer.weight, std=gain * math.sqrt(2 / layer.in_features))
        else:
            nn.init.xavier_uniform_(layer.weight, gain)


def count_parameters(module: nn.Module) -> int:
    """How many numbers training may change."""
    return sum(p.numel() for p in module.parameters())
