"""The plans of the decks: each lesson has one, its cells exist, its minutes add up, its numbers are the lesson's."""

import re

import pytest

from course_lib.__main__ import main
from course_lib.books.files import read
from course_lib.books.shelf import BOOKS
from course_lib.commands.notebooks import choose
from course_lib.commands.slides import deck, parts, plan, words
from course_lib.live import questions, store

LESSONS = [path for path in choose([]) if store.lesson(path) != "00"]
lessons = pytest.mark.parametrize("lesson", LESSONS, ids=store.lesson)


def numbers(text: str) -> set[str]:
    """The numbers with a decimal point in a text: results."""
    return set(re.findall(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)", text))


def said(lesson) -> str:
    """What stands on a lesson's page, and on its cards."""
    cells = [re.sub(r"base64,[\w+/=]+", "", str(cell)) for cell in read(lesson).cells]
    return "\n".join([*cells, str(questions.predictions(store.lesson(lesson)))])


def guide(name: str) -> str:
    """A page of the lecturer's guide."""
    return (BOOKS / "guide" / f"{name}.md").read_text("utf-8")


@lessons
def test_a_deck_is_built_of_cells_that_exist(lesson):
    slides = plan.read(lesson)
    assert 20 <= len(slides) <= 35
    text, _ = deck.build(lesson, slides)
    assert text.count("<section ") == len(slides) + len(questions.quiz(store.lesson(lesson)))
    assert all(slide.get("notes") for slide in slides)
    assert sum("explorer" in slide for slide in slides) in (1, 2) and sum("ask" in slide for slide in slides) >= 5


@lessons
def test_the_minutes_add_up(lesson):
    slides = plan.read(lesson)
    for name, minutes in plan.LENGTHS.items():
        assert sum(slide[name] for slide in slides) == minutes


@lessons
def test_the_numbers_in_a_plan_and_in_the_guide_are_the_lessons(lesson):
    name, page = store.lesson(lesson), said(lesson)
    own = " ".join(
        str(slide.get(key, "")) for slide in plan.read(lesson) for key in ("title", "text", "after", "notes")
    )
    for text in (own, guide(name)):
        missing = {number for number in numbers(text) if not re.search(rf"(?<![\d.]){re.escape(number)}", page)}
        assert not missing, f"{', '.join(sorted(missing))}: not on the page of lesson {name}"


@lessons
def test_the_guide_names_cells_and_slides_that_exist_and_its_minutes_are_the_plans(lesson):
    slides, text = plan.read(lesson), guide(store.lesson(lesson))
    named = re.findall(r"`(nb\w+-[\w-]+)`", text)
    assert named and set(named) <= {cell.id for cell in read(lesson).cells}
    rows = re.findall(r"\| (\d+)(?: to (\d+))? \| ([\d.]+) \| ([\d.]+) \|", text)
    rows = [(first, last or first, *minutes) for first, last, *minutes in rows]
    assert [int(first) for first, *_ in rows] == [1, *(int(last) + 1 for _, last, *_ in rows[:-1])]
    for first, last, *minutes in rows:
        part = slides[int(first) - 1 : int(last)]
        assert [sum(slide[name] for slide in part) for name in plan.LENGTHS] == [float(each) for each in minutes]
    assert max(map(int, re.findall(r"[Ss]lide (\d+)", text))) <= len(slides) == int(rows[-1][1])
    polls = re.findall(r"- Slides? ([\d and]+) \(`(nb[\w-]+)`\)", text)
    assert len(polls) >= 3
    for at, asks in polls:
        assert [int(n) for n in at.split(" and ")] == [
            n for n, slide in enumerate(slides, 1) if slide.get("ask") == asks
        ]
    left_out = re.search(r"leaves out the slides (.*)\.", text)[1]
    assert left_out == ", ".join(str(n) for n, slide in enumerate(slides, 1) if not slide["short"])


def test_the_plans_for_two_and_six_lectures_add_up():
    found = re.findall(r"`(\d\db?)` (short|long)(?:, slides ([\d ,to]+))?: (\d+)", guide("README"))
    assert len(found) >= 12
    by_name = {store.lesson(path): path for path in LESSONS}
    for name, which, chosen, minutes in found:
        slides = plan.read(by_name[name])
        spans = [span.split(" to ") for span in (chosen or f"1 to {len(slides)}").split(", ")]
        part = [slide for span in spans for slide in slides[int(span[0]) - 1 : int(span[-1])]]
        assert sum(slide["short" if which == "short" else "minutes"] for slide in part) == int(minutes), name


def cell(**what):
    from nbformat.v4 import new_code_cell, new_output

    output = new_output("display_data", {"text/html": what["html"]}) if "html" in what else None
    output = new_output("stream", text=what["text"]) if "text" in what else output
    return new_code_cell(what.get("source", ""), id="c", outputs=[output] if output else [])


def test_a_printed_table_becomes_a_table():
    text = "MNIST\nkind    error\n-------------\nplain    3.60\nnew      4.95\nand a line more\n"
    table = parts.table(cell(text=text), None, None)
    assert "<th scope=col>error</th>" in table and "<td>4.95</td>" in table and "and a line more" in table
    assert parts.table(cell(text=text), [1], None).count("<td>") == 2
    assert "<pre" in parts.table(cell(text="only words\n"), None, None)


@pytest.mark.parametrize(
    "make, why",
    [
        (lambda: parts.figure(cell()), "no figure"),
        (lambda: parts.figure(cell(html='<img src="data:,">')), "no text alternative"),
        (lambda: parts.table(cell(), None, None), "printed nothing"),
        (lambda: parts.card("03", "nb03-a01", None), "nothing is asked"),
        (lambda: words.as_html(r"$\nosuchcommand{$"), "can't be drawn"),
        (lambda: words.as_html(r"$\Big\lfloor x$"), r"\\lfloor isn't known"),
    ],
)
def test_what_a_cell_has_not_is_said(make, why):
    with pytest.raises(ValueError, match=why):
        make()


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "can't be read as a plan"),
        ('[[slide]]\ntitle = "a"\n', "its minutes"),
        ('[[slide]]\ntitle = "a"\nminutes = "3"\n', "minutes can't be '3'"),
        ('[[slide]]\ntitle = "a"\nminutes = 3\nfigur = "x"\n', "no 'figur' is known"),
    ],
)
def test_a_plan_that_is_wrong_says_where(tmp_path, text, why):
    (tmp_path / "decks").mkdir()
    (tmp_path / "decks" / "03.toml").write_text(text)
    with pytest.raises(plan.NoPlan, match=why):
        plan.read(tmp_path / "03_lesson.ipynb")


def test_an_error_is_one_line(tmp_path, capsys):
    (tmp_path / "01_mine.ipynb").write_text(BOOKS.joinpath(LESSONS[0].name).read_text("utf-8"), "utf-8")
    assert main(["slides", str(tmp_path / "01_mine.ipynb"), "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("slides: 01_mine has no plan for a deck")
    assert main(["slides", "nosuch"]) == 2
