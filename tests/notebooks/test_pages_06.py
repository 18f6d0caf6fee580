"""The VAE on the page of notebook 6, class and loss, gives the library's numbers."""

from functools import partial

import nbformat
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import losses, models, repro
from course_lib.ground import ROOT
from course_lib.training import fit


@pytest.fixture(scope="module")
def page():
    """The names of the cell tagged `the-model` and `the-objective`, as the reader has them."""
    book = nbformat.read(ROOT / "notebooks" / "06_vae.ipynb", as_version=4)
    [cell] = [cell for cell in book.cells if {"the-model", "the-objective"} <= set(cell.metadata.get("tags", []))]
    names = {"torch": torch, "nn": nn, "F": F}
    exec(cell.source, names)
    return names


@pytest.fixture
def pair(page):
    """The page's network and the library's with the same weights, and images of coins."""
    repro.seed_everything(0)
    ours, theirs = page["SmallVAE"](3, hidden=20), models.VAE(3, (20,))
    theirs.load_state_dict(ours.state_dict())
    x = torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(1)).round()
    return ours, theirs, x


def test_the_outputs_are_the_same(pair):
    ours, theirs, x = pair
    for one, other in zip(ours.posterior(x), theirs.posterior(x), strict=True):
        torch.testing.assert_close(one, other)
    torch.testing.assert_close(ours(x), theirs(x))


def test_the_loss_and_its_gradients_are_the_same_for_the_same_noise(page, pair):
    ours, theirs, x = pair
    found = []
    for model, objective in (ours, page["negative_elbo"]), (theirs, losses.negative_elbo):
        repro.seed_everything(2)
        parts = objective(model, x)
        parts["loss"].backward()
        found.append((parts, [weights.grad for weights in model.parameters()]))
    assert found[0][0].keys() == found[1][0].keys()
    for name, value in found[0][0].items():
        torch.testing.assert_close(value, found[1][0][name], rtol=1e-5, atol=1e-4)
    for one, other in zip(found[0][1], found[1][1], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_training_gives_the_same_curve(page, pair):
    ours, theirs, x = pair
    settings = {"epochs": 3, "batch_size": 16, "lr": 1e-3}
    curves = [fit(ours, x, page["negative_elbo"], **settings), fit(theirs, x, losses.negative_elbo, **settings)]
    for part in ("loss", "reconstruction", "kl"):
        assert curves[0][part] == pytest.approx(curves[1][part], rel=1e-3)
    assert curves[0]["loss"][-1] < curves[0]["loss"][0]


def test_the_switches_leave_out_one_thing_each(page, pair):
    model, _, x = pair
    mu, log_var = model.posterior(x)
    error, kl = losses.cross_entropy(model.g[:-1](mu), x), losses.kl_to_standard_normal(mu, log_var)
    values = {}
    for noise in (0, 1):
        for pull in (0, 1):
            repro.seed_everything(3)
            values[noise, pull] = partial(page["negative_elbo"], noise=noise, pull=pull)(model, x)["loss"]
    torch.testing.assert_close(values[0, 0], error, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(values[0, 1], error + kl, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(values[1, 1] - values[1, 0], kl, rtol=1e-3, atol=1e-3)
