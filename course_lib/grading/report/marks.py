"""The class's marks: points from the gradebook, and what is to be looked at from the records of the grading."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.grading import gradebook, records
from course_lib.grading.course import Course
from course_lib.grading.records import GRADED, NOT_RUN, Record
from course_lib.ground import write

WAITS, OLD, MISSING = "waits for a person", records.NEVER, "not submitted"


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
    record: Record = field(default_factory=Record)
    points: dict[str, float] = field(default_factory=dict)  # of the tests, by question


def collect(course: Course) -> list[Row]:
    """A row for every student and released assignment, sorted by assignment and student."""
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
                if (name, student) in handed_in:
                    fill(row, *records.standing(course, book, name, student))
                else:
                    row.reasons.append(MISSING)
    return rows


def fill(row: Row, record: Record, entry: Any, why: str) -> None:
    """Read one submission's marks into its row; why: there are none in force."""
    row.record, row.status = record, OLD if why else record.status
    row.reasons = [why] if why else [f"did not run: {record.reason}"] if record.status == NOT_RUN else []
    row.reasons += [*record.flags, *record.notes]
    if row.status != GRADED:
        return
    row.points, score = gradebook.points(entry), float(entry.score)
    row.automatic = float(sum(row.points.values()))
    row.hours_late = max(0.0, entry.total_seconds_late / 3600)
    row.penalty = float(sum(notebook.late_submission_penalty or 0 for notebook in entry.notebooks))
    grades = gradebook.grades(entry)
    if any(grade.needs_manual_grade for grade in grades):
        row.status = WAITS
    else:
        row.score, row.by_hand = score - row.penalty, score - row.automatic
    if row.hours_late:
        row.reasons.append(f"handed in {row.hours_late:.1f} hours late (minus {row.penalty:g} points)")
    if score > entry.max_score or any((grade.score or 0) > grade.max_score for grade in grades):
        row.reasons.insert(0, f"a score above the maximum: {score:g} of {entry.max_score:g}")


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
