"""The checks of notebook 2 on right answers, on every slip, and on nonsense."""

import math

import numpy as np
import torch

from tests.exercises import Judged, said_of


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
    "check_half_circle": [0.5, -0.137, torch.tensor(0.595), -3.5, 0.405, 0.159, 0.0474],
    "check_angle_code": [
        lambda x: [math.atan2(b, a) for a, b in x.tolist()],
        lambda x: [math.atan(a / b) for a, b in x.tolist()],
        lambda x: np.arccos(x[:, 1].numpy()),
        lambda x: np.arcsin(x[:, 0].numpy()),
        lambda x: np.rad2deg(angle(x)),
        lambda x: [a + 2 * math.pi if a < 0 else a for a in angle(x).tolist()],
    ],
    "check_arc_length": [
        lambda x: torch.cdist(x[:1], x)[0],
        lambda x: np.append(0, by_numpy(x) ** 2).cumsum(),
        lambda x: np.append(0, np.abs(np.diff(x.numpy(), axis=0)).sum(1)).cumsum(),
        lambda x: np.append(0, by_numpy(x)),
        lambda x: by_numpy(x).cumsum(),
        lambda x: np.roll(by_numpy(x, ends=True), 1).cumsum(),
        lambda x: by_numpy(x, ends=True).cumsum(),
        lambda x: np.append(0, by_numpy(x)).cumsum() / by_numpy(x).sum(),
    ],
    "check_tear_bound": [
        lambda x: (longest(x).max() / 2) ** 2,
        lambda x: longest(x).square().mean() / 4,
        lambda x: longest(x).min() ** 2 / 2,
        lambda x: longest(x).min() ** 2,
        lambda x: longest(x).min() / 2,
        lambda x: x.norm(dim=1).min() ** 2,
    ],
    "check_code_speed": [
        lambda f, t: by_jacobian(f, t) / len(t),
        lambda f, t: gradients(f, t).square().sum(1).sqrt(),
        lambda f, t: gradients(f, t)[:, 0] * t.sin() + gradients(f, t)[:, 1] * t.cos(),
        lambda f, t: torch.einsum("ni,in->n", gradients(f, t), torch.stack([t.cos(), t.sin()])),
        exchanged,
        lambda f, t: by_jacobian(f, t).abs(),
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
