"""A digit of the reader's own hand: the explorers that it is drawn into."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from course_lib.plotting import Figure
from course_lib.plotting.look import data_url

from .pack import grid, pack, text
from .shown import Live

COLUMNS = 25


def sheet(x: Tensor) -> str:
    """Images (N, 1, H, W) in [0, 1], N a multiple of 25, side by side in four greys: a picture's URL."""
    rows = x[:, 0].mul(3).round().byte().cpu().numpy()
    rows = rows.reshape(-1, COLUMNS, *rows.shape[1:]).swapaxes(1, 2)
    picture = Image.fromarray(np.ascontiguousarray(rows.reshape(-1, COLUMNS * rows.shape[-1])), mode="P")
    picture.putpalette([grey for level in range(4) for grey in [85 * level] * 3])
    buffer = io.BytesIO()
    picture.save(buffer, format="png", optimize=True, bits=2)
    return data_url(buffer.getvalue())


def drawn_digit(
    models: Mapping[str, nn.Module],
    x: Tensor,
    labels: Tensor,
    ten: Tensor,
    corners: Sequence[float],
    static: Figure,
    first: int = 5,
) -> Live:
    """Draw a digit: two models' reconstructions, its place on the first one's map, its nearest images by either code.

    `models` are two of `f` and `g`, the first with a code of two numbers; `x` (N, 1, 28, 28), N a multiple of 25, are
    the images to be near to, with their `labels` (N,). `ten` (10, 1, 28, 28) are the digits 0 to 9 for who can't draw;
    `first` stands there at the start. `corners` are the map's (x0, x1, y0, y1).
    """
    each = []
    for name, model in models.items():
        with torch.no_grad():
            codes = grid(model.f(x))
        each.append({"name": name, "encoder": pack(model.f), "decoder": pack(model.g), "codes": codes})
    rest = {"images": grid(ten), "labels": text(labels.byte().cpu().numpy()), "sheet": sheet(x)}
    return Live({"kind": "draw", "models": each, **rest, "corners": list(corners), "first": first}, static)
