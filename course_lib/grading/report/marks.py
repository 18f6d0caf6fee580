"""The class's marks, put together from the records of the grading and the marks given by hand."""

import contextlib
import csv
import io
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.grading.autograde.worker import fingerprint
from course_lib.grading.course import GOOD_NAME, Course, write

GRADED, WAITS, NOT_RUN, OLD, MISSING = (
    "graded",
    "waits for a person",
    "did not run",
    "not graded yet",
    "not submitted",
)


@dataclass
class Row:
    """One student's mark in one assignment; None where there is none, which is never 0."""

    assignment: str
    student: str
    first_name: str
    last_name: str
    email: str
    most: float
    status: str = MISSING
    automatic: float | None = None
    by_hand: float | None = None
    hours_late: float = 0.0
    penalty: float = 0.0
    score: float | None = None
    reasons: list[str] = field(default_factory=list)  # for the attention list
    state: dict[str, Any] = field(default_factory=dict)


def collect(course: Course) -> list[Row]:
    """A row for every student and released assignment, sorted by assignment and student."""
    from nbgrader.api import MissingEntry

    rows, handed_in = [], set(course.submissions())
    with course.gradebook() as book:
        known = {student.id: student for student in book.students}
        everyone = sorted(set(known) | {student for _, student in handed_in})
        for name in course.released():
            most = book.find_assignment(name).max_score
            for student in everyone:
                about = known.get(student)
                person = [getattr(about, what, None) or "" for what in ("first_name", "last_name", "email")]
                row = Row(name, student, *person, most)
                rows.append(row)
                if (name, student) not in handed_in:
                    row.reasons.append(MISSING)
                    continue
                row.state = course.state(name, student)
                entry = None
                with contextlib.suppress(MissingEntry):
                    entry = book.find_submission(name, student) if GOOD_NAME.fullmatch(student) else None
                fill(row, entry, row.state.get("fingerprint") == fingerprint(course, name, student))
    return rows


def fill(row: Row, entry: Any, fresh: bool) -> None:
    """Read one submission's marks into its row."""
    state, row.status = row.state, OLD
    row.reasons += [*state.get("flags", []), *state.get("notes", [])]
    if state.get("status") not in (GRADED, NOT_RUN):
        row.reasons.insert(0, OLD if not state else "its grading was cut off: autograde --resume")
    elif not fresh:
        row.reasons.insert(0, "it has changed since it was graded: autograde --resume")
    elif state["status"] == NOT_RUN or entry is None:
        row.status = NOT_RUN
        row.reasons.insert(0, f"did not run: {state.get('reason') or 'the gradebook has no entry'}")
    else:
        row.automatic = float(state["points"])
        row.hours_late = max(0.0, entry.total_seconds_late / 3600)
        row.penalty = float(sum(notebook.late_submission_penalty or 0 for notebook in entry.notebooks))
        grades = [grade for notebook in entry.notebooks for grade in notebook.grades]
        waits = any(grade.needs_manual_grade for grade in grades)
        row.status = WAITS if waits else GRADED
        if not waits:
            row.score = float(entry.score) - row.penalty
            row.by_hand = float(entry.score) - row.automatic
        if row.hours_late:
            row.reasons.append(f"handed in {row.hours_late:.1f} hours late (minus {row.penalty:g} points)")
        check(row, entry, grades)


def check(row: Row, entry: Any, grades: list[Any]) -> None:
    """Marks that can't be right."""
    if entry.score > entry.max_score or any((grade.score or 0) > grade.max_score for grade in grades):
        row.reasons.insert(0, f"a score above the maximum: {entry.score:g} of {entry.max_score:g}")
    stored = sum(grade.auto_score or 0 for grade in grades)
    if not math.isclose(stored, row.automatic or 0, abs_tol=1e-6):
        row.reasons.insert(0, f"the gradebook says {stored:g} automatic points, the grader gave {row.automatic:g}")


def number(value: float | None) -> str:
    """A mark in a CSV; a missing one is empty."""
    return "" if value is None else f"{value:g}"


def harmless(text: str) -> str:
    """A text that a spreadsheet doesn't take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def table(head: list[str], lines: list[list[str]]) -> str:
    """A CSV, quoted where need be."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([head, *lines])
    return out.getvalue()


def people(rows: list[Row]) -> dict[str, Row]:
    """One row for each student, for the names."""
    return {row.student: row for row in reversed(rows)}


def write_tables(rows: list[Row], folder: Path) -> None:
    """marks.csv, canvas.csv, moodle.csv and attention.csv."""
    names = list(dict.fromkeys(row.assignment for row in rows))
    most = {row.assignment: row.most for row in rows}
    scores = {(row.student, row.assignment): row.score for row in rows}
    whole = [
        [harmless(row.student), harmless(row.last_name), harmless(row.first_name), row.assignment, row.status,
         number(row.automatic), number(row.by_hand), f"{row.hours_late:.1f}" if row.hours_late else "",
         number(row.penalty or None), number(row.score), number(row.most)]
        for row in rows
    ]  # fmt: skip
    head = ["student", "last name", "first name", "assignment", "status", "by tests", "by hand", "hours late",
            "late penalty", "score", "maximum"]  # fmt: skip
    write(folder / "marks.csv", table(head, whole))
    canvas = [["    Points Possible", "", "", "", "", *[number(most[name]) for name in names]]]
    moodle = []
    for student, person in sorted(people(rows).items()):
        marks = [number(scores.get((student, name))) for name in names]
        both = ", ".join(filter(None, [person.last_name, person.first_name]))
        canvas.append([harmless(both), "", "", harmless(student), "", *marks])
        moodle.append([harmless(student), harmless(person.email), *marks])
    write(folder / "canvas.csv", table(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names], canvas))
    write(folder / "moodle.csv", table(["Username", "Email address", *names], moodle))
    doubts = [[row.assignment, row.student, reason] for row in rows for reason in row.reasons]
    write(
        folder / "attention.csv",
        table(["assignment", "student", "reason"], [[a, harmless(s), harmless(r)] for a, s, r in doubts]),
    )
