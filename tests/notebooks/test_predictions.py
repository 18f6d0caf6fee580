"""Each cell that says "Predict" has a card, and what the card says came stands on the page."""

import re

import nbformat
import pytest

from course_lib import widgets
from course_lib.books import lessons
from course_lib.ground import ROOT
from course_lib.live import questions, store

FILES = {store.lesson(file): file for file in sorted((ROOT / "notebooks").glob("*_*.ipynb")) if file.stem[:2] != "00"}
lesson = pytest.mark.parametrize("name", FILES)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def numbers(text: str) -> list[str]:
    """The numbers in a text: 10,000 as 10000, and neither a list's comma nor a sentence's point."""
    return [found.replace(",", "") for found in NUMBER.findall(text.replace("−", "-"))]


def on_page(name: str) -> str:
    """All that stands in a lesson: its text, its code and what its cells printed."""
    parts = []
    for cell in nbformat.read(FILES[name], as_version=4).cells:
        parts.append(cell.source)
        for output in cell.get("outputs", []):
            parts.append(output.get("text", "") or output.get("data", {}).get("text/plain", ""))
    return "\n".join(parts)


def stands(number: str, there: set[str]) -> bool:
    """Whether a number, or one that rounds to it, is among the page's."""
    if number in there:
        return True
    places = len(number.partition(".")[2])
    return "e" not in number and any(
        "e" not in other and len(other.partition(".")[2]) > places and f"{float(other):.{places}f}" == number
        for other in there
    )


def faults_of(question: dict, there: set[str]) -> list[str]:
    """What is wrong with a prediction's question."""
    faults = []
    if "choices" in question:
        choices = question["choices"]
        if not 2 <= len(choices) <= 4 or len(set(choices)) < len(choices):
            faults.append("two to four different choices")
        if question["right"] not in tuple(questions.LETTERS[: len(choices)]):
            faults.append("exactly one right answer, by its letter")
        if {*question} != {"ask", "choices", "right", "came"}:
            faults.append("ask, choices, right, came, and no more")
    else:
        if ("near" in question) == ("factor" in question) or {*question} - {"near", "factor"} != {
            "ask",
            "unit",
            "right",
            "came",
        }:
            faults.append("ask, unit, right, came, and near or factor")
        if not stands(f"{question['right']:g}", there):
            faults.append(f"{question['right']} is not on the page")
    if max(map(len, [question["ask"], question["came"], *question.get("choices", [])])) > 200:
        faults.append("200 letters at most")
    return faults + [f"{it} is not on the page" for it in numbers(question["came"]) if not stands(it, there)]


@lesson
def test_every_prediction_has_a_card_and_every_card_its_number(name):
    cells = nbformat.read(FILES[name], as_version=4).cells
    asking = {cell.id for cell in cells if cell.cell_type == "markdown" and questions.ASKS in cell.source}
    found, there = questions.predictions(name), set(numbers(on_page(name)))
    text = {cell.id for cell in cells if cell.cell_type == "markdown"}
    assert asking <= set(found) <= text  # some cells ask without the word
    faults = [f"{cell}: {fault}" for cell, asked in found.items() for each in asked for fault in faults_of(each, there)]
    assert not faults, "; ".join(faults)


def test_a_page_has_its_cards_and_folds_what_answers_them():
    stored, name = nbformat.read(FILES["03"], as_version=4), "nb03-a04"
    page = {cell.id: cell for cell in lessons.page(FILES["03"]).cells}
    [card] = [cell for cell in page.values() if cell.metadata.get("course", {}).get("card") == name]
    assert "data-live=" in card.outputs[0].data["text/html"] and f'ask("03", "{name}")' in card.source
    assert widgets.ask("03", name)._repr_mimebundle_().keys() == card.outputs[0].data.keys()  # when it is run
    answering = lessons.answers(stored)[name]
    assert answering == ["nb03-011", "nb03-012", "nb03-013"]
    picture, seen, backed = (page[each] for each in answering)
    assert picture.outputs[0].data["text/html"].startswith("<details><summary>")
    assert seen.source.startswith("<details><summary>") and "53.1" not in backed.outputs[0].data["text/plain"]
    assert backed.metadata.jupyter.source_hidden and backed.source.startswith("#")
    assert len(page) == len(stored.cells) + len(questions.predictions("03")) + bool(questions.quiz("03"))


def test_open_answers_are_the_stored_ones():
    stored = {cell.id: cell for cell in nbformat.read(FILES["03"], as_version=4).cells}
    page = {cell.id: cell for cell in lessons.page(FILES["03"], folded=False).cells}
    for each in lessons.answers(nbformat.read(FILES["03"], as_version=4))["nb03-a04"]:
        assert page[each] == stored[each]


def test_a_cell_that_asks_nothing_is_named():
    with pytest.raises(KeyError, match="asks nothing in the cell nb03-end"):
        questions.card("03", "nb03-end")
