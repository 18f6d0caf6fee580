"""A card on which a reader answers, as the last value of a cell."""

from course_lib.live import questions
from course_lib.live.page import Alive


def ask(lesson: str, cell: str) -> Alive:
    """The card of the cell that asks, by the lesson's number and the cell's id. Raises KeyError where none does."""
    return Alive(questions.bundle(lesson, cell))
