"""The checks of notebook 2 on right answers, on every slip, and on nonsense."""

import itertools
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from tests.library.exercises import Judged, Strangers, said_of


def angle(x):
    """The angle by numpy."""
    return np.arctan2(x[:, 0].numpy(), x[:, 1].numpy())


def by_numpy(x, ends=False):
    """The length of each step; with `ends` the way back to the first point as well."""
    rows = x.numpy()
    return np.linalg.norm(np.diff(np.vstack([rows, rows[:1]]) if ends else rows, axis=0), axis=1)


def longest(x):
    """The pairs' distances."""
    first, second = x.chunk(2)
    return torch.linalg.vector_norm(first - second, dim=1)


def gradients(f, t):
    """The encoder's gradient at each point, one at a time."""
    points = torch.stack([torch.sin(t), torch.cos(t)]).T
    return torch.stack([torch.autograd.functional.jacobian(f, point[None])[0, 0, 0] for point in points])


def by_jacobian(f, t):
    return (gradients(f, t) * torch.stack([t.cos(), -t.sin()]).T).sum(1)


def exchanged(f, t):
    t = t.clone().requires_grad_()
    f(torch.stack([t.cos(), t.sin()], 1)).sum().backward()
    return t.grad


RIGHT = {
    "check_half_circle": 0.0947,
    "check_angle_code": angle,
    "check_arc_length": lambda x: np.append(0, by_numpy(x)).cumsum(),
    "check_tear_bound": lambda x: (longest(x) ** 2 / 4).amin(),
    "check_code_speed": by_jacobian,
}
WRONG = {  # an answer for every slip, by the words with which the slip's name begins
    "check_half_circle": {
        "1/2 is": 0.5,
        "the mean of": -0.137,
        "that is the total": torch.tensor(0.595),
        "the integral of": -3.5,
        "that is the square": 0.405,
        "that is the share": 0.159,
        "the mean over": 0.0474,
        "that is the mean": 0.637,
        "the integral is": 0.399,
        "a standard": 0.308,
        "the wrong": -0.0947,
    },
    "check_angle_code": {
        "the arguments are exchanged": lambda x: [math.atan2(b, a) for a, b in x.tolist()],
        "it has the same value at opposite points": lambda x: torch.arctan(x[:, 0].div(x[:, 1])),
        "it has the same value at t and -t": lambda x: np.arccos(x[:, 1].numpy()),
        "it has the same value at t and pi - t": lambda x: np.arcsin(x[:, 0].numpy()),
        "in degrees": lambda x: np.rad2deg(angle(x)),
        "between 0 and 2 pi": lambda x: [a + 2 * math.pi if a < 0 else a for a in angle(x).tolist()],
        "the wrong sense of rotation": lambda x: -angle(x),
        "the angle of the opposite point": lambda x: np.arctan2(-x[:, 0].numpy(), -x[:, 1].numpy()),
        "divided by a whole turn": lambda x: angle(x) / math.tau,
        "a share of half a turn": lambda x: angle(x) / math.pi,
        "the first coordinate is the sine": lambda x: x.numpy()[:, 0],
    },
    "check_arc_length": {
        "the straight way from the first point": lambda x: torch.cdist(x[:1], x)[0],
        "squared steps are added up": lambda x: np.append(0, by_numpy(x) ** 2).cumsum(),
        "the coordinates' steps are added": lambda x: np.append(0, np.abs(np.diff(x.numpy(), axis=0)).sum(1)).cumsum(),
        "the steps aren't added up": lambda x: np.append(0, by_numpy(x)),
        "one too few": lambda x: by_numpy(x).cumsum(),
        "the way back from the last point to the first is in it": lambda x: np.roll(by_numpy(x, ends=True), 1).cumsum(),
        "one step ahead": lambda x: by_numpy(x, ends=True).cumsum(),
        "divided by": lambda x: torch.from_numpy(np.append(0, by_numpy(x)).cumsum()) / float(by_numpy(x).sum()),
        "the root is taken after adding up": lambda x: np.append(0, by_numpy(x) ** 2).cumsum() ** 0.5,
        "the way from the origin to the first point is in it": lambda x: np.append(x[0].norm(), by_numpy(x)).cumsum(),
        "the way that is still ahead": lambda x: np.append(0, by_numpy(x)[::-1]).cumsum()[::-1].copy(),
        "only the first coordinate": lambda x: np.append(0, np.abs(np.diff(x[:, 0].numpy()))).cumsum(),
        "the whole length": lambda x: by_numpy(x).sum(),
    },
    "check_tear_bound": {
        "the largest over the pairs": lambda x: (longest(x).max() / 2) ** 2,
        "the mean over the pairs": lambda x: longest(x).square().mean() / 4,
        "that is for the sum of the two errors": lambda x: longest(x).min() ** 2 / 2,
        "the whole distance squared": lambda x: longest(x).min() ** 2,
        "a distance": lambda x: longest(x).min() / 2,
        "that takes the curve's middle to be at 0": lambda x: x.norm(dim=1).min() ** 2,
        "that takes all": lambda x: (x - x.mean(0, keepdim=True)).norm(dim=1).min() ** 2,
        "neighbours are": lambda x: (x[1:] - x[:-1]).pow(2).sum(1).min().minimum((x[0] - x[-1]).pow(2).sum()) / 4,
        "the bound of the unit circle": lambda x: 1,
        "the mean over the coordinates": lambda x: (longest(x) ** 2 / 4).amin() / x.shape[1],
    },
    "check_code_speed": {
        "the gradient of the mean over the points is N times too small": lambda f, t: by_jacobian(f, t) / len(t),
        "the gradient's length": lambda f, t: gradients(f, t).square().sum(1).sqrt(),
        "the part along the radius": lambda f, t: gradients(f, t)[:, 0] * t.sin() + gradients(f, t)[:, 1] * t.cos(),
        "the derivative": lambda f, t: torch.einsum("ni,in->n", gradients(f, t), torch.stack([t.cos(), t.sin()])),
        "that is the circle": exchanged,
        "without its sign": lambda f, t: by_jacobian(f, t).abs(),
        "the wrong sign": lambda f, t: -by_jacobian(f, t),
        "the gradient along the first coordinate only": lambda f, t: gradients(f, t)[:, 0] * t.cos(),
        "the gradient's parts are added": lambda f, t: gradients(f, t).sum(1),
        "the code itself": lambda f, t: f(torch.stack([t.sin(), t.cos()]).T).flatten(),
        "one dimension too many": lambda f, t: [by_jacobian(f, t)],
        "all points' speeds are added up": lambda f, t: by_jacobian(f, t).sum().repeat(len(t)),
    },
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "02", RIGHT, WRONG


def test_a_detached_code_has_no_speed():
    def detached(f, t):
        t = t.clone().requires_grad_()
        return torch.autograd.grad(f(torch.stack([t.sin(), t.cos()], 1)).detach().sum(), t)[0]

    assert said_of("check_code_speed", detached).startswith("✗ raises RuntimeError: element 0 of tensors does not")


def one_by_one(f, t):
    return [by_jacobian(f, one[None]).item() for one in t]


def circle(t):
    return torch.stack([t.sin(), t.cos()], dim=1)


def forwards(f, t):
    return torch.func.jvp(lambda s: f(circle(s))[:, 0], (t,), (torch.ones_like(t),))[1]


ODD = {  # right, in styles that no check was written for
    "check_half_circle": [
        Fraction(1, 2) - Fraction(4) / Fraction(math.pi**2),
        np.float64(0.0947),
        torch.tensor([0.0947]),
        [0.0947],
        torch.linspace(-math.pi / 2, math.pi / 2, 9999).cos().var(),
        lambda: Decimal("0.0947"),
    ],
    "check_angle_code": [
        lambda x: torch.acos(x[:, 1].clamp(-1, 1)) * torch.where(x[:, 0] < 0, -1, 1),
        lambda x: [float(a) for a in angle(x)],
        lambda x: torch.view_as_complex(x.flip(1).contiguous()).angle(),
        lambda x: 2 * torch.atan2(x[:, 0], x[:, 1] + x.norm(dim=1)),
        torch.func.vmap(lambda point: torch.atan2(*point)),
        lambda x: np.array([math.atan2(*point) for point in x.tolist()], dtype=object),
    ],
    "check_arc_length": [
        lambda x: [sum(math.dist(x[j].tolist(), x[j + 1].tolist()) for j in range(i)) for i in range(len(x))],
        lambda x: torch.linalg.vector_norm(torch.diff(x, dim=0, prepend=x[:1]), dim=1).cumsum(0),
        lambda x: torch.tril(torch.ones(len(x), len(x)), -1)[:, : len(x) - 1] @ (x[1:] - x[:-1]).norm(dim=1),
        lambda x: torch.nn.functional.pairwise_distance(x, torch.cat([x[:1], x[:-1]])).cumsum(0),  # adds 1e-6
        lambda x: list(itertools.accumulate(map(math.dist, x.tolist()[1:], x.tolist()), initial=0)),
    ],
    "check_tear_bound": [
        lambda x: min(math.dist(x[i].tolist(), x[i - len(x) // 2].tolist()) for i in range(len(x))) ** 2 / 4,
        lambda x: np.array([float(longest(x).min()) ** 2 / 4]),
        lambda x: Fraction(float(longest(x).min())) ** 2 / 4,
        lambda x: x.reshape(2, -1, x.shape[1]).var(0, unbiased=False).sum(1).min(),
        lambda x: torch.cdist(x, x).diagonal(len(x) // 2).sort().values[:1].div(2).square(),
    ],
    "check_code_speed": [
        one_by_one,
        forwards,
        lambda f, t: by_jacobian(f, t.double().float()).numpy(),
        lambda f, t: (f(circle(t.double() + 1e-6)) - f(circle(t.double() - 1e-6))).squeeze(1) / 2e-6,
        lambda f, t: torch.func.vmap(torch.func.grad(lambda s: f(circle(s[None]))[0, 0]))(t),
    ],
}
UNLISTED = {  # wrong, by nobody's list
    "check_half_circle": [0.09, 0.1, [0.5, 0.0947], "0.0947", 1 / 2 - 4 / math.pi, 9.47],
    "check_angle_code": [
        lambda x: angle(x) + 0.01,
        lambda x: angle(x)[::-1].copy(),
        lambda x: angle(x)[:, None],
        lambda x: angle(x) ** 2,
        lambda x: torch.atan2(x[:, 0], x[:, 1]).round(),
        lambda x: torch.acos(x[:, 1]) * x[:, 0].sign().clamp(min=0),
        lambda x: math.pi / 2 - torch.atan2(x[:, 1], x[:, 0]),  # leaves [-pi, pi]
        lambda x: torch.atan2(x[:, 0], x[:, 1]).sort().values,
        lambda x: torch.atan(x[:, 0] / x[:, 1]) + math.pi * (x[:, 1] < 0),
    ],
    "check_arc_length": [
        lambda x: np.append(0, by_numpy(x)).cumsum() * 0.99,
        lambda x: np.append(0, by_numpy(x)).cumsum()[:, None],
        lambda x: np.append(0, by_numpy(x[:, :2])).cumsum() + 0.01,
        lambda x: np.arange(len(x)),
        lambda x: np.append(0, by_numpy(x)[::-1]).cumsum(),
        lambda x: np.append(0, by_numpy(x[:, :2])).cumsum(),  # in the plane only
        lambda x: np.append(0, np.abs(np.diff(x.numpy(), axis=0)).max(1)).cumsum(),
        lambda x: np.append(0, np.sort(by_numpy(x))).cumsum(),
    ],
    "check_tear_bound": [
        lambda x: longest(x).min() ** 2 / 3,
        lambda x: longest(x).median() ** 2 / 4,
        lambda x: longest(x) ** 2 / 4,
        lambda x: (x - x.roll(len(x) // 4, 0)).square().sum(1).min() / 4,
        lambda x: longest(x).min() ** 2 / 4 + 0.01,
        lambda x: (x - x.roll(4, 0)).square().sum(1).min() / 4,  # for 8 points only
        lambda x: longest(x)[0] ** 2 / 4,
        lambda x: longest(x).argmin(),
        lambda x: longest(x[:, :2]).min() ** 2 / 4,
        lambda x: max(1.0, float(longest(x).min() ** 2 / 4)),
    ],
    "check_code_speed": [
        lambda f, t: by_jacobian(f, t)[:, None],
        lambda f, t: by_jacobian(f, t) * 1.01,
        lambda f, t: by_jacobian(f, t + 0.1),
        lambda f, t: by_jacobian(f, t) * t,
        lambda f, t: by_jacobian(f, -t),
        lambda f, t: by_jacobian(f, t.sort().values),
        lambda f, t: torch.gradient(f(circle(t))[:, 0], spacing=(t,))[0] if len(t) > 1 else t,
        lambda f, t: f(circle(t.double() + 1e-4))[:, 0] - f(circle(t.double() - 1e-4))[:, 0],
    ],
}


class TestStrangers(Strangers):
    """Right answers in odd styles, and wrong ones that are no slip of the check."""

    odd, unlisted = ODD, UNLISTED


@pytest.mark.parametrize("name, answer, told", [
    ("check_half_circle", "1/2 - 4/pi**2", "✗ returns a str, expected a number: write it without quotation marks"),
    ("check_angle_code", lambda x: torch.atan2(x[:, 0], x[:, 1]).abs(), "the same value at t and -t"),
    ("check_arc_length", lambda x: np.append(0, by_numpy(x)).cumsum() * 1.003, "nearly right: within 1 %"),
    ("check_tear_bound", lambda x: torch.pdist(x).min() ** 2 / 4, "✗ neighbours are compared"),
    ("check_code_speed", lambda f, t: torch.autograd.grad(f(circle(t.requires_grad_())).sum(), t)[0],
     "✓ correct, but it changes `t` in place"),
])  # fmt: skip
def test_another_way_to_the_same_is_told_as_truly(name, answer, told):
    assert told in said_of(name, answer)
