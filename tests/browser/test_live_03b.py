"""Thirty numbers: what three methods make of a digit, with PCA's numbers and the rounding turned, against PyTorch."""

import pytest
import torch

from course_lib.live import store

from .live import drag, fits, named, network, phone, same, state, values


@pytest.fixture(scope="module")
def stored():
    [config] = store.numbers("03b").values()
    return config


def agrees(shown: dict, stored: dict) -> None:
    """Codes, reconstructions and errors are those of the rounded weights; what the test images cost is as stored."""
    x, at = torch.tensor(shown["x"]), stored["steps"].index(shown["unit"])
    pca = stored["pca"]
    rows, mean = network(pca["rows"])[0].weight[: shown["k"]], values(pca["mean"])
    ways = [(lambda x: rows @ (x - mean), lambda z: mean + z @ rows, pca["units"])]
    ways += [(network(net["encoder"]), network(net["decoder"]), net["units"]) for net in stored["nets"]]
    for (f, g, units), z, x_hat, error in zip(ways, shown["z"], shown["x_hat"], shown["errors"], strict=True):
        unit, z = units[at], torch.tensor(z)
        if unit:
            whole = z / unit
            assert (whole - whole.round()).abs().max() < 1e-4 and (f(x) - z).abs().max() < 0.501 * unit
        else:
            same(z.tolist(), f(x), 2e-5)  # numbers of the size of 10
        same(x_hat, g(z), 2e-5)
        assert error == pytest.approx(float((torch.tensor(x_hat) - x).square().sum()), abs=1e-3)
    assert shown["tested"][1:] == [net["tested"][at] for net in stored["nets"]]
    size, left = sum(pca["bytes"][at][: shown["k"]]), pca["left"][shown["k"]] + sum(pca["lost"][at][: shown["k"]])
    assert shown["tested"][0] == pytest.approx([size, left])


def test_three_methods_give_a_digit_back(awake, stored):
    host = awake("03b")
    shown = state(host)
    agrees(shown, stored)
    same(shown["x"], values(stored["images"]).view(10, 784)[stored["first"]])
    assert shown["k"] == 30 and shown["tested"][0][1] > shown["tested"][1][1] > shown["tested"][2][1]
    host.get_by_label("a test digit").select_option("8")
    agrees(state(host), stored)


def test_a_drawing_is_given_back_too(tab, awake, stored):
    host = awake("03b")
    drag(tab, host.get_by_role("img", name="draw a digit here"), [(0.3, 0.2), (0.7, 0.2), (0.4, 0.8)])
    shown = state(host)
    assert host.get_by_label("a test digit").input_value() == ""
    agrees(shown, stored)
    assert shown["errors"][0] > shown["errors"][2]


def test_pcas_numbers_and_the_rounding_are_turned_by_keys(awake, stored):
    host = awake("03b")
    before = state(host)
    host.get_by_label("PCA's numbers").press("End")
    most = state(host)
    agrees(most, stored)
    assert most["k"] == 84 and most["errors"][0] < before["errors"][0] and most["errors"][1:] == before["errors"][1:]
    step = host.get_by_label("rounding step")
    for _ in range(6):
        step.press("ArrowRight")
    rough = state(host)
    agrees(rough, stored)
    assert rough["unit"] == 1 and all(each[0] < 40 for each in rough["tested"])


def test_it_fits_and_has_names(tab, awake):
    host = awake("03b")
    named(host)
    fits(tab, host, 1280, 560)
    fits(tab, host, 390, 1300)
    phone(tab, awake, "03b")
