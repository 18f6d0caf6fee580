"""The checks of notebook 5 on right answers, on every slip, and on nonsense."""

import math
import statistics
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch.nn.functional import mse_loss

from course_lib import corrupt
from tests.library.exercises import Judged, Strangers, said_of


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


def covariance(a, b):
    return torch.cov(torch.stack([a, b]))[0, 1]


def log_p(v, std):
    """log of the noisy points' density at one place, up to a constant."""
    return torch.logsumexp(torch.stack([-((v - 1) ** 2), -((v + 1) ** 2)]) / (2 * std**2), 0)


def wide(half):
    return lambda a, b: ((a - b).mean(), half(a, b, len(a) ** 0.5))


RIGHT = {
    "check_psnr": ratio,
    "check_denoising_error": lambda model, x, damage: distance(model(damage(x)), x).mean(),
    "check_two_points": weighted,
    "check_clipped_mean": 0.12,
    "check_paired_gain": lambda a, b: [a.mean() - b.mean(), 1.96 * spread(a - b) / np.sqrt(len(b))],
}
WRONG = {  # an answer for every slip, by the words with which the slip's name begins
    "check_psnr": {
        "the peak is 255": lambda x_hat, x: 20 * math.log10(255) + ratio(x_hat, x),
        "20 times the logarithm belong to the root of the mean squared error": lambda x_hat, x: 2 * ratio(x_hat, x),
        "the natural logarithm": lambda x_hat, x: ratio(x_hat, x) * math.log(10),
        "the sign: a": lambda x_hat, x: -ratio(x_hat, x),
        "the error is summed over an image's pixels": lambda x_hat, x: -10 * torch.log10(distance(x_hat, x).mean()),
        "the mean of each image's PSNR": lambda x_hat, x: np.mean([ratio(a, b) for a, b in zip(x_hat, x, strict=True)]),
        "the mean absolute error": lambda x_hat, x: -10 * torch.log10(torch.nn.functional.l1_loss(x_hat, x)),
        "bels, not": lambda x_hat, x: ratio(x_hat, x) / 10,
        "10 times the logarithm of the root": lambda x_hat, x: 10 * math.log10(1 / float(mse_loss(x_hat, x).sqrt())),
        "one PSNR per image": lambda x_hat, x: torch.tensor([ratio(a, b) for a, b in zip(x_hat, x, strict=True)]),
        "the logarithm of each pixel's error": lambda x_hat, x: 10 * torch.log10(1 / (x_hat - x) ** 2).mean(),
        "the peak is taken from the image": lambda x_hat, x: 20 * math.log10(float(x.max())) + ratio(x_hat, x),
        "the answer is cut": lambda x_hat, x: ratio(x_hat.clamp(0, 1), x),
        "the square of the mean difference": lambda x_hat, x: -20 * torch.log10((x_hat - x).mean().abs()),
        "the signal's": lambda x_hat, x: 10 * torch.log10(x.pow(2).sum() / (x_hat - x).pow(2).sum()),
        "no logarithm": mse_loss,
        "the sum of all squared errors": lambda x_hat, x: -20 * torch.log10((x_hat - x).norm()),
        "the range": lambda x_hat, x: 20 * math.log10(np.ptp(x.numpy())) + ratio(x_hat, x),
    },
    "check_denoising_error": {
        "noise on the target": lambda model, x, damage: distance(model(x_tilde := damage(x)), x_tilde).mean(),
        "the model is given the clean x": lambda model, x, damage: distance(model(x), x).mean(),
        "the clean": lambda model, x, damage: distance(damage(x), model(x)).mean(),
        "the mean over the pixels where the sum is asked for": lambda model, x, damage: mse_loss(model(damage(x)), x),
        "the sum over the batch": lambda model, x, damage: mse_loss(model(damage(x)), x, reduction="sum"),
        "the error for each image": lambda model, x, damage: distance(model(damage(x)), x),
        "the model is never asked": lambda model, x, damage: distance(x, damage(x)).mean(),
        "the damage comes after the model": lambda model, x, damage: distance(damage(model(x)), x).mean(),
        "the absolute": lambda model, x, damage: (
            torch.nn.functional.l1_loss(model(damage(x)), x, reduction="sum") / len(x)
        ),
        "the length of the error": lambda model, x, damage: distance(model(damage(x)), x).sqrt().mean(),
        "a factor 1/2 that isn't in the loss": lambda model, x, damage: 0.5 * distance(model(damage(x)), x).mean(),
        "the image is damaged twice": lambda model, x, damage: distance(model(damage(damage(x))), x).mean(),
        "the answer is compared": lambda model, x, damage: distance(model(x), model(damage(x))).mean(),
        "the sum over the last axis alone": lambda model, x, damage: mse_loss(model(damage(x)), x) * x.shape[-1],
        "divided by": lambda model, x, damage: mse_loss(model(damage(x)), x, reduction="sum") / x.size(3),
        "the error of": lambda model, x, damage: (distance(model(damage(x)), x) + distance(model(x), x)).mean(),
        "the signed": lambda model, x, damage: ((model(damage(x)) - x).sum((1, 2, 3)) ** 2).mean(),
        "the answer is taken for the noise": lambda model, x, damage: distance(damage(x) - model(damage(x)), x).mean(),
    },
    "check_two_points": {
        "the nearest point": lambda v, std: torch.where(v > 0, 1.0, -1.0),
        "std where its square belongs": lambda v, std: weighted(v, std**0.5),
        "the weights lack the 1/2 of exp": lambda v, std: weighted(v, std, scale=1.0),
        "a factor 2 too much in the denominator": lambda v, std: weighted(v, std, scale=0.25),
        "that is the chance of +1": likely,
        "a chance of half the slope": lambda v, std: 1 / (1 + torch.exp(-v / std**2)),
        "the best straight line": lambda v, std: v * (1 / std**2) / (1 + 1 / std**2),
        "the sign": lambda v, std: weighted(-v, std),
        "std is left out": lambda v, std: weighted(v, 1.0),
        "multiplied by the variance where it divides": lambda v, std: weighted(v, 1 / std),
        "the exponent as it stands": lambda v, std: v * std**-2,
        "the weights aren't divided by their sum": lambda v, std: torch.exp(v / std**2) - torch.exp(-v / std**2),
        "a sine over a cosine": lambda v, std: torch.sin(v / std**2) / torch.cos(v / std**2),
        "the normal distribution's erf": lambda v, std: 2 * torch.distributions.Normal(0.0, std).cdf(v) - 1,
        "the distances aren't squared": lambda v, std: weighted(v, std, power=1.0),
        "that is the arrow from x_tilde to the answer": lambda v, std: weighted(v, std) - v,
        "the sum": lambda v, std: sum(x * torch.exp(-0.5 * ((v - x) / std) ** 2) for x in (1.0, -1.0)),
    },
    "check_clipped_mean": {
        "that is the mean before clipping": 0,
        "the mean of |0.3 eps|": 0.2394,
        "that is for std 1": torch.tensor(0.3989),
        "half of the std": 0.3 / 2,
        "the variance for the std": 0.0359,
        "that is the height of the density at 0": 1.33,
        "the root of the mean square": 0.2121,
        "the mean of the square": 9 / 200,
        "halved twice": 0.0598,
        "the sign": -0.1197,
        "the spread of the clipped noise": 0.1751,
        "1/pi in place of 1/sqrt": 0.0955,
        "2 pi without its root": 0.04775,
        "the 2 under the root is missing": 0.16926,
        "multiplied by sqrt": 0.752,
    },
    "check_paired_gain": {
        "as if": wide(lambda a, b, root: 1.96 * math.hypot(a.std() / root, b.std() / root)),
        "the two half widths are added": wide(lambda a, b, root: 1.96 * a.std() / root + 1.96 * b.std() / root),
        "the spread of the images": wide(lambda a, b, root: 1.96 * spread(a - b)),
        "divided by N": wide(lambda a, b, root: 1.96 * spread(a - b) / root**2),
        "one standard error": wide(lambda a, b, root: spread(a - b) / root),
        "the variance for the std": wide(lambda a, b, root: 1.96 * spread(a - b) ** 2 / root),
        "1/n in the std where the course has 1/": wide(lambda a, b, root: 1.96 * spread(a - b, ddof=0) / root),
        "the whole width": wide(lambda a, b, root: 3.92 * spread(a - b) / root),
        "the order": lambda a, b: ((b - a).mean(), 1.96 * spread(b - a) / len(a) ** 0.5),
        "the sizes of the differences": lambda a, b: (abs(a - b).mean(), 1.96 * spread(abs(a - b)) / len(a) ** 0.5),
        "the interval's": lambda a, b: [
            (a - b).mean() + side * 1.96 * spread(a - b) / len(a) ** 0.5 for side in (-1, 1)
        ],
        "the variance over N without its root": wide(lambda a, b, root: 1.96 * spread(a - b) ** 2 / root**2),
        "2 for 1.96": wide(lambda a, b, root: 2 * spread(a - b) / root),
        "1.645 standard errors hold 90 percent": wide(lambda a, b, root: 1.645 * spread(a - b) / root),
        "divided by the root of N - 1": wide(lambda a, b, root: 1.96 * spread(a - b) / (len(a) - 1) ** 0.5),
        "the gain as a share of a's error": lambda a, b: ((1 - b / a).mean(), 1.96 * spread(1 - b / a) / len(a) ** 0.5),
        "the median of the differences": lambda a, b: (torch.median(a - b), 1.96 * spread(a - b) / len(a) ** 0.5),
        "Student's t": wide(lambda a, b, root: {40: 2.0226909, 25: 2.0638986}[len(a)] * spread(a - b) / root),
        "the half width stands first": lambda a, b: (1.96 * spread(a - b) / len(a) ** 0.5, (a - b).mean()),
        "the std of a's errors": wide(lambda a, b, root: 1.96 * spread(a) / root),
    },
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "05", RIGHT, WRONG


ODD = {  # right, in styles that the checks were not written for
    "check_psnr": [
        lambda x_hat, x: -10 * torch.log10(mse_loss(x_hat, x)).reshape(1),
        lambda x_hat, x: float(-10 * np.log10(np.square(x_hat.numpy() - x.numpy()).mean())),
        lambda x_hat, x: 10 * math.log10(x.numel() / sum(gap**2 for gap in (x_hat - x).flatten().tolist())),
        lambda x_hat, x: -20 * torch.log10(torch.norm(x_hat - x) / x.numel() ** 0.5),
        lambda x_hat, x: 10 * math.log10(255**2 / mse_loss(255 * x_hat, 255 * x)),
        lambda x_hat, x: Decimal(-10) * Decimal(float(mse_loss(x_hat, x))).log10(),
    ],
    "check_denoising_error": [
        lambda model, x, damage: mse_loss(model(damage(x)), x, reduction="sum") / x.shape[0],
        lambda model, x, damage: mse_loss(model(damage(x)), x) * x[0].numel(),
        lambda model, x, damage: torch.stack([((model(damage(x))[i] - x[i]) ** 2).sum() for i in range(len(x))]).mean(),
        lambda model, x, damage: (torch.linalg.vector_norm(model(damage(x)) - x) ** 2 / len(x)).reshape(1),
        lambda model, x, damage: torch.vmap(lambda a, b: ((a - b) ** 2).sum())(model(damage(x)), x).mean(),
        lambda model, x, damage: torch.trace((gap := (model(damage(x)) - x).flatten(1)) @ gap.T) / len(x),
        lambda model, x, damage: (model(damage(x)).double() - x.double()).square().sum() / len(x),
    ],
    "check_two_points": [
        lambda v, std: 2 * torch.sigmoid(2 * v / std**2) - 1,
        lambda v, std: np.tanh(v.numpy() / std**2),
        lambda v, std: [math.tanh(one / std**2) for one in v.tolist()],
        lambda v, std: (torch.exp(2 * v / std**2) - 1) / (torch.exp(2 * v / std**2) + 1),
        lambda v, std: v + std**2 * torch.func.vmap(torch.func.grad(log_p))(v, torch.full_like(v, std)),
        lambda v, std: v.clone().div_(std).div_(std).tanh_(),
    ],
    "check_clipped_mean": [Fraction(12, 100), np.float32(0.1197), torch.tensor([0.11968]), lambda: 0.3 / 6.2832**0.5],
    "check_paired_gain": [
        lambda a, b: torch.stack([(a - b).mean(), 1.96 * (a - b).std() / len(a) ** 0.5]),
        lambda a, b: (np.mean((a - b).numpy()), 1.96 * np.std((a - b).numpy(), ddof=1) / math.sqrt(len(a))),
        lambda a, b: ((a - b).mean().item(), 1.95996 * ((a - b).var() / a.numel()).sqrt().item()),
        lambda a, b: [(a - b).mean(), 1.96 * (a - b).std(correction=0) / (len(a) - 1) ** 0.5],
        lambda a, b: (a.mean() - b.mean(), 1.96 * ((a.var() + b.var() - 2 * covariance(a, b)) / len(a)).sqrt()),
        lambda a, b: (statistics.fmean((a - b).tolist()), 1.96 * statistics.stdev((a - b).tolist()) / len(a) ** 0.5),
    ],
}
UNLISTED = {  # wrong, and no slip by name
    "check_psnr": [
        lambda x_hat, x: 10 * (x_hat - x).square().mean().log10().exp(),
        lambda x_hat, x: 20 * math.log10(1 / float((x_hat - x).std())),
        lambda x_hat, x: ratio(x_hat[:-1], x[:-1]),
        lambda x_hat, x: -10 * torch.log2((x_hat - x).square().mean()),
        lambda x_hat, x: round(ratio(x_hat, x), 1),
        lambda x_hat, x: -10 * torch.log10((x_hat - x).var()),
    ],
    "check_denoising_error": [
        lambda model, x, damage: distance(model(damage(x)), x).median(),
        lambda model, x, damage: distance(model(damage(x)), x)[:-1].mean(),
        lambda model, x, damage: torch.nn.functional.huber_loss(model(damage(x)), x, reduction="sum") / len(x),
        lambda model, x, damage: distance(model(damage(x)).clamp(0, 1), x).mean(),
        lambda model, x, damage: distance(model(damage(x)), x).sum() / (len(x) - 1),
        lambda model, x, damage: distance(model(damage(x)), x).sum() / 3,  # the batch of the first input
        lambda model, x, damage: distance(model(damage(x) - x), x).mean(),
    ],
    "check_two_points": [
        lambda v, std: (v / std**2).atan() * 2 / math.pi,
        lambda v, std: (v / std**2).clamp(-1, 1),
        lambda v, std: (v / std**2).tanh().abs(),
        lambda v, std: (v / std**2).tanh().mean(),
        lambda v, std: (v / 0.49).tanh(),  # the std of the first input
        lambda v, std: 1 / (v / std**2).tanh(),
    ],
    "check_clipped_mean": [0.3, 0.09, 0.125, 1.197, 0.2185, lambda: None],
    "check_paired_gain": [
        lambda a, b: ((a - b).mean(), 0.0),
        lambda a, b: ((a - b).mean(), 1.96 * (a + b).std() / len(a) ** 0.5),
        lambda a, b: (a.sum() - b.sum(), 1.96 * (a - b).std() / len(a) ** 0.5),
        lambda a, b: (a - b).mean(),
        lambda a, b: ((a - b).mean(), 1.96 * (a.sort().values - b.sort().values).std() / len(a) ** 0.5),
        lambda a, b: ((a - b).mean(), 1.96 * (a - b).square().mean().sqrt() / len(a) ** 0.5),
    ],
}


class TestStrangers(Strangers):
    """Right answers in odd styles, and wrong ones that are no slip of the check."""

    odd, unlisted = ODD, UNLISTED


@pytest.mark.parametrize(
    "cut",
    [
        lambda model, x, damage: distance(model(damage(x)).detach(), x).mean(),
        lambda model, x, damage: distance(model(damage(x)), x).mean().item(),
        torch.no_grad()(lambda model, x, damage: distance(model(damage(x)), x).mean()),
        lambda model, x, damage: torch.tensor(distance(model(damage(x)), x).mean().item()),
    ],
)
def test_a_loss_that_trains_nothing_is_no_loss(cut):
    assert "no gradient reaches `model`" in said_of("check_denoising_error", cut)


def test_a_loss_that_trains_half_of_the_batch_is_no_loss():
    def half(model, x, damage):
        errors = distance(model(damage(x)), x)
        return (errors[0] + errors[1:].detach().sum()) / len(x)

    assert said_of("check_denoising_error", half).startswith("✗ the values are right, but the gradient at `model`")


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
