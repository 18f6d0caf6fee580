"""What the explorers' functions refuse, and what they put into a page: no browser."""

import base64

import pytest
import torch
from torch import nn

from course_lib import plotting, widgets
from course_lib.models import ConvAutoencoder, KLargest, MLPAutoencoder

X = torch.rand(30, 1, 28, 28, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(30) % 10
STATIC = plotting.show_curves({"instead": [1.0, 2.0]})
F = nn.Sequential(nn.Linear(785, 4))


def test_beta_needs_a_decoder_of_coins():
    with pytest.raises(ValueError, match="must end in a sigmoid"):
        widgets.posterior_and_beta(F, nn.Sequential(nn.Linear(3, 784)), X, LABELS, (-1, 2), STATIC)


def test_the_draws_by_which_the_page_takes_a_mean_have_mean_0_and_covariance_1():
    g = nn.Sequential(nn.Linear(3, 784), nn.Sigmoid())
    config = widgets.posterior_and_beta(F, g, X, LABELS, (-1, 2), STATIC).config
    eps = torch.frombuffer(bytearray(base64.b64decode(config["eps"])), dtype=torch.float32).view(-1, 2)
    torch.testing.assert_close(eps.mean(0), torch.zeros(2), atol=1e-6, rtol=0)
    torch.testing.assert_close(eps.T.cov(correction=0), torch.eye(2), atol=1e-5, rtol=0)


@pytest.mark.parametrize("networks", [{"one": ConvAutoencoder()}, {name: ConvAutoencoder((4,)) for name in "abc"}])
def test_the_brush_refuses_what_it_can_not_show(networks):
    with pytest.raises(ValueError, match="three networks|5 convolutions"):
        widgets.damaged_by_brush(networks, {}, X, STATIC)


def test_atoms_that_are_not_kept_are_summed():
    model = MLPAutoencoder(40, (), code=KLargest(25))
    config = widgets.sum_of_atoms({"k": model}, X, LABELS, X, STATIC, keep=30).config
    one = config["models"][0]
    assert one["decoder"]["layers"] == [[30, 784, "linear"]] and one["speak"] == [25] * 10 and config["units"] == 40
