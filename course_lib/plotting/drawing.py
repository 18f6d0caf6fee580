"""The kit of the diagrams: boxes, trapezoids, arrows, braces and words on a canvas that is measured in inches."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon

from .look import COLOURS, Figure, panels

Point = tuple[float, float]
DATA, RECONSTRUCTION, CODE, LOSS = COLOURS[:4]  # the roles keep their colours: x, x_hat, z, and what is minimised
INK, GREY = "0.25", "#555555"  # words and arrows; networks
DASHED = (0, (4, 2))
WORDS = 10.5  # points: 13 pixels where the picture is shown, 12 are the least that can be read
SMALL = 9.8


def canvas(alt: str, width: float = 8.0, height: float = 3.0) -> tuple[Figure, Axes]:
    """An empty page whose coordinates are inches: (0, 0) is the lower left, (width, height) the upper right."""
    figure, ax = panels(alt, size=(width, height))
    figure.set_layout_engine("none")
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height), xticks=[], yticks=[], aspect="equal")
    ax.spines[:].set_visible(False)
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


def box(ax: Axes, at: Point, text: str, width: float = 0.7, height: float = 0.5, colour: str = GREY) -> None:
    """A box with rounded corners and a text, its middle at a place."""
    corner = (at[0] - width / 2, at[1] - height / 2)
    look = {"boxstyle": "round,pad=0,rounding_size=0.07", "facecolor": tint(colour), "edgecolor": colour}
    ax.add_patch(FancyBboxPatch(corner, width, height, linewidth=1.6, zorder=3, **look))
    words(ax, at, text, zorder=4)


def column(ax: Axes, at: Point, height: float, colour: str) -> None:
    """An upright bar: a layer of numbers, its middle at a place."""
    box(ax, at, "", 0.16, height, colour)


def trapezoid(ax: Axes, left: float, right: float, y: float, heights: Point, text: str) -> None:
    """A network from `left` to `right`, as high at its two ends as `heights` says, its middle line at y."""
    first, last = (height / 2 for height in heights)
    corners = [(left, y - first), (left, y + first), (right, y + last), (right, y - last)]
    ax.add_patch(Polygon(corners, facecolor=tint(GREY, 0.1), edgecolor=GREY, linewidth=1.4, zorder=2))
    words(ax, ((left + right) / 2, y), text, zorder=4)


def arrow(ax: Axes, start: Point, end: Point, *, colour: str = INK, dashed: bool = False) -> None:
    """An arrow; dashed where a gradient runs."""
    look = {"arrowstyle": "-|>", "mutation_scale": 13, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0, "zorder": 5}
    ax.add_patch(FancyArrowPatch(start, end, color=colour, linestyle=DASHED if dashed else "-", **look))


def path(ax: Axes, corners: Sequence[Point], *, colour: str = INK, dashed: bool = False) -> None:
    """Straight lines through corners that end in an arrowhead."""
    style = DASHED if dashed else "-"
    ax.plot(*zip(*corners[:-1], strict=True), color=colour, linewidth=1.6, linestyle=style, zorder=2)
    arrow(ax, corners[-2], corners[-1], colour=colour, dashed=dashed)


def brace(ax: Axes, left: float, right: float, y: float, text: str) -> None:
    """A bracket over a stretch, with its name."""
    tip = 0.09
    ax.plot([left, left, right, right], [y, y + tip, y + tip, y], color=INK, linewidth=1.3)
    words(ax, ((left + right) / 2, y + 2.3 * tip), text)


def circle(ax: Axes, at: Point, text: str, radius: float) -> None:
    """A sign in a circle: a number that is drawn at random."""
    ax.add_patch(Circle(at, radius, facecolor=tint(GREY), edgecolor=GREY, linewidth=1.4, zorder=3))
    words(ax, at, text, zorder=4)
