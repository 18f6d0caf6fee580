"""Curves, bars, squares and tables of numbers."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from torch import Tensor

from .keys import beside, key, legend_below
from .look import COLOURS, DASHES, HATCHES, MARKERS, TEXT, Figure, array, panels


def style(i: int, marked: bool = True) -> dict:
    """The look of the i-th line: never told by its colour alone."""
    more = {"marker": MARKERS[i % 8], "markersize": 6} if marked else {}
    return {"color": COLOURS[i % 8], "linestyle": DASHES[i % 8], "linewidth": 2, **more}


def breathe(ax: Axes, numbers: Sequence[float]) -> None:
    """Room under the lowest and over the highest number, so that no line lies on the axis."""
    log = ax.get_yscale() == "log"
    numbers = [float(number) for number in numbers if math.isfinite(number) and (not log or number > 0)]
    if not numbers:  # a training that diverged at once
        return
    low, high = min(numbers), max(numbers)
    if log:
        more = (high / low) ** 0.06 if high > low else 1.5
        ax.set_ylim(low / more, high * more)
    else:
        more = 0.06 * (high - low) or 0.5
        ax.set_ylim(low - more, high + more)


def plain_numbers(axis: object) -> None:
    """The ticks of a logarithmic axis as plain numbers: 1, 2, 5, 10."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


def wide(names: Sequence[str], width: float = 6.0, height: float = 3.4) -> tuple[float, float]:
    """A size with room for the names to the right."""
    return min(8.0, width + 0.45 + 0.08 * max(map(len, names))), height


def show_curves(
    curves: Mapping[str, Sequence[float] | Tensor],
    x: Sequence[float] | Tensor | None = None,
    *,
    labels: tuple[str, str] = ("epoch", "squared error"),
    log: bool = False,
    x_scale: str = "linear",
    marks: Mapping[str, float] | None = None,
    levels: Mapping[str, float] | None = None,
) -> Figure:
    """One line per curve over x (default 1, 2, ...); `marks` are upright lines at x, `levels` level ones at y.

    `x_scale` is "linear", "log" or "logit" (for shares: both ends stretched). Names stand at the right ends.
    """
    marks, levels, entries, numbers = marks or {}, levels or {}, [], []
    names = [*curves, *marks, *levels]
    figure, ax = panels(f"{labels[1]} against {labels[0]}, one line each: {', '.join(names)}.", size=wide(names))
    for i, (name, y) in enumerate(curves.items()):
        y = y.tolist() if isinstance(y, Tensor) else list(y)
        at = range(1, len(y) + 1) if x is None else array(x) if isinstance(x, Tensor) else x
        look = style(i, len(y) <= 12)
        ax.plot(at, y, **look, label=name)
        entries.append((name, y[-1], look))
        numbers += y
    for i, (name, at) in enumerate(marks.items(), len(curves)):
        ax.axvline(at, **style(i, False) | {"linewidth": 1.4}, label=name)
        entries.append((name, None, style(i, False) | {"linewidth": 1.4}))
    for i, (name, at) in enumerate(levels.items(), len(curves) + len(marks)):
        ax.axhline(at, **style(i, False) | {"linewidth": 1.4}, label=name)
        entries.append((name, at, style(i, False) | {"linewidth": 1.4}))
    log = log and any(number > 0 for number in numbers)  # nothing else can stand on a logarithmic axis
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log" if log else "linear", xscale=x_scale)
    breathe(ax, [*numbers, *levels.values()])
    if x_scale == "log":
        ax.xaxis.set_major_formatter("{x:g}")
    if x_scale == "logit":
        ax.set_xticks([10.0**-n for n in (6, 4, 2)] + [0.5] + [1 - 10.0**-n for n in (2, 4, 6)])
        ax.set_xticklabels(["$10^{-6}$", "$10^{-4}$", "0.01", "0.5", "0.99", "$1 - 10^{-4}$", "$1 - 10^{-6}$"])
        ax.xaxis.set_minor_locator(NullLocator())
    if x is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(entries) > 1 or names[0] not in labels[1]:
        key(ax, entries)
    return figure


def show_bars(values: Mapping[str, Sequence[float]], labels: tuple[str, str]) -> Figure:
    """Bars over 1, 2, ... on a logarithmic scale, side by side for each name: {name: numbers}.

    There is no bar for what such a scale doesn't have: 0, infinity, not a number.
    """
    alt = f"{labels[1]} for each {labels[0]}, bars on a logarithmic scale: {', '.join(values)}."
    figure, ax = panels(alt, size=wide(list(values), 6.6))
    width = 0.8 / len(values)
    seen = [n for numbers in values.values() for n in numbers if n > 0 and math.isfinite(n)]
    floor = 10.0 ** math.floor(math.log10(min(seen, default=1.0)))
    for i, (name, numbers) in enumerate(values.items()):
        at = [j + 1 + (i - (len(values) - 1) / 2) * width for j in range(len(numbers))]
        look = {"color": COLOURS[i % 8], "hatch": HATCHES[i % 8], "edgecolor": "white", "linewidth": 0.5}
        tall = [max(number - floor, 0.0) if math.isfinite(number) else 0.0 for number in numbers]
        ax.bar(at, tall, width, bottom=floor, **look, label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log")
    ax.set_ylim(floor, None)
    if max(seen, default=1.0) < 1000 * floor:  # few decades: matplotlib would label what lies between them, crowded
        plain_numbers(ax.yaxis)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure, [ax])
    return figure


def show_stems(values: Mapping[str, Tensor], labels: tuple[str, str], marks: Sequence[int] = ()) -> Figure:
    """Numbers over 0, 1, ... as stems, one panel per name: {name: (n,)}; the places in `marks` in another colour."""
    alt = f"{labels[1]} for each {labels[0]}, one panel each: {', '.join(values)}."
    alt += f" Marked are {', '.join(map(str, marks))}." if marks else ""
    figure, axes = panels(alt, len(values), 1, (8.0, 1.25 * len(values)), squeeze=False, sharex=True, sharey=True)
    for ax, (name, numbers) in zip(axes[:, 0], values.items(), strict=True):
        for j, number in enumerate(numbers.tolist()):
            look = {"color": COLOURS[1], "marker": "s"} if j in marks else {"color": COLOURS[0], "marker": "o"}
            ax.plot([j, j], [0, number], linewidth=1.2, markevery=[1], markersize=4, **look)
        ax.axhline(0, color="0.6", linewidth=0.8)
        ax.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=TEXT)
    axes[-1, 0].set_xlabel(labels[0])
    return figure


def show_tradeoff(
    lines: Mapping[str, Sequence[tuple[float, float]]],
    labels: tuple[str, str],
    *,
    notes: Mapping[str, Sequence[object]] | None = None,
    log: bool = False,
) -> Figure:
    """Joined points, the horizontal axis logarithmic: {name: [(x, y)]}; `notes` stand at the points of a line."""
    alt = f"{labels[1]} against {labels[0]}: {', '.join(lines)}."
    figure, ax = panels(alt, size=wide(list(lines), 6.4, 3.8))
    draw_tradeoff(ax, lines, labels)
    if log:
        ax.set_yscale("log")
        plain_numbers(ax.yaxis)
    breathe(ax, [y for points in lines.values() for _, y in points])
    key(ax, [(name, max(points)[1], style(i)) for i, (name, points) in enumerate(lines.items())])
    noted = [(p, str(n)) for name in lines for p, n in zip(lines[name], (notes or {}).get(name, ()), strict=False)]
    beside(ax, [point for point, _ in noted], [note for _, note in noted], between(list(lines.values())))
    return figure


def between(lines: Sequence[Sequence[tuple[float, float]]], steps: int = 20) -> list[tuple[float, float]]:
    """Points on the way from each point of a line to the next, x on a logarithmic scale."""
    found = []
    for line in lines:
        for (a, b), (c, d) in zip(line[:-1], line[1:], strict=True):
            found += [(a * (c / a) ** (i / steps), b + (d - b) * i / steps) for i in range(steps)]
    return found


def draw_tradeoff(ax: Axes, lines: Mapping[str, Sequence[tuple[float, float]]], labels: tuple[str, str]) -> None:
    """The joined points of each line, the horizontal axis logarithmic with plain numbers."""
    for i, (name, points) in enumerate(lines.items()):
        ax.plot(*zip(*points, strict=True), **style(i), label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1], xscale="log")
    plain_numbers(ax.xaxis)


def show_matrices(matrices: Mapping[str, Tensor], labels: tuple[str, str]) -> Figure:
    """Tables of numbers between 0 and 1 as grey squares, 0 white, 1 black: {title: (rows, columns)}."""
    alt = f"Squares from 0 (white) to 1 (black), {labels[1]} against {labels[0]}: {', '.join(matrices)}."
    figure, axes = panels(alt, 1, len(matrices), (8.0, 4.0), squeeze=False, sharey=True)
    for ax, (title, values) in zip(axes[0], matrices.items(), strict=True):
        shown = ax.imshow(array(values), cmap="Greys", vmin=0, vmax=1)
        ax.set(title=title, xlabel=labels[0])
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0][0].set_ylabel(labels[1])
    figure.colorbar(shown, ax=axes, shrink=0.8, label="size")
    return figure


def show_ladder(ladder: Tensor, models: Mapping[str, tuple[int, float]], top: int = 128) -> Figure:
    """The yardstick: the exact PCA ladder over the number of codes, and every model (codes, error) on it.

    Both axes are logarithmic, each model's name and error stand beside it. A model without a code (codes 0) is a
    level line.
    """
    figure, ax = panels(f"Error against the number of codes: the PCA ladder with {', '.join(models)}.", size=(8.0, 4.4))
    top = min(top, len(ladder) - 1)
    rungs = array(ladder[1 : top + 1])
    ax.plot(range(1, top + 1), rungs, color="0.45", linewidth=2, label="PCA (exact)")
    ax.set(xscale="log", yscale="log", xlabel="number of codes", ylabel="squared error per test image")
    entries = [("PCA (exact)", float(rungs[-1]), {"color": "0.45", "linewidth": 2})]
    named = {name: f"{name}: {error:.2f}" for name, (_, error) in models.items()}
    for i, (name, (codes, error)) in enumerate(models.items()):
        if codes == 0:
            look = {"color": COLOURS[i % 8], "linestyle": ":", "linewidth": 2}
            ax.axhline(error, **look, label=named[name])
            entries.append((named[name], error, look))
        else:
            look = {"s": 60, "marker": MARKERS[i % 8], "color": COLOURS[i % 8], "edgecolor": "white", "zorder": 5}
            ax.scatter(codes, error, **look, label=named[name])
            if not 0 < error < math.inf:  # it can't stand on the page, but is not passed over
                entries.append((named[name], None, {"color": COLOURS[i % 8], "marker": MARKERS[i % 8], "ls": ""}))
    ax.set_xlim(0.9, 1.9 * top)
    breathe(ax, [float(rungs.min()), float(rungs.max()), *(error for _, error in models.values())])
    ticks = [codes for codes in (1, 2, 5, 10, 16, 30, 64, 128, 256, 512) if codes <= max(top, 128)]
    ax.set_xticks(ticks, labels=[str(codes) for codes in ticks])
    plain_numbers(ax.yaxis)
    ax.xaxis.set_minor_locator(NullLocator())
    key(ax, entries)
    at = [1.05**i for i in range(110)]
    lines = [(codes, error) for codes, error in zip(range(1, top + 1), rungs.tolist(), strict=True)]
    lines += [(codes, error) for without, error in models.values() if not without for codes in at]
    placed = [name for name, (codes, _) in models.items() if codes]
    beside(ax, [models[name] for name in placed], [named[name] for name in placed], lines)
    return figure


def show_rate_distortion(lines: Mapping[str, Sequence[tuple[float, float]]], levels: Mapping[str, float]) -> Figure:
    """Error against bytes per image, both logarithmic: {coder: [(bytes, error)]}; `levels`: bytes without any loss."""
    names = [*lines, *(f"{name} (no loss)" for name in levels)]
    figure, ax = panels(f"Squared error against bytes per image: {', '.join([*lines, *levels])}.", size=(8.0, 3.8))
    draw_tradeoff(ax, lines, ("bytes per image", "squared error per image"))
    ax.set_yscale("log")
    entries = [(name, max(points)[1], style(i)) for i, (name, points) in enumerate(lines.items())]
    for i, size in enumerate(levels.values(), len(lines)):
        ax.axvline(size, **style(i, False) | {"linewidth": 1.4}, label=names[i])
        entries.append((names[i], None, style(i, False) | {"linewidth": 1.4}))
    breathe(ax, [y for points in lines.values() for _, y in points])
    plain_numbers(ax.yaxis)
    key(ax, entries)
    return figure
