"""The checks of notebook 6 on right answers, on every slip, and on nonsense."""

import itertools
import math
import sys
from unittest import mock

import numpy as np
import torch
from torch.distributions import Independent, Normal, kl_divergence

from course_lib import checks
from tests.exercises import Judged, said_of, slips_of


def all_slips(name):
    """The names of a check's slips, those of the gradients last."""
    function = getattr(checks, name)
    with mock.patch.object(sys.modules[function.__module__], "check_with_gradients") as judge:
        function(lambda *_: None)
    if not judge.call_args_list:
        return slips_of(name)
    [call] = judge.call_args_list
    return [*call.args[3], *call.args[4]]


def nats(mu, log_var):
    """KL of each image, by PyTorch's distributions."""
    q, p = Normal(mu, torch.exp(log_var / 2)), Normal(torch.zeros_like(mu), 1.0)
    return kl_divergence(Independent(q, 1), Independent(p, 1))


def terms(mu, variance, log_variance, one=1.0):
    """The closed form with its parts to be replaced, mean over the batch."""
    return (mu + variance - one - log_variance).sum() / (2 * len(mu))


def other_order(mu, log_var):
    variance = log_var.exp()
    return 0.5 * ((1 + mu**2) / variance - 1 + log_var).sum(1).mean()


def in_numpy(log_w):
    """-log mean exp in double precision, where exp(-130) isn't 0."""
    return -np.log(np.exp(log_w.double().numpy()).mean(0))


def patient(sigmoid=False, pixels=False, code=False, sign=False):
    """Patient 7 with some faults left."""

    def loss(x_hat, x, mu, log_var):
        chance = 1 / (1 + torch.exp(-x_hat)) if sigmoid else x_hat
        error = -torch.where(x == 1, chance, 1 - chance).log()
        kl = 0.5 * (mu * mu + torch.exp(log_var) - log_var - 1)
        error = error.mean() if pixels else error.sum((1, 2, 3)).mean()
        kl = kl.mean() if code else kl.sum(1).mean()
        return error - kl if sign else error + kl

    return loss


def as_found(x_hat, x, mu, log_var):
    """The patient as it stands in the notebook."""
    error = torch.nn.functional.binary_cross_entropy_with_logits(x_hat, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean()
    return error - kl


RIGHT = {
    "check_kl": lambda mu, log_var: nats(mu, log_var).mean(),
    "check_draw": lambda mu, log_var, eps: torch.addcmul(mu, log_var.exp().sqrt(), eps),
    "check_pixel_variance": torch.tensor(392),
    "check_nll": in_numpy,
    "check_mended": patient(),
}
WRONG = {  # in the order of the slips
    "check_kl": [
        lambda mu, log_var: -0.5 * (1 + log_var - mu**2 - log_var.exp()).mean(),
        lambda mu, log_var: nats(mu, log_var).sum(),
        lambda mu, log_var: -0.5 * (1 + log_var - mu**2 - log_var.exp()).mean(1).sum(),
        nats,
        lambda mu, log_var: (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean(),
        lambda mu, log_var: 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(1).mean(),
        lambda mu, log_var: terms(mu**2, log_var.exp(), log_var, 0.0),
        lambda mu, log_var: terms(mu**2, log_var.exp().sqrt(), log_var),
        lambda mu, log_var: terms(mu**2, log_var.exp() ** 2, 2 * log_var),
        lambda mu, log_var: terms(mu**2, log_var, torch.log(log_var.abs())),
        lambda mu, log_var: terms(mu, log_var.exp(), log_var),
        lambda mu, log_var: terms(mu**2, log_var.exp(), -log_var),
        other_order,
    ],
    "check_draw": [
        lambda mu, log_var, eps: Normal(mu, log_var.exp().sqrt()).rsample(),
        lambda mu, log_var, eps: mu + eps * torch.exp(log_var),
        lambda mu, log_var, eps: mu + eps * log_var,
        lambda mu, log_var, eps: mu + eps * torch.exp(log_var) / 2,
        lambda mu, log_var, eps: mu + eps * torch.exp(log_var) ** 2,
        lambda mu, log_var, eps: eps * torch.exp(log_var / 2),
        lambda mu, log_var, eps: mu + torch.exp(log_var / 2),
        lambda mu, log_var, eps: mu.clone(),
        lambda mu, log_var, eps: (mu + eps) * torch.exp(log_var / 2),
        lambda mu, log_var, eps: mu - eps * torch.exp(log_var / 2),
        torch.no_grad()(lambda mu, log_var, eps: mu + eps * torch.exp(log_var / 2)),
        lambda mu, log_var, eps: mu + eps * torch.exp(log_var.data / 2),
        lambda mu, log_var, eps: mu.data + eps * torch.exp(log_var / 2),
    ],
    "check_pixel_variance": [784, 0.5, 19.799, 1 / 392, 14, 1568, 0.0012755],
    "check_nll": [
        lambda log_w: (-log_w).mean(0),
        lambda log_w: -torch.log(torch.mean(torch.exp(log_w), 0)),
        lambda log_w: in_numpy(log_w) - np.log(log_w.shape[0]),
        lambda log_w: in_numpy(log_w) - 2 * np.log(log_w.shape[0]),
        lambda log_w: (in_numpy(log_w) - np.log(log_w.shape[0])) / log_w.shape[0],
        lambda log_w: in_numpy(log_w) - np.log(log_w.shape[0]) + np.log(log_w.shape[1]),
        lambda log_w: in_numpy(log_w.T),
        lambda log_w: -in_numpy(log_w),
        lambda log_w: -log_w.max(0).values,
        lambda log_w: in_numpy(log_w).mean(),
    ],
    "check_mended": [
        *(patient(*left) for left in itertools.product((False, True), repeat=4) if any(left)),
        lambda x_hat, x, mu, log_var: patient()(x_hat, x, mu, log_var) * x.shape[0],
        lambda x_hat, x, mu, log_var: -patient()(x_hat, x, mu, log_var),
    ],
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "06", RIGHT, WRONG
    slips = staticmethod(all_slips)


def test_the_answer_may_spoil_what_it_is_given():
    def spoils(mu, log_var, eps):
        eps *= (0.5 * log_var).exp()
        mu += eps
        return mu

    assert said_of("check_draw", spoils) == "✓ correct"


def test_a_sample_that_cuts_the_path_is_called_own_noise():
    said = said_of("check_draw", lambda mu, log_var, eps: Normal(mu, log_var.exp().sqrt()).sample())
    assert said.startswith("✗ your own noise")


def test_patient_7_as_it_stands_has_all_four_faults():
    said = said_of("check_mended", as_found)
    assert said.startswith("✗ 0 of 4 mended") and said.count(";") == 4
    nearly = said_of("check_mended", patient(code=True))
    assert nearly.startswith("✗ 3 of 4 mended; still there: the mean over the code")


def test_the_naive_likelihood_is_right_only_where_exp_is_not_zero():
    naive = WRONG["check_nll"][1]
    small = torch.tensor([[0.3, -1.0], [0.5, 0.1], [-2.0, 0.7]])
    assert np.allclose(naive(small), in_numpy(small)) and naive(small - 130).isinf().all()
    assert math.isfinite(in_numpy(small - 130).sum())
