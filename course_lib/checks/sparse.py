"""The checks of notebook 4, sections 1 to 4: dropout by hand, a step that stops at zero, atoms found again."""

import itertools
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .verdict import check


def check_dropout_loss(attempt: Any) -> None:
    """The mean loss of w = (2, 3) at x = (2, -1), y = -3 under dropout with p = 1/4: a number."""
    p, w, x, y = 0.25, (2.0, 3.0), (2.0, -1.0), -3.0

    def by_all_masks(keep: float = 1 - p, scale: float = 1 / (1 - p), y: float = y) -> float:
        total = 0.0
        for mask in itertools.product((0, 1), repeat=2):
            chance = (keep if mask[0] else 1 - keep) * (keep if mask[1] else 1 - keep)
            total += chance * (sum(a * b * m * scale for a, b, m in zip(w, x, mask, strict=True)) - y) ** 2
        return total

    slips = {  # no two of them meet: w x = 1, the squared error is 16, sum w_j^2 x_j^2 = 25
        "that is the loss without dropout: add the penalty p/(1-p) sum w_j^2 x_j^2": 16.0,
        "that is the penalty alone: add the squared error (w x - y)^2": 25 / 3,
        "the survivors aren't divided by 1 - p: every kept x_j counts 1/(1-p) times": by_all_masks(scale=1.0),
        "p is the chance to be dropped; you took it for the chance to be kept: p/(1-p) = 1/3": 16 + 3 * 25.0,
        "the factor is p: divide it by 1 - p": 16 + 0.25 * 25,
        "the factor is p(1-p), the variance of a coin: divide it by (1-p)^2 too": 16 + 0.1875 * 25,
        "the penalty leaves x out: each w_j^2 counts x_j^2 times": 16 + 13 / 3,
        "the penalty leaves w out: each x_j^2 counts w_j^2 times": 16 + 5 / 3,
        "the squares are missing from the penalty: it sums w_j^2 x_j^2": 16 + 7 / 3,
        "the penalty squares the sum: it sums the squares, w_1^2 x_1^2 + w_2^2 x_2^2": 16 + 1 / 3,
        "the sign of y: the error is (w x - y)^2, and y is negative here": by_all_masks(y=-y),
        "y is missing: the error is (w x - y)^2": by_all_masks(y=0.0),
        "the four masks aren't equally likely: each input is kept with probability 3/4": by_all_masks(0.5),
        "the sign of x_2: w x = 2 * 2 + 3 * (-1) = 1": 10**2 + 25 / 3,
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

    def slips(w: Tensor, g: Tensor, lr: float, s: float) -> dict[str, Any]:
        moved, pull, soft = w - lr * g, lr * s, F.softshrink
        left = moved.abs() - pull
        return {
            "the sign rule of section 1, which hops over zero: step first, then shrink by max(|v| - t, 0)": (
                w - lr * (g + s * w.sign())
            ),
            "the threshold is the strength alone: the step is lr long, so the threshold is lr * strength": (
                soft(moved, s)
            ),
            "the threshold came before the step: first w - lr * gradient, then the threshold": soft(w, pull) - lr * g,
            "small numbers are cut and large ones left alone (that is l0's rule): the survivors shrink too": (
                torch.where(moved.abs() > pull, moved, 0.0)
            ),
            "the sign is that of the old w: take the sign after the step": w.sign() * left.clamp(min=0),
            "the sign is lost: multiply max(|v| - t, 0) by the sign of v": left.clamp(min=0),
            "nothing stops at zero: max(|v| - t, 0), not |v| - t": moved.sign() * left,
            "L2's rule, which shrinks in proportion: L1 takes lr * strength from every number": w - lr * (g + s * w),
            "up the gradient: w minus lr * gradient": soft(w + lr * g, pull),
            "the threshold is lr alone: the penalty of this strength takes lr * strength in one step": soft(moved, lr),
            "the step has no length: v = w - lr * gradient": soft(w - g, pull),
            "the step is missing: first v = w - lr * gradient, then the threshold": soft(w, pull),
            "the threshold is missing: v is shrunk by lr * strength, and stops at zero": moved,
            "v that is negative is lost: shrink |v|, then give it the sign of v": (moved - pull).clamp(min=0),
            "v that is negative moves away from zero: shrink |v|, then give it the sign of v": (
                torch.where(left > 0, moved - pull, 0.0)
            ),
            "a weight at zero is kept there: it leaves as soon as its step is longer than lr * strength": (
                soft(moved, pull) * (w != 0)
            ),
            "only the sign is left: the survivors are sign(v) (|v| - t)": soft(moved, pull).sign(),
        }

    generator = torch.Generator().manual_seed(1)
    cases = [
        (torch.randn(size, generator=generator), 2 * torch.randn(size, generator=generator), lr, strength)
        for size, lr, strength in ((9, 0.5, 0.8), (12, 0.2, 1.5), (10, 0.1, 4.0))
    ]
    for w, gradient, _, strength in cases:  # of two weights that are at zero already one stays there and one leaves
        w[:2], gradient[:2] = 0.0, torch.tensor([0.3, 3 * strength])
    check(attempt, oracle, cases, slips)


def check_atoms_found(attempt: Any) -> None:
    """How many true atoms have a learnt one in their direction: learnt (k, d), atoms (n, d) -> a number."""

    def oracle(learnt: Tensor, atoms: Tensor) -> int:
        near = [max(abs(float(F.cosine_similarity(row, atom, dim=0))) for row in learnt) for atom in atoms]
        return sum(cosine > 0.95 for cosine in near)

    def found(cosines: Tensor) -> int:
        return int((cosines > 0.95).sum())

    def slips(learnt: Tensor, atoms: Tensor) -> dict[str, Any]:
        signed = F.normalize(learnt, dim=1) @ F.normalize(atoms, dim=1).T  # (k, n)
        sizes, right = signed.abs(), oracle(learnt, atoms)
        best, row = sizes.max(0)
        return {
            "learnt atoms were counted, and copies twice: for each true atom, take the largest over the learnt ones": (
                found(sizes.amax(1))
            ),
            "pairs were counted: "
            "an atom that is found twice counts once, so take the largest over the learnt ones first": found(sizes),
            "the sign: an atom is found up to its sign, so take the absolute value of the cosine": (
                found(signed.amax(0))
            ),
            "dot products are no cosines: divide each learnt row by its length first": (
                found((learnt @ atoms.T).abs().amax(0))
            ),
            "columns were brought to length 1: the atoms are the rows (dim=1)": (
                found((F.normalize(learnt, dim=0) @ atoms.T).abs().amax(0))
            ),
            "atoms of one learnt row were counted once: for each true atom ask whether some row is near it": (
                len(set(row[best > 0.95].tolist()))
            ),
            "the cosine was squared: its absolute value is to be above 0.95": found(best.square()),
            "that is the sum of the cosines: count those above 0.95": float(best.sum()),
            "that is the share: give the number of atoms": right / len(atoms),
            "those that are not found were counted": len(atoms) - right,
        }

    cases = [dictionaries(*sizes) for sizes in ((0, 15, 8, 4, 1), (0, 21, 16, 0, 3), (2, 17, 9, 1, 2))]
    check(attempt, oracle, cases, slips)


def dictionaries(seed: int, n: int, d: int, copies: int, pairs: int) -> tuple[Tensor, Tensor]:
    """Learnt rows of any length, and atoms: some found (one with copies, four with the sign turned, three just so).

    So many pairs of atoms are near neighbours that one row finds; two atoms are missed by a hair, others by far.
    """
    generator = torch.Generator().manual_seed(seed)
    atoms, aside = (torch.randn(n, d, generator=generator) for _ in range(2))
    atoms[n - pairs :] = atoms[3 : 3 + pairs] + 0.1 * aside[:pairs]
    atoms, found = F.normalize(atoms, dim=1), n // 2
    rows = torch.cat([atoms[:found], atoms[:1].expand(copies, d), torch.randn(n - found, d, generator=generator)])
    rows = rows + 0.02 * torch.randn(rows.shape, generator=generator)
    rows[1], rows[2] = -rows[1], -rows[2]
    for i, cosine in enumerate((0.93, -0.955, -0.96, 0.972, 0.94), start=found):
        beside = F.normalize(aside[i] - (aside[i] @ atoms[i]) * atoms[i], dim=0)
        rows[copies + i] = cosine * atoms[i] + (1 - cosine**2) ** 0.5 * beside
    lengths = 0.3 + 1.2 * torch.rand(len(rows), 1, generator=generator)
    return (rows * lengths)[torch.randperm(len(rows), generator=generator)], atoms
