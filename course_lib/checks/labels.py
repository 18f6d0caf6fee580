"""The checks of notebook 9, sections 2 to 5: hidden pixels, a balanced choice, neighbours, and the ink."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from .gradients import check_with_gradients
from .verdict import check


def check_hidden_error(attempt: Any) -> None:
    """The squared error on the hidden pixels, mean over the batch: x_hat, x, hidden (B, ...) -> ()."""

    def oracle(x_hat: Tensor, x: Tensor, hidden: Tensor) -> Tensor:
        return torch.stack([(a[out] - b[out]).pow(2).sum() for a, b, out in zip(x_hat, x, hidden, strict=True)]).mean()

    def slips(x_hat: Tensor, x: Tensor, hidden: Tensor) -> dict[str, Any]:
        squares = (x_hat - x).square()
        kept = squares * hidden
        return {
            "all pixels count here: those that were seen don't": squares.sum() / len(x),
            "the pixels that were seen: the hidden ones count": (squares * ~hidden).sum() / len(x),
            "divided by the number of hidden pixels: by the number of images": kept.sum() / hidden.sum(),
            "the mean over all pixels: the sum over an image's hidden pixels is asked for": kept.mean(),
            "the sum over the batch: divide it by the number of images": kept.sum(),
            "the error of each image: take the mean over the batch": kept.flatten(1).sum(1),
            "the answer is hidden and the target isn't: seen pixels count with their own squares": (
                (x_hat * hidden - x).square().sum() / len(x)
            ),
            "the target is hidden and the answer isn't: seen pixels of the answer count": (
                (x_hat - x * hidden).square().sum() / len(x)
            ),
            "the absolute error: the square is missing": ((x_hat - x) * hidden).abs().sum() / len(x),
            "the length of the error: its square is asked for": kept.flatten(1).sum(1).sqrt().mean(),
            "a factor 1/2 that isn't in the loss": kept.sum() / (2 * len(x)),
            "each image's mean over its own hidden pixels: their sum is asked for": (
                (kept.flatten(1).sum(1) / hidden.flatten(1).sum(1)).mean()
            ),
            "divided by the share that is hidden": kept.sum() / len(x) / hidden.float().mean(),
            "divided by the pixels in a row, not by the images": kept.sum() / x.shape[-1],
            "the signed differences are summed before the square: square each, then sum": (
                ((x_hat - x) * hidden).flatten(1).sum(1).square().mean()
            ),
        }

    generator, cases = torch.Generator().manual_seed(0), []
    for batch, height, width in ((3, 4, 5), (5, 2, 4)):
        x_hat, x, chance = torch.rand(3, batch, 1, height, width, generator=generator)
        cases.append((x_hat, x, chance < torch.linspace(0.3, 0.8, batch).view(-1, 1, 1, 1)))
    check_with_gradients(attempt, oracle, cases, slips, to=("x_hat",))


def check_balanced(attempt: Any) -> None:
    """The first `each` places of every class 0 to 9, class by class: labels (N,), each -> (10 * each,)."""

    def oracle(labels: Tensor, each: int) -> list[int]:
        names = labels.tolist()
        return [place for digit in range(10) for place in [i for i, y in enumerate(names) if y == digit][:each]]

    def slips(labels: Tensor, each: int) -> dict[str, Any]:
        places = [(labels == digit).nonzero().flatten() for digit in range(10)]
        table = torch.stack([own[:each] for own in places])
        first = table.flatten()
        chosen = torch.zeros(len(labels), dtype=torch.bool)
        chosen[first] = True
        return {
            "labels are returned: their places are asked for": labels[first],
            "the last ones of each class: the first ones are asked for": torch.cat([own[-each:] for own in places]),
            "the first of the whole set: that isn't balanced, take `each` of every class": torch.arange(10 * each),
            "in the order in which they stand: class by class is asked for": first.sort().values,
            "one of each class in turn: class by class is asked for": table.T.ravel(),
            "a row for each class: one list of all places is asked for": table,
            "a mask: the places themselves are asked for": chosen,
            "the class 0 is missing: classes go from 0 to 9": torch.cat([own[:each] for own in places[1:]]),
            "the class 9 is missing: range(9) ends at 8": torch.cat([own[:each] for own in places[:9]]),
            "one too many of each class: the first `each`": torch.cat([own[: each + 1] for own in places]),
            "one too few of each class: the first `each`": torch.cat([own[: each - 1] for own in places]),
            "the first one of each class is left out: start at its first place": (
                torch.cat([own[1 : each + 1] for own in places])
            ),
            "places counted from 1: they count from 0": first + 1,
            "all places of each class: cut them off after `each`": torch.cat(places),
        }

    generator, cases = torch.Generator().manual_seed(0), []
    for extra, each in ((40, 2), (65, 3)):
        labels = torch.cat([torch.arange(10).repeat(each + 2), torch.randint(0, 6, (extra,), generator=generator)])
        cases.append((labels[torch.randperm(len(labels), generator=generator)], each))
    check(attempt, oracle, cases, slips)


def check_purity(attempt: Any) -> None:
    """The share of the k nearest others with a row's own label, mean over the rows: z (N, d), labels (N,), k -> ()."""

    def oracle(z: Tensor, labels: Tensor, k: int) -> float:
        points, names, hits = z.tolist(), labels.tolist(), 0
        for i, point in enumerate(points):
            others = sorted((math.dist(point, other), j) for j, other in enumerate(points) if j != i)[:k]
            hits += sum(names[j] == names[i] for _, j in others)
        return hits / (k * len(points))

    def slips(z: Tensor, labels: Tensor, k: int) -> dict[str, Any]:
        apart = torch.cdist(z.double(), z.double())
        others = apart.clone().fill_diagonal_(torch.inf)

        def share(places: Tensor) -> Tensor:
            return (labels[places] == labels[:, None]).double().mean()

        near = others.topk(k, largest=False).indices
        same = labels[near] == labels[:, None]
        cosine = nn.functional.normalize(z.double(), dim=1)
        city = torch.cdist(z.double(), z.double(), p=1).fill_diagonal_(torch.inf)
        votes = nn.functional.one_hot(labels[near]).sum(1)
        return {
            "each row counts itself as a neighbour: leave it out": share(apart.topk(k, largest=False).indices),
            "k + 1 with the row itself among them: k others are asked for": (
                share(apart.topk(k + 1, largest=False).indices)
            ),
            "one too few: without the row itself k others are asked for": share(near[:, : k - 1]),
            "the farthest: largest=False gives the nearest": share(apart.topk(k).indices),
            "the number of neighbours that agree: divide it by k": same.double().sum(1).mean(),
            "one share for each row: take the mean over the rows": same.double().mean(1),
            "the share that disagrees: 1 minus yours agrees": 1 - same.double().mean(),
            "whether the vote of the neighbours is right: count the neighbours": (
                (votes.argmax(1) == labels).double().mean()
            ),
            "whether one of the neighbours agrees: count all of them": same.any(1).double().mean(),
            "the number of all that agree: divide it by k and by the rows": same.double().sum(),
            "angles in place of distances: take Euclidean ones": (
                share((cosine @ cosine.T).fill_diagonal_(-torch.inf).topk(k).indices)
            ),
            "distances along the axes: take Euclidean ones": share(city.topk(k, largest=False).indices),
            "the k-th neighbour alone: all k count": share(near[:, -1:]),
            "the nearest neighbour alone: all k count": share(near[:, :1]),
        }

    generator, cases = torch.Generator().manual_seed(3), []
    for n, d, k in ((24, 3, 4), (31, 2, 5), (27, 4, 3)):
        labels = torch.randint(0, 3, (n,), generator=generator)
        z = torch.randn(n, d, generator=generator) + 1.2 * labels[:, None] + 1
        cases.append((z, labels, k))
    check(attempt, oracle, cases, slips)


def check_error_by_ink(attempt: Any) -> None:
    """Each image's squared error over its sum of squared pixels: x_hat (N, ...), x (N, ...) -> (N,)."""

    def oracle(x_hat: Tensor, x: Tensor) -> list[float]:
        pairs = zip(x_hat.flatten(1).tolist(), x.flatten(1).tolist(), strict=True)
        return [sum((a - b) ** 2 for a, b in zip(*pair, strict=True)) / sum(b * b for b in pair[1]) for pair in pairs]

    def slips(x_hat: Tensor, x: Tensor) -> dict[str, Any]:
        squares, ink = ((each).square().flatten(1).sum(1) for each in (x_hat - x, x))
        return {
            "the mean over the images: each image has its own score": (squares / ink).mean(),
            "the error alone: divide it by the ink": squares,
            "the root: both are sums of squares": (squares / ink).sqrt(),
            "the ink of the answer: then drawing more lowers the score; take that of x": (
                squares / x_hat.square().flatten(1).sum(1)
            ),
            "a ratio for each pixel: first both sums, then one ratio": (
                ((x_hat - x).square() / x.square()).flatten(1).mean(1)
            ),
            "the mean ink of all images: each image is divided by its own": squares / ink.mean(),
            "the sum of the pixels: that of their squares is asked for": squares / x.flatten(1).sum(1),
            "the mean over the pixels above and the sum below: take sums in both": squares / x[0].numel() / ink,
            "the length of the image below: its square is asked for": squares / ink.sqrt(),
            "absolute differences over absolute pixels: square both": (
                (x_hat - x).abs().flatten(1).sum(1) / x.abs().flatten(1).sum(1)
            ),
            "upside down: the error stands above": ink / squares,
            "the difference of the two: divide": squares - ink,
            "both sums over the whole batch: each image has its own score": squares.sum() / ink.sum(),
            "the product: divide by the ink": squares * ink,
            "what is left of 1: the share itself is asked for": 1 - squares / ink,
            "the variance of the image below: its ink is the plain sum of squares": (
                squares / (x - x.flatten(1).mean(1).view(-1, 1, 1, 1)).square().flatten(1).sum(1)
            ),
        }

    generator, cases = torch.Generator().manual_seed(0), []
    for n, height, width in ((3, 4, 5), (5, 3, 4)):
        faint = torch.linspace(0.3, 1, n).view(-1, 1, 1, 1)
        x = faint * (0.1 + 0.9 * torch.rand(n, 1, height, width, generator=generator))
        cases.append((x + 0.2 * torch.randn(x.shape, generator=generator), x))
    check(attempt, oracle, cases, slips)
