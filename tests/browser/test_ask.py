"""The card on which a reader answers, in a real browser: by pointer and keys, kept, compared, and sealed until then."""

import json

import pytest

from course_lib.live import page as pages
from course_lib.live import questions

sync_api = pytest.importorskip("playwright.sync_api", exc_type=ImportError)
expect = sync_api.expect
CHOICE, NUMBER, QUIZ = ("03", "nb03-a04"), ("03", "nb03-a15"), ("03", "nb03-quiz")
PLACE = "http://course.test/"  # answered here: no request leaves
KEY = "autoencoder-course:03:nb03-a04"
HEAD = '<!doctype html><meta name="viewport" content="width=device-width">'


@pytest.fixture
def tab(chromium):
    """A page with a choice, a number and a quiz, in a fresh profile; it notes its faults and its requests."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.markup = HEAD + "".join(questions.bundle(*one)["text/html"] for one in (CHOICE, NUMBER, QUIZ))
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda request: request.url == PLACE or page.faults.append(request.url))
    page.route("**", lambda route: route.fulfill(body=page.markup, content_type="text/html; charset=utf-8"))
    page.goto(PLACE)
    yield page
    context.close()
    assert not page.faults


def card(page, number: int = 0):
    """A card of the page."""
    return page.locator(".card").nth(number)


def choose(here, letter: str):
    """A choice of the card's first question, by its letter."""
    return here.locator(".choices").first.get_by_role("button").nth(questions.LETTERS.index(letter))


def test_a_prediction_is_one_click_compared_later_and_kept(tab):
    here = card(tab)
    choose(here, "B").tap()
    expect(choose(here, "B")).to_have_attribute("aria-pressed", "true")
    expect(here).to_contain_text("You said B. Now run the code below")
    assert "mean image's is" not in here.inner_text() and not here.locator("button.right").count()
    choose(here, "A").tap(force=True)  # an answer isn't changed by a second click
    here.get_by_role("button", name="Compare").tap()
    said = "You said B; it came out C. The error is 53.1"
    expect(here).to_contain_text(said)
    expect(choose(here, "C")).to_contain_text("what came")
    tab.reload()
    expect(here).to_contain_text(said)
    here.get_by_role("button", name="Ask me again").tap()
    expect(here).not_to_contain_text("You said")
    tab.reload()
    expect(here).not_to_contain_text("You said")


def test_keys_answer_and_what_is_said_is_spoken(tab):
    here = card(tab)
    choose(here, "A").focus()
    tab.keyboard.press("c")
    expect(here.get_by_role("button", name="Compare")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(here.get_by_role("button", name="Ask me again")).to_be_focused()
    expect(tab.get_by_role("status").first).to_contain_text("You said C, and so it came out.")
    number = card(tab, 1)
    number.get_by_role("spinbutton", name="How many numbers does PCA need").focus()
    tab.keyboard.type("20")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    expect(number).to_contain_text("You said 20 numbers; it came out 9 numbers: not near.")


def test_a_number_near_what_came_is_near_and_none_is_no_answer(tab):
    here = card(tab, 1)
    here.get_by_role("button", name="This is my guess").tap()
    expect(here).not_to_contain_text("You said")
    here.get_by_role("spinbutton").fill("10.5")
    here.get_by_role("button", name="This is my guess").tap()
    here.get_by_role("button", name="Compare").tap()
    expect(here).to_contain_text("it came out 9 numbers: near.")


def test_a_quiz_gives_the_reason_at_once(tab):
    here, first = card(tab, 2), questions.quiz("03")[0]
    wrong = next(letter for letter in questions.LETTERS if letter != first["right"])
    choose(here, wrong).tap()
    expect(here).to_contain_text(first["choices"][questions.LETTERS.index(wrong)][1])
    expect(here).to_contain_text(f"It is {first['right']}.")


SPOILT = ['{"', "42", '"B"', "null", '[{"said": "Z"}]', '[{"said": "B", "text": "another question\'s"}]', "[7, 8]"]


def test_spoilt_storage_and_a_changed_question_ask_afresh(tab):
    here = card(tab)
    for stored in SPOILT:
        tab.evaluate("([key, value]) => localStorage.setItem(key, value)", [KEY, stored])
        tab.reload()
        expect(choose(here, "B")).to_have_attribute("aria-pressed", "false")
        expect(here).not_to_contain_text("You said")
    choose(here, "B").tap()
    kept = json.loads(tab.evaluate("key => localStorage.getItem(key)", KEY))
    assert kept == [{"said": "B", "text": "between PCA and the mean image", "seen": False}]


def test_where_nothing_is_kept_the_card_says_so(tab):
    tab.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full') } }")
    here = card(tab)
    choose(here, "B").tap()
    expect(here).to_contain_text("You said B.")
    expect(here.get_by_role("note")).to_contain_text("keeps nothing here")


def test_a_phone_has_room_and_fingers_find_the_buttons(tab):
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = [each.bounding_box() for each in tab.locator(".card button, .card input").all()]
    assert len(sizes) > 10 and min(box["height"] for box in sizes) >= 30


def test_a_card_hides_its_answer_and_the_page_finds_it():
    cards = [
        (name, cell, found)
        for name in ("01", "02", "03", "03b", "04", "05", "06", "07", "08", "09")
        for cell, found in [*questions.predictions(name).items(), (questions.quiz_cell(name), questions.quiz(name))]
    ]
    for name, cell, found in cards:
        text = json.dumps(questions.card(name, cell)) + questions.bundle(name, cell)["text/plain"]
        assert '"right"' not in text and '"came"' not in text
        answers = [each.get("came", "") for each in found] + [
            why for each in found if "came" not in each for _, why in each["choices"]
        ]
        assert not [it for it in answers if it and it in text]


def test_what_python_seals_the_page_unseals(tab):
    source = pages.script("ask")
    texts = ["", "a", "σ² ≥ ½: “ja”", json.dumps({"right": 9, "came": "x" * 300})]
    sealed = [[questions.seal(json.dumps(text), f"cell/{i}"), f"cell/{i}"] for i, text in enumerate(texts)]
    found = tab.evaluate(f"given => {{ {source}\nreturn given.map(([text, key]) => unseal(text, key)); }}", sealed)
    assert found == texts
