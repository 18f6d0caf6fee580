"""The kit of the diagrams: boxes, trapezoids, arrows, braces and words on a canvas that is measured in inches."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon

from .look import COLOURS, Figure, panels

Point = tuple[float, float]
DATA, RECONSTRUCTION, CODE, LOSS = COLOURS[:4]  # the roles keep their colours: x, x_hat, z, and what is minimised
INK = "0.25"
WORDS = 10.5  # points: 13 pixels where the picture is shown, 12 are the least that can be read
SMALL = 9.8


def canvas(alt: str, width: float = 8.0, height: float = 3.0) -> tuple[Figure, Axes]:
    """An empty page whose coordinates are inches: (0, 0) is the lower left, (width, height) the upper right."""
    figure, ax = panels(alt, size=(width, height))
    figure.set_layout_engine("none")
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height), xticks=[], yticks=[], aspect="equal")
    for side in ax.spines.values():
        side.set_visible(False)
    return figure, ax


def words(ax: Axes, at: Point, text: str, *, colour: str | tuple = INK, size: float = WORDS, **more) -> None:
    """Text whose middle is at a place, a colour of the house darkened until it reads well on white."""
    if colour.startswith("#"):
        colour = tuple(0.75 * int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    ax.text(*at, text, **{"ha": "center", "va": "center", "color": colour, "fontsize": size, **more})


def tint(colour: str, share: float = 0.18) -> tuple[float, ...]:
    """A light tone of a colour, to fill a shape with."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(1 - share * (1 - part) for part in (red, green, blue))


def box(ax: Axes, at: Point, text: str, width: float = 0.7, height: float = 0.5, colour: str = "#555555") -> None:
    """A box with rounded corners and a text, its middle at a place."""
    corner = (at[0] - width / 2, at[1] - height / 2)
    look = {"boxstyle": "round,pad=0,rounding_size=0.07", "facecolor": tint(colour), "edgecolor": colour}
    ax.add_patch(FancyBboxPatch(corner, width, height, linewidth=1.6, zorder=3, **look))
    words(ax, at, text, zorder=4)


def column(ax: Axes, at: Point, height: float, colour: str, width: float = 0.16) -> None:
    """An upright bar: a layer of numbers, its middle at a place."""
    box(ax, at, "", width, height, colour)


def trapezoid(
    ax: Axes, left: float, right: float, y: float, heights: Point, text: str, colour: str = "#555555"
) -> None:
    """A network from `left` to `right`, as high at its two ends as `heights` says, its middle line at y."""
    first, last = (height / 2 for height in heights)
    corners = [(left, y - first), (left, y + first), (right, y + last), (right, y - last)]
    ax.add_patch(Polygon(corners, facecolor=tint(colour, 0.1), edgecolor=colour, linewidth=1.4, zorder=2))
    words(ax, ((left + right) / 2, y), text, zorder=4)


def arrow(
    ax: Axes, start: Point, end: Point, text: str = "", *, colour: str = INK, dashed: bool = False, bend: float = 0.0
) -> None:
    """An arrow, its text above its middle; dashed where a gradient runs, bent to the left of its way by `bend`."""
    look = {"arrowstyle": "-|>", "mutation_scale": 13, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0, "zorder": 5}
    curve = {"linestyle": (0, (4, 2)) if dashed else "-", "connectionstyle": f"arc3,rad={bend}"}
    ax.add_patch(FancyArrowPatch(start, end, color=colour, **look, **curve))
    if text:
        words(ax, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.15), text, colour=colour, size=SMALL)


def path(ax: Axes, corners: Sequence[Point], *, colour: str = INK, dashed: bool = False) -> None:
    """Straight lines through corners that end in an arrowhead."""
    style = (0, (4, 2)) if dashed else "-"
    ax.plot(*zip(*corners[:-1], strict=True), color=colour, linewidth=1.6, linestyle=style, zorder=2)
    arrow(ax, corners[-2], corners[-1], colour=colour, dashed=dashed)


def brace(ax: Axes, left: float, right: float, y: float, text: str, colour: str = INK, below: bool = False) -> None:
    """A bracket over (or below) a stretch, with its name."""
    tip = -0.09 if below else 0.09
    ax.plot([left, left, right, right], [y, y + tip, y + tip, y], color=colour, linewidth=1.3)
    words(ax, ((left + right) / 2, y + 2.3 * tip), text, colour=colour)


def circle(ax: Axes, at: Point, text: str, radius: float = 0.17, colour: str = "#555555") -> None:
    """A sign in a circle: a sum or a product, or a number that is drawn at random."""
    ax.add_patch(Circle(at, radius, facecolor=tint(colour), edgecolor=colour, linewidth=1.4, zorder=3))
    words(ax, at, text, zorder=4)
