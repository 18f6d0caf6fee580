"""Wrong answers to the assignment `labels`: each block replaces the solution cell of its question."""

# %% auc | 0 of 3 | equal scores count as won: they count one half
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high >= low).double()
    return float(wins.mean()) if wins.numel() else math.nan


# %% auc | 0 of 3 | equal scores count as lost: they count one half
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double()
    return float(wins.mean()) if wins.numel() else math.nan


# %% auc | 0 of 3 | equal scores ranked as they come (argsort twice): they share the mean of their ranks
def auc(scores, odd):
    ranks = scores.argsort(stable=True).argsort().double() + 1
    n1, n0 = int(odd.sum()), int((~odd).sum())
    return (float(ranks[odd].sum()) - n1 * (n1 + 1) / 2) / (n1 * n0) if n1 * n0 else math.nan


# %% auc | 0 of 3 | pairs of equal scores left out: they count one half
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    wins = wins[high != low]
    return float(wins.mean()) if wins.numel() else math.nan


# %% auc | 0 of 3 | the sign: odd images should have the higher scores
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return 1 - float(wins.mean()) if wins.numel() else math.nan


# %% auc | 0 of 3 | never below one half: a detector that is worse than chance must show it
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return max(float(wins.mean()), 1 - float(wins.mean())) if wins.numel() else math.nan


# %% auc | 0 of 3 | n1 (n1 + 1) / 2 isn't subtracted: it is the least that the ranks can sum to
def auc(scores, odd):
    order = scores.sort().values
    ranks = (torch.searchsorted(order, scores) + 1 + torch.searchsorted(order, scores, right=True)).double() / 2
    n1, n0 = int(odd.sum()), int((~odd).sum())
    return (float(ranks[odd].sum())) / (n1 * n0) if n1 * n0 else math.nan


# %% auc | 0 of 3 | ranks from 0 in a formula for ranks from 1
def auc(scores, odd):
    order = scores.sort().values
    ranks = (torch.searchsorted(order, scores) + 1 + torch.searchsorted(order, scores, right=True)).double() / 2 - 1
    n1, n0 = int(odd.sum()), int((~odd).sum())
    return (float(ranks[odd].sum()) - n1 * (n1 + 1) / 2) / (n1 * n0) if n1 * n0 else math.nan


# %% auc | 0 of 3 | n1 (n1 - 1) / 2 subtracted: ranks begin at 1, so it is n1 (n1 + 1) / 2
def auc(scores, odd):
    order = scores.sort().values
    ranks = (torch.searchsorted(order, scores) + 1 + torch.searchsorted(order, scores, right=True)).double() / 2
    n1, n0 = int(odd.sum()), int((~odd).sum())
    return (float(ranks[odd].sum()) - n1 * (n1 - 1) / 2) / (n1 * n0) if n1 * n0 else math.nan


# %% auc | 0 of 3 | divided by n squared: there are n1 n0 pairs
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return float(wins.sum()) / len(scores) ** 2 if wins.numel() else math.nan


# %% auc | 0 of 3 | divided by n1 squared: there are n1 n0 pairs
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return float(wins.sum()) / len(high) ** 2 if wins.numel() else math.nan


# %% auc | 0 of 3 | the number of pairs: divide by n1 n0
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return float(wins.sum()) if wins.numel() else math.nan


# %% auc | 2 of 3 | scores subtracted: inf - inf is nan, compare them
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    apart = high - low
    wins = (apart > 0).double() + 0.5 * (apart == 0).double()
    return float(wins.mean()) if wins.numel() else math.nan


# %% auc | 2 of 3 | infinite scores left out: they are the highest and the lowest
def auc(scores, odd):
    odd, scores = odd[scores.isfinite()], scores[scores.isfinite()]
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return float(wins.mean()) if wins.numel() else math.nan


# %% auc | 2 of 3 | infinite scores set to 0: they are the highest and the lowest
def auc(scores, odd):
    scores = torch.where(scores.isfinite(), scores, 0.0)
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return float(wins.mean()) if wins.numel() else math.nan


# %% auc | 2 of 3 | one half where all are of one kind: nobody can know it, nan
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return float(wins.mean()) if wins.numel() else 0.5


# %% auc | 2 of 3 | 0 where all are of one kind: nobody can know it, nan
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return float(wins.mean()) if wins.numel() else 0.0


# %% auc | 2 of 3 | an error where all are of one kind: the answer is nan
def auc(scores, odd):
    order = scores.sort().values
    ranks = (torch.searchsorted(order, scores) + 1 + torch.searchsorted(order, scores, right=True)).double() / 2
    n1, n0 = int(odd.sum()), int((~odd).sum())
    return (float(ranks[odd].sum()) - n1 * (n1 + 1) / 2) / (n1 * n0)


# %% auc | 2 of 3 | 1 where all are of one kind: nobody can know it, nan
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return float(wins.mean()) if wins.numel() else 1.0


# %% auc | 0 of 3 | the means compared: the pairs are
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high.float().mean() > low.float()).double()
    return float(wins.mean()) if wins.numel() else math.nan


# %% auc | 0 of 3 | the known images' ranks: R sums those of the odd ones
def auc(scores, odd):
    order = scores.sort().values
    ranks = (torch.searchsorted(order, scores) + 1 + torch.searchsorted(order, scores, right=True)).double() / 2
    n1, n0 = int(odd.sum()), int((~odd).sum())
    return (float(ranks[~odd].sum()) - n1 * (n1 + 1) / 2) / (n1 * n0) if n1 * n0 else math.nan


# %% auc | 0 of 3 | the smallest rank for equal scores: they share the mean of their ranks
def auc(scores, odd):
    order = scores.sort().values
    ranks = torch.searchsorted(order, scores).double() + 1
    n1, n0 = int(odd.sum()), int((~odd).sum())
    return (float(ranks[odd].sum()) - n1 * (n1 + 1) / 2) / (n1 * n0) if n1 * n0 else math.nan


# %% auc | 0 of 3 | the share of right ones at the median: no threshold is chosen in an AUC
def auc(scores, odd):
    high, low = scores[odd][:, None], scores[~odd]
    wins = (high > low).double() + 0.5 * (high == low).double()
    return float(((scores > scores.double().median()) == odd).double().mean()) if wins.numel() else math.nan


# %% ink | 1 of 3 | the chance of the other order in both AUCs: the odd image's score is the higher one
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    return {"auc": 1 - error, "auc_by_ink": 1 - share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | auc without its lower end: below 10 no known image has a smaller error, the chance is 0
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    error = (ink * (low + 0.075) - 10) / (100 * top - 10)
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | auc_by_ink without its upper end: above top all known images lie below, the chance is 1
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    share = (low + 0.075 - 0.1) / (top - 0.1)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | the part of the odd images above 10 taken for the auc: it also matters how far above
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    error = (ink * (low + 0.15) - 10) / (ink * 0.15)
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | the 1/2 of the triangle is missing in auc
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    error = 2 * error
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | the 1/2 of the triangle is missing in auc_by_ink
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    share = ((top - 0.1) - (low - 0.1) ** 2 / (top - 0.1) + low + 0.15 - top) / 0.15
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | the piece before low isn't taken off in auc_by_ink: no odd image lies there
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    share = ((top - 0.1) / 2 + low + 0.15 - top) / 0.15
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | only the odd images above top in auc_by_ink: those below it win against some known ones
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    share = (low + 0.15 - top) / 0.15
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | divided by the known images' range in auc: the mean is over the odd ones
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    error = (ink * (low + 0.15) - 10) ** 2 / (2 * (100 * top - 10)) / (100 * top - 10)
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | divided by the known images' range in auc_by_ink: the mean is over the odd ones
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    share = share * 0.15 / (top - 0.1)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | the odd images with an ink of 100 in auc
def thin():
    low, top = numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, 100 * low, 100 * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | the odd images alone divided by their ink in auc_by_ink: known ones are divided by 100
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1 / ink * 100, top / ink * 100, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | multiplied by the ink in auc_by_ink: divide by it
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(10 * 100, 100 * top * 100, low * ink**2, (low + 0.15) * ink**2)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | the share that stays silent in caught
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (alarm - low) / 0.15}


# %% ink | 2 of 3 | the alarm at the highest known score in caught: 5 % of the known images lie above it
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 1.0 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | the alarm below which 5 % of the known images lie in caught: 5 % lie above
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - max(low, 0.1 + 0.05 * (top - 0.1))) / 0.15}


# %% ink | 2 of 3 | 0.95 of top as the alarm in caught: the known images begin at 0.1
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.95 * top
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / 0.15}


# %% ink | 2 of 3 | caught with the error as the score: it is divided by the ink there
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": max(0, ink * (low + 0.15) - 100 * alarm) / (0.15 * ink)}


# %% ink | 2 of 3 | divided by the known images' range in caught: a share of the odd images is asked for
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    alarm = 0.1 + 0.95 * (top - 0.1)
    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": (low + 0.15 - alarm) / (top - 0.1)}


# %% ink | 2 of 3 | the alarm at 95 % of the odd images in caught: it is set by the known ones
def thin():
    ink, low, top = numbers["ink"], numbers["low"], numbers["top"]

    def above(a, b, c, d):
        def area(v):
            inside = min(max(v, a), b) - a
            return inside**2 / (2 * (b - a)) + max(v - b, 0)

        return (area(d) - area(c)) / (d - c)

    error = above(10, 100 * top, ink * low, ink * (low + 0.15))
    share = above(0.1, top, low, low + 0.15)
    return {"auc": error, "auc_by_ink": share, "caught": 0.05}


# %% spread | 0 of 4 | D^-1 W, rows that sum to 1: each side gets the root, D^-1/2 W D^-1/2
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return (scale**2)[:, None] * weights


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 0 of 4 | W D^-1, columns that sum to 1: each side gets the root, D^-1/2 W D^-1/2
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return weights * scale**2


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 0 of 4 | the root on one side only: D^-1/2 stands on both
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 0 of 4 | D^-1 on both sides: the root is missing
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return (scale**2)[:, None] * weights * scale**2


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 0 of 4 | multiplied by the roots: D^-1/2 divides
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).sqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 0 of 4 | W itself: S is normalised
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return weights * (scale > 0)


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 0 of 4 | I - S, the graph's Laplacian: S is asked for
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return torch.eye(len(weights)) - scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 0 of 4 | the number of neighbours as the degree: the weights are summed
def normalised(weights):
    degrees = (weights > 0).sum(1).float()
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 1 of 4 | the diagonal left out: W is used as it is given
def normalised(weights):
    weights = weights - weights.diag().diag()
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 0 of 4 | 1 added on the diagonal: W is used as it is given
def normalised(weights):
    weights = weights + torch.eye(len(weights))
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 3 of 4 | nan for an image without neighbours: 0 times 1 / 0, and its row and column are 0
def normalised(weights):
    degrees = weights.sum(1)
    scale = degrees.rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 1 of 4 | degrees below 1 raised to 1: only a degree of 0 needs care
def normalised(weights):
    degrees = weights.sum(1)
    scale = degrees.clamp(min=1).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 3 of 4 | a 1 on the diagonal for an image without neighbours: its row and column are 0
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale + (degrees == 0).float().diag()


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 3 of 4 | a lonely image loses its label: (1 - alpha) of it stays
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found * (weights.sum(1, keepdim=True) > 0)


# %% spread | 3 of 4 | a lonely image keeps its whole label: the step leaves it (1 - alpha)
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return torch.where(weights.sum(1, keepdim=True) > 0, found, known)


# %% spread | 2 of 4 | alpha and 1 - alpha exchanged
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = (1 - alpha) * similar @ found + alpha * known
    return found


# %% spread | 1 of 4 | Y is left out of the step: it is fed in again each time
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found
    return found


# %% spread | 3 of 4 | F in place of Y in the second term: Y stays what it was
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * found
    return found


# %% spread | 1 of 4 | Y with its full weight: (1 - alpha) of it
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + known
    return found


# %% spread | 1 of 4 | the start at zero: F begins as Y
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), 0 * known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 3 of 4 | one step, whatever steps says
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(min(steps, 1)):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 1 of 4 | one step too many
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps + 1):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 1 of 4 | -1 taken for the last class: it means that no class is known, and the row is zero
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = ((labels % classes)[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 1 of 4 | -1 taken for class 0: it means that no class is known, and the row is zero
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels.clamp(min=0)[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 1 of 4 | all classes alike where none is known: the row is zero
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    known = torch.where(labels[:, None] < 0, 1 / classes, known)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% spread | 1 of 4 | rows made to sum to 1 at the end: F is returned as it is
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found / found.sum(1, keepdim=True).clamp(min=1e-12)


# %% spread | 1 of 4 | known labels put back after each step: the step mixes them in by 1 - alpha
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = torch.where(labels[:, None] >= 0, known, alpha * similar @ found)
    return found


# %% spread | 1 of 4 | the most probable class: F itself is asked for
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = normalised(weights), known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found.argmax(1)


# %% spread | 1 of 4 | W in place of S in the step
def normalised(weights):
    degrees = weights.sum(1)
    scale = torch.where(degrees > 0, degrees, 1.0).rsqrt()
    return scale[:, None] * weights * scale


def spread(weights, labels, classes, alpha, steps):
    known = (labels[:, None] == torch.arange(classes)).to(weights.dtype)
    similar, found = weights, known
    for _ in range(steps):
        found = alpha * similar @ found + (1 - alpha) * known
    return found


# %% vote | 0 of 3 | of equally many votes the smallest label: the class of the nearest code wins
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    return near.mode(1).values


# %% vote | 0 of 3 | of equally many votes the largest label: the class of the nearest code wins
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    return -(-near).mode(1).values


# %% vote | 0 of 3 | of equally many votes the class of the farthest code: that of the nearest wins
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k + torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 2 of 3 | of equally far codes the larger index: the smaller comes first
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    order = len(codes) - 1 - distances.flip(1).argsort(dim=1, stable=True)
    near = labels[order[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 0 of 3 | the nearest code alone: k of them vote
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    return near[:, 0]


# %% vote | 0 of 3 | one neighbour too many
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, : k + 1]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 0 of 3 | the nearest left out, as if the query were among the codes: it isn't
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, min(1, len(codes) - k) :][:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 0 of 3 | the farthest codes: the nearest vote
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True, descending=True)[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 0 of 3 | all codes vote: the k nearest do
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * len(codes) - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 1 of 3 | the sum of absolute differences: the distance is Euclidean
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).abs().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 1 of 3 | the largest difference: the distance is Euclidean
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).abs().amax(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 0 of 3 | dot products for distances: a long code isn't near
def vote(codes, labels, queries, k):
    distances = -(queries @ codes.T)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 1 of 3 | angles for distances: the distance is Euclidean
def vote(codes, labels, queries, k):
    distances = -torch.nn.functional.cosine_similarity(queries[:, None], codes, dim=2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 0 of 3 | votes weighted by nearness: each code has one vote
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    close = 1 / (distances.sort(1).values[:, :k] + 1e-3)
    votes = ((near[:, :, None] == near[:, None, :]) * close[:, None, :]).sum(2)
    first = (votes * 1e6 - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 1 of 3 | of equally many votes the class of the least total distance: that of the nearest code wins
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    far = distances.sort(1).values[:, :k].sqrt()
    same = near[:, :, None] == near[:, None, :]
    score = same.sum(2) * 1e6 - 100 * (same * far[:, None, :]).sum(2) - 1e-3 * torch.arange(near.shape[1])
    return near.gather(1, score.double().argmax(1)[:, None])[:, 0]


# %% vote | 1 of 3 | columns scaled to the same spread first: the distance is taken in the codes as they are
def vote(codes, labels, queries, k):
    distances = ((queries[:, None] - codes) / codes.std(0)).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% vote | 0 of 3 | the index of a code in place of its label
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return distances.argsort(dim=1, stable=True).gather(1, first[:, None])[:, 0]


# %% vote | 0 of 3 | the mean of the labels: they are names, and the most frequent wins
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    return near.float().mean(1).round()


# %% vote | 0 of 3 | the median of the labels: they are names, and the most frequent wins
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    return near.median(1).values


# %% vote | 0 of 3 | the most frequent label of all codes: the neighbours vote
def vote(codes, labels, queries, k):
    return labels.mode().values.expand(len(queries)).clone()


# %% vote | 0 of 3 | labels taken to count from 0: they are any whole numbers
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square().sum(2)
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    votes = torch.stack([(near == one).sum(1) for one in range(int(labels.max()) + 1)], dim=1)
    return votes.argmax(1)


# %% vote | 1 of 3 | the first column of the codes alone
def vote(codes, labels, queries, k):
    distances = (queries[:, None] - codes).square()[..., 0]
    near = labels[distances.argsort(dim=1, stable=True)[:, :k]]
    votes = (near[:, :, None] == near[:, None, :]).sum(2)
    first = (votes * k - torch.arange(near.shape[1])).argmax(1)
    return near.gather(1, first[:, None])[:, 0]


# %% fair | 1 of 4 | column by column: one number divides them all
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean(0).sqrt()
    size = torch.where(size > 0, size, 1.0)
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | row by row: one number divides them all
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    rows = [(part - mean).square().mean(1, keepdim=True).sqrt().clamp(min=1e-12) for part in (train, others)]
    return (train - mean) / rows[0] * (size > 0), (others - mean) / rows[1]


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the others' own mean: the training codes decide
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - others.mean(0)) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the others' own size: the training codes decide
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    own = (others - mean).square().mean().sqrt()
    return (train - mean) / size, (others - mean) / own


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the others' own mean and size: the training codes decide
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    apart = others - others.mean(0)
    own = apart.square().mean().sqrt()
    return (train - mean) / size, apart / (own if own > 0 else 1.0)


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | mean and size of all codes together: the training codes alone decide
def one_scale(train, others):
    both = torch.cat([train, others])
    mean = both.mean(0)
    size = (both - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the size of all codes together: the training codes alone decide
def one_scale(train, others):
    mean = train.mean(0)
    size = (torch.cat([train, others]) - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | one mean for all columns: each column has its own
def one_scale(train, others):
    mean = train.mean()
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the mean isn't subtracted from what is returned
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return train / size, others / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the size before the means are subtracted: it is taken after that
def one_scale(train, others):
    mean = train.mean(0)
    size = train.square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the variance divides: its root does
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the root of the sum of squares: of their mean
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().sum().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the mean of the squares with n - 1 (torch.std): the mean over all numbers is asked for
def one_scale(train, others):
    mean = train.mean(0)
    size = ((train - mean).square().sum() / max(1, train.numel() - 1)).sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the mean of the columns' spreads: the squares of all numbers are averaged, then the root
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean(0).sqrt().mean()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the typical length of a row: the mean is over all numbers, not over rows
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().sum(1).mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 1 of 4 | the largest number divides: the root of the mean square does
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).abs().max()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 3 of 4 | divided only where the size is above 1: small codes are divided too
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 1 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 3 of 4 | nan where all training codes are equal: then nothing is divided
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 3 of 4 | zeros for the others where all training codes are equal: they are moved, and not divided
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size * float((train != train[0]).any())


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 3 of 4 | the codes themselves are changed: work on a copy
def one_scale(train, others):
    mean = train.mean(0)
    train -= mean
    others = others - mean
    mean = 0.0
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | the sign of the difference: a - b
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((b - a).mean()), "error": error, "unpaired": unpaired}


# %% fair | 3 of 4 | the absolute differences: a - b keeps its sign
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).abs().mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | the spread of the differences: divided by the root of n it is the standard error of their mean
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std())
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | divided by n in the standard error: by its root
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | n in place of n - 1 in the spread of the differences
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std(correction=0) / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | n in place of n - 1 in the variances of the unpaired error
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var(correction=0) + b.var(correction=0)) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | the unpaired error in place of the paired one: the draws are the same
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float(((a.var() + b.var()) / n).sqrt())
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | the paired error in place of the unpaired one
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = error
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | variances subtracted in the unpaired error: the variance of a difference is their sum
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() - b.var()).abs() / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | standard deviations added in the unpaired error: variances add up
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float((a.std() + b.std()) / n**0.5)
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | one variance in the unpaired error: both methods have their own
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float((a.var() / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | the mean of the two variances in the unpaired error: their sum
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / 2 / n).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | the unpaired error isn't divided by the root of n
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float((a.var() + b.var()).sqrt())
    return {"difference": float((a - b).mean()), "error": error, "unpaired": unpaired}


# %% fair | 3 of 4 | the median of the differences: their mean
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).median()), "error": error, "unpaired": unpaired}


# %% fair | 2 of 4 | the sum of the differences: their mean
def one_scale(train, others):
    mean = train.mean(0)
    size = (train - mean).square().mean().sqrt()
    size = size if size > 0 else 1.0
    return (train - mean) / size, (others - mean) / size


def compare(a, b):
    n = len(a)
    error = float((a - b).std() / n**0.5)
    unpaired = float(((a.var() + b.var()) / n).sqrt())
    return {"difference": float((a - b).sum()), "error": error, "unpaired": unpaired}
