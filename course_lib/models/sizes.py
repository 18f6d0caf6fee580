"""What models are given, checked: a wrong shape is said in one line."""

import math
from collections.abc import Sequence

from torch import Tensor, nn

from course_lib.shapes import tensor


class Rows(nn.Flatten):
    """Each example as one row: (B, ...) -> (B, x_dim), x_dim being the product of `x_shape`.

    Raises: ValueError where x isn't a batch of such examples, or holds whole numbers.
    """

    def __init__(self, x_shape: Sequence[int]) -> None:
        super().__init__()
        self.x_shape = tuple(x_shape)

    def forward(self, x: Tensor) -> Tensor:
        if tensor(x).ndim < 2 or math.prod(x.shape[1:]) != math.prod(self.x_shape):
            shapes = f"(B, {', '.join(map(str, self.x_shape))}); x has shape {tuple(x.shape)}"
            raise ValueError(f"the model takes batches of the shape {shapes}")
        if not x.is_floating_point():
            raise ValueError(f"the model takes floats, such as pixels in [0, 1]; x is {x.dtype}: try x.float() / 255")
        return super().forward(x)
