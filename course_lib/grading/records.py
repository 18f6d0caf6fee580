"""The record of a grading: what the gradebook has no field for. It is written last, and puts the grading in force."""

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import LARGEST
from course_lib.grading import gradebook
from course_lib.grading.course import GOOD_NAME, Course
from course_lib.grading.submissions.stamps import STAMP
from course_lib.ground import write

GRADED, NOT_RUN, RUNNING, UNREADABLE = "graded", "did not run", "running", "unreadable"
NEVER, CUT_OFF = "not graded yet", "its grading was cut off: autograde --resume"
DAMAGED = "the record of its grading is damaged: autograde --resume"
FOLDER = "{} is a folder, where the record of its grading belongs: move it away, then autograde --resume"
CHANGED = "it has changed since it was graded: autograde --resume"
ELSEWHERE = "the gradebook doesn't hold the points of its grading: autograde --resume"
LOST = "the gradebook holds a grading whose record is gone: autograde --resume"
TORN = "its graded notebook is gone or cut off, and no page can be made of it: autograde --student"


@dataclass
class Record:
    """How a submission ran, and what was seen: evidence. Its points stand in the gradebook."""

    status: str = ""
    reason: str = ""  # why it did not run
    accident: bool = False  # whether that is the grader's own fault: it is tried again
    fingerprint: str = ""
    seal: str = ""  # of the gradebook's points
    questions: dict[str, dict[str, Any]] = field(default_factory=dict)  # slip, attempted, right: a yes or no a part
    flags: list[str] = field(default_factory=list)  # for the attention list, with the evidence
    notes: list[str] = field(default_factory=list)  # what had to be put right in the notebook
    seconds: float = 0.0
    cpu: float = 0.0
    kernel_cpu: float = 0.0


def needs_attention(record: Record) -> bool:
    """Whether a grading alone is a reason to look; lateness and what is missing are seen in the report."""
    return bool(record.flags or record.notes or record.status != GRADED)


def place(course: Course, assignment: str, student: str) -> Path:
    """The file of a student's record. A folder's name that is no id can be anything, also too long for a file's."""
    digest = hashlib.sha256(os.fsencode(student)).hexdigest()
    name = f"{student}.json" if GOOD_NAME.fullmatch(student) else f"({digest[:32]}).json"
    return course.home / "state" / assignment / name


def read(course: Course, assignment: str, student: str) -> Record:
    """What became of a submission; an empty record where it was never graded. Raises OSError where it may not be read.

    The record of an older version had the points as well, and lines of text: the gradebook's are taken. One that is
    damaged has the status UNREADABLE.
    """
    try:
        said = json.loads(place(course, assignment, student).read_text("utf-8"))
        for question in said.get("questions", {}).values():
            if "lines" in question:
                question["right"] = [line.startswith("✓") for line in question.pop("lines")]
        record = Record(**{one.name: said[one.name] for one in fields(Record) if one.name in said})
    except (FileNotFoundError, NotADirectoryError):
        return Record()
    except (ValueError, AttributeError, TypeError, RecursionError, IsADirectoryError):
        return Record(UNREADABLE)
    return record if whole(record) else Record(UNREADABLE)


def whole(record: Record) -> bool:
    """Whether each field of a record is what it must be, and its status one that there is."""
    empty = Record()
    kinds = [isinstance(getattr(record, one.name), (int, float) if type(getattr(empty, one.name)) is float
             else type(getattr(empty, one.name))) for one in fields(Record)]  # fmt: skip
    texts = all(isinstance(one, str) for one in [*record.flags, *record.notes]) if all(kinds) else False
    return texts and record.status in ("", GRADED, NOT_RUN, RUNNING)


def keep(course: Course, assignment: str, student: str, record: Record) -> None:
    """Write it, whole or not at all."""
    course.folder("state", assignment)
    write(place(course, assignment, student), json.dumps(asdict(record), indent=1) + "\n")


def fingerprint(course: Course, assignment: str, student: str) -> str:
    """What a mark depends on: the submission, its time, the key. Changes where the mark must be made anew."""
    digest = hashlib.sha256()
    folder = course.home / "submitted" / student / assignment
    for file in (folder / f"{assignment}.ipynb", folder / STAMP, course.home / "keys" / f"{assignment}.json"):
        digest.update(b"\0")
        with contextlib.suppress(OSError):  # what may not be read counts as empty
            if file.is_file() and not file.is_symlink() and file.stat().st_size <= LARGEST:
                digest.update(file.read_bytes())
    return digest.hexdigest()


def graded_copy(course: Course, assignment: str, student: str) -> Path:
    """The graded notebook, of which Formgrader and the feedback make their pages."""
    return course.home / "autograded" / student / assignment / f"{assignment}.ipynb"


def torn(course: Course, assignment: str, student: str) -> bool:
    """Whether the graded notebook is not there whole."""
    try:
        return not isinstance(json.loads(graded_copy(course, assignment, student).read_bytes())["cells"], list)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return True


def standing(course: Course, book: Any, assignment: str, student: str) -> tuple[Record, Any, str]:
    """The record, the submission in the gradebook, and why they are no grading that is in force ("" where they are)."""
    record = read(course, assignment, student)
    entry = gradebook.find(book, assignment, student) if GOOD_NAME.fullmatch(student) else None
    if record.status == UNREADABLE:
        file = place(course, assignment, student)
        return record, entry, FOLDER.format(file.relative_to(course.home)) if file.is_dir() else DAMAGED
    if record.status not in (GRADED, NOT_RUN):
        return record, entry, CUT_OFF if record.status else NEVER
    if record.fingerprint != fingerprint(course, assignment, student):
        return record, entry, CHANGED
    lost = record.status == GRADED and (entry is None or record.seal not in ("", gradebook.seal(entry)))
    return record, entry, ELSEWHERE if lost else ""
