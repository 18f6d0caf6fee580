"""The release: a student's version without solutions, and the answer key that stays with the instructor."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import digest
from course_lib.grading import gradebook
from course_lib.grading.course import Course, GradingError
from course_lib.grading.release import source as sources
from course_lib.grading.release.key import make
from course_lib.ground import write
from course_lib.handin import SHEET


def release(course: Course, name: str) -> dict[str, Any]:
    """Release one assignment; returns its key. Raises GradingError, BadSource."""
    if name not in course.assignments():
        raise GradingError(f"no assignment {name!r}; there are: {', '.join(course.assignments()) or 'none'}")
    source = sources.read(course.sources / name)
    key = make(source, course.secret)
    with whole_or_not(course.folder("source", name), course.folder("release") / name):
        return publish(course, name, source, key)


@contextlib.contextmanager
def whole_or_not(*folders: Path) -> Iterator[None]:
    """Put the folders back as they were if what is done inside fails: a release that was made stays in force."""
    with tempfile.TemporaryDirectory(prefix="release-", ignore_cleanup_errors=True) as kept:
        there = [folder for folder in folders if folder.exists()]
        for folder in there:
            shutil.copytree(folder, Path(kept) / folder.parent.name)
        try:
            yield
        except BaseException:
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)
                if folder in there:
                    shutil.copytree(Path(kept) / folder.parent.name, folder)
            raise


def publish(course: Course, name: str, source: sources.Source, key: dict[str, Any]) -> dict[str, Any]:
    """Write the release, then its key. Raises GradingError."""
    place = course.folder("source", name)
    shutil.copy(course.sources / name / f"{name}.ipynb", place / f"{name}.ipynb")
    with course.gradebook() as book:
        book.update_or_create_assignment(name, duedate=course.due(name))
    generate(course, name)
    released = course.home / "release" / name
    sheet = describe(course, name, key)
    write(released / SHEET, json.dumps(sheet, indent=1, ensure_ascii=False) + "\n")
    leaks = leaked(source, (released / f"{name}.ipynb").read_text("utf-8"))
    if leaks:
        raise GradingError(f"{name}: the release would hold solution text ({leaks[0][:60]!r}); it was not made")
    shutil.make_archive(str(course.home / "release" / name), "zip", released.parent, name)
    write(course.folder("keys") / f"{name}.json", json.dumps(key) + "\n", private=True)  # last: it puts all in force
    return key


def generate(course: Course, name: str) -> None:
    """Let nbgrader make the student's version."""
    from nbgrader.converters.base import NbGraderException

    try:
        gradebook.convert("GenerateAssignment", course.database, name)
    except NbGraderException as error:
        with course.gradebook() as book:
            graded = bool(book.assignment_submissions(name))
        why = (
            "once somebody was graded, no graded or locked cell can be added, removed or renamed (texts and tests can "
            "change): give the new version another name"
        )
        raise GradingError(f"{name}: nbgrader could not release it: {why if graded else error}") from error


def describe(course: Course, name: str, key: dict[str, Any]) -> dict[str, Any]:
    """What goes with the release: the cells that must be there, the time limit, what numbers are drawn with."""
    notebook = json.loads((course.home / "release" / name / f"{name}.ipynb").read_text("utf-8"))
    cells = []
    for cell in notebook["cells"]:
        if mark := cell["metadata"].get("nbgrader"):
            fixed, stub = mark.get("locked") and not mark.get("solution"), digest(sources.text(cell))
            kind = "fixed" if fixed else "written" if mark.get("grade") else "answer"
            about = {"id": mark["grade_id"], "kind": kind, "points": mark.get("points", 0)}
            cells.append(about | {"sha256": stub if fixed else "", "stub": stub})
    return {"assignment": name, "salt": course.salt(name), "seconds_a_cell": 20, "seconds": 120, "cells": cells,
            "modules": key["modules"]}  # fmt: skip


def leaked(source: sources.Source, released: str) -> list[str]:
    """Lines of solutions and hidden tests that stand in the student's version, but nowhere in the open part."""
    secret, open_lines = [], set()
    for cell in source.cells:
        inside = False
        mark = cell["metadata"].get("nbgrader", {})
        written = mark.get("grade") and mark.get("solution")
        for line in sources.text(cell).splitlines():
            if line.strip() in ("### BEGIN SOLUTION", sources.BEGIN):
                inside = True
            elif line.strip() in ("### END SOLUTION", sources.END):
                inside = False
            elif (inside or written) and len(line.strip()) >= 12:
                secret.append(line.strip())
            else:
                open_lines.add(line.strip())
    text = "\n".join(sources.text(cell) for cell in json.loads(released)["cells"])
    return [line for line in secret if line in text and not any(line in other for other in open_lines)]
