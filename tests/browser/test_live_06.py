"""Lesson 06's explorer in a browser: beta is turned and q is dragged; codes, pictures and bars are PyTorch's."""

import pytest
import torch
import torch.nn.functional as F

from course_lib.live import store

from . import live


@pytest.fixture(scope="module")
def page():
    """Encoder, decoder (to log-odds), the images and the draws, as the page has them."""
    (config,) = store.numbers("06").values()
    f, g = live.network(config["encoder"]), live.network(config["decoder"])
    return f, g, live.values(config["images"]).view(-1, 784), live.values(config["eps"]).view(-1, 2)


def agrees(state, page):
    """The encoder's q, the pictures and the two terms are those of PyTorch's networks."""
    f, g, images, eps = page
    x, t = images[state["image"]], torch.tensor([state["t"]])
    mu, log_var = f(torch.cat([x, t])).chunk(2)
    live.same(state["encoder"]["mu"], mu)
    live.same(state["encoder"]["sigma"], (0.5 * log_var).exp())
    mean, sigma = torch.tensor(state["mu"]), torch.tensor(state["sigma"])
    codes = torch.cat([mean[None], torch.tensor(state["codes"]), mean + sigma * eps])
    logits = g(torch.cat([codes, t.expand(len(codes), 1)], 1))
    live.same(state["x_hat"], logits[0].sigmoid())
    live.same(state["film"], logits[1:10].sigmoid())
    error = F.binary_cross_entropy_with_logits(logits[10:], x.expand(len(eps), -1), reduction="sum") / len(eps)
    kl = 0.5 * (mean**2 + sigma**2 - 1 - 2 * sigma.log()).sum()
    live.same([state["error"], state["kl"]], torch.stack([error, kl]), atol=1e-3)
    assert state["loss"] == pytest.approx(state["error"] + state["beta"] * state["kl"])


def turn(host, name, value):
    """A slider set as a hand would leave it."""
    host.get_by_role("slider", name=name, exact=True).fill(str(value))
    return live.state(host)


def test_beta_is_turned_by_hand_and_by_key(awake, page):
    host = awake("06")
    widths = []
    for t in (-1, 0, 1, 2):
        state = turn(host, "β", t)
        assert state["t"] == t and not state["own"]
        agrees(state, page)
        widths.append(min(state["sigma"]))
    assert widths == sorted(widths) and widths[0] < 0.1 and widths[-1] > 0.8
    host.get_by_role("slider", name="β", exact=True).press("ArrowLeft")
    agrees(live.state(host), page)
    assert live.state(host)["t"] == pytest.approx(1.98)


def test_q_is_dragged_and_goes_back(tab, awake, page):
    host = awake("06")
    start, plane = live.state(host), host.get_by_role("application")
    live.drag(tab, plane, [(0.5, 0.5), (0.7, 0.3)])
    dragged = live.state(host)
    assert dragged["own"] and dragged["mu"][0] > 0.5 and dragged["mu"][1] > 0.5
    assert dragged["best"] == pytest.approx(start["loss"]) and dragged["loss"] > start["loss"]
    agrees(dragged, page)
    plane.press("ArrowLeft")
    assert live.state(host)["mu"][0] == pytest.approx(dragged["mu"][0] - 8 / 50, abs=0.006)
    wide = turn(host, "width of q", 1)
    assert wide["sigma"][0] == pytest.approx(2 * dragged["sigma"][0])
    agrees(wide, page)
    host.get_by_role("button", name="back to the encoder").click()
    assert live.state(host)["mu"] == start["mu"]


def test_draws_from_the_prior_and_a_walk(awake, page):
    host = awake("06")
    host.get_by_role("radio", name="draws from the prior").check()
    first = live.state(host)
    host.get_by_role("button", name="draw again").click()
    second = live.state(host)
    assert first["codes"] != second["codes"]
    agrees(second, page)
    host.get_by_role("radio", name="a walk to").check()
    host.get_by_role("combobox").select_option("1")
    walk = live.state(host)
    agrees(walk, page)
    turn(host, "image", 1)
    live.same(walk["codes"][-1], torch.tensor(live.state(host)["encoder"]["mu"]))


def test_it_fits_and_has_names(tab, awake):
    host = awake("06")
    live.named(host)
    live.fits(tab, host, 1000, 560)
    live.fits(tab, host, 656, 560)
    live.fits(tab, host, 390, 1100)
    live.phone(tab, awake, "06")
