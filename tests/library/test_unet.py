"""The U-Net and the convolutional autoencoder with a dense code: shapes, counts, skips, errors."""

import pytest
import torch
from torch import nn

from course_lib.losses import reconstruction
from course_lib.models import ConvBottleneck, UNet, count_parameters, pooled, strided, transposed, upsampled
from course_lib.training import fit


@pytest.fixture
def images():
    return torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_shapes_from_level_to_level(images):
    z, maps = UNet((4, 6, 10)).f(images)
    assert z.shape == (6, 10, 7, 7)
    assert [tuple(each.shape[1:]) for each in maps] == [(6, 14, 14), (4, 28, 28)]
    colour = UNet((4, 6), x_channels=3, out_channels=2)
    assert colour(torch.rand(2, 3, 8, 10)).shape == (2, 2, 8, 10)


def test_the_parameters_by_hand():
    down, bottom, up = [(1, 8), (8, 16), (16, 32)], [(32, 32)], [(32 + 16, 16), (16 + 8, 8), (8, 1)]
    assert count_parameters(UNet()) == sum((9 * a + 1) * b for a, b in down + bottom + up) == 23_873


def test_it_starts_dark_and_stays_in_the_unit_interval(images):
    net = UNet()
    assert torch.allclose(net(images), torch.tensor(-2.0).sigmoid())
    nn.init.normal_(net.last.weight, std=10)
    assert net(images).min() >= 0 and net(images).max() <= 1


def twins():
    """Two nets with the same weights, with and without skips; the last layer says something."""
    nets = []
    for skips in (True, False):
        torch.manual_seed(0)
        nets.append(UNet(skips=skips))
        nn.init.normal_(nets[-1].last.weight)
    return nets


def test_without_skips_nothing_but_what_comes_across_changes(images):
    whole, cut = twins()
    for one, other in zip(whole.parameters(), cut.parameters(), strict=True):
        assert torch.equal(one, other)
    z, maps = whole.f(images)
    assert torch.equal(z, cut.f(images)[0])
    assert torch.equal(cut(images), whole.g(z, [torch.zeros_like(each) for each in maps]))
    assert not torch.allclose(cut(images), whole(images), atol=1e-3)
    assert torch.equal(cut.g(z, [each.roll(1, 0) for each in maps]), cut(images))  # nothing passes but z


def test_a_step_up_doubles_puts_beside_and_convolves(images):
    net = UNet((2, 3))
    z, [across] = net.f(images)
    h = net.up[0](torch.cat([z.repeat_interleave(2, 2).repeat_interleave(2, 3), across], 1))
    assert torch.allclose(net.last(h).sigmoid(), net.g(z, [across]))


def test_trained_with_and_without_skips_are_stored_apart(images, tmp_path):
    found = []
    for net in twins():
        history = fit(net, images, reconstruction, epochs=1, cache=tmp_path)
        assert not history.cached
        found.append(net(images))
    assert not torch.allclose(*found)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: UNet((8,)), "one for each halving"),
        (lambda: UNet((8, 0)), "at least 1"),
        (lambda: UNet(x_channels=0), "x_channels"),
        (lambda: UNet()(torch.rand(1, 1, 30, 28)), "multiples of 4"),
        (lambda: UNet()(torch.rand(1, 28, 28)), r"\(B, C, H, W\)"),
        (lambda: ConvBottleneck(0), "z_dim"),
    ],
)
def test_what_cannot_be_is_said(make, why):
    with pytest.raises(ValueError, match=why):
        make()


@pytest.mark.parametrize("down", [strided, pooled])
@pytest.mark.parametrize("up", [upsampled, transposed, lambda a, b: transposed(a, b, 3)])
def test_the_dense_code_between_any_two_ways(images, down, up):
    net = ConvBottleneck(5, down, up)
    assert net.f(images).shape == (6, 5) and net(images).shape == images.shape
    assert torch.equal(net(images), net.g(net.f(images)))


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_transposed_doubles_with_every_kernel(size):
    [layer] = transposed(3, 2, size)
    assert layer(torch.rand(1, 3, 5, 7)).shape == (1, 2, 10, 14)


def test_the_dense_code_starts_dark_or_as_pytorch_does(images):
    assert torch.allclose(ConvBottleneck()(images), torch.tensor(-2.0).sigmoid())
    assert ConvBottleneck(up=transposed, dark=False)(images).std() > 1e-3


def test_most_of_the_parameters_are_in_the_dense_layers():
    net = ConvBottleneck(32)
    dense = 784 * 32 + 32 + 32 * 784 + 784
    assert count_parameters(net) - dense == 80 + 1168 + 1160 + 73
