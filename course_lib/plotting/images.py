"""Images in rows, weights as images, and codes of two numbers as maps."""

import math
from collections.abc import Mapping, Sequence

import matplotlib.patches
import torch
from matplotlib.axes import Axes
from torch import Tensor

from .keys import halo, settle
from .look import CLASSES, COLOURS, TEXT, Figure, array, panels


def show_rows(
    rows: Mapping[str, Tensor],
    columns: int = 10,
    notes: Mapping[str, str] | None = None,
    titles: Sequence[str] | Mapping[str, int] = (),
    marked: Mapping[str, Sequence[bool]] | None = None,
) -> Figure:
    """Images in rows, one fixed scale 0..1: {name: (N, 1 or 3, H, W)}, the first `columns` of each; 3 is colour.

    `notes` stand under the names of rows. `titles` stand over the columns: one each, or each over an equal share, or
    {title: number of columns}.
    `marked` says which images of a row get an orange frame: {name: (N,)}.
    """
    columns = min([columns, *(len(images) for images in rows.values())])
    alt = f"Rows of {columns} images each: {', '.join(rows)}." + (f" Columns: {', '.join(titles)}." if titles else "")
    height = 0.15 + 0.74 * len(rows) * 10 / max(10, columns) + (0.22 if titles else 0)
    figure, axes = panels(alt, len(rows), columns, (8.0, height), squeeze=False)
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(line, images, strict=False):
            picture(ax, image)
        for ax, framed in zip(line, (marked or {}).get(name, ()), strict=False):
            ax.spines[:].set(visible=bool(framed), color=COLOURS[1], linewidth=2.5)
        text = name if not notes or name not in notes else f"{name}\n{notes[name]}"
        line[0].set_ylabel(text, rotation=0, ha="right", va="center", fontsize=TEXT)
    if titles:
        over(figure, axes[0], titles)
    return figure


def over(figure: Figure, axes: Sequence[Axes], titles: Sequence[str] | Mapping[str, int]) -> None:
    """Titles over columns, each centred over its share of them, without moving the columns."""
    axes[0].set_title(" ", fontsize=TEXT)  # keeps the height free
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    boxes, share, end = [ax.get_position() for ax in axes], len(axes) / len(titles), 0.0
    for title in titles:
        start, end = end, end + (titles[title] if isinstance(titles, Mapping) else share)
        first, last = boxes[round(start)], boxes[round(end) - 1]
        look = {"ha": "center", "va": "bottom", "fontsize": TEXT}
        figure.text((first.x0 + last.x1) / 2, first.y1 + 0.04 / figure.get_figheight(), title, **look)


def picture(ax: Axes, image: Tensor, low: float = 0.0, high: float = 1.0, cmap: str = "gray") -> None:
    """One image (1, H, W) on a fixed scale, or a colour image (3, H, W) in 0..1, without ticks."""
    shown = image[0] if len(image) == 1 else image.permute(1, 2, 0).clamp(0, 1)
    ax.imshow(array(shown), cmap=cmap, vmin=low, vmax=high)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def weights(ax: Axes, image: Tensor, top: float = 0.0) -> None:
    """Weights (1, H, W) as a picture, blue below 0, red above; `top` is the strongest colour (0: its own largest)."""
    top = top or float(image.abs().max())
    picture(ax, image, -top, top, "RdBu_r")


def show_features(features: Mapping[str, Tensor], columns: int = 8) -> Figure:
    """Weights as pictures, blue below 0, red above: {name: (N, 1, H, W)}.

    The pictures of one row share a scale, so that weak ones look weak. It stands under the row's name: rows differ.
    """
    alt = f"Weights drawn as images, blue negative, red positive, one scale per row. Rows: {', '.join(features)}."
    figure, axes = panels(alt, len(features), columns, (8.0, 1.0 * len(features) + 0.2), squeeze=False)
    for line, (name, images) in zip(axes, features.items(), strict=True):
        top = float(images[:columns].abs().max())
        for ax, image in zip(line, images, strict=False):
            weights(ax, image, top)
        line[0].set_ylabel(f"{name}\n±{top:.2g}", rotation=0, ha="right", va="center", fontsize=TEXT)
    return figure


def scatter_classes(ax: Axes, z: Tensor, labels: Tensor, glyphs: int = 15) -> None:
    """A 2-D code (N, 2), one colour per class (N,); some of the points are drawn as the class's number.

    The number also stands, ringed, in the middle of its class, or beside it where another one stands there already.
    """
    classes = labels.unique().tolist()
    for digit in classes:
        own = array(z[labels == digit])[:: max(1, len(z) // 4000)]  # more would hide each other
        ax.scatter(*own.T, s=5, alpha=0.35, color=CLASSES[digit % 10], linewidths=0)
    for digit in classes:
        own = array(z[labels == digit])[:: max(1, int((labels == digit).sum()) // glyphs)]
        look = {"color": CLASSES[digit % 10], "edgecolor": "white", "linewidths": 0.3, "zorder": 3}
        ax.scatter(*own.T, s=75, marker=rf"$\mathbf{{{digit}}}$", **look)
    ax.figure.draw_without_rendering()
    scale = 72 / ax.figure.dpi
    middles = [z[labels == digit].median(0).values.tolist() for digit in classes]
    boxes = [(*(scale * ax.transData.transform(middle)), 22.0, 22.0) for middle in middles]
    around = [
        (r * math.cos(a * math.pi / 6), r * math.sin(a * math.pi / 6)) for r in range(6, 90, 6) for a in range(12)
    ]
    for digit, middle, way in zip(classes, middles, settle(boxes, [(0.0, 0.0), *around]), strict=True):
        box = {"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": CLASSES[digit % 10], "linewidth": 2}
        line = {"arrowstyle": "-", "color": CLASSES[digit % 10], "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
        words = {"ha": "center", "va": "center", "fontsize": 12, "weight": "bold", "zorder": 5}
        if math.hypot(*way) > 11:  # a line leads from the number to its class, under all numbers
            line["path_effects"] = halo(4)
            ax.annotate("", middle, way, textcoords="offset points", arrowprops=line, zorder=4.5)
        ax.annotate(str(digit), middle, way, textcoords="offset points", bbox=box, **words)


def rings(ax: Axes, radii: Sequence[float]) -> None:
    """Dashed circles around 0: with 1, 2, 3 the standard deviations of a standard normal prior."""
    for radius in radii:
        look = {"fill": False, "linewidth": 1.6, "linestyle": "--", "edgecolor": "black", "zorder": 4}
        ax.add_patch(matplotlib.patches.Circle((0, 0), radius, path_effects=halo(), **look))


def comparable(codes: Sequence[Tensor]) -> bool:
    """Whether the widest cloud of codes is less than 4 times as wide as the narrowest."""
    spans = [float((z.max(0).values - z.min(0).values).max()) for z in codes]
    return max(spans) < 4 * min(spans)


def square(codes: Sequence[Tensor], radius: float) -> tuple[float, float, float, float]:
    """The corners of a square around all codes and a circle around 0."""
    every = torch.cat([*codes, torch.tensor([[-radius, -radius], [radius, radius]]).to(codes[0])])
    low, high = every.min(0).values, every.max(0).values
    half, middle = 0.53 * float((high - low).max()), ((low + high) / 2).tolist()
    return middle[0] - half, middle[0] + half, middle[1] - half, middle[1] + half


def show_codes(
    views: Mapping[str, tuple[Tensor, Tensor]], circles: Sequence[float] = (), share: bool | None = None
) -> Figure:
    """2-D codes by class, one panel per view: {title: (z (N, 2), labels (N,))}; `circles` are radii around 0.

    The panels have equal limits, unless `share` is False or one cloud is 4 times as wide as another.
    """
    alt = f"Two-number codes of the test images, each class marked by its number: {', '.join(views)}."
    alt += f" Circles of radius {', '.join(f'{radius:g}' for radius in circles)} around 0." if circles else ""
    same = comparable([z for z, _ in views.values()]) if share is None else share
    more = {"squeeze": False, "sharex": same, "sharey": same}
    figure, axes = panels(alt, 1, len(views), (4.0 * len(views), 4.0), **more)
    for ax, (z, _) in zip(axes[0], views.values(), strict=True):
        ax.update_datalim(array(z))  # all clouds first: names are placed once the limits stand
        ax.tick_params(labelleft=True)
    for ax, (title, (z, labels)) in zip(axes[0], views.items(), strict=True):
        ax.set(title=title, xlabel="$z_1$", ylabel="$z_2$", aspect="equal" if circles else "auto")
        if circles:
            x0, x1, y0, y1 = square([each for each, _ in views.values()], max(circles))
            ax.set(xlim=(x0, x1), ylim=(y0, y1), autoscale_on=False)
        rings(ax, circles)
        scatter_classes(ax, z, labels)
    return figure


def show_grid(
    images: Tensor, side: int, corners: Sequence[float], labels: tuple[str, str] = ("$z_1$", "$z_2$")
) -> Figure:
    """side x side decoded images in one picture, z_1 increases to the right, z_2 upwards.

    The middles of the outermost images stand at the corners (x0, x1, y0, y1), as in `torch.linspace(x0, x1, side)`.
    """
    figure, ax = panels(f"Images decoded from a grid of {side} by {side} two-number codes.", size=(5.6, 5.2))
    tiles = images[:, 0].view(side, side, *images.shape[2:]).flip(0)  # rows run downwards, z_2 upwards
    sheet = tiles.transpose(1, 2).reshape(side * images.shape[2], side * images.shape[3])
    x0, x1, y0, y1 = corners
    half = [(x1 - x0) / max(1, side - 1) / 2, (y1 - y0) / max(1, side - 1) / 2]
    edges = (x0 - half[0], x1 + half[0], y0 - half[1], y1 + half[1])
    look = {"cmap": "gray", "vmin": 0, "vmax": 1, "interpolation": "nearest"}  # smooth, it takes twice the bytes
    ax.imshow(array(sheet), extent=edges, aspect="auto", **look)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    return figure


def pad_backdrop(z: Tensor, labels: Tensor, corners: Sequence[float], circles: Sequence[float] = ()) -> Figure:
    """The map under a code pad: the codes by class, filling the whole picture over corners (x0, x1, y0, y1).

    `circles` are radii around 0: with 1, 2, 3 the standard deviations of a standard normal prior.
    """
    alt = "A map of two-number codes, each class marked by its number. Drag, or use the arrow keys, to decode a place."
    figure = Figure(figsize=(4, 4))
    figure.alt = alt + (f" Circles of radius {', '.join(f'{radius:g}' for radius in circles)}." if circles else "")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=corners[:2], ylim=corners[2:], xticks=[], yticks=[], autoscale_on=False)
    rings(ax, circles)
    scatter_classes(ax, z, labels)
    return figure
