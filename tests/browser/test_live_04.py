"""Lesson 04's explorer in a browser: atoms are switched on and off; the sum is that of PyTorch's decoder."""

import base64

import numpy as np
import pytest
import torch

from course_lib.live import store

from . import live


@pytest.fixture(scope="module")
def models():
    """{name: decoder (to log-odds), codes of the kept units, what the other units add, places of the kept}."""
    (config,) = store.numbers("04").values()
    found = {}
    for each in config["models"]:
        kept = np.frombuffer(base64.b64decode(each["kept"]), "<u2").tolist()
        codes, rest = live.values(each["codes"]).view(10, -1), live.values(each["rest"]).view(10, 784)
        found[each["name"]] = live.network(each["decoder"]), codes, rest, kept
    return found


def agrees(state, models):
    """The picture is the sum of the atoms that are on."""
    decoder, codes, rest, kept = models[state["model"]]
    on = torch.tensor([place in state["on"] for place in kept])
    logits = decoder(codes[state["image"]] * on) + (rest[state["image"]] if -1 in state["on"] else 0)
    live.same(state["x_hat"], logits.sigmoid())


def test_atoms_are_added_one_by_one(awake, models):
    host = awake("04")
    for name in models:
        host.get_by_role("radio", name=name).check()
        for image in (1, 5, 10):
            host.get_by_label("image").fill(str(image))
            whole = live.state(host)
            assert (whole["model"], whole["image"]) == (name, image - 1)
            agrees(whole, models)
            slider = host.get_by_label("the largest")
            slider.fill("3")
            few = live.state(host)
            assert len(few["on"]) == 3 and few["error"] > whole["error"]
            slider.press("ArrowRight")
            assert live.state(host)["on"][:3] == few["on"] and len(live.state(host)["on"]) == 4
            agrees(live.state(host), models)


def test_a_tile_switches_its_atom(awake, models):
    host = awake("04")
    before, tile = live.state(host), host.get_by_role("button", name="unit").first
    tile.click()
    without = live.state(host)
    assert without["on"] == before["on"][1:]
    agrees(without, models)
    host.get_by_role("button", name="only the others").click()
    alone = live.state(host)
    assert alone["on"] == before["on"][:1]
    agrees(alone, models)
    tile.press("Space")
    assert live.state(host)["on"] == []


def test_dead_units_are_told(awake, models):
    host = awake("04")
    dead = {}
    for name in models:
        host.get_by_role("radio", name=name).check()
        dead[name] = live.state(host)["dead"]
        assert f"{dead[name]} are dead" in host.get_by_role("img", name="units speak").get_attribute("aria-label")
    assert dead["k = 25"] > 128 > 20 > max(dead["L1 0.1"], dead["KL 0.05"])


def test_it_fits_and_has_names(tab, awake):
    host = awake("04")
    live.named(host)
    live.fits(tab, host, 1000, 560)
    live.fits(tab, host, 656, 560)
    live.fits(tab, host, 390, 1150)
    live.phone(tab, awake, "04")
