"""The models: an encoder `f`, a decoder `g`, and `model(x)` is `g(f(x))`."""

from .convolutional import ConvAutoencoder, ResidualConv, initialise_convolutions
from .dense import (
    ACTIVATIONS,
    KLargest,
    LinearAutoencoder,
    MLPAutoencoder,
    count_parameters,
    initialise,
    layers,
    linear_layers,
)
from .variational import VAE

__all__ = [
    "ACTIVATIONS", "VAE", "ConvAutoencoder", "KLargest", "LinearAutoencoder", "MLPAutoencoder", "ResidualConv",
    "count_parameters", "initialise", "initialise_convolutions", "layers", "linear_layers",
]  # fmt: skip
