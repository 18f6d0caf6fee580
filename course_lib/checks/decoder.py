"""The checks of notebook 1 on decoders: an autoencoder that the learner writes, the space that a decoder reaches."""

from collections.abc import Callable
from typing import Any

import numpy
import torch
from torch import Tensor, nn

from .outcome import outcome
from .verdict import check


def check_tied_autoencoder(answer: Any) -> None:
    """A class of (x_dim, z_dim): f(x) = W (x - m), g(z) = W^T z + m, forward = g(f(x)), W and m its only parameters.

    The numbers of W (z_dim, x_dim) and m (x_dim,) are put in by their shapes; then code, reconstruction and the
    gradient of the squared error are compared.
    """

    def oracle(weight: Tensor, mean: Tensor, x: Tensor) -> dict[str, Any]:
        w, m, rows = (one.double().numpy() for one in (weight, mean, x))
        z = (rows - m) @ w.T
        x_hat = numpy.einsum("bz,zi->bi", z, w) + m
        miss = 2 * (x_hat - rows) / len(rows)
        by_w = z.T @ miss + (miss @ w.T).T @ (rows - m)  # the decoder's part, and the encoder's
        by_m = (miss - miss @ w.T @ w).sum(0)
        parts = {"number of parameters": w.size + m.size, "W at its start isn't 0": True}
        parts |= {"z = f(x)": z, "x_hat = g(z)": x_hat, "forward(x)": x_hat}
        return parts | {"gradient at W": by_w, "gradient at m": by_m}

    class Tied(nn.Module):
        def __init__(self, x_dim: int, z_dim: int) -> None:
            super().__init__()
            self.W = nn.Parameter(torch.randn(z_dim, x_dim))
            self.m = nn.Parameter(torch.zeros(x_dim))

        def f(self, x: Tensor) -> Tensor:
            return (x - self.m) @ self.W.T

        def g(self, z: Tensor) -> Tensor:
            return z @ self.W + self.m

        def forward(self, x: Tensor) -> Tensor:
            return self.g(self.f(x))

    def own(**methods: Callable) -> Callable[..., Any]:
        return filled(type("Slip", (Tied,), methods))

    def two_matrices(self: nn.Module, x_dim: int, z_dim: int) -> None:
        Tied.__init__(self, x_dim, z_dim)
        self.V = nn.Parameter(torch.randn(x_dim, z_dim))

    def from_zero(self: nn.Module, x_dim: int, z_dim: int) -> None:
        Tied.__init__(self, x_dim, z_dim)
        nn.init.zeros_(self.W)

    class TwoLayers(nn.Module):
        def __init__(self, x_dim: int, z_dim: int) -> None:
            super().__init__()
            self.f, self.g = nn.Linear(x_dim, z_dim), nn.Linear(z_dim, x_dim)

        def forward(self, x: Tensor) -> Tensor:
            return self.g(self.f(x))

    slips = {
        "two matrices: the decoder must use the encoder's W, so that there is one to train": (
            own(__init__=two_matrices, g=lambda self, z: z @ self.V.T + self.m)
        ),
        "the network from above, two layers with biases: here one W and one m serve encoder and decoder": (
            filled(TwoLayers)
        ),
        "W starts at 0, where its gradient is 0 too, and training never moves it: start from random numbers": (
            own(__init__=from_zero)
        ),
        "the encoder doesn't take m off: f(x) = W (x - m)": own(f=lambda self, x: x @ self.W.T),
        "the decoder doesn't add m: g(z) = W' z + m": own(g=lambda self, z: z @ self.W),
        "m is used nowhere: take it off in f, and add it in g": (
            own(f=lambda self, x: x @ self.W.T, g=lambda self, z: z @ self.W)
        ),
        "the encoder adds m: it must take m off, and the decoder adds it": (
            own(f=lambda self, x: (x + self.m) @ self.W.T)
        ),
        "the decoder takes m off: it must add m, which the encoder took off": (
            own(g=lambda self, z: z @ self.W - self.m)
        ),
        "the batch's own mean is taken off: m is a parameter, the same for every batch": (
            own(f=lambda self, x: (x - x.mean(0)) @ self.W.T)
        ),
        "a bend in the encoder: this autoencoder is linear": own(f=lambda self, x: torch.tanh((x - self.m) @ self.W.T)),
        "a rectifier in the encoder: this autoencoder is linear": (
            own(f=lambda self, x: torch.relu((x - self.m) @ self.W.T))
        ),
        "a sigmoid at the end: this autoencoder is linear": own(g=lambda self, z: torch.sigmoid(z @ self.W + self.m)),
        "forward returns the code: decode it, g(f(x))": own(forward=lambda self, x: self.f(x)),
        "forward returns z and x_hat: return x_hat alone": own(forward=lambda self, x: (self.f(x), self.g(self.f(x)))),
        "forward decodes x: encode it first, g(f(x))": own(forward=lambda self, x: self.g(x)),
        "no gradient reaches W or m: no torch.no_grad(), .detach() or .data on the way from x to x_hat": (
            own(forward=lambda self, x: self.g(self.f(x)).detach())
        ),
        "no gradient reaches W through the decoder: use self.W there, not .data or .detach()": (
            own(g=lambda self, z: z @ self.W.detach() + self.m)
        ),
        "no gradient reaches W through the encoder: use self.W there, not .data or .detach()": (
            own(f=lambda self, x: (x - self.m) @ self.W.detach().T)
        ),
        "no gradient reaches m: use self.m, not .data or .detach()": (
            own(f=lambda self, x: (x - self.m.detach()) @ self.W.T, g=lambda self, z: z @ self.W + self.m.detach())
        ),
    }
    generator = torch.Generator().manual_seed(0)
    cases = []
    for batch, x_dim, z_dim in ((3, 5, 2), (4, 6, 3), (1, 4, 2)):  # with one code W could be taken for m
        sizes = (z_dim, x_dim), (x_dim,), (batch, x_dim)  # W, m, x
        cases.append(tuple(torch.randn(*size, generator=generator) for size in sizes))
    if words := unfit(answer):
        print(f"✗ {words}")
    else:
        check(filled(answer) if callable(answer) else answer, oracle, cases, slips, rtol=1e-3, atol=1e-4)


def unfit(answer: Any) -> str:
    """Why numbers can't be put into what a class makes, and what is needed; "" where they can."""
    if isinstance(answer, nn.Module):
        return "this is one model: give the class itself, without brackets"
    model = outcome(answer, (5, 2)) if callable(answer) else None
    if model is None or model is ... or isinstance(model, BaseException):
        return ""
    if not isinstance(model, nn.Module):
        return "this makes no nn.Module: derive the class from nn.Module, so that W and m are its parameters"
    roles = {role_of(one, 5, 2).replace("W'", "W") for one in model.parameters()}
    for name, shape in (("W", "(z_dim, x_dim)"), ("m", "(x_dim,)")):
        if name not in roles:
            return f"no parameter has the shape of {name}, {shape}: make {name} one nn.Parameter, so that it is trained"
    return ""


def filled(build: Callable[..., Any]) -> Callable[..., Any]:
    """What a class's model makes of given numbers: (W, m, x) -> code, reconstruction and gradients by name."""

    def tried(weight: Tensor, mean: Tensor, x: Tensor) -> Any:
        z_dim, x_dim = weight.shape
        model = build(x_dim, z_dim)
        if not isinstance(model, nn.Module):
            return model
        roles: dict[str, Any] = {"W": None, "W'": None, "m": None}  # the first parameter of each shape
        moves = False
        with torch.no_grad():
            for one in model.parameters():
                role = role_of(one, x_dim, z_dim)
                moves = moves or role in ("W", "W'") and bool(one.any())
                number = {"W": weight, "W'": weight.T, "m": mean}.get(role, torch.zeros(()))
                one.copy_(number.reshape(one.shape) if role == "m" else number)
                roles[role] = one if roles.get(role) is None else roles[role]
        z = model.f(x)
        parts = {"number of parameters": sum(map(torch.numel, model.parameters())), "W at its start isn't 0": moves}
        parts |= {"z = f(x)": z, "x_hat = g(z)": model.g(z), "forward(x)": model(x)}
        x_hat = parts["forward(x)"]
        if isinstance(x_hat, Tensor) and x_hat.shape == x.shape and x_hat.requires_grad:
            ((x_hat - x).square().sum() / len(x)).backward()
        by_w, by_w_turned, by_m = (None if one is None else one.grad for one in list(roles.values())[:3])
        if roles["W"] is None and by_w_turned is not None:
            by_w = by_w_turned.T
        slopes: dict[str, Any] = {"gradient at W": torch.zeros_like(weight) if by_w is None else by_w}
        slopes["gradient at m"] = torch.zeros_like(mean) if by_m is None else by_m.reshape(mean.shape)
        return parts | slopes

    return tried


def role_of(parameter: Tensor, x_dim: int, z_dim: int) -> str:
    """What a parameter stands for by its shape: W (z_dim, x_dim), or W' turned around, or m as a row or a column."""
    shape = tuple(parameter.shape)
    if shape in ((z_dim, x_dim), (x_dim, z_dim)):
        return "W" if shape == (z_dim, x_dim) else "W'"
    return "m" if [size for size in shape if size != 1] == [x_dim] else "another"


def check_project_onto_decoder(function: Any) -> None:
    """The point nearest to each row of x among all that the decoder z -> weight z reaches.

    Shapes: x (B, x_dim), weight (x_dim, z_dim) -> (B, x_dim).
    """

    def oracle(x: Tensor, weight: Tensor) -> Tensor:
        codes = numpy.linalg.lstsq(weight.double().numpy(), x.double().numpy().T, rcond=None)[0]
        return torch.from_numpy(weight.double().numpy() @ codes).T

    def slips(x: Tensor, weight: Tensor) -> dict[str, Any]:
        unit, first, inverse = weight / weight.norm(dim=0), weight[:, :1], torch.linalg.pinv(weight)
        return {
            "x W W' takes the columns for orthonormal, and they are neither of length 1 nor at right angles; "
            "put (W'W)^-1 between, or take Q of a QR decomposition": x @ weight @ weight.T,
            "the columns have length 1 now, but they aren't at right angles: what they share is counted twice; "
            "put (W'W)^-1 between, or take Q of a QR decomposition": x @ unit @ unit.T,
            "W'W is multiplied with where its inverse is asked for": x @ weight @ (weight.T @ weight) @ weight.T,
            "those are the codes: send them through the decoder as well": x @ inverse.T,
            "that is what is lost, x minus its projection; return the projection itself": x - x @ weight @ inverse,
            "x itself: the decoder doesn't reach every point; a complete QR decomposition gives too many columns": x,
            "onto the first column only: the decoder reaches all sums of its columns": (
                x @ first @ torch.linalg.pinv(first)
            ),
            "x's mean is taken off first: the decoder z -> W z has no bias, and each row has its own nearest point": (
                (x - x.mean(0)) @ weight @ inverse
            ),
        }

    generator = torch.Generator().manual_seed(0)
    sizes = [((3, 5), (5, 2)), ((4, 6), (6, 3)), ((3, 4), (4, 1))]  # x, weight
    cases = [tuple(torch.randn(*size, generator=generator) for size in pair) for pair in sizes]
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)
