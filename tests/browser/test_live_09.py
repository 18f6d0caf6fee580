"""Lesson 09's explorer in a browser: labels are asked for and spread over the graph; the numbers are the library's."""

import base64

import numpy as np
import pytest
import torch

from course_lib.baselines import nearest, neighbour_graph, spread_labels
from course_lib.live import store

from . import live


@pytest.fixture(scope="module")
def stored():
    """The stored numbers, their labels (N,) and the codes of each kind (N, d) in double precision."""
    (config,) = store.numbers("09").values()
    labels = torch.from_numpy(np.frombuffer(base64.b64decode(config["labels"]), "u1").astype("i8"))
    codes = [live.values(each["values"]).view(len(labels), -1).double() for each in config["codes"]]
    return config, labels, codes


def spread(config, labels, z, known, steps):
    """The library's spreading; a class without a label, which it refuses, has none of the shares."""
    given = torch.zeros(len(labels), 10, dtype=torch.float64)
    given[known, labels[known]] = 1
    there = given.sum(0) > 0
    shares = torch.zeros_like(given)
    shares[:, there] = spread_labels(neighbour_graph(z, config["k"]), given[:, there], config["alpha"], steps)
    return shares


def agrees(state, stored, code=0, steps=None):
    """How sure the graph is, what the nearest labelled image says, and both errors."""
    config, labels, codes = stored
    known, z = state["known"], codes[code]
    live.same(state["sure"], spread(config, labels, z, known, config["steps"] if steps is None else steps))
    near = labels[known][nearest(z, z[known], 1)[1][:, 0]]
    assert near.tolist() == state["nearest"]
    others = torch.ones(len(labels), dtype=torch.bool)
    others[known] = False
    shares = torch.tensor(state["sure"]).view(-1, 10)
    said = torch.where(shares.sum(1) > 0, shares.argmax(1), -1)
    live.same(state["wrong"], torch.stack([100 * (each != labels)[others].double().mean() for each in (said, near)]))


def test_labels_are_asked_for_by_pointer_and_by_keys(awake, tab, stored):
    host = awake("09")
    assert live.state(host)["known"] == [] and live.state(host)["wrong"] is None
    canvas = host.locator("canvas.map")
    canvas.click(position={"x": 250, "y": 200})
    (first,) = live.state(host)["known"]
    agrees(live.state(host), stored)
    canvas.press("ArrowLeft")
    canvas.press("ArrowDown")
    assert live.state(host)["now"] != first
    canvas.press("Enter")
    agrees(state := live.state(host), stored)
    assert state["known"] == [first, state["now"]]
    host.get_by_role("button", name="take back").press("Enter")
    assert live.state(host)["known"] == [first]
    host.locator("[role=status]", has_text="1 label. Wrong of the others").wait_for(state="attached")


def test_labels_spread_step_by_step_in_either_code(awake, tab, stored):
    host = awake("09")
    host.get_by_role("button", name="ten at random").click()
    state, labels = live.state(host), stored[1]
    assert labels[state["known"]].tolist() == list(range(10))
    agrees(state, stored)
    assert state["wrong"][0] < state["wrong"][1], "the graph is better than the nearest label"
    host.get_by_role("slider", name="steps").fill("3")
    agrees(live.state(host), stored, steps=3)
    live.drag(tab, host.get_by_role("slider", name="steps"), [(0.06, 0.5), (0.02, 0.5)])
    host.get_by_role("slider", name="steps").press("Home")
    assert sum(live.state(host)["sure"]) == 10, "before the first step only the ten are known"
    host.get_by_role("slider", name="steps").press("End")
    host.get_by_label(stored[0]["codes"][1]["name"]).check()
    agrees(live.state(host), stored, code=1)
    host.get_by_label("the nearest label", exact=True).check()
    host.get_by_label("mark the mistakes").check()
    host.get_by_role("button", name="start again").click()
    assert live.state(host)["known"] == []


def test_it_fits_and_everything_has_a_name(awake, tab):
    host = awake("09")
    live.named(host)
    live.fits(tab, host, 1000, 560)
    live.fits(tab, host, 390, 1200)
    live.phone(tab, awake, "09")
    live.fits(tab, host, 640, 1100)
