"""What stands on the page of notebook 5 and what the library does give the same numbers."""

from functools import partial

import nbformat
import pytest
import torch
from torch import nn

from course_lib import corrupt, losses, repro
from course_lib.ground import ROOT
from course_lib.models import ConvAutoencoder, MLPAutoencoder
from course_lib.training import fit


def on_the_page(tag):
    """What the cell with this tag defines, as the reader has it."""
    book = nbformat.read(ROOT / "notebooks" / "05_denoising.ipynb", as_version=4)
    [cell] = [cell for cell in book.cells if tag in cell.metadata.get("tags", [])]
    page = {"torch": torch, "nn": nn}
    exec(cell.source.partition("\nprint(")[0], page)
    return page


@pytest.fixture
def images():
    return torch.rand(12, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_the_objective_on_the_page_is_the_librarys(images):
    noise = partial(corrupt.gaussian_noise, std=0.5)
    curves, models = [], []
    for denoising in (on_the_page("the-objective")["denoising"], losses.denoising):
        repro.seed_everything(0)
        models.append(MLPAutoencoder(8, (16,)))
        curves.append(fit(models[-1], images, denoising(noise), epochs=3, batch_size=5)["loss"])
    assert curves[0] == pytest.approx(curves[1], rel=1e-6) and curves[0][-1] < curves[0][0]
    for page, library in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert torch.equal(page, library)


@pytest.mark.parametrize("channels", [1, 3, 16])
def test_the_convolution_on_the_page_is_pytorchs(channels):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(channels, 7, 5, generator=generator)
    weight, bias = torch.randn(channels, 3, 3, generator=generator), torch.randn((), generator=generator)
    by_hand = on_the_page("the-convolution")["convolve"](x, weight, bias)
    by_torch = nn.functional.conv2d(x[None], weight[None], bias[None], padding=1)[0, 0]
    torch.testing.assert_close(by_hand, by_torch, rtol=1e-4, atol=1e-4)
    stride = nn.functional.conv2d(x[None], weight[None], bias[None], padding=1, stride=2)[0, 0]
    torch.testing.assert_close(by_hand[::2, ::2], stride, rtol=1e-4, atol=1e-4)  # as the text says


def test_the_network_on_the_page_is_the_librarys(images):
    page, library = on_the_page("the-model")["SmallConv"](), ConvAutoencoder()
    for ours, theirs in zip(page.parameters(), library.parameters(), strict=True):
        theirs.data.copy_(ours)
    torch.testing.assert_close(page(images), library(images))
    torch.testing.assert_close(page.f(images), library.f(images))
