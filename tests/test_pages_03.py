"""The models and the objective on the pages of notebooks 3 and 3b give the library's numbers."""

import nbformat
import pytest
import torch
from torch import nn

from course_lib import repro
from course_lib.bootstrap import ROOT
from course_lib.losses import reconstruction, reconstruction_bce, shifted
from course_lib.models import MLPAutoencoder
from course_lib.training import fit, sgd


def page(book, *tags):
    """What the cells of these tags define, as the reader has it."""
    cells = nbformat.read(ROOT / "notebooks" / book, as_version=4).cells
    found = {"torch": torch, "nn": nn}
    for tag in tags:
        [cell] = [cell for cell in cells if tag in cell.metadata.get("tags", [])]
        exec(cell.source, found)
    return found


@pytest.fixture(scope="module")
def images():
    return torch.rand(70, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def both(build, library, images, objective, other, **settings):
    """The two models, trained from the same seed by the same loop, and their curves."""
    models, curves = [], []
    for make, loss in ((build, objective), (library, other)):
        repro.seed_everything(0)
        models.append(make())
        curves.append(fit(models[-1], images, loss, epochs=2, batch_size=32, **settings)["loss"])
    return models, curves


def same(models, curves, images):
    assert curves[0] == pytest.approx(curves[1], rel=1e-4) and curves[0][-1] < curves[0][0]
    for mine, theirs in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)
    with torch.no_grad():
        assert models[0].f(images).shape[0] == len(images) and models[0](images).shape == images.shape
        torch.testing.assert_close(models[0](images), models[0].g(models[0].f(images)))


def test_the_eight_layers_on_the_page_are_the_librarys(images):
    eight = page("03_mnist_autoencoder.ipynb", "the-model")["EightLayers"]

    def library():
        return MLPAutoencoder(2, (128, 64, 32), activation="sigmoid", code="sigmoid", init="default")

    models, curves = both(eight, library, images, reconstruction, reconstruction, lr=0.01, optimizer=sgd)
    same(models, curves, images)
    assert models[0].f(images).shape == (70, 2)


def test_the_deep_autoencoder_on_the_page_is_the_librarys(images):
    found = page("03b_thirty_numbers.ipynb", "the-model", "the-objective")

    def library():
        return MLPAutoencoder(30, (1000, 500, 250))

    def build():
        return found["he_start"](found["DeepAutoencoder"]())

    models, curves = both(build, library, images, found["shifted_bce"], shifted(reconstruction_bce), lr=1e-4)
    same(models, curves, images)
    assert models[0].f(images).shape == (70, 30)
    torch.testing.assert_close(models[0].logits(images).sigmoid(), models[0](images))
