"""Strings of digits and what is to be made of them: the toy task of the lessons on sequences.

A symbol is a whole number: the digits 0 to 9 are themselves, then come three signs. END closes every string, PAD fills
what is left of the row, and START is what a decoder is given before its first symbol. Rows are floats, as `fit` asks.
All raise ValueError where a number isn't a whole one in its range.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.shapes import rows, whole

PAD, START, END = 10, 11, 12
SYMBOLS = 13  # ten digits and three signs

Task = Callable[[Tensor], Tensor]


def strings(n: int, shortest: int = 2, longest: int = 16, seed: int = 0) -> Tensor:
    """Random digits, END, then PAD: () -> (n, longest + 1) float32, lengths uniform from `shortest` to `longest`."""
    whole(n=n, shortest=shortest)
    whole(shortest, longest=longest)
    whole(None, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(shortest, longest + 1, (n, 1), generator=generator, device="cpu")
    digits = torch.randint(0, 10, (n, longest + 1), generator=generator, device="cpu")
    places = torch.arange(longest + 1, device="cpu")
    return digits.where(places < lengths, PAD).where(places != lengths, END).float()


def lengths_of(tokens: Tensor) -> Tensor:
    """How many digits stand before END: (N, T) -> (N,)."""
    return (tokens == END).int().argmax(1)


def copied(tokens: Tensor) -> Tensor:
    """The string itself: with this task an encoder-decoder is an autoencoder. (N, T) -> (N, T)."""
    return tokens.clone()


def turned(tokens: Tensor) -> Tensor:
    """The digits in reverse order, END and PAD where they were: (N, T) -> (N, T)."""
    places = torch.arange(tokens.shape[1], device=tokens.device)
    mirrored = lengths_of(tokens)[:, None] - 1 - places
    return tokens.gather(1, torch.where(mirrored >= 0, mirrored, places))


def ascending(tokens: Tensor) -> Tensor:
    """The digits sorted, the least first, END and PAD where they were: (N, T) -> (N, T)."""
    signs = torch.where(tokens == END, 11.0, torch.where(tokens == PAD, 12.0, tokens))  # END before PAD
    ordered = signs.sort(1).values
    return ordered.masked_fill(ordered == 11, END).masked_fill(ordered == 12, PAD)


def pairs(task: Task, n: int, shortest: int = 2, longest: int = 16, seed: int = 0) -> Tensor:
    """Strings and what the task makes of them: () -> (n, 2, longest + 1) float32, source and target."""
    source = strings(n, shortest, longest, seed)
    return torch.stack([source, task(source)], dim=1)


def shifted_right(target: Tensor) -> Tensor:
    """What a decoder is given in training: START, then the target without its last symbol. (B, T) -> (B, T)."""
    return torch.cat([torch.full_like(target[:, :1], START), target[:, :-1]], dim=1)


def text(tokens: Tensor) -> list[str]:
    """Rows of symbols for people: the digits before the first sign, (N, T) -> N texts."""
    found = []
    for row in rows(tokens, "tokens").int().tolist():
        end = next((i for i, symbol in enumerate(row) if symbol > 9), len(row))
        found.append("".join(map(str, row[:end])))
    return found
