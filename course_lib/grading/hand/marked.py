"""Points given by hand: for which text, by whom. A regrade keeps them while the answer's text stays as it was."""

import contextlib
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course_lib.grading import gradebook, records
from course_lib.grading.course import GOOD_NAME, Course
from course_lib.grading.release.source import mark_name, text
from course_lib.ground import write

Marked = dict[str, dict[str, Any]]  # by the grade's name: text (a digest), auto, points, by, at


def digests(cells: list[Any]) -> dict[str, str]:
    """A digest of the answer that each grade is for: a written one, or the solution in front of a test cell."""
    answers = {mark_name(cell): hashlib.sha256(text(cell).strip().encode("utf-8", "replace")).hexdigest()
               for cell in cells if cell["metadata"].get("nbgrader", {}).get("solution")}  # fmt: skip
    graded = [mark_name(cell) for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]
    return {name: answers[name.removesuffix("-test")] for name in graded if name.removesuffix("-test") in answers}


def shown(course: Course, assignment: str, student: str) -> dict[str, str]:
    """The digests of the answers as they stand in Formgrader; empty where nothing does."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        return digests(json.loads(records.graded_copy(course, assignment, student).read_text("utf-8"))["cells"])
    return {}


def place(course: Course, assignment: str, student: str) -> Path:
    """The file in which a student's marks by hand are known again."""
    return course.home / "hand" / assignment / f"{student}.json"


def read(course: Course, assignment: str, student: str) -> Marked:
    """What was given by hand; empty where nothing was, or where the file can't be read: then a person looks again."""
    with contextlib.suppress(OSError, ValueError):
        said = json.loads(place(course, assignment, student).read_text("utf-8"))
        if isinstance(said, dict) and all(isinstance(one, dict) for one in said.values()):
            return said
    return {}


def note(course: Course, grade: Any, assignment: str, student: str, texts: dict[str, str], by: str = "") -> None:
    """Write down that this grade was given by hand for the text with this digest. Raises OSError."""
    kept = read(course, assignment, student)
    kept[grade.name] = {"text": texts[grade.name], "auto": grade.auto_score, "points": grade.manual_score, "by": by,
                        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")}  # fmt: skip
    course.folder("hand", assignment)
    write(place(course, assignment, student), json.dumps(kept, indent=1) + "\n")


def remember(course: Course, assignment: str, student: str) -> None:
    """Before a regrade takes the graded notebook away: note which texts have points by hand, in whatever Formgrader
    they were given. A student whose folder has no id's name has none. Raises OSError."""
    if not GOOD_NAME.fullmatch(student) or not (texts := shown(course, assignment, student)):
        return
    kept = read(course, assignment, student)
    with course.gradebook() as book:
        for grade in gradebook.grades(entry) if (entry := gradebook.find(book, assignment, student)) else []:
            if grade.manual_score is None or grade.needs_manual_grade or grade.name not in texts:
                continue
            now = {"text": texts[grade.name], "auto": grade.auto_score, "points": grade.manual_score}
            if {name: kept.get(grade.name, {}).get(name) for name in now} != now:
                note(course, grade, assignment, student, texts)


def still_good(course: Course, assignment: str, student: str, cells: list[Any]) -> dict[str, tuple[Any, Any]]:
    """By the grade's name: the tests' points and those by hand of a mark whose text is the same in these cells."""
    texts, kept = digests(cells), read(course, assignment, student)
    same = {name: one for name, one in kept.items() if name in texts and texts[name] == one.get("text")}
    return {name: (one.get("auto"), one.get("points")) for name, one in same.items()}
