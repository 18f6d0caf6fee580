"""Which of the release's cells a stranger's cells are, where an editor has lost their ids; and whether they are any."""

from typing import Any

from course_lib.books.handed_in import Refused
from course_lib.grading.submissions.reading import bare, inert, mark_of

FOUND = "the ids of the cells were lost (an editor did that): the cells were found again by their text"
NONE = "no question of this assignment is in it: is it another assignment's notebook?"


def named(cells: list[dict[str, str]], release: dict[str, Any]) -> tuple[list[dict[str, str]], list[str]]:
    """The cells with the ids that the release gave them, and a note where those had to be found by the text.

    Raises Refused where no answer and no test of the release is among them: that is no hand-in of 0 points.
    """
    ours = [cell for cell in release["cells"] if mark_of(cell)]
    asked = {mark_of(cell)["grade_id"] for cell in ours if question(cell)}
    if asked & {cell["id"] for cell in cells}:
        return cells, []
    cells = [cell | {"id": ""} for cell in cells]
    found = by_text(cells, ours)
    if not asked & set(found):
        raise Refused(NONE)
    for name, place in found.items():
        cells[place] = cells[place] | {"id": name}
    return cells, [FOUND]


def question(cell: dict[str, Any]) -> bool:
    """Whether it is code that is an answer or a test."""
    return cell["cell_type"] == "code" and bool(mark_of(cell).get("grade") or mark_of(cell).get("solution"))


def by_text(cells: list[dict[str, str]], ours: list[dict[str, Any]]) -> dict[str, int]:
    """Where each of the release's cells is: locked ones by their very text, an answer between its neighbours."""
    names = [mark_of(cell)["grade_id"] for cell in ours]
    found: dict[str, int] = {}
    texts = [bare(cell["source"]) for cell in cells]
    for cell, name in zip(ours, names, strict=True):
        if not mark_of(cell).get("solution"):
            text = bare(inert(cell["cell_type"], "".join(cell["source"])))
            same = [i for i, one in enumerate(texts) if one == text and i not in found.values()]
            found |= {name: same[0]} if same else {}
    locked = dict(found)
    for i, (cell, name) in enumerate(zip(ours, names, strict=True)):
        before = locked.get(names[i - 1]) if i else None
        after = next((locked[other] for other in names[i + 1 :] if other in locked), len(cells))
        if mark_of(cell).get("solution") and before is not None:
            stub = "".join(cell["source"]).split("(")[0]
            there = [j for j in range(before + 1, after)
                     if cells[j]["type"] == cell["cell_type"] and j not in found.values()]  # fmt: skip
            same = [j for j in there if cell["cell_type"] == "code" and stub in cells[j]["source"]]
            found |= {name: (same or there)[0]} if there else {}
    return found
