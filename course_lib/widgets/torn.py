"""A circle that is coded by one number or two, all along its training."""

import copy
from collections.abc import Collection, Mapping

from torch import Tensor, nn

from course_lib.plotting import Figure
from course_lib.shapes import Objective

from .pack import pack
from .shown import Live

STEPS = (0, 10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 800, 1100)


def filmed(objective: Objective, steps: Collection[int] = STEPS) -> tuple[Objective, dict[int, nn.Module]]:
    """The same objective, and a dict that fills with copies of the model as it is before these steps: {step: model}.

    The objective has to be called once a step: give `fit` no validation data and no cache.
    """
    frames, done = {}, 0

    def watched(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        nonlocal done
        if done in steps:
            frames[done] = copy.deepcopy(model)
        done += 1
        return objective(model, x)

    return watched, frames


def torn_circle(films: Mapping[str, Mapping[int, nn.Module]], static: Figure) -> Live:
    """The circle (sin t, cos t) through networks with `f` and `g`, at several steps of their training.

    `films` are two of equally many frames: {"1 number": {step: model}, "2 numbers": {step: model}}, the first with a
    code of one number, the second with one of two.
    """
    made = [
        {
            "name": name,
            "frames": [{"step": step, "encoder": pack(net.f), "decoder": pack(net.g)} for step, net in film.items()],
        }
        for name, film in films.items()
    ]
    return Live({"kind": "torn", "films": made}, static)
