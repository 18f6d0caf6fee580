"""The U-Net: an encoder and a decoder with a path across at each size (Ronneberger, Fischer & Brox 2015)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_lib.shapes import whole, widths

from .convolutional import initialise_convolutions


class UNet(nn.Module):
    """Convolutions down to z and up again; on the way up each step also gets the maps of its size from the way down.

    The first of `channels` stands at full size, each further one halves height and width; one more convolution stands
    at the bottom. A step up doubles the size, puts the maps from across beside, and convolves. `skips=False` sets what
    comes across to 0 and changes nothing else: the same parameters, the same start. The output starts dark, as that of
    ConvAutoencoder does.

    `f(x)` gives z and the maps, `g(z, maps)` the output, and `model(x)` is g(*f(x)).
    Shapes: x (B, x_channels, H, W) -> z (B, channels[-1], H / 2^n, W / 2^n), n = len(channels) - 1, and n maps, the
    smallest first: (B, channels[i], H / 2^i, W / 2^i) -> x_hat (B, out_channels, H, W) in [0, 1].
    Raises: ValueError where H or W can't be halved n times, or `channels` isn't two or more whole numbers from 1.
    """

    def __init__(
        self, channels: Sequence[int] = (8, 16, 32), *, skips: bool = True, x_channels: int = 1, out_channels: int = 0
    ) -> None:
        super().__init__()
        channels = widths("channels", channels)
        if len(channels) < 2:
            raise ValueError(f"channels is {channels}: give one number at full size and one for each halving")
        whole(x_channels=x_channels, out_channels=out_channels or x_channels)
        self.skips, self.times = skips, 2 ** (len(channels) - 1)
        sizes = [x_channels, *channels]
        down = [convolved(a, b, 1 if i == 0 else 2) for i, (a, b) in enumerate(zip(sizes, channels, strict=False))]
        self.down = nn.ModuleList(down)
        self.bottom = convolved(channels[-1], channels[-1])
        pairs = list(zip(channels, channels[1:], strict=False))[::-1]
        self.up = nn.ModuleList([convolved(low + own, own) for own, low in pairs])
        self.larger = nn.Upsample(scale_factor=2)
        self.last = nn.Conv2d(channels[0], out_channels or x_channels, 3, padding=1)
        initialise_convolutions(self)
        nn.init.zeros_(self.last.weight)
        nn.init.constant_(self.last.bias, -2.0)

    def f(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encode: x -> z, the bottleneck, and the maps that go across, the smallest first."""
        if x.ndim != 4 or x.shape[-1] % self.times or x.shape[-2] % self.times:
            shape = f"(B, C, H, W); x has shape {tuple(x.shape)}"
            raise ValueError(f"height and width must be multiples of {self.times} in batches of the shape {shape}")
        maps = [self.down[0](x)]
        for step in self.down[1:]:
            maps.append(step(maps[-1]))
        return self.bottom(maps[-1]), maps[-2::-1]

    def g(self, z: Tensor, maps: Sequence[Tensor]) -> Tensor:
        """Decode: z and the maps from across -> x_hat."""
        h = [z]
        for step, across in zip(self.up, maps, strict=True):
            beside = across if self.skips else torch.zeros_like(across)
            h.append(step(torch.cat([self.larger(h[-1]), beside], dim=1)))
        return self.last(h[-1]).sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return self.g(*self.f(x))


def convolved(a: int, b: int, stride: int = 1) -> nn.Sequential:
    """A convolution of 3 x 3 with padding 1, then GELU: (B, a, H, W) -> (B, b, H / stride, W / stride)."""
    return nn.Sequential(nn.Conv2d(a, b, 3, stride, padding=1), nn.GELU())
