"""The torn circle: dragged, walked, enlarged, wound back, against PyTorch on the same rounded weights."""

import math

import pytest
import torch

from course_lib.live import store

from .live import drag, fits, named, network, phone, same, state


@pytest.fixture(scope="module")
def films():
    [config] = store.numbers("02").values()
    return [
        {each["step"]: (network(each["encoder"]), network(each["decoder"])) for each in film["frames"]}
        for film in config["films"]
    ]


def circle(angles: torch.Tensor) -> torch.Tensor:
    return torch.stack([angles.sin(), angles.cos()], dim=-1)


def agrees(shown: dict, film: dict) -> None:
    """The point, its code, what comes back and the inputs that share the code are the network's of this step."""
    f, g = film[shown["steps"]]
    x = circle(torch.tensor(shown["t"], dtype=torch.double)).float()
    same(shown["x"], x)
    same(shown["z"], f(x))
    same(shown["x_hat"], g(torch.tensor(shown["z"])))
    assert shown["error"] == pytest.approx(float((g(f(x)) - x).square().sum()), abs=1e-4)
    rings = f(circle(torch.tensor(shown["same"], dtype=torch.double)).float())
    assert (rings - torch.tensor(shown["z"])).abs().max() < 1e-3 if shown["same"] else len(shown["z"]) == 2
    dense = circle(torch.linspace(-math.pi, math.pi, 20_001))
    worst = (g(f(dense)) - dense).square().sum(1).max()
    assert float(worst) - 1e-3 <= shown["worst"] < 5


def test_the_point_is_dragged_round_the_circle_and_its_rings_share_its_code(tab, awake, films):
    host = awake("02")
    plane = host.get_by_role("application").first
    agrees(state(host), films[0])
    drag(tab, plane, [(0.5, 0.2), (0.8, 0.45)])
    dragged = state(host)
    agrees(dragged, films[0])
    assert dragged["x"][0] > 0.9 and len(dragged["same"]) >= 2
    host.get_by_label("angle t").fill("120")
    assert state(host)["t"] == pytest.approx(2 * math.pi / 3)
    agrees(state(host), films[0])


def test_the_tear_is_found_enlarged_and_walked_through_by_keys(awake, films):
    host = awake("02")
    host.get_by_role("button", name="go to the worst place").click()
    there = state(host)
    assert there["t"] == there["torn"] and there["error"] == pytest.approx(there["worst"]) and there["worst"] > 3
    host.get_by_label("zoom").fill("10")
    assert state(host)["window"] == pytest.approx(2 * math.pi / 100)
    host.get_by_label("the squared error").press("ArrowRight")
    walked = state(host)
    assert walked["t"] == pytest.approx(there["t"] + 2 * math.pi / 5000)
    agrees(walked, films[0])


def test_training_is_wound_back_and_the_second_number_heals_the_tear(tab, awake, films):
    host = awake("02")
    training = host.get_by_label("training step")
    means, worst = [], []
    for place, step in enumerate(films[0]):
        training.fill(str(place))
        shown = state(host)
        assert shown["steps"] == step
        means.append(shown["mean"])
        worst.append(shown["worst"])
    agrees(shown, films[0])
    assert min(worst) >= 1 and worst[1] < 1.5 and worst[-1] > 3 and means[-1] < 0.1 * means[1]
    host.get_by_label("2 numbers").check()
    agrees(state(host), films[1])
    assert state(host)["worst"] < 0.01 and state(host)["same"] == []
    host.get_by_role("button", name="play").click()
    assert state(host)["steps"] == 0
    host.get_by_role("button", name="stop").click()
    stopped = state(host)["steps"]
    tab.wait_for_timeout(500)
    assert state(host)["steps"] == stopped


def test_the_worst_place_stays_the_worst_while_training_played(tab, awake):
    host = awake("02")
    host.get_by_role("button", name="play").click()
    tab.wait_for_function("document.querySelector('[data-live]').state.steps >= 20")
    host.get_by_role("button", name="go to the worst place").click()
    tab.wait_for_timeout(500)
    there = state(host)
    assert there["error"] == pytest.approx(there["worst"])
    host.get_by_role("button", name="play").wait_for()


def test_a_finger_scrolls_the_page_by_what_moves_sideways_only(awake):
    planes = awake("02").locator("svg.moved")
    ways = planes.evaluate_all("(all) => all.map((plane) => getComputedStyle(plane).touchAction)")
    assert ways == ["none", "pan-y", "pan-y"]


def test_it_fits_and_has_names(tab, awake):
    host = awake("02")
    named(host)
    fits(tab, host, 1280, 500)
    fits(tab, host, 390, 1300)
    phone(tab, awake, "02")
