"""The explorer of lesson 04: a digit as a sum of weighted atoms, switched on and off one by one."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from course_lib.evaluate import apply
from course_lib.models import MLPAutoencoder
from course_lib.plotting import Figure

from .pack import floats, grid, layer, pack, text
from .shown import Live

QUIET = 0.01  # a unit is dead whose code stays below this for each of the training images


@torch.no_grad()
def one(name: str, model: MLPAutoencoder, x: Tensor, train: Tensor, keep: int) -> dict:
    """A model's numbers for atoms.js: the `keep` units that add most to the images x, and what the others add."""
    z, last = apply(model.f, x).cpu(), model.g[0]
    weight = last.weight.detach().cpu()  # (pixels, units)
    kept = (z * weight.norm(dim=0)).amax(0).argsort(descending=True)[:keep].sort().values
    others = z.clone()
    others[:, kept] = 0
    dead = apply(model.f, train).amax(0).cpu() < QUIET
    found = {
        "name": name,
        "decoder": pack([layer(weight[:, kept], last.bias)]),
        "codes": floats(z[:, kept]),
        "rest": grid(others @ weight.T),
    }
    found["speak"] = (z != 0).sum(1).tolist()
    return found | {"kept": text(kept.numpy().astype("<u2")), "dead": text(dead.numpy().astype(np.uint8))}


def sum_of_atoms(
    models: Mapping[str, MLPAutoencoder], x: Tensor, labels: Tensor, train: Tensor, static: Figure, keep: int = 112
) -> Live:
    """A digit as the sum of its code's atoms, for models with one layer: the first image of each digit in x.

    `train` says which units are dead. The `keep` units that add most are switched one by one, the others together.
    Shapes: x (N, 1, 28, 28), labels (N,), train (M, 1, 28, 28).
    """
    some = x[torch.stack([(labels == digit).nonzero()[0, 0] for digit in range(10)])]
    (units,) = {model.g[0].in_features for model in models.values()}
    config = {"kind": "atoms", "images": grid(some), "labels": text(np.arange(10, dtype=np.uint8)), "units": units}
    return Live(config | {"models": [one(name, model, some, train, keep) for name, model in models.items()]}, static)
