"""Curves, bars, squares and tables of numbers."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from torch import Tensor

from .look import COLOURS, DASHES, MARKERS, Figure, array, panels


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
    """One line a curve over x (default 1, 2, ...); `marks` are upright lines at x, `levels` level ones at y.

    `x_scale` is "linear", "log" or "logit" (for shares: both ends stretched).
    """
    named = ", ".join([*curves, *(marks or {}), *(levels or {})])
    figure, ax = panels(f"{labels[1]} against {labels[0]}, one line each: {named}.")
    for i, (name, y) in enumerate(curves.items()):
        at = range(1, len(y) + 1) if x is None else array(x) if isinstance(x, Tensor) else x
        y = array(y) if isinstance(y, Tensor) else y
        ax.plot(at, y, color=COLOURS[i % 8], linestyle=DASHES[i % 8], linewidth=2, label=name)
    for i, (name, at) in enumerate((marks or {}).items(), len(curves)):
        ax.axvline(at, color=COLOURS[i % 8], linestyle=DASHES[i % 8], label=name)
    for i, (name, at) in enumerate((levels or {}).items(), len(curves) + len(marks or {})):
        ax.axhline(at, color=COLOURS[i % 8], linestyle=DASHES[i % 8], linewidth=1.2, label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log" if log else "linear", xscale=x_scale)
    if x_scale == "log":
        ax.xaxis.set_major_formatter("{x:g}")
    if x_scale == "logit":
        ax.set_xticks([10.0**-n for n in (6, 4, 2)] + [0.5] + [1 - 10.0**-n for n in (2, 4, 6)])
        ax.set_xticklabels(["$10^{-6}$", "$10^{-4}$", "0.01", "0.5", "0.99", "$1 - 10^{-4}$", "$1 - 10^{-6}$"])
        ax.xaxis.set_minor_locator(NullLocator())
    if x is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(fontsize=9)
    return figure


def show_bars(values: Mapping[str, Sequence[float]], labels: tuple[str, str]) -> Figure:
    """Numbers over 1, 2, ... on a logarithmic scale, one set of joined markers a name: {name: numbers}."""
    figure, ax = panels(f"{labels[1]} for each {labels[0]}, logarithmic: {', '.join(values)}.")
    for i, (name, numbers) in enumerate(values.items()):
        look = {"color": COLOURS[i % 8], "marker": MARKERS[i % 8], "linestyle": DASHES[i % 8]}
        ax.plot(range(1, len(numbers) + 1), numbers, **look, label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(fontsize=9)
    return figure


def show_stems(values: Mapping[str, Tensor], labels: tuple[str, str], marks: Sequence[int] = ()) -> Figure:
    """Numbers over 0, 1, ... as stems, one panel a name: {name: (n,)}; the places in `marks` in another colour."""
    alt = f"{labels[1]} for each {labels[0]}, one panel each: {', '.join(values)}."
    alt += f" Marked are {', '.join(map(str, marks))}." if marks else ""
    figure, axes = panels(alt, len(values), 1, (8.0, 1.25 * len(values)), squeeze=False, sharex=True, sharey=True)
    for ax, (name, numbers) in zip(axes[:, 0], values.items(), strict=True):
        for j, number in enumerate(numbers.tolist()):
            look = {"color": COLOURS[1], "marker": "s"} if j in marks else {"color": COLOURS[0], "marker": "o"}
            ax.plot([j, j], [0, number], linewidth=1.2, markevery=[1], markersize=4, **look)
        ax.axhline(0, color="0.6", linewidth=0.8)
        ax.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    axes[-1, 0].set_xlabel(labels[0])
    return figure


def show_tradeoff(
    lines: Mapping[str, Sequence[tuple[float, float]]],
    labels: tuple[str, str],
    *,
    notes: Mapping[str, Sequence[object]] | None = None,
) -> Figure:
    """Joined points, the horizontal axis logarithmic: {name: [(x, y)]}; `notes` stand at the points of a line."""
    figure, ax = panels(f"{labels[1]} against {labels[0]}: {', '.join(lines)}.", size=(7.0, 3.6))
    draw_tradeoff(ax, lines, labels)
    for name, points in lines.items():
        for point, note in zip(points, (notes or {}).get(name, ()), strict=False):
            ax.annotate(str(note), point, xytext=(4, 4), textcoords="offset points", fontsize=9)
    return figure


def draw_tradeoff(ax: Axes, lines: Mapping[str, Sequence[tuple[float, float]]], labels: tuple[str, str]) -> None:
    """The joined points of each line, the horizontal axis logarithmic with plain numbers."""
    for i, (name, points) in enumerate(lines.items()):
        style = {"color": COLOURS[i % 8], "marker": MARKERS[i % 8], "linestyle": DASHES[i % 8]}
        ax.plot(*zip(*points, strict=True), **style, label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1], xscale="log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.legend(fontsize=9)


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

    A model without a code (codes 0) is a level line.
    """
    figure, ax = panels(f"Error against the number of codes: the PCA ladder with {', '.join(models)}.", size=(8.0, 3.8))
    top = min(top, len(ladder) - 1)
    ax.plot(range(1, top + 1), array(ladder[1 : top + 1]), color="0.45", linewidth=2, label="PCA (exact)")
    for i, (name, (codes, error)) in enumerate(models.items()):
        if codes == 0:
            ax.axhline(error, color=COLOURS[i % 8], linestyle=":", linewidth=2, label=f"{name}: {error:.2f}")
            continue
        look = {"s": 60, "marker": MARKERS[i % 8], "color": COLOURS[i % 8], "zorder": 3}
        ax.scatter(codes, error, **look, label=f"{name}: {error:.2f}")
    ax.set(xscale="log", xlabel="number of codes", ylabel="squared error per test image", ylim=(0, None))
    ax.set_xticks([1, 2, 5, 10, 16, 30, 64, 128], labels=["1", "2", "5", "10", "16", "30", "64", "128"])
    ax.minorticks_off()
    ax.legend(fontsize=9)
    return figure


def show_rate_distortion(lines: Mapping[str, Sequence[tuple[float, float]]], levels: Mapping[str, float]) -> Figure:
    """Error against bytes an image, both logarithmic: {coder: [(bytes, error)]}; `levels`: bytes without any loss."""
    figure, ax = panels(f"Squared error against bytes an image: {', '.join([*lines, *levels])}.", size=(8.0, 3.6))
    for i, (name, points) in enumerate(lines.items()):
        style = {"color": COLOURS[i % 8], "marker": MARKERS[i % 8], "linestyle": DASHES[i % 8]}
        ax.plot(*zip(*points, strict=True), **style, label=name)
    for i, (name, size) in enumerate(levels.items(), len(lines)):
        ax.axvline(size, color=COLOURS[i % 8], linestyle=DASHES[i % 8], linewidth=1.2, label=f"{name} (no loss)")
    ax.set(xlabel="bytes an image", ylabel="squared error per image", xscale="log", yscale="log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    ax.legend(fontsize=9, loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as text: the first column to the left, the others to the right, floats with two decimals."""
    texts = [[f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    lines = [
        "  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in texts
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
