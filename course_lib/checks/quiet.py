"""The checks of notebook 4, sections 6 and 7: the KL penalty on quiet codes, and the k largest numbers of a code."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .compare import alike
from .gradients import check_with_gradients
from .outcome import outcome


def check_quiet_penalty(attempt: Any) -> None:
    """sum_j KL(rho || mean activation of unit j): z (B, d) in (0, 1), rho -> ()."""

    def oracle(z: Tensor, rho: float) -> Tensor:
        target = torch.distributions.Bernoulli(torch.full_like(z[0], rho))
        return torch.distributions.kl_divergence(target, torch.distributions.Bernoulli(z.mean(0))).sum()

    def kl(p: Any, q: Any) -> Tensor:
        p, q = torch.as_tensor(p), torch.as_tensor(q)
        return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()

    def slips(z: Tensor, rho: float) -> dict[str, Any]:
        mean = z.mean(0)
        here, there = (rho / mean).log(), ((1 - rho) / (1 - mean)).log()
        return {
            "the order: rho comes first, KL(rho || rho_hat); yours is KL(rho_hat || rho)": kl(mean, rho).sum(),
            "each image has its own KL here: take the mean activation over the batch first, z.mean(0), then the KL": (
                kl(rho, z).sum() / len(z)
            ),
            "the mean over the units where the sum is asked": kl(rho, mean).mean(),
            "divided by the batch size: the batch is in rho_hat already": kl(rho, mean).sum() / len(z),
            "the mean over the code of each image: rho_hat is a unit's mean over the batch, z.mean(0)": (
                kl(rho, z.mean(1)).sum()
            ),
            "one mean over all units: each unit has its own rho_hat, z.mean(0)": kl(rho, z.mean()),
            "the second half is missing: (1 - rho) log((1 - rho) / (1 - rho_hat)), for the coin that shows off": (
                (rho * here).sum()
            ),
            "that is the cross-entropy: rho log rho + (1 - rho) log(1 - rho) is missing, "
            "the KL is 0 at rho_hat = rho": -(rho * mean.log() + (1 - rho) * (1 - mean).log()).sum(),
            "the sign: it should grow when rho_hat moves away from rho": -kl(rho, mean).sum(),
            "both halves have 1 - rho_hat below or rho_hat below: rho goes with rho_hat, 1 - rho with 1 - rho_hat": (
                (rho * here + (1 - rho) * ((1 - rho) / mean).log()).sum()
            ),
            "the halves are subtracted: the KL is their sum": (rho * here - (1 - rho) * there).sum(),
            "the weights rho and 1 - rho in front of the logarithms are missing": (here + there).sum(),
            "in bits: take the natural logarithm, not log2": kl(rho, mean).sum() / math.log(2),
            "rho and rho_hat have changed places in the weights: rho and 1 - rho stand in front": -kl(mean, rho).sum(),
            "that is L1's penalty: the KL of each unit's mean activation is asked for": z.sum() / len(z),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for batch, units, rho in ((3, 5, 0.2), (7, 4, 0.45), (4, 6, 0.05)):  # units below and above rho
        loud = torch.linspace(-3, 1.5, units) + 1.5 * torch.randn(batch, units, generator=generator)
        cases.append((loud.sigmoid(), rho))
    check_with_gradients(attempt, oracle, cases, slips, to=("z",))


def check_keep_largest(attempt: Any) -> None:
    """The k largest numbers of each code, zeros elsewhere, and gradients to the winners: z (B, d), k -> (B, d).

    Which of several equal numbers win is left open.
    """

    def oracle(z: Tensor, k: int) -> Tensor:
        kept = torch.zeros_like(z)
        for row, code in enumerate(z):
            winners = sorted(range(len(code)), key=lambda j: float(code[j]), reverse=True)[:k]
            kept[row, winners] = code[winners]
        return kept

    def threshold(z: Tensor, k: int, dim: int = 1) -> Tensor:
        return z.sort(dim=dim, descending=True).values.narrow(dim, min(k, z.shape[dim]) - 1, 1)

    def kept(z: Tensor, k: int, by: Tensor) -> Tensor:
        return z * torch.zeros_like(z).scatter(1, by.topk(k, dim=1).indices, 1.0)

    slips = {
        "numbers that tie for the last place all stay: keep k, by the indices of topk and not by a threshold": (
            lambda z, k: z * (z >= threshold(z, k))
        ),
        "where numbers tie for the last place all of them go: keep k, by the indices of topk and not by a threshold": (
            lambda z, k: z * (z > threshold(z, k + 1))
        ),
        "the k largest of the whole batch: each image keeps its own k (dim=1)": (
            lambda z, k: z * (z >= threshold(z.view(1, -1), k))
        ),
        "k for each image, but from the whole batch: each image keeps its own k (dim=1)": (
            lambda z, k: kept(z.view(1, -1), k * len(z), z.view(1, -1)).view_as(z)
        ),
        "the k largest of each unit over the batch: each image keeps its own k (dim=1)": (
            lambda z, k: z * (z >= threshold(z, k, 0))
        ),
        "the threshold of the first image for all: each image has its own": lambda z, k: z * (z >= threshold(z, k)[:1]),
        "the largest by size, minus signs left out: keep the k largest numbers": lambda z, k: kept(z, k, z.abs()),
        "k - 1 numbers are kept: the k-th largest stays too": lambda z, k: z * (z > threshold(z, k)),
        "k + 1 numbers are kept": lambda z, k: kept(z, min(k + 1, z.shape[1]), z),
        "a mask of zeros and ones: multiply it by z": lambda z, k: (oracle(z, k) != 0).to(z),
        "the signs are lost: the winners keep their values": lambda z, k: oracle(z, k).abs(),
        "negative winners are set to 0: the k largest stay, whatever their sign": lambda z, k: oracle(z, k).relu(),
        "the k numbers alone, without their places: the result is shaped like z, with zeros elsewhere": (
            lambda z, k: z.topk(k, dim=1).values
        ),
        "the k numbers stand in the first k places: each stays at its own place": (
            lambda z, k: F.pad(z.topk(k, dim=1).values, (0, z.shape[1] - k))
        ),
        "the first k numbers are kept, not the largest": lambda z, k: F.pad(z[:, :k], (0, z.shape[1] - k)),
        "the k smallest are kept": lambda z, k: kept(z, k, -z),
        "the k largest are dropped and the others kept": lambda z, k: z - oracle(z, k),
        "all that is above zero is kept: keep k of each code": lambda z, k: z.clamp(min=0),
    }
    gradient_slips = {
        "the losers get a gradient too: only the k winners may": lambda z, k: z + (oracle(z, k) - z).detach()
    }
    generator = torch.Generator().manual_seed(0)
    cases = []
    for batch, units, k in ((3, 7, 2), (5, 6, 3), (4, 5, 4)):
        z = torch.randn(batch, units, generator=generator) * (0.2 + 3 * torch.rand(batch, 1, generator=generator))
        z[-1] = -z[-1].abs() - 0.1  # one code has nothing above zero
        cases.append((z, k))
    ties = torch.tensor([[-0.7, 0.9, 0.9, 0.3, 0.9], [1.4] * 5, [1.2, -0.5, 0.6, 0.6, 0.6]])

    def any_of_equals(keep: Callable[..., Any]) -> Callable[..., Any]:
        """The layer; where numbers tie, who wins is its choice. Ties are judged only where the rest is right."""

        def on(z: Tensor, k: int) -> Any:
            tied, given = len(z.unique()) < z.numel(), z.detach().clone()
            answer = whole(keep(z, k))
            if not tied:
                return answer
            if not alike(outcome(lambda *case: whole(keep(*case)), cases[0]), oracle(*cases[0])):
                return torch.zeros_like(z)
            answer = torch.as_tensor(answer)
            kept = answer.detach()
            return {
                "each at its own place, also where numbers tie": bool(((kept == given) | (kept == 0)).all()),
                "how many of each code stay where numbers tie": (kept != 0).sum(1) + 0 * answer.sum(1),
                "the sum of those that stay where numbers tie": kept.sum(1),
            }

        return on

    slips = {name: any_of_equals(slip) for name, slip in slips.items()}
    cases.append((ties, 2))
    attempt = any_of_equals(attempt) if callable(attempt) else attempt
    gradient_slips = {name: any_of_equals(slip) for name, slip in gradient_slips.items()}
    judged = any_of_equals(oracle)
    judged.__wrapped__ = oracle
    check_with_gradients(attempt, judged, cases, slips, gradient_slips, to=("z",))


def whole(answer: Any) -> Any:
    """A list of codes, or a sparse tensor, as one tensor; anything else as it is."""
    if isinstance(answer, list | tuple) and answer and all(isinstance(row, Tensor) for row in answer):
        return torch.stack(list(answer))
    return answer.to_dense() if isinstance(answer, Tensor) and answer.layout is not torch.strided else answer
