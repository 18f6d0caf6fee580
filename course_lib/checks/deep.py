"""The check of notebook 3b on a deep autoencoder that the learner writes."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .verdict import check

PARTS = ["number of parameters", "z = f(x)", "x_hat = g(z)", "forward(x)", "length of the gradient", "layers in a list"]


def check_deep_autoencoder(answer: Any) -> None:
    """A class of sizes from x_dim to z_dim: f goes down, g up again; GELU between layers, a sigmoid at the end.

    Every parameter gets numbers by its shape (a matrix and its transpose the same ones), so that it doesn't matter how
    the layers are named, ordered or kept; then code, reconstruction and gradient of the squared error are compared.
    """

    def oracle(sizes: tuple[int, ...], x: Tensor) -> dict[str, Any]:
        """The layers one by one, on numbers only."""
        pairs = list(zip(sizes, sizes[1:], strict=False))
        pairs += [pair[::-1] for pair in pairs[::-1]]
        layers = [[by_shape((b, a)).double(), by_shape((b,)).double()] for a, b in pairs]
        for one in sum(layers, []):
            one.requires_grad_()
        h = [x.double()]
        for i, (weight, bias) in enumerate(layers, start=1):
            a = h[-1] @ weight.T + bias
            bent = a * torch.special.ndtr(a)  # GELU: a times the share of a normal distribution below a
            h.append(torch.sigmoid(a) if i == len(layers) else a if i == len(layers) // 2 else bent)
        loss = (h[-1] - h[0]).square().sum() / len(x)
        slopes = torch.autograd.grad(loss, sum(layers, []))
        length = sum(one.square().sum() for one in slopes).sqrt()
        count = sum(a * b + b for a, b in pairs)
        return dict(zip(PARTS, (count, h[len(layers) // 2], h[-1], h[-1], length, False), strict=True))

    class Deep(nn.Module):
        def __init__(self, sizes: tuple[int, ...]) -> None:
            super().__init__()
            self.f, self.g = self.stack(*sizes), self.stack(*sizes[::-1])

        bend, bias, code, end = F.gelu, True, staticmethod(lambda z: z), staticmethod(torch.sigmoid)

        def stack(self, *sizes: int) -> nn.Module:
            return Stack([nn.Linear(a, b, self.bias) for a, b in zip(sizes, sizes[1:], strict=False)], type(self).bend)

        def forward(self, x: Tensor) -> Tensor:
            return self.decode(self.encode(x))

        def encode(self, x: Tensor) -> Tensor:
            return self.code(self.f(x))

        def decode(self, z: Tensor) -> Tensor:
            return self.end(self.g(z))

    def own(**changes: Any) -> Callable[..., Any]:
        return filled(type("Slip", (Deep,), changes), "encode", "decode")

    def made(f: Callable[..., Any], g: Callable[..., Any]) -> Callable[..., Any]:
        """With these sizes in the encoder and these in the decoder; `tuple` leaves them as they are."""

        def start(self: Any, sizes: tuple[int, ...]) -> None:
            nn.Module.__init__(self)
            self.f, self.g = self.stack(*f(sizes)), self.stack(*g(sizes))

        return own(__init__=start)

    def plain(self: Any, sizes: tuple[int, ...]) -> None:
        nn.Module.__init__(self)
        self.layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False)]

    def turned(self: Any, *sizes: int) -> nn.Module:
        return Stack([nn.Linear(b, a) for a, b in zip(sizes, sizes[1:], strict=False)], F.gelu)

    def tied(self: Any, z: Tensor) -> Tensor:
        for i, (layer, bias) in enumerate(zip(list(self.f.layers)[::-1], self.biases, strict=True)):
            z = F.linear(z if i == 0 else F.gelu(z), layer.weight.T, bias)
        return torch.sigmoid(z)

    def half(self: Any, sizes: tuple[int, ...]) -> None:
        nn.Module.__init__(self)
        self.f, self.biases = self.stack(*sizes), nn.ParameterList(torch.zeros(size) for size in sizes[-2::-1])

    slips = {
        "a GELU after the code: it would hold the code above -0.17; nothing follows the code's layer": own(
            code=staticmethod(F.gelu)
        ),
        "a sigmoid after the code: it would hold the code between 0 and 1; nothing follows the code's layer": own(
            code=staticmethod(torch.sigmoid)
        ),
        "a tanh after the code: it would hold the code between -1 and 1; nothing follows the code's layer": own(
            code=staticmethod(torch.tanh)
        ),
        "a GELU at the start of the decoder: the code goes into its first layer as it is": own(
            decode=lambda self, z: self.end(self.g(F.gelu(z)))
        ),
        "the sigmoid stands in forward: it belongs to g, so that g(z) alone is x_hat": own(
            decode=lambda self, z: self.g(z), forward=lambda self, x: self.g(self.encode(x)).sigmoid()
        ),
        "no sigmoid at the end: it keeps the pixels between 0 and 1": own(end=staticmethod(lambda a: a)),
        "two sigmoids at the end: the second one squeezes the pixels into 0.5 to 0.73": own(
            end=staticmethod(lambda a: a.sigmoid().sigmoid())
        ),
        "a GELU before the last sigmoid: no pixel could come out below 0.46; the last layer goes to the sigmoid": own(
            end=staticmethod(lambda a: F.gelu(a).sigmoid())
        ),
        "a GELU at the end: the last layer goes to a sigmoid": own(end=staticmethod(F.gelu)),
        "a GELU after the code and one before the last sigmoid: GELU stands between the layers of each half only": own(
            code=staticmethod(F.gelu), end=staticmethod(lambda a: F.gelu(a).sigmoid())
        ),
        "no GELU between the layers: without a bend two linear layers are one": own(bend=lambda a: a),
        "ReLU between the layers: GELU is asked for": own(bend=F.relu),
        "sigmoids between the layers, as in the network that stalled: GELU is asked for": own(bend=torch.sigmoid),
        "a sigmoid after every layer, as in notebook 3: GELU between the layers, nothing after the code": own(
            bend=torch.sigmoid, code=staticmethod(torch.sigmoid)
        ),
        "the decoder's hidden layers stand in the encoder's order: from the code they go up, sizes[::-1]": made(
            tuple, lambda sizes: (sizes[-1], *sizes[1:-1], sizes[0])
        ),
        "the decoder is made like the encoder, from x_dim to z_dim: it starts at the code, sizes[::-1]": made(
            tuple, tuple
        ),
        "encoder and decoder are exchanged: f takes x, with sizes[0] numbers, and g takes the code": made(
            lambda sizes: sizes[::-1], tuple
        ),
        "nn.Linear takes the number of inputs first, then the number of outputs": own(stack=turned),
        "the hidden layers are left out: all the sizes are used": made(
            lambda sizes: (sizes[0], sizes[-1]), lambda sizes: (sizes[-1], sizes[0])
        ),
        "layers without biases: nn.Linear has them unless bias=False": own(bias=False),
        "the decoder uses the encoder's matrices: it has matrices of its own here": own(__init__=half, decode=tied),
        "forward returns the code: decode it, g(f(x))": own(forward=lambda self, x: self.encode(x)),
        "forward returns z and x_hat: return x_hat alone": (
            own(forward=lambda self, x: (self.encode(x), self.decode(self.encode(x))))
        ),
        "forward returns x_hat and z: return x_hat alone": (
            own(forward=lambda self, x: (self.decode(self.encode(x)), self.encode(x)))
        ),
        "forward decodes x: encode it first, g(f(x))": own(forward=lambda self, x: self.decode(x)),
        "no gradient reaches the encoder: take .detach() or .data out of forward": own(
            forward=lambda self, x: self.decode(self.encode(x).detach())
        ),
        "no gradient at all: forward runs without .detach(), .data and no_grad": own(
            forward=lambda self, x: self.decode(self.encode(x)).detach()
        ),
        "the layers stand in a plain list, so that no optimiser finds them: nn.Sequential registers them": (
            own(__init__=plain)
        ),
    }
    generator = torch.Generator().manual_seed(0)
    every = ((5, 4, 3, 2), 4), ((4, 6, 5, 2), 3), ((7, 3), 1), ((6, 2, 3), 5)
    cases = [(sizes, 2 * torch.rand(batch, sizes[0], generator=generator)) for sizes, batch in every]
    check(filled(answer) if callable(answer) else answer, oracle, cases, slips, rtol=5e-3, atol=1e-5)


class Stack(nn.Module):
    """Layers with a bend between them, none after the last."""

    def __init__(self, layers: list[nn.Module], bend: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.layers, self.bend = nn.ModuleList(layers), bend

    def forward(self, x: Tensor) -> Tensor:
        for i, layer in enumerate(self.layers):
            x = layer(x if i == 0 else self.bend(x))
        return x


def by_shape(shape: tuple[int, ...]) -> Tensor:
    """Numbers for a parameter that depend on its shape alone: a matrix and its transpose have the same ones."""
    sizes = [size for size in shape if size > 1]
    generator = torch.Generator().manual_seed(sum(31**i * size for i, size in enumerate(sorted(sizes))))
    numbers = 0.7 * torch.randn(sorted(sizes), generator=generator)
    numbers = (numbers + numbers.T) / 2 if len(sizes) == 2 and sizes[0] == sizes[1] else numbers
    return (numbers.T if sizes != sorted(sizes) and len(sizes) == 2 else numbers).reshape(shape)


def filled(build: Callable[..., Any], f: str = "f", g: str = "g") -> Callable[..., Any]:
    """What a class's model makes of numbers that depend on the shapes: (sizes, x) -> code, reconstruction and so on."""

    def tried(sizes: tuple[int, ...], x: Tensor) -> dict[str, Any]:
        model = build if isinstance(build, nn.Module) else build(sizes)
        if not isinstance(model, nn.Module) or isinstance(build, nn.Module):
            raise TypeError("give the class itself, made of nn.Module: the check makes models of several sizes")
        registered = {id(one) for one in model.parameters()}
        kept = [one for name, value in vars(model).items() if name[:1] != "_" for one in within(value)]
        layers = [one for one in kept if isinstance(one, nn.Module)]
        inside = any(id(one) not in registered for layer in layers for one in layer.parameters())
        if inside or not registered:
            return dict.fromkeys(PARTS, 0) | {PARTS[-1]: inside}
        with torch.no_grad():
            z = getattr(model, f)(x)
            getattr(model, g)(z)  # layers that take their sizes from their first input have them now
            for one in model.parameters():
                one.copy_(by_shape(tuple(one.shape)))
        z = getattr(model, f)(x)
        x_hat = getattr(model, g)(z)
        try:
            out: Any = model(x)
        except NotImplementedError:
            raise
        except Exception as error:  # in forward alone: f and g work
            out = error
        count, length = sum(one.numel() for one in model.parameters()), torch.zeros(())
        if isinstance(out, Tensor) and out.shape == x.shape and out.requires_grad:
            ((out - x).square().sum() / len(x)).backward()
            slopes = [one.grad.square().sum() for one in model.parameters() if one.grad is not None]
            length = torch.stack(slopes).sum().sqrt()
        return dict(zip(PARTS, (count, z, x_hat, out, length, False), strict=True))

    return tried


def within(kept: Any) -> list[Any]:
    """What a plain list, tuple or dict holds, lists in lists too."""
    if isinstance(kept, dict):
        kept = list(kept.values())
    return [inner for one in kept for inner in within(one)] if isinstance(kept, list | tuple) else [kept]
