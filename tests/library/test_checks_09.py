"""The checks of notebook 9 on right answers, on every slip, and on nonsense."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import r2_score
from sklearn.neighbors import NearestNeighbors
from torch.nn.functional import mse_loss

from tests.library.exercises import Judged, Strangers, said_of


def squares(a, b):
    """The squared distance of each row."""
    return torch.linalg.vector_norm((a - b).reshape(len(a), -1), dim=1) ** 2


def off_mean(h):
    return h - h.mean(0, keepdim=True)


def ratio(a, b):
    return (a**2).sum() / (b**2).sum()


def upper(target=lambda below, h, x: h, given=lambda below, h, x: h):
    """The pair's error, with something else given to it or asked of it."""

    def loss(below, pair, x):
        h = below(x).detach()
        return squares(pair(given(below, h, x)), target(below, h, x)).mean()

    return loss


def of_gap(measure):
    """A number of the difference between the pair's answer and the code."""
    return lambda below, pair, x: measure(pair(below(x).detach()) - below(x).detach())


def picked(cut, classes=range(10)):
    """The places of each class, cut by a function, joined."""
    return lambda labels, each: np.concatenate([cut(np.flatnonzero(labels.numpy() == c), each) for c in classes])


def first(labels, each):
    return picked(lambda own, n: own[:n])(labels, each)


def agree(places, labels):
    return labels[torch.as_tensor(places)] == labels[:, None]


def near(z, k, metric="euclidean", skip=1):
    """The nearest rows of each row, the first `skip` of them left out."""
    finder = NearestNeighbors(n_neighbors=k + skip, metric=metric).fit(z.double().numpy())
    return finder.kneighbors(z.double().numpy(), return_distance=False)[:, skip:]


def vote(places, labels):
    return torch.mode(labels[torch.as_tensor(places)], dim=1).values


RIGHT = {
    "check_unexplained": lambda h_hat, h: 1 - r2_score(h.numpy(), h_hat.numpy(), multioutput="variance_weighted"),
    "check_upper_loss": upper(),
    "check_hidden_error": lambda x_hat, x, hidden: (x_hat[hidden] - x[hidden]).pow(2).sum() / x.shape[0],
    "check_balanced": first,
    "check_purity": lambda z, labels, k: agree(near(z, k), labels).double().mean(),
    "check_error_by_ink": lambda x_hat, x: squares(x_hat, x) / squares(x, torch.zeros_like(x)),
}
WRONG = {  # an answer for every slip, by the words with which the slip's name begins
    "check_unexplained": {
        "the squared error alone": lambda h_hat, h: squares(h_hat, h).mean(),
        "the share that is explained": lambda h_hat, h: r2_score(h, h_hat, multioutput="variance_weighted"),
        "one mean for all numbers": lambda h_hat, h: ratio(h_hat - h, h - h.mean()),
        "the mean of each row": lambda h_hat, h: ratio(h_hat - h, off_mean(h.T)),
        "divided by the squares of h": lambda h_hat, h: ratio(h_hat - h, h),
        "a ratio for each column, then": lambda h_hat, h: 1 - r2_score(h, h_hat, multioutput="uniform_average"),
        "a ratio for each row, then": lambda h_hat, h: (squares(h_hat, h) / squares(off_mean(h), 0 * h)).mean(),
        "a ratio for each column: one": lambda h_hat, h: 1 - r2_score(h, h_hat, multioutput="raw_values"),
        "the root": lambda h_hat, h: (h_hat - h).norm() / off_mean(h).norm(),
        "the variance of the answer below": lambda h_hat, h: ratio(h_hat - h, off_mean(h_hat)),
        "N above and N - 1 below": lambda h_hat, h: squares(h_hat, h).mean() / torch.cov(h.T).trace(),
        "upside down": lambda h_hat, h: ratio(off_mean(h), h_hat - h),
        "the variance of the error": lambda h_hat, h: (h_hat - h).var(0).sum() / h.var(0).sum(),
        "absolute differences": lambda h_hat, h: (h_hat - h).abs().mean() / off_mean(h).abs().mean(),
        "the difference of the variances": lambda h_hat, h: 1 - h_hat.var(0).sum() / h.var(0).sum(),
    },
    "check_upper_loss": {
        "the pair is given x": upper(given=lambda below, h, x: x),
        "the answer is compared with x": upper(target=lambda below, h, x: x),
        "the code is left out": upper(lambda below, h, x: x, lambda below, h, x: x),
        "the mean over the numbers": of_gap(lambda gap: (gap**2).mean()),
        "the sum over the batch": of_gap(lambda gap: gap.norm() ** 2),
        "the error of each row": of_gap(lambda gap: (gap**2).sum(-1)),
        "the absolute error": of_gap(lambda gap: gap.abs().sum(1).mean()),
        "the length of the error": of_gap(lambda gap: gap.norm(dim=-1).mean()),
        "a factor 1/2": of_gap(lambda gap: 0.5 * (gap**2).sum(1).mean()),
        "divided by the numbers of a code": of_gap(lambda gap: (gap**2).sum() / gap.size(1)),
        "below is applied twice": lambda below, pair, x: upper()(below, pair, below(x)),
        "the pair is applied twice": lambda below, pair, x: squares(pair(pair(below(x))), below(x)).mean(),
        "the answer goes through below again": lambda below, pair, x: squares(below(pair(below(x))), below(x)).mean(),
        "the signed differences": of_gap(lambda gap: (gap.sum(1) ** 2).mean()),
        "the layers below learn too": lambda below, pair, x: squares(pair(below(x)), below(x)).mean(),
        "the layers below learn through what": lambda below, pair, x: squares(pair(below(x)), below(x).data).mean(),
        "the layers below learn through the t": lambda below, pair, x: squares(pair(below(x).data), below(x)).mean(),
    },
    "check_hidden_error": {
        "all pixels count": lambda x_hat, x, hidden: squares(x_hat, x).mean(),
        "the pixels that were seen": lambda x_hat, x, hidden: ((x_hat - x)[~hidden] ** 2).sum() / len(x),
        "divided by the number of hidden pixels": lambda x_hat, x, hidden: mse_loss(x_hat[hidden], x[hidden]),
        "the mean over all pixels": lambda x_hat, x, hidden: mse_loss(x_hat * hidden, x * hidden),
        "the sum over the batch": lambda x_hat, x, hidden: mse_loss(x_hat[hidden], x[hidden], reduction="sum"),
        "the error of each image": lambda x_hat, x, hidden: squares(x_hat * hidden, x * hidden),
        "the answer is hidden": lambda x_hat, x, hidden: squares(x_hat * hidden, x).mean(),
        "the target is hidden": lambda x_hat, x, hidden: squares(x_hat, x * hidden).mean(),
        "the absolute error": lambda x_hat, x, hidden: (x_hat - x)[hidden].abs().sum() / len(x),
        "the length of the error": lambda x_hat, x, hidden: squares(x_hat * hidden, x * hidden).sqrt().mean(),
        "a factor 1/2": lambda x_hat, x, hidden: squares(x_hat * hidden, x * hidden).mean() / 2,
        "each image's mean over its own": lambda x_hat, x, hidden: torch.stack(
            [mse_loss(a[out], b[out]) for a, b, out in zip(x_hat, x, hidden, strict=True)]
        ).mean(),
        "divided by the share": lambda x_hat, x, hidden: (
            squares(x_hat * hidden, x * hidden).mean() * hidden.numel() / hidden.sum()
        ),
        "divided by the pixels in a row": lambda x_hat, x, hidden: (
            squares(x_hat * hidden, x * hidden).sum() / x.size(3)
        ),
        "the signed differences": lambda x_hat, x, hidden: (((x_hat - x) * hidden).sum((1, 2, 3)) ** 2).mean(),
    },
    "check_balanced": {
        "labels are returned": lambda labels, each: labels[torch.as_tensor(first(labels, each))],
        "the last ones": picked(lambda own, n: own[len(own) - n :]),
        "the first of the whole set": lambda labels, each: list(range(10 * each)),
        "in the order in which they stand": lambda labels, each: sorted(first(labels, each).tolist()),
        "one of each class in turn": lambda labels, each: first(labels, each).reshape(10, each).T.flatten(),
        "a row for each class": lambda labels, each: first(labels, each).reshape(10, each),
        "a mask": lambda labels, each: np.isin(np.arange(len(labels)), first(labels, each)),
        "the class 0 is missing": picked(lambda own, n: own[:n], range(1, 10)),
        "the class 9 is missing": picked(lambda own, n: own[:n], range(9)),
        "one too many": picked(lambda own, n: own[: n + 1]),
        "one too few": picked(lambda own, n: own[: n - 1]),
        "the first one of each class is left out": picked(lambda own, n: own[1:][:n]),
        "places counted from 1": lambda labels, each: (first(labels, each) + 1).tolist(),
        "all places of each class": picked(lambda own, n: own),
    },
    "check_purity": {
        "each row counts itself": lambda z, labels, k: agree(near(z, k, skip=0), labels).double().mean(),
        "k + 1 with": lambda z, labels, k: agree(near(z, k + 1, skip=0), labels).double().mean(),
        "one too few": lambda z, labels, k: agree(near(z, k - 1), labels).double().mean(),
        "the farthest": lambda z, labels, k: (
            agree(torch.cdist(z, z).argsort(descending=True)[:, :k], labels).double().mean()
        ),
        "the number of neighbours": lambda z, labels, k: k * agree(near(z, k), labels).double().mean(),
        "one share for each row": lambda z, labels, k: agree(near(z, k), labels).double().mean(1),
        "the share that disagrees": lambda z, labels, k: (~agree(near(z, k), labels)).double().mean(),
        "whether the vote": lambda z, labels, k: (vote(near(z, k), labels) == labels).double().mean(),
        "whether one of the neighbours": lambda z, labels, k: agree(near(z, k), labels).any(1).double().mean(),
        "the number of all": lambda z, labels, k: agree(near(z, k), labels).sum(),
        "angles": lambda z, labels, k: agree(near(z, k, "cosine"), labels).double().mean(),
        "distances along": lambda z, labels, k: agree(near(z, k, "manhattan"), labels).double().mean(),
        "the k-th neighbour alone": lambda z, labels, k: agree(near(z, k)[:, k - 1 :], labels).double().mean(),
        "the nearest neighbour alone": lambda z, labels, k: agree(near(z, 1), labels).double().mean(),
    },
    "check_error_by_ink": {
        "the mean over the images": lambda x_hat, x: (squares(x_hat, x) / squares(x, 0 * x)).mean(),
        "the error alone": squares,
        "the root": lambda x_hat, x: (x_hat - x).flatten(1).norm(dim=1) / x.flatten(1).norm(dim=1),
        "the ink of the answer": lambda x_hat, x: squares(x_hat, x) / squares(x_hat, 0 * x),
        "a ratio for each pixel": lambda x_hat, x: ((x_hat / x - 1) ** 2).mean((1, 2, 3)),
        "the mean ink of all images": lambda x_hat, x: squares(x_hat, x) / squares(x, 0 * x).mean(),
        "the sum of the pixels": lambda x_hat, x: squares(x_hat, x) / x.sum((1, 2, 3)),
        "the mean over the pixels above": lambda x_hat, x: ((x_hat - x) ** 2).mean((1, 2, 3)) / squares(x, 0 * x),
        "the length of the image": lambda x_hat, x: squares(x_hat, x) / x.flatten(1).norm(dim=1),
        "absolute differences": lambda x_hat, x: (x_hat - x).abs().mean((1, 2, 3)) / x.abs().mean((1, 2, 3)),
        "upside down": lambda x_hat, x: squares(x, 0 * x) / squares(x_hat, x),
        "the difference of the two": lambda x_hat, x: squares(x_hat, x) - squares(x, 0 * x),
        "both sums over the whole batch": lambda x_hat, x: ratio(x_hat - x, x),
        "the product": lambda x_hat, x: squares(x_hat, x) * squares(x, 0 * x),
        "what is left of 1": lambda x_hat, x: 1 - squares(x_hat, x) / squares(x, 0 * x),
        "the variance of the image": lambda x_hat, x: (
            squares(x_hat, x) / x[0].numel() / x.flatten(1).var(1, correction=0)
        ),
    },
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "09", RIGHT, WRONG


ODD = {  # right, in styles that the checks were not written for
    "check_unexplained": [
        lambda h_hat, h: mse_loss(h_hat, h) * h.shape[1] / h.var(0, correction=0).sum(),
        lambda h_hat, h: float(np.square(h_hat.numpy() - h.numpy()).sum() / np.square(off_mean(h).numpy()).sum()),
        lambda h_hat, h: (squares(h_hat, h).mean() / torch.cov(h.T, correction=0).trace()).reshape(1),
    ],
    "check_upper_loss": [
        lambda below, pair, x: mse_loss(pair(below(x).data), below(x).data, reduction="sum") / x.shape[0],
        lambda below, pair, x: squares(pair(torch.no_grad()(below)(x)), torch.no_grad()(below)(x)).sum() / len(x),
        lambda below, pair, x: torch.stack([upper()(below, pair, row[None]) for row in x]).mean(),
    ],
    "check_hidden_error": [
        lambda x_hat, x, hidden: squares(torch.where(hidden, x_hat, x), x).mean(),
        lambda x_hat, x, hidden: mse_loss(x_hat[hidden], x[hidden], reduction="sum").div(len(x)).reshape(1),
        lambda x_hat, x, hidden: squares(x_hat.masked_fill(~hidden, 0), x.masked_fill(~hidden, 0)).mean(),
    ],
    "check_balanced": [
        lambda labels, each: torch.tensor(first(labels, each)).int(),
        lambda labels, each: [i for c in range(10) for i in [j for j, y in enumerate(labels) if y == c][:each]],
        lambda labels, each: tuple(first(labels, each).tolist()),
        lambda labels, each: labels.argsort(stable=True)[
            torch.cat([torch.arange(each) + int((labels < c).sum()) for c in range(10)])
        ],
    ],
    "check_purity": [
        lambda z, labels, k: np.mean([labels.numpy()[p] == y for p, y in zip(near(z, k), labels.numpy(), strict=True)]),
        lambda z, labels, k: agree(torch.cdist(z, z).argsort(1)[:, 1 : k + 1], labels).float().mean().item(),
        lambda z, labels, k: agree((z[:, None] - z).norm(dim=2).argsort(1)[:, 1:][:, :k], labels).sum() / k / len(z),
    ],
    "check_error_by_ink": [
        lambda x_hat, x: [float(ratio(a - b, b)) for a, b in zip(x_hat, x, strict=True)],
        lambda x_hat, x: np.square(x_hat.numpy() - x.numpy()).sum((1, 2, 3)) / np.square(x.numpy()).sum((1, 2, 3)),
        lambda x_hat, x: torch.vmap(lambda a, b: ratio(a - b, b))(x_hat, x),
    ],
}
UNLISTED = {  # wrong, and no slip by name
    "check_unexplained": [
        lambda h_hat, h: 0.0,
        lambda h_hat, h: ratio(h_hat - h, off_mean(h)) ** 2,
        lambda h_hat, h: ratio((h_hat - h)[:-1], off_mean(h)[:-1]),
    ],
    "check_upper_loss": [
        lambda below, pair, x: upper()(below, pair, x[:-1]),
        lambda below, pair, x: upper()(below, pair, x) + 1,
        lambda below, pair, x: squares(pair.f(below(x)), 0 * pair.f(below(x))).mean(),
    ],
    "check_hidden_error": [
        lambda x_hat, x, hidden: squares(x_hat * hidden, x * hidden).median(),
        lambda x_hat, x, hidden: squares(x_hat * hidden, x * hidden).sum() / 3,
        lambda x_hat, x, hidden: torch.zeros(()),
    ],
    "check_balanced": [
        lambda labels, each: first(labels, each)[::-1].copy(),
        lambda labels, each: list(range(each)) * 10,
        lambda labels, each: labels,
    ],
    "check_purity": [
        lambda z, labels, k: agree(near(z, 4), labels).double().mean(),
        lambda z, labels, k: 0.5,
        lambda z, labels, k: round(float(agree(near(z, k), labels).double().mean()), 2),
    ],
    "check_error_by_ink": [
        lambda x_hat, x: squares(x_hat, x) / (squares(x, 0 * x) + 1),
        lambda x_hat, x: (squares(x_hat, x) / squares(x, 0 * x)).log(),
        lambda x_hat, x: squares(x_hat, x)[:2] / squares(x, 0 * x)[:2],
    ],
}


class TestStrangers(Strangers):
    """Right answers in odd styles, and wrong ones that are no slip of the check."""

    odd, unlisted = ODD, UNLISTED


@pytest.mark.parametrize(
    "cut",
    [
        lambda below, pair, x: upper()(below, pair, x).detach(),
        lambda below, pair, x: upper()(below, pair, x).item(),
        torch.no_grad()(upper()),
    ],
)
def test_a_loss_that_trains_nothing_is_no_loss(cut):
    assert "no gradient reaches `pair`" in said_of("check_upper_loss", cut)


def test_a_hidden_error_must_train_the_answer():
    assert "no gradient reaches `x_hat`" in said_of(
        "check_hidden_error", lambda x_hat, x, hidden: math.fsum(squares(x_hat * hidden, x * hidden)) / len(x)
    )


def test_a_loss_that_freezes_the_layers_below_for_good_is_told_so():
    def frozen(below, pair, x):
        below.requires_grad_(False)
        return upper()(below, pair, x)

    assert "switches off the gradients of `below` for good" in said_of("check_upper_loss", frozen)
