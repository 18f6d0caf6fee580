"""A digit of the reader's own from thirty numbers of PCA, logistic PCA and a deep network, and their price in bytes."""

import bz2
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from course_lib.baselines import codecs
from course_lib.baselines.pca import PCA, pca_ladder
from course_lib.evaluate import apply
from course_lib.losses import squared_error
from course_lib.plotting import Figure

from .pack import floats, grid, layer, pack
from .shown import Live

STEPS = (0.0, 0.05, 0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)  # standard deviations; 0: exact, four bytes a number
MOST = 84  # numbers that PCA may take


def column_bytes(symbols: Tensor) -> list[float]:
    """What bz2 writes for each column, bytes an image: symbols (N, d) int8 -> d numbers."""
    return [len(bz2.compress(column.contiguous().numpy().tobytes())) / len(column) for column in symbols.cpu().T]


def rounded(z: Tensor, unit: float) -> Tensor:
    """Codes in whole steps of `unit`, and as they are where it is 0: (N, d) -> (N, d)."""
    return codecs.quantise(z, unit).to(z.dtype) * unit if unit else z


def thirty_numbers(
    full: PCA,
    nets: Mapping[str, nn.Module],
    x: Tensor,
    ten: Tensor,
    jpeg: Iterable[tuple[float, float]],
    static: Figure,
    first: int = 2,
) -> Live:
    """Draw a digit; see it from PCA's first numbers and from the nets' codes, rounded or not, beside bytes and errors.

    `full` is a PCA with all components, `nets` are of `f` and `g`; `x` (N, 1, 28, 28) are the test images that bytes
    and errors are measured on; `ten` (10, 1, 28, 28) are the digits 0 to 9 for who can't draw, and `first` stands there
    at the start. `jpeg` are points of bytes and error to compare with.
    """
    z, first_pca = full.first(MOST).f(x), full.first(MOST)
    units = [step * float(z[:, :30].std()) for step in STEPS]
    exact = [[4.0] * MOST, *([] for _ in STEPS[1:])]
    lost = [(rounded(z, unit) - z).square().mean(0).tolist() for unit in units]
    written = [each or column_bytes(codecs.quantise(z, unit)) for each, unit in zip(exact, units, strict=True)]
    parts = {
        "rows": pack([layer(first_pca.components)]),
        "mean": floats(full.mean),
        "units": units,
        "left": pca_ladder(full, x)[: MOST + 1].tolist(),
        "lost": [[round(v, 4) for v in row] for row in lost],
        "bytes": [[round(v, 3) for v in row] for row in written],
    }
    each = [
        {"name": name, "encoder": pack(net.f), "decoder": pack(net.g), **measured(net, x)} for name, net in nets.items()
    ]
    config = {"kind": "thirty", "pca": parts, "nets": each, "steps": list(STEPS), "images": grid(ten), "first": first}
    return Live(config | {"jpeg": [list(point) for point in jpeg]}, static)


@torch.no_grad()
def measured(net: nn.Module, x: Tensor) -> dict:
    """A net's steps, and at each of them its bytes per image and its error on images x (N, 1, H, W)."""
    z, points = apply(net.f, x), []
    units = [step * float(z.std()) for step in STEPS]
    for unit in units:
        size = sum(column_bytes(codecs.quantise(z, unit))) if unit else 4 * z.shape[1]
        points.append([size, float(squared_error(net.g(rounded(z, unit)), x))])
    return {"units": units, "tested": points}
