"""The checks of notebook 7 on the way up: the share of a checkerboard in pictures, a step of the U-Net."""

from collections.abc import Callable
from typing import Any

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .gradients import check_with_gradients
from .outcome import as_it_was
from .verdict import check


def check_stripes(attempt: Any) -> None:
    """The share of the variation around each image's mean with the period of 2 pixels along rows: (N, H, W) -> ().

    W is even. The oracle takes it from the Fourier transform of each row.
    """

    def oracle(x: Tensor) -> float:
        pixels = x.double().numpy()
        centred = pixels - pixels.mean((1, 2), keepdims=True)
        power = numpy.abs(numpy.fft.fft(centred, axis=2)) ** 2
        return power[..., x.shape[2] // 2].sum() / power.sum()

    def slips(x: Tensor) -> dict[str, Any]:
        height, width = x.shape[1:]
        signs = (-1.0) ** torch.arange(width)
        centred = x - x.mean((1, 2), keepdim=True)
        energy, total = (x * signs).sum(2).square() / width, centred.square().sum()
        right = energy.sum() / total
        board = signs * (-1.0) ** torch.arange(height)[:, None]
        across = (x * ((-1.0) ** torch.arange(height))[:, None]).sum(1).square() / height
        half = torch.fft.rfft(centred, dim=2).abs().square()
        return {
            "the mean is left in: take each image's own away, or its brightness counts as variation": (
                energy.sum() / x.square().sum()
            ),
            "the mean of each row is taken away: that of the whole image is asked for": (
                energy.sum() / (x - x.mean(2, keepdim=True)).square().sum()
            ),
            "the mean of all images is taken away: each image's own is asked for": (
                energy.sum() / (x - x.mean()).square().sum()
            ),
            "the mean of the images' shares: sum both energies over all images, then divide": (
                (energy.sum(1) / centred.square().sum((1, 2))).mean()
            ),
            "one share per image: sum both energies over all images, then divide": (
                energy.sum(1) / centred.square().sum((1, 2))
            ),
            "the division by W is missing: a pattern of +1 and -1 has the energy W": right * width,
            "divided by W twice": right / width,
            "along the columns: the signs alternate along a row": across.sum() / total,
            "the signs alternate along rows and columns, a chessboard: along the rows alone": (
                (x * board).sum((1, 2)).square().sum() / (height * width) / total
            ),
            "the rows are added before the square: square each row's sum": (
                (x * signs).sum((1, 2)).square().sum() / (height * width) / total
            ),
            "the sizes where the squares belong": (x * signs).sum(2).abs().sum() / width / centred.abs().sum(),
            "the root of the share: energies are squares": right.sqrt(),
            "the differences of neighbours: they also see slow changes; take the alternating sum of a row": (
                (x[..., 1:] - x[..., :-1]).square().sum() / total
            ),
            "rfft holds each middle frequency once: count it twice, or take fft": half[..., -1].sum() / half.sum(),
            "counted twice: the period of 2 pixels stands once among the frequencies": 2 * right,
            "the energy itself: divide by that of the whole variation": energy.sum(),
            "the period of 4 pixels: the signs alternate from pixel to pixel": half[..., width // 4].sum()
            / (width * total),
            "that is what is left without the period of 2: its own share is asked for": 1 - right,
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for n, height, width in ((3, 5, 8), (2, 6, 4), (4, 3, 12)):
        bright = torch.linspace(0.2, 1.0, n)[:, None, None]
        x = bright * torch.rand(n, height, width, generator=generator)
        cases.append((x + 0.2 * bright * (-1.0) ** torch.arange(width) + 0.1 * torch.arange(height)[:, None],))
    check(attempt, oracle, cases, slips)


def check_step_up(attempt: Any) -> None:
    """A U-Net's step: h (B, a, H, W), across (B, b, 2 H, 2 W), conv from a + b to c channels -> (B, c, 2 H, 2 W)."""

    def oracle(h: Tensor, across: Tensor, conv: nn.Conv2d) -> Tensor:
        own = h.shape[1]
        large = h.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        from_below = F.conv2d(large, conv.weight[:, :own], conv.bias, padding=1)
        a = from_below + F.conv2d(across, conv.weight[:, own:], padding=1)
        return a * torch.special.ndtr(a)  # GELU

    def step(h: Tensor, across: Tensor, conv: Callable, double: Callable | None = None) -> Tensor:
        return conv(torch.cat([(double or twice)(h), across], dim=1))

    def slips(h: Tensor, across: Tensor, conv: nn.Conv2d) -> dict[str, Any]:
        a, holes = step(h, across, conv), h.new_zeros(*h.shape[:2], *across.shape[2:])
        holes[..., ::2, ::2] = h
        low = [each(across, 2) for each in (F.max_pool2d, F.avg_pool2d)]
        return {
            "the maps from across stand first: first h, then what comes across": (
                F.gelu(conv(torch.cat([across, twice(h)], dim=1)))
            ),
            "GELU is missing: it follows the convolution": a,
            "ReLU: GELU is asked for": a.relu(),
            "a sigmoid: GELU is asked for": a.sigmoid(),
            "GELU comes before the convolution: it follows it": step(h.clone(), across, lambda x: conv(F.gelu(x))),
            "GELU acts on h as well: h goes in as it is": F.gelu(step(F.gelu(h), across, conv)),
            "bilinear interpolation: repeat each pixel 2 x 2 times": (
                F.gelu(step(h, across, conv, lambda x: F.interpolate(x, scale_factor=2, mode="bilinear")))
            ),
            "the whole picture is laid down four times: repeat each pixel 2 x 2 times": (
                F.gelu(step(h, across, conv, lambda x: x.repeat(1, 1, 2, 2)))
            ),
            "zeros between the pixels of h: repeat each pixel 2 x 2 times": (
                F.gelu(step(h, across, conv, lambda _: holes))
            ),
            "what comes across is left out, or is 0": F.gelu(step(h, 0 * across, conv)),
            "h is left out, or is 0: only what comes across is seen": F.gelu(step(0 * h, across, conv)),
            "joined at the small size, with the largest of each 2 x 2, then enlarged: enlarge h first": (
                twice(F.gelu(conv(torch.cat([h, low[0]], dim=1))))
            ),
            "joined at the small size, with means of 2 x 2, then enlarged: enlarge h first": (
                twice(F.gelu(conv(torch.cat([h, low[1]], dim=1))))
            ),
            "the layer's bias is left out: call conv itself": F.gelu(a - conv.bias[:, None, None]),
            "the convolution is done twice": F.gelu(conv(torch.cat([F.gelu(a), across], dim=1))),
            "a step too far: the result is twice as large as what comes across": twice(F.gelu(a)),
        }

    with as_it_was():  # a new layer draws its weights
        cases = []
        for batch, own, other, height, width in ((2, 3, 2, 3, 4), (3, 2, 2, 4, 2)):
            conv = nn.Conv2d(own + other, own, 3, padding=1)
            nn.init.normal_(conv.weight, std=0.5)
            nn.init.normal_(conv.bias)
            h, across = torch.randn(batch, own, height, width), torch.randn(batch, other, 2 * height, 2 * width)
            cases.append((h, across, conv))
    check_with_gradients(attempt, oracle, cases, slips, to=("h", "across", "conv"))


def twice(x: Tensor) -> Tensor:
    """Each pixel 2 x 2 times: (B, C, H, W) -> (B, C, 2 H, 2 W)."""
    return F.interpolate(x, scale_factor=2)
