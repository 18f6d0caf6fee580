"""The website in a real browser: every page asks nothing of the network, shuts no reader out, and leads somewhere."""

import functools
import importlib.resources
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from course_lib.commands.site import build, main, source
from course_lib.ground import ROOT
from course_lib.live import store

LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("0[1-9]*.ipynb"))
PAGES = ["index", *LESSONS, "glossary", "scoreboard", "instructors", "imprint", "search", "guide/README", "guide/03"]
CODE = "[...document.querySelectorAll('pre:has(.line)')]"
CUT = f"{CODE}.filter((code) => code.scrollWidth > code.clientWidth + 1).map((code) => code.textContent)"
AXE = "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The website, built from the stored lessons, and what the build warned about."""
    folder = tmp_path_factory.mktemp("site")
    source.write(folder / "pages")
    warned = build.build(folder / "pages", folder / "site", folder / "trees")
    assert warned == []
    return folder / "site"


@functools.cache
def axe() -> str:
    """axe-core, as its package brings it."""
    package = pytest.importorskip("axe_playwright_python")
    return (importlib.resources.files(package) / "axe.min.js").read_text("utf-8")


@pytest.fixture
def visit(chromium, site):
    """visit(page, dark=..., width=...): the page, opened; outside requests and errors of its scripts fail the test."""
    faults, contexts = [], []

    def go(name: str, dark: bool = False, width: int = 1280):
        size = {"width": width, "height": 720}
        context = chromium.new_context(viewport=size, color_scheme="dark" if dark else "light")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith("http") and faults.append(asked.url))
        page.goto((site / f"{name}.html").as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert faults == [], "the page has errors, or asks the network"


def serious(page) -> list[str]:
    """What axe finds that is serious or critical, a line each."""
    page.evaluate(axe())
    return [
        f"{fault['id']}: {node['target']} {node['html'][:120]}"
        for fault in page.evaluate(AXE)
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shuts_nobody_out_and_asks_nothing(visit, name):
    page = visit(name)
    assert serious(page) == []
    if name in LESSONS:
        lives(page, name)
    assert page.evaluate(CUT) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "wider than a phone"


def sizes(page) -> list[list]:
    """Kind, right edge and height of each explorer."""
    size = "(e) => [e.dataset.kind, e.getBoundingClientRect().right, e.getBoundingClientRect().height]"
    return page.evaluate(f"[...document.querySelectorAll('[data-live]:not([data-kind=ask])')].map({size})")


def lives(page, name: str) -> None:
    """A lesson's explorers answer, each in one screen, and its figures' findings have arrived."""
    for config in store.numbers(store.lesson(Path(name))).values():
        page.wait_for_function(f"document.querySelector('[data-live][data-kind={config['kind']}]').state")
    light = sizes(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert sizes(page) == light, "the dark theme takes room away"
    page.emulate_media(color_scheme="light")
    assert all(high < 640 and right < 1266 for _, right, high in light), "more than a screen"
    book = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", []) if "data" in output]
    said = [output.data["text/plain"][9:] for output in outputs if output.data["text/plain"].startswith("[figure] ")]
    shown = page.evaluate("[...document.querySelectorAll('img')].map((image) => image.alt)")
    assert said and set(said) <= set(shown), "a finding is lost on the way"
    assert page.locator(".math, mjx-container, script[src*=mathjax]").count() == 0, "no script for formulas"


@pytest.mark.parametrize("name", ["index", LESSONS[2], LESSONS[-1]])
def test_in_the_dark_as_well(visit, name):
    assert serious(visit(name, dark=True)) == []


def test_the_first_page_draws(visit):
    page = visit("index")
    page.wait_for_function("document.querySelector('[data-live]').state")
    assert page.get_by_role("link", name="Lesson 1", exact=True).get_attribute("href") == f"{LESSONS[0]}.html"


def test_what_came_is_folded_until_it_is_opened(visit):
    page = visit(LESSONS[2])
    came = page.locator("details:has(> summary:text('What came when this was run'))").first
    assert not came.locator("img, pre").first.is_visible()
    came.locator("summary").press("Enter")
    assert came.locator("img, pre").first.is_visible()


def test_terms_are_written_as_names_and_their_anchors_stay(site):
    text = (site / "glossary.html").read_text("utf-8")
    for anchor, term in {"elbo": "ELBO", "logistic-pca": "logistic PCA", "t-sne": "t-SNE", "adam": "Adam"}.items():
        assert re.search(rf'<section id="{anchor}">\s*<h3>{term}<', text), term


class Links(HTMLParser):
    """The ids and the links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag: str, about: list) -> None:
        about = dict(about)
        self.ids |= {about.get("id"), about.get("name")}
        self.links += [about["href"]] if tag == "a" and about.get("href") else []


def test_every_link_leads_somewhere(site):
    pages = {file: Links(re.sub(r"<script.*?</script>", "", file.read_text("utf-8"), flags=re.DOTALL))
             for file in site.rglob("*.html")}  # fmt: skip
    dead = []
    for file, page in pages.items():
        for link in page.links:
            target, _, anchor = unquote(link).partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            there = (file.parent / target).resolve() if target else file
            if not there.is_file() or anchor and there in pages and anchor not in pages[there].ids:
                dead.append(f"{file.relative_to(site)}: {link}")
    assert dead == []
    assert len(pages) > len(PAGES)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path, monkeypatch, capsys):
    import course_lib.commands.site as command

    monkeypatch.setattr(command, "environment", lambda *groups: "")
    monkeypatch.setattr(command, "go_on", lambda *about: None)
    (tmp_path / "thesis.tex").write_text("years of work")
    options = type("Options", (), {"out": tmp_path, "argv": ["site"]})
    assert main(options) == 1
    assert "something else than a website" in capsys.readouterr().err
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
