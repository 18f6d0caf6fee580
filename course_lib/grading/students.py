"""The list of students: taken in from a CSV, shown, and a student removed with every trace."""

import argparse
import re
import shutil
import sys
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import spelled
from course_lib.grading import records
from course_lib.grading.course import GOOD_NAME, Course, GradingError, alone
from course_lib.grading.settings import folded, nearest
from course_lib.grading.submissions.aliases import table
from course_lib.grading.submissions.people import Student, everyone
from course_lib.ground import write

COLUMNS = {  # and what platforms call them
    "id": ("id", "student id", "username", "id number", "sis login id", "login id"),
    "first_name": ("first_name", "first name", "firstname", "given name"),
    "last_name": ("last_name", "last name", "lastname", "surname", "family name"),
    "email": ("email", "e-mail", "email address", "e-mail address"),
    "lms_user_id": ("lms_user_id", "canvas id"),
}
LIST = "class-list"  # there is a list: folders alone make no students
FOLDERS = ("submitted", "submitted-before", "autograded", "feedback")  # with a folder for each student
ENDINGS = (".json", ".html", ".csv", ".txt", ".log", ".zip", ".pdf")
ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)  # 123456789012, as a spreadsheet shows it
SAID = 10  # faults of a list in one message
KEPT = ("source", "release", "keys")  # nothing in there is a student's


def students(course: Course, options: argparse.Namespace) -> int:
    """List, add (a CSV or ids) or remove students. Raises GradingError."""
    course.need()
    if options.remove:
        return remove(course, options)
    if options.add:
        for one in options.add:
            rows = read_list(Path(one)) if Path(one).is_file() else [{"id": good_id(one, "--add")}]
            with alone(course.home):
                enter(course, rows)
    with course.gradebook() as book:
        there = everyone(book)
    for one in there if not options.add else []:
        print(spelled("  ".join(filter(None, (one.id, one.name, one.email)))))
    print(f"{counted(len(there))} in the gradebook.")
    return 0


def counted(number: int) -> str:
    """So many students, with the verb."""
    return f"{number} student is" if number == 1 else f"{number} students are"


def good_id(text: str, where: str) -> str:
    """An id as it is kept: stripped and composed. Raises GradingError where it can't be one."""
    who = unicodedata.normalize("NFC", text.strip())
    if not who:
        raise GradingError(f"{where}: the id is empty")
    if ROUNDED.fullmatch(who):
        raise GradingError(f"{where}: {who!r} is a number that a spreadsheet has rounded, and no id any more: "
                           "make the column of ids a text there")  # fmt: skip
    if not GOOD_NAME.fullmatch(who):
        long = f"{who[:40]}..." if len(who) > 40 else who
        raise GradingError(f"{where}: {long!r} can't be an id: letters a to z, digits, . _ - + @, at most 100, "
                           "the first a letter, a digit or _")  # fmt: skip
    return who


def read_list(file: Path) -> list[dict[str, str]]:
    """The rows of a list of students, by the gradebook's names for the columns; empty cells are left out.

    Raises GradingError where it can't be read, has no column of ids or a column twice, or names somebody twice.
    """
    header, lines = table(file)
    columns = {}
    for name, others in COLUMNS.items():
        for other in others:
            found = [one for one in header if folded(one) == other]
            if len(found) > 1:
                raise GradingError(f"{file}: {len(found)} columns are called {other}: leave the right one")
            if found:
                columns[name] = found[0]
                break
    if "id" not in columns:
        raise GradingError(f"{file}: no column is called id; columns: id, first_name, last_name, email "
                           f"(it has {', '.join(header) or 'none'})")  # fmt: skip
    rows, seen, faults = [], {}, []
    for line, row in lines:
        try:
            who = good_id(row.get(columns["id"]) or "", f"line {line}")
        except GradingError as error:
            faults.append(str(error))
            continue
        if first := seen.get(folded(who)):
            other = f" ({first[1]!r})" if first[1] != who else ""
            faults.append(f"lines {first[0]} and {line} both name {who!r}{other}: one line for each student")
        seen.setdefault(folded(who), (line, who))
        about = {name: (row.get(column) or "").strip() for name, column in columns.items() if name != "id"}
        rows.append({"id": who} | {name: value for name, value in about.items() if value})
    if faults:
        more = f"; and {len(faults) - SAID} more" if len(faults) > SAID else ""
        raise GradingError(f"{file}: {'; '.join(faults[:SAID])}{more}")
    return rows


def enter(course: Course, rows: list[dict[str, str]]) -> int:
    """Put these into the gradebook, or more about them; what a row doesn't say stays. How many students there are."""
    with course.gradebook() as book:
        known = {folded(student.id): student.id for student in book.students}
        for row in rows:
            who = known.get(folded(row["id"]), row["id"])
            if who != row["id"]:
                print(spelled(f"{row['id']} is {who}, who is in the gradebook already."))
            book.update_or_create_student(who, **{name: value for name, value in row.items() if name != "id"})
        write(course.home / LIST, "There is a list of students: a folder whose name isn't on it makes no new one.\n")
        return len(book.students)


def enrol(course: Course, options: argparse.Namespace) -> int:
    """Take in the CSV of `init --students`; how many students there are. Raises GradingError."""
    rows = read_list(options.students)
    with alone(course.home):
        return enter(course, rows)


def has_list(course: Course, there: list[Student]) -> bool:
    """Whether somebody gave a list. Older folders have no file that says so, but students with names then."""
    return bool(there) and ((course.home / LIST).exists() or any(one.name or one.email for one in there))


def unlisted(course: Course, chosen: list[tuple[str, str]]) -> dict[str, str]:
    """The folders that are nobody's on the list, and what to do about each; none where there is no list."""
    with course.gradebook() as book:
        there = everyone(book)
    if not has_list(course, there):
        return {}
    ids, found = {folded(one.id): one.id for one in there}, {}
    for who in sorted({student for _, student in chosen} - set(ids.values())):
        if right := ids.get(folded(who)):
            found[who] = f"{who!r} is {right!r} in other letters: rename the folder"
        else:
            add = f", or: grade students --add {who}" if GOOD_NAME.fullmatch(who) else ""
            found[who] = f"{who!r} is nobody on the list{nearest(who, ids.values())}: rename the folder{add}"
    return found


def remove(course: Course, options: argparse.Namespace) -> int:
    """Take every trace of students out of the folder. Raises GradingError for whoever isn't there."""
    with course.gradebook() as book:
        there = {folded(one.id): one for one in everyone(book)}
    folders = {folded(place.name): Student(place.name) for place in course.home.glob("submitted/*/")}
    ids = [folded(one) for one in options.remove]
    if strange := [one for one in options.remove if folded(one) not in there | folders]:
        hint = nearest(strange[0], [one.id for one in there.values()])
        raise GradingError(f"{strange[0]!r} is no student here{hint}; nobody was removed")
    gone = [(there | folders)[one] for one in ids if one in folders or one in there]
    gone = [there.get(folded(one.id), one) for one in gone]
    if not options.yes:
        names = spelled(", ".join(f"{one.id} ({one.name})" if one.name else one.id for one in gone))
        if not sys.stdin.isatty():
            raise GradingError(f"this deletes all that is here of {names}, marks and hand-ins too: say so with --yes")
        if input(f"Delete all that is here of {names}, marks and hand-ins too? Type yes: ").strip() != "yes":
            print("Nobody was removed.")
            return 1
    with alone(course.home):
        for one in dict.fromkeys(gone):
            print(spelled(f"{one.id}: removed {', '.join(traces(course, one)) or 'nothing: there was nothing'}"))
    stay = [one.id for one in dict.fromkeys(gone) if named(course.home / "course.toml", one)]
    if stay:
        print(f"course.toml still names {', '.join(stay)}: take them out there.")
    print("Backups made before still hold them. The report is to be made anew: python -m course_lib grade report")
    return 0


def traces(course: Course, who: Student) -> list[str]:
    """Delete what is here of a student; what that was."""
    removed = []
    with course.gradebook() as book:
        for one in [one for one in book.students if folded(one.id) == folded(who.id)]:
            count = len(one.submissions)
            book.remove_student(one.id)
            removed.append(f"the entry in the gradebook with {count} submissions")
        clean(book)
    for place in sorted(course.home.rglob("*"), reverse=True):  # what is inside before what is around
        inner = place.relative_to(course.home).parts
        if inner[0] in KEPT or len(inner) < 2 or not place.exists() and not place.is_symlink():
            continue
        if theirs(course, place, inner, who):
            shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
            removed.append(str(Path(*inner)))
        elif place.is_file() and (
            inner[0] == "report" and named(place, who) or inner[0].startswith("feedback-")  # zips of pages, packed anew
        ):
            place.unlink()
            removed.append(str(Path(*inner)))
    for file in [*course.home.glob("logs/*"), *course.home.glob("*.csv")]:
        if file.is_file() and named(file, who):
            lines = file.read_text("utf-8", "replace").splitlines(keepends=True)
            kept = [line for line in lines if not mentions(line, who)]
            write(file, "".join(kept))
            removed.append(f"{len(lines) - len(kept)} lines of {file.relative_to(course.home)}")
    return removed


def theirs(course: Course, place: Path, inner: tuple[str, ...], who: Student) -> bool:
    """Whether a file or folder is named after a student; inner: its path in the grading folder."""
    name = place.name
    if place.is_file() and place.suffix in ENDINGS:
        name = name.removesuffix(place.suffix)
    record = records.place(course, "any", who.id).stem
    if who.id in course.assignments():  # what is named after an assignment is not theirs
        by_folder = inner[0] in FOLDERS
        return name == who.id and len(inner) == (2 if by_folder else 3) and place.is_dir() == by_folder
    return folded(name) in (folded(who.id), record)


def clean(book: Any) -> None:
    """Let a database of one file forget what was deleted."""
    from sqlalchemy import text

    book.db.commit()
    if book.engine.dialect.name == "sqlite":
        with book.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))


def mentions(line: str, who: Student) -> bool:
    """Whether a text names a student, by id, e-mail or whole name."""
    names = [who.id, who.email, who.name if who.first_name and who.last_name else ""]
    names.append(f"{who.last_name}, {who.first_name}" if who.first_name and who.last_name else "")
    found = "|".join(re.escape(name) for name in names if name)
    return bool(re.search(rf"(?<![\w.@+-])(?:{found})(?!\.?[\w@+-])", line, re.IGNORECASE))


def named(file: Path, who: Student) -> bool:
    """Whether a file names a student; of a zip, its names and texts."""
    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                return any(mentions(name.replace("/", " "), who) for name in archive.namelist())
        return mentions(file.read_text("utf-8", "replace"), who)
    except (OSError, zipfile.BadZipFile):
        return False
