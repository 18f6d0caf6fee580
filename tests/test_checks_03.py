"""The checks of notebook 3 on right answers, on every slip, and on nonsense."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import expit, logit
from scipy.stats import entropy

from tests.exercises import Judged, said_of


def pixels(images, eps, axis=0):
    """The mean over the images (or over the pixels) by numpy, kept inside."""
    return np.clip(images.numpy().reshape(len(images), -1).mean(axis), eps, 1 - eps)


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


RIGHT = {
    "check_mean_image_bias": lambda images, eps: logit(pixels(images, eps)),
    "check_gradient_length": lambda model, x: length(slopes(model, x)),
    "check_output_gradients": by_autograd,
    "check_best_constants": torch.tensor([0.3, 0.1, 0.3]),
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
        lambda a, x: by_autograd(a, x)[::-1],
        lambda a, x: [one / a.shape[1] for one in by_autograd(a, x)],
    ],
    "check_best_constants": [
        (0.1, 0.3, 0.3),
        [0.3] * 3,
        np.array([0.1] * 3),
        (0.3, 0.1, 0.1),
        (0.3, 0.1, 0),
        (0.3, 0.1, 0.5),
        (0.3, 0, 0.3),
        torch.full((3,), 0.5),
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
    ],
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "03", RIGHT, WRONG


def test_the_value_that_is_off_is_named():
    both = said_of("check_output_gradients", lambda a, x: (by_autograd(a, x)[0], a))
    assert both.startswith("✗ value 2: not yet at (")
    assert said_of("check_output_gradients", lambda a, x: a).startswith("✗ returns one Tensor, expected 2 values")
    assert said_of("check_best_constants", (0.3, 0.1)) == "✗ returns 2, expected 3 values"
