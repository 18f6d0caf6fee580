"""The quizzes: one right answer, a reason for each choice, the notebook's text made from the same file, no answers."""

import nbformat
import pytest

from course_lib.ground import ROOT
from course_lib.live import questions, store

FILES = {store.lesson(file): file for file in sorted((ROOT / "notebooks").glob("*_*.ipynb")) if file.stem[:2] != "00"}
lesson = pytest.mark.parametrize("name", FILES)


@lesson
def test_each_question_has_one_right_choice_and_a_reason_for_each(name):
    asked, faults = questions.quiz(name), []
    assert 3 <= len(asked) <= 5
    for number, question in enumerate(asked, 1):
        texts, reasons = zip(*question["choices"], strict=True)
        if {*question} != {"ask", "right", "choices"}:
            faults.append(f"{number}: ask, right, choices, and no more")
        if not 3 <= len(texts) <= 4 or len({*texts}) < len(texts) or len({*reasons}) < len(reasons):
            faults.append(f"{number}: three or four choices, all different, each with a reason of its own")
        if question["right"] not in tuple(questions.LETTERS[: len(texts)]):
            faults.append(f"{number}: one right choice, by its letter")
        if min(map(len, reasons)) < 30 or max(map(len, texts + reasons)) > 260:
            faults.append(f"{number}: reasons in a sentence or two")
    assert not faults, "; ".join(faults)
    assert len({question["right"] for question in asked}) > 1, "not always the same letter"


@lesson
def test_the_notebook_has_the_questions_without_the_answers_before_its_closing_cell(name):
    cells = nbformat.read(FILES[name], as_version=4).cells
    again = f"write it anew: course_lib.books.lessons.keep_quiz({FILES[name].name})"
    assert cells[-2].id == questions.quiz_cell(name) and cells[-2].source == questions.quiz_text(name), again
    assert not [why for question in questions.quiz(name) for _, why in question["choices"] if why in cells[-2].source]


def test_the_right_letters_are_spread():
    letters = [question["right"] for name in FILES for question in questions.quiz(name)]
    assert max(map(letters.count, questions.LETTERS)) < len(letters) / 2
