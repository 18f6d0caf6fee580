"""Marks put into a table that a platform exported: its titles, identifiers and other columns stay as they are."""

import csv
import re
from pathlib import Path
from typing import Any

from course_lib.grading.course import Course
from course_lib.grading.errors import GradingError
from course_lib.grading.report.marks import Row, as_csv
from course_lib.grading.report.origins import origin
from course_lib.grading.settings import folded
from course_lib.ground import write

NUMBERED = re.compile(r" \(\d+\)$")  # Canvas writes its own number behind an assignment's title
REAL = re.compile(r"Assignment: ?(.+) \(Real\)", re.IGNORECASE)  # and Moodle, around it
IDS = ("SIS Login ID", "SIS User ID", "Username", "ID number", "Email address", "Student ID")
KEEP = "Points Possible"


def fill(course: Course, rows: list[Row], file: Path, folder: Path) -> str:
    """Write the exported table with our marks into the folder, under its own name; a line on what came of it.

    Raises GradingError where the file is no table that Canvas or Moodle imports, or where no assignment's title fits.
    """
    try:
        with open(file, newline="", encoding="utf-8-sig") as stream:
            head, *lines = list(csv.reader(stream)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GradingError(f"{file} can't be read as a CSV: {error}") from error
    names = list(dict.fromkeys(row.assignment for row in rows))
    if "Identifier" in head and "Grade" in head:
        columns = {"Grade": worksheet(course, rows, head, lines, file)}
    else:
        columns = {title: name for title in head if (name := fits(title, names))}
        if len(set(columns.values())) < len(columns):
            raise GradingError(f"{file.name}: several columns fit one assignment: {', '.join(columns)}")
    if not columns or not {"Student", "Identifier", *IDS} & set(head):
        raise GradingError(f"{file.name} is no export of Canvas's or Moodle's gradebook with a column for any of "
                           f"{', '.join(names)} (its columns: {', '.join(head)[:200]})")  # fmt: skip
    missing, written = [], 0
    for line in lines:
        line += [""] * (len(head) - len(line))
        about = dict(zip(head, line, strict=False))
        if not any(line) or KEEP in line[0]:
            continue
        if not (student := student_of(course, rows, about)):
            missing.append(line[0])
            continue
        for title, name in columns.items():
            score = next((row.score for row in rows if (row.student, row.assignment) == (student, name)), None)
            if score is not None:
                line[head.index(title)] = f"{score:g}"
                written += 1
    write(folder / f"filled-{file.name}", as_csv([head, *lines], ours=False))
    unknown = f"; no student of ours: {', '.join(map(repr, missing[:10]))}" if missing else ""
    return f"filled-{file.name}: {written} marks for {', '.join(columns.values())}{unknown}"


def fits(title: str, names: list[str]) -> str:
    """The assignment that a column is for: by its title, or by its name as a word of the title; "" for none."""
    moodles = REAL.fullmatch(title.strip())
    plain = folded(moodles[1] if moodles else NUMBERED.sub("", title))
    if exact := [name for name in names if folded(name) == plain]:
        return exact[0]
    words = [name for name in names if re.search(rf"(?<![\w-]){re.escape(folded(name))}(?![\w-])", plain)]
    return words[0] if len(words) == 1 and (moodles or NUMBERED.search(title)) else ""


def worksheet(course: Course, rows: list[Row], head: list[str], lines: list[list[str]], file: Path) -> str:
    """The assignment of Moodle's grading worksheet: whose participants' numbers fit most, else the one that the file's
    name names. Raises GradingError."""
    names = list(dict.fromkeys(row.assignment for row in rows))
    there = {re.sub(r"\D", "", line[head.index("Identifier")]) for line in lines if line}
    count = {name: len(there & {origin(course, name, row.student).participant for row in rows} - {""})
             for name in names}  # fmt: skip
    best = max(count, key=lambda name: count[name], default="")
    if best and count[best]:
        return best
    if len(said := [name for name in names if folded(name) in re.split(r"[\W_]+", folded(file.stem))]) == 1:
        return said[0]
    raise GradingError(f"{file.name}: which assignment is it? Put its name into the file's: {', '.join(names)}")


def student_of(course: Course, rows: list[Row], about: dict[str, Any]) -> str:
    """The one student that a line of the table is about; "" where there is none, or more than one."""
    people = {row.student: row for row in rows}
    if number := re.sub(r"\D", "", about.get("Identifier", "")):
        found = {row.student for row in rows if origin(course, row.assignment, row.student).participant == number}
        if len(found) == 1:
            return found.pop()
    if (number := about.get("ID", "")) and "Student" in about:
        found = {row.student for row in rows if row.canvas == number}
        if len(found) == 1:
            return found.pop()
    said = {folded(about.get(title, "")) for title in IDS} - {""}
    for key in (lambda row: [row.student], lambda row: [row.email]):
        found = {who for who, row in people.items() if said & {folded(one) for one in key(row) if one}}
        if len(found) == 1:
            return found.pop()
    name = folded(about.get("Student") or about.get("Full name") or "")
    both = {who for who, row in people.items() if row.first_name and row.last_name and name in names_of(row)}
    return both.pop() if len(both) == 1 else ""


def names_of(row: Row) -> set[str]:
    """A student's whole name as platforms write it."""
    first, last = row.first_name, row.last_name
    return {folded(f"{last}, {first}"), folded(f"{first} {last}"), folded(f"{last} {first}")}
