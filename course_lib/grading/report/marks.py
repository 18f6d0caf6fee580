"""The class's marks: points from the gradebook, and what is to be looked at from the records of the grading."""

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import spelled
from course_lib.grading import gradebook, records
from course_lib.grading.course import Course
from course_lib.grading.records import GRADED, NOT_RUN, Record
from course_lib.grading.settings import folded
from course_lib.grading.submissions import taken
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
    section: str = ""
    groups: list[str] = field(default_factory=list)
    canvas: str = ""  # the number by which Canvas knows the student


def collect(course: Course, names: list[str] | None = None) -> list[Row]:
    """A row for every student and released assignment (these names), sorted by assignment and student."""
    rows, handed_in, said = [], set(course.submissions()), course.settings()
    now = datetime.now(UTC).replace(tzinfo=None)
    sections, groups = memberships(said.sections), memberships(said.groups)
    with course.gradebook() as book:
        known, held = {student.id: student for student in book.students}, gradebook.at_once(book)
        everyone = sorted(set(known) | {student for _, student in handed_in})
        for name in names or course.released():
            maxima = said.points.get(name, {})
            most = book.find_assignment(name).max_score + change(course, name, maxima)
            for student in everyone:
                about = known.get(student)
                person = [getattr(about, what, None) or "" for what in ("first_name", "last_name", "email")]
                row = Row(name, student, *person, most, groups=groups.get(folded(student), []))
                row.section = ", ".join(sections.get(folded(student), []))
                rows.append(row)
                if (name, student) in handed_in:
                    fill(row, *records.standing(course, book, name, student), maxima)
                elif (due := said.due(name, student)) and now > due:
                    row.reasons.append(MISSING)
                row.reasons += taken.notes(course, name, student, said.due(name, student))
        del held
    return rows


def memberships(teams: dict[str, list[str]]) -> dict[str, list[str]]:
    """The teams of each student, by the id as it is compared."""
    found: dict[str, list[str]] = {}
    for team, members in teams.items():
        for one in members:
            found.setdefault(folded(one), []).append(team)
    return found


def change(course: Course, name: str, maxima: dict[str, float]) -> float:
    """By how much the assignment's maximum differs from the release's."""
    key = course.key(name) if maxima else {}
    released = {question: about["points"] for question, about in key.get("questions", {}).items()}
    released |= key.get("written", {})
    return sum(new - released[question] for question, new in maxima.items() if released.get(question))


def fill(row: Row, record: Record, entry: Any, why: str, maxima: dict[str, float] | None = None) -> None:
    """Read one submission's marks into its row; why: there are none in force; maxima: as course.toml has them now."""
    row.record, row.status, maxima = record, OLD if why else record.status, maxima or {}
    row.reasons = [why] if why else [f"did not run: {record.reason}"] if record.status == NOT_RUN else []
    row.reasons += [*record.flags, *record.notes]
    if row.status != GRADED:
        return
    grades = gradebook.grades(entry)
    by = {grade.name: gradebook.factor(grade, maxima) for grade in grades}
    worth = {name.removesuffix("-test"): factor for name, factor in by.items()}
    row.points = {question: score * worth[question] for question, score in gradebook.points(entry).items()}
    score, most = gradebook.scores(entry.notebooks, maxima) if maxima else (float(entry.score), entry.max_score)
    row.automatic = float(sum(row.points.values()))
    row.hours_late = max(0.0, entry.total_seconds_late / 3600)
    row.penalty = float(sum(notebook.late_submission_penalty or 0 for notebook in entry.notebooks))
    if any(grade.needs_manual_grade and by[grade.name] for grade in grades):
        row.status = WAITS
    else:
        row.score, row.by_hand = score - row.penalty, score - row.automatic
    if row.hours_late:
        row.reasons.append(f"handed in {row.hours_late:.1f} hours late (minus {row.penalty:g} points)")
    above = any((grade.score or 0) > grade.max_score for grade in grades if by[grade.name])
    if score > most + 1e-9 or above:
        row.reasons.insert(0, f"a score above the maximum: {score:g} of {most:g}")


def needs_attention(course: Course, names: list[str] | None = None, student: str = "") -> list[Row]:
    """Whoever needs a person, one row for an assignment and a student: of all, or of these names or this student.

    It is what the report lists, and where it isn't empty, `report` and `autograde` end with the status 3.
    """
    return [row for row in collect(course, names) if row.reasons and student in ("", row.student)]


def cell(value: str | float | None) -> str:
    """A text or a mark in a CSV: no text is a formula to a spreadsheet, and a mark that is missing is empty."""
    if isinstance(value, str):
        value = spelled(value)
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return "" if value is None else f"{value:g}"


def write_tables(rows: list[Row], folder: Path, weights: dict[str, float] | None = None) -> None:
    """marks.csv, totals.csv, canvas.csv, moodle.csv and attention.csv."""
    most = {row.assignment: row.most for row in rows}
    scores = {(row.student, row.assignment): row.score for row in rows}
    whole = [["student", "last name", "first name", "assignment", "status", "by tests", "by hand", "hours late",
              "late penalty", "score", "maximum", "section", "groups"]]  # fmt: skip
    doubts = [["assignment", "student", "reason"]]
    for row in rows:
        late, groups = f"{row.hours_late:.1f}" if row.hours_late else "", ", ".join(row.groups)
        whole.append([row.student, row.last_name, row.first_name, row.assignment, row.status, row.automatic,
                      row.by_hand, late, row.penalty or None, row.score, row.most, row.section, groups])  # fmt: skip
        doubts += [[row.assignment, row.student, "; ".join(row.reasons)]] if row.reasons else []
    canvas = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *most],
              ["    Points Possible", "", "", "", "", *most.values()]]  # fmt: skip
    moodle = [["Username", "Email address", *most]]
    totals = [["student", "last name", "first name", "email", "section", "groups", *most, "total", "marked",
               "total with 0 for the rest"]]  # fmt: skip
    numbers = {row.student: row.canvas for row in rows if row.canvas}
    for student, person in sorted({row.student: row for row in rows}.items()):
        marks = [scores.get((student, name)) for name in most]
        both = ", ".join(filter(None, [person.last_name, person.first_name]))
        canvas.append([both, numbers.get(student, ""), "", student, person.section, *marks])
        moodle.append([student, person.email, *marks])
        totals.append([student, person.last_name, person.first_name, person.email, person.section,
                       ", ".join(person.groups), *marks, *total(marks, most, weights)])  # fmt: skip
    tables = {"marks": whole, "totals": totals, "canvas": canvas, "moodle": moodle, "attention": doubts}
    for name, lines in tables.items():
        write(folder / f"{name}.csv", as_csv(lines))


def as_csv(lines: list[list[str | float | None]], ours: bool = True) -> str:
    """A table as a spreadsheet reads it; ours: see `cell`, another's text stays as it is."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([cell(one) if ours else one for one in line] for line in lines)
    return out.getvalue()


def total(
    marks: list[float | None], most: dict[str, float], weights: dict[str, float] | None = None
) -> list[float | None]:
    """Per cent of what is marked, how many per cent of the weights that is, and the total with 0 for all the rest.

    weights: of the assignments; without any, each counts by its maximum. What has no weight beside others counts
    nothing, nor does what has no points.
    """
    share = weights or most
    parts = [(share.get(name, 0), mark / most[name]) for name, mark in zip(most, marks, strict=True)
             if mark is not None and most[name] > 0]  # fmt: skip
    have, all_of_it = sum(weight for weight, _ in parts), sum(share.values())
    if not have:
        return [None, 0.0 if all_of_it else None, None]
    reached = sum(weight * part for weight, part in parts)
    return [round(100 * one, 4) for one in (reached / have, have / all_of_it, reached / all_of_it)]
