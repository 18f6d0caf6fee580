"""The checks of notebooks 3 and 3b on right answers, on every slip, and on nonsense."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import expit, logit
from scipy.stats import entropy
from torch import nn

from tests.exercises import Judged, said_of, slips_of


def pixels(images, eps, axis=0):
    """The mean over the images (or over the pixels) by numpy, kept inside."""
    return np.clip(images.numpy().reshape(len(images), -1).mean(axis), eps, 1 - eps)


def raw(images):
    return images.flatten(1).double().numpy().mean(0)


def slopes(model, x, reduction="sum", keep=False):
    """The parts of the gradient, by backward."""
    if not keep:
        for parameter in model.parameters():
            parameter.grad = None
    error = F.mse_loss(model(x), x, reduction=reduction)
    (error / len(x) if reduction == "sum" else error).backward()
    return [parameter.grad for parameter in model.parameters()]


def length(parts):
    return math.sqrt(sum(float((part.detach() ** 2).sum()) for part in parts))


def by_autograd(a, x, reduction="sum"):
    a = a.clone().requires_grad_()
    first = torch.autograd.grad(F.mse_loss(a.sigmoid(), x, reduction="sum") / len(a), a)[0]
    return first, torch.autograd.grad(F.binary_cross_entropy_with_logits(a, x, reduction="sum") / len(a), a)[0]


def slope(a):
    return a.sigmoid() * (1 - a.sigmoid())


def columns(symbols, base=2):
    """The entropy of each column by scipy."""
    return [entropy(np.unique(column, return_counts=True)[1], base=base) for column in symbols.numpy().T]


def shares(column):
    return [count / len(column) for count in Counter(column).values()]


RIGHT = {
    "check_mean_image_bias": lambda images, eps: logit(pixels(images, eps)),
    "check_gradient_length": lambda model, x: length(slopes(model, x)),
    "check_output_gradients": by_autograd,
    "check_best_constants": torch.tensor([0.34, 0.1, 0.34]),
    "check_code_bytes": lambda symbols: sum(columns(symbols)) / 8,
}
WRONG = {  # in the order of the slips
    "check_mean_image_bias": [
        pixels,
        lambda images, eps: np.log(pixels(images, eps)),
        lambda images, eps: -logit(pixels(images, eps)),
        lambda images, eps: logit(np.clip(images.double().numpy(), eps, 1 - eps)).mean(0).flatten(),
        lambda images, eps: np.full(images[0].numel(), logit(pixels(images, eps).mean())),
        lambda images, eps: logit(pixels(images, eps, axis=1)),
        lambda images, eps: expit(pixels(images, eps)),
        lambda images, eps: logit(images.flatten(1).mean(0).numpy()),
        lambda images, eps: logit(np.maximum(images.flatten(1).mean(0).numpy(), eps)),
        lambda images, eps: logit(np.clip(images.flatten(1).double().numpy(), eps, 1 - eps).mean(0)),
        lambda images, eps: np.log((raw(images) + eps) / (1 - raw(images) + eps)),
        lambda images, eps: np.log2(pixels(images, eps) / (1 - pixels(images, eps))),
    ],
    "check_gradient_length": [
        lambda model, x: length(slopes(model, x, keep=True)),
        lambda model, x: sum(float(part.norm()) for part in slopes(model, x)),
        lambda model, x: length(slopes(model, x)) ** 2,
        lambda model, x: max(float(part.norm()) for part in slopes(model, x)),
        lambda model, x: length(slopes(model, x, "mean")),
        lambda model, x: length(slopes(model, x)) * x.shape[0],
        lambda model, x: length(part for part in slopes(model, x) if part.ndim == 2),
        lambda model, x: length(model.parameters()),
        lambda model, x: sum(float(part.abs().sum()) for part in slopes(model, x)),
        lambda model, x: max(float(part.abs().max()) for part in slopes(model, x)),
        lambda model, x: length(slopes(model, x)) / math.sqrt(sum(one.numel() for one in model.parameters())),
        lambda model, x: length(slopes(model, x)) * 0.5,
    ],
    "check_output_gradients": [
        lambda a, x: (by_autograd(a, x)[0] / slope(a), by_autograd(a, x)[1]),
        lambda a, x: (by_autograd(a, x)[0] / 2, by_autograd(a, x)[1]),
        lambda a, x: (by_autograd(a, x)[0] / slope(a) * a * (1 - a), by_autograd(a, x)[1]),
        lambda a, x: (by_autograd(a, x)[0], by_autograd(a, x)[1] * slope(a)),
        lambda a, x: (by_autograd(a, x)[0], by_autograd(a, x)[1] / slope(a)),
        lambda a, x: (by_autograd(a, x)[0], by_autograd(a, x)[1] * 2),
        lambda a, x: [-one for one in by_autograd(a, x)],
        lambda a, x: [one * len(a) for one in by_autograd(a, x)],
        lambda a, x: (by_autograd(a, x)[0] * len(a), by_autograd(a, x)[1]),
        lambda a, x: (by_autograd(a, x)[0], by_autograd(a, x)[1] * len(a)),
        lambda a, x: (-by_autograd(a, x)[0], by_autograd(a, x)[1]),
        lambda a, x: (by_autograd(a, x)[0], -by_autograd(a, x)[1]),
        lambda a, x: (by_autograd(a, x)[0] / slope(a) * (1 - a.sigmoid() ** 2), by_autograd(a, x)[1]),
        lambda a, x: by_autograd(a, x)[::-1],
        lambda a, x: [one / a.shape[1] for one in by_autograd(a, x)],
    ],
    "check_best_constants": [
        (0.1, 0.34, 0.34),
        [0.34] * 3,
        np.array([0.1] * 3),
        (0.34, 0.1, 0.1),
        (0.34, 0.1, 0),
        (0.34, 0.1, 0.5),
        (0.34, 0, 0.34),
        torch.full((3,), 0.5),
        (1.7 / 3, 0.6, 1.7 / 3),
        (1.7, 0.1, 1.7),
    ],
    "check_code_bytes": [
        lambda symbols: sum(columns(symbols)),
        lambda symbols: sum(columns(symbols, base=math.e)) / 8,
        lambda symbols: columns(symbols.reshape(-1, 1))[0] * symbols.shape[1] / 8,
        lambda symbols: np.mean(columns(symbols)) / 8,
        lambda symbols: sum(columns(symbols)) / 8 * symbols.shape[0],
        lambda symbols: -sum(columns(symbols)) / 8,
        lambda symbols: sum(np.log2(len(set(column))) for column in symbols.T.tolist()) / 8,
        lambda symbols: symbols.shape[1],
        lambda symbols: sum(np.mean([-math.log2(p) for p in shares(c)]) for c in symbols.T.tolist()) / 8,
        lambda symbols: entropy(list(Counter(map(tuple, symbols.tolist())).values()), base=2) / 8,
        lambda symbols: sum(math.ceil(bits - 1e-9) for bits in columns(symbols)) / 8,
    ],
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "03", RIGHT, WRONG


def test_the_value_that_is_off_is_named():
    both = said_of("check_output_gradients", lambda a, x: (by_autograd(a, x)[0], a))
    assert both.startswith("✗ value 2: not yet at (")
    assert said_of("check_output_gradients", lambda a, x: a).startswith("✗ returns one Tensor, expected 2 values")
    assert said_of("check_best_constants", (0.34, 0.1)) == "✗ returns 2, expected 3 values"


RIGHT_IN_ODD_STYLES = {
    "check_mean_image_bias": [
        lambda images, eps: logit(pixels(images, eps)).tolist(),
        lambda images, eps: -torch.log(1 / images.mean(0).flatten().clamp(eps, 1 - eps) - 1),
        lambda images, eps: 2 * torch.atanh(2 * images.view(len(images), -1).mean(0).clamp(eps, 1 - eps) - 1),
        lambda images, eps: torch.special.logit(images.double().flatten(1).mean(dim=0), eps),
    ],
    "check_gradient_length": [
        lambda model, x: torch.tensor([length(slopes(model, x))]),
        lambda model, x: np.float64(length(slopes(model, x))),
        lambda model, x: nn.utils.get_total_norm(slopes(model, x)),
        lambda model, x: nn.utils.clip_grad_norm_(model.parameters(), 1e9) if slopes(model, x) else None,
    ],
    "check_output_gradients": [
        lambda a, x: tuple(one.numpy() for one in by_autograd(a, x)),
        lambda a, x: [one.double() for one in by_autograd(a, x)],
        lambda a, x: torch.stack(by_autograd(a, x)),
        lambda a, x: (
            (2 * (a.sigmoid() - x) * slope(a)).div(len(x)),
            ((1 - x) / (1 - a.sigmoid()) - x / a.sigmoid()) * slope(a) / x.shape[0],
        ),
    ],
    "check_best_constants": [
        [0.34, 0.1, 0.34],
        (Fraction(17, 50), Fraction(1, 10), Fraction(17, 50)),
        np.array([0.34, 0.1, 0.34], dtype=np.float32),
        [torch.tensor(0.34), np.float64(0.1), 0.34],
    ],
    "check_code_bytes": [
        lambda symbols: torch.tensor([sum(columns(symbols)) / 8]),
        lambda symbols: sum(columns(symbols, base=256)),
        lambda symbols: np.sum(columns(symbols, base=math.e)) / math.log(2) / 8,
        lambda symbols: float(torch.stack([torch.tensor(one) for one in columns(symbols)]).sum() / 8),
    ],
}
WRONG_IN_NEW_WAYS = {
    "check_mean_image_bias": [
        lambda images, eps: torch.tanh(torch.tensor(pixels(images, eps))),
        lambda images, eps: images.flatten(1).median(0).values.clamp(eps, 1 - eps).logit(),
        lambda images, eps: logit(pixels(images, 2 * eps)),
        lambda images, eps: logit(pixels(images[:-1], eps)),
        lambda images, eps: logit(pixels(images, eps)).clip(-3, 3),
        lambda images, eps: images.flatten(1).sum(0).clamp(eps, 1 - eps).logit(),
    ],
    "check_gradient_length": [
        lambda model, x: length(slopes(model, x)[:2]),
        lambda model, x: length(slopes(model, x)[1::2]),
        lambda model, x: length(slopes(model, x[:1])),
        lambda model, x: length(slopes(model, x)) * math.sqrt(len(x)),
        lambda model, x: math.sqrt(length(slopes(model, x))),
        lambda model, x: float((model(x) - x).detach().norm()),
    ],
    "check_output_gradients": [
        lambda a, x: [one * 0.9 for one in by_autograd(a, x)],
        lambda a, x: (by_autograd(a, x)[1], by_autograd(a, x)[1]),
        lambda a, x: [one.sum(0, keepdim=True).expand_as(a) for one in by_autograd(a, x)],
        lambda a, x: [one * (x > 0) for one in by_autograd(a, x)],
        lambda a, x: [one.sign() for one in by_autograd(a, x)],
        lambda a, x: [one.mean(0) for one in by_autograd(a, x)],
    ],
    "check_best_constants": [(0.34, 0.1, 0.33), (0.3, 0.1, 0.3), (0.34, 0.6, 0.34), (34, 10, 34), (0.1, 0.1, 0.34)],
    "check_code_bytes": [
        lambda symbols: sum(columns(symbols)) / 8 + 1,
        lambda symbols: sum(columns(symbols[:-1])) / 8,
        lambda symbols: sum(columns(symbols.abs())) / 8,
        lambda symbols: max(columns(symbols)) / 8,
        lambda symbols: math.prod(bits + 1 for bits in columns(symbols)) / 8,
        lambda symbols: entropy(symbols.abs().float().sum(0).numpy() + 1, base=2) / 8,
    ],
}


@pytest.mark.parametrize("name", RIGHT_IN_ODD_STYLES)
def test_right_answers_in_other_styles(name):
    for number, answer in enumerate(RIGHT_IN_ODD_STYLES[name]):
        assert said_of(name, answer) == "✓ correct", number


@pytest.mark.parametrize("name", WRONG_IN_NEW_WAYS)
def test_wrong_answers_that_nobody_listed(name):
    """They are wrong, and no slip's name is given to them."""
    for number, answer in enumerate(WRONG_IN_NEW_WAYS[name]):
        said = said_of(name, answer)
        assert said.startswith("✗ ") and said[2:] not in slips_of(name), (number, said)
