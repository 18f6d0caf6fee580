"""The pictures of lesson 09: layers pretrained one after the other, errors over numbers of labels, scores by class."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.ticker import NullLocator

from .charts import plain_numbers, style
from .drawing import CODE, DATA, LOSS, RECONSTRUCTION, SMALL, canvas, column, path, trapezoid
from .drawing import words as write
from .keys import key, legend_below
from .look import COLOURS, MARKERS, Figure, panels


def show_stack(sizes: Sequence[int]) -> Figure:
    """Greedy pretraining of an encoder of these sizes (09): each layer with its mirror, on the codes of those below.

    Raises: ValueError for fewer than two sizes.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes {list(sizes)}: expected those of x and of at least one layer")
    steps = len(sizes) - 1
    alt = f"{steps} small autoencoders, one after the other: "
    alt += ", then ".join(f"{a} - {b} - {a}" for a, b in zip(sizes[:-1], sizes[1:], strict=True))
    alt += ". Each is trained to return its own input, the code of the one before; what was trained stays fixed."
    figure, ax = canvas(alt, 8, 3.6)
    width, most = 7.7 / steps, max(sizes)
    heights = [0.3 + 1.2 * math.log(size) / math.log(max(most, 2)) for size in sizes]
    y = 1.95
    for i in range(steps):
        left = 0.3 + i * width
        ins, code, out = left + 0.12, left + 0.42 * width, left + 0.42 * width + (0.42 * width - 0.12)
        for x, size, height, colour in (
            (ins, sizes[i], heights[i], DATA if i == 0 else CODE),
            (code, sizes[i + 1], heights[i + 1], CODE),
            (out, sizes[i], heights[i], RECONSTRUCTION),
        ):
            column(ax, (x, y), height, colour)
            write(ax, (x, y + height / 2 + 0.14), f"{size}", colour=colour, weight="bold")
        trapezoid(ax, ins + 0.1, code - 0.1, y, (heights[i], heights[i + 1]), f"$f_{i + 1}$")
        trapezoid(ax, code + 0.1, out - 0.1, y, (heights[i + 1], heights[i]), f"$g_{i + 1}$")
        roof = y + heights[i] / 2 + 0.28
        path(ax, [(out, roof), (out, 3.12), (ins, 3.12), (ins, roof)], colour=LOSS)
        write(ax, (code, 3.3), f"error of pair {i + 1}", colour=LOSS, size=SMALL)
        if i + 1 < steps:  # this pair's code is the next one's input
            low = y - heights[i + 1] / 2
            path(ax, [(code, low), (code, 0.85), (left + width + 0.12, 0.85), (left + width + 0.12, low)], colour=CODE)
    write(ax, (4, 0.4), "pair by pair: the code of one is the input of the next, and what was trained stays as it is")
    return figure


def show_label_curves(
    lines: Mapping[str, Mapping[int, Sequence[float]]], labels: tuple[str, str] = ("labels", "test error in %")
) -> Figure:
    """The mean over draws against the number of labels, with the spread as bars: {name: {labels: errors}}; log axes."""
    alt = f"{labels[1]} against the number of {labels[0]}: {', '.join(lines)}."
    figure, ax = panels(alt, size=(8.0, 4.2))
    entries = []
    for i, (name, points) in enumerate(lines.items()):
        at = sorted(points)
        means = [sum(points[n]) / len(points[n]) for n in at]
        spreads = [spread(points[n]) for n in at]
        moved = [n * 1.02 ** (i - len(lines) / 2) for n in at]  # bars beside each other
        ax.errorbar(moved, means, spreads, **style(i), capsize=3, label=name)
        entries.append((name, means[-1], style(i)))
    ax.set(xscale="log", yscale="log", xlabel=f"number of {labels[0]}", ylabel=labels[1])
    counts = sorted({n for points in lines.values() for n in points})
    ax.set_xticks(counts, labels=[f"{n:,}" for n in counts])
    ax.xaxis.set_minor_locator(NullLocator())
    plain_numbers(ax.yaxis)
    key(ax, entries)
    return figure


def spread(numbers: Sequence[float]) -> float:
    """The standard deviation over draws; 0 for a single one."""
    mean = sum(numbers) / len(numbers)
    return math.sqrt(sum((number - mean) ** 2 for number in numbers) / max(1, len(numbers) - 1))


def show_by_class(
    scores: Mapping[str, Sequence[float]], labels: tuple[str, str], level: float | None = None, note: str = ""
) -> Figure:
    """One mark per class and score, classes from left to right: {name: (classes,)}; `level` is a line with its note."""
    alt = f"{labels[1]} for each {labels[0]}: {', '.join(scores)}."
    figure, ax = panels(alt, size=(8.0, 3.8))
    for i, (name, values) in enumerate(scores.items()):
        at = [place + 0.16 * (i - (len(scores) - 1) / 2) for place in range(len(values))]
        ax.scatter(at, values, s=55, marker=MARKERS[i % 8], color=COLOURS[i % 8], label=name, zorder=3)
    if level is not None:
        ax.axhline(level, color="0.45", linewidth=1.4, linestyle="--", label=note or f"{level:g}")
    ax.set(xlabel=labels[0], ylabel=labels[1])
    ax.set_xticks(range(max(len(values) for values in scores.values())))
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    legend_below(figure, [ax])
    return figure
