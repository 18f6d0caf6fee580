"""The architecture of each lesson, drawn: what stands between x and x_hat, and where the loss acts."""

import math
from collections.abc import Sequence

from matplotlib import colormaps

from .drawing import CODE, DATA, LOSS, RECONSTRUCTION, SMALL, arrow, box, brace, canvas, circle, column, path, trapezoid
from .drawing import words as write
from .look import Figure


def tall(size: int, most: int) -> float:
    """The height of a layer's bar, logarithmic in its size."""
    return 0.3 + 1.6 * math.log(size) / math.log(max(most, 2))


def show_bottleneck(x_dim: int, z_dim: int, biases: bool = True) -> Figure:
    """The linear autoencoder x -> W1 -> z -> W2 -> x_hat, its parameters counted on it (01)."""
    weights = x_dim * z_dim
    ends = (z_dim, x_dim) if biases else (0, 0)
    total = 2 * weights + sum(ends)
    alt = f"x, {x_dim} numbers, is squeezed by W1 into the code z, {z_dim} in number, and W2 spreads it into x_hat, "
    alt += f"{x_dim} numbers again. Each matrix has {weights:,} weights"
    alt += f", the biases are {z_dim} and {x_dim}: {total:,} parameters." if biases else f": {total:,} parameters."
    figure, ax = canvas(alt, 8, 3.3)
    y, heights = 2.0, [max(0.26, 1.9 * (size / max(x_dim, z_dim)) ** 0.5) for size in (x_dim, z_dim)]
    layers = ((1.2, "x", x_dim, DATA), (4.0, "z", z_dim, CODE), (6.8, "x_hat", x_dim, RECONSTRUCTION))
    for x, name, size, colour in layers:
        height = heights[name == "z"]
        column(ax, (x, y), height, colour)
        write(ax, (x, y + height / 2 + 0.18), name, colour=colour, weight="bold")
        write(ax, (x, 0.82), f"{size:,} number{'s' * (size > 1)}", size=SMALL)
    trapezoid(ax, 1.5, 3.7, y, heights, "W1")
    trapezoid(ax, 4.3, 6.5, y, heights[::-1], "W2")
    for x, name, rows, columns, bias in ((2.6, "1", z_dim, x_dim, ends[0]), (5.4, "2", x_dim, z_dim, ends[1])):
        write(ax, (x, 0.82), f"W{name}: {rows} x {columns} = {weights:,}", size=SMALL)
        if biases:
            write(ax, (x, 0.57), f"b{name}: {bias:,}", size=SMALL)
    write(ax, (4, 0.22), f"{total:,} parameters in all", weight="bold")
    return figure


def show_cut_circle() -> Figure:
    """A circle, cut open and laid on a line; a continuous code must run back at the cut: the needle (02)."""
    alt = "A circle is cut open at one place and laid on a line: the two sides of the cut, neighbours on the circle, "
    alt += "get the two ends of the code. A continuous code has to run through all its values between these "
    alt += "neighbours, and there the error has a needle."
    figure, ax = canvas(alt, 8, 3.2)
    shares = [i / 90 for i in range(91)]
    turn = [(1.2 + 0.8 * math.sin(0.15 + 5.98 * s), 1.45 + 0.8 * math.cos(0.15 + 5.98 * s)) for s in shares]
    for places in (turn, [(2.75 + 1.8 * s, 1.45) for s in shares]):
        for a, b, share in zip(places[:-1], places[1:], shares, strict=False):
            ax.plot(*zip(a, b, strict=True), color=colormaps["cividis"](share), linewidth=6, solid_capstyle="round")
        for at, marker in ((places[0], "o"), (places[-1], "s")):
            ax.plot(*at, marker=marker, markersize=11, markerfacecolor="white", markeredgecolor="black", zorder=4)
    write(ax, (1.2, 2.85), "the cut")
    arrow(ax, (1.2, 2.72), (1.2, 2.35))
    write(ax, (1.2, 0.3), "its two ends are neighbours", size=SMALL)
    arrow(ax, (2.15, 1.45), (2.58, 1.45))
    write(ax, (3.65, 1.8), "the code z", colour=CODE)
    write(ax, (3.65, 1.1), "the two ends are far apart", size=SMALL)
    for low, high, name in ((1.8, 2.75, "z"), (0.6, 1.45, "error")):
        ax.plot([5.45, 5.45, 7.85], [high, low, low], color="0.5", linewidth=1)
        write(ax, (5.35, (low + high) / 2), name, ha="right")
    ax.plot([5.45, 6.6, 6.7, 7.85], [2.25, 2.7, 1.88, 2.25], color=CODE, linewidth=2.2)
    ax.plot([5.45, 6.6, 6.65, 6.7, 7.85], [0.64, 0.64, 1.4, 0.64, 0.64], color=RECONSTRUCTION, linewidth=2.2)
    write(ax, (6.65, 2.95), "at the cut z runs all the way back", size=SMALL)
    write(ax, (6.8, 1.2), "the needle", size=SMALL, ha="left")
    write(ax, (6.65, 0.3), "angle t, the cut in the middle", size=SMALL)
    return figure


def show_layers(sizes: Sequence[int], activation: str | Sequence[str], code: int | None = None) -> Figure:
    """Any fully connected net (03): the layers' sizes, drawn on a logarithmic scale, and the parameters between them.

    `activation`: one for all layers, or one per layer. `code`: the place of the code in `sizes`, default the smallest
    between the two ends. Raises: ValueError for fewer than three sizes.
    """
    if len(sizes) < 3:
        raise ValueError(f"sizes {list(sizes)}: expected those of x, of at least one layer, and of x_hat")
    code = min(range(1, len(sizes) - 1), key=lambda i: sizes[i]) if code is None else code
    counts = [before * after + after for before, after in zip(sizes[:-1], sizes[1:], strict=True)]
    acts = [activation] * len(counts) if isinstance(activation, str) else list(activation)
    alt = f"A net of {len(counts)} layers, {' - '.join(map(str, sizes))} numbers, its code the {sizes[code]} at place "
    alt += f"{code + 1}; activation {', '.join(dict.fromkeys(acts))}; {sum(counts):,} parameters, "
    alt += f"{100 * max(counts) / sum(counts):.0f} % of them in one layer."
    figure, ax = canvas(alt, 8, 3.7)
    step, y, most = 7.0 / len(counts), 2.05, max(sizes)
    heights, places = [tall(size, most) for size in sizes], [0.5 + i * step for i in range(len(sizes))]
    for i, (x, size, height) in enumerate(zip(places, sizes, heights, strict=True)):
        colour = {0: DATA, code: CODE, len(sizes) - 1: RECONSTRUCTION}.get(i, "#555555")
        column(ax, (x, y), height, colour)
        write(ax, (x, y + height / 2 + 0.14), f"{size}", colour=colour, weight="bold")
    crowded = step < max(0.62, 0.09 * max(map(len, acts)))  # then numbers stand in two lines, activations below
    for i, count in enumerate(counts):
        trapezoid(ax, places[i] + 0.1, places[i + 1] - 0.1, y, (heights[i], heights[i + 1]), "")
        middle = (places[i] + places[i + 1]) / 2
        write(ax, (middle, 0.66 if crowded and i % 2 else 0.88), f"{count:,}", size=SMALL)
        if not crowded:
            write(ax, (middle, 0.66), acts[i], size=SMALL)
    brace(ax, places[0], places[code] - 0.1, 3.36, "f, the encoder")
    brace(ax, places[code] + 0.1, places[-1], 3.36, "g, the decoder")
    below = f"; activations: {', '.join(dict.fromkeys(acts))}" if crowded else ", counted per layer"
    write(ax, (4, 0.27), f"{sum(counts):,} parameters: weights and biases{below}", weight="bold")
    return figure


def show_penalty(penalty: str = "penalty on z") -> Figure:
    """A penalty on the code (04): its gradient enters the encoder alone, the error's passes decoder and encoder."""
    alt = "x, the encoder f, the code z, the decoder g and x_hat in a row. The error compares x_hat with x, and its "
    alt += f"gradient runs back through g and f. The {penalty} is computed from the code: its gradient runs back "
    alt += "through f and never reaches g."
    figure, ax = canvas(alt, 8, 3.5)
    y = 2.05
    forward(ax, y, (0.5, 1.1, 2.7, 3.35, 4.0, 5.6, 6.25))
    box(ax, (7.45, y), "error", 0.8, colour=RECONSTRUCTION)
    arrow(ax, (6.58, y), (7.05, y))
    path(ax, [(0.5, y + 0.26), (0.5, 3.3), (7.45, 3.3), (7.45, y + 0.26)], colour=DATA)
    write(ax, (6.3, 3.12), "the target is x", colour=DATA, size=SMALL)
    box(ax, (3.35, 2.9), penalty, 1.4, 0.4, LOSS)
    arrow(ax, (3.35, y + 0.26), (3.35, 2.69))
    path(ax, [(7.45, y - 0.26), (7.45, 1.0), (1.9, 1.0), (1.9, 1.62)], colour=RECONSTRUCTION, dashed=True)
    arrow(ax, (4.8, 1.0), (4.8, 1.62), colour=RECONSTRUCTION, dashed=True)
    write(ax, (4.8, 0.82), "gradient of the error: g and f learn from it", colour=RECONSTRUCTION, size=SMALL)
    path(ax, [(2.64, 2.9), (1.9, 2.9), (1.9, 2.48)], colour=LOSS, dashed=True)
    write(ax, (1.6, 3.1), "gradient of the penalty", colour=LOSS, size=SMALL)
    write(ax, (1.9, 0.35), "f gets both gradients", weight="bold", size=SMALL)
    write(ax, (4.8, 0.35), "g gets the error's only", weight="bold", size=SMALL)
    return figure


def forward(ax, y: float, at: Sequence[float], start: str = "x") -> None:  # noqa: ANN001
    """x, f, z, g, x_hat from left to right; `at`: x, f's ends, z, g's ends, x_hat."""
    x, f0, f1, z, g0, g1, x_hat = at
    half = 0.25 if start == "x" else 0.38
    box(ax, (x, y), start, 2 * half, colour=DATA)
    trapezoid(ax, f0, f1, y, (1.1, 0.5), "f")
    box(ax, (z, y), "z", 0.5, colour=CODE)
    trapezoid(ax, g0, g1, y, (0.5, 1.1), "g")
    box(ax, (x_hat, y), "x_hat", 0.66, colour=RECONSTRUCTION)
    for a, b in ((x + half, f0), (f1, z - 0.25), (z + 0.25, g0), (g1, x_hat - 0.33)):
        arrow(ax, (a, y), (b, y))


def show_damage(damage: str = "damage") -> Figure:
    """A denoiser (05): the net is given the damaged x_tilde, and the error compares x_hat with the clean x."""
    alt = f"x passes the {damage} and becomes x_tilde; the net is given x_tilde alone: encoder f, code z, decoder g, "
    alt += "x_hat. The error compares x_hat with the clean x, which goes round the damage and the net."
    figure, ax = canvas(alt, 8, 2.7)
    y = 1.0
    box(ax, (0.45, y), "x", 0.5, colour=DATA)
    box(ax, (1.4, y), damage, 0.86, colour="#000000")
    forward(ax, y, (2.5, 3.12, 4.12, 4.6, 5.08, 6.08, 6.65), "x_tilde")
    arrow(ax, (0.7, y), (0.97, y))
    arrow(ax, (1.83, y), (2.12, y))
    box(ax, (7.5, y), "error", 0.62, colour=RECONSTRUCTION)
    arrow(ax, (6.98, y), (7.19, y))
    path(ax, [(0.45, y + 0.25), (0.45, 2.3), (7.5, 2.3), (7.5, y + 0.26)], colour=DATA)
    write(ax, (4, 2.47), "the target is the clean x: the net never sees it", colour=DATA)
    write(ax, (4.6, 0.2), "the net sees x_tilde only")
    ax.plot([2.15, 2.15, 6.98, 6.98], [0.42, 0.35, 0.35, 0.42], color="0.25", linewidth=1.3)
    return figure


def show_vae() -> Figure:
    """A VAE (06): two outputs of the encoder, the draw, the decoder, and the two terms of the loss where they act."""
    alt = "x enters the encoder's body, which returns mu and log_var. A random eps is drawn; z = mu + exp(log_var / 2) "
    alt += "eps goes through the decoder g and becomes x_hat. The KL term acts on mu and log_var alone; the "
    alt += "reconstruction term compares x_hat with x. eps comes from outside: gradients pass by it to mu and log_var."
    figure, ax = canvas(alt, 8, 3.9)
    y = 2.15
    box(ax, (0.4, y), "x", 0.5, colour=DATA)
    trapezoid(ax, 0.85, 2.0, y, (1.3, 0.8), "body")
    arrow(ax, (0.65, y), (0.85, y))
    for level, name in ((y + 0.5, "mu"), (y - 0.5, "log_var")):
        box(ax, (2.75, level), name, 0.85, 0.44, CODE)
        arrow(ax, (2.0, y + (level - y) * 0.4), (2.32, level))
    box(ax, (4.85, y), "z = mu +\nexp(log_var / 2) eps", 1.75, 0.66, CODE)
    arrow(ax, (3.18, y + 0.5), (3.97, y + 0.15))
    arrow(ax, (3.18, y - 0.5), (3.97, y - 0.15))
    circle(ax, (4.85, 0.98), "eps", 0.26)
    arrow(ax, (4.85, 1.25), (4.85, y - 0.34))
    write(ax, (5.2, 0.98), "drawn from N(0, 1), anew each time", size=SMALL, ha="left")
    trapezoid(ax, 5.95, 6.85, y, (0.8, 1.3), "g")
    arrow(ax, (5.73, y), (5.95, y))
    box(ax, (7.5, y), "x_hat", 0.66, colour=RECONSTRUCTION)
    arrow(ax, (6.85, y), (7.17, y))
    box(ax, (7.0, 3.42), "reconstruction", 1.4, 0.44, RECONSTRUCTION)
    path(ax, [(0.4, y + 0.25), (0.4, 3.42), (6.29, 3.42)], colour=DATA)
    arrow(ax, (7.5, y + 0.26), (7.5, 3.19), colour=RECONSTRUCTION)
    box(ax, (2.75, 0.55), "KL to N(0, 1)", 1.4, 0.44, LOSS)
    ax.plot([2.24, 3.26, 3.26, 2.24, 2.24], [2.96, 2.96, 1.34, 1.34, 2.96], color=LOSS, linewidth=1.3)
    arrow(ax, (2.75, 1.34), (2.75, 0.78), colour=LOSS)
    write(ax, (6.0, 0.3), "loss = reconstruction + KL", weight="bold")
    return figure
