"""The look of all figures, and a figure that carries a text alternative.

A figure appears where it is the last value of a notebook cell; its `alt` text goes with it, for screen readers and
for everyone who sees the notebook without its pictures.
"""

import base64
import functools
import io
import os
import tomllib
from html import escape
from pathlib import Path

import matplotlib
import matplotlib.figure
from PIL import Image
from torch import Tensor

# Told apart by colour-blind readers, and each with at least 3 : 1 to white: data C0, reconstruction C1, code C2, then
# the others. The first four, and black, are Okabe & Ito's; their orange and sky blue are too light for a white page.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#963CFF", "#5A2D00", "#000000", "#1E0F96")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 3)), (0, (1, 2)), (0, (3, 3)))
HATCHES = ("", "//", "..", "\\\\", "xx", "--", "++", "oo")
# Ten classes need ten colours: a search over the sRGB cube, without what is nearly black or too light, made the least
# difference as large as it could, for normal vision and three kinds of colour blindness (26 in CIE L*a*b*).
CLASSES = ("#0000FF", "#D27800", "#5A2D2D", "#0F96D2", "#961E00", "#B44BFF", "#788796", "#004B69", "#B4875A", "#5A0096")
LOOK = {
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 11,
    "axes.titlesize": 11,
    "legend.frameon": False,
}
SCREEN, SHARP = 90, 2  # dots per inch on the page, and how many stored dots stand for one of them
TEXT = 10.0  # points, the least on a figure: 12.5 pixels where it is shown at 90 dots an inch


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that knows its text alternative, and shows itself in a notebook with it."""

    alt = ""

    def says(self, finding: str, **numbers: object) -> "Figure":
        """The same figure; its text alternative is this finding, with the numbers filled in.

        `finding` is "03 codes": the entry `codes` in findings/03.toml. The texts stand there and not in the lesson's
        code, where they would give away what the reader is asked to predict. Raises: KeyError for an unknown one.
        """
        lesson, name = finding.split()
        self.alt = " ".join(findings(lesson)[name].format(**numbers).split())
        return self

    def png(self, dpi: int = SHARP * SCREEN) -> bytes:
        """The picture; 90 dots per inch are a screen's resolution, twice as many are sharp on a projector."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=dpi)
        return buffer.getvalue()

    def small_png(self) -> bytes:
        """The picture with 256 colours: they are plenty, and keep a stored notebook small."""
        buffer = io.BytesIO()
        Image.open(io.BytesIO(self.png())).convert("RGB").quantize(256).save(buffer, format="png", optimize=True)
        return buffer.getvalue()

    def html(self, png: bytes | None = None) -> str:
        """An HTML image of the size that the figure has, with the text alternative."""
        width = round(SCREEN * self.get_figwidth())
        return f'<img alt="{escape(self.alt)}" width="{width}" src="{data_url(png or self.png())}">'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        """An HTML image: JupyterLab, nbconvert and websites drop the text alternative of image/png.

        A grading kernel (nbgrader sets NBGRADER_EXECUTION) shows no strangers' HTML: it gets the bare picture as well.
        """
        png = self.small_png()
        data = {"text/html": self.html(png), "text/plain": f"[figure] {self.alt}"}
        return data | ({"image/png": base64.b64encode(png).decode()} if "NBGRADER_EXECUTION" in os.environ else {})


def data_url(png: bytes) -> str:
    """PNG bytes as a URL that holds them."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


@functools.cache
def findings(lesson: str) -> dict[str, str]:
    """What the figures of a lesson show, in words: {name: text, with {places} for numbers}."""
    return tomllib.loads((Path(__file__).parent / "findings" / f"{lesson}.toml").read_text("utf-8"))


def panels(
    alt: str, rows: int = 1, columns: int = 1, size: tuple[float, float] = (6.0, 3.4), mosaic: str = "", **more
) -> tuple:
    """An empty figure of the house's look, at most 8 inches wide, and its axes: one, an array, or those of a mosaic."""
    with matplotlib.rc_context(LOOK):
        figure = Figure(figsize=(min(size[0], 8.0), size[1]), layout="constrained")
        figure.alt = alt
        return figure, figure.subplot_mosaic(mosaic) if mosaic else figure.subplots(rows, columns, **more)


def array(x: Tensor):  # noqa: ANN201
    """A tensor as an array on the CPU."""
    return x.detach().cpu().numpy()
