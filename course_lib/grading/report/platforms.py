"""Marks by the identifiers that came with the hand-ins: Moodle's worksheet of each assignment, Canvas's ID."""

from pathlib import Path

from course_lib.grading.course import Course
from course_lib.grading.report.marks import Row, as_csv
from course_lib.grading.report.origins import origin
from course_lib.ground import write

HEAD = ["Identifier", "Full name", "Email address", "Grade", "Maximum grade", "Last modified (grade)"]


def identify(course: Course, rows: list[Row]) -> None:
    """Note the number by which Canvas knows a student, from any hand-in of theirs."""
    found: dict[str, str] = {}
    for row in rows:
        found[row.student] = found.get(row.student) or origin(course, row.assignment, row.student).user
    for row in rows:
        row.canvas = found[row.student]


def write_worksheets(course: Course, rows: list[Row], folder: Path) -> list[str]:
    """moodle-NAME.csv, as Moodle imports it into an assignment, for each with hand-ins that came from there: whose mark
    is final. Returns the files' names."""
    made = []
    for name in dict.fromkeys(row.assignment for row in rows):
        lines = []
        for row in (row for row in rows if row.assignment == name and row.score is not None):
            came = origin(course, name, row.student)
            if came.participant:
                whole = came.full_name or f"{row.first_name} {row.last_name}".strip()
                lines.append([f"Participant {came.participant}", whole, row.email, row.score, row.most, None])
        if lines:
            made.append(f"moodle-{name}.csv")
            write(folder / made[-1], as_csv([HEAD, *lines]))
    return made
