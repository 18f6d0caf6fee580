"""What stands on the page of notebook 7 and what the library does give the same numbers."""

from functools import partial

import pytest
import torch

from course_lib import models

from . import pages

on_the_page = partial(pages.on_the_page, "07")


@pytest.fixture
def images():
    return torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("down", ["strided", "pooled"])
@pytest.mark.parametrize("up", ["upsampled", "transposed"])
def test_the_network_on_the_page_is_the_librarys(images, down, up):
    page = on_the_page("the-steps", "the-model")
    ours = page["ConvCode"](6, page[down], page[up])
    theirs = models.ConvBottleneck(6, getattr(models, down), getattr(models, up))
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(images), theirs(images))
    torch.testing.assert_close(ours.f(images), theirs.f(images))


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_the_transposed_step_on_the_page_is_the_librarys(images, size):
    [ours], [theirs] = on_the_page("the-steps")["transposed"](1, 2, size), models.transposed(1, 2, size)
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(images), theirs(images))


@pytest.mark.parametrize("skips", [True, False])
def test_the_unet_on_the_page_is_the_librarys(images, skips):
    ours, theirs = on_the_page("the-unet")["PageUNet"](skips), models.UNet(skips=skips)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        other.data.copy_(one)
    torch.testing.assert_close(ours(images), theirs(images))
    (z, maps), (their_z, their_maps) = ours.f(images), theirs.f(images)
    torch.testing.assert_close([z, *maps], [their_z, *their_maps])
