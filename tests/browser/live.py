"""What all explorers' tests ask of a page."""

import re

CONTROLS = "input, select, button, textarea, canvas, svg, img, [role=application], [tabindex]"
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


def fits(tab, host, width: int, height: int) -> None:
    """Nothing is wider than the page, and the explorer no higher than it is asked to be."""
    tab.set_viewport_size({"width": width, "height": height})
    state(host)
    wide = tab.evaluate("document.documentElement.scrollWidth")
    high = host.bounding_box()["height"]
    assert wide <= width and high <= height, f"{wide} x {high:.0f} pixels in {width} x {height}"


def named(host) -> None:
    """Each control and each picture has a name for those who don't see it, and one place speaks of changes."""
    from playwright.sync_api import expect

    found = host.locator(CONTROLS)
    shown = [each for each in found.all() if each.is_visible() and not each.evaluate("e => e.closest('[aria-hidden]')")]
    assert shown
    for each in shown:
        expect(each).to_have_accessible_name(re.compile(r"\S"))
    assert host.locator("[role=status]").count() == 1
