"""A card on which a reader answers, as the last value of a cell."""

from course_lib.live import questions


class Card:
    """The questions of one cell; they live in the page and need no kernel."""

    def __init__(self, lesson: str, cell: str) -> None:
        self.data = questions.bundle(lesson, cell)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        return self.data


def ask(lesson: str, cell: str) -> Card:
    """The card of the cell that asks, by the lesson's number and the cell's id. Raises KeyError where none does."""
    return Card(lesson, cell)
