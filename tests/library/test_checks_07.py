"""The checks of notebook 7 on right answers, on every slip, and on nonsense."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tests.library.exercises import Judged, Strangers, said_of


def windows(x, weight, stride, padding):
    """The sum through unfolded windows: (C, k, l) of each place."""
    padded = F.pad(x, [padding] * 4)
    tiles = padded.unfold(1, weight.shape[1], stride).unfold(2, weight.shape[2], stride)
    return torch.einsum("cijkl,ckl->ij", tiles, weight)


def plain(x, weight, **settings):
    return F.conv2d(x[None], weight[None], **settings)[0, 0]


def moved(x, weight, stride, before, after):
    return windows(F.pad(x, [before, after] * 2), weight, stride, 0)


def laid(y, weight, stride, across=None, combine="add"):
    """Kernels laid down one by one, strides down and across."""
    steps, (k, n) = (stride, across or stride), weight.shape
    out = torch.zeros(steps[0] * (y.shape[0] - 1) + k, steps[1] * (y.shape[1] - 1) + n)
    count, best = torch.zeros_like(out), torch.full_like(out, -math.inf)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            at = slice(steps[0] * i, steps[0] * i + k), slice(steps[1] * j, steps[1] * j + n)
            piece = y[i, j] * weight
            out[at] = piece if combine == "last" else out[at] + piece
            best[at] = torch.maximum(best[at], piece)
            count[at] += 1
    if combine == "largest":
        return torch.where(count > 0, best, 0.0)
    return out / count.clamp(min=1) if combine == "mean" else out


def enlarged(y, stride):
    return y.repeat_interleave(stride, 0).repeat_interleave(stride, 1)


def seen(layers):
    """The receptive field, place by place: the first and the last pixel that the number sees."""
    low = high = 0
    for kernel, stride in layers[::-1]:
        low, high = low * stride, high * stride + kernel - 1
    return high - low + 1


def summed(layers, term):
    """1 + the sum of term(kernel, product of the strides before, own stride, place)."""
    total, jump = 1, 1
    for i, (kernel, stride) in enumerate(layers):
        total += term(kernel, jump, stride, i)
        jump *= stride
    return total


def jump(layers):
    return math.prod(stride for _, stride in layers)


def alternating(x):
    """The sums with changing signs along the rows: (N, H)."""
    return x[..., ::2].sum(2) - x[..., 1::2].sum(2)


def variation(x):
    return x.flatten(1).var(1, correction=0).sum() * x[0].numel()


def energy(x):
    return alternating(x).square().sum() / x.shape[2]


def share(x):
    return energy(x) / variation(x)


def chessboard(x):
    return alternating(x)[:, ::2].sum(1) - alternating(x)[:, 1::2].sum(1)


def shares(x):
    return alternating(x).square().sum(1) / x.shape[2] / (x.flatten(1).var(1, correction=0) * x[0].numel())


def spectrum(x):
    return torch.fft.rfft(x - x.mean((1, 2), keepdim=True), dim=2).abs() ** 2


def large(h):
    return nn.Upsample(scale_factor=2)(h)


def joined(h, across, conv):
    return conv(torch.hstack([large(h), across]))


def spread_out(h):
    return F.conv_transpose2d(h, torch.eye(h.shape[1])[:, :, None, None], stride=2, output_padding=1)


RIGHT = {
    "check_convolution": windows,
    "check_transposed": laid,
    "check_receptive_field": seen,
    "check_stripes": share,
    "check_step_up": lambda h, across, conv: F.gelu(joined(h, across, conv)),
}
WRONG = {  # an answer for every slip, by the words with which the slip's name begins
    "check_convolution": {
        "the kernel is flipped": lambda x, w, s, p: windows(x, w.flip([1, 2]), s, p),
        "no zeros around the image": lambda x, w, s, p: windows(x, w, s, 0),
        "the stride is left out": lambda x, w, s, p: windows(x, w, 1, p),
        "the border is repeated": lambda x, w, s, p: windows(nn.ReplicationPad2d(p)(x), w, s, 0),
        "the first channel alone": lambda x, w, s, p: windows(x[:1], w[:1], s, p),
        "one picture per channel": lambda x, w, s, p: torch.stack(
            [windows(a[None], b[None], s, p) for a, b in zip(x, w, strict=True)]
        ),
        "the mean over the window": lambda x, w, s, p: windows(x, w, s, p) / w[0].numel() / len(w),
        "all zeros stand below": lambda x, w, s, p: moved(x, w, s, 0, 2 * p),
        "all zeros stand above": lambda x, w, s, p: moved(x, w, s, 2 * p, 0),
        "rows and columns of the kernel": lambda x, w, s, p: windows(x, w.mT, s, p),
        "the stride stretches": lambda x, w, s, p: plain(x, w, padding=p, dilation=s),
        "the stride is taken along": lambda x, w, s, p: windows(x, w, 1, p)[:, ::s],
        "the last row and column": lambda x, w, s, p: windows(x, w, s, p)[:-1, :-1],
        "the zeros stand around the result": lambda x, w, s, p: F.pad(windows(x, w, s, 0), [p] * 4),
        "the sums begin": lambda x, w, s, p: windows(F.pad(x, [p] * 4)[:, s - 1 :, s - 1 :], w, s, 0),
        "zeros on top": lambda x, w, s, p: plain(x, w, stride=s, padding=(p, 0)),
        "one zero on each side": lambda x, w, s, p: windows(x, w, s, 1),
    },
    "check_transposed": {
        "the kernel is flipped": lambda y, w, s: laid(y, w.flip([0, 1]), s),
        "where kernels overlap the last": lambda y, w, s: laid(y, w, s, combine="last"),
        "where kernels overlap their mean": lambda y, w, s: laid(y, w, s, combine="mean"),
        "where kernels overlap the largest": lambda y, w, s: laid(y, w, s, combine="largest"),
        "the stride is left out": lambda y, w, s: laid(y, w, 1),
        "kernels lie side by side": lambda y, w, s: laid(y, w, *w.shape),
        "cut to": lambda y, w, s: laid(y, w, s)[: s * len(y), : s * len(y.T)],
        "rows and columns of the kernel": lambda y, w, s: laid(y, w.mT, s),
        "rows and columns of y": lambda y, w, s: laid(y.mT, w, s),
        "a plain convolution": lambda y, w, s: plain(y[None], w[None], padding=1),
        "every number of y is repeated": lambda y, w, s: laid(enlarged(y, s), w.flip([0, 1]), 1),
        "divided by the kernel's sum": lambda y, w, s: laid(y, w / w.sum(), s),
        "the stride is taken along": lambda y, w, s: laid(y, w, 1, s),
        "the kernels are added without": lambda y, w, s: laid(y * 0 + 1, w, s),
        "one row and one column": lambda y, w, s: F.conv_transpose2d(
            F.pad(y, [0, 1, 0, 1])[None, None], w[None, None], stride=s
        )[0, 0, : s * (len(y) - 1) + w.shape[0] + 1, : s * (y.shape[1] - 1) + w.shape[1] + 1],
    },
    "check_receptive_field": {
        "the strides are left out": lambda layers: summed(layers, lambda k, jump, s, i: k - 1),
        "a layer's own": lambda layers: summed(layers, lambda k, jump, s, i: (k - 1) * jump * s),
        "the strides of the layers after": lambda layers: summed(layers[::-1], lambda k, jump, s, i: (k - 1) * jump),
        "the 1 is missing": lambda layers: seen(layers) - 1,
        "k where k - 1 belongs: ": lambda layers: summed(layers, lambda k, jump, s, i: k * jump),
        "k where k - 1 belongs, and": lambda layers: summed(layers, lambda k, jump, s, i: k * jump) - 1,
        "the kernels' sizes are added": lambda layers: sum(k for k, _ in layers),
        "the kernels' sizes are mult": lambda layers: math.prod(k for k, _ in layers),
        "the strides are added up": lambda layers: summed(
            layers, lambda k, jump, s, i: (k - 1) * (1 - i + sum(t for _, t in layers[:i]))
        ),
        "only the stride": lambda layers: summed(
            layers, lambda k, jump, s, i: (k - 1) * (layers[i - 1][1] if i else 1)
        ),
        "that is the number of pixels": lambda layers: seen(layers) ** 2,
        "that is how far": lambda layers: seen(layers) / 2 - 0.5,
        "that is the step": jump,
        "the last layer": lambda layers: seen(layers[:-1]),
        "the first layer": lambda layers: summed(layers, lambda k, jump, s, i: (k - 1) * jump if i else 0),
    },
    "check_stripes": {
        "the mean is left in": lambda x: energy(x) / x.square().sum(),
        "the mean of each row": lambda x: energy(x) / variation(x.flatten(0, 1)[:, None]),
        "the mean of all images": lambda x: energy(x) / x.var(correction=0) / x.numel(),
        "the mean of the images'": lambda x: shares(x).mean(),
        "one share per image": shares,
        "the division by W": lambda x: share(x) * x.shape[2],
        "divided by W twice": lambda x: share(x) / x.shape[2],
        "along the columns": lambda x: alternating(x.mT).square().sum() / x.shape[1] / variation(x),
        "the signs alternate along rows and columns": lambda x: (
            chessboard(x).square().sum() / x[0].numel() / variation(x)
        ),
        "the rows are added": lambda x: alternating(x).sum(1).square().sum() / x[0].numel() / variation(x),
        "the sizes where": lambda x: (
            alternating(x).abs().sum() / x.shape[2] / (x - x.mean((1, 2), keepdim=True)).abs().sum()
        ),
        "the root": lambda x: share(x) ** 0.5,
        "the differences": lambda x: x.diff(dim=2).square().sum() / variation(x),
        "rfft holds": lambda x: spectrum(x)[..., -1].sum() / spectrum(x).sum(),
        "counted twice": lambda x: share(x) + share(x),
        "the energy itself": energy,
        "the period of 4": lambda x: spectrum(x)[..., x.shape[2] // 4].sum() / x.shape[2] / variation(x),
        "that is what": lambda x: 1 - share(x),
    },
    "check_step_up": {
        "the maps from across": lambda h, across, conv: F.gelu(conv(torch.hstack([across, large(h)]))),
        "GELU is missing": joined,
        "ReLU": lambda h, across, conv: F.relu(joined(h, across, conv)),
        "a sigmoid": lambda h, across, conv: torch.sigmoid(joined(h, across, conv)),
        "GELU comes before": lambda h, across, conv: conv(F.gelu(torch.hstack([large(h), across]))),
        "GELU acts on h": lambda h, across, conv: F.gelu(joined(F.gelu(h), across, conv)),
        "bilinear": lambda h, across, conv: F.gelu(
            conv(torch.hstack([nn.Upsample(scale_factor=2, mode="bilinear")(h), across]))
        ),
        "the whole picture": lambda h, across, conv: F.gelu(conv(torch.hstack([h.tile(1, 1, 2, 2), across]))),
        "zeros between": lambda h, across, conv: F.gelu(conv(torch.hstack([spread_out(h), across]))),
        "what comes across": lambda h, across, conv: F.gelu(joined(h, torch.zeros_like(across), conv)),
        "h is left": lambda h, across, conv: F.gelu(joined(torch.zeros_like(h), across, conv)),
        "joined at the small size, with the largest": lambda h, across, conv: large(
            F.gelu(conv(torch.hstack([h, nn.MaxPool2d(2)(across)])))
        ),
        "joined at the small size, with means": lambda h, across, conv: large(
            F.gelu(conv(torch.hstack([h, nn.AvgPool2d(2)(across)])))
        ),
        "the layer's bias": lambda h, across, conv: F.gelu(
            F.conv2d(torch.hstack([large(h), across]), conv.weight, padding=1)
        ),
        "the convolution is done twice": lambda h, across, conv: F.gelu(
            conv(torch.hstack([F.gelu(joined(h, across, conv)), across]))
        ),
        "a step too far": lambda h, across, conv: large(F.gelu(joined(h, across, conv))),
    },
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "07", RIGHT, WRONG


def by_kernel(x, weight, stride, padding):
    """The sum as shifted pictures, one for each weight."""
    padded = F.pad(x, [padding] * 4)
    rows, columns = ((n - k) // stride + 1 for n, k in zip(padded.shape[1:], weight.shape[1:], strict=True))
    out = 0
    for k in range(weight.shape[1]):
        for n in range(weight.shape[2]):
            part = padded[:, k : k + stride * rows : stride, n : n + stride * columns : stride]
            out = out + (weight[:, k, n, None, None] * part[:, :rows, :columns]).sum(0)
    return out


def by_zeros(y, weight, stride):
    """Zeros between the numbers, then a convolution with the flipped kernel."""
    holes = torch.zeros([stride * (n - 1) + 1 for n in y.shape])
    holes[::stride, ::stride] = y
    k, n = weight.shape
    return plain(F.pad(holes, [n - 1, n - 1, k - 1, k - 1])[None], weight.flip([0, 1])[None])


def backwards(layers):
    field = 1
    while layers:
        *layers, (kernel, stride) = layers
        field = field * stride + kernel - stride
    return field


ODD = {  # right, in styles that the checks were not written for
    "check_convolution": [
        by_kernel,
        lambda x, w, s, p: F.conv2d(x[None], w[None], stride=s, padding=p)[0, 0],
        lambda x, w, s, p: windows(x.double(), w.double(), s, p).numpy(),
        lambda x, w, s, p: windows(x, w, 1, p)[::s, ::s].tolist(),
        lambda x, w, s, p: (
            nn.Unfold(tuple(w.shape[1:]), padding=p, stride=s)(x[None])[0]
            .T.matmul(w.flatten())
            .view(windows(x, w, s, p).shape)
        ),
    ],
    "check_transposed": [
        by_zeros,
        lambda y, w, s: F.conv_transpose2d(y[None, None], w[None, None], stride=s)[0, 0],
        lambda y, w, s: laid(y, w, s).double().numpy(),
        lambda y, w, s: F.fold(w.reshape(1, -1, 1) * y.reshape(1, 1, -1), laid(y, w, s).shape, w.shape, stride=s)[0, 0],
    ],
    "check_receptive_field": [
        backwards,
        lambda layers: float(seen(layers)),
        lambda layers: torch.tensor([seen(layers)]),
        lambda layers: np.int64(summed(layers, lambda k, jump, s, i: k * jump - jump)),
    ],
    "check_stripes": [
        lambda x: float(share(x.double())),
        lambda x: np.square(alternating(x).numpy()).sum() / x.shape[2] / float(variation(x)),
        lambda x: spectrum(x)[..., -1].sum() / (spectrum(x)[..., 1:-1].sum() * 2 + spectrum(x)[..., [0, -1]].sum()),
        lambda x: share(x - x.mean((1, 2), keepdim=True)).reshape(1),
    ],
    "check_step_up": [
        lambda h, across, conv: F.gelu(conv(torch.cat((h.repeat_interleave(2, 2).repeat_interleave(2, 3), across), 1))),
        lambda h, across, conv: F.gelu(conv(torch.cat([torch.kron(h, torch.ones(2, 2)), across], dim=-3))),
        lambda h, across, conv: nn.Sequential(conv, nn.GELU())(torch.hstack([large(h), across])),
    ],
}
UNLISTED = {  # wrong, and no slip by name
    "check_convolution": [
        lambda x, w, s, p: windows(x, w, s, p) + 1,
        lambda x, w, s, p: windows(x, w, s, p).T,
        lambda x, w, s, p: windows(x.flip(0), w, s, p)[None],
        lambda x, w, s, p: windows(x, w, s, p + 1),
        lambda x, w, s, p: windows(x, w.abs(), s, p),
    ],
    "check_transposed": [
        lambda y, w, s: -laid(y, w, s),
        lambda y, w, s: laid(y, w, s + 1),
        lambda y, w, s: laid(y, w, s).T,
        lambda y, w, s: laid(y.flip(0), w, s),
    ],
    "check_receptive_field": [
        lambda layers: seen(layers) + 2,
        lambda layers: len(layers),
        lambda layers: 7,  # right for the first stack
        lambda layers: [seen(layers)] * 2,
    ],
    "check_stripes": [
        lambda x: share(x[:1]),
        lambda x: share(x.clamp(0, 0.5)),
        lambda x: share(x) / len(x),
        lambda x: x.var(),
    ],
    "check_step_up": [
        lambda h, across, conv: F.gelu(joined(h.flip(2), across, conv)),
        lambda h, across, conv: F.gelu(joined(h, across, conv)).tanh(),
        lambda h, across, conv: joined(h, across, conv) * torch.sigmoid(joined(h, across, conv)),
        lambda h, across, conv: F.gelu(joined(h, across.flip(1), conv)),
    ],
}


class TestStrangers(Strangers):
    """Right answers in odd styles, and wrong ones that are no slip of the check."""

    odd, unlisted = ODD, UNLISTED


def test_a_step_that_trains_nothing_is_no_step():
    def cut(h, across, conv):
        return F.gelu(conv(torch.hstack([large(h), across.detach()])))

    assert "no gradient reaches `across`" in said_of("check_step_up", cut)
