"""Figures of sequences: what an encoder-decoder looks like, and where it looks."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from .drawing import CODE, DATA, GREY, RECONSTRUCTION, SMALL, arrow, box, canvas
from .drawing import words as write
from .look import TEXT, Figure, array, panels


def show_seq2seq(attention: bool = False, source: str = "407", target: str = "704") -> Figure:
    """A recurrent encoder-decoder (08): the reader's states, the code z, the writer; with attention, its looks back."""
    alt = f"A reader takes the symbols {', '.join(source)} and END one after the other; its last state is the code z, "
    alt += "in which the writer starts. The writer is given START and the true symbols before, and says "
    alt += f"{', '.join(target)} and END."
    alt += " Each of its states also looks back at all states of the reader." if attention else ""
    figure, ax = canvas(alt, 8, 3.7 if attention else 3.1)
    y, n = 1.55, len(source) + 1
    step = 3.0 / n
    read, written = ([x0 + step * (i + 0.5) for i in range(n)] for x0 in (0.1, 4.85))
    for places, below, colour in ((read, [*source, "END"], DATA), (written, ["START", *target], RECONSTRUCTION)):
        for x, symbol in zip(places, below, strict=True):
            box(ax, (x, y), "h", 0.42, 0.42)
            write(ax, (x, 0.62), symbol, colour=colour, weight="bold", size=SMALL)
            arrow(ax, (x, 0.78), (x, y - 0.22))
        for a, b in zip(places[:-1], places[1:], strict=True):
            arrow(ax, (a + 0.21, y), (b - 0.21, y))
    top = y + 0.85
    for x, symbol in zip(written, [*target, "END"], strict=True):
        write(ax, (x, top + 0.12), symbol, colour=RECONSTRUCTION, weight="bold", size=SMALL)
        arrow(ax, (x, y + 0.22), (x, top), colour=RECONSTRUCTION)
    middle = (read[-1] + written[0]) / 2
    box(ax, (middle, y), "z", 0.5, 0.5, CODE)
    arrow(ax, (read[-1] + 0.21, y), (middle - 0.25, y))
    arrow(ax, (middle + 0.25, y), (written[0] - 0.21, y))
    write(ax, (middle, y - 0.45), "the code", colour=CODE, size=SMALL)
    write(ax, (1.6, 0.2), "f: the reader is given the source")
    write(ax, (6.35, 0.2), "g: the writer is given what came before")
    if attention:
        write(ax, (2.6, 3.45), "the writer's second state looks at every state of the reader", colour=CODE, size=SMALL)
        for x in read:
            ax.annotate(
                "", (x, y + 0.22), (written[1] - 0.1, y + 0.22),
                arrowprops={"arrowstyle": "-|>", "color": CODE, "linewidth": 1.3, "connectionstyle": "arc3,rad=0.42"},
            )  # fmt: skip
    else:
        write(ax, (2.0, 2.55), "all that the writer learns of the source is z", colour=GREY, size=SMALL)
    return figure


def show_attention(maps: Mapping[str, Tensor], read: Sequence[str], written: Sequence[str]) -> Figure:
    """Where a decoder looks: {title: weights (T, S)}, white 0 and black 1, a row for each symbol that is written."""
    alt = f"Weights from 0 (white) to 1 (black) of {len(read)} symbols read, a row for each of {len(written)} written: "
    figure, axes = panels(alt + ", ".join(maps) + ".", 1, len(maps), (4.2 * len(maps), 4.2), squeeze=False)
    for ax, (title, weights) in zip(axes[0], maps.items(), strict=True):
        shown = ax.imshow(array(weights), cmap="Greys", vmin=0, vmax=1)
        ax.set(title=title, xlabel="read", ylabel="written")
        ax.set_xticks(range(len(read)), read, fontsize=TEXT)
        ax.set_yticks(range(len(written)), written, fontsize=TEXT)
        ax.tick_params(length=0)
    figure.colorbar(shown, ax=axes, shrink=0.8, label="weight")
    return figure
