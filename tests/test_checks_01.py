"""The checks of notebook 1 on right answers, on every slip, and on nonsense."""

import math

import numpy as np
import torch

from tests.exercises import Judged, said_of


def kept_out(x, z_dim):
    """The dropped variance from singular values."""
    return (torch.linalg.svdvals(x - x.mean(0))[z_dim:] ** 2).sum() / x.shape[0]


def eigen(x, centre=True):
    """The covariance's eigenvalues by numpy, largest first."""
    rows = x.double().numpy()
    rows = rows - rows.mean(0) * centre
    return np.linalg.eigvalsh(rows.T @ rows / len(rows))[::-1].copy()


def by_autograd(w, c):
    w = w.double().requires_grad_()
    c = c.double()
    (c.trace() - 2 * (w @ c @ w) + w.square().sum() * (w @ c @ w)).backward()
    return w.grad


def terms(w, c):
    """Cw, (w'Cw) w and |w|^2 Cw, for gradients that are put together wrongly."""
    return c @ w, torch.dot(w, c @ w) * w, w.norm() ** 2 * (c @ w)


def per_image(x_hat, x):
    return ((x_hat - x) ** 2).sum((1, 2, 3))


def in_a_loop(batches):
    total, count = 0.0, 0
    for x_hat, x in batches:
        for a, b in zip(x_hat, x, strict=True):
            total, count = total + float(torch.dist(a, b)) ** 2, count + 1
    return total / count


def everything(batches):
    x_hat, x = (torch.cat([pair[i] for pair in batches]) for i in (0, 1))
    return x_hat, x


RIGHT = {
    "check_orthogonal_encoder": [2 / 5, 1 / 5],
    "check_dropped_variance": kept_out,
    "check_surface_gradient": by_autograd,
    "check_average_error": in_a_loop,
    "check_project_onto_decoder": lambda x, weight: x @ weight @ torch.inverse(weight.T @ weight) @ weight.T,
}
WRONG = {  # in the order of the slips
    "check_orthogonal_encoder": [
        (2.0, 1.0),
        (2 / math.sqrt(5), 1 / math.sqrt(5)),
        np.array([1, -1]),
        [1.0, -2.0],
        [-1.0, 2.0],
        torch.tensor([-0.4, -0.2]),
    ],
    "check_dropped_variance": [
        lambda x, z_dim: kept_out(x, z_dim) * len(x) / (len(x) - 1),
        lambda x, z_dim: eigen(x, centre=False)[z_dim:].sum(),
        lambda x, z_dim: eigen(x)[:z_dim].sum(),
        lambda x, z_dim: eigen(x)[: x.shape[1] - z_dim].sum(),
        lambda x, z_dim: eigen(x)[z_dim],
        lambda x, z_dim: eigen(x)[z_dim:].mean(),
        lambda x, z_dim: eigen(x)[z_dim:].sum() / 5,
        lambda x, z_dim: (eigen(x)[z_dim:] * len(x)).clip(0) ** 0.5 @ np.ones(5 - z_dim) / len(x),
        lambda x, z_dim: eigen(x)[z_dim:].sum() * len(x),
    ],
    "check_surface_gradient": [
        lambda w, c: -4 * terms(w, c)[0] + 2 * terms(w, c)[2],
        lambda w, c: -4 * terms(w, c)[0] + 2 * terms(w, c)[1],
        lambda w, c: by_autograd(w, c) + 2 * terms(w, c)[0],
        lambda w, c: by_autograd(w, c) / 2,
        lambda w, c: -by_autograd(w, c),
        lambda w, c: -8 * terms(w, c)[0] - by_autograd(w, c),
        lambda w, c: -4 * terms(w, c)[0],
    ],
    "check_average_error": [
        lambda batches: sum(per_image(*pair).mean() for pair in batches) / len(batches),
        lambda batches: torch.nn.functional.mse_loss(*everything(batches)),
        lambda batches: sum(torch.nn.functional.mse_loss(*pair) for pair in batches) / len(batches),
        lambda batches: per_image(*batches[-1]).mean(),
        lambda batches: per_image(*everything(batches)).sum(),
        lambda batches: per_image(*everything(batches)).sum() / len(batches),
        lambda batches: per_image(*everything(batches)).sum() / (len(batches) * batches[0][0].shape[0]),
        lambda batches: torch.linalg.vector_norm(torch.sub(*everything(batches)), dim=(1, 2, 3)).mean(),
        lambda batches: torch.sub(*everything(batches)).abs().sum((1, 2, 3)).mean(),
    ],
    "check_project_onto_decoder": [
        lambda x, weight: torch.einsum("bi,iz,jz->bj", x, weight, weight),
        lambda x, weight: sum(torch.outer(x @ w / w.square().sum(), w) for w in weight.T),
        lambda x, weight: (weight @ weight.T @ weight @ weight.T @ x.T).T,
        lambda x, weight: torch.linalg.lstsq(weight, x.T).solution.T,
        lambda x, weight: x - (weight @ torch.linalg.lstsq(weight, x.T).solution).T,
    ],
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "01", RIGHT, WRONG


def test_the_answer_may_spoil_what_it_is_given():
    def spoils(x, z_dim):
        x -= x.mean(0)
        return kept_out(x, z_dim)

    assert said_of("check_dropped_variance", spoils).startswith("✓ correct, but it changes `")
