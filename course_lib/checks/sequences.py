"""The checks of notebook 8 on what sequence models are made of: an LSTM's step, and attention."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .gradients import check_with_gradients


def check_lstm_step(attempt: Any) -> None:
    """One step of an LSTM: x (B, d), h (B, H), c (B, H), w_x (4H, d), w_h (4H, H), b (4H,) -> h (B, H), c (B, H)."""

    def oracle(x: Tensor, h: Tensor, c: Tensor, w_x: Tensor, w_h: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return torch.lstm_cell(x, (h, c), w_x, w_h, b, torch.zeros_like(b))

    def slips(x: Tensor, h: Tensor, c: Tensor, w_x: Tensor, w_h: Tensor, b: Tensor) -> dict[str, Any]:
        sums = x @ w_x.T + h @ w_h.T + b
        raw_i, raw_f, raw_g, raw_o = sums.chunk(4, 1)
        i, f, g, o = raw_i.sigmoid(), raw_f.sigmoid(), raw_g.tanh(), raw_o.sigmoid()
        new = f * c + i * g

        def step(cell: Tensor, out: Tensor = o) -> tuple[Tensor, Tensor]:
            return out * cell.tanh(), cell

        without_b, without_h = sums - b, sums - h @ w_h.T
        bare, deaf = (tuple(part.chunk(4, 1)) for part in (without_b, without_h))
        return {
            "the order of what is returned: h first, then c": (new, o * new.tanh()),
            "i and f are exchanged: f decides how much of the old c stays, i how much of g comes in": (
                step(i * c + f * g)
            ),
            "a sigmoid where g is made: a candidate may be negative, so it takes tanh": (
                step(f * c + i * raw_g.sigmoid())
            ),
            "no tanh where g is made": step(f * c + i * raw_g),
            "tanh in place of the sigmoid for the gates: a gate lies between 0 and 1": (
                step(raw_f.tanh() * c + raw_i.tanh() * g, raw_o.tanh())
            ),
            "the gates are used before their sigmoid": step(raw_f * c + raw_i * g, raw_o),
            "h is o times c: the tanh of c is missing": (o * new, new),
            "h is made from the old c: it is made from the new one": (o * c.tanh(), new),
            "h is the tanh of c alone: o, the output gate, is missing": (new.tanh(), new),
            "the old c is forgotten: f times the old c is missing": step(i * g),
            "nothing is forgotten: the old c is multiplied by f": step(c + i * g),
            "nothing new comes in: i times g is missing": step(f * c),
            "g comes in whole: it is multiplied by i": step(f * c + g),
            "a GRU's way, f and 1 - f: an LSTM has a gate of its own for what comes in": step(f * c + (1 - f) * g),
            "h for c: the old cell state is multiplied by f, not the old h": step(f * h + i * g),
            "o is read where g stands: the order of the rows is i, f, g, o": (
                step(f * c + i * raw_o.tanh(), raw_g.sigmoid())
            ),
            "the biases are missing": (
                step(bare[1].sigmoid() * c + bare[0].sigmoid() * bare[2].tanh(), bare[3].sigmoid())
            ),
            "the old h isn't read: w_h h is missing in the four sums": (
                step(deaf[1].sigmoid() * c + deaf[0].sigmoid() * deaf[2].tanh(), deaf[3].sigmoid())
            ),
            "only h: the step returns h and c": o * new.tanh(),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for batch, d, hidden in ((3, 4, 2), (5, 2, 3)):
        sizes = ((batch, d), (batch, hidden), (batch, hidden), (4 * hidden, d), (4 * hidden, hidden), (4 * hidden,))
        cases.append(tuple(torch.randn(size, generator=generator) for size in sizes))
    check_with_gradients(attempt, oracle, cases, slips, to=("x", "h", "c", "w_x", "w_h", "b"))


def check_attention(attempt: Any) -> None:
    """Scaled dot-product attention: q (T, d), k (S, d), v (S, e) -> (T, e)."""

    def oracle(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q.double()[None], k.double()[None], v.double()[None])[0]

    def slips(q: Tensor, k: Tensor, v: Tensor) -> dict[str, Any]:
        d, dots = q.shape[1], q @ k.T
        scores = dots / math.sqrt(d)
        weights = scores.softmax(1)
        return {
            "the scale is missing: divide q k^T by the root of d": dots.softmax(1) @ v,
            "divided by d: its root is the scale": (dots / d).softmax(1) @ v,
            "multiplied by the root of d: divide by it": (dots * math.sqrt(d)).softmax(1) @ v,
            "the scale comes after the softmax: the weights no longer sum to 1": dots.softmax(1) / math.sqrt(d) @ v,
            "the softmax runs over the queries: for each query the weights of all keys sum to 1": scores.softmax(0) @ v,
            "one softmax over the whole table: each row of weights sums to 1": (
                scores.flatten().softmax(0).view_as(scores) @ v
            ),
            "the softmax is missing": scores @ v,
            "exp without its sum: divide by the sum over the keys": scores.exp() @ v,
            "a sigmoid for the softmax: the weights of a query sum to 1": scores.sigmoid() @ v,
            "the logarithm of the weights": scores.log_softmax(1) @ v,
            "the largest weight alone: all values count, each with its weight": v[scores.argmax(1)],
            "every key has the same weight": v.mean(0).expand(len(q), -1),
            "the keys are mixed: the weights belong to the values": weights @ k,
            "the weights themselves: multiply them with v": weights,
            "the root of the number of keys for that of d": (dots / math.sqrt(len(k))).softmax(1) @ v,
            "the root of the values' length: d is the length of q and k": (dots / math.sqrt(v.shape[1])).softmax(1) @ v,
            "the sign: the larger the product, the larger the weight": (-scores).softmax(1) @ v,
            "cosines for products: q and k keep their lengths": (
                (F.normalize(q, dim=1) @ F.normalize(k, dim=1).T).softmax(1) @ v
            ),
            "the sum over the queries too: one row for each query": (weights @ v).sum(0),
            "a place sees only what stands before it: no mask is asked for here": (
                scores.masked_fill(torch.ones_like(scores).tril() == 0, -math.inf).softmax(1) @ v
            ),
        }

    generator = torch.Generator().manual_seed(0)
    cases = []
    for queries, keys, d, e in ((3, 5, 4, 2), (4, 3, 6, 5)):
        scale = torch.linspace(0.5, 1.5, queries)[:, None]
        drawn = [torch.randn(size, generator=generator) for size in ((queries, d), (keys, d), (keys, e))]
        cases.append((scale * drawn[0], *drawn[1:]))
    check_with_gradients(attempt, oracle, cases, slips, to=("q", "k", "v"))
