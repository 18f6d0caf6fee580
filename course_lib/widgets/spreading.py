"""Lesson 09's explorer: labels that the reader asks for, and how far they spread over a graph of neighbours."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from course_lib.baselines import nearest, neighbour_graph, spread_labels
from course_lib.plotting import Figure

from .pack import grid, text
from .shown import Live

NEIGHBOURS, ALPHA, STEPS = 10, 0.99, 50
DRAWS, SIZES = 5, (10, 20, 50, 100)


def halved(x: Tensor) -> np.ndarray:
    """Images (N, 1, 28, 28) at half their size, sixteen greys, two pixels a byte: (N, 98) bytes."""
    greys = torch.nn.functional.avg_pool2d(x.cpu(), 2).mul(15).round().byte().flatten(1).numpy()
    return greys[:, ::2] * 16 + greys[:, 1::2]


def by_chance(z: Tensor, labels: Tensor) -> list[list[tuple[int, float]]]:
    """Percent wrong of the others where labels are drawn at random, as many of each class, mean of five draws.

    Shapes: z (N, d), labels (N,) -> for the graph and for the nearest labelled row a list of (labels, percent).
    """
    graph, known, ways = neighbour_graph(z, NEIGHBOURS), torch.nn.functional.one_hot(labels, 10).double(), ([], [])
    for n in SIZES:
        wrong = torch.zeros(2)
        for seed in range(DRAWS):
            order = torch.randperm(len(z), generator=torch.Generator().manual_seed(seed))
            rows = torch.cat([order[labels[order] == digit][: n // 10] for digit in range(10)])
            others = torch.ones(len(z), dtype=torch.bool)
            others[rows] = False
            spread = spread_labels(graph, known * ~others[:, None], ALPHA, STEPS).argmax(1)
            near = labels[rows][nearest(z, z[rows], 1)[1][:, 0]]
            wrong += torch.stack([100 * (said != labels)[others].float().mean() for said in (spread, near)]) / DRAWS
        for way, value in zip(ways, wrong.tolist(), strict=True):
            way.append((n, round(value, 2)))
    return list(ways)


def asked_labels(codes: Mapping[str, Tensor], x: Tensor, labels: Tensor, places: Tensor, static: Figure) -> Live:
    """A map of images whose labels can be asked for one by one, and what a graph of neighbours makes of them.

    `codes` are {name: the images' codes}, in which neighbours are looked for; `places` where they stand on the map.
    Shapes: x (N, 1, 28, 28), labels (N,) 0 to 9, codes (N, d), places (N, 2).
    """
    labels = labels.cpu()
    chance = {name: by_chance(z.cpu(), labels) for name, z in codes.items()}
    config = {
        "kind": "spread", "k": NEIGHBOURS, "alpha": ALPHA, "steps": STEPS, "places": grid(places),
        "labels": text(labels.byte().numpy()), "thumbs": text(halved(x)),
        "codes": [{"name": name, "values": grid(z)} for name, z in codes.items()], "curves": chance,
    }  # fmt: skip
    return Live(config, static)
