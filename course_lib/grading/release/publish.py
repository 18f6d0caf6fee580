"""The release: a student's version without solutions, and the answer key that stays with the instructor."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import digest
from course_lib.grading import gradebook
from course_lib.grading.course import Course, GradingError
from course_lib.grading.release import source as sources
from course_lib.grading.release.key import make
from course_lib.grading.upkeep import keys, releases, schema, secret
from course_lib.ground import write
from course_lib.handin import SHEET

STAGE = ".release-"  # the name of a folder in which a release is made begins so


def release(course: Course, name: str) -> dict[str, Any]:
    """Release one assignment; returns its key. Raises GradingError, BadSource; then what was released stays."""
    if name not in course.assignments():
        gone = f"the source of {name!r} is gone; what was released stays in force" if name in course.released() else ""
        there = f"there are: {', '.join(course.assignments()) or 'none'}"
        raise GradingError(f"{gone or f'no assignment {name!r}'}; {there}")
    source = sources.read(course.sources / name)
    key = make(source, course.secret) | {"salt": course.salt(name), "secret": secret.digest(course.secret)}
    stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=course.home))
    try:
        publish(course, stage, source, key)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return key


def publish(course: Course, stage: Path, source: sources.Source, key: dict[str, Any]) -> None:
    """Make all of the release in this folder, tell the gradebook, then put it in force. Raises GradingError."""
    name = source.name
    (stage / "source" / name).mkdir(parents=True)
    shutil.copy(course.sources / name / f"{name}.ipynb", stage / "source" / name / f"{name}.ipynb")
    trial = stage / "gradebook.db"  # empty: the true one hears only of a release that is good
    schema.make(trial)
    generate(course, name, trial, stage)
    released = stage / "release" / name
    write(released / SHEET, json.dumps(describe(released, name, key), indent=1, ensure_ascii=False) + "\n")
    text = (released / f"{name}.ipynb").read_text("utf-8")
    if leaks := leaked(source, text):
        raise GradingError(f"{name}: the release would hold solution text ({leaks[0][:60]!r}); it was not made")
    key["shapes"] = {"source": releases.shape({"cells": source.cells}), "release": releases.shape(json.loads(text))}
    shutil.make_archive(str(stage / name), "zip", released.parent, name)
    write(stage / "key.json", json.dumps(keys.sealed(key)) + "\n", private=True)
    with course.gradebook() as book:
        book.update_or_create_assignment(name, duedate=course.due(name))
    shutil.copytree(stage / "source", stage / "again" / "source")
    generate(course, name, course.database, stage / "again")
    put_in_force(
        stage / "before",
        {
            stage / "source" / name: course.folder("source") / name,
            released: course.folder("release") / name,
            stage / f"{name}.zip": course.home / "release" / f"{name}.zip",
            stage / "key.json": course.folder("keys") / f"{name}.json",
        },
    )


def put_in_force(before: Path, places: dict[Path, Path]) -> None:
    """Move these to their places, all or none; what was there goes into the folder `before`."""
    before.mkdir()
    moved: list[tuple[Path, Path, Path]] = []
    try:
        for number, (fresh, place) in enumerate(places.items()):
            old = before / str(number)
            moved.append((fresh, place, old))
            if os.path.lexists(place):
                os.rename(place, old)
            os.rename(fresh, place)
    except BaseException:
        for fresh, place, old in reversed(moved):
            if not os.path.lexists(fresh):
                os.rename(place, fresh)
            if os.path.lexists(old):
                os.rename(old, place)
        raise


def generate(course: Course, name: str, database: Path, root: Path) -> None:
    """Let nbgrader make the student's version in this folder and note it in this gradebook. Raises GradingError."""
    from nbgrader.converters.base import NbGraderException

    try:
        gradebook.convert("GenerateAssignment", database, name, root=root)
    except NbGraderException as error:
        with course.gradebook() as book:
            graded = bool(book.assignment_submissions(name))
        why = (
            "once somebody was graded, no graded or locked cell can be added, removed or renamed (texts and tests can "
            "change): give the new version another name"
        )
        raise GradingError(f"{name}: nbgrader could not release it: {why if graded else error}") from error


def describe(released: Path, name: str, key: dict[str, Any]) -> dict[str, Any]:
    """What goes with the release: the cells that must be there, the time limit, what numbers are drawn with."""
    notebook = json.loads((released / f"{name}.ipynb").read_text("utf-8"))
    cells = []
    for cell in notebook["cells"]:
        if mark := cell["metadata"].get("nbgrader"):
            fixed, stub = mark.get("locked") and not mark.get("solution"), digest(sources.text(cell))
            kind = "fixed" if fixed else "written" if mark.get("grade") else "answer"
            about = {"id": mark["grade_id"], "kind": kind, "points": mark.get("points", 0)}
            cells.append(about | {"sha256": stub if fixed else "", "stub": stub})
    return {"assignment": name, "salt": key["salt"], "seconds_a_cell": 20, "seconds": 120, "cells": cells,
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
