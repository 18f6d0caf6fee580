"""The checks of notebook 4: dropout by hand, a step that stops at zero, atoms found again, quiet and k-sparse codes."""

import itertools
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .gradients import check_with_gradients
from .verdict import check


def check_dropout_loss(attempt: Any) -> None:
    """The mean loss of w = (1, 3) at x = (2, -1), y = 1 under dropout with p = 1/4: a number."""
    p, w, x, y = 0.25, (1.0, 3.0), (2.0, -1.0), 1.0

    def by_all_masks(keep: float = 1 - p, scale: float = 1 / (1 - p)) -> float:
        total = 0.0
        for mask in itertools.product((0, 1), repeat=2):
            chance = (keep if mask[0] else 1 - keep) * (keep if mask[1] else 1 - keep)
            total += chance * (sum(a * b * m * scale for a, b, m in zip(w, x, mask, strict=True)) - y) ** 2
        return total

    slips = {
        "that is the loss without dropout: add the penalty p/(1-p) sum w_j^2 x_j^2": lambda: 4.0,
        "that is the penalty alone: add the squared error (w x - y)^2": lambda: 13 / 3,
        "the survivors aren't divided by 1 - p: every kept x_j counts 1/(1-p) times": lambda: by_all_masks(scale=1.0),
        "p is the chance to be dropped; you took it for the chance to be kept: p/(1-p) = 1/3": lambda: 4 + 3 * 13.0,
        "the factor is p: divide it by 1 - p": lambda: 4 + 0.25 * 13,
        "the factor is p(1-p), the variance of a coin: divide it by (1-p)^2 too": lambda: 4 + 0.1875 * 13,
        "the penalty leaves x out: each w_j^2 counts x_j^2 times": lambda: 4 + 10 / 3,
        "the squares are missing from the penalty: it sums w_j^2 x_j^2": lambda: 4 + 5 / 3,
    }
    check(attempt, by_all_masks, slips=slips, rtol=2e-3)


def check_shrink_step(attempt: Any) -> None:
    """One step down the gradient, then the soft threshold: w (d,), gradient (d,), lr, strength -> (d,)."""

    def oracle(w: Tensor, gradient: Tensor, lr: float, strength: float) -> Tensor:
        # the step is the lowest point of |v - moved|^2 / 2 + lr strength |v|: one of three candidates for each number
        moved, pull = w - lr * gradient, lr * strength
        candidates = torch.stack([torch.zeros_like(w), (moved - pull).clamp(min=0), (moved + pull).clamp(max=0)])
        height = 0.5 * (candidates - moved).square() + pull * candidates.abs()
        return candidates.gather(0, height.argmin(0, keepdim=True))[0]

    def soft(v: Tensor, pull: float) -> Tensor:
        return F.softshrink(v, pull)

    def hard(v: Tensor, pull: float) -> Tensor:
        return torch.where(v.abs() > pull, v, 0.0)

    slips = {
        "the sign rule of section 1, which hops over zero: step first, then shrink by max(|v| - t, 0)": (
            lambda w, g, lr, s: w - lr * (g + s * w.sign())
        ),
        "the threshold is the strength alone: the step is lr long, so the threshold is lr * strength": (
            lambda w, g, lr, s: soft(w - lr * g, s)
        ),
        "the threshold came before the step: first w - lr * gradient, then the threshold": (
            lambda w, g, lr, s: soft(w, lr * s) - lr * g
        ),
        "small numbers are cut and large ones left alone (that is l0's rule): the survivors shrink too": (
            lambda w, g, lr, s: hard(w - lr * g, lr * s)
        ),
        "the sign is that of the old w: take the sign after the step": (
            lambda w, g, lr, s: w.sign() * ((w - lr * g).abs() - lr * s).clamp(min=0)
        ),
        "the sign is lost: multiply max(|v| - t, 0) by the sign of v": (
            lambda w, g, lr, s: ((w - lr * g).abs() - lr * s).clamp(min=0)
        ),
        "nothing stops at zero: max(|v| - t, 0), not |v| - t": (
            lambda w, g, lr, s: (w - lr * g).sign() * ((w - lr * g).abs() - lr * s)
        ),
        "L2's rule, which shrinks in proportion: L1 takes lr * strength from every number": (
            lambda w, g, lr, s: w - lr * (g + s * w)
        ),
        "up the gradient: w minus lr * gradient": lambda w, g, lr, s: soft(w + lr * g, lr * s),
    }
    generator = torch.Generator().manual_seed(1)
    cases = [
        (torch.randn(size, generator=generator), 2 * torch.randn(size, generator=generator), lr, strength)
        for size, lr, strength in ((9, 0.5, 0.8), (12, 0.2, 1.5))
    ]
    check(attempt, oracle, cases, slips)


def check_atoms_found(attempt: Any) -> None:
    """How many true atoms have a learnt one in their direction: learnt (k, d), atoms (n, d) -> a number."""

    def oracle(learnt: Tensor, atoms: Tensor) -> int:
        near = [max(abs(float(F.cosine_similarity(row, atom, dim=0))) for row in learnt) for atom in atoms]
        return sum(cosine > 0.95 for cosine in near)

    def cosines(learnt: Tensor, atoms: Tensor) -> Tensor:  # (k, n)
        return F.normalize(learnt, dim=1) @ F.normalize(atoms, dim=1).T

    slips = {
        "learnt atoms were counted, and copies twice: for each true atom, take the largest over the learnt ones": (
            lambda learnt, atoms: int((cosines(learnt, atoms).abs().amax(1) > 0.95).sum())
        ),
        "pairs were counted: an atom that is found twice counts once, so take the largest over the learnt ones first": (
            lambda learnt, atoms: int((cosines(learnt, atoms).abs() > 0.95).sum())
        ),
        "the sign: an atom is found up to its sign, so take the absolute value of the cosine": (
            lambda learnt, atoms: int((cosines(learnt, atoms).amax(0) > 0.95).sum())
        ),
        "dot products are no cosines: divide each learnt row by its length first": (
            lambda learnt, atoms: int(((learnt @ atoms.T).abs().amax(0) > 0.95).sum())
        ),
        "columns were brought to length 1: the atoms are the rows (dim=1)": (
            lambda learnt, atoms: int(((F.normalize(learnt, dim=0) @ atoms.T).abs().amax(0) > 0.95).sum())
        ),
        "that is the share: give the number of atoms": lambda learnt, atoms: oracle(learnt, atoms) / len(atoms),
        "those that are not found were counted": lambda learnt, atoms: len(atoms) - oracle(learnt, atoms),
    }
    check(attempt, oracle, [dictionaries(0, 7, 6), dictionaries(1, 11, 13)], slips)


def dictionaries(seed: int, n: int, d: int) -> tuple[Tensor, Tensor]:
    """Learnt rows of any length, and atoms: some found (one of them twice, two with the sign turned), some not."""
    generator = torch.Generator().manual_seed(seed)
    atoms = torch.randn(n, d, generator=generator)
    atoms[-1] = atoms[0] + 0.1 * torch.randn(d, generator=generator)  # near neighbours: one row finds both
    atoms = F.normalize(atoms, dim=1)
    rows = torch.cat([atoms[: n // 2], atoms[:2], torch.randn(n, d, generator=generator)])
    rows = rows + 0.02 * torch.randn(rows.shape, generator=generator)
    rows[1], rows[2] = -rows[1], -rows[2]
    rows[n // 2 + 1] = rows[n // 2]
    lengths = 0.4 + 2 * torch.rand(len(rows), 1, generator=generator)
    return (rows * lengths)[torch.randperm(len(rows), generator=generator)], atoms


def check_quiet_penalty(attempt: Any) -> None:
    """sum_j KL(rho || mean activation of unit j): z (B, d) in (0, 1), rho -> ()."""

    def oracle(z: Tensor, rho: float) -> Tensor:
        target = torch.distributions.Bernoulli(torch.full_like(z[0], rho))
        return torch.distributions.kl_divergence(target, torch.distributions.Bernoulli(z.mean(0))).sum()

    def kl(p: Any, q: Any) -> Tensor:
        p, q = torch.as_tensor(p), torch.as_tensor(q)
        return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()

    slips = {
        "the order: rho comes first, KL(rho || rho_hat); yours is KL(rho_hat || rho)": (
            lambda z, rho: kl(z.mean(0), rho).sum()
        ),
        "each image has its own KL here: take the mean activation over the batch first, z.mean(0), then the KL": (
            lambda z, rho: kl(rho, z).sum() / len(z)
        ),
        "the mean over the units where the sum is asked": lambda z, rho: kl(rho, z.mean(0)).mean(),
        "divided by the batch size: the batch is in rho_hat already": lambda z, rho: kl(rho, z.mean(0)).sum() / len(z),
        "the mean over the code of each image: rho_hat is a unit's mean over the batch, z.mean(0)": (
            lambda z, rho: kl(rho, z.mean(1)).sum()
        ),
        "one mean over all units: each unit has its own rho_hat, z.mean(0)": lambda z, rho: kl(rho, z.mean()),
        "the second half is missing: (1 - rho) log((1 - rho) / (1 - rho_hat)), for the coin that shows off": (
            lambda z, rho: (rho * (rho / z.mean(0)).log()).sum()
        ),
        "that is the cross-entropy: rho log rho + (1 - rho) log(1 - rho) is missing, the KL is 0 at rho_hat = rho": (
            lambda z, rho: -(rho * z.mean(0).log() + (1 - rho) * (1 - z.mean(0)).log()).sum()
        ),
        "the sign: it should grow when rho_hat moves away from rho": lambda z, rho: -kl(rho, z.mean(0)).sum(),
    }
    generator = torch.Generator().manual_seed(0)
    cases = [
        (torch.rand(batch, units, generator=generator) * 0.8 + 0.1, rho)
        for batch, units, rho in ((3, 5, 0.05), (7, 4, 0.2))
    ]
    check(attempt, oracle, cases, slips)


def check_keep_largest(attempt: Any) -> None:
    """The k largest numbers of each code, zeros elsewhere, and gradients to the winners: z (B, d), k -> (B, d)."""

    def oracle(z: Tensor, k: int) -> Tensor:
        rank = (z[:, None, :] > z[:, :, None]).sum(2)  # how many of the same code are larger
        return z * (rank < k)

    def threshold(z: Tensor, k: int) -> Tensor:
        return z.sort(dim=1, descending=True).values[:, k - 1 : k]

    slips = {
        "the k largest of the whole batch: each image keeps its own k (dim=1)": (
            lambda z, k: z * (z >= z.flatten().sort(descending=True).values[k - 1])
        ),
        "the k largest of each unit over the batch: each image keeps its own k (dim=1)": (
            lambda z, k: z * (z >= z.sort(dim=0, descending=True).values[min(k, len(z)) - 1])
        ),
        "the largest by size, minus signs left out: keep the k largest numbers": (
            lambda z, k: z * (z.abs() >= threshold(z.abs(), k))
        ),
        "k - 1 numbers are kept: the k-th largest stays too (>= in place of >)": lambda z, k: z * (z > threshold(z, k)),
        "a mask of zeros and ones: multiply it by z": lambda z, k: (z >= threshold(z, k)).to(z),
        "the k numbers alone, without their places: the result is shaped like z, with zeros elsewhere": (
            lambda z, k: z.topk(k, dim=1).values
        ),
        "the k numbers stand in the first k places: each stays at its own place": (
            lambda z, k: F.pad(z.topk(k, dim=1).values, (0, z.shape[1] - k))
        ),
        "the k smallest are kept": lambda z, k: z * (z <= -threshold(-z, k)),
        "the k largest are dropped and the others kept": lambda z, k: z * (z < threshold(z, k)),
        "all that is above zero is kept: keep k of each code": lambda z, k: z.clamp(min=0),
    }
    gradient_slips = {
        "the values are right and no gradient gets through: don't detach, and don't copy numbers out with .data": (
            lambda z, k: oracle(z, k).detach()
        ),
        "the losers get a gradient too: only the k winners may": lambda z, k: z + (oracle(z, k) - z).detach(),
    }
    generator = torch.Generator().manual_seed(0)
    cases = [(torch.randn(batch, units, generator=generator), k) for batch, units, k in ((3, 7, 2), (5, 6, 3))]
    check_with_gradients(attempt, oracle, cases, slips, gradient_slips, count=1)
