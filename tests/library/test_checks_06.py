"""The checks of notebook 6 on right answers, on every slip, and on nonsense."""

import itertools
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

from tests.library.exercises import Judged, Strangers, by_name, said_of


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


FAULTS = (  # in the order of the patient's arguments
    "a second sigmoid (x_hat is a chance already, `_with_logits` takes one more)",
    "the mean over the pixels (sum them, mean over the batch)",
    "the mean over the code (sum it, mean over the batch)",
    "the sign of the KL (the loss is error plus KL)",
)


def still_there(left):
    """What the check must say where these faults are left: one True or False a fault."""
    faults = "; ".join(fault for fault, stays in zip(FAULTS, left, strict=True) if stays)
    return f"{4 - sum(left)} of 4 mended; still there: {faults}"


def error_of(x_hat, x):
    """The cross-entropy of each image."""
    return -torch.distributions.Bernoulli(x_hat).log_prob(x).flatten(1).sum(1)


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
WRONG = {  # an answer for every slip, by the words with which the slip's name begins
    "check_kl": {
        "the mean": lambda mu, log_var: -0.5 * (1 + log_var - mu**2 - log_var.exp()).mean(),
        "the sum over the batch: divide": lambda mu, log_var: nats(mu, log_var).sum(),
        "the sum over the batch and": lambda mu, log_var: -0.5 * (1 + log_var - mu**2 - log_var.exp()).mean(1).sum(),
        "one number for each image": nats,
        "one number for each code": lambda mu, log_var: kl_divergence(
            Normal(mu, torch.exp(log_var / 2)), Normal(torch.zeros_like(mu), 1.0)
        ).mean(0),
        "the 1/2 is missing": lambda mu, log_var: (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean(),
        "the 1/2 stands before mu^2 only": lambda mu, log_var: terms(mu**2, 2 * log_var.exp(), 2 * log_var, 2.0),
        "the 1/2 doesn't reach mu^2": lambda mu, log_var: terms(2 * mu**2, log_var.exp(), log_var),
        "the 1/2 stands before the": lambda mu, log_var: terms(2 * mu**2, 2 * log_var.exp(), log_var, 2.0),
        "the 1/2 doesn't reach the logarithm": lambda mu, log_var: terms(mu**2, log_var.exp(), 2 * log_var),
        "the sign: a": lambda mu, log_var: 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(1).mean(),
        "the -1 is missing": lambda mu, log_var: terms(mu**2, log_var.exp(), log_var, 0.0),
        "sigma where its square belongs": lambda mu, log_var: terms(mu**2, log_var.exp().sqrt(), log_var),
        "log_var taken for log sigma": lambda mu, log_var: terms(mu**2, log_var.exp() ** 2, 2 * log_var),
        "log_var taken for the variance": lambda mu, log_var: terms(mu**2, log_var, torch.log(log_var.abs())),
        "mu isn't squared": lambda mu, log_var: terms(mu, log_var.exp(), log_var),
        "mu^2 is missing": lambda mu, log_var: terms(0 * mu, log_var.exp(), log_var),
        "the log-variance is missing": lambda mu, log_var: terms(mu**2, log_var.exp(), 0 * log_var),
        "the arguments are exchanged": lambda mu, log_var: terms(log_var**2, mu.exp(), mu),
        "the sign of the log-variance": lambda mu, log_var: terms(mu**2, log_var.exp(), -log_var),
        "the order": other_order,
    },
    "check_draw": {
        "your own noise": lambda mu, log_var, eps: Normal(mu, log_var.exp().sqrt()).rsample(),
        "the variance for sigma": lambda mu, log_var, eps: mu + eps * torch.exp(log_var),
        "the log-variance for sigma": lambda mu, log_var, eps: mu + eps * log_var,
        "half of the variance": lambda mu, log_var, eps: mu + eps * torch.exp(log_var) / 2,
        "the square for the root": lambda mu, log_var, eps: mu + eps * torch.exp(log_var) ** 2,
        "mu is missing": lambda mu, log_var, eps: eps * torch.exp(log_var / 2),
        "upside down": lambda mu, log_var, eps: mu + eps * torch.exp(-log_var / 2),
        "the half without the exp": lambda mu, log_var, eps: mu + eps * log_var / 2,
        "sigma is added and doesn't stretch": lambda mu, log_var, eps: mu + eps + torch.exp(log_var / 2),
        "sigma is missing": lambda mu, log_var, eps: torch.add(eps, mu),
        "mu and log_var are exchanged": lambda mu, log_var, eps: log_var + eps * torch.exp(mu / 2),
        "mu and eps are exchanged": lambda mu, log_var, eps: mu * torch.exp(log_var / 2) + eps,
        "log_var and eps are exchanged": lambda mu, eps, log_var: mu + eps * torch.exp(log_var / 2),
        "one draw for all images": lambda mu, log_var, eps: mu + eps[0] * torch.exp(log_var / 2),
        "the variance of": lambda mu, log_var, eps: mu + eps * torch.exp(log_var.T[0] / 2)[:, None],
        "eps is missing": lambda mu, log_var, eps: mu + torch.exp(log_var / 2),
        "mu alone": lambda mu, log_var, eps: mu.clone(),
        "sigma multiplies mu too": lambda mu, log_var, eps: (mu + eps) * torch.exp(log_var / 2),
        "the sign": lambda mu, log_var, eps: mu - eps * torch.exp(log_var / 2),
        "the values": torch.no_grad()(lambda mu, log_var, eps: mu + eps * torch.exp(log_var / 2)),
        "the gradient reaches mu only": lambda mu, log_var, eps: mu + eps * torch.exp(log_var.data / 2),
        "the gradient reaches log_var only": lambda mu, log_var, eps: mu.data + eps * torch.exp(log_var / 2),
    },
    "check_pixel_variance": {
        "that is beta": 784,
        "mse_loss is": 0.5,
        "that is sigma_x: its": 19.799,
        "that is sigma_x rounded": 20,
        "upside down: a": 1 / 392,
        "upside down, and": 1 / 1568,
        "the side": 14,
        "the 2": 1568,
        "the weight": 0.0012755,
        "half of": 307328,
        "the square": 153664,
    },
    "check_nll": {
        "the mean of the logarithms": lambda log_w: (-log_w).mean(0),
        "exp of -130 is 0 in float32": lambda log_w: -torch.log(torch.mean(torch.exp(log_w), 0)),
        "the sum of the weights": lambda log_w: in_numpy(log_w) - np.log(log_w.shape[0]),
        "log k has the wrong sign": lambda log_w: in_numpy(log_w) - 2 * np.log(log_w.shape[0]),
        "divided by": lambda log_w: (in_numpy(log_w) - np.log(log_w.shape[0])) / log_w.shape[0],
        "log of the batch size": lambda log_w: in_numpy(log_w) - np.log(log_w.shape[0]) + np.log(log_w.shape[1]),
        "over the images where the draws are meant": lambda log_w: in_numpy(log_w.T),
        "the sign": lambda log_w: -in_numpy(log_w),
        "the minus stands inside": lambda log_w: -in_numpy(-log_w),
        "the best draw alone": lambda log_w: -log_w.max(0).values,
        "the largest": lambda log_w: in_numpy(log_w) + log_w.double().numpy().max(0),
        "the weights": lambda log_w: -torch.einsum("kb,kb->b", log_w, (log_w - log_w.logsumexp(0)).exp()),
        "the ELBO": lambda log_w: sum(log_w) / len(log_w),
        "log k is": lambda log_w: in_numpy(log_w) + np.log(log_w.shape[0]),
        "k is subtracted": lambda log_w: in_numpy(log_w) - np.log(log_w.shape[0]) + log_w.shape[0],
        "log k to the base 2": lambda log_w: in_numpy(log_w) - np.log(log_w.shape[0]) + np.log2(log_w.shape[0]),
        "the mean over the images too": lambda log_w: in_numpy(log_w).mean(),
    },
    "check_mended": {
        **{still_there(left): patient(*left) for left in itertools.product((False, True), repeat=4) if any(left)},
        "the sum over the batch": lambda x_hat, x, mu, log_var: patient()(x_hat, x, mu, log_var) * x.shape[0],
        "the ELBO itself": lambda x_hat, x, mu, log_var: -patient()(x_hat, x, mu, log_var),
        "the KL isn't divided by the number of images": lambda x_hat, x, mu, log_var: (
            error_of(x_hat, x).mean() + nats(mu, log_var).sum()
        ),
        "the error isn't divided by the number of images": lambda x_hat, x, mu, log_var: (
            error_of(x_hat, x).sum() + nats(mu, log_var).mean()
        ),
        "the 1/2 of the KL is missing": lambda x_hat, x, mu, log_var: (
            error_of(x_hat, x) + 2 * nats(mu, log_var)
        ).mean(),
        "the 1/2 stands before the error too": lambda x_hat, x, mu, log_var: (
            error_of(x_hat, x) / 2 + nats(mu, log_var)
        ).mean(),
        "the KL is missing": lambda x_hat, x, mu, log_var: error_of(x_hat, x).mean(),
        "the error is missing": lambda x_hat, x, mu, log_var: nats(mu, log_var).mean(),
        "one number for each image": lambda x_hat, x, mu, log_var: error_of(x_hat, x) + nats(mu, log_var),
        "the squared error for the cross-entropy": lambda x_hat, x, mu, log_var: (
            ((x - x_hat) ** 2).sum() / len(x) + nats(mu, log_var).mean()
        ),
        "x and x_hat are exchanged": lambda x_hat, x, mu, log_var: (
            torch.nn.functional.binary_cross_entropy(x, x_hat, reduction="none").sum() / len(x)
            + nats(mu, log_var).mean()
        ),
        "both terms are divided by the number of pixels": lambda x_hat, x, mu, log_var: (
            patient()(x_hat, x, mu, log_var) / x[0].nelement()
        ),
        "the -1 of the KL is missing": lambda x_hat, x, mu, log_var: patient()(x_hat, x, mu, log_var) + mu.shape[1] / 2,
        "sigma where its square belongs in the KL": lambda x_hat, x, mu, log_var: (
            error_of(x_hat, x).mean() + terms(mu**2, (log_var / 2).exp(), log_var)
        ),
    },
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "06", RIGHT, WRONG


def test_an_answer_that_spoils_what_it_is_given_is_right_and_told_so():
    def spoils(mu, log_var, eps):
        eps *= (0.5 * log_var).exp()
        mu += eps
        return mu

    assert said_of("check_draw", spoils).startswith("✓ correct, but it changes `mu` and `eps` in place")


def test_a_sample_that_cuts_the_path_is_called_own_noise():
    said = said_of("check_draw", lambda mu, log_var, eps: Normal(mu, log_var.exp().sqrt()).sample())
    assert said.startswith("✗ your own noise")


def test_patient_7_as_it_stands_has_all_four_faults():
    said = said_of("check_mended", as_found)
    assert said.startswith("✗ 0 of 4 mended") and said.count(";") == 4
    nearly = said_of("check_mended", patient(code=True))
    assert nearly.startswith("✗ 3 of 4 mended; still there: the mean over the code")


def test_the_naive_likelihood_is_right_only_where_exp_is_not_zero():
    naive = WRONG["check_nll"]["exp of -130 is 0 in float32"]
    small = torch.tensor([[0.3, -1.0], [0.5, 0.1], [-2.0, 0.7]])
    assert np.allclose(naive(small), in_numpy(small)) and naive(small - 130).isinf().all()
    assert math.isfinite(in_numpy(small - 130).sum())


# -- answers for which the checks were not written -------------------------------------------------------------------


def loops(mu, log_var):
    """Image by image, code by code, in Python's numbers and PyTorch's."""
    total = 0.0
    for row, spread in zip(mu, log_var, strict=True):
        for m, s in zip(row, spread, strict=True):
            total = total + (m * m + s.exp() - s - 1) / 2
    return total / len(mu)


def by_logs(log_w):
    """One draw after the other, log(a + b) at a time."""
    total = log_w[0]
    for row in log_w[1:]:
        total = torch.logaddexp(total, row)
    return -(total - math.log(log_w.shape[0]))


def shifted(log_w):
    """The largest weight taken out by hand."""
    top = log_w.max(dim=0, keepdim=True).values
    return -(top.squeeze(0) + torch.log(torch.exp(log_w - top).mean(dim=0)))


def as_logits(x_hat, x, mu, log_var):
    """Back to logits, which `_with_logits` wants."""
    logits = torch.log(x_hat) - torch.log1p(-x_hat)
    error = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    return (error - 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum()) / x.shape[0]


ODD = [
    ("check_kl", loops),
    ("check_kl", lambda mu, log_var: torch.einsum("bd->", mu**2 + log_var.exp() - 1 - log_var).div(2 * mu.size(0))),
    ("check_kl", lambda mu, log_var: nats(mu, log_var).mean().reshape(1)),
    ("check_kl", lambda mu, log_var: -0.5 * torch.mean(torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=-1))),
    ("check_draw", lambda mu, log_var, eps: torch.lerp(mu, mu + eps, log_var.div(2).exp())),
    (
        "check_draw",
        lambda mu, log_var, eps: torch.stack([mu[i] + log_var[i].exp() ** 0.5 * eps[i] for i in range(len(mu))]),
    ),
    ("check_draw", lambda mu, log_var, eps: eps * math.e ** (0.5 * log_var) + mu),
    ("check_pixel_variance", Fraction(784, 2)),
    ("check_pixel_variance", np.float32(392)),
    ("check_pixel_variance", [392]),
    ("check_pixel_variance", lambda: 28**2 / 2),
    ("check_nll", by_logs),
    ("check_nll", shifted),
    ("check_nll", lambda log_w: -log_w.double().exp().mean(0).log()),  # double reaches down to -700
    ("check_nll", lambda log_w: [float(one) for one in by_logs(log_w)]),
    ("check_mended", as_logits),
    ("check_mended", lambda x_hat, x, mu, log_var: (error_of(x_hat, x) + nats(mu, log_var)).mean().view(1)),
    (
        "check_mended",
        lambda x_hat, x, mu, log_var: patient()(x_hat.double(), x.double(), mu.double(), log_var.double()),
    ),
    (
        "check_kl",
        lambda mu, log_var: torch.func.vmap(lambda m, s: (m @ m + (s.exp() - s - 1).sum()) / 2)(mu, log_var).mean(),
    ),
    ("check_draw", lambda mu, log_var, eps=None: torch.distributions.AffineTransform(mu, (log_var / 2).exp())(eps)),
    ("check_pixel_variance", Decimal(392)),
    ("check_pixel_variance", torch.tensor([[392.0]], requires_grad=True)),
    (
        "check_nll",
        lambda log_w: [float(-(sum(Decimal(one).exp() for one in row) / len(row)).ln()) for row in log_w.T.tolist()],
    ),
    ("check_nll", lambda log_w: log_w.log_softmax(0)[0] - log_w[0] + math.log(len(log_w))),
    (
        "check_mended",
        lambda x_hat, x, *code: (
            torch.nn.functional.nll_loss(torch.stack([1 - x_hat, x_hat], 1).log(), x.long(), reduction="sum") / len(x)
            + nats(*code).mean()
        ),
    ),
]
UNLISTED = [
    ("check_kl", lambda mu, log_var: nats(mu, log_var).mean().detach()),
    ("check_kl", lambda mu, log_var: nats(mu, log_var).mean().item()),
    ("check_kl", lambda mu, log_var: nats(mu.detach(), log_var).mean()),
    ("check_kl", lambda mu, log_var: nats(mu, log_var.data).mean()),
    ("check_kl", lambda mu, log_var: nats(mu, log_var).mean() * (len(mu) / 3) ** 2),
    ("check_kl", lambda mu, log_var: nats(mu, log_var).max()),
    ("check_kl", lambda mu, log_var: nats(mu, log_var.clamp(min=0)).mean()),
    ("check_kl", lambda mu, log_var: nats(mu.abs().sqrt(), log_var).mean()),
    ("check_kl", lambda mu, log_var: nats(mu, log_var).median()),
    ("check_draw", lambda mu, log_var, eps: mu + (0.5 * log_var).exp().clamp(max=1.5) * eps),
    ("check_draw", lambda mu, log_var, eps: mu + (0.5 * log_var).exp() * eps.abs()),
    ("check_draw", lambda mu, log_var, eps: (mu + (0.5 * log_var).exp() * eps).mean(0)),
    ("check_draw", lambda mu, log_var, eps: (mu + (0.5 * log_var).exp() * eps).numpy()),
    ("check_draw", lambda mu, log_var, eps: 0.5 * mu + 0.5 * mu.detach() + (0.5 * log_var).exp() * eps),
    ("check_draw", lambda mu, log_var, eps: mu + (0.5 * log_var).exp() * eps.sort(0).values),
    ("check_draw", lambda mu, log_var, eps: mu + ((0.5 * log_var).exp() / 2 + (0.5 * log_var.data).exp() / 2) * eps),
    ("check_kl", lambda mu, log_var: nats(mu - mu.mean(0), log_var).mean()),
    ("check_kl", lambda mu, log_var: nats(mu, log_var).sum() / max(len(mu) - 1, 1)),
    ("check_kl", lambda mu, log_var: nats(mu, log_var).mean() / math.log(2)),
    ("check_nll", lambda log_w: -((log_w - log_w.max()).exp().mean(0).log() + log_w.max())),
    ("check_nll", lambda log_w: by_logs(log_w) + math.log(len(log_w) - 1) - math.log(len(log_w))),
    ("check_mended", lambda x_hat, x, *code: error_of((x_hat + 1e-3).clamp(max=1), x).mean() + nats(*code).mean()),
    ("check_mended", lambda x_hat, x, *code: (x_hat - x).abs().sum() / len(x) + nats(*code).mean()),
    ("check_pixel_variance", 391),
    ("check_pixel_variance", 196),
    ("check_pixel_variance", "392 or so"),
    ("check_nll", lambda log_w: -log_w.topk(2, 0).values.logsumexp(0) + math.log(2)),
    ("check_nll", lambda log_w: by_logs(log_w).unsqueeze(1)),
    ("check_nll", lambda log_w: by_logs(log_w.clamp(min=-140))),
    ("check_mended", lambda *given: patient()(*given).item()),
    ("check_mended", lambda *given: patient()(*given).detach()),
    ("check_mended", lambda x_hat, x, mu, log_var: patient()(x_hat, x, mu, log_var.detach())),
    ("check_mended", lambda x_hat, x, mu, log_var: patient()(x_hat.round(decimals=1).clamp(0.1, 0.9), x, mu, log_var)),
    ("check_mended", lambda x_hat, x, mu, log_var: patient()(x_hat, x, mu, log_var) / 2),
    ("check_mended", lambda x_hat, x, mu, log_var: patient()(x_hat, 1 - x, mu, log_var)),
]


class TestStrangers(Strangers):
    """Right answers in odd styles, and wrong ones that are no slip of the check."""

    odd, unlisted = by_name(ODD), by_name(UNLISTED)


@pytest.mark.parametrize("cut", [torch.Tensor.detach, torch.Tensor.item])
def test_a_loss_that_trains_nothing_is_told_where_the_gradient_stops(cut):
    said = said_of("check_kl", lambda mu, log_var: cut(nats(mu, log_var).mean()))
    assert "no gradient reaches `mu` and `log_var`" in said
    half = said_of("check_mended", lambda x_hat, x, mu, log_var: patient()(x_hat, x, mu.detach(), log_var))
    assert "no gradient reaches `mu`" in half and "log_var" not in half
