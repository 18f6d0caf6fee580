"""The code on the page of notebook 1 gives the library's numbers: PCA in three lines, the linear autoencoder."""

import functools

import pytest
import torch

from course_lib import repro
from course_lib.baselines import pca
from course_lib.data import curves
from course_lib.losses import reconstruction, squared_error
from course_lib.models import LinearAutoencoder
from course_lib.training import fit

from .pages import on_the_page


def test_pca_in_three_lines_is_pca():
    here = on_the_page("01", "pca-by-hand", curves=curves)
    library = pca(here["noisy"], 2)
    torch.testing.assert_close(here["u"].abs(), library.components[0].abs(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(here["variances"].flip(0), library.variances, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(here["orthogonal"], library.first(1)(here["noisy"]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("z_dim, x_shape", [(16, (1, 28, 28)), (3, (1, 6, 6)), (2, (5,))])
def test_the_class_on_the_page_is_the_librarys(z_dim, x_shape):
    x = torch.rand(40, *x_shape, generator=torch.Generator().manual_seed(1))
    models, curves_ = [], []
    for build in (on_the_page("01", "the-model")["LinearAE"], LinearAutoencoder):
        repro.seed_everything(0)
        models.append(build(z_dim, x_shape))
    assert all(torch.equal(a, b) for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True))
    assert torch.equal(models[0](x), models[1](x)) and models[0](x).shape == x.shape
    assert torch.equal(models[0].f(x), models[1].f(x)) and models[0].f(x).shape == (40, z_dim)
    for model in models:
        curves_.append(fit(model, x, reconstruction, epochs=3, batch_size=16)["loss"])
    assert curves_[0] == curves_[1]


@functools.cache
def small_problem():
    """60 centred rows whose variances fall from 5 on, along axes in no special direction, and their PCA."""
    turned = torch.linalg.qr(torch.randn(80, 60, generator=torch.Generator().manual_seed(9))).Q
    back = torch.linalg.qr(torch.randn(60, 60, generator=torch.Generator().manual_seed(8))).Q
    rows = 80**0.5 * turned @ torch.diag((5 * 0.88 ** torch.arange(60)).sqrt()) @ back.T
    rows = rows - rows.mean(0)
    return rows, pca(rows, 8)


def mixing(price, seed=0, optimizer=None):
    """|cos| of the decoder's singular vectors with PCA's axes after training with this price, and the decoder."""
    rows, exact = small_problem()
    repro.seed_everything(seed)
    model = LinearAutoencoder(8, x_shape=(60,), bias=False)

    def objective(model, x):
        error = squared_error(model(x), x)
        return {"loss": error + price(model.f[1].weight, model.g[0].weight), "reconstruction": error}

    settings = {"optimizer": optimizer} if optimizer else {}
    fit(model, rows, objective, epochs=1000, batch_size=len(rows), lr=1e-2, **settings)
    weight = model.g[0].weight.detach()
    axes = torch.linalg.svd(weight, full_matrices=False).U.T
    return (axes * exact.components).sum(1).abs(), weight


@pytest.mark.parametrize("seed", range(3))
def test_a_price_on_both_layers_finds_the_axes_and_shrinks_as_the_page_says(seed):
    cosines, weight = mixing(lambda w1, w2: 0.1 * (w1.square().sum() + w2.square().sum()), seed)
    assert cosines.min() > 0.99
    entries = (1 - 0.1 / small_problem()[1].variances[:8]).sqrt()
    torch.testing.assert_close(torch.linalg.svdvals(weight), entries, rtol=0.01, atol=0.01)


OTHER_PRICES = {
    "none": lambda w1, w2: 0.0 * w2.sum(),
    "the decoder alone": lambda w1, w2: 0.1 * w2.square().sum(),
    "the encoder alone": lambda w1, w2: 0.1 * w1.square().sum(),
    "orthonormal columns": lambda w1, w2: 10 * (w2.T @ w2 - torch.eye(8)).square().sum(),
}


@pytest.mark.parametrize("name", OTHER_PRICES)
def test_another_price_leaves_the_axes_mixed(name):
    assert mixing(OTHER_PRICES[name])[0].mean() < 0.6


@pytest.mark.parametrize("decay", [0.01, 0.1, 1.0])
def test_adamw_leaves_the_axes_mixed(decay):
    def adamw(model, lr):
        return torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=decay)

    assert mixing(OTHER_PRICES["none"], optimizer=adamw)[0].mean() < 0.6


def test_a_price_above_a_components_variance_switches_it_off():
    _, weight = mixing(lambda w1, w2: 3 * (w1.square().sum() + w2.square().sum()))
    larger = int((small_problem()[1].variances[:8] > 3).sum())
    assert 0 < larger < 8 and int((torch.linalg.svdvals(weight) > 0.1).sum()) == larger
