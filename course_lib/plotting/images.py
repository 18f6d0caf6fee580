"""Images in rows, weights as images, and codes of two numbers as maps."""

from collections.abc import Mapping, Sequence

import matplotlib.patches
from matplotlib.axes import Axes
from torch import Tensor

from .look import CLASSES, MARKERS, Figure, array, panels


def show_rows(rows: Mapping[str, Tensor], columns: int = 10, notes: Mapping[str, str] | None = None) -> Figure:
    """Images in rows, one fixed scale 0..1: {name: (N, 1 or 3, H, W)}, the first `columns` of each; 3 is colour."""
    columns = min([columns, *(len(images) for images in rows.values())])
    alt = f"Rows of {columns} images each: {', '.join(rows)}."
    height = 0.15 + 0.74 * len(rows) * 10 / max(10, columns)
    figure, axes = panels(alt, len(rows), columns, (8.0, height), squeeze=False)
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(line, images, strict=False):
            picture(ax, image)
        text = name if not notes or name not in notes else f"{name}\n{notes[name]}"
        line[0].set_ylabel(text, rotation=0, ha="right", va="center", fontsize=10)
    return figure


def picture(ax: Axes, image: Tensor, low: float = 0.0, high: float = 1.0, cmap: str = "gray") -> None:
    """One image (1, H, W) on a fixed scale, or a colour image (3, H, W) in 0..1, without ticks."""
    shown = image[0] if len(image) == 1 else image.permute(1, 2, 0).clamp(0, 1)
    ax.imshow(array(shown), cmap=cmap, vmin=low, vmax=high)
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)


def weights(ax: Axes, image: Tensor) -> None:
    """Weights (1, H, W) as a picture on their own symmetric scale, blue below 0, red above."""
    top = float(image.abs().max())
    picture(ax, image, -top, top, "RdBu_r")


def show_features(features: Mapping[str, Tensor], columns: int = 8) -> Figure:
    """Weights as pictures, each on its own symmetric scale, blue below 0, red above: {name: (N, 1, H, W)}."""
    alt = f"Weights drawn as images, blue negative, red positive. Rows: {', '.join(features)}."
    figure, axes = panels(alt, len(features), columns, (8.0, 1.0 * len(features) + 0.2), squeeze=False)
    for line, (name, images) in zip(axes, features.items(), strict=True):
        for ax, image in zip(line, images, strict=False):
            weights(ax, image)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    return figure


def scatter_classes(ax: Axes, z: Tensor, labels: Tensor) -> None:
    """A 2-D code (N, 2) with one colour and marker a class (N,), the class's number in its middle."""
    for digit in labels.unique().tolist():
        own = z[labels == digit]
        ax.scatter(*array(own).T, s=5, alpha=0.5, color=CLASSES[digit % 10], marker=MARKERS[digit % 8], linewidths=0)
    for digit in labels.unique().tolist():
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


def show_grid(
    images: Tensor, side: int, corners: Sequence[float], labels: tuple[str, str] = ("$z_1$", "$z_2$")
) -> Figure:
    """side x side decoded images in one picture, z_1 to the right, z_2 upwards, over corners (x0, x1, y0, y1)."""
    figure, ax = panels(f"Images decoded from a grid of {side} by {side} two-number codes.", size=(5.6, 5.2))
    tiles = images[:, 0].view(side, side, *images.shape[2:]).flip(0)  # rows run downwards, z_2 upwards
    sheet = tiles.transpose(1, 2).reshape(side * images.shape[2], side * images.shape[3])
    ax.imshow(array(sheet), cmap="gray", vmin=0, vmax=1, extent=corners, aspect="auto")
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
    scatter_classes(ax, z, labels)
    for radius in circles:
        ax.add_patch(matplotlib.patches.Circle((0, 0), radius, fill=False, linewidth=1.5, linestyle="--"))
    ax.set(xlim=corners[:2], ylim=corners[2:], xticks=[], yticks=[])
    return figure
