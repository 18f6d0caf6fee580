"""The checks of notebook 3: a bias that says the mean image, gradients, what a loss prefers, bytes of a code."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .verdict import check


def check_mean_image_bias(function: Any) -> None:
    """The output biases with which sigmoid(bias) is the mean image, kept between eps and 1 - eps.

    Shapes: images (N, ...) -> (x_dim,), eps a number.
    """

    def oracle(images: Tensor, eps: float) -> Tensor:
        """Halve the interval in which the bias must lie until the sigmoid says the mean."""
        mean = images.double().flatten(1).mean(0).clamp(eps, 1 - eps)
        low, high = torch.full_like(mean, -50), torch.full_like(mean, 50)
        for _ in range(60):
            middle = (low + high) / 2
            below = middle.sigmoid() < mean
            low, high = torch.where(below, middle, low), torch.where(below, high, middle)
        return low

    def mean(images: Tensor, eps: float) -> Tensor:
        return images.flatten(1).mean(0).clamp(eps, 1 - eps)

    slips = {
        "that is the mean image itself: the sigmoid still comes after the bias; undo it with log(m / (1 - m))": mean,
        "log m alone undoes an exponential: the sigmoid is undone by log(m / (1 - m))": (
            lambda images, eps: mean(images, eps).log()
        ),
        "the wrong sign: log(m / (1 - m)) is negative for dark pixels": (
            lambda images, eps: torch.log((1 - mean(images, eps)) / mean(images, eps))
        ),
        "the logit of each image and then the mean: take the mean image first": (
            lambda images, eps: images.flatten(1).clamp(eps, 1 - eps).logit().mean(0)
        ),
        "one number for the whole picture: each pixel has a mean and a bias of its own": (
            lambda images, eps: mean(images, eps).mean().logit().expand(images[0].numel())
        ),
        "the mean over the pixels of each image: take it over the images, for each pixel": (
            lambda images, eps: images.flatten(1).mean(1).clamp(eps, 1 - eps).logit()
        ),
        "the sigmoid is applied once more: undo it": lambda images, eps: mean(images, eps).sigmoid(),
        "pixels that are black in all images have no finite bias: keep the mean between eps and 1 - eps": (
            lambda images, eps: images.flatten(1).mean(0).logit()
        ),
    }
    generator = torch.Generator().manual_seed(0)
    images = 0.8 * torch.rand(3, 1, 2, 4, generator=generator)
    images[:, 0, 0, 0] = 0
    cases = [(images, 1e-3), (torch.rand(5, 3, generator=generator).pow(3), 0.2)]
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)


def network(seed: int) -> nn.Sequential:
    """3 -> 2 -> 3 with tanh between; its parameters carry the gradient (all ones) of an earlier batch."""
    model, generator = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 3)), torch.Generator().manual_seed(seed)
    for value in model.parameters():
        value.data.normal_(generator=generator)
        value.grad = torch.ones_like(value)
    return model


def check_gradient_length(function: Any) -> None:
    """The length of the gradient of all parameters together: a model and x (B, ...) -> ().

    The loss is the squared error of model(x), summed over the features, mean over the batch.
    """

    def gradients(seed: int, x: Tensor, mean: bool = False, stale: bool = False) -> list[Tensor]:
        model = network(seed)
        error = (model(x) - x).square()
        fresh = torch.autograd.grad(error.mean() if mean else error.sum() / len(x), list(model.parameters()))
        return [one + 1 if stale else one for one in fresh]

    def oracle(seed: int, x: Tensor) -> Tensor:
        """Central differences along every parameter, no backward pass."""
        model, points = network(seed).double(), x.double()
        flat = nn.utils.parameters_to_vector(model.parameters()).detach()

        def error(values: Tensor) -> float:
            nn.utils.vector_to_parameters(values, model.parameters())
            with torch.no_grad():
                return float((model(points) - points).square().sum() / len(x))

        slopes = [(error(flat + step) - error(flat - step)) / 2e-5 for step in 1e-5 * torch.eye(len(flat)).double()]
        return torch.tensor(slopes).norm()

    def total(parts: list[Tensor]) -> Tensor:
        return torch.stack([part.square().sum() for part in parts]).sum().sqrt()

    slips = {
        "backward adds to the gradients that are there already: set them to zero (or None) first": (
            lambda seed, x: total(gradients(seed, x, stale=True))
        ),
        "the lengths of the parts are added: add their squares, then take the root": (
            lambda seed, x: torch.stack([part.norm() for part in gradients(seed, x)]).sum()
        ),
        "the square of the length: take the root": lambda seed, x: total(gradients(seed, x)).square(),
        "the longest part only: all parameters together make one gradient": (
            lambda seed, x: torch.stack([part.norm() for part in gradients(seed, x)]).max()
        ),
        "the mean over the features: sum over the features of an example, mean over the batch": (
            lambda seed, x: total(gradients(seed, x, mean=True))
        ),
        "the sum over the batch as well: divide by the number of examples": (
            lambda seed, x: len(x) * total(gradients(seed, x))
        ),
        "the weights without the biases: parameters() has all": lambda seed, x: total(gradients(seed, x)[::2]),
        "that is the length of the parameters, not of their gradient": (
            lambda seed, x: nn.utils.parameters_to_vector(network(seed).parameters()).norm()
        ),
    }
    generator = torch.Generator().manual_seed(0)
    cases = [(seed, torch.randn(rows, 3, generator=generator)) for seed, rows in ((0, 4), (1, 5))]
    attempt = (lambda seed, x: function(network(seed), x)) if callable(function) else function
    check(attempt, oracle, cases, slips, rtol=2e-3)


def check_output_gradients(function: Any) -> None:
    """The gradients of squared error and of cross-entropy with respect to the logits a, x_hat = sigmoid(a).

    Shapes: a (B, x_dim), x (B, x_dim) -> two tensors (B, x_dim); losses summed over the pixels, mean over the batch.
    """

    def oracle(a: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        a = a.double().requires_grad_()
        errors = (loss(a.sigmoid(), x.double(), reduction="sum") for loss in (F.mse_loss, F.binary_cross_entropy))
        return tuple(torch.autograd.grad(error / len(x), a)[0] for error in errors)

    def answer(squared: Any, cross: Any = lambda p, x, a: p - x, mean: bool = True) -> Any:
        def wrong(a: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
            p = a.sigmoid()
            return tuple(term(p, x, a) / (len(x) if mean else 1) for term in (squared, cross))

        return wrong

    def full(p: Tensor, x: Tensor, a: Tensor) -> Tensor:
        return 2 * (p - x) * p * (1 - p)

    slips = {
        "squared error: the sigmoid's slope x_hat (1 - x_hat) is missing (chain rule)": (
            answer(lambda p, x, a: 2 * (p - x))
        ),
        "squared error: the 2 of the square is missing": answer(lambda p, x, a: (p - x) * p * (1 - p)),
        "squared error: the slope is x_hat (1 - x_hat), you took the logit's a (1 - a)": (
            answer(lambda p, x, a: 2 * (p - x) * a * (1 - a))
        ),
        "cross-entropy: its own 1 / (x_hat (1 - x_hat)) cancels the slope; x_hat - x is left": (
            answer(full, lambda p, x, a: (p - x) * p * (1 - p))
        ),
        "cross-entropy: that is the gradient with respect to x_hat; multiply by the slope": (
            answer(full, lambda p, x, a: (p - x) / (p * (1 - p)))
        ),
        "cross-entropy: a factor 2 too many, there is no square in it": answer(full, lambda p, x, a: 2 * (p - x)),
        "both with the wrong sign: x_hat - x, not x - x_hat": (
            answer(lambda p, x, a: -full(p, x, a), lambda p, x, a: x - p)
        ),
        "the mean over the batch is missing: divide by the number of examples": answer(full, mean=False),
        "the two are exchanged: first squared error, then cross-entropy": answer(lambda p, x, a: p - x, full),
        "divided by the number of pixels too: sum over them, mean over the batch only": (
            answer(lambda p, x, a: full(p, x, a) / x.shape[1], lambda p, x, a: (p - x) / x.shape[1])
        ),
    }
    generator = torch.Generator().manual_seed(0)
    shapes = ((3, 5), (4, 2))
    cases = [(2 * torch.randn(n, d, generator=generator), torch.rand(n, d, generator=generator)) for n, d in shapes]
    check(function, oracle, cases, slips, rtol=1e-3)


def check_best_constants(answer: Any) -> None:
    """Which constant is best for the values 0, 0, 0.1, 0.4, 1: under squared error, absolute error, cross-entropy."""

    def oracle() -> tuple[float, ...]:
        """Look at every candidate in steps of 0.001."""
        x, c = torch.tensor([0, 0, 0.1, 0.4, 1]).double(), torch.arange(0.001, 1, 0.001).double()[:, None]
        terms = (x - c) ** 2, (x - c).abs(), -x * c.log() - (1 - x) * (1 - c).log()
        return tuple(float(c[term.sum(1).argmin()]) for term in terms)

    slips = {
        "squared and absolute error are exchanged: the mean goes with the squares, the median with the absolute": (
            lambda: (0.1, 0.3, 0.3)
        ),
        "the mean three times: for the absolute error as many values lie above as below": lambda: (0.3, 0.3, 0.3),
        "the median three times: where squares are added, the sum of the differences is zero": lambda: (0.1, 0.1, 0.1),
        "cross-entropy: set the derivative sum (c - x) / (c (1 - c)) to zero; no median comes out": (
            lambda: (0.3, 0.1, 0.1)
        ),
        "cross-entropy: 0 would cost infinitely much at the white pixel; set the derivative to zero": (
            lambda: (0.3, 0.1, 0.0)
        ),
        "cross-entropy: 1/2 is best only where nothing is known; set the derivative to zero": lambda: (0.3, 0.1, 0.5),
        "absolute error: 0 is the commonest value; moving up to the middle one gains three and costs two": (
            lambda: (0.3, 0.0, 0.3)
        ),
        "the middle between the smallest and the largest is best for the largest error, not for a sum": (
            lambda: (0.5, 0.5, 0.5)
        ),
    }
    check(answer, oracle, slips=slips, rtol=5e-3, atol=1e-3)


def check_code_bytes(function: Any) -> None:
    """Bytes per example that a perfect coder needs who knows each column's frequencies: (N, z_dim) int8 -> a number."""

    def oracle(symbols: Tensor) -> float:
        """Shannon's code lengths by counting: each symbol costs log2 of N over how often it occurs."""
        bits = 0.0
        for column in symbols.T.tolist():
            bits += sum(math.log2(len(column) / column.count(one)) for one in column)
        return bits / 8 / len(symbols)

    def entropy(column: Tensor) -> Tensor:
        share = column.unique(return_counts=True)[1] / len(column)
        return -(share * share.log2()).sum()

    def summed(symbols: Tensor) -> Tensor:
        return torch.stack([entropy(column) for column in symbols.T]).sum()

    slips = {
        "bits: eight of them are a byte": summed,
        "natural logarithms count nats: take log2": lambda symbols: summed(symbols) * math.log(2) / 8,
        "one table of frequencies for all codes: each column has its own": (
            lambda symbols: entropy(symbols.flatten()) * symbols.shape[1] / 8
        ),
        "the mean over the codes: an example needs all of them, so add them up": (
            lambda symbols: summed(symbols) / 8 / symbols.shape[1]
        ),
        "all examples together: divide by their number": lambda symbols: summed(symbols) * len(symbols) / 8,
        "the wrong sign: log2 of a share is negative": lambda symbols: -summed(symbols) / 8,
        "log2 of the number of different symbols: frequent symbols get shorter words, weigh by frequency": (
            lambda symbols: sum(math.log2(len(column.unique())) for column in symbols.T) / 8
        ),
        "a whole byte for each code: an entropy coder pays by frequency": lambda symbols: float(symbols.shape[1]),
    }
    generator = torch.Generator().manual_seed(0)
    cases = []
    for shape in ((40, 3), (25, 5)):
        spread = torch.arange(1, shape[1] + 1)
        cases.append(((spread * torch.randn(*shape, generator=generator) + spread).round().to(torch.int8),))
    check(function, oracle, cases, slips)
