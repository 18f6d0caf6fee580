"""The models: an encoder `f`, a decoder `g`, and `model(x)` is `g(f(x))`."""

from .classifier import Classifier, LayerPair
from .convolutional import (
    ConvAutoencoder,
    ConvBottleneck,
    ResidualConv,
    initialise_convolutions,
    pooled,
    strided,
    transposed,
    upsampled,
)
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
from .unet import UNet
from .variational import VAE

__all__ = [
    "ACTIVATIONS", "VAE", "Classifier", "ConvAutoencoder", "ConvBottleneck", "KLargest", "LayerPair",
    "LinearAutoencoder", "MLPAutoencoder", "ResidualConv", "UNet", "count_parameters", "initialise",
    "initialise_convolutions", "layers", "linear_layers", "pooled", "strided", "transposed", "upsampled",
]  # fmt: skip
