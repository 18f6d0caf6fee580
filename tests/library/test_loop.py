"""The training loop on the page of notebook 1 and the library's `fit` are the same loop."""

import nbformat
import pytest
import torch

from course_lib import repro
from course_lib.ground import ROOT
from course_lib.losses import reconstruction, squared_error
from course_lib.models import ConvAutoencoder, LinearAutoencoder
from course_lib.training import fit


@pytest.fixture(scope="module")
def train_by_hand():
    """The function in the cell tagged `the-loop`, as the reader has it."""
    book = nbformat.read(ROOT / "notebooks" / "01_pca_linear_autoencoder.ipynb", as_version=4)
    [cell] = [cell for cell in book.cells if "the-loop" in cell.metadata.get("tags", [])]
    page = {"torch": torch, "squared_error": squared_error}
    exec(cell.source, page)
    return page["train_by_hand"]


@pytest.mark.parametrize("build", [lambda: LinearAutoencoder(3, x_shape=(1, 6, 6)), lambda: ConvAutoencoder((4,))])
@pytest.mark.parametrize("rows, batch_size", [(256, 64), (250, 64), (40, 64)])
def test_the_loop_on_the_page_is_fit(train_by_hand, rows, batch_size, build):
    x = torch.rand(rows, 1, 6, 6, generator=torch.Generator().manual_seed(1))
    models = []
    for _ in range(2):
        repro.seed_everything(0)
        models.append(build())
    settings = {"epochs": 5, "batch_size": batch_size, "lr": 2e-3, "seed": 3}
    page = train_by_hand(models[0], x, **settings)
    history = fit(models[1], x, reconstruction, schedule="constant", warmup=0, **settings)
    assert len(page) == 5 and page[-1] < 0.99 * page[0]
    assert history["loss"] == pytest.approx(page, rel=1e-4)
    for by_hand, by_fit in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(by_fit, by_hand, rtol=1e-3, atol=1e-5)


def test_a_different_seed_gives_a_different_curve(train_by_hand):
    x = torch.rand(100, 1, 6, 6, generator=torch.Generator().manual_seed(1))
    curves = []
    for seed in (0, 1):
        repro.seed_everything(0)
        curves.append(train_by_hand(LinearAutoencoder(3, x_shape=(1, 6, 6)), x, 2, batch_size=16, seed=seed))
    assert curves[0] != pytest.approx(curves[1], rel=1e-4)


@pytest.mark.parametrize("layer", [torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d, torch.nn.ConvTranspose2d])
def test_any_convolution_can_be_trained(layer):
    x = torch.rand(6, 1, *[5] * (int(layer.__name__[-2])), generator=torch.Generator().manual_seed(1))
    repro.seed_everything(0)
    model = layer(1, 1, 3, padding=1)
    before = model.weight.clone()
    history = fit(model, x, reconstruction, epochs=2, batch_size=4)
    assert len(history["loss"]) == 2 and not torch.equal(model.weight, before)
