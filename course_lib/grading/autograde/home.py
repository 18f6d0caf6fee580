"""What is done at home with a submission, before and after it runs: read it, judge what came out, write it down.

Only here are the secret, the answers and the gradebook. Running it is `task.attempted`, here or on another machine.
"""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import compute_checksum

from course_lib.grading import gradebook, records
from course_lib.grading.autograde import attempt, canaries
from course_lib.grading.autograde.task import Task, public, taken_in
from course_lib.grading.course import GOOD_NAME, Course
from course_lib.grading.hand import marked
from course_lib.grading.records import Record
from course_lib.grading.release.key import Reference, label
from course_lib.grading.release.source import mark_name, text
from course_lib.grading.submissions import reading, recognised, stamps
from course_lib.ground import write
from course_lib.handin import SHEET

ENDED = "its grader ended unexpectedly (autograde --resume tries again; see logs/workers.log)"


@dataclass(frozen=True)
class Job:
    """One submission to be graded: paths, texts and numbers, so that it can be sent to a process as JSON."""

    home: str  # the grading folder
    sources: str
    assignment: str
    student: str
    seconds: float
    cell_seconds: float
    memory: int
    trusted: bool = False


@dataclass
class Begun:
    """A submission that was read and is to be run: plain data that stays at home, but for its task."""

    record: dict[str, Any]  # as far as it goes
    task: str = ""  # JSON of the `Task`; "" where it can't be run
    untouched: list[str] = field(default_factory=list)  # the cells that were left as they were released
    at: str = ""  # when it was handed in


class Release:
    """What the submissions of one assignment share."""

    def __init__(self, course: Course, name: str) -> None:
        place = course.home / "release" / name
        self.secret, self.salt = course.secret, course.salt(name)
        self.sheet = (place / SHEET).read_text("utf-8")
        self.key, self.source = course.key(name), course.source(name)
        self.notebook = json.loads((place / f"{name}.ipynb").read_text("utf-8"))
        self.reference, self.tests = None, {}

    def accepts(self, question: str, numbers: dict[str, Any]) -> Any:
        """The tests of parts that many answers satisfy, from the reference as it was released."""
        self.reference = self.reference or Reference(self.source, self.secret)
        if (place := (question, label(numbers))) not in self.tests:
            seed = self.key["questions"][question]["seed"]
            self.tests[place] = self.reference.accepts(self.source.questions[question], numbers, seed)
        return self.tests[place]

    def restored(self, file: Path, student: str) -> tuple[Any, set[str], list[str]]:
        """A submission in the release's shape with its hidden tests; cells left as they were; notes. Raises Refused."""
        cells, found = recognised.named(reading.cells(reading.load(file)), self.notebook)
        notebook, notes = reading.restored(cells, self.notebook)
        notes = found + notes
        notes += reading.other_name(notebook, student)
        stubs = {mark_name(cell): text(cell) for cell in self.notebook["cells"]}
        untouched = {mark_name(cell) for cell in notebook["cells"] if text(cell) == stubs.get(mark_name(cell))}
        own = reading.beside(notebook, untouched)
        untouched, notes = untouched - own.keys(), notes + list(own.values())
        tests = {mark_name(cell): text(cell) for cell in self.source.cells if attempt.tested(cell, self.key)}
        nb = nbformat.from_dict(notebook)
        for cell in (cell for cell in nb.cells if mark_name(cell) in tests):
            cell.source = tests[mark_name(cell)]
            cell.metadata.nbgrader.checksum = compute_checksum(cell)
        return nb, untouched, notes


@cache
def release(home: str, sources: str, name: str) -> Release:
    """The release as it stands in the folder; no other is made while grading goes on."""
    return Release(Course(home, sources), name)


def prepare(job: Job) -> Begun:
    """Read a submission and take back what an earlier grading gave; what is to be run, or the record of a refusal."""
    pair, course, record = (job.assignment, job.student), Course(job.home, job.sources), Record(records.RUNNING)
    course.settings()  # what can't be read is said before anything is changed
    record.fingerprint = records.fingerprint(course, *pair)
    records.keep(course, *pair, record)
    begun = Begun({})
    with counted(record):
        try:
            if not GOOD_NAME.fullmatch(job.student):
                raise reading.Refused("the name of its folder can't be a student's id (letters, digits, . _ - + @)")
            marked.remember(course, *pair)
            for folder in ("autograded", "feedback"):  # what an earlier grading said; points by hand stay
                shutil.rmtree(course.home / folder / job.student / job.assignment, ignore_errors=True)
            with course.gradebook() as book:
                gradebook.forget(book, *pair)
            about, place = release(job.home, job.sources, job.assignment), course.home / "submitted" / job.student
            file = place / job.assignment / f"{job.assignment}.ipynb"
            nb, untouched, record.notes = about.restored(file, job.student)
            begun.at = stamps.handed_in_at(file.parent / stamps.STAMP, record.notes)
            begun.untouched = sorted(untouched)
            limits = {"seconds": job.seconds, "cell": job.cell_seconds, "memory": job.memory}
            told = public(about.key) | {"canaries": canaries.cells(about.secret, *pair)}
            task = Task(json.dumps(nb), told, {SHEET: about.sheet}, limits, job.trusted)
            begun.task = json.dumps(asdict(task))
        except reading.Refused as refused:
            record.status, record.reason = records.NOT_RUN, str(refused)
    if not begun.task:
        records.keep(course, *pair, record)
    begun.record = asdict(record)
    return begun


def finish(job: Job, begun: Begun, told: str) -> Record:
    """Judge what came back of a task, write points into the gradebook and, last of all, the record."""
    pair, course, record = (job.assignment, job.student), Course(job.home, job.sources), Record(**begun.record)
    if not begun.task:
        return record
    about, named = release(job.home, job.sources, job.assignment), f"{job.assignment}.ipynb"
    nb, untouched = nbformat.from_dict(json.loads(json.loads(begun.task)["notebook"])), set(begun.untouched)
    with counted(record):
        try:
            ran, answer = taken_in(told, nb)
            record.flags, record.kernel_cpu = ran.flags, round(ran.cpu, 2)
            record.seconds, record.cpu = record.seconds + answer.seconds, record.cpu + answer.cpu
            if ran.stopped:
                raise reading.Refused(ran.stopped)
            marks = attempt.judge(nb, about.key, ran, job.student, about.salt, about.accepts, untouched)
        except reading.Refused as refused:
            record.status, record.reason = records.NOT_RUN, str(refused)
        else:
            put_out(course.folder("autograded", job.student, job.assignment), named, nb, begun.at)
            points, settings = {question: mark.points for question, mark in marks.items()}, course.settings()
            with course.gradebook() as book:
                good = marked.still_good(course, *pair, nb.cells)
                record.seal = gradebook.enter(book, *pair, points, untouched, begun.at, settings, good)
            record.status = records.GRADED
            record.questions = {
                name: {"slip": mark.slip, "attempted": mark.attempted, "right": mark.right}
                for name, mark in marks.items()
            }
    records.keep(course, *pair, record)
    return record


def failed(course: Course, job: Job, why: str, accident: bool) -> Record:
    """The record of a submission for which its grader gave none, kept."""
    pair = job.assignment, job.student
    record = Record(records.NOT_RUN, why, accident, records.fingerprint(course, *pair))
    try:
        records.keep(course, *pair, record)
    except OSError as error:  # a full disk, say: it must not cost the rest of the class
        record.reason = f"{why} ({type(error).__name__}: {error})"
    return record


@contextmanager
def counted(record: Record) -> Iterator[None]:
    """Add what this takes, seconds and CPU of this process, to the record."""
    started, used = time.monotonic(), time.process_time()
    yield
    record.seconds = round(record.seconds + time.monotonic() - started, 2)
    record.cpu = round(record.cpu + time.process_time() - used, 2)


def put_out(folder: Path, named: str, nb: Any, at: str) -> None:
    """Write the notebook, as it ran, where Formgrader looks for it: read only, with the time at which it came."""
    files = {named: nbformat.writes(nb) + "\n"} | ({stamps.STAMP: at} if at else {})
    for name, content in files.items():
        write(folder / name, content)
        (folder / name).chmod(0o444)
