"""The explorers of lesson 05: damage to paint, with error maps; and where a denoiser sends a point."""

from collections.abc import Mapping

from torch import Tensor, nn

from course_lib.models import ConvAutoencoder, MLPAutoencoder
from course_lib.plotting import Figure

from .pack import grid, layer, pack
from .shown import Live


def kernels(net: ConvAutoencoder) -> dict:
    """A ConvAutoencoder's numbers for conv.js: its convolutions as layers for `pack`, one row a kernel.

    Raises: ValueError for a network with other than five convolutions, which brush.js doesn't know.
    """
    steps = [step for step in (*net.down, *net.g) if isinstance(step, nn.Conv2d)]
    if len(steps) != 5:
        raise ValueError(f"brush.js has networks with 5 convolutions; this one has {len(steps)}")
    found = []
    for step, after in zip(steps, (nn.GELU(),) * 4 + (nn.Sigmoid(),), strict=True):
        found += [layer(step.weight, step.bias), after]
    return pack(found)


def damaged_by_brush(
    networks: Mapping[str, ConvAutoencoder],
    tuned: Mapping[str, list[str]],
    x: Tensor,
    static: Figure,
    step: float = 0.05,
) -> Live:
    """Damage by dice and by brush; a filter's and a network's answers, with maps of their errors.

    `networks`: one for each kind of damage, Gaussian noise first, then salt and pepper, then masking. `tuned`: for the
    first two kinds the name of the filter that is best at each strength `step`, 2 `step`, ...

    Shapes: x (N, 1, 28, 28), pixels in [0, 1].
    Raises: ValueError for other than three networks, or one that brush.js doesn't know.
    """
    if len(networks) != 3:
        raise ValueError(f"three networks, for Gaussian noise, salt and pepper, and masking; these are {len(networks)}")
    packed = [{"name": name, "packed": kernels(net)} for name, net in networks.items()]
    config = {"kind": "brush", "networks": packed, "images": grid(x), "tuned": dict(tuned), "step": step}
    return Live(config, static)


def arrows_to_the_circle(model: MLPAutoencoder, static: Figure, std: float = 0.3) -> Live:
    """A point to drag around the unit circle: the exact mean E[x | x_tilde], or what `model` answers, trained at `std`.

    Shapes: model (B, 2) -> (B, 2).
    """
    return Live({"kind": "arrows", "network": pack([*model.f, *model.g]), "std": std}, static)
