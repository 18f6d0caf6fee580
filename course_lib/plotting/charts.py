"""Curves, bars, squares and tables of numbers."""

from collections.abc import Mapping, Sequence

from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from torch import Tensor

from .look import COLOURS, DASHES, MARKERS, Figure, array, panels


def show_curves(
    curves: Mapping[str, Sequence[float] | Tensor],
    x: Sequence[float] | Tensor | None = None,
    *,
    labels: tuple[str, str] = ("epoch", "squared error"),
    log: bool = False,
    marks: Mapping[str, float] | None = None,
    levels: Mapping[str, float] | None = None,
) -> Figure:
    """One line a curve over x (default 1, 2, ...); `marks` are upright lines at x, `levels` level ones at y."""
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
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log" if log else "linear")
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
