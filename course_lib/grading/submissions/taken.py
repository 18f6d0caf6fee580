"""What `collect` knows of a hand-in that its file and its time stamp don't say: attempt, origin, what spoiled it."""

import json
import os
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

from course_lib.grading.course import Course
from course_lib.grading.submissions.stamps import STAMP
from course_lib.ground import write

REQUEST = "regrade.txt"  # beside the notebook: why its author asks for another look
ORIGIN = "origin.json"  # beside the time stamp: {"from": "moodle" | "canvas" | "folder", "name": "..."}


@dataclass
class Taken:
    """Of a student's hand-in for an assignment."""

    digest: str = ""  # of the notebook that was taken last
    at: str = ""  # its time stamp, "" where none is known
    dated: str = ""  # its date in the zip in UTC, whatever that tells
    entry: str = ""  # and as it stands there
    attempt: int = 0
    source: str = ""  # the zip's name
    named: str = ""  # what the student called it
    late: bool = False  # whether the platform calls it late
    spoiled: str = ""  # why the last hand-in was not taken; "" where it was


def place(course: Course, assignment: str, student: str) -> Path:
    """The file of it."""
    return course.home / "collected" / assignment / f"{student}.json"


def read(course: Course, assignment: str, student: str) -> Taken:
    """What was kept of it; empty where it was not collected, or can't be read."""
    try:
        said = json.loads(place(course, assignment, student).read_text("utf-8"))
        return Taken(**{one.name: said[one.name] for one in fields(Taken)
                        if isinstance(said.get(one.name), type(one.default))})  # fmt: skip
    except (OSError, ValueError, AttributeError, RecursionError):
        return Taken()


def keep(course: Course, assignment: str, student: str, taken: Taken) -> None:
    """Write it, whole or not at all. Raises OSError."""
    course.folder("collected", assignment)
    write(place(course, assignment, student), json.dumps(asdict(taken), indent=1) + "\n")


def notes(course: Course, assignment: str, student: str, due: datetime | None = None) -> list[str]:
    """What of it is for the attention list; due: when it was, for this student: without a time nobody can be late."""
    taken, folder = read(course, assignment, student), course.home / "submitted" / student / assignment
    found = [f"what was handed in last could not be taken: {taken.spoiled}"] if taken.spoiled else []
    if os.path.lexists(folder / STAMP) or not os.path.lexists(folder / f"{assignment}.ipynb"):
        return found
    if taken.late:
        return [*found, "the platform calls it late, and no time is known"]
    return [*found, f"it has a due date and no {STAMP}: nobody knows whether it was late"] if due else found
