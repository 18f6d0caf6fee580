"""The checks of notebook 8 on symbols: a string's loss, a decoder that runs on its own, and an honest report."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Categorical

from course_lib.data.strings import END, PAD, START, SYMBOLS

from .gradients import check_with_gradients
from .verdict import check


def rows_of(generator: torch.Generator, lengths: tuple[int, ...], width: int) -> Tensor:
    """Strings of these lengths with END and PAD: () -> (B, width)."""
    found = torch.full((len(lengths), width), PAD)
    for row, length in zip(found, lengths, strict=True):
        row[:length] = torch.randint(0, 10, (length,), generator=generator)
        row[length] = END
    return found


def check_string_loss(attempt: Any) -> None:
    """-log p of each string, padding left out, mean over the strings: logits (B, T, 13), target (B, T) -> ()."""

    def oracle(logits: Tensor, target: Tensor) -> Tensor:
        total = 0.0
        for row, symbols in zip(logits, target, strict=True):
            for place, symbol in enumerate(symbols.tolist()):
                if symbol != PAD:
                    total = total - Categorical(logits=row[place]).log_prob(symbols[place])
        return total / len(target)

    def slips(logits: Tensor, target: Tensor) -> dict[str, Any]:
        real, n, classes = target != PAD, len(target), logits.flatten(0, 1)
        each = F.cross_entropy(classes, target.flatten(), reduction="none").view(target.shape)
        kept = each * real
        total, chances = kept.sum(), logits.softmax(-1)
        twice = F.cross_entropy(chances.flatten(0, 1), target.flatten(), ignore_index=PAD, reduction="sum")
        return {
            "the padding counts: leave its places out": each.sum() / n,
            "the mean over the symbols: sum over a string, then the mean over the strings": total / real.sum(),
            "the mean over all places, padding included: F.cross_entropy as it comes": each.mean(),
            "the padding is left out of the sum and counted in the mean": total / target.numel(),
            "the sum over the batch: divide by the number of strings": total,
            "one loss for each string: take the mean over the batch": kept.sum(1),
            "each string is divided by its length: the sum over a string is asked for": (
                (kept.sum(1) / real.sum(1)).mean()
            ),
            "divided by the width of the row, not by the number of strings": total / target.shape[1],
            "the sign: minus log p": -total / n,
            "a softmax too much: cross_entropy takes logits": twice / n,
            "chances are added where their logarithms are meant": -(
                chances.gather(2, target[..., None])[..., 0] * real
            ).sum()
            / n,
            "END is left out too: it is a symbol that the decoder must say": (kept * (target != END)).sum() / n,
            "bits: the natural logarithm is meant": total / n / math.log(2),
            "the logits of the padding are set to 0, and still counted: log 13 for each": (
                F.cross_entropy((logits * real[..., None]).flatten(0, 1), target.flatten(), reduction="sum") / n
            ),
            "the squared error of the chances: minus the logarithm of the right one's chance": (
                ((chances - F.one_hot(target, SYMBOLS)).square().sum(-1) * real).sum() / n
            ),
            "the first symbol is left out": kept[:, 1:].sum() / n,
            "the target is moved by one place: here logits and target stand at the same place": (
                F.cross_entropy(logits[:, :-1].mT, target[:, 1:], ignore_index=PAD, reduction="sum") / n
            ),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for lengths, width in (((2, 5, 3), 7), ((4, 1, 2, 3, 6), 8)):
        logits = 2 * torch.randn(len(lengths), width, SYMBOLS, generator=generator)
        cases.append((logits, rows_of(generator, lengths, width)))
    check_with_gradients(attempt, oracle, cases, slips, to=("logits",))


def check_free_run(attempt: Any) -> None:
    """The likeliest symbol, again and again: next_logits ((B, t) -> (B, 13)), n, length -> (n, length)."""

    def speaker(seed: int, n: int) -> Callable[[Tensor], Tensor]:
        drawn = torch.randn(12, SYMBOLS, SYMBOLS, generator=torch.Generator().manual_seed(seed))
        tables = drawn.double()  # (place, symbol there, what it says about the next one)

        def next_logits(given: Tensor) -> Tensor:
            given = torch.as_tensor(given).long()
            if len(given) != n:
                raise ValueError(f"it was given {len(given)} strings: give it all {n}, those that have ended too")
            fading = 0.6 ** torch.arange(given.shape[1] - 1, -1, -1)  # the last symbol counts most
            heard = (fading[:, None] * tables[torch.arange(given.shape[1]), given]).sum(1)
            heard = heard + tables[11, : len(given)]  # each string has a bent of its own
            heard[:, END] += 1.2 * given.shape[1] - 4  # the longer, the likelier
            heard[:, [START, PAD]] = -1e3
            return heard

        return next_logits

    def run(
        next_logits: Callable, n: int, length: int, first: int = START, sign: int = 1, frozen: bool = True,
        heard: Callable[[Tensor], Tensor] = lambda given: given,
    ) -> Tensor:  # fmt: skip
        given = torch.full((n, 1), first)
        ended = torch.zeros(n, dtype=torch.bool)
        for _ in range(length):
            symbol = (sign * next_logits(heard(given))).argmax(1)
            symbol = symbol.masked_fill(ended, PAD) if frozen else symbol
            ended |= symbol == END
            given = torch.cat([given, symbol[:, None]], 1)
        return given

    def oracle(next_logits: Callable, n: int, length: int) -> Tensor:
        said: list[list[int]] = [[START] for _ in range(n)]
        for _ in range(length):
            scores = next_logits(torch.tensor(said)).tolist()
            best = [max(range(SYMBOLS), key=row.__getitem__) for row in scores]
            said = [row + [PAD if END in row else symbol] for row, symbol in zip(said, best, strict=True)]
        return torch.tensor([row[1:] for row in said])

    def slips(next_logits: Callable, n: int, length: int) -> dict[str, Any]:
        right = run(next_logits, n, length)
        answer, after_end = right[:, 1:], (right == END).cumsum(1)[:, :-1] > 0
        second = next_logits(right[:, :1]).argmax(1)
        return {
            "strings go on after END: PAD follows it": run(next_logits, n, length, frozen=False)[:, 1:],
            "END is missing: it is a symbol of the answer, PAD comes after it": answer.masked_fill(answer == END, PAD),
            "START is a part of the answer: return what comes after it": right,
            "the least likely symbol": run(next_logits, n, length, sign=-1)[:, 1:],
            "it begins with END: the first symbol given is START": run(next_logits, n, length, END)[:, 1:],
            "it begins with PAD: the first symbol given is START": run(next_logits, n, length, PAD)[:, 1:],
            "it begins with the digit 0: the first symbol given is START": run(next_logits, n, length, 0)[:, 1:],
            "only the last symbol is given: give all of them, START first": (
                run(next_logits, n, length, heard=lambda given: given[:, -1:])[:, 1:]
            ),
            "its own symbols never reach it: append each to what is given": (
                second[:, None].expand(-1, length).masked_fill((second == END)[:, None], END)
            ),
            "one symbol too few": answer[:, :-1],
            "one symbol too many": run(next_logits, n, length + 1)[:, 1:],
            "the last symbol first: the order is turned round": answer.flip(1),
            "0 after END: PAD is 10, and 0 is a digit": answer.masked_fill(after_end, 0),
            "END is repeated after END: PAD follows it": answer.masked_fill(after_end, END),
            "it stops where all strings have ended: the answer has `length` columns": (
                answer[:, : int((answer != PAD).any(0).sum())]
            ),
        }

    check(attempt, oracle, [(speaker(1, 4), 4, 6), (speaker(2, 3), 3, 10)], slips)


def check_symbols_right(attempt: Any) -> None:
    """The share of the real target symbols that were said, END among them: said (B, T), target (B, T) -> a number."""

    def oracle(said: Tensor, target: Tensor) -> float:
        places = [pair for rows in zip(said.tolist(), target.tolist(), strict=True) for pair in zip(*rows, strict=True)]
        real = [a == b for a, b in places if b != PAD]
        return sum(real) / len(real)

    def slips(said: Tensor, target: Tensor) -> dict[str, Any]:
        hit, real = (said == target).float(), (target != PAD).float()
        digits = (target < 10).float()
        return {
            "the padding counts as right: leave out the places where the target is PAD": hit.mean(),
            "padding is left out above and counted below": (hit * real).sum() / target.numel(),
            "padding is counted above and left out below": hit.sum() / real.sum(),
            "END is left out: it is a symbol that must be said": (hit * digits).sum() / digits.sum(),
            "whole strings are counted: the share of symbols is asked for": (hit * real == real).all(1).float().mean(),
            "the mean of each string's share: long strings have more symbols, count them all alike": (
                ((hit * real).sum(1) / real.sum(1)).mean()
            ),
            "the padding is looked for in what was said: the target decides which places are real": (
                (hit * (said != PAD)).sum() / (said != PAD).sum()
            ),
            "places where both are real: a symbol that was left out is wrong": (
                (hit * real * (said != PAD)).sum() / (real * (said != PAD)).sum()
            ),
            "the share of errors: 1 minus that": 1 - (hit * real).sum() / real.sum(),
            "the number of right symbols: divide by the number of real ones": (hit * real).sum(),
            "percent: a share is asked for": 100 * (hit * real).sum() / real.sum(),
            "divided by the number of strings": (hit * real).sum() / len(target),
            "one share for each string: all symbols together": (hit * real).sum(1) / real.sum(1),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for lengths, other, width in (((2, 6, 3), (2, 4, 5), 8), ((1, 4, 2, 7), (3, 4, 2, 6), 9)):
        target, said = rows_of(generator, lengths, width), rows_of(generator, other, width)
        known = torch.rand(target.shape, generator=generator) < 0.6
        said = torch.where(known & (target < 10) & (said < 10), target, said)
        said[0] = target[0]
        cases.append((said, target))
    check(attempt, oracle, cases, slips)
