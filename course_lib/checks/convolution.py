"""The checks of notebook 7 on convolutions: the sum with stride and padding, its transpose, the receptive field."""

import math
from collections.abc import Sequence
from typing import Any

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor

from .verdict import check

Layers = Sequence[tuple[int, int]]


def check_convolution(attempt: Any) -> None:
    """The sum over a kernel at every `stride`-th place: x (C, H, W), weight (C, k, l), stride, padding -> (H', W')."""

    def oracle(x: Tensor, weight: Tensor, stride: int, padding: int) -> numpy.ndarray:
        from scipy.signal import correlate2d

        around = ((0, 0), (padding, padding), (padding, padding))
        padded, kernel = numpy.pad(x.double().numpy(), around), weight.double().numpy()
        sums = [correlate2d(one, other, mode="valid") for one, other in zip(padded, kernel, strict=True)]
        return sum(sums)[::stride, ::stride]

    def slips(x: Tensor, w: Tensor, stride: int, padding: int) -> dict[str, Any]:
        def conv(image: Tensor, kernel: Tensor, stride: Any = stride, **more: Any) -> Tensor:
            return F.conv2d(image[None], kernel[None], stride=stride, **more)[0, 0]

        padded = F.pad(x, [padding] * 4)
        right = conv(padded, w)
        return {
            "the kernel is flipped: that is the convolution of mathematics; "
            "the layer multiplies w[k, l] with x[i + k, j + l]": conv(padded, w.flip(1, 2)),
            "no zeros around the image: pad it first": conv(x, w),
            "the stride is left out: the next sum stands `stride` pixels on": conv(padded, w, 1),
            "the border is repeated outwards: zeros are asked for beyond it": (
                conv(F.pad(x[None], [padding] * 4, mode="replicate")[0], w)
            ),
            "the first channel alone: sum over all of them": conv(padded[:1], w[:1]),
            "one picture per channel: sum over the channels as well": (
                torch.stack([conv(one[None], other[None]) for one, other in zip(padded, w, strict=True)])
            ),
            "the mean over the window: the sum is asked for": right / w.numel(),
            "all zeros stand below and to the right: half of them belong to each side": (
                conv(F.pad(x, [0, 2 * padding] * 2), w)
            ),
            "all zeros stand above and to the left: half of them belong to each side": (
                conv(F.pad(x, [2 * padding, 0] * 2), w)
            ),
            "rows and columns of the kernel are exchanged": conv(padded, w.transpose(1, 2)),
            "the stride stretches the kernel: its pixels are neighbours, the sums are apart": (
                conv(padded, w, 1, dilation=stride)
            ),
            "the stride is taken along the rows alone": conv(padded, w, (1, stride)),
            "the last row and column are missing: i runs up to (H + 2 padding - k) // stride": right[:-1, :-1],
            "the zeros stand around the result: pad the image": F.pad(conv(x, w), [padding] * 4),
            "the sums begin at place `stride - 1`: the first one begins at 0": (
                conv(padded[:, stride - 1 :, stride - 1 :], w)
            ),
            "zeros on top and below, none at the sides": conv(F.pad(x, [0, 0, padding, padding]), w),
            "one zero on each side, whatever `padding` says": conv(F.pad(x, [1] * 4), w),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for shape, kernel, stride, padding in (
        ((2, 7, 6), (2, 3, 2), 2, 1),
        ((3, 9, 10), (3, 2, 3), 3, 2),
        ((1, 6, 5), (1, 3, 3), 1, 0),
    ):
        x, weight = (torch.randn(size, generator=generator) for size in (shape, kernel))
        cases.append((x, weight, stride, padding))
    check(attempt, oracle, cases, slips)


def check_transposed(attempt: Any) -> None:
    """Each number of y lays down the kernel, times itself: y (h, w), weight (k, l), stride -> (stride (h-1) + k, ...).

    The oracle is the gradient of a convolution with the same kernel and stride by its image.
    """

    def oracle(y: Tensor, weight: Tensor, stride: int) -> Tensor:
        size = [stride * (n - 1) + k for n, k in zip(y.shape, weight.shape, strict=True)]
        x = torch.zeros(1, 1, *size, requires_grad=True)
        out = F.conv2d(x, weight[None, None], stride=stride)[0, 0]
        return torch.autograd.grad(out, x, y)[0][0, 0]

    def laid(y: Tensor, weight: Tensor, steps: Sequence[int]) -> list[Tensor]:
        """The pages that are to be summed: one for each number of y."""
        size = [step * (n - 1) + k for step, n, k in zip(steps, y.shape, weight.shape, strict=True)]
        pages = []
        for i in range(y.shape[0]):
            for j in range(y.shape[1]):
                page = y.new_full(size, math.nan)
                rows, columns = (slice(s * n, s * n + k) for s, n, k in zip(steps, (i, j), weight.shape, strict=True))
                page[rows, columns] = y[i, j] * weight
                pages.append(page)
        return pages

    def slips(y: Tensor, w: Tensor, stride: int) -> dict[str, Any]:
        pages = torch.stack(laid(y, w, (stride, stride)))
        there, total, last = ~pages.isnan(), pages.nansum(0), torch.zeros_like(pages[0])
        for page in pages:
            last = torch.where(page.isnan(), last, page)
        h, wide = (n * stride for n in y.shape)
        enlarged = y.repeat_interleave(stride, 0).repeat_interleave(stride, 1)[None, None]
        full = [size - 1 for size in w.shape]
        return {
            "the kernel is flipped: w[k, l] is added at place (stride i + k, stride j + l)": (
                torch.stack(laid(y, w.flip(0, 1), (stride, stride))).nansum(0)
            ),
            "where kernels overlap the last one stays: add them": last,
            "where kernels overlap their mean is taken: add them": total / there.sum(0).clamp(min=1),
            "where kernels overlap the largest stays: add them": (
                pages.nan_to_num(-math.inf).amax(0).nan_to_num(neginf=0)
            ),
            "the stride is left out: the next kernel lies `stride` pixels on": (
                torch.stack(laid(y, w, (1, 1))).nansum(0)
            ),
            "kernels lie side by side: they lie `stride` pixels apart, and may overlap": (
                torch.stack(laid(y, w, w.shape)).nansum(0)
            ),
            "cut to stride h x stride w: without padding the last kernel lies there whole": total[:h, :wide],
            "rows and columns of the kernel are exchanged": torch.stack(laid(y, w.T, (stride, stride))).nansum(0),
            "rows and columns of y are exchanged": torch.stack(laid(y.T, w, (stride, stride))).nansum(0),
            "a plain convolution: it makes y smaller": F.conv2d(F.pad(y, [1] * 4)[None, None], w[None, None])[0, 0],
            "every number of y is repeated, then convolved: that is upsampling; here each one lays down one kernel": (
                F.conv2d(enlarged, w[None, None], padding=full)[0, 0]
            ),
            "divided by the kernel's sum: nothing is averaged here": total / w.sum(),
            "the stride is taken along the rows alone": torch.stack(laid(y, w, (1, stride))).nansum(0),
            "the kernels are added without their factors: multiply each by its y[i, j]": (
                torch.stack(laid(torch.ones_like(y), w, (stride, stride))).nansum(0)
            ),
            "one row and one column too many": F.pad(total, (0, 1, 0, 1)),
        }

    generator = torch.Generator().manual_seed(1)
    cases = []
    for size, kernel, stride in (((3, 2), (3, 2), 2), ((2, 4), (4, 3), 2), ((2, 3), (2, 4), 3), ((3, 4), (3, 2), 1)):
        y, weight = (torch.randn(shape, generator=generator) for shape in (size, kernel))
        cases.append((y, weight, stride))
    check(attempt, oracle, cases, slips)


def check_receptive_field(attempt: Any) -> None:
    """How many pixels, in one direction, one number sees through layers of (kernel, stride), first to last -> int."""

    def oracle(layers: Layers) -> int:
        seen = 1
        for kernel, stride in reversed(layers):  # from the number back to the image
            seen = (seen - 1) * stride + kernel
        return seen

    def slips(layers: Layers) -> dict[str, Any]:
        kernels, strides = zip(*layers, strict=True)
        before = [math.prod(strides[:i]) for i in range(len(layers))]
        after = [math.prod(strides[i + 1 :]) for i in range(len(layers))]
        pairs = list(zip(kernels, before, strict=True))
        right = 1 + sum((k - 1) * jump for k, jump in pairs)
        added = [1 + sum(s - 1 for s in strides[:i]) for i in range(len(layers))]
        return {
            "the strides are left out: after a stride of 2 one step is two pixels": 1 + sum(k - 1 for k in kernels),
            "a layer's own stride is counted: multiply the strides of the layers *before* it": (
                1 + sum((k - 1) * jump * s for (k, jump), s in zip(pairs, strides, strict=True))
            ),
            "the strides of the layers after it are multiplied: those before it count": (
                1 + sum((k - 1) * jump for k, jump in zip(kernels, after, strict=True))
            ),
            "the 1 is missing: before any layer a number sees itself": right - 1,
            "k where k - 1 belongs: a kernel of 1 x 1 sees nothing more": 1 + sum(k * jump for k, jump in pairs),
            "k where k - 1 belongs, and no 1": sum(k * jump for k, jump in pairs),
            "the kernels' sizes are added": sum(kernels),
            "the kernels' sizes are multiplied": math.prod(kernels),
            "the strides are added up: they multiply": (
                1 + sum((k - 1) * jump for k, jump in zip(kernels, added, strict=True))
            ),
            "only the stride of the layer just before counts here: multiply those of all layers before": (
                1 + sum((k - 1) * s for k, s in zip(kernels, (1, *strides), strict=False))
            ),
            "that is the number of pixels in the square: its side is asked for": right**2,
            "that is how far it sees to one side: the whole side is asked for": (right - 1) / 2,
            "that is the step between neighbours, all strides multiplied": math.prod(strides),
            "the last layer is left out": 1 + sum((k - 1) * jump for k, jump in pairs[:-1]),
            "the first layer is left out": 1 + sum((k - 1) * jump for k, jump in pairs[1:]),
        }

    cases = [
        ([(3, 2), (3, 2)],), ([(3, 1), (2, 2), (3, 1), (2, 2), (4, 1)],), ([(5, 1), (3, 2), (2, 3), (3, 1)],),
        ([(1, 2), (4, 3), (3, 1)],),
    ]  # fmt: skip
    check(attempt, oracle, cases, slips)
