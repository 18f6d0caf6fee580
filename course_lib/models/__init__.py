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
from .recurrent import GRUSeq2Seq, RowsAutoencoder, free_running
from .transformer import Block, MultiHead, Transformer, attend, attention_weights, sinusoids
from .unet import UNet
from .variational import VAE

__all__ = [
    "ACTIVATIONS", "VAE", "Block", "Classifier", "ConvAutoencoder", "ConvBottleneck", "GRUSeq2Seq", "KLargest",
    "LayerPair", "LinearAutoencoder", "MLPAutoencoder", "MultiHead", "ResidualConv", "RowsAutoencoder", "Transformer",
    "UNet", "attend", "attention_weights", "count_parameters", "free_running", "initialise",
    "initialise_convolutions", "layers", "linear_layers", "pooled", "sinusoids", "strided", "transposed", "upsampled",
]  # fmt: skip
