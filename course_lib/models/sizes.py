"""What models are built from and given, checked: a wrong size or shape is said in one line."""

import math
from collections.abc import Iterable, Sequence
from numbers import Integral

from torch import Tensor, nn


def whole(**sizes: int) -> None:
    """Raises: ValueError where one of the named numbers isn't a whole number of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} must be a whole number of at least 1; it is {size!r}")


def widths(name: str, sizes: Sequence[int]) -> tuple[int, ...]:
    """The sizes as a tuple. Raises: ValueError where they aren't whole numbers of at least 1 in a sequence."""
    if not isinstance(sizes, Iterable) or isinstance(sizes, str):
        raise ValueError(f"{name} must be a sequence of whole numbers, such as (256,) for one; it is {sizes!r}")
    sizes = tuple(sizes)
    for size in sizes:
        whole(**{f"each number in {name}": size})
    return sizes


class Rows(nn.Flatten):
    """Each example as one row: (B, ...) -> (B, x_dim), x_dim being the product of `x_shape`.

    Raises: ValueError where x isn't a batch of such examples, or holds whole numbers.
    """

    def __init__(self, x_shape: Sequence[int]) -> None:
        super().__init__()
        self.x_shape = tuple(x_shape)

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim < 2 or math.prod(x.shape[1:]) != math.prod(self.x_shape):
            shapes = f"(B, {', '.join(map(str, self.x_shape))}); x has shape {tuple(x.shape)}"
            raise ValueError(f"the model takes batches of the shape {shapes}")
        if not x.is_floating_point():
            raise ValueError(f"the model takes floats, such as pixels in [0, 1]; x is {x.dtype}: try x.float() / 255")
        return super().forward(x)
