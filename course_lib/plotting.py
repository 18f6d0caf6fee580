"""Figures: tensors in, a figure with a text alternative out. Nothing is trained, shown or saved here.

A figure appears where it is the last value of a notebook cell; its `alt` text goes with it, for screen readers and
for everyone who sees the notebook without its pictures.
"""

import base64
import io
from collections.abc import Mapping, Sequence

import matplotlib
import matplotlib.figure
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from torch import Tensor, stack

# Okabe & Ito's colours, told apart by colour-blind readers: data C0, reconstruction C1, code C2, then the others.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 3)), (0, (1, 2)), (0, (3, 3)))
CLASSES = (*COLOURS[:5], "#56B4E9", "#000000", "#8C6D31", "#7F7F7F", "#332288")
LOOK = {
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 11,
    "axes.titlesize": 11,
    "legend.frameon": False,
}


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that knows its text alternative, and shows itself in a notebook with it."""

    alt = ""

    def png(self) -> bytes:
        """The picture, at screen resolution."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=90)
        return buffer.getvalue()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        picture = base64.b64encode(self.png()).decode()
        return {"image/png": picture, "text/plain": f"[figure] {self.alt}"}, {"image/png": {"alt": self.alt}}


def panels(alt: str, rows: int = 1, columns: int = 1, size: tuple[float, float] = (6.0, 3.4), **more) -> tuple:
    """An empty figure of the house's look and its axes (one, or an array): at most 8 inches wide."""
    with matplotlib.rc_context(LOOK):
        figure = Figure(figsize=(min(size[0], 8.0), size[1]), layout="constrained")
        figure.alt = alt
        return figure, figure.subplots(rows, columns, **more)


def array(x: Tensor):  # noqa: ANN201
    """A tensor as an array on the CPU."""
    return x.detach().cpu().numpy()


def plane(ax: Axes, points: Mapping[str, Tensor], title: str = "", joined: bool = False) -> Axes:
    """Draw sets of points (N, 2) with equal axes; `joined` links the first set's points to the second set's."""
    if joined:
        first, second = (array(x) for x in list(points.values())[:2])
        for a, b in zip(first, second, strict=True):
            ax.plot(*zip(a, b, strict=True), color="0.6", linewidth=0.8, zorder=1)
    for i, (name, x) in enumerate(points.items()):
        ax.scatter(*array(x).T[:2], s=16, marker=MARKERS[i], color=COLOURS[i], label=name, zorder=2 + i)
    ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    if len(points) > 1:
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=2, fontsize=9)
    return ax


def show_planes(views: Mapping[str, Mapping[str, Tensor]], joined: bool = False, height: float = 3.6) -> Figure:
    """One panel of points a view: {title: {name: (N, 2)}}; `joined` draws each point's way to its reconstruction."""
    sets = "; ".join(f"{title}: {', '.join(points)}" for title, points in views.items())
    figure, axes = panels(f"Points in the plane. {sets}.", 1, len(views), (4.0 * len(views), height), squeeze=False)
    for ax, (title, points) in zip(axes[0], views.items(), strict=True):
        plane(ax, points, title, joined)
    return figure


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
        at = range(1, len(y) + 1) if x is None else x
        ax.plot(at, y, color=COLOURS[i], linestyle=DASHES[i], linewidth=2, label=name)
    for i, (name, at) in enumerate((marks or {}).items(), len(curves)):
        ax.axvline(at, color=COLOURS[i], linestyle=DASHES[i], label=name)
    for i, (name, at) in enumerate((levels or {}).items(), len(curves) + len(marks or {})):
        ax.axhline(at, color=COLOURS[i], linestyle=DASHES[i], linewidth=1.2, label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log" if log else "linear")
    if x is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(fontsize=9)
    return figure


def show_surface(
    axis: Tensor,
    heights: Tensor,
    *,
    path: Tensor | None = None,
    points: Mapping[str, Tensor] | None = None,
    labels: tuple[str, str] = ("$w_1$", "$w_2$"),
) -> Figure:
    """Level lines of heights (n, n) over axis x axis, heights[i, j] at (axis[j], axis[i]); a `path` (steps, 2) on it."""
    extra = " with the path of training" if path is not None else ""
    figure, ax = panels(f"Level lines of the error over {labels[0]} and {labels[1]}{extra}.", size=(5.0, 4.2))
    draw_surface(figure, ax, axis, heights, labels)
    if path is not None:
        ax.plot(*array(path).T, color=COLOURS[1], marker="o", markersize=3, linewidth=1.5, label="training")
    for i, (name, at) in enumerate((points or {}).items(), 2):
        ax.scatter(*array(at).T, s=70, marker=MARKERS[i], color=COLOURS[i], edgecolor="white", zorder=3, label=name)
    if path is not None or points:
        ax.legend(fontsize=9, loc="upper left")
    return figure


def draw_surface(figure: Figure, ax: Axes, axis: Tensor, heights: Tensor, labels: tuple[str, str]) -> None:
    """Filled level lines, a grey scale with a bar, logarithmic so that the floor of the valley is seen."""
    low, high = float(heights.min()), float(heights.max())
    levels = [low * (high / low) ** (i / 16) for i in range(17)]
    filled = ax.contourf(array(axis), array(axis), array(heights), levels=levels, norm=LogNorm(low, high), cmap="Greys")
    figure.colorbar(filled, ax=ax, label="squared error", format="%.2g", ticks=levels[::4])
    ax.set(xlabel=labels[0], ylabel=labels[1], aspect="equal")


def show_turned_line(x: Tensor, w: Tensor, axis: Tensor, heights: Tensor) -> Figure:
    """Left: points (N, 2) and their projections w w^T x; right: where w (2,) stands on the loss surface."""
    x_hat = (x @ w)[:, None] * w
    error = float((x_hat - x).square().sum() / len(x))
    alt = f"Points and their projections for w = ({w[0]:.2f}, {w[1]:.2f}), error {error:.3f}, beside the loss surface."
    figure, axes = panels(alt, 1, 2, (8.0, 3.8))
    plane(axes[0], {"x": x, "x_hat": x_hat}, f"squared error {error:.3f}", joined=True)
    axes[0].set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6))
    draw_surface(figure, axes[1], axis, heights, ("$w_1$", "$w_2$"))
    axes[1].scatter(*array(w), s=120, marker="X", color=COLOURS[1], edgecolor="white", zorder=3)
    return figure


def show_coloured(views: Mapping[str, tuple[Tensor, Tensor]], label: str) -> Figure:
    """Points coloured by a number, one panel a view: {title: (points (N, 2) or (N, 3), values (N,))}."""
    alt = f"Points coloured by {label}, one panel each: {', '.join(views)}."
    figure, _ = panels(alt, size=(4.0 * len(views), 3.4))
    figure.clear()
    for i, (title, (points, values)) in enumerate(views.items()):
        deep = points.shape[1] == 3
        ax = figure.add_subplot(1, len(views), i + 1, projection="3d" if deep else None)
        drawn = ax.scatter(*array(points).T, c=array(values), cmap="cividis", s=14)
        ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="auto" if deep else "equal")
        figure.colorbar(drawn, ax=ax, label=label, shrink=0.8, pad=0.12 if deep else 0.02)
    return figure


def show_tear(curve: Tensor, pair: Tensor, meets: Tensor) -> Figure:
    """The decoder's curve g(z) (N, 2), two antipodal points with one code (2, 2), and the one point they get (2,)."""
    alt = "The circle, the curve that the decoder draws, two opposite points of the circle and their common reconstruction."
    figure, ax = panels(alt, size=(4.6, 4.2))
    ax.plot(*array(curve).T, color=COLOURS[1], linewidth=2, label="g(z), all codes")
    for point in array(pair):
        ax.plot(*zip(point, array(meets), strict=True), color="0.4", linestyle="--", linewidth=1.2)
    ax.scatter(*array(pair).T, s=80, color=COLOURS[0], label="two opposite points, one code", zorder=3)
    ax.scatter(*array(meets), s=90, marker="s", color=COLOURS[1], edgecolor="black", label="what both become", zorder=4)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", xlim=(-1.3, 1.3), ylim=(-1.3, 2.1))
    ax.legend(loc="upper left", fontsize=9)
    return figure


def show_code_slider(angles: Tensor, codes: Tensor, curve: Tensor, z: float, point: Tensor, same: Tensor) -> Figure:
    """Left: the decoder's curve and g(z) on it; right: the code of every angle, and the angles whose code is z."""
    found = ", ".join(f"{float(a):.2f}" for a in same)
    alt = f"Code z = {z:.2f}: the point ({point[0]:.2f}, {point[1]:.2f}) on the curve; angles with this code: {found}."
    figure, axes = panels(alt, 1, 2, (8.0, 3.6))
    axes[0].plot(*array(curve).T, color=COLOURS[1], linewidth=1.5, label="g(z), all codes")
    axes[0].scatter(*array(point), s=110, marker="s", color=COLOURS[1], edgecolor="black", zorder=4, label="g(z) at the slider")
    inputs = stack_circle(same)
    axes[0].scatter(*array(inputs).T, s=90, facecolor="none", edgecolor=COLOURS[0], linewidth=2, zorder=5, label="inputs with this code")
    axes[0].set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", xlim=(-1.3, 1.3), ylim=(-1.3, 2.2))
    axes[0].legend(loc="upper left", fontsize=8)
    axes[1].plot(array(angles), array(codes), color=COLOURS[2], linewidth=2)
    axes[1].axhline(z, color="0.4", linestyle="--")
    axes[1].scatter(array(same), [z] * len(same), s=90, facecolor="none", edgecolor=COLOURS[0], linewidth=2, zorder=3)
    axes[1].set(xlabel="true angle t", ylabel="code z")
    return figure


def stack_circle(angles: Tensor) -> Tensor:
    """The points [sin t, cos t]: (N,) -> (N, 2)."""
    return stack([angles.sin(), angles.cos()], dim=1)


def show_rows(rows: Mapping[str, Tensor], columns: int = 10, notes: Mapping[str, str] | None = None) -> Figure:
    """Images in rows, one fixed grey scale 0..1: {name: (N, 1, H, W)}, the first `columns` of each."""
    columns = min([columns, *(len(images) for images in rows.values())])
    alt = f"Rows of {columns} images each: {', '.join(rows)}."
    figure, axes = panels(alt, len(rows), columns, (8.0, 0.15 + 0.74 * len(rows) * 10 / max(10, columns)), squeeze=False)
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(line, images, strict=False):
            picture(ax, image)
        text = name if not notes or name not in notes else f"{name}\n{notes[name]}"
        line[0].set_ylabel(text, rotation=0, ha="right", va="center", fontsize=10)
    return figure


def picture(ax: Axes, image: Tensor, low: float = 0.0, high: float = 1.0, cmap: str = "gray") -> None:
    """One image (1, H, W) on a fixed scale, without ticks."""
    ax.imshow(array(image[0]), cmap=cmap, vmin=low, vmax=high)
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)


def show_bars(values: Mapping[str, Sequence[float]], labels: tuple[str, str]) -> Figure:
    """Numbers over 1, 2, ... on a logarithmic scale, one set of joined markers a name: {name: numbers}."""
    figure, ax = panels(f"{labels[1]} for each {labels[0]}, logarithmic: {', '.join(values)}.")
    for i, (name, numbers) in enumerate(values.items()):
        ax.plot(range(1, len(numbers) + 1), numbers, color=COLOURS[i], marker=MARKERS[i], linestyle=DASHES[i], label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(fontsize=9)
    return figure


def scatter_classes(ax: Axes, z: Tensor, labels: Tensor) -> None:
    """A 2-D code (N, 2) with one colour and marker a class (N,), the class's number in its middle."""
    for digit in range(int(labels.max()) + 1):
        own = z[labels == digit]
        ax.scatter(*array(own).T, s=5, alpha=0.5, color=CLASSES[digit % 10], marker=MARKERS[digit % 8], linewidths=0)
    for digit in range(int(labels.max()) + 1):
        middle = z[labels == digit].median(0).values
        box = {"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": CLASSES[digit % 10], "linewidth": 2}
        ax.text(*array(middle), str(digit), ha="center", va="center", fontsize=12, weight="bold", bbox=box)


def show_codes(views: Mapping[str, tuple[Tensor, Tensor]]) -> Figure:
    """2-D codes by class, one panel a view: {title: (z (N, 2), labels (N,))}."""
    alt = f"Two-number codes of the test images, each class marked by its number: {', '.join(views)}."
    figure, axes = panels(alt, 1, len(views), (4.0 * len(views), 4.0), squeeze=False)
    for ax, (title, (z, labels)) in zip(axes[0], views.items(), strict=True):
        scatter_classes(ax, z, labels)
        ax.set(title=title, xlabel="$z_1$", ylabel="$z_2$")
    return figure


def show_grid(images: Tensor, side: int, corners: Sequence[float]) -> Figure:
    """side x side decoded images in one picture, z_1 to the right, z_2 upwards, over corners (x0, x1, y0, y1)."""
    figure, ax = panels(f"Images decoded from a grid of {side} by {side} two-number codes.", size=(5.6, 5.2))
    tiles = images[:, 0].view(side, side, *images.shape[2:]).flip(0)  # rows run downwards, z_2 upwards
    sheet = tiles.transpose(1, 2).reshape(side * images.shape[2], side * images.shape[3])
    ax.imshow(array(sheet), cmap="gray", vmin=0, vmax=1, extent=corners, aspect="auto")
    ax.set(xlabel="$z_1$", ylabel="$z_2$")
    return figure


def pad_backdrop(z: Tensor, labels: Tensor, corners: Sequence[float]) -> Figure:
    """The map under a code pad: the codes by class, filling the whole picture over corners (x0, x1, y0, y1)."""
    alt = "A map of two-number codes, each class marked by its number. Drag, or use the arrow keys, to decode a place."
    figure = Figure(figsize=(4, 4))
    figure.alt = alt
    ax = figure.add_axes((0, 0, 1, 1))
    scatter_classes(ax, z, labels)
    ax.set(xlim=corners[:2], ylim=corners[2:], xticks=[], yticks=[])
    return figure


def show_rate_distortion(lines: Mapping[str, Sequence[tuple[float, float]]], levels: Mapping[str, float]) -> Figure:
    """Error against bytes an image, both logarithmic: {coder: [(bytes, error), ...]}; `levels` are lossless coders' bytes."""
    figure, ax = panels(f"Squared error against bytes an image: {', '.join([*lines, *levels])}.", size=(8.0, 3.6))
    for i, (name, points) in enumerate(lines.items()):
        style = {"color": COLOURS[i], "marker": MARKERS[i], "linestyle": DASHES[i]}
        ax.plot(*zip(*points, strict=True), **style, label=name)
    for i, (name, size) in enumerate(levels.items(), len(lines)):
        ax.axvline(size, color=COLOURS[i], linestyle=DASHES[i], linewidth=1.2, label=f"{name} (no loss)")
    ax.set(xlabel="bytes an image", ylabel="squared error per image", xscale="log", yscale="log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    ax.legend(fontsize=9, loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


def show_features(features: Mapping[str, Tensor], columns: int = 8) -> Figure:
    """Weights as pictures, each on its own symmetric scale, blue below 0, red above: {name: (N, 1, H, W)}."""
    alt = f"Weights drawn as images, blue negative, red positive. Rows: {', '.join(features)}."
    figure, axes = panels(alt, len(features), columns, (8.0, 1.0 * len(features) + 0.2), squeeze=False)
    for line, (name, images) in zip(axes, features.items(), strict=True):
        for ax, image in zip(line, images, strict=False):
            top = float(image.abs().max())
            picture(ax, image, -top, top, "RdBu_r")
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
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
    figure.colorbar(shown, ax=axes, shrink=0.8)
    return figure


def show_ladder(ladder: Tensor, models: Mapping[str, tuple[int, float]], top: int = 128) -> Figure:
    """The yardstick: the exact PCA ladder over the number of codes, and every model (codes, error) on it.

    A model without a code (codes 0) is a level line.
    """
    figure, ax = panels(f"Error against the number of codes: the PCA ladder with {', '.join(models)}.", size=(8.0, 3.8))
    ax.plot(range(1, top + 1), array(ladder[1 : top + 1]), color="0.45", linewidth=2, label="PCA (exact)")
    for i, (name, (codes, error)) in enumerate(models.items()):
        if codes == 0:
            ax.axhline(error, color=COLOURS[i % 8], linestyle=":", linewidth=2, label=f"{name}: {error:.2f}")
            continue
        ax.scatter(codes, error, s=60, marker=MARKERS[i % 8], color=COLOURS[i % 8], label=f"{name}: {error:.2f}", zorder=3)
    ax.set(xscale="log", xlabel="number of codes", ylabel="squared error per test image", ylim=(0, None))
    ax.set_xticks([1, 2, 5, 10, 16, 30, 64, 128], labels=["1", "2", "5", "10", "16", "30", "64", "128"])
    ax.minorticks_off()
    ax.legend(fontsize=9)
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
