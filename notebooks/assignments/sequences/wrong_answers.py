"""Wrong answers to the assignment `sequences`: each block replaces the solution cell of its question."""

# %% attend | 0 of 4 | the scale is missing: divide q k^T by the root of d
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | divided by d: its root is the scale
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / q.shape[-1]
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | multiplied by the root of d: divide by it
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT * math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | the root of the number of keys for that of d
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(k.shape[1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | the root of the values' length: d is the length of q and k
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(v.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | the softmax runs over the queries: for each query the weights of all real keys sum to 1
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(1)
    return weights @ v


# %% attend | 0 of 4 | the mask the wrong way round: real is True where a key counts
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], 0.0, part) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | padding gets the score 0: exp(0) is 1, so it still has a weight
def attend(q, k, v, real):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], 0.0).softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | no mask: padding must have the weight 0
def attend(q, k, v, real):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | the weights of padding set to 0 after the softmax: the others no longer sum to 1
def attend(q, k, v, real):
    k, v = k.nan_to_num(0.0), torch.where(real[..., None], v, 0.0)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.softmax(-1) * real[:, None, :]
    return weights @ v


# %% attend | 3 of 4 | -100 as the score of padding: real scores may lie far below
def attend(q, k, v, real):
    k, v = (part.nan_to_num(0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], -100.0).softmax(-1)
    return torch.where(real.any(1)[:, None, None], weights @ v, 0.0)


# %% attend | 2 of 4 | nan where a string has no real key: a softmax of -inf alone is 0 / 0
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], -math.inf).softmax(-1)
    return weights @ v


# %% attend | 3 of 4 | -inf added to the scores and nan repaired afterwards: the values are right, the gradient is nan
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = (scores + torch.where(real, 0.0, -math.inf)[:, None, :]).softmax(-1)
    return weights.nan_to_num(0.0) @ v


# %% attend | 3 of 4 | values at padding multiplied by a weight of 0: 0 * nan is nan, choose with torch.where
def attend(q, k, v, real):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return torch.where(real.any(1)[:, None, None], weights @ v, 0.0)


# %% attend | 3 of 4 | padding multiplied by 0: 0 * nan is nan, choose with torch.where
def attend(q, k, v, real):
    k, v = (part * real[..., None] for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 2 of 4 | the mean of all values where a string has no real key: 0 is asked for
def attend(q, k, v, real):
    given = v
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return torch.where(real.any(1)[:, None, None], weights @ v, given.nan_to_num(0.0).mean(1, keepdim=True))


# %% attend | 3 of 4 | exp first, then divided by the sum: far from 0 it is inf or 0, use softmax
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.exp() * real[:, None, :]
    weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-30)
    return weights @ v


# %% attend | 0 of 4 | exp with a small number added below: where all of them are tiny the weights no longer sum to 1
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.exp() * real[:, None, :]
    weights = weights / (weights.sum(-1, keepdim=True) + 1e-3)
    return weights @ v


# %% attend | 3 of 4 | the weights without their gradient: q and k are trained through them
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1).detach()
    return weights @ v


# %% attend | 3 of 4 | cut off from the graph (detach, item or numpy): the values are right, but nothing is trained
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return (weights @ v).detach()


# %% attend | 3 of 4 | the keys are detached
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT.detach() / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 3 of 4 | the values are detached
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v.detach()


# %% attend | 0 of 4 | the largest weight alone: all values count, each with its weight
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1).argmax(-1)
    return v.gather(1, weights[..., None].expand(-1, -1, v.shape[-1]))


# %% attend | 0 of 4 | every real key has the same weight
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = 0 * q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | a place sees only what stands before it: no causal mask is asked for here
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    early = torch.ones_like(scores[0]).tril() == 0
    scores = scores.masked_fill(early, -1e9)
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 0 of 4 | the sign: the larger the product, the larger the weight
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = -q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return weights @ v


# %% attend | 1 of 4 | 0 for a string with one real key as well: only where there is none
def attend(q, k, v, real):
    k, v = (torch.where(real[..., None], part, 0.0) for part in (k, v))
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~real[:, None, :], torch.finfo(scores.dtype).min).softmax(-1)
    return torch.where((real.sum(1) > 1)[:, None, None], weights @ v, 0.0)


# %% teacher | 2 of 4 | END at the end of the row: it stands directly after the last digit, before the padding
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, torch.full_like(lengths, strings.shape[1]), END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | END is missing in wanted: the decoder must say it
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    return given, wanted


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | END in place of the last digit: it comes after it
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, (lengths - 1).clamp(min=0), END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | END one place late: directly after the last digit
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, (lengths + 1).clamp(max=strings.shape[1]), END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | END in all places after the last digit: once, then PAD
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    return given, wanted.masked_fill(wanted == PAD, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | the digit 0 taken for padding: PAD is 10
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = ((strings != PAD) & (strings != 0)).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | given has END too: it is never given, for nothing comes after it
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given.scatter(1, (lengths + 1).clamp(max=strings.shape[1]), END), wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | given isn't shifted: START stands first, each symbol is given one place after it is wanted
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([strings, torch.full_like(edge, START)], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | given without START: the first symbol is said before any digit is known
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([edge, strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | END for START in given
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, END), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | START in place of the first digit: it comes before it
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings[:, 1:], edge], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | wanted begins with START: the decoder says the first digit first
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, given.scatter(1, (lengths + 1).clamp(max=strings.shape[1]), END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 1 of 4 | given and wanted exchanged
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return wanted.scatter(1, lengths, END), given


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 1 of 4 | rows of the old length: one place more is needed, for START or for END
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given[:, :-1], wanted.scatter(1, lengths, END)[:, :-1]


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 3 of 4 | the strings themselves are changed: work on a copy
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    wanted = wanted.scatter(1, lengths, END)
    strings.copy_(wanted[:, :-1])
    return given, wanted


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | padding before the digits: the digits stand first, then PAD
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    wanted = wanted.scatter(1, lengths, END)
    places = torch.arange(wanted.shape[1])
    order = ((places - wanted.shape[1] + lengths + 1) % wanted.shape[1]).long()
    return given, wanted.gather(1, order)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | no causal mask: place t sees s up to t only
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    return (given != PAD)[:, None, :].expand(-1, given.shape[1], -1)


# %% teacher | 2 of 4 | no padding in the mask: a place that is PAD is never looked at
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]).expand(len(given), -1, -1)


# %% teacher | 2 of 4 | a place doesn't see itself: s up to and with t
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places < places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | one place too many: with s = t + 1 it sees what it must say
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None] + 1) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | rows and columns exchanged: t is the row, s the column
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return ((places <= places[:, None]) & (given != PAD)[:, None, :]).mT


# %% teacher | 2 of 4 | later places in place of earlier ones: s up to t
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places >= places[:, None]) & (given != PAD)[:, None, :]


# %% teacher | 2 of 4 | the padding of t masked: it is a place s that is never looked at where it is padding
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:, :, None]


# %% teacher | 2 of 4 | START masked: it may be seen, and for the first place it is all there is
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & ((given != PAD) & (given != START))[:, None, :]


# %% teacher | 3 of 4 | the digit 0 masked: PAD is 10
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & ((given != PAD) & (given != 0))[:, None, :]


# %% teacher | 2 of 4 | True where a place may not look
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return ~((places <= places[:, None]) & (given != PAD)[:, None, :])


# %% teacher | 3 of 4 | one mask for all strings, the padding of the first: each has its own
def shifted(strings):
    edge = torch.full_like(strings[:, :1], PAD)
    given = torch.cat([torch.full_like(edge, START), strings], dim=1)
    wanted = torch.cat([strings, edge], dim=1)
    lengths = (strings != PAD).sum(1, keepdim=True)
    return given, wanted.scatter(1, lengths, END)


def may_see(given):
    places = torch.arange(given.shape[1])
    return (places <= places[:, None]) & (given != PAD)[:1, None, :].expand(len(given), -1, -1)


# %% places | 2 of 3 | all sines first, then all cosines in the row: they take turns
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [math.sin(place * speed) for speed in speeds] + [math.cos(place * speed) for speed in speeds]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | the cosine first in the row: the sine has column 2i, the cosine 2i + 1
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.cos(place * speed), math.sin(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | every column with a speed of its own in the row: the columns of a pair share one
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [(math.cos if j % 2 else math.sin)(place * 10000 ** (-j / width)) for j in range(width)]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | sines alone in the row: every second column is a cosine
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.sin(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 0 of 3 | i / width in all exponents: the exponent is 2i / width
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 0 of 3 | 2i over half of the width in all exponents: it is 2i / width
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-4 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 0 of 3 | 1000 taken for 10000 in all exponents
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [1000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 0 of 3 | places multiplied where they are divided: later pairs turn more slowly
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1] + 1000}


# %% places | 0 of 3 | pairs counted from 1: the first pair has i = 0
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(1, width // 2 + 1)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | places counted from 1 in the row: the first place is 0
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin((place + 1) * speed), math.cos((place + 1) * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | degrees in the row: the sine takes radians
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    turns = [math.radians(place * speed) for speed in speeds]
    row = [part for turn in turns for part in (math.sin(turn), math.cos(turn))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | divided by the lengths in alike (a cosine, the mean over the pairs): a dot product is the sum
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds) / len(speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | the mean over the columns in alike: a dot product adds them up
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds) / width
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | sines in alike: sin a sin b + cos a cos b is cos(a - b)
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.sin(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | the product with the place `apart` itself in alike: the other place is place + apart
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos((place - apart) * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | cos(a + b) in alike: the angles are subtracted
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos((2 * place + apart) * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | the squared distance in alike: the dot product is asked for
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(2 - 2 * math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | the sines alone multiplied in alike: the cosines are half of the vector
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.sin(place * speed) * math.sin((place + apart) * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | the first pair alone in alike
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds[:1])
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[-1]}


# %% places | 2 of 3 | 2 pi is missing in the period: a turn is 2 pi
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 1 / speeds[-1]}


# %% places | 2 of 3 | half of a turn in the period: sine and cosine begin again after 2 pi
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": math.pi / speeds[-1]}


# %% places | 2 of 3 | the fastest pair's period: the slowest is the last
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi / speeds[0]}


# %% places | 2 of 3 | 10000 turns in the period: the last exponent is (width - 2) / width, below 1
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": 2 * math.pi * 10000}


# %% places | 2 of 3 | the period rounded (3.14 for pi, or a whole number in the end)
def places():
    place, apart, width = numbers["place"], numbers["apart"], numbers["width"]
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    row = [turned for speed in speeds for turned in (math.sin(place * speed), math.cos(place * speed))]
    alike = sum(math.cos(apart * speed) for speed in speeds)
    return {"row": row, "alike": alike, "period": round(2 * math.pi / speeds[-1])}


# %% loss | 0 of 3 | the mean over the symbols: sum over a string, then the mean over the strings
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).mean()


# %% loss | 0 of 3 | the sum over the strings: divide by their number
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum()


# %% loss | 0 of 3 | divided by all places, padding too
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / wanted.numel()


# %% loss | 0 of 3 | divided by the row's length, not by the number of strings
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / wanted.shape[1]


# %% loss | 0 of 3 | the mean of each string's mean: a string is summed
def string_loss(logits, wanted):
    real = wanted != PAD
    clean = torch.where(real[..., None], logits, 0.0)
    each = torch.nn.functional.cross_entropy(clean.mT, wanted, reduction="none") * real
    return (each.sum(1) / real.sum(1)).mean()


# %% loss | 0 of 3 | one loss for each string: the mean over the batch is asked for
def string_loss(logits, wanted):
    real = wanted != PAD
    clean = torch.where(real[..., None], logits, 0.0)
    each = torch.nn.functional.cross_entropy(clean.mT, wanted, reduction="none")
    return torch.where(real, each, 0.0).sum(1)


# %% loss | 0 of 3 | padding counted as symbols: its places are left out
def string_loss(logits, wanted):
    real = wanted == wanted
    log_p = logits[real].log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% loss | 0 of 3 | END left out: it is a symbol that the decoder must say
def string_loss(logits, wanted):
    real = (wanted != PAD) & (wanted != END)
    log_p = logits[real].log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% loss | 2 of 3 | padding multiplied by 0: 0 * nan is nan, choose the real places
def string_loss(logits, wanted):
    each = -logits.log_softmax(-1).gather(2, wanted[..., None])[..., 0]
    return (each * (wanted != PAD)).sum() / len(wanted)


# %% loss | 2 of 3 | padding chosen away after the logarithm: the loss is right, and nan comes back in the gradient
def string_loss(logits, wanted):
    each = -logits.log_softmax(-1).gather(2, wanted[..., None])[..., 0]
    return torch.where(wanted != PAD, each, 0.0).sum() / len(wanted)


# %% loss | 2 of 3 | the logarithm of a softmax: far from 0 that is -inf, use log_softmax
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].softmax(-1).log()
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% loss | 2 of 3 | a small number added to the softmax: log(1e-9) where the true value is far below
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].softmax(-1).add(1e-9).log()
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% loss | 2 of 3 | exp and its sum by hand: exp(300) is inf, use logsumexp
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real]
    return (log_p.exp().sum(1, keepdim=True).log() - log_p.gather(1, wanted[real][:, None])).sum() / len(wanted)


# %% loss | 0 of 3 | a softmax too much: cross_entropy and log_softmax take logits
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].softmax(-1).log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% loss | 0 of 3 | the sign: minus log p
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].log_softmax(-1)
    return log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% loss | 0 of 3 | probabilities in place of their logarithms
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% loss | 0 of 3 | bits (log to the base 2): nats are asked for
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted) / math.log(2)


# %% loss | 2 of 3 | forbidden symbols set to 0 (nan_to_num): a logit of 0 has a probability
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].nan_to_num(0.0, neginf=0.0).log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% loss | 1 of 3 | cut off from the graph (detach, item or numpy): the value is right, but nothing is trained
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].log_softmax(-1)
    return (-log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)).detach()


# %% loss | 1 of 3 | the sum over the symbols' logits is detached: it has a gradient too
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real]
    return (log_p.detach().logsumexp(1, keepdim=True) - log_p.gather(1, wanted[real][:, None])).sum() / len(wanted)


# %% loss | 0 of 3 | the target moved by one place: here logits and wanted stand at the same place
def string_loss(logits, wanted):
    logits, later = logits[:, :-1], wanted[:, 1:]
    real = later != PAD
    log_p = logits[real].log_softmax(-1)
    return -log_p.gather(1, later[real][:, None]).sum() / len(wanted)


# %% loss | 0 of 3 | the first symbol left out: the decoder says it too
def string_loss(logits, wanted):
    real = (wanted != PAD) & (torch.arange(wanted.shape[1]) > 0)
    log_p = logits[real].log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% loss | 0 of 3 | squared error against the right symbol: minus the logarithm of its probability
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].softmax(-1)
    return (1 - log_p.gather(1, wanted[real][:, None])).square().sum() / len(wanted)


# %% loss | 1 of 3 | the padding's symbol taken out of the softmax: a symbol that may be said counts below
def string_loss(logits, wanted):
    real = wanted != PAD
    log_p = logits[real].index_fill(1, torch.tensor([PAD]), -math.inf).log_softmax(-1)
    return -log_p.gather(1, wanted[real][:, None]).sum() / len(wanted)


# %% match | 0 of 3 | padding compared too: after END anything may be said
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    return float((said == wanted).all(1).float().mean())


# %% match | 0 of 3 | the share of symbols: a string is right as a whole or not at all
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    return float((said == wanted)[real].float().mean())


# %% match | 0 of 3 | the share of all places, padding too
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    return float(((said == wanted) | ~real).float().mean())


# %% match | 0 of 3 | the mean of each string's share of right symbols: one wrong symbol makes it wrong
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    return float((((said == wanted) & real).sum(1) / real.sum(1)).mean())


# %% match | 0 of 3 | the number of right strings: their share is asked for
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    return float(((said == wanted) | ~real).all(1).float().sum())


# %% match | 0 of 3 | the share of wrong strings
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    return 1 - float(((said == wanted) | ~real).all(1).float().mean())


# %% match | 0 of 3 | END isn't compared: a string must stop where it should
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = (wanted != PAD) & (wanted != END)
    return float(((said == wanted) | ~real).all(1).float().mean())


# %% match | 0 of 3 | padding looked for in what was said: what is wanted decides which places are real
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = said != PAD
    return float(((said == wanted) | ~real).all(1).float().mean())


# %% match | 0 of 3 | places where both are real: a symbol that wasn't said is wrong
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = (wanted != PAD) & (said != PAD)
    return float(((said == wanted) | ~real).all(1).float().mean())


# %% match | 1 of 3 | both cut to the shorter rows: a string that was cut off isn't right
def exact_match(said, wanted):
    both = min(said.shape[1], wanted.shape[1])
    said, wanted = said[:, :both], wanted[:, :both]
    real = wanted != PAD
    return float(((said == wanted) | ~real).all(1).float().mean())


# %% match | 1 of 3 | 0 where rows have another length: those that reach to END can be right
def exact_match(said, wanted):
    if said.shape != wanted.shape:
        return 0.0
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    return float(((said == wanted) | ~real).all(1).float().mean())


# %% match | 1 of 3 | short rows filled with END: nothing was said there
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=END)[:, : wanted.shape[1]]
    real = wanted != PAD
    return float(((said == wanted) | ~real).all(1).float().mean())


# %% match | 0 of 3 | all strings or none: the share of right ones is asked for
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    return float(((said == wanted) | ~real).all())


# %% match | 0 of 3 | the first symbol alone
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    return float(((said == wanted) | ~real)[:, 0].float().mean())


# %% match | 1 of 3 | symbols in any order: the place counts
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    said = said.masked_fill(~real, PAD)
    return float((said.sort(1).values == wanted.sort(1).values).all(1).float().mean())


# %% match | 1 of 3 | a second END counted: the first one closes the string, and what follows doesn't count
def exact_match(said, wanted):
    right = 0
    for row, goal in zip(said.tolist(), wanted.tolist(), strict=True):
        last = max((i for i, one in enumerate(row) if one == END), default=None)
        right += last is not None and row[: last + 1] == goal[: goal.index(END) + 1]
    return right / len(wanted)


# %% match | 0 of 3 | a row without END taken as a whole: without END it is wrong
def exact_match(said, wanted):
    right = 0
    for row, goal in zip(said.tolist(), wanted.tolist(), strict=True):
        row = row[: row.index(END)] if END in row else [one for one in row if one != PAD]
        right += row == goal[: goal.index(END)]
    return right / len(wanted)


# %% match | 0 of 3 | what was said before END looked for anywhere in the string
def exact_match(said, wanted):
    right = 0
    for row, goal in zip(said.tolist(), wanted.tolist(), strict=True):
        goal = goal[: goal.index(END) + 1]
        right += any(row[i : i + len(goal)] == goal for i in range(len(row)))
    return right / len(wanted)


# %% match | 1 of 3 | empty strings counted as wrong: END alone is right for them
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted != PAD
    return float((((said == wanted) | ~real).all(1) & (real.sum(1) > 1)).float().mean())


# %% match | 0 of 3 | the beginning alone: one digit more than wanted, and then END, is wrong
def exact_match(said, wanted):
    missing = max(0, wanted.shape[1] - said.shape[1])
    said = torch.nn.functional.pad(said, (0, missing), value=PAD)[:, : wanted.shape[1]]
    real = wanted < 10
    ended = (said == END).any(1)
    return float((((said == wanted) | ~real).all(1) & ended).float().mean())
