"""What the instructor's commands do, with a line or two on what came of it."""

import argparse
import csv
import os
import sys
from pathlib import Path

from course_lib.grading.autograde import pool
from course_lib.grading.course import GOOD_NAME, Course, GradingError, shown
from course_lib.grading.release.publish import release as release_one
from course_lib.grading.sandbox import walls
from course_lib.grading.upkeep import begin
from course_lib.grading.upkeep.backup import backup as backup
from course_lib.grading.upkeep.backup import restore as restore
from course_lib.grading.upkeep.doctor import doctor as doctor
from course_lib.ground import only_one


def init(course: Course, options: argparse.Namespace) -> int:
    """Make the folder; take in the list of students."""
    begin.begin(course, options)
    if options.students:
        print(f"{enrol(course, options)} students are in the gradebook.")
    return 0


def enrol(course: Course, options: argparse.Namespace) -> int:
    """Put the students of a CSV into the gradebook."""
    try:
        with open(options.students, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GradingError(f"{options.students} can't be read: {error}") from error
    for number, row in enumerate(rows, start=2):
        if not GOOD_NAME.fullmatch((row.get("id") or "").strip()):
            columns = "columns: id, first_name, last_name, email; ids of letters, digits, . _ - + @"
            raise GradingError(f"{options.students}, line {number}: the id {row.get('id')!r} is none ({columns})")
    with course.gradebook() as book:
        for row in rows:
            about = {name: (row.get(name) or "").strip() or None for name in ("first_name", "last_name", "email")}
            book.update_or_create_student(row["id"].strip(), **about)
        return len(book.students)


def release(course: Course, options: argparse.Namespace) -> int:
    """Release the named assignments, or all."""
    course.need()
    with only_one(course.home / ".lock", pool.BUSY):  # a grading under way must not see two keys
        for name in options.names or course.assignments():
            key = release_one(course, name)
            automatic = sum(question["points"] for question in key["questions"].values())
            print(f"{name}: {automatic:g} points by tests, {sum(key['written'].values()):g} by hand", flush=True)
    print(f"Hand out {shown(course.home / 'release')}/<name>.zip.")
    return 0


def autograde(course: Course, options: argparse.Namespace) -> int:
    """Grade; 0 when all is well, 3 when something needs the instructor's attention."""
    course.need()
    limits = walls.Limits(options.seconds, options.cell_seconds, options.memory)
    chosen = handed_in(course, options)
    tell_new(course, {student for _, student in chosen})
    if options.i_trust_these_students:
        print("WITHOUT the sandbox: students' code runs with your rights.", flush=True)
    elif walls.superuser():
        print("You are the superuser: submissions run as users without rights.", flush=True)
    tally = pool.grade(course, chosen, options.jobs, options.resume, limits, options.i_trust_these_students)
    print(f"{tally['graded']} graded, {tally['did not run']} did not run, {tally['attention']} for your attention: "
          "python -m course_lib grade report")  # fmt: skip
    return 3 if tally["attention"] else 0


def handed_in(course: Course, options: argparse.Namespace) -> list[tuple[str, str]]:
    """The submissions that the command names. Raises GradingError where there are none, and says whose there are."""
    released = course.released()
    if not released:
        raise GradingError("nothing was released yet: python -m course_lib grade release")
    if wrong := [name for name in options.names if name not in released]:
        raise GradingError(f"{wrong[0]!r} was not released; there are: {', '.join(released)}")
    if chosen := course.submissions(options.names, options.student):
        return chosen
    names = options.names or released
    if others := sorted({student for _, student in course.submissions(names)}):
        there = f"there is something of {listed(others)}"
        raise GradingError(f"nothing of {options.student!r} in {', '.join(names)}; {there}")
    place = shown(course.home / "submitted")
    raise GradingError(f"nothing to grade: a submission lies in {place}/STUDENT/{names[0]}/{names[0]}.ipynb")


def tell_new(course: Course, students: set[str]) -> None:
    """Say who isn't in the gradebook yet: a folder's name that was mistyped looks like a new student."""
    with course.gradebook() as book:
        known = {student.id for student in book.students}
    if known and (new := sorted(students - known)):
        print(f"Not in the list of students until now: {listed(new)}.", flush=True)


def listed(students: list[str]) -> str:
    """The first ten, and how many more."""
    more = f" and {len(students) - 10} more" if len(students) > 10 else ""
    return ", ".join(map(repr, students[:10])) + more


def mark(course: Course, options: argparse.Namespace) -> int:
    """Become a JupyterLab that shows Formgrader."""
    course.need()
    root = ["--allow-root"] if walls.superuser() else []
    command = [sys.executable, "-m", "jupyterlab", *root, "--ServerApp.default_url=/formgrader"]
    env = dict(os.environ, PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    os.chdir(course.home)
    sys.stdout.flush()
    os.execve(command[0], command, env | {"JUPYTER_PREFER_ENV_PATH": "1"})


def feedback(course: Course, options: argparse.Namespace) -> int:
    """Write the students' pages."""
    from course_lib.grading.report.feedback import write_feedback

    course.settle()
    written = write_feedback(course, handed_in(course, options))
    print(f"{written} pages written to {shown(course.home / 'feedback')}")
    return 0


def report(course: Course, options: argparse.Namespace) -> int:
    """Write what the instructor wants to see."""
    from course_lib.grading.report.pages import write_report

    course.settle()
    print(write_report(course))
    return 0
