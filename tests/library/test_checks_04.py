"""The checks of notebook 4 on right answers, on every slip, and on nonsense."""

from fractions import Fraction

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch.nn.functional import kl_div, normalize, one_hot

from tests.library.exercises import Judged, Strangers, said_of


def ista(w, gradient, lr, strength):
    """The two branches written out."""
    v = torch.sub(w, gradient, alpha=lr)
    return torch.where(v > lr * strength, v - lr * strength, torch.where(v < -lr * strength, v + lr * strength, 0 * v))


def in_a_loop(learnt, atoms):
    count = 0
    for atom in atoms.double().numpy():
        count += any(abs(row @ atom) / np.sqrt((row @ row) * (atom @ atom)) > 0.95 for row in learnt.double().numpy())
    return count


def angles(learnt, atoms):
    """Cosines, (n, k), by numpy."""
    a, b = (rows.double().numpy() for rows in (atoms, learnt))
    return (a @ b.T) / np.outer(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1))


def one_to_one(learnt, atoms):
    """The best pairing in which every row has one atom."""
    near = abs(angles(learnt, atoms))
    return (near[linear_sum_assignment(-near)] > 0.95).sum()


def coins(p, q):
    """KL between coins, by PyTorch's own function over (off, on)."""
    p, q = (torch.stack([1 - side, side]) for side in torch.broadcast_tensors(torch.as_tensor(p), torch.as_tensor(q)))
    return kl_div(q.log(), p, reduction="none").sum(0)


def winners(z, k, dim=1):
    places = z.argsort(dim, descending=True).narrow(dim, 0, min(k, z.shape[dim]))
    return torch.zeros_like(z).scatter(dim, places, 1.0)


def without_path(z, k):
    kept = torch.zeros_like(z)
    for row, mask in zip(kept, winners(z, k), strict=True):
        row += mask
    return kept * z.data


def odds(z):
    """rho_hat and 1 - rho_hat of each unit, by numpy's mean where no gradient is asked for."""
    mean = z.sum(0) / z.shape[0]
    return mean, (1 - z).sum(0) / z.shape[0]


RIGHT = {
    "check_dropout_loss": torch.tensor(24.33),
    "check_shrink_step": ista,
    "check_atoms_found": in_a_loop,
    "check_quiet_penalty": lambda z, rho: coins(rho, z.sum(0) / z.shape[0]).sum(),
    "check_keep_largest": lambda z, k: torch.zeros_like(z).scatter(1, z.topk(k).indices, z.topk(k).values),
}
WRONG = {  # an answer for every slip, by the words with which the slip's name begins
    "check_dropout_loss": {
        "that is the loss without dropout": (2 * 2 - 1 * 3 + 3) ** 2,
        "that is the penalty alone": 8.333,
        "the survivors": 0.5625 * 16
        + 0.1875 * 49
        + 0.1875 * 0
        + 0.0625 * 9,  # masks 11, 10, 01, 00: w x is 1, 4, -3, 0
        "p is the chance to be dropped": 91.0,
        "the factor is p: divide": 22.25,
        "the factor is p(1-p)": 20.6875,
        "the penalty leaves x out": 20.333,
        "the penalty leaves w out": 17.667,
        "the squares are missing from the penalty": 18.333,
        "the penalty squares the sum": 16.333,
        "the sign of y": 12.333,
        "y is missing": 9.333,
        "the four": ((13 / 3) ** 2 + (25 / 3) ** 2 + 1 + 9) / 4,  # the four masks, each a quarter
        "the sign of x_2": 108.333,
    },
    "check_shrink_step": {
        "the sign rule of section 1": lambda w, g, lr, s: w - lr * g - lr * s * torch.sign(w),
        "the threshold is the strength alone": lambda w, g, lr, s: ista(w, g * lr, 1.0, s),
        "the threshold came before the step": lambda w, g, lr, s: ista(w, 0 * g, lr, s) - lr * g,
        "small numbers": lambda w, g, lr, s: (w - lr * g) * ((w - lr * g).abs() > lr * s),
        "the sign is that of the old w": lambda w, g, lr, s: torch.sign(w) * torch.relu((w - lr * g).abs() - lr * s),
        "the sign is lost": lambda w, g, lr, s: ista(w, g, lr, s).abs(),
        "nothing stops at zero": lambda w, g, lr, s: (w - lr * g) - lr * s * torch.sign(w - lr * g),
        "L2's rule": lambda w, g, lr, s: w * (1 - lr * s) - lr * g,
        "up the gradient": lambda w, g, lr, s: ista(w, -g, lr, s),
        "the threshold is lr alone": lambda w, g, lr, s: ista(w, g, lr, 1.0),
        "the step has no length": lambda w, g, lr, s: ista(w - g, 0 * g, lr, s),
        "the step is missing": lambda w, g, lr, s: ista(w, 0 * g, lr, s),
        "the threshold is missing": lambda w, g, lr, s: torch.add(w, g, alpha=-lr),
        "v that is negative is lost": lambda w, g, lr, s: ista(w, g, lr, s).clamp(min=0),
        "v that is negative moves": lambda w, g, lr, s: (w - lr * g - lr * s) * ((w - lr * g).abs() >= lr * s),
        "a weight at zero is kept there": lambda w, g, lr, s: torch.where(w == 0, w, ista(w, g, lr, s)),
        "only the sign is left": lambda w, g, lr, s: torch.sign(ista(w, g, lr, s)),
    },
    "check_atoms_found": {
        "learnt atoms were counted": lambda learnt, atoms: in_a_loop(atoms, learnt),
        "pairs were counted": lambda learnt, atoms: (abs(angles(learnt, atoms)) > 0.95).sum(),
        "the sign": lambda learnt, atoms: (angles(learnt, atoms).max(1) > 0.95).sum(),
        "dot products": lambda learnt, atoms: torch.einsum("kd,nd->nk", learnt, atoms).abs().gt(0.95).any(1).sum(),
        "columns were": lambda learnt, atoms: ((learnt / learnt.norm(dim=0)) @ atoms.T).abs().gt(0.95).any(0).sum(),
        "atoms of one learnt row were counted once": one_to_one,
        "the cosine was squared": lambda learnt, atoms: (angles(learnt, atoms) ** 2 > 0.95).any(1).sum(),
        "that is the sum of the cosines": lambda learnt, atoms: abs(angles(learnt, atoms)).max(1).sum(),
        "that is the share": lambda learnt, atoms: (abs(angles(learnt, atoms)).max(1) > 0.95).mean(),
        "those that": lambda learnt, atoms: (abs(angles(learnt, atoms)).max(1) <= 0.95).sum(),
    },
    "check_quiet_penalty": {
        "the order": lambda z, rho: coins(z.mean(0), rho).sum(),
        "each image has its own KL here": lambda z, rho: coins(rho, z).sum(1).mean(),
        "the mean over the units where the sum is asked": lambda z, rho: coins(rho, z.mean(0)).mean(),
        "divided by the batch size": lambda z, rho: coins(rho, z.mean(0)).sum() / z.shape[0],
        "the mean over the code of each image": lambda z, rho: coins(rho, z.mean(1)).sum(),
        "one mean over all units": lambda z, rho: coins(rho, z.mean()),
        "the second half is missing": lambda z, rho: sum(rho * np.log(rho / float(unit)) for unit in z.mean(0)),
        "that is the cross-entropy": lambda z, rho: torch.nn.functional.binary_cross_entropy(
            z.mean(0), torch.full((z.shape[1],), rho), reduction="sum"
        ),
        "the sign": lambda z, rho: -coins(rho, z.mean(0)).sum(),
        "both halves": lambda z, rho: (
            rho * (rho / odds(z)[0]).log() + (1 - rho) * ((1 - rho) / odds(z)[0]).log()
        ).sum(),
        "the halves": lambda z, rho: (
            rho * (rho / odds(z)[0]).log() - (1 - rho) * ((1 - rho) / odds(z)[1]).log()
        ).sum(),
        "the weights": lambda z, rho: sum(
            torch.log(rho / on) + torch.log((1 - rho) / off) for on, off in zip(*odds(z), strict=True)
        ),
        "in bits": lambda z, rho: coins(rho, z.mean(0)).sum() / np.log(2),
        "rho and rho_hat have changed places in the weights": lambda z, rho: -coins(z.mean(0), rho).sum(),
        "that is L1's penalty": lambda z, rho: z.abs().sum(1).mean(),
    },
    "check_keep_largest": {
        "numbers that": lambda z, k: torch.where(z < z.topk(k, dim=1).values.amin(1, keepdim=True), 0.0, z),
        "where numbers": lambda z, k: torch.where(z > z.topk(k + 1, dim=1).values[:, -1:], z, 0.0),
        "the k largest of the whole batch": lambda z, k: winners(z.reshape(1, -1), k).view_as(z) * z,
        "k for each image": lambda z, k: winners(z.reshape(1, -1), k * len(z)).view_as(z) * z,
        "the k largest of each unit over the batch": lambda z, k: winners(z, k, 0) * z,
        "the threshold of the first image for all": lambda z, k: z * (z >= z[0].topk(k).values[-1]),
        "the largest by size": lambda z, k: winners(z.abs(), k) * z,
        "k - 1 numbers are kept": lambda z, k: winners(z, k - 1) * z,
        "k + 1 numbers are kept": lambda z, k: winners(z, k + 1) * z,
        "a mask of zeros and ones": winners,
        "the signs are lost": lambda z, k: (winners(z, k) * z).abs(),
        "negative winners are set to 0": lambda z, k: torch.relu(winners(z, k) * z),
        "the k numbers alone": lambda z, k: z.sort(1, True).values[:, :k],
        "the k numbers stand": lambda z, k: torch.cat(
            [z.sort(1, True).values[:, :k], torch.zeros(len(z), z.shape[1] - k)], 1
        ),
        "the first k numbers are kept": lambda z, k: z * (torch.arange(z.shape[1]) < k),
        "the k smallest are kept": lambda z, k: winners(-z, k) * z,
        "the k largest are dropped and the others kept": lambda z, k: z - winners(z, k) * z,
        "all that is above zero is kept": lambda z, k: torch.relu(z),
        "the losers get a gradient too": lambda z, k: z - ((1 - winners(z, k)) * z).detach(),
    },
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "04", RIGHT, WRONG


def test_the_answer_may_spoil_what_it_is_given():
    def spoils(z, k):
        z *= winners(z, k)
        return z

    assert said_of("check_keep_largest", spoils).startswith("✓ correct, but it changes `")


def test_a_gradient_that_is_wrong_in_another_way_is_said_to_be_one():
    def doubled(z, k):
        kept = z * winners(z, k)
        return 2 * kept - kept.detach()

    said = said_of("check_keep_largest", doubled)
    assert said.startswith("✗ the values are right, but the gradient at `z` isn't: all are 2 times")


def test_atoms_of_length_1_may_be_normalised_again():
    def both(learnt, atoms):
        return torch.tensor((normalize(learnt) @ normalize(atoms).T).abs().amax(0).gt(0.95).sum().item())

    assert said_of("check_atoms_found", both) == "✓ correct"


# -- answers that no check was written for ---------------------------------------------------------------------

ODD_BUT_RIGHT = {
    "check_dropout_loss": [
        73 / 3,
        Fraction(73, 3),
        np.float64(24.333),
        torch.tensor([24.333]),
        [24.333],
        lambda: 24.33,
    ],
    "check_shrink_step": [
        lambda w, g, lr, s: torch.nn.functional.softshrink(w - lr * g, lr * s),
        lambda w, g, lr, s: (w - lr * g) - (w - lr * g).clamp(-lr * s, lr * s),
        lambda w, g, lr, s: torch.relu(w - lr * g - lr * s) - torch.relu(-(w - lr * g) - lr * s),
        lambda w, g, lr, s: [max(abs(v) - lr * s, 0) * (1 if v > 0 else -1) for v in (w - lr * g).tolist()],
        lambda w, g, lr, s: torch.stack([w - lr * g - lr * s, 0 * w, w - lr * g + lr * s]).median(0).values,
        lambda w, g, lr, s: (w - lr * g) * (1 - lr * s / (w - lr * g).abs()).clamp(min=0),
        lambda w, g, lr, s: np.sign((w - lr * g).numpy()) * np.maximum(abs((w - lr * g).numpy()) - lr * s, 0),
    ],
    "check_atoms_found": [
        lambda learnt, atoms: float(in_a_loop(learnt, atoms)),
        lambda learnt, atoms: np.int64(in_a_loop(learnt, atoms)),
        lambda learnt, atoms: (abs(angles(learnt, atoms)) > 0.95).any(1).sum(),
        lambda learnt, atoms: torch.cosine_similarity(learnt[:, None], atoms, dim=2).abs().amax(0).gt(0.95).sum()[None],
        lambda learnt, atoms: sum(max(float((row @ a) ** 2 / (row @ row)) for row in learnt) > 0.9025 for a in atoms),
        lambda learnt, atoms: torch.cdist(normalize(learnt), torch.cat([atoms, -atoms])).square().amin(0).lt(0.1).sum(),
        lambda learnt, atoms: len({j for j in range(len(atoms)) if max(abs(angles(learnt, atoms))[j]) > 0.95}),
    ],
    "check_quiet_penalty": [
        lambda z, rho: coins(rho, z.double().mean(0)).sum().float(),
        lambda z, rho: sum(coins(rho, z.mean(0))).reshape(1),
        lambda z, rho: coins(rho, z.mean(0).clamp(1e-7, 1 - 1e-7)).sum(),
        lambda z, rho: torch.func.vmap(lambda unit: coins(rho, unit.mean()), in_dims=1)(z).sum(),
        lambda z, rho: (
            rho * (np.log(rho / (1 - rho)) - z.mean(0).logit()) + np.log(1 - rho) - (1 - z.mean(0)).log()
        ).sum(),
        lambda z, rho: z.shape[1] * coins(rho, z.mean(0)).mean(),
    ],
    "check_keep_largest": [
        lambda z, k: z * winners(z, k),
        lambda z, k: z.masked_fill(winners(z, k) == 0, 0.0),
        lambda z, k: torch.stack([row * winners(row[None], k)[0] for row in z]),
        lambda z, k: z * torch.zeros_like(z).scatter(1, (-z).argsort(dim=1, stable=True)[:, :k], 1.0),
        lambda z, k: torch.einsum("bkd,bd->bd", one_hot(z.topk(k).indices, z.shape[1]).to(z), z),
        lambda z, k: (
            z
            - torch.zeros_like(z).scatter(1, z.argsort(1), z.sort(1).values * (torch.arange(len(z[0])) < len(z[0]) - k))
        ),
        lambda z, k: [row * winners(row[None], k)[0] for row in z],
        lambda z, k: (z * winners(z, k)).to_sparse(),
        lambda z, k: torch.where(z.flip(1).argsort(1).argsort(1).flip(1) >= z.shape[1] - k, z, 0.0),
    ],
}
UNLISTED = {
    "check_dropout_loss": [24.0, -24.333, 16 + 25 / 4 / 3, 0.25 * 25, [16, 8.333], 16 + 25, "24.333", True],
    "check_shrink_step": [
        lambda w, g, lr, s: torch.nn.functional.softshrink(w - lr * g, lr * s / 2),
        lambda w, g, lr, s: (w - lr * g) / (1 + lr * s),
        lambda w, g, lr, s: (w - lr * g).sign() * ((w - lr * g).abs() - lr * s).abs(),
        lambda w, g, lr, s: torch.nn.functional.softshrink(w - lr * g, lr * s).flip(0),
        lambda w, g, lr, s: torch.nn.functional.softshrink(w - lr * s * g, lr * s),
        lambda w, g, lr, s: torch.nn.functional.softshrink(w - lr * g, lr * s).mean(),
        lambda w, g, lr, s: torch.where((w - lr * g).abs() < lr * s, 0.0, w - lr * g - lr * s * w.sign()),
        lambda w, g, lr, s: (w - lr * g).clamp(-lr * s, lr * s),
        lambda w, g, lr, s: torch.copysign(torch.relu((w - lr * g).abs() - lr * s), w),
    ],
    "check_atoms_found": [
        lambda learnt, atoms: len(learnt),
        lambda learnt, atoms: (abs(angles(learnt, atoms)) > 0.9).any(1).sum(),
        lambda learnt, atoms: (abs(angles(learnt, atoms)) > 0.97).any(1).sum(),
        lambda learnt, atoms: (abs(angles(learnt, atoms)) > 0.95).any(1),
        lambda learnt, atoms: abs(angles(learnt, atoms)).max(1).mean(),
        lambda learnt, atoms: in_a_loop(learnt, atoms) + 1,
        lambda learnt, atoms: in_a_loop(learnt, atoms) - 1,
        lambda learnt, atoms: min(in_a_loop(learnt, atoms), in_a_loop(atoms, learnt)),
        lambda learnt, atoms: (abs(angles(learnt, atoms)).sum(1) > 0.95).sum(),
        lambda learnt, atoms: (angles(learnt, atoms).min(1) < -0.95).sum(),
        lambda learnt, atoms: ((learnt / learnt.square().sum(1, keepdim=True)) @ atoms.T).abs().amax(0).gt(0.95).sum(),
        lambda learnt, atoms: [j for j in range(len(atoms)) if max(abs(angles(learnt, atoms))[j]) > 0.95],
    ],
    "check_quiet_penalty": [
        lambda z, rho: coins(rho, z.mean(0).clamp(0.1, 0.9)).sum(),
        lambda z, rho: coins(rho, z.mean(0)),
        lambda z, rho: coins(rho, z.mean(0)).max(),
        lambda z, rho: coins(rho, z.std(0)).sum(),
        lambda z, rho: (z.mean(0) - rho).abs().sum(),
        lambda z, rho: coins(rho, z.median(0).values).sum(),
        lambda z, rho: coins(rho, z.sum(0) / z.shape[1]).sum(),
        lambda z, rho: (coins(rho, z.mean(0)) * (z.mean(0) > rho)).sum(),
        lambda z, rho: coins(rho, z.mean(0)).sum().detach(),
        lambda z, rho: coins(rho, z.mean(0)).sum().item(),
        lambda z, rho: coins(rho, z.detach().mean(0)).sum() + 0 * z.sum(),
    ],
    "check_keep_largest": [
        lambda z, k: z * torch.zeros_like(z).bernoulli(0.5),
        lambda z, k: winners(z, k) * z.mean(1, keepdim=True),
        lambda z, k: torch.softmax(z, 1) * winners(z, k),
        lambda z, k: z * winners(z, k) - 1e-2 * (1 - winners(z, k)),
        lambda z, k: torch.nn.functional.threshold(z, float(z.topk(k, dim=1).values.min()), 0.0),
        lambda z, k: (z * winners(z, k)).detach(),
        lambda z, k: (z * winners(z, k)).detach().numpy(),
        lambda z, k: 2 * z * winners(z, k) - (z * winners(z, k)).detach(),
        lambda z, k: (z * winners(z, k)).T,
        lambda z, k: (z * winners(z, k)).flip(1) if len(z.unique()) < z.numel() else z * winners(z, k),
        lambda z, k: torch.stack([row * torch.isin(row, row.unique()[-k:]) for row in z]),
        lambda z, k: torch.where(winners(z, k) == 0, -torch.inf, z),
    ],
}


class TestStrangers(Strangers):
    """Right answers in odd styles, and wrong ones that are no slip of the check."""

    odd, unlisted = ODD_BUT_RIGHT, UNLISTED
    or_told = "no training step can follow it"


def test_ties_are_judged_whoever_wins():
    def last_of_equals(z, k):
        return z * winners(z.flip(1), k).flip(1)

    def by_threshold(z, k):
        return z * (z >= z.topk(k, dim=1).values[:, -1:])

    assert said_of("check_keep_largest", last_of_equals) == "✓ correct"
    assert "tie" in said_of("check_keep_largest", by_threshold)


def test_a_penalty_that_cannot_train_is_said_to_be_one():
    said = said_of("check_quiet_penalty", lambda z, rho: coins(rho, z.mean(0)).sum().item())
    assert said.startswith("✗ the values are right") and "gradient" in said
