"""`regrades`: who asks for another look, with the mark, the reason and what came of it: a table that people edit."""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from course_lib.books.handed_in import legible, spelled
from course_lib.grading.course import Course, shown
from course_lib.grading.errors import GradingError
from course_lib.grading.report.marks import Row, as_csv, collect
from course_lib.grading.settings import folded, nearest
from course_lib.grading.submissions.taken import REQUEST
from course_lib.ground import write

TABLE = "regrades.csv"  # in the grading folder
OPEN, CLOSED = "open", "closed"
LONGEST = 2_000  # characters of a reason


@dataclass
class Request:
    """One wish, as a line of the table."""

    assignment: str
    student: str
    asked: str  # when it was first seen
    reason: str
    status: str = OPEN
    answer: str = ""


def regrades(course: Course, options: argparse.Namespace) -> int:
    """Take in new requests, note the one given, and list all; 0 where none is open, 3 where one is.

    Raises GradingError for a table that can't be read, and for an assignment or a student whom nobody knows.
    """
    course.settle()
    rows = {(row.assignment, row.student): row for row in collect(course)}
    requests = read(course)
    for name, who, reason in noted(course):
        ask(requests, name, who, reason)
    for words, closes in ((options.add, False), (options.close, True)):
        if words:
            who, name, said = words
            name, who = known(rows, name, who)
            if not closes:
                ask(requests, name, who, plain(said))
            elif not (there := [one for one in requests if (one.assignment, one.student) == (name, who)]):
                raise GradingError(f"{who} asked for nothing in {name}")
            else:
                there[-1].status, there[-1].answer = CLOSED, plain(said)
    lines = [[field.name for field in fields(Request)], *map(list, map(astuple, requests))]
    write(course.home / TABLE, as_csv(lines))
    for one in requests:
        print(spelled(line(one, rows.get((one.assignment, one.student)))))
    waiting = sum(one.status == OPEN for one in requests)
    many = "1 request" if len(requests) == 1 else f"{len(requests)} requests"
    print(f"{many}, {waiting} open: {shown(course.home / TABLE)}")
    return 3 if waiting else 0


def line(one: Request, row: Row | None) -> str:
    """A request in one line."""
    mark = f"{row.score:g} of {row.most:g}" if row and row.score is not None else row.status if row else "nobody's"
    answer = f" -> {one.answer}" if one.answer else ""
    return f"{one.status:6}  {one.assignment}, {one.student} ({mark}), {one.asked[:10]}: {one.reason}{answer}"


def ask(requests: list[Request], name: str, who: str, reason: str) -> None:
    """Add a request, unless the same was made before; another reason is another request."""
    before = {(one.assignment, one.student, one.reason) for one in requests}
    if reason and (name, who, reason) not in before:
        requests.append(Request(name, who, datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), reason))


def plain(text: str) -> str:
    """A stranger's text in one line, none of it a formula or a control character."""
    line = " ".join(legible(text).split())[:LONGEST]
    return f"'{line}" if line[:1] in ("=", "+", "-", "@") else line


def noted(course: Course) -> Iterator[tuple[str, str, str]]:
    """What stands in regrade.txt beside submissions."""
    for name, who in course.submissions():
        file = course.home / "submitted" / who / name / REQUEST
        if file.is_file() and not file.is_symlink():
            with open(file, "rb") as note:
                yield name, who, plain(note.read(4 * LONGEST).decode("utf-8", "replace"))


def read(course: Course) -> list[Request]:
    """The table as it stands; a spreadsheet may have put semicolons for commas. Raises GradingError."""
    file: Path = course.home / TABLE
    if not file.exists():
        return []
    try:
        text = file.read_text("utf-8-sig")
        mark = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        lines = list(csv.DictReader(text.splitlines(), delimiter=mark))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GradingError(f"{TABLE} can't be read: {error}") from error
    found, names = [], [field.name for field in fields(Request)]
    for number, one in enumerate(lines, start=2):
        if missing := [name for name in names[:4] if name not in one]:
            raise GradingError(f"{TABLE} has no column {missing[0]!r}; its columns: {', '.join(names)}")
        request = Request(**{name: (one.get(name) or "").strip() for name in names})
        request.status = folded(request.status) or OPEN
        if request.status not in (OPEN, CLOSED):
            hint = nearest(request.status, [OPEN, CLOSED])
            raise GradingError(f"{TABLE}, line {number}: {request.status!r} is no status{hint}; write open or closed")
        found.append(request)
    return found


def known(rows: dict[tuple[str, str], Row], name: str, who: str) -> tuple[str, str]:
    """The assignment and the student as they are known. Raises GradingError with the nearest ones."""
    names, people = {one for one, _ in rows}, {one for _, one in rows}
    if name not in names:
        raise GradingError(f"{name!r} was not released{nearest(name, names)}")
    same = [one for one in people if folded(one) == folded(who)]
    if not same:
        raise GradingError(f"{who!r} is no student of ours{nearest(who, people)}")
    return name, same[0]
