"""Convolutional autoencoders for small images."""

import math
from collections.abc import Callable, Sequence

from torch import Tensor, nn

from course_lib.shapes import whole, widths


class ConvAutoencoder(nn.Module):
    """Convolutions with stride 2 down, nearest-neighbour upsampling and convolutions up.

    Each of `channels` halves height and width once; the code is a stack of small pictures, as many as the last of
    `channels`. `x_channels` is what goes in, `out_channels` (default: the same) what comes out.

    Shapes: x (B, x_channels, H, W) -> z (B, channels[-1], H / 2^n, W / 2^n) -> x_hat (B, out_channels, H, W) in [0, 1].
    Raises: ValueError where H or W can't be halved n times, or `channels` isn't a sequence of whole numbers from 1.
    """

    def __init__(self, channels: Sequence[int] = (16, 32), *, x_channels: int = 1, out_channels: int = 0) -> None:
        super().__init__()
        channels = widths("channels", channels)
        if not channels:
            raise ValueError("channels is empty: give one number for each halving, such as (16, 32)")
        whole(x_channels=x_channels, out_channels=out_channels or x_channels)
        sizes, down, up = [x_channels, *channels], [], []
        for a, b in zip(sizes, sizes[1:], strict=False):
            down += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GELU()]
        sizes = [*channels[::-1], channels[0]]
        for a, b in zip(sizes, sizes[1:], strict=False):
            up += [nn.Upsample(scale_factor=2), nn.Conv2d(a, b, 3, padding=1), nn.GELU()]
        self.times = 2 ** len(channels)
        self.down = nn.Sequential(*down)
        last = nn.Conv2d(channels[0], out_channels or x_channels, 3, padding=1)
        self.g = nn.Sequential(*up, last, nn.Sigmoid())
        initialise_convolutions(self)
        nn.init.zeros_(last.weight)
        nn.init.constant_(last.bias, -2.0)

    def f(self, x: Tensor) -> Tensor:
        """Encode: (B, x_channels, H, W) -> (B, channels[-1], H / 2^n, W / 2^n)."""
        if x.ndim != 4 or x.shape[-1] % self.times or x.shape[-2] % self.times:
            shape = f"(B, C, H, W); x has shape {tuple(x.shape)}"
            raise ValueError(f"height and width must be multiples of {self.times} in batches of the shape {shape}")
        return self.down(x)

    def forward(self, x: Tensor) -> Tensor:
        return self.g(self.f(x))


class ResidualConv(nn.Module):
    """Convolutions at full size that predict what to add to the image: x_hat = x + body(x) (Zhang et al. 2017).

    It starts as the identity (the last layer's weights are 0). With `out_channels` 3 a grey image is repeated first.

    Shapes: x (B, x_channels, H, W) -> x_hat (B, out_channels, H, W), not clipped.
    Raises: ValueError where x can't be added (x_channels is neither 1 nor out_channels), and for sizes below 1.
    """

    def __init__(self, width: int = 24, depth: int = 4, *, x_channels: int = 1, out_channels: int = 0) -> None:
        super().__init__()
        whole(width=width, depth=depth, x_channels=x_channels, out_channels=out_channels or x_channels)
        if x_channels not in (1, out_channels or x_channels):
            raise ValueError(f"an image of {x_channels} channels can't be added to one of {out_channels}")
        sizes, steps = [x_channels, *[width] * (depth - 1)], []
        for a, b in zip(sizes, sizes[1:], strict=False):
            steps += [nn.Conv2d(a, b, 3, padding=1), nn.GELU()]
        last = nn.Conv2d(sizes[-1], out_channels or x_channels, 3, padding=1)
        self.body = nn.Sequential(*steps, last)
        initialise_convolutions(self)
        nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class ConvBottleneck(nn.Module):
    """Two convolutional steps down, a dense code between, two steps up.

    `down(a, b)` and `up(a, b)` give the layers of one step from a to b channels that halves or doubles the size:
    `strided` or `pooled`, `upsampled` or `transposed`; the first of each where none is given. It starts as
    ConvAutoencoder does, He's weights in the convolutions and a dark image; `dark=False` leaves PyTorch's own start.

    Shapes: x (B, 1, 28, 28) -> z (B, z_dim) -> x_hat like x, in [0, 1].
    Raises: ValueError where z_dim isn't a whole number from 1.
    """

    def __init__(
        self,
        z_dim: int = 32,
        down: Callable[[int, int], list[nn.Module]] | None = None,
        up: Callable[[int, int], list[nn.Module]] | None = None,
        *,
        dark: bool = True,
    ) -> None:
        super().__init__()
        whole(z_dim=z_dim)
        down, up = down or strided, up or upsampled
        self.f = nn.Sequential(*down(1, 8), *down(8, 16), nn.Flatten(), nn.Linear(784, z_dim))
        start = [nn.Linear(z_dim, 784), nn.GELU(), nn.Unflatten(1, (16, 7, 7))]
        self.g = nn.Sequential(*start, *up(16, 8), nn.GELU(), *up(8, 1), nn.Sigmoid())
        if dark:
            initialise_convolutions(self)
            nn.init.zeros_(self.g[-2].weight)
            nn.init.constant_(self.g[-2].bias, -2.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.g(self.f(x))


def strided(a: int, b: int) -> list[nn.Module]:
    """Down by the stride: (B, a, H, W) -> (B, b, H / 2, W / 2)."""
    return [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GELU()]


def pooled(a: int, b: int) -> list[nn.Module]:
    """Down by taking the largest of each 2 x 2: (B, a, H, W) -> (B, b, H / 2, W / 2)."""
    return [nn.Conv2d(a, b, 3, padding=1), nn.GELU(), nn.MaxPool2d(2)]


def upsampled(a: int, b: int) -> list[nn.Module]:
    """Up by repeating each pixel 2 x 2 times, then a convolution: (B, a, H, W) -> (B, b, 2 H, 2 W)."""
    return [nn.Upsample(scale_factor=2), nn.Conv2d(a, b, 3, padding=1)]


def transposed(a: int, b: int, size: int = 4) -> list[nn.Module]:
    """Up by a transposed convolution with a kernel of size x size, 2 to 5: (B, a, H, W) -> (B, b, 2 H, 2 W)."""
    return [nn.ConvTranspose2d(a, b, size, stride=2, padding=(size - 1) // 2, output_padding=size % 2)]


def initialise_convolutions(model: nn.Module) -> None:
    """He's normal weights (He et al. 2015, eq. 10) and zero biases for each convolution."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            fan_in = layer.in_channels // layer.groups * math.prod(layer.kernel_size)
            nn.init.normal_(layer.weight, std=math.sqrt(2 / fan_in))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
