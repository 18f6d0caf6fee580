"""Neighbours, their graph and labels that spread, against scikit-learn, SciPy and small cases by hand."""

import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors, kneighbors_graph
from sklearn.semi_supervised import LabelSpreading

from course_lib.baselines import nearest, neighbour_graph, neighbour_purity, spread_labels


@pytest.fixture
def points():
    generator = torch.Generator().manual_seed(0)
    middles = torch.tensor([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 4.0, 1.0]])
    labels = torch.arange(60) % 3
    return middles[labels] + torch.randn(60, 3, generator=generator), labels


@pytest.mark.parametrize("itself", [True, False])
def test_nearest_is_scikit_learns(points, itself):
    z, _ = points
    distances, places = nearest(z, z, 4, itself=itself)
    finder = NearestNeighbors(n_neighbors=4).fit(z.double().numpy())
    theirs = finder.kneighbors(z.double().numpy() if itself else None)
    assert np.array_equal(places.numpy(), theirs[1])
    np.testing.assert_allclose(distances.numpy(), theirs[0], atol=2e-3)


def test_nearest_takes_images_and_more_than_one_chunk():
    images = torch.rand(1203, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    distances, places = nearest(images, images[:7], 2)
    by_hand = (images.flatten(1)[:, None] - images[:7].flatten(1)).norm(dim=2).topk(2, largest=False)
    assert torch.equal(places, by_hand.indices) and distances.shape == (1203, 2)
    torch.testing.assert_close(distances, by_hand.values, atol=1e-3, rtol=1e-3)
    _, others = nearest(images, images, 1, itself=False)
    assert (others[:, 0] != torch.arange(1203)).all()


def test_purity_by_hand():
    z = torch.tensor([[0.0], [1.0], [2.1], [10.0], [11.0]])
    labels = torch.tensor([0, 0, 1, 1, 1])
    assert neighbour_purity(z, labels, 1) == pytest.approx((1 + 1 + 0 + 1 + 1) / 5)
    assert neighbour_purity(z, labels, 4) == pytest.approx((1 + 1 + 2 + 2 + 2) / 20)


def test_the_graph_is_symmetric_with_the_weights_of_its_definition(points):
    z, _ = points
    graph = neighbour_graph(z, 5)
    there = kneighbors_graph(z.double().numpy(), 5, mode="distance")
    width = np.sort(there.toarray(), 1)[:, -1].mean()
    wish = there.toarray()
    weights = np.where(wish > 0, np.exp(-(wish**2) / (2 * width**2)), 0)
    np.testing.assert_allclose(graph.toarray(), np.maximum(weights, weights.T), atol=1e-3)
    assert abs(graph - graph.T).max() == 0 and graph.diagonal().max() == 0


@pytest.mark.filterwarnings("ignore:max_iter")  # the same number of steps is wanted, not the end
@pytest.mark.parametrize("alpha", [0.5, 0.99])
def test_spreading_is_scikit_learns_on_the_same_graph(points, alpha):
    z, labels = points
    graph = neighbour_graph(z, 5)
    known, given = torch.zeros(60, 3, dtype=torch.float64), np.full(60, -1)
    for place in (0, 1, 2, 3, 10, 20):
        known[place, labels[place]] = 1
        given[place] = int(labels[place])
    ours = spread_labels(graph, known, alpha, 40)
    theirs = LabelSpreading(kernel=lambda *_: graph, alpha=alpha, max_iter=40, tol=0).fit(z.numpy(), given)
    rows = torch.from_numpy(theirs.label_distributions_)
    torch.testing.assert_close(ours.sum(1), torch.ones(60, dtype=torch.float64))
    scaled = ours / ours[0] * rows[0]  # all rows are scaled by the same three numbers, one for each class
    torch.testing.assert_close(scaled / scaled.sum(1, keepdim=True), rows, atol=1e-6, rtol=1e-5)
    assert (ours.argmax(1) == labels).double().mean() > 0.8


def test_many_steps_end_at_the_closed_form(points):
    z, labels = points
    graph = neighbour_graph(z, 5).toarray()
    known = torch.nn.functional.one_hot(labels, 3).double() * (torch.arange(60) < 9)[:, None]
    root = np.diag(graph.sum(1) ** -0.5)
    closed = np.linalg.solve(np.eye(60) - 0.9 * root @ graph @ root, 0.1 * known.numpy())
    closed = closed / closed.sum(0)
    ours = spread_labels(neighbour_graph(z, 5), known, 0.9, 400)
    np.testing.assert_allclose(ours.numpy(), closed / closed.sum(1, keepdims=True), atol=1e-8)


def test_a_node_that_no_label_reaches_gets_no_label(points):
    z = torch.cat([points[0], torch.tensor([[99.0, 99, 99], [99.0, 99, 98], [99.0, 98, 99]])])
    graph = neighbour_graph(z, 2)
    known = torch.zeros(63, 3)
    known[:30] = torch.nn.functional.one_hot(points[1][:30], 3).float()
    parts, members = connected_components(graph)
    assert parts > 1
    found = spread_labels(graph, known)
    assert (found[60:] == 0).all() and found.isfinite().all()


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: nearest(torch.rand(3, 2), torch.rand(4, 3), 1), "rows of one size"),
        (lambda: nearest(torch.rand(3, 2), torch.rand(4, 2), 1, itself=False), "rows of one size"),
        (lambda: nearest(torch.rand(3, 2), torch.rand(4, 2), 5), "from 1 to 4"),
        (lambda: nearest(torch.rand(4, 2), torch.rand(4, 2), 4, itself=False), "from 1 to 3"),
        (lambda: nearest([[1.0]], torch.rand(4, 1), 1), "queries must be a tensor"),
        (lambda: neighbour_purity(torch.rand(4, 2), torch.zeros(3), 1), "one label a row"),
        (lambda: spread_labels(neighbour_graph(torch.rand(9, 2), 2), torch.ones(8, 2)), "each node needs its row"),
        (lambda: spread_labels(neighbour_graph(torch.rand(9, 2), 2), torch.ones(9, 2), alpha=1.0), "between 0 and 1"),
        (lambda: spread_labels(neighbour_graph(torch.rand(9, 2), 2), torch.eye(9)[:, :2] * 0), "class 0 has no label"),
        (lambda: spread_labels(neighbour_graph(torch.rand(9, 2), 2), torch.ones(9, 2), steps=0), "steps must be"),
    ],
)
def test_what_cannot_be_used_is_said(call, why):
    with pytest.raises(ValueError, match=why):
        call()
