"""For older notebooks: their explorers drew in the kernel. They go on running, and show the figure that stood in."""

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor

from course_lib.plotting import Figure

Decoder = Callable[[Tensor], Tensor]


def explore(draw: Callable[..., Figure], **controls: tuple[float, float, float, float] | list[str]) -> Figure:
    """The figure of `draw` at each control's start: of (low, high, step, start), or the first of a list of choices."""
    return draw(**{name: setting[0 if isinstance(setting, list) else 3] for name, setting in controls.items()})


def code_pad(
    decode: Decoder | Mapping[str, Decoder],
    backdrop: Figure | Mapping[str, Figure],
    bounds: Sequence[float],
    static: Figure,
    **more: object,
) -> Figure:
    """`static`; the rest was for the pad."""
    return static
