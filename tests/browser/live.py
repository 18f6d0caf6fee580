"""What all explorers' tests ask of a page."""

import base64
import re

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.widgets.pack import NAMES

CONTROLS = "input, select, button, textarea, canvas, svg, img, [role=application], [tabindex]"
HIDDEN = "(e) => e.closest('[aria-hidden]') || e.parentElement.closest('[role=img]')"  # a picture's parts
FRAMES = "(host) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(host.state))))"


def state(host) -> dict:
    """The numbers that the explorer shows, once what was done to it is drawn."""
    return host.evaluate(FRAMES)


def drag(tab, target, ways: list[tuple[float, float]]) -> None:
    """Press at the first place on the target, (0, 0) to (1, 1) of its box, and pull through the others."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    spots = [(box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in ways]
    tab.mouse.move(*spots[0])
    tab.mouse.down()
    for spot in spots[1:]:
        tab.mouse.move(*spot, steps=4)
    tab.mouse.up()


CUT = """(host) => [...host.shadowRoot.querySelectorAll('svg text[text-anchor=end]')]
  .filter((text) => text.getBoundingClientRect().left < text.ownerSVGElement.getBoundingClientRect().left - 1)
  .map((text) => text.textContent)"""


def fits(tab, host, width: int, height: int) -> None:
    """Nothing is wider than the page, and the explorer no higher than it is asked to be."""
    tab.set_viewport_size({"width": width, "height": height})
    state(host)
    wide = tab.evaluate("document.documentElement.scrollWidth")
    high = host.bounding_box()["height"]
    assert wide <= width and high <= height, f"{wide} x {high:.0f} pixels in {width} x {height}"
    assert host.evaluate(CUT) == [], "labels that stand out of their picture"


def phone(tab, awake, *which: str) -> None:
    """Woken on a phone, the explorer stands in one screen: what is moved, and what answers."""
    tab.set_viewport_size({"width": 390, "height": 844})
    fits(tab, awake(*which), 390, 844)


def named(host) -> None:
    """Each control and each picture has a name for those who don't see it, and one place speaks of changes."""
    from playwright.sync_api import expect

    found = host.locator(CONTROLS)
    shown = [each for each in found.all() if each.is_visible() and not each.evaluate(HIDDEN)]
    assert shown
    for each in shown:
        expect(each).to_have_accessible_name(re.compile(r"\S"))
    assert host.locator("[role=status]").count() == 1


def network(packed: dict) -> nn.Sequential:
    """PyTorch's network of what pack() wrote: the same rounded weights as the page's."""
    raw, at, steps = base64.b64decode(packed["data"]), 0, []
    kinds = {name: kind for kind, name in NAMES.items()}

    def take(count: int, kind: str) -> Tensor:
        nonlocal at
        found = np.frombuffer(raw, kind, count, at)
        at += found.nbytes
        return torch.from_numpy(found.astype("<f4"))

    for inputs, outputs, activation in packed["layers"]:
        layer, scale = nn.Linear(inputs, outputs), take(outputs, "<f4")
        layer.bias.data = take(outputs, "<f4")
        layer.weight.data = take(inputs * outputs, "i1").view(outputs, inputs) * scale[:, None]
        steps += [layer, kinds[activation]()]
    return nn.Sequential(*steps).requires_grad_(False)


def values(stored: dict | str) -> Tensor:
    """The numbers that grid() or floats() wrote, as the page reads them."""
    if isinstance(stored, str):
        return torch.from_numpy(np.frombuffer(base64.b64decode(stored), "<f4").copy())
    share = np.frombuffer(base64.b64decode(stored["data"]), "u1").astype("f8") / 255
    return torch.from_numpy(stored["low"] + share * (stored["high"] - stored["low"])).float()


def same(found: object, expected: Tensor, atol: float = 5e-6) -> None:
    """The page's numbers are PyTorch's."""
    expected = expected.detach().float()
    torch.testing.assert_close(torch.tensor(found).float().view_as(expected), expected, atol=atol, rtol=0)
