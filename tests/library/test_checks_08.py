"""The checks of notebook 8 on right answers, on every slip, and on nonsense."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.library.exercises import Judged, Strangers, said_of

PAD, START, END = 10, 11, 12


# -- the LSTM's step -------------------------------------------------------------------------------------------------


def gates(x, h, w_x, w_h, b):
    """The four sums, one matrix at a time."""
    return [x @ u.T + h @ v.T + w for u, v, w in zip(w_x.chunk(4), w_h.chunk(4), b.chunk(4), strict=True)]


def lstm(cell=lambda i, f, g, o, c, h: f * c + i * g, out=lambda o, new, c: o * new.tanh(), squash=None, swap=False):
    """An LSTM's step with another line for the cell, for the output, or for what squashes the four sums."""

    def step(x, h, c, w_x, w_h, b):
        kinds = squash or (torch.sigmoid, torch.sigmoid, torch.tanh, torch.sigmoid)
        i, f, g, o = (kind(part) for kind, part in zip(kinds, gates(x, h, w_x, w_h, b), strict=True))
        new = cell(i, f, g, o, c, h)
        pair = out(o, new, c), new
        return pair[::-1] if swap else pair

    return step


def plain(part):
    return part


def by_cell(x, h, c, w_x, w_h, b):
    """PyTorch's own cell with these weights."""
    cell = nn.LSTMCell(x.shape[1], h.shape[1], bias=False)
    weights = {"weight_ih": torch.cat([w_x, b[:, None]], 1), "weight_hh": w_h}
    cell.input_size += 1
    return torch.func.functional_call(cell, weights, (torch.cat([x, torch.ones(len(x), 1)], 1), (h, c)))


def exchanged(x, h, c, w_x, w_h, b):
    """g and o read in each other's place."""
    i, f, o, g = gates(x, h, w_x, w_h, b)
    new = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * new.tanh(), new


LSTM = {
    "the order of what is returned: h first, then c": lstm(swap=True),
    "i and f are exchanged: f decides how much of the old c stays, i how much of g comes in": lstm(
        lambda i, f, g, o, c, h: i * c + f * g
    ),
    "a sigmoid where g is made: a candidate may be negative, so it takes tanh": lstm(squash=[torch.sigmoid] * 4),
    "no tanh where g is made": lstm(squash=[torch.sigmoid, torch.sigmoid, plain, torch.sigmoid]),
    "tanh in place of the sigmoid for the gates: a gate lies between 0 and 1": lstm(squash=[torch.tanh] * 4),
    "the gates are used before their sigmoid": lstm(squash=[plain, plain, torch.tanh, plain]),
    "h is o times c: the tanh of c is missing": lstm(out=lambda o, new, c: o * new),
    "h is made from the old c: it is made from the new one": lstm(out=lambda o, new, c: o * c.tanh()),
    "h is the tanh of c alone: o, the output gate, is missing": lstm(out=lambda o, new, c: new.tanh()),
    "the old c is forgotten: f times the old c is missing": lstm(lambda i, f, g, o, c, h: i * g),
    "nothing is forgotten: the old c is multiplied by f": lstm(lambda i, f, g, o, c, h: c + i * g),
    "nothing new comes in: i times g is missing": lstm(lambda i, f, g, o, c, h: f * c),
    "g comes in whole: it is multiplied by i": lstm(lambda i, f, g, o, c, h: f * c + g),
    "a GRU's way, f and 1 - f: an LSTM has a gate of its own for what comes in": lstm(
        lambda i, f, g, o, c, h: torch.lerp(g, c, f)
    ),
    "h for c: the old cell state is multiplied by f, not the old h": lstm(lambda i, f, g, o, c, h: f * h + i * g),
    "o is read where g stands: the order of the rows is i, f, g, o": exchanged,
    "the biases are missing": lambda x, h, c, w_x, w_h, b: by_cell(x, h, c, w_x, w_h, 0 * b),
    "the old h isn't read: w_h h is missing in the four sums": lambda x, h, c, w_x, w_h, b: by_cell(
        x, h, c, w_x, 0 * w_h, b
    ),
    "only h: the step returns h and c": lambda *given: by_cell(*given)[0],
}


# -- attention -------------------------------------------------------------------------------------------------------


def row_by_row(q, k, v):
    """One query after the other, one key after the other."""
    rows = []
    for query in q:
        scores = [query.dot(key) / query.numel() ** 0.5 for key in k]
        total = sum(score.exp() for score in scores)
        rows.append(sum(score.exp() / total * value for score, value in zip(scores, v, strict=True)))
    return torch.stack(rows)


def scaled(by):
    """Attention with another scale, a function of q, k and v."""
    return lambda q, k, v: torch.softmax(torch.einsum("td,sd->ts", q, k) * by(q, k, v), -1) @ v


def scores_of(q, k):
    return torch.einsum("td,sd->ts", q, k) / np.sqrt(q.shape[-1])


ATTENTION = {
    "the scale is missing: divide q k^T by the root of d": scaled(lambda q, k, v: 1),
    "divided by d: its root is the scale": scaled(lambda q, k, v: 1 / q.shape[1]),
    "multiplied by the root of d: divide by it": scaled(lambda q, k, v: q.shape[1] ** 0.5),
    "the scale comes after the softmax: the weights no longer sum to 1": lambda q, k, v: (
        (q @ k.T).softmax(1) @ v / q.shape[1] ** 0.5
    ),
    "the softmax runs over the queries: for each query the weights of all keys sum to 1": lambda q, k, v: (
        scores_of(k, q).softmax(1).T @ v
    ),
    "one softmax over the whole table: each row of weights sums to 1": lambda q, k, v: (
        scores_of(q, k).exp() / scores_of(q, k).exp().sum() @ v
    ),
    "the softmax is missing": lambda q, k, v: q @ (k.T @ v) / q.shape[1] ** 0.5,
    "exp without its sum: divide by the sum over the keys": lambda q, k, v: torch.exp(scores_of(q, k)) @ v,
    "a sigmoid for the softmax: the weights of a query sum to 1": lambda q, k, v: torch.sigmoid(scores_of(q, k)) @ v,
    "the logarithm of the weights": lambda q, k, v: scores_of(q, k).softmax(1).log() @ v,
    "the largest weight alone: all values count, each with its weight": lambda q, k, v: (
        F.one_hot((q @ k.T).argmax(1), len(k)).float() @ v
    ),
    "every key has the same weight": lambda q, k, v: v.mean(0, keepdim=True).repeat(len(q), 1),
    "the keys are mixed: the weights belong to the values": lambda q, k, v: row_by_row(q, k, k),
    "the weights themselves: multiply them with v": lambda q, k, v: row_by_row(q, k, torch.eye(len(k))),
    "the root of the number of keys for that of d": scaled(lambda q, k, v: len(k) ** -0.5),
    "the root of the values' length: d is the length of q and k": scaled(lambda q, k, v: v.shape[1] ** -0.5),
    "the sign: the larger the product, the larger the weight": lambda q, k, v: row_by_row(-q, k, v),
    "cosines for products: q and k keep their lengths": lambda q, k, v: (
        F.cosine_similarity(q[:, None], k[None], dim=2).softmax(1) @ v
    ),
    "the sum over the queries too: one row for each query": lambda q, k, v: sum(row_by_row(q, k, v)),
    "a place sees only what stands before it: no mask is asked for here": lambda q, k, v: (
        F.scaled_dot_product_attention(q, k, v, is_causal=True)
    ),
}


# -- a string's loss -------------------------------------------------------------------------------------------------


def log_p(logits, target):
    """log p of each place's symbol."""
    return F.log_softmax(logits, 2)[torch.arange(len(target))[:, None], torch.arange(target.shape[1]), target]


def loss(weigh):
    """-log p, weighted: weigh(what each place costs, which places are real, the target)."""
    return lambda logits, target: weigh(-log_p(logits, target), (target != PAD).float(), target)


def moved(logits, target):
    cost, real = -log_p(logits[:, :-1], target[:, 1:]), target[:, 1:] != PAD
    return cost[real].sum() / len(target)


def softer(logits, target):
    return loss(lambda cost, real, _: (cost * real).sum() / len(cost))(logits.softmax(2), target)


LOSS = {
    "the padding counts: leave its places out": loss(lambda cost, real, _: cost.sum(1).mean()),
    "the mean over the symbols: sum over a string, then the mean over the strings": lambda logits, target: (
        F.cross_entropy(logits.mT, target, ignore_index=PAD)
    ),
    "the mean over all places, padding included: F.cross_entropy as it comes": lambda logits, target: F.cross_entropy(
        logits.mT, target
    ),
    "the padding is left out of the sum and counted in the mean": loss(lambda cost, real, _: (cost * real).mean()),
    "the sum over the batch: divide by the number of strings": loss(lambda cost, real, _: cost[real > 0].sum()),
    "one loss for each string: take the mean over the batch": loss(lambda cost, real, _: (cost * real).sum(1)),
    "each string is divided by its length: the sum over a string is asked for": loss(
        lambda cost, real, _: torch.stack([row[there > 0].mean() for row, there in zip(cost, real, strict=True)]).mean()
    ),
    "divided by the width of the row, not by the number of strings": loss(
        lambda cost, real, _: (cost * real).mean(1).sum()
    ),
    "the sign: minus log p": loss(lambda cost, real, _: -(cost * real).sum(1).mean()),
    "a softmax too much: cross_entropy takes logits": softer,
    "chances are added where their logarithms are meant": loss(
        lambda cost, real, _: -((-cost).exp() * real).sum(1).mean()
    ),
    "END is left out too: it is a symbol that the decoder must say": loss(
        lambda cost, real, target: cost[target < 10].sum() / len(cost)
    ),
    "bits: the natural logarithm is meant": loss(lambda cost, real, _: (cost * real).sum(1).mean() / np.log(2)),
    "the logits of the padding are set to 0, and still counted: log 13 for each": loss(
        lambda cost, real, _: ((cost * real).sum() + math.log(13) * (1 - real).sum()) / len(cost)
    ),
    "the squared error of the chances: minus the logarithm of the right one's chance": lambda logits, target: (
        (logits.softmax(2) - torch.eye(13)[target]).pow(2)[target != PAD].sum() / len(target)
    ),
    "the first symbol is left out": loss(lambda cost, real, _: (cost * real)[:, 1:].sum(1).mean()),
    "the target is moved by one place: here logits and target stand at the same place": moved,
}


# -- free running ----------------------------------------------------------------------------------------------------


def run(next_logits, n, length, first=START, pick=lambda logits: logits.argmax(1), after=PAD, hear=lambda given: given):
    """The free run in lists, string by string."""
    strings = [[first] for _ in range(n)]
    for _ in range(length):
        symbols = pick(next_logits(hear(torch.tensor(strings)))).tolist()
        for string, symbol in zip(strings, symbols, strict=True):
            string.append(after if after is not None and END in string[1:] else symbol)
    return torch.tensor(strings)


def answered(**other):
    return lambda *given: run(*given, **other)[:, 1:]


def after_end(*given):
    said = run(*given)[:, 1:].tolist()
    return [[0 if END in row[:i] else symbol for i, symbol in enumerate(row)] for row in said]


def deaf(next_logits, n, length):
    symbol = next_logits(torch.full((n, 1), START)).argmax(1)
    return torch.stack([symbol] * length, 1)


def brief(next_logits, n, length):
    said = run(next_logits, n, length)[:, 1:]
    return said[:, : 1 + max(row.index(END) for row in said.tolist())]


FREE = {
    "strings go on after END: PAD follows it": answered(after=None),
    "END is missing: it is a symbol of the answer, PAD comes after it": lambda *given: answered()(*given).masked_fill(
        answered()(*given) > 10, PAD
    ),
    "START is a part of the answer: return what comes after it": run,
    "the least likely symbol": answered(pick=lambda logits: logits.argmin(1)),
    "it begins with END: the first symbol given is START": answered(first=END),
    "it begins with PAD: the first symbol given is START": answered(first=PAD),
    "it begins with the digit 0: the first symbol given is START": answered(first=0),
    "only the last symbol is given: give all of them, START first": answered(hear=lambda given: given[:, -1:]),
    "its own symbols never reach it: append each to what is given": deaf,
    "one symbol too few": lambda next_logits, n, length: answered()(next_logits, n, length - 1),
    "one symbol too many": lambda next_logits, n, length: answered()(next_logits, n, length + 1),
    "the last symbol first: the order is turned round": lambda *given: answered()(*given)[:, range(given[2])[::-1]],
    "0 after END: PAD is 10, and 0 is a digit": after_end,
    "END is repeated after END: PAD follows it": answered(after=END),
    "it stops where all strings have ended: the answer has `length` columns": brief,
}


# -- the honest report -----------------------------------------------------------------------------------------------


def counted(said, target, chosen):
    """Right and all among the chosen places: chosen(what was said, what is right)."""
    places = [(a, b) for rows in zip(said.tolist(), target.tolist(), strict=True) for a, b in zip(*rows, strict=True)]
    places = [(a, b) for a, b in places if chosen(a, b)]
    return sum(a == b for a, b in places), len(places)


def share_where(chosen):
    return lambda said, target: Fraction(*counted(said, target, chosen))


def real(said, right):
    return right != PAD


def each(said, target):
    return [float(share_where(real)(a[None], b[None])) for a, b in zip(said, target, strict=True)]


REPORT = {
    "the padding counts as right: leave out the places where the target is PAD": share_where(lambda a, b: True),
    "padding is left out above and counted below": lambda said, target: counted(said, target, real)[0] / target.numel(),
    "padding is counted above and left out below": lambda said, target: (
        (said == target).sum() / counted(said, target, real)[1]
    ),
    "END is left out: it is a symbol that must be said": share_where(lambda a, b: b < 10),
    "whole strings are counted: the share of symbols is asked for": lambda said, target: (
        sum(one == 1 for one in each(said, target)) / len(target)
    ),
    "the mean of each string's share: long strings have more symbols, count them all alike": lambda said, target: (
        np.mean(each(said, target))
    ),
    "the padding is looked for in what was said: the target decides which places are real": share_where(
        lambda a, b: a != PAD
    ),
    "places where both are real: a symbol that was left out is wrong": share_where(lambda a, b: PAD not in (a, b)),
    "the share of errors: 1 minus that": lambda said, target: 1 - share_where(real)(said, target),
    "the number of right symbols: divide by the number of real ones": lambda said, target: counted(said, target, real)[
        0
    ],
    "percent: a share is asked for": lambda said, target: 100 * share_where(real)(said, target),
    "divided by the number of strings": lambda said, target: counted(said, target, real)[0] / len(said),
    "one share for each string: all symbols together": each,
}

RIGHT = {
    "check_lstm_step": by_cell,
    "check_attention": row_by_row,
    "check_string_loss": loss(lambda cost, real, _: (cost * real).sum(1).mean()),
    "check_free_run": answered(),
    "check_symbols_right": share_where(real),
}
WRONG = {
    "check_lstm_step": LSTM,
    "check_attention": ATTENTION,
    "check_string_loss": LOSS,
    "check_free_run": FREE,
    "check_symbols_right": REPORT,
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "08", RIGHT, WRONG


# -- answers for which the checks were not written -------------------------------------------------------------------


def through_nn(x, h, c, w_x, w_h, b):
    """One step of nn.LSTM."""
    net = nn.LSTM(x.shape[1], h.shape[1], batch_first=True)
    names = dict(weight_ih_l0=w_x, weight_hh_l0=w_h, bias_ih_l0=b, bias_hh_l0=0 * b)
    _, (h, c) = torch.func.functional_call(net, names, (x[:, None], (h[None], c[None])))
    return [h[0], c[0]]


def one_at_a_time(next_logits, n, length):
    """A list that grows, stacked at the end."""
    given, ended = [torch.tensor([START] * n)], [False] * n
    for _ in range(length):
        best = next_logits(torch.stack(given, 1)).topk(1).indices[:, 0].tolist()
        best = [PAD if done else symbol for done, symbol in zip(ended, best, strict=True)]
        ended = [done or symbol == END for done, symbol in zip(ended, best, strict=True)]
        given.append(torch.tensor(best))
    return torch.stack(given[1:], 1).tolist()


def filled_ahead(next_logits, n, length):
    """A row of PAD that is filled in, as floats."""
    said = torch.full((n, length + 1), float(PAD))
    said[:, 0] = START
    for t in range(length):
        going = ~(said[:, : t + 1] == END).any(1)
        said[going, t + 1] = next_logits(said[:, : t + 1]).argmax(1).float()[going]
    return said[:, 1:]


ODD = {
    "check_lstm_step": [through_nn, lstm(), lambda *given: tuple(part * 1.0 for part in by_cell(*given))],
    "check_attention": [
        F.scaled_dot_product_attention,
        lambda q, k, v: torch.einsum("ts,se->te", F.softmax(q @ k.mT / math.sqrt(k.size(-1)), dim=-1), v),
        lambda q, k, v: torch.func.vmap(lambda query: (k @ query / len(query) ** 0.5).softmax(0) @ v)(q),
    ],
    "check_string_loss": [
        lambda logits, target: (
            sum(
                F.cross_entropy(row[there != PAD], there[there != PAD], reduction="sum")
                for row, there in zip(logits, target, strict=True)
            )
            / len(target)
        ),
        lambda logits, target: (
            F.nll_loss(logits.log_softmax(2).mT, target, ignore_index=PAD, reduction="none").sum(1).mean().reshape(1)
        ),
        lambda logits, target: (
            (logits.logsumexp(2) - logits.gather(2, target[..., None])[..., 0])[target.ne(PAD)].sum() / target.size(0)
        ),
    ],
    "check_free_run": [one_at_a_time, filled_ahead, lambda *given: answered()(*given).numpy()],
    "check_symbols_right": [
        lambda said, target: torch.masked_select(said.eq(target), target.ne(PAD)).double().mean().reshape(1, 1),
        lambda said, target: np.average((said == target).numpy(), weights=(target != PAD).numpy()),
        lambda said, target: 1 - float((said != target)[target != PAD].sum()) / int((target != PAD).sum()),
    ],
}
UNLISTED = {
    "check_lstm_step": [
        lambda *given: tuple(part.detach() for part in by_cell(*given)),
        lstm(lambda i, f, g, o, c, h: f * c + i * g + h),
        lstm(lambda i, f, g, o, c, h: (f * c + i * g).clamp(-1, 1)),
        lambda x, h, c, w_x, w_h, b: by_cell(x, h, c.detach(), w_x, w_h, b),
        lambda x, h, c, w_x, w_h, b: by_cell(x, c, h, w_x, w_h, b),
    ],
    "check_attention": [
        lambda q, k, v: row_by_row(q, k, v).detach(),
        lambda q, k, v: row_by_row(q, k.detach(), v),
        lambda q, k, v: row_by_row(q, k, v) + v.mean(0),
        lambda q, k, v: F.dropout((scores_of(q, k)).softmax(1), 0.3) @ v,
        lambda q, k, v: row_by_row(q, k, v).T,
    ],
    "check_string_loss": [
        loss(lambda cost, real, _: (cost * real).sum(1).median()),
        loss(lambda cost, real, _: (cost * real).sum().item() / len(cost)),
        loss(lambda cost, real, _: (cost.detach() * real).sum(1).mean()),
        loss(lambda cost, real, _: (cost * real).sum(1).max()),
        lambda logits, target: (
            F.cross_entropy(logits.mT, target, ignore_index=PAD, reduction="sum", label_smoothing=0.1) / len(target)
        ),
    ],
    "check_free_run": [
        answered(pick=lambda logits: logits.topk(2).indices[:, 1]),
        answered(after=START),
        lambda next_logits, n, length: answered()(next_logits, 1, length).expand(n, -1),
        lambda *given: answered()(*given).T,
        answered(hear=lambda given: given.clamp(max=9)),
    ],
    "check_symbols_right": [
        share_where(lambda a, b: b != END),
        lambda said, target: float(np.median(each(said, target))),
        lambda said, target: share_where(real)(target, said) ** 2,
        lambda said, target: max(each(said, target)) / 2,
    ],
}


class TestStrangers(Strangers):
    """Right answers in odd styles, and wrong ones that are no slip of the check."""

    odd, unlisted = ODD, UNLISTED


@pytest.mark.parametrize("cut", [torch.Tensor.detach, torch.Tensor.item])
def test_a_loss_that_trains_nothing_is_told_where_the_gradient_stops(cut):
    said = said_of("check_string_loss", lambda *given: cut(RIGHT["check_string_loss"](*given)))
    assert "no gradient reaches `logits`" in said


def test_a_free_run_that_asks_about_the_unfinished_alone_is_told_to_ask_about_all():
    def unfinished(next_logits, n, length):
        given, live = torch.full((n, 1), START), torch.arange(n)
        for _ in range(length):
            symbol = torch.full((n,), PAD)
            symbol[live] = next_logits(given[live]).argmax(1)
            given, live = torch.cat([given, symbol[:, None]], 1), live[symbol[live] != END]
        return given[:, 1:]

    assert "give it all 4" in said_of("check_free_run", unfinished)
