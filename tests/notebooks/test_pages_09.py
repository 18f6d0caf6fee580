"""What stands on the page of notebook 9 and what the library does give the same numbers."""

from functools import partial

import numpy as np
import pytest
import torch
from scipy import sparse
from torch import nn

from course_lib import baselines, losses, models, repro, training
from course_lib.evaluate import apply

from . import pages

on_the_page = partial(pages.on_the_page, "09", sparse=sparse, nearest=baselines.nearest)


@pytest.fixture
def images():
    return torch.rand(12, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("inner", [nn.Sigmoid(), nn.GELU(), nn.Identity()])
def test_the_pair_on_the_page_is_the_librarys(inner):
    down, up, h = nn.Linear(7, 3), nn.Linear(3, 7), torch.rand(5, 7)
    page = on_the_page("the-model")["LayerPair"](down, up, inner, nn.Sigmoid())
    library = models.LayerPair(down, up, inner, nn.Sigmoid())
    torch.testing.assert_close(page(h), library(h))
    torch.testing.assert_close(page.f(h), inner(down(h)))
    assert [id(p) for p in page.parameters()] == [id(p) for p in library.parameters()]


def test_pretraining_on_the_page_trains_each_pair_on_the_codes_below(images):
    names = {"losses": losses, "training": training, "apply": apply, "linear_layers": models.linear_layers}
    names |= {"LayerPair": models.LayerPair, "MODELS": None}
    digits = type("Digits", (), {"is_mnist": False, "train": images})
    source = {"data": type("data", (), {"digits": lambda device: digits}), "DEVICE": "cpu", "SMALL": 12}
    source["claims"] = type("claims", (), {"on_mnist": lambda is_mnist: None})
    pretrain = on_the_page("the-stack", **names, **source)["pretrain"]
    repro.seed_everything(0)
    model = models.MLPAutoencoder(2, (16, 4), activation="sigmoid", code="sigmoid")
    again = models.MLPAutoencoder(2, (16, 4), activation="sigmoid", code="sigmoid")
    again.load_state_dict(model.state_dict())
    left = pretrain(model, images, [nn.Sigmoid()] * 4, (2, 2, 2), (1e-2, 1e-2, 1e-2), batch_size=5)
    h = images.flatten(1)
    for down, up in zip(models.linear_layers(again.f), models.linear_layers(again.g)[::-1], strict=True):
        training.fit(pair := models.LayerPair(down, up), h, losses.reconstruction, epochs=2, lr=1e-2, batch_size=5)
        h = apply(pair.f, h)
    for ours, theirs in zip(model.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(apply(model.f, images), h)  # the pairs are the layers of the deep network
    assert len(left) == 3 and all(share > 0 for share in left)


def test_the_classifier_on_the_page_is_the_librarys(images):
    page, f = on_the_page("the-classifier"), models.MLPAutoencoder(8, (16,)).f
    ours, theirs = page["Classifier"](f, 8), models.Classifier(f, 8)
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(images), theirs(images))
    rows = torch.cat([images.flatten(1), torch.arange(12).remainder(10)[:, None].float()], dim=1)
    here, there = page["classification"](ours, rows)["loss"], losses.classification(theirs, rows)["loss"]
    log_p = ours(images).log_softmax(1)[torch.arange(12), torch.arange(12).remainder(10)]
    torch.testing.assert_close(here, there)
    torch.testing.assert_close(here, -log_p.mean())


def test_the_masked_objective_on_the_page_is_the_librarys(images):
    curves, nets = [], []
    for masked in (on_the_page("the-objective")["masked"], losses.masked):
        repro.seed_everything(0)
        nets.append(models.MLPAutoencoder(8, (16,)))
        curves.append(training.fit(nets[-1], images, masked(0.75), epochs=3, batch_size=5)["loss"])
    assert curves[0] == pytest.approx(curves[1], rel=1e-6)
    for ours, theirs in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_an_error_on_hidden_pixels_leaves_the_others_alone(images):
    hidden = torch.rand(images.shape, generator=torch.Generator().manual_seed(1)) < 0.75
    x_hat = torch.where(hidden, images, 0.5 * torch.ones_like(images))
    assert float(losses.masked_error(x_hat, images, hidden)) == 0
    off = losses.masked_error(x_hat + 1.0 * hidden, images, hidden)
    assert float(off) == pytest.approx(float(hidden.sum()) / 12)
    with pytest.raises(ValueError, match="both excluded"):
        losses.masked(1.0)


def test_labels_travel_with_their_images(images):
    with pytest.raises(ValueError, match="an image's pixels and its label"):
        losses.classification(nn.Flatten(), images)
    line = torch.cat([torch.rand(4, 3), torch.tensor([[0.0], [1], [2], [1]])], dim=1)  # three numbers: no picture
    found = losses.classification(nn.Linear(3, 3), line)["loss"]
    assert found.ndim == 0 and found.requires_grad


def test_sizes_that_do_not_fit_are_said():
    with pytest.raises(ValueError, match="goes down and back up; these go 7 -> 3 and 4 -> 7"):
        models.LayerPair(nn.Linear(7, 3), nn.Linear(4, 7))
    with pytest.raises(ValueError, match="z_dim"):
        models.Classifier(nn.Flatten(), 0)


def test_the_graph_on_the_page_is_the_librarys(images):
    page, generator = on_the_page("the-graph"), torch.Generator().manual_seed(0)
    z = torch.rand(50, 6, generator=generator)
    W = page["graph_of"](z, 5)
    np.testing.assert_allclose(W.toarray(), baselines.neighbour_graph(z, 5).toarray(), atol=1e-6)
    Y = nn.functional.one_hot(torch.arange(50) % 3).double() * (torch.arange(50) < 9)[:, None]
    F = page["spread_over"](W, Y.numpy())
    F = torch.from_numpy(F / F.sum(0))
    spread = partial(baselines.spread_labels, baselines.neighbour_graph(z, 5))
    torch.testing.assert_close(F / F.sum(1, keepdim=True), spread(Y), atol=1e-6, rtol=1e-5)
