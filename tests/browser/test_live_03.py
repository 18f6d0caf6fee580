"""Draw your own digit: what is drawn, dragged and chosen, against PyTorch on the same rounded weights."""

import pytest
import torch

from course_lib.live import store

from .live import drag, fits, named, network, phone, same, state, values

STROKES = [[(0.35, 0.2), (0.3, 0.5), (0.7, 0.5)], [(0.65, 0.15), (0.62, 0.85)]]


@pytest.fixture(scope="module")
def stored():
    [config] = store.numbers("03").values()
    return config


@pytest.fixture(scope="module")
def nets(stored):
    return [(network(each["encoder"]), network(each["decoder"]), each["codes"]) for each in stored["models"]]


def agrees(shown: dict, nets, moved: bool = False) -> None:
    """All that is shown follows from the image, and from the place that was dragged to."""
    x = torch.tensor(shown["x"])
    (f, g, _), (f_many, g_many, _) = nets
    same(shown["own"], f(x))
    same(shown["z_many"], f_many(x), 1e-5)  # numbers of the size of 10
    assert moved != (shown["z"] == shown["own"])
    x_hats = g(torch.tensor(shown["z"])), g_many(torch.tensor(shown["z_many"]))
    for found, x_hat, error in zip(shown["x_hat"], x_hats, shown["errors"], strict=True):
        same(found, x_hat)
        assert error == pytest.approx(float((x_hat - x).square().sum()), abs=1e-3)
    for found, z, (*_, codes) in zip(shown["near"], (shown["z"], shown["z_many"]), nets, strict=True):
        away = (values(codes).view(-1, len(z)) - torch.tensor(z)).norm(dim=1)
        same(away[found].tolist(), away.topk(8, largest=False).values)


def test_it_starts_with_a_test_digit_and_the_menu_takes_another(awake, stored, nets):
    host, ten = awake("03"), values(stored["images"]).view(10, 784)
    same(state(host)["x"], ten[stored["first"]])
    agrees(state(host), nets)
    host.get_by_label("a test digit").select_option("7")
    same(state(host)["x"], ten[7])
    agrees(state(host), nets)


def test_what_is_drawn_is_fitted_and_both_networks_answer(tab, awake, nets):
    host = awake("03")
    board, before = host.get_by_role("img", name="draw a digit here"), state(host)["x"]
    for stroke in STROKES:
        drag(tab, board, stroke)
    shown = state(host)
    x = torch.tensor(shown["x"]).view(28, 28)
    rows, columns = x.sum(1), x.sum(0)
    middles = [float((each * torch.arange(28)).sum() / each.sum()) for each in (rows, columns)]
    assert middles == pytest.approx([14, 14], abs=0.1) and int((rows > 0.05).sum()) in (20, 21, 22)
    assert shown["x"] != before and host.get_by_label("a test digit").input_value() == ""
    agrees(shown, nets)
    host.get_by_role("button", name="undo").click()
    one = state(host)
    assert one["x"] not in (before, shown["x"])
    small = [[(a / 3 + 0.1, b / 3 + 0.5) for a, b in stroke] for stroke in STROKES]
    host.get_by_role("button", name="erase").click()
    for stroke in small:  # a third of the size, in a corner: the same for the networks, up to the dots of the screen
        drag(tab, board, stroke)
    assert float((torch.tensor(state(host)["x"]) - torch.tensor(shown["x"])).square().sum()) < 3


def test_the_dot_is_dragged_and_walked_by_keys_and_goes_home(tab, awake, nets):
    host = awake("03")
    plane = host.get_by_role("application")
    drag(tab, plane, [(0.5, 0.5), (0.3, 0.3)])
    dragged = state(host)
    agrees(dragged, nets, moved=True)
    tab.keyboard.press("ArrowRight")
    walked = state(host)
    assert walked["z"] == pytest.approx([dragged["z"][0] + 0.04, dragged["z"][1]], abs=0.011)
    host.get_by_label("z₂").press("ArrowUp")
    assert state(host)["z"] == pytest.approx([walked["z"][0], walked["z"][1] + 0.01], abs=1e-6)
    agrees(state(host), nets, moved=True)
    host.get_by_role("button", name="back").click()
    agrees(state(host), nets)
    host.get_by_label("decoded places").check()
    assert plane.locator("image").count() == 1
    host.get_by_label("training digits").check()
    assert plane.locator("image").count() == 0


def test_it_fits_and_has_names(tab, awake):
    host = awake("03")
    named(host)
    fits(tab, host, 1280, 560)
    fits(tab, host, 390, 1300)
    phone(tab, awake, "03")
