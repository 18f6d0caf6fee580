"""The code on the page of notebook 1 gives the library's numbers: PCA in three lines, the linear autoencoder."""

import nbformat
import pytest
import torch
from torch import nn

from course_lib import curves, repro
from course_lib.baselines import pca
from course_lib.bootstrap import ROOT
from course_lib.losses import reconstruction
from course_lib.models import LinearAutoencoder
from course_lib.training import fit


def page(tag: str, **names: object) -> dict:
    """What the cell with this tag defines, as the reader has it."""
    book = nbformat.read(ROOT / "notebooks" / "01_pca_linear_autoencoder.ipynb", as_version=4)
    [cell] = [cell for cell in book.cells if tag in cell.metadata.get("tags", [])]
    exec(cell.source, names)
    return names


def test_pca_in_three_lines_is_pca():
    here = page("pca-by-hand", torch=torch, curves=curves)
    library = pca(here["noisy"], 2)
    torch.testing.assert_close(here["u"].abs(), library.components[0].abs(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(here["variances"].flip(0), library.variances, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(here["orthogonal"], library.first(1)(here["noisy"]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("z_dim, x_shape", [(16, (1, 28, 28)), (3, (1, 6, 6)), (2, (5,))])
def test_the_class_on_the_page_is_the_librarys(z_dim, x_shape):
    x = torch.rand(40, *x_shape, generator=torch.Generator().manual_seed(1))
    models, curves_ = [], []
    for build in (page("the-model", torch=torch, nn=nn)["LinearAE"], LinearAutoencoder):
        repro.seed_everything(0)
        models.append(build(z_dim, x_shape))
    assert all(torch.equal(a, b) for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True))
    assert torch.equal(models[0](x), models[1](x)) and models[0](x).shape == x.shape
    assert torch.equal(models[0].f(x), models[1].f(x)) and models[0].f(x).shape == (40, z_dim)
    for model in models:
        curves_.append(fit(model, x, reconstruction, epochs=3, batch_size=16)["loss"])
    assert curves_[0] == curves_[1]
