"""The checks of notebook 2 on the tear: the bound that it must pay, and the speed of the code in it."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .verdict import check


def check_tear_bound(function: Any) -> None:
    """What the worst squared error of a continuous one-number code can't go below on a closed curve.

    Shapes: x (N, d), N even: N points along the curve, x[i] and x[i + N/2] are half a turn apart -> ().
    """

    def oracle(x: Tensor) -> float:
        """The larger error of each pair at the answer that is best for both: the midpoint."""
        pairs = [x[[i, i + len(x) // 2]].double() for i in range(len(x) // 2)]
        return min(float((pair - pair.mean(0)).square().sum(1).max()) for pair in pairs)

    def slips(x: Tensor) -> dict[str, Any]:
        squares = (x - x.roll(len(x) // 2, 0)).square().sum(1)
        return {
            "the largest over the pairs: you don't know which pair shares a code, so only the smallest is sure": (
                squares.max() / 4
            ),
            "the mean over the pairs: the pair that shares a code may be the closest one; take the smallest": (
                squares.mean() / 4
            ),
            "that is for the sum of the two errors: the larger of them is at least half of it": squares.min() / 2,
            "the whole distance squared: the answer may lie half-way, so each point is off by half of it": (
                squares.min()
            ),
            "a distance, not its square: the error is squared": squares.min().sqrt() / 2,
            "that takes the curve's middle to be at 0: compare each point with the one half a turn on": (
                x.square().sum(1).min()
            ),
            "that takes all pairs to have their middle at the mean: compare each point with the one half a turn on": (
                (x - x.mean(0)).square().sum(1).min()
            ),
            "neighbours are compared, and they are the closest of all: half a turn on is len(x) // 2 points on": (
                (x - x.roll(1, 0)).square().sum(1).min() / 4
            ),
            "the bound of the unit circle: on another curve the pair has another distance": 1.0,
            "the mean over the coordinates: the error is summed over them": squares.min() / 4 / x.shape[1],
        }

    cases = []
    for n, (wide, high), (left, up) in ((8, (3.0, 1.0), (0.7, -0.4)), (14, (0.5, 2.0), (-1.0, 3.0))):
        t = 2 * math.pi * torch.arange(n) / n + 0.2
        bump = 0.3 * torch.cos(2 * t)
        plane = torch.stack([left + wide * t.sin() + bump, up + high * t.cos() + bump.square()], dim=1)
        cases += [(plane,), (torch.cat([plane, (0.9 * t.sin() + 0.4 * (3 * t).cos())[:, None]], dim=1),)]
    check(function, oracle, cases, slips)


def check_code_speed(function: Any) -> None:
    """dz/dt along the circle (sin t, cos t): an encoder f, (N, 2) -> (N, 1), and t (N,) -> (N,)."""

    def oracle(f: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
        """Central differences: the code a little further on, less the code a little before."""
        before, after = (torch.stack([s.sin(), s.cos()], dim=1) for s in (t.double() - 1e-5, t.double() + 1e-5))
        return ((f(after) - f(before)) / 2e-5)[:, 0].detach()

    def slope(f: Callable[[Tensor], Tensor], *x: Tensor) -> Tensor:
        points = torch.stack(x, dim=1).requires_grad_()
        return torch.autograd.grad(f(points).sum(), points)[0].T

    def slips(f: Callable[[Tensor], Tensor], t: Tensor) -> dict[str, Any]:
        sine, cosine = t.sin(), t.cos()
        first, second = slope(f, sine, cosine)
        turned = slope(f, cosine, sine)
        speed = first * cosine - second * sine
        return {
            "the gradient of the mean over the points is N times too small: differentiate the sum": speed / len(t),
            "the gradient's length: on the circle only its part along the tangent (cos t, -sin t) counts": (
                torch.hypot(first, second)
            ),
            "the part along the radius (sin t, cos t), which leaves the circle: take the tangent (cos t, -sin t)": (
                first * sine + second * cosine
            ),
            "the derivative of cos t is -sin t: the tangent is (cos t, -sin t)": first * cosine + second * sine,
            "that is the circle (cos t, sin t): here the sine comes first": turned[1] * cosine - turned[0] * sine,
            "without its sign: a code may fall": speed.abs(),
            "the wrong sign: the circle runs from (sin t, cos t) along (cos t, -sin t)": -speed,
            "the gradient along the first coordinate only: the chain rule adds both coordinates": first * cosine,
            "the gradient's parts are added: multiply each by the derivative of its coordinate first": first + second,
            "the code itself: its derivative is asked for": f(torch.stack([sine, cosine], dim=1))[:, 0].detach(),
            "one dimension too many: autograd.grad returns a tuple, one entry per variable; take its entry [0]": (
                speed[None]
            ),
            "all points' speeds are added up: one speed per point is asked for": speed.sum().expand(len(t)),
        }

    def bent(x: Tensor) -> Tensor:
        return torch.tanh(2 * x[:, :1] - x[:, 1:]) + 0.3 * x[:, :1] * x[:, 1:] ** 2

    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(4, 2, generator=generator)

    def hidden(x: Tensor) -> Tensor:
        return torch.tanh(x @ weight.T.to(x.dtype)).sum(1, keepdim=True)

    cases = [
        (bent, torch.tensor([-2.0, 0.4, 1.9])),
        (hidden, torch.tensor([2.8, -0.7, 3.0, 0.1, 1.0, -0.7])),
        (bent, torch.tensor([0.6])),
    ]
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)
