"""The checks of notebook 3: a bias that says the mean image, the length of a gradient, what a loss prefers."""

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

    def slips(images: Tensor, eps: float) -> dict[str, Any]:
        rows = images.flatten(1)
        mean = rows.mean(0)
        inside = mean.clamp(eps, 1 - eps)
        return {
            "that is the mean image itself: the sigmoid still comes after the bias; undo it with log(m / (1 - m))": (
                inside
            ),
            "log m alone undoes an exponential: the sigmoid is undone by log(m / (1 - m))": inside.log(),
            "the wrong sign: log(m / (1 - m)) is negative for dark pixels": torch.log((1 - inside) / inside),
            "the logit of each image and then the mean: take the mean image first": (
                rows.clamp(eps, 1 - eps).logit().mean(0)
            ),
            "one number for the whole picture: each pixel has a mean and a bias of its own": (
                inside.mean().logit().expand(len(mean))
            ),
            "the mean over the pixels of each image: take it over the images, for each pixel": (
                rows.mean(1).clamp(eps, 1 - eps).logit()
            ),
            "the sigmoid is applied once more: undo it": inside.sigmoid(),
            "pixels that are black in all images have no finite bias: keep the mean between eps and 1 - eps": (
                mean.logit()
            ),
            "kept away from 0 only: a pixel that is white in all images asks for a bias of infinity": (
                mean.clamp(min=eps).logit()
            ),
            "each image is kept between eps and 1 - eps: first take the mean image, then keep it inside": (
                rows.clamp(eps, 1 - eps).mean(0).logit()
            ),
            "eps is added to both numbers: that moves every pixel; clamp moves only those beyond eps and 1 - eps": (
                ((mean + eps) / (1 - mean + eps)).log()
            ),
            "a logarithm to another base: the sigmoid has e in it, so take the natural logarithm": (
                inside.logit() / math.log(2)
            ),
        }

    generator = torch.Generator().manual_seed(0)
    images = torch.rand(3, 1, 2, 4, generator=generator)
    images[:, 0, 0, 0], images[:, 0, 1, 3], images[:, 0, 0, 1] = 0, 1, torch.tensor([0.0, 0.9, 1.0])
    cases = [(images, 1e-3), (torch.rand(5, 3, generator=generator).pow(3), 0.2)]
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)


class Used(nn.Sequential):
    """Linear layers of these widths, tanh between, that carry the gradient (all ones) of an earlier batch."""

    def __init__(self, *widths: int, seed: int = 0) -> None:
        with torch.random.fork_rng(devices=[]):  # what nn.Linear draws is overwritten
            steps = [(nn.Linear(a, b), nn.Tanh()) for a, b in zip(widths, widths[1:], strict=False)]
        super().__init__(*[part for step in steps for part in step][:-1])
        self.widths, generator = widths, torch.Generator().manual_seed(seed)
        for value in self.parameters():
            value.data.normal_(generator=generator)
            value.grad = torch.ones_like(value)

    def __deepcopy__(self, memo: dict) -> "Used":  # PyTorch's own copies lose the gradient
        copy = type(self)(*self.widths)
        copy.load_state_dict(self.state_dict())
        return copy


def check_gradient_length(function: Any) -> None:
    """The length of the gradient of all parameters together: a model and x (B, ...) -> ().

    The loss is the squared error of model(x), summed over the features, mean over the batch.
    """

    def oracle(model: nn.Module, x: Tensor) -> Tensor:
        """Central differences along every parameter, no backward pass."""
        model, points = model.double(), x.double()
        flat = nn.utils.parameters_to_vector(model.parameters()).detach()

        def error(values: Tensor) -> float:
            nn.utils.vector_to_parameters(values, model.parameters())
            with torch.no_grad():
                return float((model(points) - points).square().sum() / len(x))

        slopes = [(error(flat + step) - error(flat - step)) / 2e-5 for step in 1e-5 * torch.eye(len(flat)).double()]
        return torch.tensor(slopes).norm()

    def slips(model: nn.Module, x: Tensor) -> dict[str, Any]:
        parts = torch.autograd.grad((model(x) - x).square().sum() / len(x), list(model.parameters()))
        every, lengths = nn.utils.parameters_to_vector(parts), torch.stack([part.norm() for part in parts])
        total = every.norm()
        return {
            "backward adds to the gradients that are there already: set them to zero (or None) first": (
                (every + 1).norm()
            ),
            "the lengths of the parts are added: add their squares, then take the root": lengths.sum(),
            "the square of the length: take the root": total.square(),
            "the longest part only: all parameters together make one gradient": lengths.max(),
            "the mean over the features: sum over the features of an example, mean over the batch": total / x.shape[1],
            "the sum over the batch as well: divide by the number of examples": len(x) * total,
            "the weights without the biases: parameters() has all": lengths[::2].norm(),
            "that is the length of the parameters, not of their gradient": (
                nn.utils.parameters_to_vector(model.parameters()).norm()
            ),
            "the absolute values are added: a length is the root of the sum of squares": every.abs().sum(),
            "the largest entry: a length is the root of the sum of squares": every.abs().max(),
            "the root of the mean square: add the squares of all parameters, divide by nothing": (
                every.square().mean().sqrt()
            ),
            "the gradient of half the squared error: the loss here has no factor 1/2": total / 2,
        }

    generator = torch.Generator().manual_seed(0)
    models = (Used(3, 2, 3, seed=0), 4), (Used(3, 2, 3, seed=1), 5), (Used(3, 4, 2, 3, seed=2), 2)
    cases = [(model, torch.randn(rows, 3, generator=generator)) for model, rows in models]
    check(function, oracle, cases, slips, rtol=2e-3)


def check_output_gradients(function: Any) -> None:
    """The gradients of squared error and of cross-entropy with respect to the logits a, x_hat = sigmoid(a).

    Shapes: a (B, x_dim), x (B, x_dim) -> two tensors (B, x_dim); losses summed over the pixels, mean over the batch.
    """

    def oracle(a: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        a = a.double().requires_grad_()
        errors = (loss(a.sigmoid(), x.double(), reduction="sum") for loss in (F.mse_loss, F.binary_cross_entropy))
        return tuple(torch.autograd.grad(error / len(x), a)[0] for error in errors)

    def slips(a: Tensor, x: Tensor) -> dict[str, Any]:
        x_hat, n = a.sigmoid(), len(x)
        gap, slope = (x_hat - x) / n, x_hat * (1 - x_hat)  # the gap is what cross-entropy asks for
        squared = 2 * gap * slope
        return {
            "squared error: the sigmoid's slope x_hat (1 - x_hat) is missing (chain rule)": (2 * gap, gap),
            "squared error: the 2 of the square is missing": (gap * slope, gap),
            "squared error: the slope is x_hat (1 - x_hat), you took the logit's a (1 - a)": (
                (2 * gap * a * (1 - a), gap)
            ),
            "cross-entropy: its own 1 / (x_hat (1 - x_hat)) cancels the slope; x_hat - x is left": (
                (squared, gap * slope)
            ),
            "cross-entropy: that is the gradient with respect to x_hat; multiply by the slope": (squared, gap / slope),
            "cross-entropy: a factor 2 too many, there is no square in it": (squared, 2 * gap),
            "both with the wrong sign: x_hat - x, not x - x_hat": (-squared, -gap),
            "the mean over the batch is missing: divide by the number of examples": (n * squared, n * gap),
            "squared error: the mean over the batch is missing": (n * squared, gap),
            "cross-entropy: the mean over the batch is missing": (squared, n * gap),
            "squared error: the wrong sign, x_hat - x is asked for": (-squared, gap),
            "cross-entropy: the wrong sign, x_hat - x is asked for": (squared, -gap),
            "squared error: the slope of tanh, 1 - x_hat^2; the sigmoid's is x_hat (1 - x_hat)": (
                (2 * gap * (1 - x_hat.square()), gap)
            ),
            "the two are exchanged: first squared error, then cross-entropy": (gap, squared),
            "divided by the number of pixels too: sum over them, mean over the batch only": (
                (squared / x.shape[1], gap / x.shape[1])
            ),
        }

    generator = torch.Generator().manual_seed(0)
    shapes = ((3, 5), (4, 2))
    cases = [(2 * torch.randn(n, d, generator=generator), torch.rand(n, d, generator=generator)) for n, d in shapes]
    cases[0][1][0, :2] = torch.tensor([0.0, 1.0])  # black and white pixels too
    check(function, oracle, cases, slips, rtol=1e-3)


def check_best_constants(answer: Any) -> None:
    """Which constant is best for the values 0, 0, 0.1, 0.6, 1: under squared error, absolute error, cross-entropy."""

    def oracle() -> tuple[float, ...]:
        """Look at every candidate in steps of 0.001."""
        x, c = torch.tensor([0, 0, 0.1, 0.6, 1]).double(), torch.arange(0.001, 1, 0.001).double()[:, None]
        terms = (x - c) ** 2, (x - c).abs(), -x * c.log() - (1 - x) * (1 - c).log()
        return tuple(float(c[term.sum(1).argmin()]) for term in terms)

    slips = {
        "squared and absolute error are exchanged: the mean goes with the squares, the median with the absolute": (
            (0.1, 0.34, 0.34)
        ),
        "the mean three times: for the absolute error as many values lie above as below": (0.34, 0.34, 0.34),
        "the median three times: where squares are added, the sum of the differences is zero": (0.1, 0.1, 0.1),
        "cross-entropy: set the derivative sum (c - x) / (c (1 - c)) to zero; no median comes out": (0.34, 0.1, 0.1),
        "cross-entropy: 0 would cost infinitely much at the white pixel; set the derivative to zero": (0.34, 0.1, 0.0),
        "cross-entropy: 1/2 is best only where nothing is known; set the derivative to zero": (0.34, 0.1, 0.5),
        "absolute error: 0 is the commonest value; moving up to the middle one gains three and costs two": (
            (0.34, 0.0, 0.34)
        ),
        "the middle between the smallest and the largest is best for the largest error, not for a sum": (0.5, 0.5, 0.5),
        "the two zeros are left out: black pixels count like the others": (1.7 / 3, 0.6, 1.7 / 3),
        "the sum of the values: divide by five": (1.7, 0.1, 1.7),
    }
    check(answer, oracle, slips=slips, rtol=5e-3, atol=1e-3)
