"""Lesson 07's explorer: U-Nets whose skips are cut one by one and whose bottleneck is exchanged."""

from collections.abc import Mapping

from torch import Tensor, nn

from course_lib.models import UNet
from course_lib.plotting import Figure

from .pack import grid, layer, pack
from .shown import Live

WAY = 7  # convolutions of a U-Net with three sizes, the only one that conv.js draws


def convolutions(model: UNet) -> list[nn.Linear]:
    """A U-Net's convolutions as layers for `pack`, in conv.js' order; they share its weights, a row a kernel.

    Raises: ValueError for a U-Net of another depth.
    """
    steps = [step[0] for step in (*model.down, model.bottom, *model.up)] + [model.last]
    if len(steps) != WAY:
        raise ValueError(
            f"conv.js has a U-Net with {WAY} convolutions, from 28 x 28 to 7 x 7; this one has {len(steps)}"
        )
    return [layer(step.weight, step.bias) for step in steps]


def packed(model: UNet) -> dict:
    """A U-Net's numbers for conv.js."""
    *inner, last = convolutions(model)
    return pack([step for layer in inner for step in (layer, nn.GELU())] + [last, nn.Sigmoid()])


def cut_skips(
    models: Mapping[str, tuple[UNet, UNet]], x: Tensor, given: Mapping[str, Tensor], static: Figure, first: int = 1
) -> Live:
    """Skips to cut, a bottleneck to exchange and an image to paint on, for U-Nets and their twins without skips.

    `models` are {task: (with skips, without)}, `given` what each task's networks are given, like x; a task without it
    copies. `first` is the image that is shown first, counted from 1.
    Shapes: x, given (N, 1, 28, 28).
    """
    tasks = [
        {
            "name": name,
            "skips": packed(one),
            "twin": packed(other),
            "given": grid(given[name]) if name in given else None,
        }
        for name, (one, other) in models.items()
    ]
    return Live({"kind": "skip", "tasks": tasks, "images": grid(x), "first": first}, static)
