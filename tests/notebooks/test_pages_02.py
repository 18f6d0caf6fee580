"""The class on the page of notebook 2 gives the library's numbers."""

import nbformat
import pytest
import torch
from torch import nn

from course_lib import repro
from course_lib.data import curves
from course_lib.ground import ROOT
from course_lib.losses import reconstruction
from course_lib.models import MLPAutoencoder
from course_lib.training import fit


@pytest.fixture(scope="module")
def circle_autoencoder():
    """The class in the cell tagged `the-model`, as the reader has it."""
    book = nbformat.read(ROOT / "notebooks" / "02_circle.ipynb", as_version=4)
    [cell] = [cell for cell in book.cells if "the-model" in cell.metadata.get("tags", [])]
    page = {"nn": nn}
    exec(cell.source, page)
    return page["CircleAutoencoder"]


@pytest.mark.parametrize("z_dim, hidden", [(1, 32), (2, 8)])
def test_the_class_on_the_page_is_the_librarys(circle_autoencoder, z_dim, hidden):
    x, _ = curves.circle(32)
    settings = {"x_shape": (2,), "activation": "tanh", "output": "linear", "init": "default"}
    repro.seed_everything(0)
    page = circle_autoencoder(z_dim, hidden)
    repro.seed_everything(0)
    library = MLPAutoencoder(z_dim, (hidden, hidden), **settings)
    assert all(torch.equal(a, b) for a, b in zip(page.parameters(), library.parameters(), strict=True))
    assert torch.equal(page(x), library(x)) and torch.equal(page.f(x), library.f(x))
    losses = [fit(model, x, reconstruction, epochs=20, batch_size=32, lr=1e-2)["loss"] for model in (page, library)]
    assert losses[0] == losses[1] and losses[0][-1] < losses[0][0]
