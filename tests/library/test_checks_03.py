"""The checks of notebooks 3 and 3b on right answers, on every slip, and on nonsense."""

import copy
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import expit, logit
from scipy.stats import entropy
from torch import nn

from tests.library.exercises import Judged, Strangers, said_of


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


def run(layers, x, bend=F.gelu):
    for layer in layers[:-1]:
        x = bend(layer(x))
    return layers[-1](x)


class Net(nn.Module):
    """The deep autoencoder with its layers in two lists, and the activations as functions."""

    def __init__(self, sizes):
        super().__init__()
        pairs = list(zip(sizes, sizes[1:], strict=False))
        self.up = nn.ModuleList(nn.Linear(b, a) for a, b in reversed(pairs))
        self.down = nn.ModuleList(nn.Linear(a, b) for a, b in pairs)

    def f(self, x):
        return run(self.down, x)

    def g(self, z):
        return run(self.up, z).sigmoid()

    def forward(self, x):
        return self.g(self.f(x))


def net(**methods):
    """The same class with something else in place of these methods."""
    return type("Other", (Net,), methods)


def stack(sizes, *end, act=nn.GELU, bias=True):
    steps = [(nn.Linear(a, b, bias), act()) for a, b in zip(sizes, sizes[1:], strict=False)]
    return nn.Sequential(*[part for step in steps for part in step][:-1], *end)


def halves(f, g):
    """A class whose halves are made of the sizes by these two functions."""

    def start(self, sizes):
        nn.Module.__init__(self)
        self.f, self.g = f(sizes), g(sizes)

    return type("Other", (nn.Module,), {"__init__": start, "forward": lambda self, x: self.g(self.f(x))})


def down(sizes):
    return stack(sizes)


def up(sizes, *end):
    return stack(sizes[::-1], *end or [nn.Sigmoid()])


def tied(self, z):
    weights = [layer.weight.T for layer in self.down][::-1]
    return run([lambda x, w=w, b=b: F.linear(x, w, b) for w, b in zip(weights, self.back, strict=True)], z).sigmoid()


def without_up(self, sizes):
    Net.__init__(self, sizes)
    del self.up
    self.back = nn.ParameterList(torch.zeros(size) for size in reversed(sizes[:-1]))


def in_lists(self, sizes):
    Net.__init__(self, sizes)
    layers = {"up": list(self.up), "down": list(self.down)}
    del self.up, self.down
    vars(self).update(layers)


def half_in_a_list(self, sizes):
    Net.__init__(self, sizes)
    layers = list(self.up)
    del self.up
    self.up = layers


RIGHT = {
    "check_mean_image_bias": lambda images, eps: logit(pixels(images, eps)),
    "check_gradient_length": lambda model, x: length(slopes(model, x)),
    "check_output_gradients": by_autograd,
    "check_best_constants": torch.tensor([0.34, 0.1, 0.34]),
    "check_code_bytes": lambda symbols: sum(columns(symbols)) / 8,
    "check_deep_autoencoder": Net,
}
WRONG = {  # an answer for every slip, by the words with which the slip's name begins
    "check_mean_image_bias": {
        "that is the mean image itself": pixels,
        "log m alone undoes an exponential": lambda images, eps: np.log(pixels(images, eps)),
        "the wrong sign": lambda images, eps: -logit(pixels(images, eps)),
        "the logit": lambda images, eps: logit(np.clip(images.double().numpy(), eps, 1 - eps)).mean(0).flatten(),
        "one number": lambda images, eps: np.full(images[0].numel(), logit(pixels(images, eps).mean())),
        "the mean over the pixels of each image": lambda images, eps: logit(pixels(images, eps, axis=1)),
        "the sigmoid is applied once more": lambda images, eps: expit(pixels(images, eps)),
        "pixels that": lambda images, eps: logit(images.flatten(1).mean(0).numpy()),
        "kept away from 0 only": lambda images, eps: logit(np.maximum(images.flatten(1).mean(0).numpy(), eps)),
        "each image": lambda images, eps: logit(np.clip(images.flatten(1).double().numpy(), eps, 1 - eps).mean(0)),
        "eps is added to both numbers": lambda images, eps: np.log((raw(images) + eps) / (1 - raw(images) + eps)),
        "a logarithm to another base": lambda images, eps: np.log2(pixels(images, eps) / (1 - pixels(images, eps))),
    },
    "check_gradient_length": {
        "backward adds to the gradients that are there already": lambda model, x: length(slopes(model, x, keep=True)),
        "the lengths of the parts are added": lambda model, x: sum(float(part.norm()) for part in slopes(model, x)),
        "the square of the length": lambda model, x: length(slopes(model, x)) ** 2,
        "the longest part only": lambda model, x: max(float(part.norm()) for part in slopes(model, x)),
        "the mean over the features": lambda model, x: length(slopes(model, x, "mean")),
        "the sum over the batch as well": lambda model, x: length(slopes(model, x)) * x.shape[0],
        "the weights without the biases": lambda model, x: length(part for part in slopes(model, x) if part.ndim == 2),
        "that is the length of the parameters": lambda model, x: length(model.parameters()),
        "the absolute values are added": lambda model, x: sum(float(part.abs().sum()) for part in slopes(model, x)),
        "the largest entry": lambda model, x: max(float(part.abs().max()) for part in slopes(model, x)),
        "the root": lambda model, x: (
            length(slopes(model, x)) / math.sqrt(sum(one.numel() for one in model.parameters()))
        ),
        "the gradient of half the squared error": lambda model, x: length(slopes(model, x)) * 0.5,
    },
    "check_output_gradients": {
        "squared error: the sigmoid's": lambda a, x: (by_autograd(a, x)[0] / slope(a), by_autograd(a, x)[1]),
        "squared error: the 2": lambda a, x: (by_autograd(a, x)[0] / 2, by_autograd(a, x)[1]),
        "squared error: the slope is": lambda a, x: (
            by_autograd(a, x)[0] / slope(a) * a * (1 - a),
            by_autograd(a, x)[1],
        ),
        "cross-entropy: its": lambda a, x: (by_autograd(a, x)[0], by_autograd(a, x)[1] * slope(a)),
        "cross-entropy: that": lambda a, x: (by_autograd(a, x)[0], by_autograd(a, x)[1] / slope(a)),
        "cross-entropy: a": lambda a, x: (by_autograd(a, x)[0], by_autograd(a, x)[1] * 2),
        "both with the wrong sign": lambda a, x: [-one for one in by_autograd(a, x)],
        "the mean over the batch is missing": lambda a, x: [one * len(a) for one in by_autograd(a, x)],
        "squared error: the mean": lambda a, x: (by_autograd(a, x)[0] * len(a), by_autograd(a, x)[1]),
        "cross-entropy: the mean": lambda a, x: (by_autograd(a, x)[0], by_autograd(a, x)[1] * len(a)),
        "squared error: the wrong": lambda a, x: (-by_autograd(a, x)[0], by_autograd(a, x)[1]),
        "cross-entropy: the wrong": lambda a, x: (by_autograd(a, x)[0], -by_autograd(a, x)[1]),
        "squared error: the slope of": lambda a, x: (
            by_autograd(a, x)[0] / slope(a) * (1 - a.sigmoid() ** 2),
            by_autograd(a, x)[1],
        ),
        "the two are exchanged": lambda a, x: by_autograd(a, x)[::-1],
        "divided by the number of pixels too": lambda a, x: [one / a.shape[1] for one in by_autograd(a, x)],
    },
    "check_best_constants": {
        "squared and absolute error are exchanged": (0.1, 0.34, 0.34),
        "the mean three times": [0.34] * 3,
        "the median three times": np.array([0.1] * 3),
        "cross-entropy: set": (0.34, 0.1, 0.1),
        "cross-entropy: 0": (0.34, 0.1, 0),
        "cross-entropy: 1/2": (0.34, 0.1, 0.5),
        "absolute error": (0.34, 0, 0.34),
        "the middle between the smallest and the largest is best for the largest error": torch.full((3,), 0.5),
        "the two zeros are left out": (1.7 / 3, 0.6, 1.7 / 3),
        "the sum of the values": (1.7, 0.1, 1.7),
    },
    "check_code_bytes": {
        "bits: eight": lambda symbols: sum(columns(symbols)),
        "natural logarithms count nats": lambda symbols: sum(columns(symbols, base=math.e)) / 8,
        "one table": lambda symbols: columns(symbols.reshape(-1, 1))[0] * symbols.shape[1] / 8,
        "the mean over the codes": lambda symbols: np.mean(columns(symbols)) / 8,
        "all examples together": lambda symbols: sum(columns(symbols)) / 8 * symbols.shape[0],
        "the wrong sign": lambda symbols: -sum(columns(symbols)) / 8,
        "log2 of": lambda symbols: sum(np.log2(len(set(column))) for column in symbols.T.tolist()) / 8,
        "a whole byte for each code": lambda symbols: symbols.shape[1],
        "the different": lambda symbols: (
            sum(np.mean([-math.log2(p) for p in shares(c)]) for c in symbols.T.tolist()) / 8
        ),
        "whole rows": lambda symbols: entropy(list(Counter(map(tuple, symbols.tolist())).values()), base=2) / 8,
        "whole bits for each column": lambda symbols: sum(math.ceil(bits - 1e-9) for bits in columns(symbols)) / 8,
    },
    "check_deep_autoencoder": {
        "a GELU after the code: it": halves(lambda sizes: down(sizes).append(nn.GELU()), up),
        "a sigmoid after the code": halves(lambda sizes: down(sizes).append(nn.Sigmoid()), up),
        "a tanh after the code": net(f=lambda self, x: Net.f(self, x).tanh()),
        "a GELU at the start of the decoder": halves(down, lambda sizes: up(sizes).insert(0, nn.GELU())),
        "the sigmoid": net(g=lambda self, z: run(self.up, z), forward=lambda self, x: torch.sigmoid(self.g(self.f(x)))),
        "no sigmoid at the end": net(g=lambda self, z: run(self.up, z)),
        "two sigmoids at the end": halves(down, lambda sizes: up(sizes, nn.Sigmoid(), nn.Sigmoid())),
        "a GELU before the last sigmoid": halves(down, lambda sizes: up(sizes, nn.GELU(), nn.Sigmoid())),
        "a GELU at the end": halves(down, lambda sizes: up(sizes, nn.GELU())),
        "a GELU after the code and": halves(
            lambda sizes: down(sizes).append(nn.GELU()), lambda sizes: up(sizes, nn.GELU(), nn.Sigmoid())
        ),
        "no GELU between the layers": halves(
            lambda sizes: stack(sizes, act=nn.Identity), lambda sizes: stack(sizes[::-1], nn.Sigmoid(), act=nn.Identity)
        ),
        "ReLU between": halves(
            lambda sizes: stack(sizes, act=nn.ReLU), lambda sizes: stack(sizes[::-1], nn.Sigmoid(), act=nn.ReLU)
        ),
        "sigmoids between the layers": net(
            f=lambda self, x: run(self.down, x, torch.sigmoid),
            g=lambda self, z: run(self.up, z, torch.sigmoid).sigmoid(),
        ),
        "a sigmoid after every layer": halves(
            lambda sizes: stack(sizes, nn.Sigmoid(), act=nn.Sigmoid),
            lambda sizes: stack(sizes[::-1], nn.Sigmoid(), act=nn.Sigmoid),
        ),
        "the decoder's": halves(down, lambda sizes: stack((sizes[-1], *sizes[1:-1], sizes[0]), nn.Sigmoid())),
        "the decoder is made like the encoder": net(g=lambda self, z: self.f(z).sigmoid()),
        "encoder and": halves(lambda sizes: stack(sizes[::-1]), lambda sizes: stack(sizes, nn.Sigmoid())),
        "nn.Linear takes": halves(
            lambda sizes: nn.Sequential(*[nn.Linear(b, a) for a, b in zip(sizes, sizes[1:], strict=False)]), up
        ),
        "the hidden": halves(
            lambda sizes: nn.Linear(sizes[0], sizes[-1]), lambda sizes: stack((sizes[-1], sizes[0]), nn.Sigmoid())
        ),
        "layers without": halves(
            lambda sizes: stack(sizes, bias=False), lambda sizes: stack(sizes[::-1], nn.Sigmoid(), bias=False)
        ),
        "the decoder uses the encoder's matrices": net(__init__=without_up, g=tied),
        "forward returns the code": net(forward=Net.f),
        "forward returns z and x_hat": net(forward=lambda self, x: [self.f(x), self.g(self.f(x))]),
        "forward returns x_hat and z": net(forward=lambda self, x: (self.g(self.f(x)), self.f(x))),
        "forward decodes x": net(forward=Net.g),
        "no gradient reaches the encoder": net(forward=lambda self, x: self.g(self.f(x).data)),
        "no gradient at all": net(forward=torch.no_grad()(Net.forward)),
        "the layers stand in a plain list": net(__init__=in_lists),
    },
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "03", RIGHT, WRONG
    spoilt = {"check_deep_autoencoder": net(g=lambda self, z: Net.g(self, z) * float("nan"))}


class Lazy(Net):
    """It learns its sizes from the first batch."""

    def __init__(self, sizes):
        nn.Module.__init__(self)
        self.down, self.up = (nn.ModuleList(map(nn.LazyLinear, to)) for to in (sizes[1:], sizes[-2::-1]))


class Matrices(nn.Module):
    """Matrices that stand the other way round, and biases that are rows."""

    def __init__(self, sizes):
        super().__init__()
        row = [*sizes, *sizes[-2::-1]]
        self.W = nn.ParameterList(torch.zeros(pair) for pair in zip(row, row[1:], strict=False))
        self.b = nn.ParameterList(torch.zeros(1, size) for size in row[1:])

    def through(self, x, layers):
        return run([lambda x, i=i: x @ self.W[i] + self.b[i] for i in layers], x)

    def f(self, x):
        return self.through(x, range(len(self.W) // 2))

    def g(self, z):
        return 1 / (1 + torch.exp(-self.through(z, range(len(self.W) // 2, len(self.W)))))

    def forward(self, x):
        x_hat = self.g(self.f(x))
        return x_hat


class Onion(nn.Module):
    """A layer down, a smaller network of this kind, a layer up."""

    def __init__(self, sizes):
        super().__init__()
        self.a, self.b = nn.Linear(*sizes[:2]), nn.Linear(*sizes[1::-1])
        self.inner = Onion(sizes[1:]) if len(sizes) > 2 else None

    def f(self, x):
        return self.inner.f(F.gelu(self.a(x))) if self.inner else self.a(x)

    def logits(self, z):
        return self.b(F.gelu(self.inner.logits(z)) if self.inner else z)

    def g(self, z):
        return self.logits(z).sigmoid()

    def forward(self, x):
        return self.g(self.f(x))


def test_a_class_of_which_only_the_start_is_written():
    def stub(self, x):
        raise NotImplementedError("one line")

    assert said_of("check_deep_autoencoder", net(forward=stub)) == "○ not attempted"
    assert said_of("check_deep_autoencoder", net(f=stub)) == "○ not attempted"


def test_half_of_the_layers_in_a_plain_list():
    assert "plain list" in said_of("check_deep_autoencoder", net(__init__=half_in_a_list))


def test_a_right_length_may_spoil_the_model():
    def steps(model, x):
        found = length(slopes(model, x))
        torch.optim.SGD(model.parameters(), 1.0).step()
        return found

    assert said_of("check_gradient_length", steps).startswith("✓ correct, but it changes `model` in place")


def test_the_value_that_is_off_is_named():
    both = said_of("check_output_gradients", lambda a, x: (by_autograd(a, x)[0], a))
    assert both.startswith("✗ value 2: not yet at [")
    assert said_of("check_output_gradients", lambda a, x: a).startswith("✗ returns one Tensor, expected 2 values")
    assert said_of("check_best_constants", (0.34, 0.1)) == "✗ returns 2, expected 3 values"


def by_func(model, x):
    values = {name: value.detach() for name, value in model.named_parameters()}
    error = torch.func.grad(lambda values: (torch.func.functional_call(model, values, x) - x).pow(2).sum(1).mean())
    return torch.cat([part.flatten() for part in error(values).values()]).norm()


def first_four(model, x):
    parts = [model[0].weight, model[0].bias, model[2].weight, model[2].bias]
    return length(torch.autograd.grad((model(x) - x).square().sum() / len(x), parts))


def to_the_mean(images, eps):
    """Newton's steps to the bias whose sigmoid is the mean."""
    mean = images.double().flatten(1).mean(0).clamp(eps, 1 - eps)
    bias = torch.zeros_like(mean)
    for _ in range(60):
        bias = (bias - (bias.sigmoid() - mean) / slope(bias).clamp(min=1e-9)).clamp(-40, 40)
    return bias


RIGHT_IN_ODD_STYLES = {
    "check_mean_image_bias": [
        lambda images, eps: logit(pixels(images, eps)).tolist(),
        lambda images, eps: -torch.log(1 / images.mean(0).flatten().clamp(eps, 1 - eps) - 1),
        lambda images, eps: 2 * torch.atanh(2 * images.view(len(images), -1).mean(0).clamp(eps, 1 - eps) - 1),
        lambda images, eps: torch.special.logit(images.double().flatten(1).mean(dim=0), eps),
        to_the_mean,
    ],
    "check_gradient_length": [
        lambda model, x: torch.tensor([length(slopes(model, x))]),
        lambda model, x: np.float64(length(slopes(model, x))),
        lambda model, x: nn.utils.get_total_norm(slopes(model, x)),
        by_func,
        lambda model, x: sum(np.sum(part.numpy() ** 2) for part in slopes(copy.deepcopy(model), x)) ** 0.5,
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
    "check_deep_autoencoder": [
        Lazy,
        Matrices,
        Onion,
        lambda sizes: halves(down, lambda sizes: stack(list(reversed(sizes)), nn.Sigmoid()))(sizes),
        halves(lambda sizes: stack(sizes, act=lambda: nn.GELU("tanh")), lambda sizes: nn.Sequential(up(sizes))),
        net(forward=lambda self, x: run(self.up, run(self.down, x)).sigmoid()),
    ],
    "check_code_bytes": [
        lambda symbols: (
            symbols.shape[1] * math.log(len(symbols), 256)
            - sum(c * math.log(c, 256) for row in symbols.T.tolist() for c in Counter(row).values()) / len(symbols)
        ),
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
        lambda images, eps: images.flatten(1).mean(0).logit().clamp(math.log(eps), -math.log(eps)),
        lambda images, eps: torch.special.ndtri(torch.tensor(pixels(images, eps))),
    ],
    "check_gradient_length": [
        lambda model, x: length(slopes(model, x)[:2]),
        lambda model, x: length(slopes(model, x)[1::2]),
        lambda model, x: length(slopes(model, x[:1])),
        lambda model, x: length(slopes(model, x)) * math.sqrt(len(x)),
        lambda model, x: math.sqrt(length(slopes(model, x))),
        lambda model, x: float((model(x) - x).detach().norm()),
        first_four,
        lambda model, x: [part.norm() for part in slopes(model, x)],
        lambda model, x: sum(length(slopes(model, row[None])) for row in x) / len(x),
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
    "check_deep_autoencoder": [
        net(forward=lambda self, x: self.g(self.f(x)) + 0.01),
        halves(down, lambda sizes: nn.Sequential(nn.Linear(sizes[-1], sizes[0]), nn.Sigmoid())),
        halves(lambda sizes: stack(sizes, nn.ReLU()), up),
        halves(lambda sizes: stack(sizes, nn.BatchNorm1d(sizes[-1])), up),
        halves(lambda sizes: nn.Sequential(nn.GELU(), *down(sizes)), up),
        halves(down, lambda sizes: up(sizes, nn.Hardtanh(0, 1))),
        halves(down, lambda sizes: up(sizes, nn.Softmax(1))),
        halves(lambda sizes: down((784, 1000, 30)), lambda sizes: up((784, 1000, 30))),
        halves(nn.Identity, nn.Identity),
        net(f=None),
        Net((5, 4, 3, 2)),
        7,
    ],
    "check_code_bytes": [
        lambda symbols: sum(columns(symbols)) / 8 + 1,
        lambda symbols: sum(columns(symbols[:-1])) / 8,
        lambda symbols: sum(columns(symbols.abs())) / 8,
        lambda symbols: max(columns(symbols)) / 8,
        lambda symbols: math.prod(bits + 1 for bits in columns(symbols)) / 8,
        lambda symbols: entropy(symbols.abs().float().sum(0).numpy() + 1, base=2) / 8,
    ],
}


class TestStrangers(Strangers):
    """Right answers in odd styles, and wrong ones that are no slip of the check."""

    odd, unlisted = RIGHT_IN_ODD_STYLES, WRONG_IN_NEW_WAYS
