"""Lesson 05's explorers in a browser: a digit is damaged by dice and by brush, a point is dragged around the circle.

What networks and filters answer there is what PyTorch's networks and SciPy's filters answer here.
"""

import pytest
import torch
import torch.nn.functional as F

from course_lib import baselines
from course_lib.data import curves
from course_lib.live import store

from . import live

POINT, BRUSH = "nb05-021", "nb05-038"


@pytest.fixture(scope="module")
def networks():
    """The convolutional denoisers with the page's rounded weights: {kind of damage: 784 pixels -> 784}."""
    found = {}
    for each in store.numbers("05")[BRUSH]["networks"]:
        found[each["name"]] = live.network(each["packed"])
    return found


def answer(network, x_tilde):
    """A ConvAutoencoder's answer, from convolutions that are stored as rows."""
    h, strides, double = x_tilde.view(1, 1, 28, 28), (2, 2, 1, 1, 1), (False, False, True, True, False)
    for layer, activation, stride, first in zip(network[::2], network[1::2], strides, double, strict=True):
        h = F.interpolate(h, scale_factor=2) if first else h
        weight = layer.weight.view(len(layer.weight), -1, 3, 3)
        h = activation(F.conv2d(h, weight, layer.bias, stride=stride, padding=1))
    return h.flatten()


def agrees(state, networks):
    """Network, filter and decibels."""
    x, x_tilde = torch.tensor(state["x"]), torch.tensor(state["x_tilde"])
    image, name = x_tilde.view(1, 1, 28, 28), state["filter"]
    live.same(state["network"], answer(networks[state["trained"]], x_tilde))
    if name.startswith("median"):
        smooth = baselines.median_filter(image, 3 if "then" in name else int(name[-1]))
        classic = baselines.gaussian_filter(smooth, 0.9) if "then" in name else smooth
    elif name.startswith("Gaussian"):
        classic = baselines.gaussian_filter(image, float(name.split()[1]))
    else:
        return nearest(state)
    live.same(state["classic"], classic.flatten().clamp(0, 1))
    assert state["db"]["classic"] == pytest.approx(
        -10 * (classic.flatten().clamp(0, 1) - x).square().mean().log10().item()
    )


def nearest(state):
    """Each missing pixel has the value of one of those that are as near as any."""
    missing, x_tilde = torch.tensor(state["missing"]), torch.tensor(state["x_tilde"])
    place = torch.cartesian_prod(torch.arange(28.0), torch.arange(28.0))
    away = torch.cdist(place, place[~missing])
    among = away <= away.amin(1, keepdim=True) + 1e-4
    off = (torch.tensor(state["classic"])[:, None] - x_tilde[~missing].clamp(0, 1)).abs()
    assert float(torch.where(among, off, 9.0).amin(1).max()) < 5e-6


def test_dice_filters_and_networks(awake, networks):
    host = awake("05", BRUSH)
    for kind in networks:
        host.get_by_role("radio", name=kind).check()
        for strength in (0.1, 0.5):
            host.get_by_label("strength").fill(str(strength))
            state = live.state(host)
            assert (state["kind"], state["trained"], state["strength"]) == (kind, kind, strength)
            agrees(state, networks)
    host.get_by_role("combobox", name="network trained on").select_option("Gaussian")
    for name in ("median 5 x 5", "Gaussian 0.5", "median, then Gaussian", "nearest known pixel"):
        host.get_by_role("combobox", name="classic").select_option(name)
        agrees(live.state(host), networks)


def test_the_brush_by_pointer_and_by_keys(tab, awake, networks):
    host = awake("05", BRUSH)
    host.get_by_label("strength").fill("0")
    board = host.get_by_role("application")
    assert live.state(host)["x_tilde"] == live.state(host)["x"]
    host.get_by_role("radio", name="white").check()
    live.drag(tab, board, [(0.1, 0.1), (0.9, 0.1)])
    state = live.state(host)
    painted = torch.tensor(state["missing"]).view(28, 28)
    assert painted[2, 3:25].all() and not painted[8:].any()
    agrees(state, networks)
    board.press("ArrowDown")
    board.press("Space")
    assert torch.tensor(live.state(host)["missing"]).view(28, 28)[15, 14]
    host.get_by_role("button", name="wipe").click()
    assert not any(live.state(host)["missing"])


def exact(point, std):
    """E[x | x_tilde] over the lesson's 2,000 points, in double precision."""
    circle = curves.circle(2000)[0].double()
    weights = (-(torch.tensor(point).double() - circle).square().sum(1) / (2 * std**2)).softmax(0)
    return weights @ circle


def test_the_exact_mean_and_its_steps(tab, awake):
    host = awake("05", POINT)
    plane = host.get_by_role("application")
    for sigma in (0.05, 0.3, 1.0):
        host.get_by_label("noise").fill(str(sigma))
        live.drag(tab, plane, [(0.5, 0.5), (0.8, 0.3)])
        state = live.state(host)
        assert state["x_tilde"][0] > 0.3 and state["x_tilde"][1] > 0.3
        live.same(state["x_hat"], exact(state["x_tilde"], sigma))
    host.get_by_role("button", name="50 steps", exact=True).click()
    far = live.state(host)
    assert far["steps"] == 50 and torch.tensor(far["x_tilde"]).norm() < 1e-3  # into the centre
    plane.press("Shift+ArrowRight")
    assert live.state(host)["x_tilde"][0] == pytest.approx(0.34, abs=1e-3)
    host.get_by_role("button", name="while σ falls").click()
    assert torch.tensor(live.state(host)["x_tilde"]).norm() == pytest.approx(1, abs=0.01)


def test_the_network_answers_as_pytorchs(tab, awake):
    host = awake("05", POINT)
    host.get_by_role("radio", name="the network").check()
    net = live.network(store.numbers("05")[POINT]["network"])
    for way in ([(0.5, 0.5), (0.3, 0.6)], [(0.5, 0.5), (0.9, 0.9)]):
        live.drag(tab, host.get_by_role("application"), way)
        state = live.state(host)
        live.same(state["x_hat"], net(torch.tensor(state["x_tilde"])))


@pytest.mark.parametrize("cell", [POINT, BRUSH])
def test_they_fit_and_have_names(tab, awake, cell):
    host = awake("05", cell)
    live.named(host)
    live.fits(tab, host, 1000, 560)
    live.fits(tab, host, 656, 560)
    live.fits(tab, host, 390, 1150)
    live.phone(tab, awake, "05", cell)
