"""Right answers to the assignment `sequences` in odd styles: each must earn all points of its question."""


# %% attend | loops over strings with boolean indexing
def attend(q, k, v, real):
    outs = []
    for b in range(len(q)):
        kk, vv = k[b][real[b]], v[b][real[b]]
        if len(kk) == 0:
            outs.append(torch.zeros(q.shape[1], v.shape[2]) + 0 * q[b].sum())
            continue
        outs.append(((q[b] @ kk.T) / q.shape[-1] ** 0.5).softmax(dim=1) @ vv)
    return torch.stack(outs)


# %% attend | -inf with masked_fill and nan_to_num, v zeroed
def attend(q, k, v, real):
    scores = torch.einsum("btd,bsd->bts", q, k) / math.sqrt(q.size(2))
    w = scores.masked_fill(~real.unsqueeze(1), float("-inf")).softmax(2).nan_to_num()
    return w @ v.masked_fill(~real.unsqueeze(-1), 0)


# %% attend | torch's own with a bool mask
def attend(q, k, v, real):
    safe = real | ~real.any(1, keepdim=True)
    k = k.masked_fill(~real[..., None], 0.0)
    v = v.masked_fill(~real[..., None], 0.0)
    return torch.nn.functional.scaled_dot_product_attention(
        q, k, v, attn_mask=safe[:, None, :].expand(-1, q.shape[1], -1)
    )


# %% attend | logsumexp by hand
def attend(q, k, v, real):
    k = torch.where(real[..., None], k, torch.zeros(()))
    v = torch.where(real[..., None], v, torch.zeros(()))
    s = (q @ k.transpose(-2, -1)) * q.shape[-1] ** -0.5
    s = torch.where(real[:, None], s, torch.tensor(-1e30))
    s = s - s.max(-1, keepdim=True).values
    e = s.exp() * real[:, None]
    return (e @ v) / e.sum(-1, keepdim=True).clamp(min=1e-30)


# %% attend | scaled queries, float64
def attend(q, k, v, real):
    m = real[:, :, None]
    k, v = k.double().masked_fill(~m, 0), v.double().masked_fill(~m, 0)
    w = ((q.double() / math.sqrt(q.shape[2])) @ k.mT).masked_fill(~real[:, None], -1e300).softmax(-1)
    return (w @ v).float()


# %% attend | additive bias
def attend(q, k, v, real):
    k, v = (p.masked_fill(~real[..., None], 0) for p in (k, v))
    bias = torch.zeros(real.shape).masked_fill(~real, -1e20)
    return ((q @ k.mT) / math.sqrt(q.shape[-1]) + bias[:, None]).softmax(-1) @ v


# %% attend | a sum over keys, one by one
def attend(q, k, v, real):
    k, v = (p.masked_fill(~real[..., None], 0) for p in (k, v))
    s = torch.stack([(q * k[:, i, None]).sum(-1) for i in range(k.shape[1])], -1) / math.sqrt(q.shape[-1])
    s = s.masked_fill(~real[:, None], -1e9 - 1e6)
    w = torch.exp(torch.log_softmax(s, -1))
    return sum(w[..., i, None] * v[:, i, None] for i in range(k.shape[1]))


# %% teacher | loops with lists
def shifted(strings):
    given, wanted = [], []
    for row in strings.tolist():
        d = [s for s in row if s != PAD]
        pad = [PAD] * (len(row) - len(d))
        given.append([START] + d + pad)
        wanted.append(d + [END] + pad)
    return torch.tensor(given), torch.tensor(wanted)


def may_see(given):
    B, T = given.shape
    m = torch.zeros(B, T, T, dtype=torch.bool)
    for b in range(B):
        for t in range(T):
            for s in range(t + 1):
                m[b, t, s] = given[b, s] != PAD
    return m


# %% teacher | floats and tril
def shifted(strings):
    s = strings.float()
    B, T = s.shape
    given = torch.nn.functional.pad(s, (1, 0), value=START)
    wanted = torch.nn.functional.pad(s, (0, 1), value=PAD)
    n = (s != PAD).sum(1)
    wanted[torch.arange(B), n] = END
    return given, wanted


def may_see(given):
    T = given.shape[1]
    return torch.tril(torch.ones(T, T)).bool().logical_and(given.ne(PAD).unsqueeze(1))


# %% teacher | where on places
def shifted(strings):
    places = torch.arange(strings.shape[1] + 1)
    n = (strings < 10).sum(1, keepdim=True)
    longer = torch.hstack([strings, torch.full((len(strings), 1), PAD)])
    return torch.hstack([torch.full((len(strings), 1), START), strings]), torch.where(places == n, END, longer)


def may_see(given):
    causal = torch.ones(len(given), given.shape[1], given.shape[1]).tril() > 0
    return causal.masked_fill((given == PAD)[:, None, :], False)


# %% teacher | a list of both, int mask
def shifted(strings):
    first = strings.new_full((len(strings), 1), START)
    given = torch.cat((first, strings), 1)
    wanted = given.roll(-1, 1)
    wanted[:, -1] = PAD
    before = given != PAD
    last = before.sum(1) - 1
    wanted[range(len(strings)), last.tolist()] = END
    return [given, wanted]


def may_see(given):
    i = torch.arange(given.shape[1])
    return ((i[None, None] <= i[None, :, None]) * (given != PAD)[:, None]).int()


# %% teacher | numpy
def shifted(strings):
    import numpy as np

    s = strings.numpy()
    given = np.concatenate([np.full((len(s), 1), START), s], 1)
    wanted = np.concatenate([s, np.full((len(s), 1), PAD)], 1)
    for row in wanted:
        row[list(row).index(PAD)] = END
    return given, wanted


def may_see(given):
    import numpy as np

    g = np.asarray(given)
    T = g.shape[1]
    return np.tril(np.ones((T, T), bool))[None] & (g != PAD)[:, None, :]


# %% places | numpy
def places():
    import numpy as np

    p, a, w = numbers["place"], numbers["apart"], numbers["width"]
    f = 10000.0 ** (-np.arange(0, w, 2) / w)
    row = np.zeros(w)
    row[0::2], row[1::2] = np.sin(p * f), np.cos(p * f)
    other = np.zeros(w)
    other[0::2], other[1::2] = np.sin((p + a) * f), np.cos((p + a) * f)
    return {"row": row, "alike": row @ other, "period": 2 * np.pi / f[-1]}


# %% places | torch float32
def places():
    p, a, w = numbers["place"], numbers["apart"], numbers["width"]
    f = torch.exp(-math.log(10000.0) * torch.arange(0, w, 2) / w)

    def vec(p):
        return torch.stack([(p * f).sin(), (p * f).cos()], -1).flatten()

    return {"row": vec(p), "alike": vec(p) @ vec(p + a), "period": 2 * math.pi / f[-1]}


# %% places | complex numbers
def places():
    import cmath

    p, a, w = numbers["place"], numbers["apart"], numbers["width"]
    row = []
    for i in range(w // 2):
        z = cmath.exp(1j * p / 10000 ** (2 * i / w))
        row += [z.imag, z.real]
    return dict(
        row=row,
        alike=sum(cmath.exp(1j * a / 10000 ** (2 * i / w)).real for i in range(w // 2)),
        period=math.tau * 10000 ** ((w - 2) / w),
    )


# %% loss | cross_entropy with ignore_index, select first
def string_loss(logits, wanted):
    keep = wanted.ne(PAD)
    return torch.nn.functional.cross_entropy(logits[keep], wanted[keep], reduction="sum") / logits.shape[0]


# %% loss | padding logits replaced before, ignore_index
def string_loss(logits, wanted):
    clean = logits.masked_fill((wanted == PAD)[..., None], 0.0)
    return torch.nn.functional.cross_entropy(
        clean.flatten(0, 1), wanted.flatten(), ignore_index=PAD, reduction="sum"
    ) / len(wanted)


# %% loss | loops
def string_loss(logits, wanted):
    total = 0
    for b in range(len(wanted)):
        for t in range(wanted.shape[1]):
            if wanted[b, t] != PAD:
                total = total + logits[b, t].logsumexp(0) - logits[b, t, wanted[b, t]]
    return total / len(wanted)


# %% loss | Categorical
def string_loss(logits, wanted):
    keep = wanted != PAD
    return -torch.distributions.Categorical(logits=logits[keep], validate_args=False).log_prob(
        wanted[keep]
    ).sum() / len(wanted)


# %% loss | nll_loss and double, shape (1,)
def string_loss(logits, wanted):
    keep = wanted != PAD
    nll = torch.nn.NLLLoss(reduction="sum")
    return (nll(torch.log_softmax(logits[keep].double(), 1), wanted[keep]) / wanted.size(0)).reshape(1)


# %% loss | mean over strings of sums
def string_loss(logits, wanted):
    each = []
    for row, symbols in zip(logits, wanted, strict=False):
        k = symbols != PAD
        lp = row[k].log_softmax(1)
        each.append(-lp[range(int(k.sum())), symbols[k]].sum())
    return torch.stack(each).mean()


# %% loss | max subtracted by hand
def string_loss(logits, wanted):
    k = wanted != PAD
    a = logits[k]
    a = a - a.max(1, keepdim=True).values.detach()
    p = a.exp().sum(1).log() - a[torch.arange(len(a)), wanted[k]]
    return p.sum() / len(wanted)


# %% match | lists
def exact_match(said, wanted):
    good = 0
    for s, w in zip(said.tolist(), wanted.tolist(), strict=False):
        w = w[: w.index(END) + 1]
        if END not in s:
            continue
        good += s[: s.index(END) + 1] == w
    return good / len(wanted)


# %% match | fractions
def exact_match(said, wanted):
    from fractions import Fraction

    def cut(row):
        return tuple(row[: row.index(END)]) if END in row else None

    return Fraction(sum(cut(s) == cut(w) for s, w in zip(said.tolist(), wanted.tolist(), strict=False)), len(wanted))


# %% match | cumulative sums
def exact_match(said, wanted):
    n = max(said.shape[1], wanted.shape[1])

    def pad(t):
        return torch.cat([t, torch.full((len(t), n - t.shape[1]), PAD)], 1)

    s, w = pad(said), pad(wanted)
    after = (s == END).int().cumsum(1) - (s == END).int() > 0
    s = s.masked_fill(after, PAD)
    return ((s == w).all(1) & (s == END).any(1)).float().mean()


# %% match | prod
def exact_match(said, wanted):
    real = wanted != PAD
    T = wanted.shape[1]
    out = torch.zeros(wanted.shape, dtype=torch.long) - 1
    m = min(T, said.shape[1])
    out[:, :m] = said[:, :m]
    hit = torch.where(real, (out == wanted).float(), torch.ones(wanted.shape))
    return hit.prod(1).mean().item()


# %% attend | one query after another, with a list
def attend(q, k, v, real):
    out = torch.zeros(*q.shape[:2], v.shape[2]) + 0 * q.sum()
    for b, keep in enumerate(real):
        if keep.any():
            for t in range(q.shape[1]):
                scores = k[b, keep] @ q[b, t] / math.sqrt(q.shape[2])
                out[b, t] = (scores - scores.logsumexp(0)).exp() @ v[b, keep]
    return out


# %% teacher | index_put and comparisons of places
def shifted(strings):
    n, width = strings.shape
    wanted = torch.full((n, width + 1), PAD)
    wanted[:, :width] = strings
    wanted.index_put_((torch.arange(n), strings.lt(PAD).sum(1)), torch.tensor(END))
    given = torch.full((n, width + 1), START)
    given[:, 1:] = strings
    return given, wanted


def may_see(given):
    t = torch.arange(given.shape[1])
    return torch.einsum("ts,bs->bts", t.unsqueeze(1).ge(t).int(), given.ne(PAD).int()).bool()


# %% loss | one-hot, and forbidden symbols filled before the product
def string_loss(logits, wanted):
    keep = wanted != PAD
    log_p = torch.nn.functional.log_softmax(logits[keep], dim=-1)
    chosen = torch.nn.functional.one_hot(wanted[keep], logits.shape[-1]).bool()
    return -log_p[chosen].sum().div(wanted.size(0))


# %% match | a recursion over symbols
def exact_match(said, wanted):
    def right(a, b):
        return bool(a) and a[0] == b[0] and (b[0] == END or right(a[1:], b[1:]))

    verdicts = [right(a, b) for a, b in zip(said.tolist(), wanted.tolist(), strict=True)]
    return torch.tensor(verdicts, dtype=torch.double).mean()
