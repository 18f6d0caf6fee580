"""A line to turn through points, and the loss surface of its weights."""

from torch import Tensor

from course_lib.plotting import Figure

from .pack import floats
from .shown import Live


def turned_line(
    x: Tensor, static: Figure, rate: float = 0.05, start: tuple[float, float] = (-0.05, 0.3), limit: float = 2.6
) -> Live:
    """Centred points x (N, 2), their projections w w^T x, and w on the loss surface, which the page computes.

    `rate` is the step size of its descent, `start` a place beside the surface's top to descend from; `limit` is the
    plane's edge.
    """
    return Live({"kind": "turn", "points": floats(x), "limit": limit, "rate": rate, "start": list(start)}, static)
