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
WRONG = {  # in the order of the slips
    "check_half_circle": [0.5, -0.137, torch.tensor(0.595), -3.5, 0.405, 0.159, 0.0474, 0.637, 0.399, 0.308, -0.0947],
    "check_angle_code": [
        lambda x: [math.atan2(b, a) for a, b in x.tolist()],
        lambda x: torch.arctan(x[:, 0].div(x[:, 1])),
        lambda x: np.arccos(x[:, 1].numpy()),
        lambda x: np.arcsin(x[:, 0].numpy()),
        lambda x: np.rad2deg(angle(x)),
        lambda x: [a + 2 * math.pi if a < 0 else a for a in angle(x).tolist()],
        lambda x: -angle(x),
        lambda x: np.arctan2(-x[:, 0].numpy(), -x[:, 1].numpy()),
        lambda x: angle(x) / math.tau,
        lambda x: angle(x) / math.pi,
        lambda x: x.numpy()[:, 0],
    ],
    "check_arc_length": [
        lambda x: torch.cdist(x[:1], x)[0],
        lambda x: np.append(0, by_numpy(x) ** 2).cumsum(),
        lambda x: np.append(0, np.abs(np.diff(x.numpy(), axis=0)).sum(1)).cumsum(),
        lambda x: np.append(0, by_numpy(x)),
        lambda x: by_numpy(x).cumsum(),
        lambda x: np.roll(by_numpy(x, ends=True), 1).cumsum(),
        lambda x: by_numpy(x, ends=True).cumsum(),
        lambda x: torch.from_numpy(np.append(0, by_numpy(x)).cumsum()) / float(by_numpy(x).sum()),
        lambda x: np.append(0, by_numpy(x) ** 2).cumsum() ** 0.5,
        lambda x: np.append(x[0].norm(), by_numpy(x)).cumsum(),
        lambda x: np.append(0, by_numpy(x)[::-1]).cumsum()[::-1].copy(),
        lambda x: np.append(0, np.abs(np.diff(x[:, 0].numpy()))).cumsum(),
        lambda x: by_numpy(x).sum(),
    ],
    "check_tear_bound": [
        lambda x: (longest(x).max() / 2) ** 2,
        lambda x: longest(x).square().mean() / 4,
        lambda x: longest(x).min() ** 2 / 2,
        lambda x: longest(x).min() ** 2,
        lambda x: longest(x).min() / 2,
        lambda x: x.norm(dim=1).min() ** 2,
        lambda x: (x - x.mean(0, keepdim=True)).norm(dim=1).min() ** 2,
        lambda x: (x[1:] - x[:-1]).pow(2).sum(1).min().minimum((x[0] - x[-1]).pow(2).sum()) / 4,
        lambda x: 1,
        lambda x: (longest(x) ** 2 / 4).amin() / x.shape[1],
    ],
    "check_code_speed": [
        lambda f, t: by_jacobian(f, t) / len(t),
        lambda f, t: gradients(f, t).square().sum(1).sqrt(),
        lambda f, t: gradients(f, t)[:, 0] * t.sin() + gradients(f, t)[:, 1] * t.cos(),
        lambda f, t: torch.einsum("ni,in->n", gradients(f, t), torch.stack([t.cos(), t.sin()])),
        exchanged,
        lambda f, t: by_jacobian(f, t).abs(),
        lambda f, t: -by_jacobian(f, t),
        lambda f, t: gradients(f, t)[:, 0] * t.cos(),
        lambda f, t: gradients(f, t).sum(1),
        lambda f, t: f(torch.stack([t.sin(), t.cos()]).T).flatten(),
        lambda f, t: [by_jacobian(f, t)],
        lambda f, t: by_jacobian(f, t).sum().repeat(len(t)),
    ],
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
