"""Neighbours: who is nearest, how pure a neighbourhood is, and labels that spread over a graph of neighbours."""

import numpy
import torch
from scipy import sparse
from torch import Tensor

from course_lib.shapes import rows, whole


def nearest(queries: Tensor, points: Tensor, k: int, *, itself: bool = True) -> tuple[Tensor, Tensor]:
    """The k nearest `points` of each query by Euclidean distance, nearest first: (M, ...), (N, ...) -> 2 x (M, k).

    Returns: distances and places. With `itself=False` queries and points are the same rows, and no row is its own
    neighbour.
    Raises: ValueError where the rows differ in size, or there are fewer than k points to choose from.
    """
    a, b = rows(queries, "queries").flatten(1), rows(points, "points").flatten(1)
    if a.shape[1] != b.shape[1] or not itself and len(a) != len(b):
        raise ValueError(f"neighbours are rows of one size; these are {tuple(a.shape)} and {tuple(b.shape)}")
    whole(1, len(b) - (not itself), k=k)
    found = []
    for start in range(0, len(a), 1000):  # 1000 x N distances at a time
        apart = torch.cdist(a[start : start + 1000], b)
        if not itself:
            apart[torch.arange(len(apart)), torch.arange(start, start + len(apart))] = torch.inf
        found.append(apart.topk(k, dim=1, largest=False))
    distances, places = zip(*found, strict=True)
    return torch.cat(distances), torch.cat(places)


def neighbour_purity(z: Tensor, labels: Tensor, k: int = 10) -> float:
    """The share of each row's k nearest others that have its label, mean over the rows: (N, ...), (N,) -> a number.

    Raises: ValueError as `nearest` does, and where there isn't one label a row.
    """
    if labels.shape != (len(z),):
        raise ValueError(f"one label a row is needed: {len(z)} rows, labels of shape {tuple(labels.shape)}")
    _, places = nearest(z, z, k, itself=False)
    return float((labels[places] == labels[:, None]).float().mean())


def neighbour_graph(z: Tensor, k: int = 10) -> sparse.csr_matrix:
    """Each row joined to its k nearest others: (N, ...) -> W (N, N), symmetric, 0 where nobody is a neighbour.

    The weight is exp(-d^2 / 2 s^2), s the mean distance of the k-th neighbour; one side's wish is enough for a link.
    Raises: ValueError as `nearest` does.
    """
    distances, places = (each.cpu().double().numpy() for each in nearest(z, z, k, itself=False))
    width = distances[:, -1].mean()
    weights = numpy.exp(-((distances / width) ** 2) / 2)
    heads = numpy.repeat(numpy.arange(len(z)), k)
    links = sparse.csr_matrix((weights.ravel(), (heads, places.ravel().astype(int))), shape=(len(z), len(z)))
    return links.maximum(links.T).tocsr()


def spread_labels(graph: sparse.csr_matrix, known: Tensor, alpha: float = 0.99, steps: int = 50) -> Tensor:
    """Labels spread over a graph: F <- alpha S F + (1 - alpha) Y, S = D^-1/2 W D^-1/2 (Zhou et al. 2004, section 2).

    Afterwards each class gets the same total, and each row adds up to 1: how sure the spreading is of each class.

    Shapes: graph W (N, N), known Y (N, C), 1 where a label is known, else 0 -> (N, C), computed in double precision.
    Raises: ValueError where the sizes differ, alpha isn't between 0 and 1, or a class has no label at all.
    """
    if graph.shape != (len(known), len(known)) or known.ndim != 2:
        shapes = f"the graph is {graph.shape}, the labels {tuple(known.shape)}"
        raise ValueError(f"{shapes}: each node needs its row of labels")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is a share between 0 and 1, both excluded; it is {alpha!r}")
    whole(steps=steps)
    given = known.cpu().double().numpy()
    if (given.sum(0) == 0).any():
        raise ValueError(f"class {int((given.sum(0) == 0).argmax())} has no label to spread")
    root = sparse.diags(1 / numpy.sqrt(numpy.maximum(numpy.asarray(graph.sum(1)).ravel(), 1e-12)))
    links, found = root @ graph @ root, given
    for _ in range(steps):
        found = alpha * (links @ found) + (1 - alpha) * given
    found = found / found.sum(0)
    shares = torch.from_numpy(found / numpy.maximum(found.sum(1, keepdims=True), 1e-300))
    return shares.to(torch.promote_types(known.dtype, torch.float32)).to(known.device)
