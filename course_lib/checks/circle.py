"""The checks of notebook 2: variance by hand, the angle as a code, arc length; those of the tear stand in `tear`."""

import cmath
import math
from typing import Any

import numpy
import torch
from torch import Tensor

from .verdict import check


def check_half_circle(answer: Any) -> None:
    """What PCA with one code leaves of the half circle (sin t, cos t), t between -pi/2 and pi/2: a number."""

    def oracle() -> float:
        t = (numpy.arange(100_000) + 0.5) / 100_000 * math.pi - math.pi / 2
        return float(numpy.linalg.eigvalsh(numpy.cov(numpy.sin(t), numpy.cos(t)))[0])

    mean = 2 / math.pi
    slips = {
        "1/2 is the mean of cos^2 (and what is kept): "
        "the half circle's middle isn't at 0; take off the square of the mean of cos": 0.5,
        "the mean of cos must be squared before it is taken off": 0.5 - mean,
        "that is the total variance: PCA keeps the 1/2 along sin, only the rest is lost": 1 - mean**2,
        "the integral of cos isn't its mean: divide by the length pi of the interval": 0.5 - 4,
        "that is the square of the mean: take it off the mean of cos^2": mean**2,
        "that is the share of the variance that is lost: the error is the variance itself": (
            (0.5 - mean**2) / (1 - mean**2)
        ),
        "the mean over the two coordinates: the error is summed over them": (0.5 - mean**2) / 2,
        "that is the mean of cos: its square is taken off the mean of cos^2": mean,
        "the integral is divided by a whole turn: this interval has the length pi": 0.5 - (mean / 2) ** 2,
        "a standard deviation: the error is a variance, leave the root out": (0.5 - mean**2) ** 0.5,
        "the wrong sign: the mean of the square comes first, the square of the mean is taken off": mean**2 - 0.5,
    }
    check(answer, oracle, slips=slips, rtol=1e-2)


def check_angle_code(function: Any) -> None:
    """The angle t of points (sin t, cos t), in [-pi, pi]: x (N, 2) -> (N,)."""

    def oracle(x: Tensor) -> Tensor:
        return torch.tensor([cmath.phase(complex(up, right)) for right, up in x.tolist()])

    def slips(x: Tensor) -> dict[str, Any]:
        sine, cosine = x.T
        angle = torch.atan2(sine, cosine)
        return {
            "the arguments are exchanged: that is the angle of (cos t, sin t); here x[:, 0] is the sine": (
                torch.atan2(cosine, sine)
            ),
            "it has the same value at opposite points, as the arctangent of the quotient does: use atan2": (
                torch.atan(sine / cosine)
            ),
            "it has the same value at t and -t, as the arccosine does: the sine must tell them apart": (
                torch.acos(cosine)
            ),
            "it has the same value at t and pi - t, as the arcsine does: the cosine must tell them apart": (
                torch.asin(sine)
            ),
            "in degrees: leave it in radians": angle.rad2deg(),
            "between 0 and 2 pi: the cut belongs at pi, so give the half with a negative sine negative angles": (
                angle % (2 * math.pi)
            ),
            "the wrong sense of rotation: a positive sine belongs to a positive angle": torch.atan2(-sine, cosine),
            "the angle of the opposite point: leave the signs as they are": torch.atan2(-sine, -cosine),
            "divided by a whole turn: leave it in radians": angle / (2 * math.pi),
            "a share of half a turn, between -1 and 1: leave it in radians": angle / math.pi,
            "the first coordinate is the sine, not the angle: use atan2": sine,
        }

    t = torch.tensor([-2.9, -1.2, 0.0, 0.3, 1.7, 2.5])
    edges = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])  # a quarter turn both ways, and no turn
    near = torch.tensor([-3.1, 3.1])  # both sides of the cut
    cases = [(torch.stack([part.sin(), part.cos()], dim=1),) for part in (t, t[1:2], near)] + [(edges,)]
    check(function, oracle, cases, slips, rtol=1e-3, atol=1e-4)


def check_arc_length(function: Any) -> None:
    """The length of the polygon from its first corner to each corner: x (N, d) -> (N,), the first is 0."""

    def oracle(x: Tensor) -> list[float]:
        lengths = [0.0]
        for a, b in zip(x.tolist(), x.tolist()[1:], strict=False):
            lengths.append(lengths[-1] + math.dist(a, b))
        return lengths

    def summed(lengths: Tensor) -> Tensor:
        return torch.cat([torch.zeros(1), lengths.cumsum(0)])

    def slips(x: Tensor) -> dict[str, Any]:
        steps = x[1:] - x[:-1]
        lengths = steps.norm(dim=1)
        return {
            "the straight way from the first point: add up the steps from each point to the next": (
                (x - x[0]).norm(dim=1)
            ),
            "squared steps are added up: take the root of each before you add": summed(steps.square().sum(1)),
            "the coordinates' steps are added, as on a grid of streets: a step is the root of the sum of squares": (
                summed(steps.abs().sum(1))
            ),
            "the steps aren't added up: take their cumulative sum": torch.cat([torch.zeros(1), lengths]),
            "one too few: N points have N - 1 steps; put a 0 in front": lengths.cumsum(0),
            "the way back from the last point to the first is in it: the curve is open": (
                (x - x.roll(1, 0)).norm(dim=1).cumsum(0)
            ),
            "one step ahead: entry i ends at point i, and no step leads from the last point back to the first": (
                (x.roll(-1, 0) - x).norm(dim=1).cumsum(0)
            ),
            "divided by the whole length: leave it as a length": summed(lengths) / lengths.sum(),
            "the root is taken after adding up: take the root of each step, then add": (
                summed(steps.square().sum(1)).sqrt()
            ),
            "the way from the origin to the first point is in it: the way starts at the first point, with 0": (
                torch.cat([x[:1], steps]).norm(dim=1).cumsum(0)
            ),
            "the way that is still ahead: measure from the first point, not from the last": (
                summed(lengths.flip(0)).flip(0)
            ),
            "only the first coordinate: a step has a part along each axis": summed(steps[:, 0].abs()),
            "the whole length, one number: the running sum is asked for, one number per point": lengths.sum(),
        }

    generator = torch.Generator().manual_seed(0)
    plane, space = (torch.randn(*shape, generator=generator) for shape in ((5, 2), (7, 3)))
    rests = torch.cat([plane[:2], plane[1:2], plane[2:]]) * torch.tensor([1.0, 100.0])  # the same point twice
    cases = [(plane,), (space,), (rests,), (space[:1],), (plane[:2],)]
    check(function, oracle, cases, slips, atol=1e-5)
