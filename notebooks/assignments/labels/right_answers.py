"""Right answers to the assignment `labels` in odd styles: each must earn all points of its question."""


# %% auc | rank formula with unique
def auc(scores, odd):
    values, inverse, counts = scores.double().unique(return_inverse=True, return_counts=True)
    upto = counts.cumsum(0).double()
    ranks = (upto - (counts - 1) / 2)[inverse]
    n1 = int(odd.sum())
    n0 = len(odd) - n1
    if n1 == 0 or n0 == 0:
        return float("nan")
    return ((ranks[odd].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)).item()


# %% auc | scipy rankdata
def auc(scores, odd):
    from scipy.stats import rankdata

    r = rankdata(scores.numpy())
    o = odd.numpy()
    n1, n0 = o.sum(), (~o).sum()
    return (r[o].sum() - n1 * (n1 + 1) / 2) / (n1 * n0) if n1 and n0 else math.nan


# %% auc | two loops
def auc(scores, odd):
    total = pairs = 0
    for s, a in zip(scores.tolist(), odd.tolist(), strict=False):
        for t, b in zip(scores.tolist(), odd.tolist(), strict=False):
            if a and not b:
                pairs += 1
                total += 1 if s > t else 0.5 if s == t else 0
    return total / pairs if pairs else math.nan


# %% auc | nan by 0 / 0 in tensors
def auc(scores, odd):
    h, low = scores[odd], scores[~odd]
    s = (h[:, None] > low).sum() + (h[:, None] >= low).sum()
    return s / (2 * len(h) * len(low)) if len(h) * len(low) else torch.tensor(float("nan"))


# %% auc | trapezoid over the curve
def auc(scores, odd):
    n1, n0 = int(odd.sum()), int((~odd).sum())
    if not n1 * n0:
        return math.nan
    levels = sorted(set(scores.tolist()), reverse=True)
    area = x = y = 0.0
    for level in levels:
        nx = float((scores[~odd] >= level).sum()) / n0
        ny = float((scores[odd] >= level).sum()) / n1
        area += (nx - x) * (y + ny) / 2
        x, y = nx, ny
    return area


# %% auc | sklearn with ranks for infinity
def auc(scores, odd):
    from sklearn.metrics import roc_auc_score

    if odd.all() or not odd.any():
        return math.nan
    _, ranks = scores.unique(return_inverse=True)
    return roc_auc_score(odd.numpy(), ranks.numpy())


# %% auc | mann whitney
def auc(scores, odd):
    from scipy.stats import mannwhitneyu

    if not 0 < int(odd.sum()) < len(odd):
        return math.nan
    return mannwhitneyu(scores[odd].numpy(), scores[~odd].numpy()).statistic / (odd.sum() * (~odd).sum()).item()


# %% ink | fine grid, midpoint
def thin():
    k, low, t = numbers["ink"], numbers["low"], numbers["top"]

    def p(a, b, c, d):
        n = 400000
        return sum(min(max((c + (d - c) * (i + 0.5) / n - a) / (b - a), 0), 1) for i in range(n)) / n

    al = 0.1 + 0.95 * (t - 0.1)
    return {
        "auc": p(10, 100 * t, k * low, k * (low + 0.15)),
        "auc_by_ink": p(0.1, t, low, low + 0.15),
        "caught": 1 - (al - low) / 0.15,
    }


# %% ink | Fractions
def thin():
    from fractions import Fraction as F

    k, low, t = F(numbers["ink"]), F(str(numbers["low"])), F(str(numbers["top"]))
    w = F(3, 20)

    def half(x):
        return x * x / 2

    error = half(k * (low + w) - 10) / (100 * t - 10) / (k * w) if k * (low + w) <= 100 * t else None
    share = ((half(t - F(1, 10)) - half(low - F(1, 10))) / (t - F(1, 10)) + low + w - t) / w
    return {"auc": error, "auc_by_ink": share, "caught": (low + w - (F(1, 10) + F(19, 20) * (t - F(1, 10)))) / w}


# %% ink | scipy quad
def thin():
    from scipy.integrate import quad

    k, low, t = numbers["ink"], numbers["low"], numbers["top"]
    import numpy as np

    def f(v, a, b):
        return float(np.clip((v - a) / (b - a), 0, 1))

    A = quad(f, k * low, k * low + k * 0.15, args=(10, 100 * t), points=[10])[0] / (k * 0.15)
    B = quad(f, low, low + 0.15, args=(0.1, t), points=[t])[0] / 0.15
    return {"auc": A, "auc_by_ink": B, "caught": (low + 0.15 - 0.95 * t - 0.005) / 0.15}


# %% spread | matrices
def normalised(weights):
    d = weights.sum(0)
    h = torch.zeros_like(d)
    h[d > 0] = d[d > 0] ** -0.5
    return torch.diag(h) @ weights @ torch.diag(h)


def spread(weights, labels, classes, alpha, steps):
    Y = torch.zeros(len(labels), classes)
    ok = labels >= 0
    Y[ok, labels[ok]] = 1
    F = Y.clone()
    S = normalised(weights)
    for _ in range(steps):
        F = alpha * (S @ F) + (1 - alpha) * Y
    return F


# %% spread | outer product and nan_to_num
def normalised(weights):
    d = weights.sum(1)
    return (weights / torch.outer(d, d).sqrt()).nan_to_num(0.0)


def spread(weights, labels, classes, alpha, steps):
    Y = torch.nn.functional.one_hot(labels + 1, classes + 1)[:, 1:].float()
    if steps == 0:
        return Y
    F = spread(weights, labels, classes, alpha, steps - 1)
    return alpha * normalised(weights) @ F + Y * (1 - alpha)


# %% spread | numpy and double
def normalised(weights):
    import numpy as np

    W = weights.numpy().astype(float)
    d = W.sum(1)
    with np.errstate(divide="ignore"):
        h = np.where(d > 0, 1 / np.sqrt(d), 0)
    return torch.from_numpy(h[:, None] * W * h[None])


def spread(weights, labels, classes, alpha, steps):
    S = normalised(weights)
    Y = torch.eye(classes + 1).double()[labels][:, :classes]
    F = Y
    for _ in range(steps):
        F = torch.lerp(Y, S @ F, alpha)
    return F


# %% spread | loops
def normalised(weights):
    n = len(weights)
    d = [float(row.sum()) for row in weights]
    return torch.tensor(
        [[float(weights[i, j]) / math.sqrt(d[i] * d[j]) if d[i] * d[j] else 0.0 for j in range(n)] for i in range(n)]
    )


def spread(weights, labels, classes, alpha, steps):
    S = normalised(weights).tolist()
    Y = [[float(low == c) for c in range(classes)] for low in labels.tolist()]
    F = Y
    for _ in range(steps):
        F = [
            [alpha * sum(S[i][j] * F[j][c] for j in range(len(F))) + (1 - alpha) * Y[i][c] for c in range(classes)]
            for i in range(len(F))
        ]
    return torch.tensor(F)


# %% vote | Counter (first seen wins)
def vote(codes, labels, queries, k):
    from collections import Counter

    out = []
    for q in queries:
        d = ((codes - q) ** 2).sum(1)
        order = sorted(range(len(codes)), key=lambda i: (float(d[i]), i))[:k]
        out.append(Counter(labels[i].item() for i in order).most_common(1)[0][0])
    return torch.tensor(out)


# %% vote | cdist and a loop
def vote(codes, labels, queries, k):
    D = torch.cdist(queries, codes, compute_mode="donot_use_mm_for_euclid_dist")
    idx = D.sort(dim=1, stable=True).indices[:, :k]
    res = []
    for row in labels[idx].tolist():
        best = max(row.count(x) for x in row)
        res.append(next(x for x in row if row.count(x) == best))
    return torch.tensor(res)


# %% vote | numpy lexsort
def vote(codes, labels, queries, k):
    import numpy as np

    c, low, q = codes.numpy(), labels.numpy(), queries.numpy()
    out = []
    for one in q:
        d = ((c - one) ** 2).sum(-1)
        near = low[np.argsort(d, kind="stable")[:k]]
        vals, first, counts = np.unique(near, return_index=True, return_counts=True)
        best = first[counts == counts.max()].min()
        out.append(near[best])
    return np.array(out)


# %% vote | float labels out, list
def vote(codes, labels, queries, k):
    out = []
    for q in queries:
        near = labels[(codes - q).norm(dim=1).argsort(stable=True)[:k]]
        names = []
        for n in near.tolist():
            if n not in names:
                names.append(n)
        out.append(float(max(names, key=near.tolist().count)))
    return out


# %% vote | one-hot votes plus a bonus
def vote(codes, labels, queries, k):
    d = (queries.unsqueeze(1) - codes.unsqueeze(0)).pow(2).sum(-1).sqrt()
    near = labels[torch.sort(d, stable=True).indices[:, :k]]
    names, inv = labels.unique(return_inverse=True)
    bonus = 0.5 ** torch.arange(1, near.shape[1] + 1).double()
    score = torch.stack(
        [((near == n) * (1 + 0.0 * bonus)).sum(1) + 0.5 * ((near == n) * bonus).amax(1) for n in names], 1
    )
    return names[score.argmax(1)]


# %% vote | cdist as it comes
def vote(codes, labels, queries, k):
    idx = torch.cdist(queries, codes).argsort(dim=1, stable=True)[:, :k]
    near = labels[idx]
    counts = (near.unsqueeze(2) == near.unsqueeze(1)).sum(2)
    pos = (
        torch.arange(near.shape[1])
        .expand_as(near)
        .masked_fill(counts < counts.max(1, keepdim=True).values, 10**6)
        .min(1)
        .values
    )
    return near[torch.arange(len(near)), pos]


# %% fair | population std and dict
def one_scale(train, others):
    m = train.mean(dim=0, keepdim=True)
    c = train - m
    s = c.std(correction=0) if len(train) > 1 else torch.tensor(0.0)
    s = torch.where(s > 0, s, torch.ones(()))
    return c.div(s), (others - m).div(s)


def compare(a, b):
    d = a.double() - b.double()
    n = d.numel()
    return dict(
        unpaired=(a.double().var() / n + b.double().var() / n) ** 0.5, difference=d.mean(), error=(d.var() / n).sqrt()
    )


# %% fair | norm
def one_scale(train, others):
    mean = train.sum(0) / train.shape[0]
    both = [train - mean, others - mean]
    s = both[0].norm() / both[0].numel() ** 0.5
    return [p / s for p in both] if s else both


def compare(a, b):
    import statistics as st

    a, b = a.tolist(), b.tolist()
    d = [x - y for x, y in zip(a, b, strict=False)]
    n = len(d)
    return {
        "difference": st.mean(d),
        "error": st.stdev(d) / math.sqrt(n),
        "unpaired": math.sqrt((st.variance(a) + st.variance(b)) / n),
    }


# %% fair | numpy
def one_scale(train, others):
    import numpy as np

    t, o = train.numpy().astype(float), others.numpy().astype(float)
    m = t.mean(0)
    s = np.sqrt(((t - m) ** 2).mean()) or 1.0
    return (t - m) / s, (o - m) / s


def compare(a, b):
    import numpy as np
    from scipy import stats

    a, b = a.numpy(), b.numpy()
    return {"difference": np.mean(a - b), "error": stats.sem(a - b), "unpaired": np.hypot(stats.sem(a), stats.sem(b))}


# %% fair | covariance
def one_scale(train, others):
    mean = train.mean(0)
    s = float((train - mean).pow(2).mean()) ** 0.5
    f = 1 / s if s else 1.0
    return f * (train - mean), f * (others - mean)


def compare(a, b):
    C = torch.cov(torch.stack([a, b]))
    n = len(a)
    return {
        "difference": a.mean() - b.mean(),
        "error": ((C[0, 0] + C[1, 1] - 2 * C[0, 1]) / n).sqrt(),
        "unpaired": (torch.trace(C) / n).sqrt(),
    }


# %% auc | the mean of ranks by hand, in a dictionary
def auc(scores, odd):
    order = sorted(scores.tolist())
    ranks = {}
    for place, value in enumerate(order, start=1):
        ranks.setdefault(value, []).append(place)
    kinds = odd.tolist()
    n1 = sum(kinds)
    n0 = len(kinds) - n1
    total = sum(sum(ranks[s]) / len(ranks[s]) for s, kind in zip(scores.tolist(), kinds, strict=True) if kind)
    return (total - n1 * (n1 + 1) / 2) / (n1 * n0) if n1 and n0 else float("nan")


# %% ink | two trapezoids and a triangle
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]
    reach = ink * (low + 0.15) - 10  # only errors above 10 can win
    slope = 1 / (100 * top - 10)
    at_low, wide = (low - 0.1) / (top - 0.1), low + 0.15 - top
    return {
        "auc": 0.5 * reach * reach * slope / (0.15 * ink),
        "auc_by_ink": (0.5 * (at_low + 1) * (top - low) + wide) / 0.15,
        "caught": (wide + 0.05 * (top - 0.1)) / 0.15,
    }


# %% spread | sparse, and as a class with a call
def normalised(weights):
    degrees = weights.sum(-1)
    lonely = degrees == 0
    half = (degrees + lonely).pow(-0.5).masked_fill(lonely, 0)
    return torch.einsum("i,ij,j->ij", half, weights, half)


class Spreader:
    def __call__(self, weights, labels, classes, alpha, steps):
        similar = normalised(weights).to_sparse()
        known = weights.new_zeros(len(labels), classes)
        for row, label in enumerate(labels):
            if label != -1:
                known[row, label] = 1
        now = known
        while steps:
            now, steps = torch.sparse.mm(similar, alpha * now).add(known, alpha=1 - alpha), steps - 1
        return now


spread = Spreader()


# %% vote | heapq and recursion
def vote(codes, labels, queries, k):
    import heapq

    if len(queries) > 1:
        return torch.cat([vote(codes, labels, query[None], k) for query in queries])
    gaps = (codes - queries).pow(2).sum(1).tolist()
    near = [labels[i].item() for _, i in heapq.nsmallest(k, zip(gaps, range(len(gaps)), strict=True))]
    return torch.tensor([min(near, key=lambda one: (-near.count(one), near.index(one)))])


# %% fair | var_mean, a function made by a function
def fitted(train):
    mean = train.mean(0)
    size = float(((train - mean) ** 2).mean() ** 0.5) or 1

    def scale(codes):
        return (codes - mean) / size

    return scale


def one_scale(train, others):
    return tuple(map(fitted(train), (train, others)))


def compare(a, b):
    var, mean = torch.var_mean(torch.stack([a - b, a, b]), dim=1)
    paired, *own = (var / a.shape[0]).tolist()
    return {"difference": mean[0], "error": paired**0.5, "unpaired": sum(own) ** 0.5}


# %% auc | a sum over sorted cuts
def auc(scores, odd):
    low = scores[~odd].sort().values.contiguous()
    high = scores[odd].contiguous()
    if not (len(low) and len(high)):
        return torch.nan
    below, upto = torch.searchsorted(low, high), torch.searchsorted(low, high, right=True)
    return (below + upto).sum() / (2.0 * len(low) * len(high))
