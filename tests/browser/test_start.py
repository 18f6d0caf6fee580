"""The first minute, by the command itself: start page, a lesson alive before anything is run, and what is left there.

A reader answers a question, writes half an answer, and JupyterLab ends; opened again, all is as it was.
"""

import hashlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from course_lib.books.shelf import BOOKS, START
from course_lib.ground import ROOT
from tests.browser.test_browser import OUTSIDE, READY, address
from tests.needs import CHROMIUM

sync_api = pytest.importorskip("playwright.sync_api", exc_type=ImportError)
expect = sync_api.expect
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (COURSE_CHROMIUM can say where it is)"),
    pytest.mark.skipif(os.name == "nt", reason="JupyterLab is ended by its process group"),
]
TOKEN = secrets.token_hex(16)
LESSON = "08_sequences"
NOTEBOOK = "window.jupyterapp.shell.currentWidget"
EXPLORERS = "[data-live]:not([data-kind=ask], [data-kind=progress])"
HALF = "def half_an_answer(x):\n    return x  # to be continued"


@contextmanager
def course(folder, port=0):
    """The course, opened by the command with nobody's settings; its address. It is killed at the end."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "COURSE_HEADLESS"))}
    env |= {"PYTHONPATH": str(ROOT), "HOME": str(folder), "COURSE_WORK": str(folder / "work"), "JUPYTER_TOKEN": TOKEN}
    env |= {"JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    command = [sys.executable, "-m", "course_lib", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    with open(folder / "said", "ab") as said:
        lab = subprocess.Popen(
            [*command, "--expose-app-in-browser"], cwd=ROOT, env=env, stdout=said, stderr=said, start_new_session=True
        )
        try:
            url = address(folder / "runtime", lab, TOKEN)
            assert url, "JupyterLab did not start:\n" + (folder / "said").read_text()[-3000:]
            yield url
        finally:
            os.killpg(lab.pid, signal.SIGKILL)
            lab.wait()
            for file in (folder / "runtime").glob("jpserver-*"):
                file.unlink()


def opened(chromium, url, state=None):
    """A window of a reader, who has been there before where there is a state."""
    page = chromium.new_context(viewport={"width": 1280, "height": 720}, storage_state=state).new_page()
    page.set_default_timeout(40_000)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith(OUTSIDE) or page.faults.append(asked.url))
    page.goto(f"{url}?token={TOKEN}")
    page.wait_for_function(READY)
    return page


def current(page, name):
    """Wait until the notebook of this name is in front and its kernel listens."""
    page.wait_for_function(f"name => {NOTEBOOK}?.context?.path === name", arg=name)
    page.wait_for_function(READY)


def cell(page, id):
    """A cell of the notebook in front, in view."""
    cells = page.evaluate(f"() => [...{NOTEBOOK}.content.model.cells].map(cell => cell.id)")
    found = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").nth(cells.index(id))
    found.scroll_into_view_if_needed()
    return found


def tagged(tag):
    """The id of the lesson's first cell with this tag."""
    cells = json.loads((BOOKS / f"{LESSON}.ipynb").read_text("utf-8"))["cells"]
    return next(cell["id"] for cell in cells if tag in cell["metadata"].get("tags", []))


def fingerprints():
    """All files of notebooks/, hashed."""
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in BOOKS.rglob("*") if file.is_file()}


def test_the_first_minute_and_the_next_day(chromium, tmp_path):
    before = fingerprints()
    with course(tmp_path) as url:
        page = opened(chromium, url)
        current(page, START)
        seen = page.locator(".jp-NotebookPanel")
        expect(seen.get_by_role("heading", name="Autoencoders: start here")).to_be_visible()
        page.wait_for_function("() => document.querySelector('[data-kind=progress]')?.state?.run === 0")
        assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0, "a pop-up"
        picture = seen.get_by_role("img", name="Map of the course")
        assert picture.evaluate("image => image.naturalWidth > 500 && image.width > 500")
        text = seen.locator(".jp-MarkdownOutput > p").first
        assert text.evaluate("p => p.getBoundingClientRect().width / parseFloat(getComputedStyle(p).fontSize)") < 50
        page.get_by_role("tab", name="Table of Contents").click()
        expect(page.locator(".jp-TableOfContents").get_by_text("How far you are")).to_be_visible()
        page.get_by_role("tab", name="File Browser").click()
        files = page.locator(".jp-DirListing-itemText").all_inner_texts()
        assert sorted(files) == sorted([*(path.name for path in BOOKS.glob("*.ipynb")), "glossary.md"])

        seen.get_by_role("link", name="08 Sequences").click()
        current(page, f"{LESSON}.ipynb")
        page.wait_for_function(f"() => [...document.querySelectorAll({EXPLORERS!r})].some(it => it.state)")
        page.locator("[data-kind=ask] .choices button").first.click()
        expect(page.get_by_text("You said A.").first).to_be_visible()
        stub = cell(page, tagged("exercise"))
        stub.locator(".cm-content").click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(HALF)
        cell(page, tagged("setup")).locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_function(
            f"id => [...{NOTEBOOK}.content.model.cells].find(it => it.id === id).executionCount === 1",
            arg=tagged("setup"),
        )
        page.wait_for_function(f"() => !{NOTEBOOK}.context.model.dirty")  # it saves by itself, within seconds
        page.wait_for_timeout(1500)  # and remembers what is open
        assert page.faults == []
        state = page.context.storage_state()
        page.context.close()
    assert fingerprints() == before, "the course's own notebooks were changed"

    with course(tmp_path, port=url.split(":")[2].strip("/")) as again:
        page = opened(chromium, again, state)
        current(page, f"{LESSON}.ipynb")
        source = f"id => [...{NOTEBOOK}.content.model.cells].find(it => it.id === id).sharedModel.source"
        assert page.evaluate(source, tagged("exercise")) == HALF
        expect(cell(page, tagged("exercise")).locator(".cm-content")).to_have_text(re.compile("to be continued"))
        expect(cell(page, tagged("setup")).locator(".jp-OutputArea-output")).to_have_text(re.compile("PyTorch"))
        expect(page.get_by_text("You said A.")).to_have_count(1)
        page.get_by_role("tab", name=START).click()
        page.wait_for_function("() => document.querySelector('[data-kind=progress]')?.state?.run === 1")
        told = page.evaluate("() => document.querySelector('[data-kind=progress]').state")
        assert told == {"run": 1, "solved": 0, "answered": 1} and page.faults == []
        page.context.close()
    assert "course: " in (tmp_path / "said").read_text() and fingerprints() == before
    left = [file.name for file in (tmp_path / ".jupyter").rglob("*")]
    assert left in ([], ["migrated"]), "settings were written into the home"  # that one is Jupyter's own mark
