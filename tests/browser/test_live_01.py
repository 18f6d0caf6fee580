"""The turned line: dragged on either side, walked by keys, and down the loss surface, against PyTorch."""

import math

import pytest
import torch

from course_lib.live import store

from .live import drag, fits, named, phone, same, state, values


@pytest.fixture(scope="module")
def points():
    [config] = store.numbers("01").values()
    return values(config["points"]).view(-1, 2)


def agrees(shown: dict, x: torch.Tensor) -> None:
    """Projections, error and gradient are PyTorch's at this w."""
    w = torch.tensor(shown["w"], dtype=torch.double, requires_grad=True)
    x_hat = (x.double() @ w)[:, None] * w
    loss = (x_hat - x).square().sum(1).mean()
    loss.backward()
    same(shown["x_hat"], x_hat)
    same(shown["error"], loss)
    same(shown["gradient"], w.grad)


def test_w_is_dragged_among_the_points_at_length_one(tab, awake, points):
    host = awake("01")
    agrees(state(host), points)
    left = host.get_by_role("application").first
    drag(tab, left, [(0.6, 0.4), (0.5, 0.2)])
    shown = state(host)
    agrees(shown, points)
    assert shown["unit"] and math.hypot(*shown["w"]) == pytest.approx(1) and shown["w"][1] > 0.9
    left.press("ArrowRight")
    walked = state(host)
    assert walked["w"][0] > shown["w"][0] and math.hypot(*walked["w"]) == pytest.approx(1)
    host.get_by_label("angle of w").fill("-30")
    assert state(host)["w"] == pytest.approx([math.cos(math.pi / 6), -0.5])
    agrees(state(host), points)


def test_w_is_dragged_on_the_surface_at_any_length(tab, awake, points):
    host = awake("01")
    host.get_by_label("free").check()
    drag(tab, host.get_by_role("application").last, [(0.5, 0.5), (0.55, 0.6)])
    shown = state(host)
    agrees(shown, points)
    assert not shown["unit"] and 0 < math.hypot(*shown["w"]) < 0.9
    host.get_by_label("1", exact=True).check()
    assert state(host)["unit"]
    host.get_by_label("length", exact=False).and_(host.locator("input[type=range]")).last.fill("0.5")
    assert math.hypot(*state(host)["w"]) == pytest.approx(0.5)
    assert host.get_by_label("free").is_checked()


def test_it_walks_down_as_the_lesson_does_and_ends_in_a_hollow(awake, points):
    host = awake("01")
    host.get_by_role("button", name="start beside the top").click()
    w = torch.tensor([-0.05, 0.3], dtype=torch.double)
    same(state(host)["w"], w)
    for _ in range(3):
        host.get_by_role("button", name="one step").click()
        w.requires_grad_()
        loss = ((points.double() @ w)[:, None] * w - points).square().sum(1).mean()
        w = w.detach() - 0.05 * torch.autograd.grad(loss, w)[0]
    shown = state(host)
    assert shown["steps"] == 3
    same(shown["w"], w)
    host.get_by_role("button", name="descend").click()
    host.get_by_role("button", name="descend").wait_for()  # it said "stop" meanwhile
    component = torch.linalg.eigh(points.T @ points).eigenvectors[:, -1]
    assert abs(float(torch.tensor(state(host)["w"]) @ component)) == pytest.approx(1, abs=1e-3)
    assert state(host)["unit"] and state(host)["steps"] > 20


def test_it_fits_and_has_names(tab, awake):
    host = awake("01")
    named(host)
    fits(tab, host, 1280, 500)
    fits(tab, host, 390, 1200)
    phone(tab, awake, "01")
