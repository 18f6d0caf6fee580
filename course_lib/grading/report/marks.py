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


def cell(value: str | float | None) -> str:
    """A text or a mark in a CSV: no text is a formula to a spreadsheet, and a mark that is missing is empty."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return "" if value is None else f"{value:g}"


def write_tables(rows: list[Row], folder: Path) -> None:
    """marks.csv, canvas.csv, moodle.csv and attention.csv."""
    most = {row.assignment: row.most for row in rows}
    scores = {(row.student, row.assignment): row.score for row in rows}
    whole = [["student", "last name", "first name", "assignment", "status", "by tests", "by hand", "hours late",
              "late penalty", "score", "maximum"]]  # fmt: skip
    doubts = [["assignment", "student", "reason"]]
    for row in rows:
        late = f"{row.hours_late:.1f}" if row.hours_late else ""
        whole.append([row.student, row.last_name, row.first_name, row.assignment, row.status, row.automatic,
                      row.by_hand, late, row.penalty or None, row.score, row.most])  # fmt: skip
        doubts += [[row.assignment, row.student, reason] for reason in row.reasons]
    canvas = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *most],
              ["    Points Possible", "", "", "", "", *most.values()]]  # fmt: skip
    moodle = [["Username", "Email address", *most]]
    for student, person in sorted({row.student: row for row in rows}.items()):
        marks = [scores.get((student, name)) for name in most]
        both = ", ".join(filter(None, [person.last_name, person.first_name]))
        canvas.append([both, "", "", student, "", *marks])
        moodle.append([student, person.email, *marks])
    for name, lines in {"marks": whole, "canvas": canvas, "moodle": moodle, "attention": doubts}.items():
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows([cell(one) for one in line] for line in lines)
        write(folder / f"{name}.csv", out.getvalue())
