"""Attention, and the Transformer: an encoder-decoder without recurrence (Vaswani et al. 2017)."""

import math

import torch
from torch import Tensor, nn

from course_lib.data.strings import PAD, SYMBOLS
from course_lib.shapes import whole

POSITIONS = ("sinusoidal", "learned")


def attention_weights(q: Tensor, k: Tensor, seen: Tensor | None = None) -> Tensor:
    """softmax(q k^T / sqrt(d)): how much each query takes of each key (Vaswani et al. 2017, eq. 1).

    Shapes: q (..., T, d), k (..., S, d) -> (..., T, S), each row sums to 1. `seen`, broadcast to (..., T, S), is False
    where a query may not look; a query that may look nowhere gets NaN.
    """
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    return (scores if seen is None else scores.masked_fill(~seen, -math.inf)).softmax(-1)


def attend(q: Tensor, k: Tensor, v: Tensor, seen: Tensor | None = None) -> Tensor:
    """The values' mean under `attention_weights`: q (..., T, d), k (..., S, d), v (..., S, e) -> (..., T, e)."""
    return attention_weights(q, k, seen) @ v


def sinusoids(length: int, d: int) -> Tensor:
    """Positions as d sines and cosines, the wave lengths from 2 pi to nearly 10,000 * 2 pi: () -> (length, d).

    Entry 2i is sin(p / 10000^(2i/d)), entry 2i + 1 the cosine (Vaswani et al. 2017, section 3.5).
    Raises: ValueError where d is odd.
    """
    whole(length=length, d=d)
    if d % 2:
        raise ValueError(f"sines and cosines come in pairs: d must be even; it is {d}")
    rates = 10_000 ** (-torch.arange(0, d, 2) / d)
    angles = torch.arange(length)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


class MultiHead(nn.Module):
    """Attention in `heads` parts of the d numbers, each with queries, keys and values of its own.

    Shapes: x (B, T, d), memory (B, S, d), seen broadcast to (B, heads, T, S) -> (B, T, d).
    Raises: ValueError where `heads` doesn't divide d.
    """

    def __init__(self, d: int, heads: int) -> None:
        super().__init__()
        whole(d=d, heads=heads)
        if d % heads:
            raise ValueError(f"{heads} heads can't share {d} numbers evenly")
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(d, d) for _ in range(4))

    def split(self, x: Tensor) -> Tensor:
        """(B, T, d) -> (B, heads, T, d / heads)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x: Tensor, memory: Tensor, seen: Tensor) -> Tensor:
        q, k, v = self.split(self.q(x)), self.split(self.k(memory)), self.split(self.v(memory))
        return self.o(attend(q, k, v, seen).transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Attention to oneself, with `cross` attention to the encoder too, then a small MLP: each adds to x, normed first.

    Shapes: x (B, T, d), memory (B, S, d) -> (B, T, d); `seen` and `memory_seen` as in `MultiHead`.
    """

    def __init__(self, d: int, heads: int, cross: bool = False) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(d) for _ in range(3 if cross else 2))
        self.own = MultiHead(d, heads)
        self.cross = MultiHead(d, heads) if cross else None
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(
        self, x: Tensor, seen: Tensor, memory: Tensor | None = None, memory_seen: Tensor | None = None
    ) -> Tensor:
        normed = self.norms[0](x)
        h = x + self.own(normed, normed, seen)
        if self.cross is not None:
            h = h + self.cross(self.norms[1](h), memory, memory_seen)
        return h + self.mlp(self.norms[-1](h))


class Transformer(nn.Module):
    """Encoder and decoder of `layers` blocks each: symbols in, the next symbol's logits out (Vaswani et al. 2017).

    `f(source)` is what the encoder makes of the source, and which of it may be looked at: all but the padding.
    `g(memory, given)` are the logits after each of the given symbols; a place sees none that comes after it.
    `model(source, given)` is g(f(source), given). `positions` is "sinusoidal", or "learned" for at most `longest`
    places. Blocks norm first (Xiong et al. 2020).

    Shapes: source (B, S), given (B, T), symbols 0 to 12 -> logits (B, T, 13).
    Raises: ValueError for other positions, sizes that don't fit, or more places than learned positions have.
    """

    def __init__(
        self, d: int = 64, heads: int = 4, layers: int = 2, positions: str = "sinusoidal", longest: int = 64
    ) -> None:
        super().__init__()
        if positions not in POSITIONS:
            raise ValueError(f"unknown positions {positions!r}: one of {', '.join(POSITIONS)}")
        whole(layers=layers, longest=longest)
        self.d = d
        self.embed = nn.Embedding(SYMBOLS, d)
        self.places = nn.Embedding(longest, d) if positions == "learned" else None
        self.encoder = nn.ModuleList(Block(d, heads) for _ in range(layers))
        self.decoder = nn.ModuleList(Block(d, heads, cross=True) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(d) for _ in range(2))
        self.out = nn.Linear(d, SYMBOLS)

    def placed(self, tokens: Tensor) -> Tensor:
        """Symbols and their places as vectors: (B, T) -> (B, T, d)."""
        h, length = self.embed(tokens.long()), tokens.shape[1]
        if self.places is None:
            return h + sinusoids(length, self.d).to(h)
        if length > self.places.num_embeddings:
            raise ValueError(f"{length} places, and positions were learned for {self.places.num_embeddings}")
        return h + self.places.weight[:length]

    def f(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """What the encoder makes of the source, and which places may be looked at: (B, S, d), (B, 1, 1, S)."""
        seen, h = (source != PAD)[:, None, None], self.placed(source)
        for block in self.encoder:
            h = block(h, seen)
        return self.norms[0](h), seen

    def g(self, memory: tuple[Tensor, Tensor], given: Tensor) -> Tensor:
        """The logits of the symbol after each given one: (B, T) -> (B, T, 13)."""
        length, h = given.shape[1], self.placed(given)
        before = torch.ones(length, length, dtype=torch.bool, device=given.device).tril()
        for block in self.decoder:
            h = block(h, before, *memory)
        return self.out(self.norms[1](h))

    def forward(self, source: Tensor, given: Tensor) -> Tensor:
        return self.g(self.f(source), given)
