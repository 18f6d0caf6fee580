"""The figures of the lesson on convolutions and the U-Net (07): its diagram, and what one number sees of the image."""

from collections.abc import Mapping, Sequence

from matplotlib.patches import Rectangle
from torch import Tensor

from .drawing import CODE, DATA, GREY, RECONSTRUCTION, SMALL, arrow, box, canvas, words
from .keys import legend_below
from .look import COLOURS, Figure, array, panels


def show_unet(channels: Sequence[int] = (8, 16, 32), size: int = 28) -> Figure:
    """A U-Net (07): maps get smaller on the way down, larger on the way up, and go across at each size.

    `channels` are those of two or three levels, the largest first.
    """
    levels, sides = len(channels), [size // 2**i for i in range(len(channels))]
    alt = f"x, {size} x {size} pixels, goes down through convolutions: "
    alt += ", ".join(f"{n} maps of {side} x {side}" for n, side in zip(channels, sides, strict=True))
    alt += f". At the bottom stands z, {channels[-1]} maps of {sides[-1]} x {sides[-1]}. Each step up doubles the "
    alt += "size, puts the maps of this size from the way down beside, and convolves; at the top x_hat comes out. "
    alt += f"{levels - 1} dashed arrows go straight across, one at each size but the smallest."
    figure, ax = canvas(alt, 8, 1.2 * levels + 0.15)
    heights = [0.85 + 1.2 * (levels - 1 - i) for i in range(levels)]
    left = [1.75 + 0.75 * i for i in range(levels)]
    right = [8 - at for at in left[:-1]]
    names = [f"{n} maps\n{side} x {side}" for n, side in zip(channels, sides, strict=True)]
    box(ax, (0.45, heights[0]), "x", 0.55, colour=DATA)
    box(ax, (7.5, heights[0]), "x_hat", 0.72, colour=RECONSTRUCTION)
    for at, height, name in zip([*left, *right], [*heights, *heights], [*names, *names], strict=False):
        box(ax, (at, height), name, 1.0, 0.56, GREY)
    box(ax, (4.75, heights[-1]), f"z: {channels[-1]} maps\n{sides[-1]} x {sides[-1]}", 1.2, 0.56, CODE)
    arrow(ax, (0.73, heights[0]), (1.25, heights[0]))
    arrow(ax, (left[-1] + 0.5, heights[-1]), (4.15, heights[-1]))
    for i in range(levels - 1):
        arrow(ax, (left[i] + 0.1, heights[i] - 0.28), (left[i + 1] - 0.1, heights[i + 1] + 0.28))
        below = (4.75 + 0.3, heights[-1]) if i == levels - 2 else (right[i + 1] + 0.1, heights[i + 1])
        arrow(ax, (below[0], below[1] + 0.28), (right[i] - 0.1, heights[i] - 0.28))
        arrow(ax, (left[i] + 0.5, heights[i]), (right[i] - 0.5, heights[i]), colour=COLOURS[3], dashed=True)
        said = "skip" if i else "skip: the same maps, put beside"
        words(ax, (4, heights[i] + 0.15), said, colour=COLOURS[3], size=SMALL)
    arrow(ax, (right[0] + 0.5, heights[0]), (7.14, heights[0]))
    words(ax, (1.05, heights[-1] + 0.25), "down: a convolution\nof stride 2", size=SMALL)
    words(ax, (6.95, heights[-1] + 0.25), "up: double the size,\nput beside, convolve", size=SMALL)
    words(ax, (4, 0.22), "without skips everything has to pass through z", weight="bold")
    return figure


def show_transposed(matrix: Tensor) -> Figure:
    """A matrix of few numbers from 0 to 1, and its transpose, each number that isn't 0 written into its square."""
    rows, columns = matrix.shape
    alt = f"A matrix of {rows} x {columns} numbers, and the same matrix turned."
    figure, axes = panels(alt, 1, 2, (8.0, 3.6), width_ratios=(columns, rows))
    named = {"C, the convolution": matrix, "its transpose": matrix.T}
    for ax, (title, values) in zip(axes, named.items(), strict=True):
        ax.imshow(array(values), cmap="Greys", vmin=0, vmax=1.4)
        for (i, j), value in zip(values.nonzero().tolist(), values[values != 0].tolist(), strict=True):
            words(ax, (j, i), f"{value:g}", colour="1" if value > 0.75 else "0.1")
        ax.set(title=title, xlabel="reads place", ylabel="writes place")
        ax.set(xticks=range(values.shape[1]), yticks=range(values.shape[0]))
    return figure


def show_fields(
    fields: Mapping[str, Tensor], boxes: Mapping[str, Mapping[str, tuple[int, int, int]]], columns: int = 4
) -> Figure:
    """How strongly each pixel acts on one number: {title: (H, W)}, dark is strong, the root of each map, its own scale.

    `boxes` are squares on the maps: {title: {name: (first row, first column, side)}}.
    """
    names = list(dict.fromkeys(name for squares in boxes.values() for name in squares))
    alt = f"Maps of the pixels that one number sees: {', '.join(fields)}. Squares: {', '.join(names)}."
    rows = -(-len(fields) // columns)
    side = min(2.6, 8.0 / columns)
    size = (side * columns, (side + 0.25) * rows + (0.35 if names else 0))
    figure, axes = panels(alt, rows, columns, size, squeeze=False)
    for ax in axes.flat[len(fields) :]:
        ax.set(xticks=[], yticks=[])
        ax.set_axis_off()
    for ax, (title, field) in zip(axes.flat, fields.items(), strict=False):
        strength = field.clamp(min=0).sqrt()
        ax.imshow(array(strength / strength.max().clamp(min=1e-30)), cmap="Greys", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[], title=title)
        ax.spines[:].set(visible=True, color="0.6", linewidth=0.8)
        ax.title.set_fontsize(10)
        for name, (row, column, side) in boxes.get(title, {}).items():
            i = names.index(name)
            look = {"edgecolor": COLOURS[1 + i], "linestyle": ("-", "--")[i % 2], "linewidth": 2, "label": name}
            ax.add_patch(Rectangle((column - 0.5, row - 0.5), side, side, fill=False, **look))
    if names:
        legend_below(figure, axes.flat[: len(fields)])
    return figure
