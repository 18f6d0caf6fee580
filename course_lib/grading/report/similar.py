"""`similar`: pairs of submissions that resemble each other more than the course's own text and the class explain.

Each is a question for a person, with its number, never a verdict.
"""

import argparse
import contextlib
import json
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import Refused
from course_lib.grading.course import Course, shown
from course_lib.grading.errors import GradingError
from course_lib.grading.release.source import bank, mark_name, text
from course_lib.grading.report.likeness import ENOUGH, Likeness, Profile, alike, profile
from course_lib.grading.report.looks import page
from course_lib.grading.report.marks import as_csv
from course_lib.grading.submissions import reading
from course_lib.ground import ROOT, write

HEAD = ["assignment", "one", "other", "code: share of what is rare", "code: tokens shared",
        "text: share of what is rare", "text: words shared"]  # fmt: skip


def similar(course: Course, options: argparse.Namespace) -> int:
    """Compare the submissions of the named assignments, or all; 0 where no pair is asked about, 3 where one is."""
    released = course.released()
    if wrong := [name for name in options.names if name not in released]:
        raise GradingError(f"{wrong[0]!r} was not released; there are: {', '.join(released) or 'none'}")
    found, compared, unread = {}, {}, []
    for name in options.names or released:
        class_ = {}
        for _, who in course.submissions([name]):
            try:
                class_[who] = submitted(course, name, who)
            except Refused as refused:
                unread.append(f"{name}, {who}: {refused}")
        found[name], compared[name] = alike(class_, of_course(course, name)), len(class_)
    folder = course.folder("report")
    lines = [[name, pair.one, pair.other, *numbers(pair)] for name, pairs in found.items() for pair in pairs]
    write(folder / "similar.csv", as_csv([HEAD, *lines]))
    write(folder / "similar.html", similar_page(found, compared, unread))
    print(f"{sum(compared.values())} submissions compared, {len(lines)} pairs to look at, {len(unread)} not read: "
          f"{shown(folder)}/similar.html, similar.csv")  # fmt: skip
    return 3 if lines else 0


def numbers(pair: Likeness) -> list[float | None]:
    """Share and number for code and for text; None where that is not what makes one ask."""
    return [round(value, 2) if value is not None else None
            for kind in ("code", "text") for value in (pair.share.get(kind), pair.shared.get(kind))]  # fmt: skip


def submitted(course: Course, name: str, who: str) -> Profile:
    """What a student wrote: answers and cells of their own. Raises Refused for what grading refuses to read."""
    locked = set(locked_cells(course, name))
    cells = reading.cells(reading.load(course.home / "submitted" / who / name / f"{name}.ipynb"))
    own = [cell for cell in cells if cell["id"] not in locked]
    return profile([cell["source"] for cell in own if cell["type"] == "code"],
                   [cell["source"] for cell in own if cell["type"] != "code"])  # fmt: skip


def locked_cells(course: Course, name: str) -> list[str]:
    """The names of the release's cells that nobody is to change. Raises GradingError where the release is gone."""
    try:
        cells = json.loads((course.home / "release" / name / f"{name}.ipynb").read_text("utf-8"))["cells"]
    except (OSError, ValueError, KeyError) as error:
        raise GradingError(f"the release of {name} can't be read: python -m course_lib grade doctor") from error
    return [mark_name(cell) for cell in cells if cell["metadata"].get("nbgrader", {}).get("locked")]


def of_course(course: Course, name: str) -> Profile:
    """What everybody may have from the course: release, source, bank of wrong answers, lessons."""
    files = [*(ROOT / "notebooks").glob("*.ipynb"), course.home / "source" / name / f"{name}.ipynb"]
    cells = [cell for file in [*files, course.home / "release" / name / f"{name}.ipynb"] for cell in cells_of(file)]
    code = [text(cell) for cell in cells if cell["cell_type"] == "code"]
    with contextlib.suppress(OSError):
        code += [slip.code for slip, _ in bank(course.sources / name / "wrong_answers.py")]
    return profile(code, [text(cell) for cell in cells if cell["cell_type"] != "code"])


def cells_of(file: Path) -> list[dict[str, Any]]:
    """A notebook's cells; none where it isn't there."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return json.loads(file.read_text("utf-8"))["cells"]
    return []


def similar_page(found: dict[str, list[Likeness]], compared: dict[str, int], unread: list[str]) -> str:
    """The pairs as questions."""
    asked = [(name, pair.one, pair.other, question(pair)) for name, pairs in found.items() for pair in pairs]
    return page("similar", title="Who worked together?", asked=asked, compared=compared, unread=unread,
                least=ENOUGH)  # fmt: skip


def question(pair: Likeness) -> str:
    """What is alike, in words."""
    said = []
    for kind, what, unit in (("code", "code", "tokens"), ("text", "words and comments", "words")):
        if kind in pair.share:
            usual = f", where the class's usual is {pair.usual[kind]:.0%}" if pair.usual[kind] else ""
            said.append(f"{pair.share[kind]:.0%} of the {what} that are rare in the shorter one stand in both "
                        f"({pair.shared[kind]:.0f} {unit}{usual})")  # fmt: skip
    return f"{' and '.join(said)}. Did they work together, or from one text?"
