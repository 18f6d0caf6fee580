"""A process that grades submissions one after another: a job on stdin, one line of JSON; its record on stdout."""

import json
import logging
import os
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import compute_checksum

from course_lib.grading import gradebook, records
from course_lib.grading.autograde import attempt
from course_lib.grading.course import GOOD_NAME, Course
from course_lib.grading.records import Record
from course_lib.grading.release.key import Reference, label
from course_lib.grading.release.source import mark_name, text
from course_lib.grading.sandbox import walls
from course_lib.grading.submissions import reading, stamps
from course_lib.ground import write
from course_lib.handin import SHEET


@dataclass(frozen=True)
class Job:
    """One submission to be graded: paths, texts and numbers, so that it can be sent anywhere as JSON."""

    home: str  # the grading folder
    sources: str
    assignment: str
    student: str
    seconds: float
    cell_seconds: float
    memory: int
    trusted: bool = False


class Release:
    """What the submissions of one assignment share."""

    def __init__(self, course: Course, name: str) -> None:
        place = course.home / "release" / name
        self.secret, self.salt, self.sheet = course.secret, course.salt(name), place / SHEET
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
        notebook, notes = reading.restored(reading.cells(reading.load(file)), self.notebook)
        notes += reading.other_name(notebook, student)
        stubs = {mark_name(cell): text(cell) for cell in self.notebook["cells"]}
        untouched = {mark_name(cell) for cell in notebook["cells"] if text(cell) == stubs.get(mark_name(cell))}
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


def grade(job: Job) -> Record:
    """Read a submission, run it, judge it, write points into the gradebook and, last of all, the record."""
    started, used, pair = time.monotonic(), time.process_time(), (job.assignment, job.student)
    course = Course(job.home, job.sources)
    settings, record = course.settings(), Record(records.RUNNING)
    record.fingerprint = records.fingerprint(course, *pair)
    records.keep(course, *pair, record)
    named = f"{job.assignment}.ipynb"
    try:
        if not GOOD_NAME.fullmatch(job.student):
            raise reading.Refused("the name of its folder can't be a student's id (letters, digits, . _ - + @)")
        for folder in ("autograded", "feedback"):  # what an earlier grading said; points by hand stay
            shutil.rmtree(course.home / folder / job.student / job.assignment, ignore_errors=True)
        with course.gradebook() as book:
            gradebook.forget(book, *pair)
        about, place = release(job.home, job.sources, job.assignment), course.home / "submitted" / job.student
        nb, untouched, record.notes = about.restored(place / job.assignment / named, job.student)
        at = stamps.handed_in_at(place / job.assignment / stamps.STAMP, record.notes)
        limits = walls.Limits(job.seconds, job.cell_seconds, job.memory)
        ran = attempt.run(nb, about.key, {SHEET: about.sheet}, limits, job.trusted)
        record.flags, record.kernel_cpu = ran.flags, round(ran.cpu, 2)
        if ran.stopped:
            raise reading.Refused(ran.stopped)
        marks = attempt.judge(nb, about.key, ran, job.student, about.salt, about.accepts, untouched)
    except reading.Refused as refused:
        record.status, record.reason = records.NOT_RUN, str(refused)
    else:
        put_out(course.folder("autograded", job.student, job.assignment), named, nb, at)
        with course.gradebook() as book:
            points = {question: mark.points for question, mark in marks.items()}
            record.seal = gradebook.enter(book, *pair, points, untouched, at, settings)
        record.status = records.GRADED
        record.questions = {
            name: {"slip": mark.slip, "attempted": mark.attempted, "right": mark.right} for name, mark in marks.items()
        }
    record.seconds = round(time.monotonic() - started, 2)
    record.cpu = round(time.process_time() - used + record.kernel_cpu, 2)
    records.keep(course, *pair, record)
    return record


def put_out(folder: Path, named: str, nb: Any, at: str) -> None:
    """Write the notebook, as it ran, where Formgrader looks for it: read only, with the time at which it came."""
    files = {named: nbformat.writes(nb) + "\n"} | ({stamps.STAMP: at} if at else {})
    for name, content in files.items():
        write(folder / name, content)
        (folder / name).chmod(0o444)


def main() -> int:
    """Answer until stdin ends; what else is said goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    for line in sys.stdin:
        print(json.dumps(asdict(grade(Job(**json.loads(line))))), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
