"""A page of a real browser, and a lesson's explorer in it: no JupyterLab, no kernel, no network."""

import pytest

from course_lib.live import page, store
from tests.needs import CHROMIUM

STILL = '<img alt="the figure that stands in" src="data:,">'
PAGE = '<!doctype html><html lang="en"><head><title>An explorer</title><meta name="color-scheme" content="light dark">'
PAGE += '</head><body style="margin: 8px">{}</body></html>'


@pytest.fixture(scope="module")
def chromium():
    """A browser without a window, for one file of tests: two at a time can't be driven from one thread."""
    sync_api = pytest.importorskip("playwright.sync_api", exc_type=ImportError)
    if CHROMIUM is None:
        pytest.skip("no Chromium here (COURSE_CHROMIUM can say where it is)")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """A page that notes its errors and its requests in `faults`; a test that leaves some there fails."""
    tab = chromium.new_context(viewport={"width": 1280, "height": 720}, has_touch=True).new_page()
    tab.set_default_timeout(10_000)
    tab.faults = []
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.on("console", lambda said: said.type == "error" and tab.faults.append(said.text))
    tab.on("request", lambda asked: asked.url.startswith(("data:", "blob:")) or tab.faults.append(asked.url))
    yield tab
    tab.context.close()
    assert tab.faults == [], "the page has errors, or asked the network"


@pytest.fixture
def awake(tab):
    """awake("03"): that lesson's explorer with its stored numbers, alive in the tab; its host element comes back.

    `changes` are put over the stored numbers; `cell` is needed where a lesson has more than one explorer.
    """

    def wake(lesson: str, cell: str | None = None, **changes):
        stored = store.numbers(lesson)
        config = stored[cell] if cell else next(iter(stored.values()))
        tab.set_content(PAGE.format(page.html(config | changes, STILL)))
        host = tab.locator("[data-live]")
        tab.wait_for_function("document.querySelector('[data-live]').state")
        return host

    return wake
