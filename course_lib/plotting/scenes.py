"""Pictures of several panels: what the explorers of the later notebooks draw."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from .charts import draw_tradeoff, style
from .images import picture, weights
from .keys import legend_below
from .look import COLOURS, TEXT, Figure, array, panels


def show_sparse(
    x: Tensor,
    x_hat: Tensor,
    features: Tensor,
    lines: Mapping[str, Sequence[tuple[float, float]]],
    labels: tuple[str, str],
    chosen: tuple[float, float],
    words: str,
) -> Figure:
    """One digit, its reconstruction, 8 decoder columns, and the trade-off curves with the chosen model ringed.

    Shapes: x, x_hat (1, 1, H, W), features (8, 1, H, W), lines {name: [(x, y)]}.
    """
    alt = f"{words}. The digit, its reconstruction and the units that speak most often."
    figure, axes = panels(alt, size=(8, 4.6), mosaic="XXYYCCCC;XXYYCCCC;abdeCCCC;fghiCCCC")
    picture(axes["X"], x[0])
    picture(axes["Y"], x_hat[0])
    axes["X"].set_title("x")
    axes["Y"].set_title("x_hat")
    axes["a"].set_title("columns of g", loc="left", fontsize=TEXT)
    for name, image in zip("abdefghi", features, strict=False):
        weights(axes[name], image)
    draw_tradeoff(axes["C"], lines, labels)
    axes["C"].legend(loc="lower left", bbox_to_anchor=(-0.1, 1.0), ncols=2, fontsize=TEXT, frameon=False)
    axes["C"].scatter(*chosen, s=260, facecolors="none", edgecolors="black", linewidths=2, zorder=4)
    figure.suptitle(words, fontsize=11)
    return figure


def show_activations(a: Tensor, values: Mapping[str, Tensor], slopes: Mapping[str, Tensor]) -> Figure:
    """Activations over a (n,) to the left, their slopes to the right: {name: (n,)} each, with the same names."""
    alt = f"Activations and their slopes against a: {', '.join(values)}."
    figure, axes = panels(alt, 1, 2, (8.0, 3.6), sharex=True)
    for ax, curves, title in zip(axes, (values, slopes), ("activation", "slope"), strict=True):
        for i, (name, numbers) in enumerate(curves.items()):
            ax.plot(array(a), array(numbers), **style(i, False), label=name)
        ax.set(title=title, xlabel="$a$", ylabel=title)
    legend_below(figure, axes)
    return figure


def show_arrows(views: Mapping[str, tuple[Tensor, Tensor]], curve: Tensor) -> Figure:
    """Arrows from start to end over a closed curve (N, 2), one panel per view: {title: (start (M, 2), end (M, 2))}."""
    alt = f"Arrows from damaged points to what is returned for them, around a curve: {', '.join(views)}."
    figure, axes = panels(alt, 1, len(views), (4.0 * len(views), 4.2), squeeze=False, sharex=True, sharey=True)
    for ax, (title, (start, end)) in zip(axes[0], views.items(), strict=True):
        ax.plot(*array(curve).T, color=COLOURS[0], linewidth=3, alpha=0.6, zorder=1, label="the data")
        look = {"angles": "xy", "scale_units": "xy", "scale": 1, "color": COLOURS[1], "width": 0.005, "zorder": 3}
        ax.quiver(*array(start).T, *array(end - start).T, **look)
        ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    legend_below(figure, axes[0])
    return figure
