"""Each slide of each deck at 1280 x 720, in each state: nothing overflows, is small, or asks the network."""

import re
import subprocess
import sys

import pytest

from course_lib.commands.notebooks import choose
from course_lib.commands.slides import deck, plan
from course_lib.ground import ROOT
from course_lib.live import store
from tests.conftest import variables

LESSONS = [path for path in choose([]) if store.lesson(path) != "00"]

LOOK = """async () => {
    const frame = () => new Promise(requestAnimationFrame), faults = [];
    const inside = (root) => [...root.children].flatMap((e) =>
        e.tagName === "svg" && e.parentNode.role === "img" ? [] : [e, ...inside(e.shadowRoot ?? e)]);
    function look(state) {
        const slide = Reveal.getCurrentSlide(), sheet = slide.querySelector(".sheet");
        const title = `${Reveal.getIndices().h + 1} ${sheet.children[0].textContent}, ${state}: `;
        const say = (what) => faults.push(title + what);
        for (const e of [sheet, ...inside(sheet)]) {
            const box = e.getBoundingClientRect();
            if (!box.width || !box.height || e.closest(".unseen, script, style")) continue;
            if (box.left < -1 || box.top < -1 || box.right > 1281 || box.bottom > 721) say(`${e.tagName} overflows`);
            const own = [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
            const scale = e.getScreenCTM ? e.getScreenCTM().a : e.currentCSSZoom ?? 1;
            const size = parseFloat(getComputedStyle(e).fontSize) * scale;
            if (own && size < 19.9) say(`${size.toFixed(1)} px: ${e.textContent.slice(0, 40)}`);
        }
        if (sheet.scrollHeight > 720 || sheet.scrollWidth > 1280) say("the sheet overflows");
        const shown = slide.querySelector(".shown");
        if (shown && shown.scrollHeight > shown.clientHeight + 1) say("what is shown is clipped");
        for (const image of sheet.querySelectorAll("figure img")) {
            const { width, height } = image.getBoundingClientRect();
            const wide = Math.min(width, (height * image.naturalWidth) / image.naturalHeight);
            if (wide < 940 && height < 530) say(`a figure is ${wide.toFixed()} px wide`);
            if (image.naturalWidth < 700) say("a figure has too few pixels");
            if (!image.alt.trim()) say("a figure has no text alternative");
        }
    }
    for (let n = 0; n < Reveal.getTotalSlides(); n++) {
        Reveal.slide(n, 0, -1);
        await frame(); await frame();
        look("first");
        while (Reveal.availableFragments().next) { Reveal.nextFragment(); look("on key"); }
        const card = Reveal.getCurrentSlide().querySelector(".card > [data-live]")?.shadowRoot;
        for (const asked of card?.querySelectorAll(".asked") ?? [])
            if (!asked.checkVisibility()) faults.push(`${n + 1}: the question isn't seen: ${asked.textContent}`);
        for (const section of card?.querySelectorAll("section") ?? []) {
            const field = section.querySelector("input");
            if (field) field.value = 1;
            section.querySelector(field ? ".plain" : ".choices button").click();
            section.querySelector(".came")?.click();  // a quiz compares at once
        }
        if (card) { await frame(); look("answered"); }
    }
    return faults;
}"""


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """The decks as files, by lesson."""
    folder = tmp_path_factory.mktemp("decks")
    for lesson in LESSONS:
        (folder / f"{store.lesson(lesson)}.html").write_text(deck.build(lesson, plan.read(lesson))[0], "utf-8")
    return folder


@pytest.fixture
def opened(tab, decks):
    """Open a lesson's deck in the tab."""

    def open_deck(name: str, query: str = "") -> None:
        tab.set_default_timeout(30_000)
        address = (decks / f"{name}.html").as_uri()
        tab.goto(address + query)
        tab.wait_for_function("window.Reveal && Reveal.isReady()")
        tab.faults[:] = [
            fault for fault in tab.faults if not fault.startswith(address)
        ]  # the deck itself was asked for

    return open_deck


@pytest.mark.parametrize("name", [store.lesson(path) for path in LESSONS])
def test_each_slide_fits_in_each_of_its_states(tab, opened, name):
    opened(name)
    faults = tab.evaluate(LOOK)
    assert not faults, "\n".join(faults)


def test_the_short_lecture_leaves_slides_out(tab, opened):
    opened("03")
    long = tab.evaluate("Reveal.getTotalSlides()")
    opened("03", "?short")
    kept = sum(slide["short"] > 0 for slide in plan.read(LESSONS[2]))
    assert tab.evaluate("Reveal.getTotalSlides()") == kept + len(plan.polls("03")) < long
    first = next(n for n, slide in enumerate(plan.read(LESSONS[2]), 1) if not slide["short"])
    tab.evaluate(f"Reveal.slide({first - 1})")
    assert tab.locator(".slide-number").inner_text().replace(" ", "").startswith(f"{first + 1}/")
    seconds = "[...document.querySelectorAll('section')].reduce((sum, s) => sum + Number(s.dataset.timing), 0)"
    assert tab.evaluate(seconds) == 60 * plan.LENGTHS["short"]


def slide_of(key: str, lesson) -> int:
    return next(n for n, slide in enumerate(plan.read(lesson)) if key in slide)


def test_a_card_answers_to_the_pointer_and_to_keys_and_the_deck_stays(tab, opened):
    opened("03")
    at = slide_of("ask", LESSONS[2])
    tab.evaluate(f"Reveal.slide({at})")
    card = tab.locator("section.present .card > [data-live] section").first
    said = card.locator("[aria-pressed=true]")
    card.locator(".choices button").nth(1).click()
    assert said.inner_text().startswith("B")
    card.get_by_role("button", name="Ask me again").click()
    tab.keyboard.press("c")
    assert said.inner_text().startswith("C") and tab.evaluate("Reveal.getIndices().h") == at
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("Reveal.getIndices()")["f"] == 0, "after a click on the card the next key goes on"
    opened("03", f"?again#/{at}")
    assert said.count() == 0, "each lecture asks anew"


def test_an_explorer_answers_to_the_pointer_and_to_keys_and_the_deck_stays(tab, opened):
    name, lesson = next(
        ((store.lesson(path), path) for path in LESSONS if store.numbers(store.lesson(path))), (None, None)
    )
    if name is None:
        pytest.skip("no lesson's explorer has its numbers stored")
    opened(name)
    at = slide_of("explorer", lesson)
    tab.evaluate(f"Reveal.slide({at})")
    host = tab.locator("section.present .alive > [data-live]")
    first = host.evaluate("host => JSON.stringify(host.state)")
    control = host.locator("input[type=range]").first
    control.focus()
    tab.keyboard.press("ArrowLeft")
    tab.wait_for_function("([host, first]) => JSON.stringify(host.state) !== first", arg=[host.element_handle(), first])
    second = host.evaluate("host => JSON.stringify(host.state)")
    box = control.bounding_box()
    tab.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    tab.wait_for_function(
        "([host, first]) => JSON.stringify(host.state) !== first", arg=[host.element_handle(), second]
    )
    assert tab.evaluate("Reveal.getIndices().h") == at
    tab.keyboard.press("PageDown")  # what a presenter's remote sends
    assert tab.evaluate("Reveal.getIndices().h") == at + 1
    tab.keyboard.press("PageUp")
    control.focus()
    tab.keyboard.press("Escape")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("Reveal.getIndices().h") == at + 1 and not tab.evaluate("Reveal.isOverview()")


def test_only_what_is_seen_takes_the_focus(tab, opened):
    opened("03")
    at = slide_of("explorer", LESSONS[2])
    tab.evaluate(f"Reveal.slide({at})")
    for _ in range(6):
        tab.keyboard.press("Tab")
        assert tab.evaluate(
            "(document.activeElement.closest('section') ?? Reveal.getCurrentSlide()).matches('.present')"
        )
    tab.evaluate("Reveal.toggleOverview()")
    tab.locator(".slides > section").nth(at + 1).click(force=True)
    assert tab.evaluate("Reveal.getIndices().h") == at + 1


def test_the_presenters_view_has_notes_and_minutes(tab, opened):
    opened("03")
    with tab.expect_popup() as popup:
        tab.keyboard.press("s")
    view = popup.value
    view.wait_for_function("document.querySelector('.speaker-controls-notes')?.innerText.includes('min, from 0')")
    tab.keyboard.press("ArrowRight")
    view.wait_for_function("document.querySelector('.speaker-controls-notes').innerText.includes('from 2 to')")
    view.close()


def test_the_command_makes_a_deck_and_a_pdf_of_all_its_slides(chromium, tmp_path):
    words = [sys.executable, "-m", "course_lib", "slides", "03b", "--pdf", "--out", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, env=variables(None), capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    printed = (tmp_path / "03b_thirty_numbers.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == len(plan.read(LESSONS[3])) + len(plan.polls("03b"))
