"""The checks of notebook 5 on right answers, on every slip, and on nonsense."""

import math

import numpy as np
import torch
from torch.nn.functional import mse_loss

from course_lib import corrupt
from tests.exercises import Judged, said_of


def ratio(x_hat, x):
    """PSNR by numpy, from the root."""
    return 20 * np.log10(1 / np.sqrt(np.mean((x_hat.double().numpy() - x.double().numpy()) ** 2)))


def distance(a, b):
    """Squared distance of each image."""
    return torch.linalg.vector_norm((a - b).reshape(len(a), -1), dim=1) ** 2


def weighted(v, std, power=2.0, scale=0.5):
    """The mean of -1 and +1 under weights exp(-scale |v - x|^power / std^2)."""
    up, down = (torch.exp(-scale * (v - x).abs() ** power / std**2) for x in (1.0, -1.0))
    return (up - down) / (up + down)


def likely(v, std):
    """The chance of +1."""
    return (1 + weighted(v, std)) / 2


def spread(gaps, ddof=1):
    return gaps.double().numpy().std(ddof=ddof)


def wide(half):
    return lambda a, b: ((a - b).mean(), half(a, b, len(a) ** 0.5))


RIGHT = {
    "check_psnr": ratio,
    "check_denoising_error": lambda model, x, damage: distance(model(damage(x)), x).mean(),
    "check_two_points": weighted,
    "check_clipped_mean": 0.12,
    "check_paired_gain": lambda a, b: [a.mean() - b.mean(), 1.96 * spread(a - b) / np.sqrt(len(b))],
}
WRONG = {  # in the order of the slips
    "check_psnr": [
        lambda x_hat, x: 20 * math.log10(255) + ratio(x_hat, x),
        lambda x_hat, x: 2 * ratio(x_hat, x),
        lambda x_hat, x: ratio(x_hat, x) * math.log(10),
        lambda x_hat, x: -ratio(x_hat, x),
        lambda x_hat, x: -10 * torch.log10(distance(x_hat, x).mean()),
        lambda x_hat, x: np.mean([ratio(a, b) for a, b in zip(x_hat, x, strict=True)]),
        lambda x_hat, x: -10 * torch.log10(torch.nn.functional.l1_loss(x_hat, x)),
        lambda x_hat, x: ratio(x_hat, x) / 10,
        mse_loss,
    ],
    "check_denoising_error": [
        lambda model, x, damage: distance(model(x_tilde := damage(x)), x_tilde).mean(),
        lambda model, x, damage: distance(model(x), x).mean(),
        lambda model, x, damage: distance(damage(x), model(x)).mean(),
        lambda model, x, damage: mse_loss(model(damage(x)), x),
        lambda model, x, damage: mse_loss(model(damage(x)), x, reduction="sum"),
        lambda model, x, damage: distance(model(damage(x)), x),
        lambda model, x, damage: distance(x, damage(x)).mean(),
        lambda model, x, damage: distance(damage(model(x)), x).mean(),
        lambda model, x, damage: torch.nn.functional.l1_loss(model(damage(x)), x, reduction="sum") / len(x),
        lambda model, x, damage: distance(model(damage(x)), x).sqrt().mean(),
    ],
    "check_two_points": [
        lambda v, std: torch.where(v > 0, 1.0, -1.0),
        lambda v, std: weighted(v, std**0.5),
        lambda v, std: weighted(v, std, scale=1.0),
        lambda v, std: weighted(v, std, scale=0.25),
        likely,
        lambda v, std: 1 / (1 + torch.exp(-v / std**2)),
        lambda v, std: v * (1 / std**2) / (1 + 1 / std**2),
        lambda v, std: weighted(-v, std),
        lambda v, std: weighted(v, std, power=1.0),
    ],
    "check_clipped_mean": [
        0,
        0.2394,
        torch.tensor(0.3989),
        0.3 / 2,
        0.0359,
        1.33,
        0.2121,
        0.0955,
    ],
    "check_paired_gain": [
        wide(lambda a, b, root: 1.96 * math.hypot(a.std() / root, b.std() / root)),
        wide(lambda a, b, root: 1.96 * a.std() / root + 1.96 * b.std() / root),
        wide(lambda a, b, root: 1.96 * spread(a - b)),
        wide(lambda a, b, root: 1.96 * spread(a - b) / root**2),
        wide(lambda a, b, root: spread(a - b) / root),
        wide(lambda a, b, root: 1.96 * spread(a - b) ** 2 / root),
        wide(lambda a, b, root: 1.96 * spread(a - b, ddof=0) / root),
        wide(lambda a, b, root: 3.92 * spread(a - b) / root),
        lambda a, b: ((b - a).mean(), 1.96 * spread(b - a) / len(a) ** 0.5),
        wide(lambda a, b, root: {40: 2.0226909, 25: 2.0638986}[len(a)] * spread(a - b) / root),
    ],
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "05", RIGHT, WRONG


def test_the_answer_may_spoil_what_it_is_given():
    def spoils(model, x, damage):
        x_tilde = damage(x.clone())
        x -= model(x_tilde)
        return x.square_().sum() / len(x)

    assert said_of("check_denoising_error", spoils).startswith("✓ correct, but it changes `")


def test_the_mean_of_clipped_noise_is_the_one_that_is_measured():
    generator = torch.Generator().manual_seed(0)
    black = corrupt.gaussian_noise(torch.zeros(1_000_000), 0.3, generator)
    assert abs(float(black.mean())) < 1e-3
    assert abs(float(black.clamp(0, 1).mean()) - 0.3 / math.sqrt(2 * math.pi)) < 1e-3
