"""Figures and an explorer in a real JupyterLab in a real Chromium: their words, their size, keys and pointer.

Skipped where there is no Chromium (install it, or say in COURSE_CHROMIUM where it is). With a folder in
COURSE_SHOTS, screenshots are left there.
"""

import json
import math
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib import plotting
from course_lib.ground import ROOT
from tests.needs import CHROMIUM

from .live import drag, state

sync_api = pytest.importorskip("playwright.sync_api", exc_type=ImportError)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (COURSE_CHROMIUM can say where it is)"),
    pytest.mark.skipif(os.name == "nt", reason="JupyterLab is ended by its process group"),
]

SETTINGS = {  # no pop-up about news, all cells in the page, nothing saved behind our back
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
    "docmanager-extension/plugin": {"autosave": False},
}
IMPORTS = """
import torch
from course_lib import plotting
from course_lib.widgets import turned_line
"""
FIGURE = 'plotting.show_curves({"a & b": [3.0, 2.0, 1.0]})'
EXPLORE = """
x = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
turned_line(x - x.mean(0), plotting.show_curves({"instead": [1.0, 2.0]}))
"""
FIGURE_AT, EXPLORE_AT = 2, 3
READY = """() => {
    const k = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    const connected = k?.session?.kernel?.connectionStatus === 'connected';
    return k?.isReady && connected && k.kernelDisplayStatus === 'idle';
}"""
OUTSIDE = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab, with nobody's settings, on a folder with one small notebook."""
    folder = tmp_path_factory.mktemp("lab")
    for name, value in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    (folder / "work").mkdir()
    code = [IMPORTS, FIGURE, EXPLORE, 'print("ALL CELLS" + " DONE")']
    book = new_notebook(cells=[new_markdown_cell("# Explorers"), *map(new_code_cell, code)])
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, folder / "work" / "explorers.ipynb")
    data = plotting.show_curves({"a & b": [3.0, 2.0, 1.0]})._repr_mimebundle_()
    output = new_output("execute_result", data, execution_count=1)
    stored = new_notebook(cells=[new_code_cell(FIGURE, outputs=[output], execution_count=1)], metadata=book.metadata)
    nbformat.write(stored, folder / "work" / "stored.ipynb")
    token = secrets.token_hex(16)
    env = dict(os.environ, PYTHONPATH=str(ROOT), JUPYTER_TOKEN=token, JUPYTER_PREFER_ENV_PATH="1")
    env |= {f"JUPYTER_{what}_DIR": str(folder / what.lower()) for what in ("CONFIG", "RUNTIME", "DATA")}
    env |= {f"JUPYTERLAB_{what}_DIR": str(folder / what.lower()) for what in ("SETTINGS", "WORKSPACES")}
    env |= {"IPYTHONDIR": str(folder / "ipython"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    for variable in ("COURSE_HEADLESS", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "MPLBACKEND"):
        env.pop(variable, None)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    command += ["--ip=127.0.0.1", "--port=0", f"--ServerApp.root_dir={folder / 'work'}"]
    with open(folder / "lab.log", "wb") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=env, cwd=folder, start_new_session=True
        )
        try:
            url = address(folder / "runtime", server, token)
            assert url, "JupyterLab did not start:\n" + (folder / "lab.log").read_text()[-3000:]
            yield f"{url}lab/workspaces/{secrets.token_hex(4)}/tree/explorers.ipynb?token={token}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def address(folder: Path, server: subprocess.Popen, token: str) -> str:
    """Where the server answers (it chose the port itself and wrote it down), or '' after a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        for file in folder.glob("jpserver-*.json"):
            try:
                url = json.loads(file.read_text())["url"]
                urlopen(f"{url}api/status?token={token}", timeout=5).read()
                return url
            except (OSError, ValueError):
                pass
        time.sleep(0.2)
    return ""


@pytest.fixture(scope="module")
def page(lab):
    """The notebook, opened and run from the menu; it notes what goes wrong in it and what it asks for."""
    with sync_api.sync_playwright() as play:
        options = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
        options += ["--disable-background-networking", "--disable-component-update"]
        try:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=options)
        except sync_api.Error as error:
            pytest.skip(f"{CHROMIUM} does not start: {str(error).splitlines()[0]}")
        page = browser.new_context(viewport={"width": 1280, "height": 1100}).new_page()
        page.set_default_timeout(30_000)
        page.faults, page.outside = [], []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("request", lambda it: it.url.startswith(OUTSIDE) or page.outside.append(it.url))
        page.goto(lab)
        run_all(page)
        yield page
        browser.close()


def run_all(page) -> None:
    """Run all cells from the menu, once the kernel really listens, and wait for the last cell's line."""
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    idle.wait_for()
    page.wait_for_function(READY)
    kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
    page.evaluate(f"{kernel}.info.then(() => true)")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    done = page.locator(".jp-OutputArea-output", has_text="ALL CELLS DONE")
    try:
        done.wait_for(timeout=60_000)
    except Exception:
        said = page.locator(".jp-OutputArea-output").all_inner_texts()
        pytest.fail(f"the notebook did not run to its end; page errors: {page.faults}; outputs: {said}")
    idle.wait_for()


def cell(page, position: int):
    """A cell of the notebook, scrolled into view."""
    found = page.locator(".jp-Notebook .jp-Cell").nth(position)
    found.scroll_into_view_if_needed()
    return found


def picture(image) -> tuple[str, str]:
    """What an image shows, and what it says it shows."""
    image.wait_for()
    return image.get_attribute("src"), image.get_attribute("alt")


def shot(page, name: str) -> None:
    """Leave a screenshot, where a folder for it is given."""
    if os.environ.get("COURSE_SHOTS"):
        page.screenshot(path=Path(os.environ["COURSE_SHOTS"]) / f"{name}.png")


def sized(image) -> tuple[int, int, int]:
    """How wide an image is on the page, how wide it was asked to be, and how many dots wide it is."""
    width = image.evaluate("image => [image.width, Number(image.getAttribute('width')), image.naturalWidth]")
    return tuple(width)


SAYS = "squared error against epoch, one line each: a & b."


def test_a_figure_is_shown_at_its_size_with_its_text_alternative(page):
    image = cell(page, FIGURE_AT).locator(".jp-OutputArea-output img")
    source, alt = picture(image)
    shot(page, "figure")
    assert source.startswith("data:image/png") and alt == SAYS
    shown, asked, dots = sized(image)
    assert shown == asked and dots == pytest.approx(2 * asked, abs=2)  # sharp on a projector


def test_a_stored_figure_is_shown_and_says_the_same_before_anybody_trusts_the_notebook(page, lab):
    other = page.context.new_page()
    other.goto(lab.replace("explorers.ipynb", "stored.ipynb").replace("/workspaces/", "/workspaces/other"))
    image = other.locator(".jp-OutputArea-output img")
    source, alt = picture(image)
    shot(other, "stored")
    shown, asked, dots = sized(image)
    trusted = other.evaluate("() => [...window.jupyterapp.shell.currentWidget.content.model.cells].map(c => c.trusted)")
    other.close()
    assert trusted == [False]
    assert source.startswith("data:image/png") and alt == SAYS
    assert shown == asked and dots == pytest.approx(2 * asked, abs=2)


def test_an_explorer_answers_keys_and_the_pointer_and_keeps_them_from_the_notebook(page):
    here = cell(page, EXPLORE_AT)
    host = here.locator("[data-live]")
    shot(page, "explorer_before")
    host.get_by_label("angle of w").press("ArrowLeft")
    assert state(host)["w"][0] == pytest.approx(math.cos(math.radians(59)))
    drag(page, host.get_by_role("application").first, [(0.6, 0.4), (0.7, 0.45)])
    dragged = state(host)
    assert dragged["w"][0] > 0.9 and page.locator(".jp-Notebook.jp-mod-commandMode").count() == 1
    for _ in range(2):  # twice "d" deletes a cell in the notebook
        page.keyboard.press("d")
    assert cell(page, EXPLORE_AT).locator("[data-live]").count() == 1 and state(host) == dragged
    shot(page, "explorer_after")


def test_nothing_went_wrong_and_nothing_was_asked_of_the_network(page):
    errors = page.locator('[data-mime-type="application/vnd.jupyter.stderr"], [data-mime-type*="error"]')
    assert errors.all_inner_texts() == [] and page.faults == [] and page.outside == []
