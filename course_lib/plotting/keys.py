"""Names beside what they name: keys outside the axes, labels that move apart. Nothing here covers data."""

import itertools
import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnnotationBbox, DrawingArea, HPacker, TextArea
from matplotlib.patheffects import withStroke

from .look import TEXT, Figure

ROOM = 1.35 * TEXT  # points from one line of text to the next


def halo(width: float = 2.5) -> list:
    """A white edge around a line or a text, which keeps it apart from what lies under it."""
    return [withStroke(linewidth=width, foreground="white")]


def legend_below(figure: Figure, axes: Sequence[Axes], columns: int = 4) -> None:
    """One legend under the whole figure, each name once."""
    named: dict[str, object] = {}
    for ax in axes:
        for handle, name in zip(*ax.get_legend_handles_labels(), strict=True):
            named.setdefault(name, handle)
    if named:
        place = {"loc": "outside lower center", "ncols": min(columns, len(named)), "frameon": False}
        figure.legend(named.values(), named.keys(), fontsize=TEXT, **place)


def key(ax: Axes, entries: Sequence[tuple[str, float | None, Mapping]]) -> None:
    """Names to the right of the axes, each as high as its line ends: (name, y or None for the top, the line's look)."""
    ax.figure.draw_without_rendering()
    (left, right), gap = ax.get_xlim(), ROOM / points_of(ax)[1]
    share = ax.transScale + ax.transLimits
    middle = (left * right) ** 0.5 if left > 0 else left
    wanted = [1.0 if y is None else float(share.transform((middle, y))[1]) for _, y, _ in entries]
    wanted = [y if math.isfinite(y) else 1.0 for y in wanted]  # a line that left the page: its name stands at the top
    for (name, _, look), y in zip(entries, spread(wanted, gap), strict=True):
        sample = DrawingArea(24, 8)
        sample.add_artist(Line2D([0, 12, 24], [4, 4, 4], markevery=[1], **look))
        packed = HPacker(children=[sample, TextArea(name, textprops={"fontsize": TEXT})], pad=0, sep=5, align="center")
        place = {"xycoords": "axes fraction", "boxcoords": "offset points", "box_alignment": (0, 0.5)}
        ax.add_artist(AnnotationBbox(packed, (1, y), xybox=(6, 0), frameon=False, pad=0, **place))


def points_of(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in points, after the layout."""
    box = ax.get_window_extent()
    return 72 * box.width / ax.figure.dpi, 72 * box.height / ax.figure.dpi


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Places between 0 and 1 at least `gap` apart, in the same order, as near to the wanted ones as can be."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    pools: list[list[float]] = []  # neighbours that touch share the mean of what they want
    for rank, i in enumerate(order):
        pools.append([wanted[i] - gap * rank])
        while len(pools) > 1 and sum(pools[-2]) / len(pools[-2]) > sum(pools[-1]) / len(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    top = max(0.0, 1 - gap * (len(wanted) - 1))
    flat = [min(max(sum(pool) / len(pool), 0.0), top) for pool in pools for _ in pool]
    places = [0.0] * len(wanted)
    for rank, i in enumerate(order):
        places[i] = flat[rank] + gap * rank
    return places


Box = tuple[float, float, float, float]  # middle x, middle y, width, height


def settle(boxes: Sequence[Box], ways: Sequence[tuple[float, float]], taken: Sequence[Box] = ()) -> list[tuple]:
    """For each box the first way (dx, dy) that leads clear of all others and of `taken`; the least bad if none does."""
    placed, found = list(taken), []
    for x, y, width, height in boxes:

        def covered(way: tuple[float, float], x=x, y=y, width=width, height=height) -> float:  # noqa: ANN001
            at = (x + way[0], y + way[1])
            return sum(
                max(0.0, (width + w) / 2 - abs(at[0] - a)) * max(0.0, (height + h) / 2 - abs(at[1] - b))
                for a, b, w, h in placed
            )

        way = min(ways, key=covered)  # the first of the best: `ways` stand in order of distance
        placed.append((x + way[0], y + way[1], width, height))
        found.append(way)
    return found


Points = Sequence[tuple[float, float]]


def beside(ax: Axes, points: Points, names: Sequence[str], lines: Points = ()) -> None:
    """A name beside each point, moved until no name covers another one, a point, or a point of `lines`.

    A point that is nowhere on the page (not a number, or 0 on a logarithmic axis) has no name.
    """
    ax.figure.draw_without_rendering()
    on_page = [all(map(math.isfinite, point)) and (point[1] > 0 or ax.get_yscale() != "log") for point in points]
    points, names = [*itertools.compress(points, on_page)], [*itertools.compress(names, on_page)]
    lines = [point for point in lines if all(map(math.isfinite, point))]
    scale = 72 / ax.figure.dpi
    places = [tuple(scale * ax.transData.transform(point)) for point in points]
    left, right = (scale * edge for edge in ax.get_window_extent().intervalx)
    taken = [(x, y, 11, 11) for x, y in places]
    taken += [(*(scale * ax.transData.transform(point)), 4, 4) for point in lines]
    for (x, y), point, name in zip(places, points, names, strict=True):
        width = 0.58 * TEXT * len(name) + 4
        sides = [side * (width / 2 + 9) for side in (1, -1) if left < x + side * (width + 9) < right] or [width / 2 + 9]
        ways = [(side, up * ROOM / 2) for up in (0, 1, -1, 2, -2, 3, -3, 4, -4) for side in sides]
        ((dx, dy),) = settle([(x, y, width, ROOM)], ways, taken)
        taken.append((x + dx, y + dy, width, ROOM))
        line = {"arrowstyle": "-", "color": "0.5", "linewidth": 0.8, "shrinkB": 5, "relpos": (float(dx < 0), 0.5)}
        ax.annotate(
            name, point, xytext=(dx - (width / 2 - 2) * (1 if dx > 0 else -1), dy), textcoords="offset points",
            ha="left" if dx > 0 else "right", va="center", fontsize=TEXT, path_effects=halo(), zorder=6,
            arrowprops=line if abs(dy) > ROOM else None,
        )  # fmt: skip
