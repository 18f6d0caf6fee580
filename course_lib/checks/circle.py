"""The checks of notebook 2: variance by hand, the angle as a code, arc length, the tear's bound, the code's speed."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .verdict import check


def check_half_circle(answer: Any) -> None:
    """What PCA with one code leaves of the half circle (sin t, cos t), t between -pi/2 and pi/2: a number."""

    def oracle() -> float:
        import numpy

        t = (numpy.arange(100_000) + 0.5) / 100_000 * math.pi - math.pi / 2
        return float(numpy.linalg.eigvalsh(numpy.cov(numpy.sin(t), numpy.cos(t)))[0])

    mean = 2 / math.pi
    slips = {
        "1/2 is the mean of cos^2 (and what is kept): the half circle's middle isn't at 0; "
        "take off the square of the mean of cos": lambda: 0.5,
        "the mean of cos must be squared before it is taken off": lambda: 0.5 - mean,
        "that is the total variance: PCA keeps the 1/2 along sin, only the rest is lost": lambda: 1 - mean**2,
        "the integral of cos isn't its mean: divide by the length pi of the interval": lambda: 0.5 - 4,
        "that is the square of the mean: take it off the mean of cos^2": lambda: mean**2,
        "that is the share of the variance that is lost: the error is the variance itself": (
            lambda: (0.5 - mean**2) / (1 - mean**2)
        ),
        "the mean over the two coordinates: the error is summed over them": lambda: (0.5 - mean**2) / 2,
    }
    check(answer, oracle, slips=slips, rtol=1e-2)


def check_angle_code(function: Any) -> None:
    """The angle t of points (sin t, cos t), in [-pi, pi]: x (N, 2) -> (N,)."""

    def oracle(x: Tensor) -> Tensor:
        import cmath

        return torch.tensor([cmath.phase(complex(up, right)) for right, up in x.tolist()])

    slips = {
        "the arguments are exchanged: that is the angle of (cos t, sin t); here x[:, 0] is the sine": (
            lambda x: torch.atan2(x[:, 1], x[:, 0])
        ),
        "the arctangent of the quotient has the same value at opposite points: use atan2": (
            lambda x: torch.atan(x[:, 0] / x[:, 1])
        ),
        "the arccosine has the same value at t and -t: the sine must tell them apart": lambda x: torch.acos(x[:, 1]),
        "the arcsine has the same value at t and pi - t: the cosine must tell them apart": (
            lambda x: torch.asin(x[:, 0])
        ),
        "in degrees: leave it in radians": lambda x: torch.atan2(x[:, 0], x[:, 1]).rad2deg(),
        "between 0 and 2 pi: the cut belongs at pi, so give the half with a negative sine negative angles": (
            lambda x: torch.atan2(x[:, 0], x[:, 1]) % (2 * math.pi)
        ),
    }
    t = torch.tensor([-2.9, -1.2, 0.0, 0.3, 1.7, 2.5])
    cases = [(torch.stack([part.sin(), part.cos()], dim=1),) for part in (t, t[1:3])]
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)


def check_arc_length(function: Any) -> None:
    """The length of the polygon from its first corner to each corner: x (N, d) -> (N,), the first is 0."""

    def oracle(x: Tensor) -> list[float]:
        lengths = [0.0]
        for a, b in zip(x.tolist(), x.tolist()[1:], strict=False):
            lengths.append(lengths[-1] + math.dist(a, b))
        return lengths

    def steps(x: Tensor) -> Tensor:
        return x[1:] - x[:-1]

    def summed(lengths: Tensor) -> Tensor:
        return torch.cat([torch.zeros(1), lengths.cumsum(0)])

    slips = {
        "the straight way from the first point: add up the steps from each point to the next": (
            lambda x: (x - x[0]).norm(dim=1)
        ),
        "squared steps are added up: take the root of each before you add": (
            lambda x: summed(steps(x).square().sum(1))
        ),
        "the coordinates' steps are added, as on a grid of streets: a step is the root of the sum of squares": (
            lambda x: summed(steps(x).abs().sum(1))
        ),
        "the steps aren't added up: take their cumulative sum": (
            lambda x: torch.cat([torch.zeros(1), steps(x).norm(dim=1)])
        ),
        "one too few: N points have N - 1 steps; put a 0 in front": lambda x: steps(x).norm(dim=1).cumsum(0),
        "the way back from the last point to the first is in it: the curve is open": (
            lambda x: (x - x.roll(1, 0)).norm(dim=1).cumsum(0)
        ),
        "one step ahead: entry i ends at point i, and no step leads from the last point back to the first": (
            lambda x: (x.roll(-1, 0) - x).norm(dim=1).cumsum(0)
        ),
        "divided by the whole length: leave it as a length": (
            lambda x: summed(steps(x).norm(dim=1)) / steps(x).norm(dim=1).sum()
        ),
    }
    generator = torch.Generator().manual_seed(0)
    cases = [(torch.randn(*shape, generator=generator),) for shape in ((5, 2), (7, 3))]
    check(function, oracle, cases, slips)


def check_tear_bound(function: Any) -> None:
    """What the worst squared error of a continuous one-number code can't go below on a closed curve.

    Shapes: x (N, d), N even: N points along the curve, x[i] and x[i + N/2] are half a turn apart -> ().
    """

    def oracle(x: Tensor) -> float:
        """The larger error of each pair at the answer that is best for both: the midpoint."""
        pairs = [x[[i, i + len(x) // 2]].double() for i in range(len(x) // 2)]
        return min(float((pair - pair.mean(0)).square().sum(1).max()) for pair in pairs)

    def squares(x: Tensor) -> Tensor:
        return (x - x.roll(len(x) // 2, 0)).square().sum(1)

    slips = {
        "the largest over the pairs: you can't choose which pair shares a code, but the network can; "
        "only the smallest is sure": lambda x: squares(x).max() / 4,
        "the mean over the pairs: the pair that shares a code may be the closest one; take the smallest": (
            lambda x: squares(x).mean() / 4
        ),
        "that is for the sum of the two errors: the larger of them is at least half of it": (
            lambda x: squares(x).min() / 2
        ),
        "the whole distance squared: the answer may lie half-way, so each point is off by half of it": (
            lambda x: squares(x).min()
        ),
        "a distance, not its square: the error is squared": lambda x: squares(x).min().sqrt() / 2,
        "that takes the curve's middle to be at 0: compare each point with the one half a turn on": (
            lambda x: x.square().sum(1).min()
        ),
    }
    cases = []
    for n, (wide, high), (left, up) in ((8, (3.0, 1.0), (0.7, -0.4)), (14, (0.5, 2.0), (-1.0, 3.0))):
        t = 2 * math.pi * torch.arange(n) / n + 0.2
        bump = 0.3 * torch.cos(2 * t)
        cases.append((torch.stack([left + wide * t.sin() + bump, up + high * t.cos() + bump.square()], dim=1),))
    check(function, oracle, cases, slips)


def check_code_speed(function: Any) -> None:
    """dz/dt along the circle (sin t, cos t): an encoder f, (N, 2) -> (N, 1), and t (N,) -> (N,)."""

    def oracle(f: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
        """Central differences: the code a little further on, less the code a little before."""
        before, after = (torch.stack([s.sin(), s.cos()], dim=1) for s in (t.double() - 1e-5, t.double() + 1e-5))
        return ((f(after) - f(before)) / 2e-5)[:, 0].detach()

    def slope(f: Callable[[Tensor], Tensor], t: Tensor, mean: bool = False) -> Tensor:
        x = torch.stack([t.sin(), t.cos()], dim=1).requires_grad_()
        z = f(x)
        return torch.autograd.grad(z.mean() if mean else z.sum(), x)[0]

    def along(gradient: Tensor, t: Tensor) -> Tensor:
        return gradient[:, 0] * t.cos() - gradient[:, 1] * t.sin()

    def other_circle(f: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
        x = torch.stack([t.cos(), t.sin()], dim=1).requires_grad_()
        gradient = torch.autograd.grad(f(x).sum(), x)[0]
        return gradient[:, 1] * t.cos() - gradient[:, 0] * t.sin()

    slips = {
        "the gradient of the mean over the points is N times too small: differentiate the sum": (
            lambda f, t: along(slope(f, t, mean=True), t)
        ),
        "the gradient's length: on the circle only its part along the tangent (cos t, -sin t) counts": (
            lambda f, t: slope(f, t).norm(dim=1)
        ),
        "the part along the radius (sin t, cos t), which leaves the circle: take the tangent (cos t, -sin t)": (
            lambda f, t: slope(f, t)[:, 0] * t.sin() + slope(f, t)[:, 1] * t.cos()
        ),
        "the derivative of cos t is -sin t: the tangent is (cos t, -sin t)": (
            lambda f, t: slope(f, t)[:, 0] * t.cos() + slope(f, t)[:, 1] * t.sin()
        ),
        "that is the circle (cos t, sin t): here the sine comes first": other_circle,
        "without its sign: a code may fall": lambda f, t: along(slope(f, t), t).abs(),
    }

    def bent(x: Tensor) -> Tensor:
        return torch.tanh(2 * x[:, :1] - x[:, 1:]) + 0.3 * x[:, :1] * x[:, 1:] ** 2

    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(4, 2, generator=generator)

    def hidden(x: Tensor) -> Tensor:
        return torch.tanh(x @ weight.T.to(x.dtype)).sum(1, keepdim=True)

    cases = [(bent, torch.tensor([-2.0, 0.4, 1.9])), (hidden, torch.tensor([-0.7, 0.1, 1.0, 2.8, 3.0]))]
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)
