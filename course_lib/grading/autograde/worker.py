"""A process that grades submissions one after another: asked on stdin, one line of JSON each, answered on stdout."""

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from course_lib.grading.autograde.attempt import Attempt, Job
from course_lib.grading.course import GOOD_NAME, Course
from course_lib.grading.release.key import Reference, label
from course_lib.grading.release.source import mark_name, text
from course_lib.grading.sandbox import walls
from course_lib.grading.submissions import reading
from course_lib.ground import ROOT

STAMP = "timestamp.txt"  # nbgrader's: when it was handed in


def fingerprint(course: Course, assignment: str, student: str) -> str:
    """What a mark depends on: the submission, its time, the key. Changes where the mark must be made anew."""
    digest = hashlib.sha256()
    place = course.home / "submitted" / student / assignment
    for file in (place / f"{assignment}.ipynb", place / STAMP, course.home / "keys" / f"{assignment}.json"):
        digest.update(b"\0")
        with contextlib.suppress(OSError):  # what may not be read counts as empty
            if file.is_file() and not file.is_symlink() and file.stat().st_size <= reading.LARGEST:
                digest.update(file.read_bytes())
    return digest.hexdigest()


def handed_in_at(file: Path, notes: list[str]) -> str:
    """What timestamp.txt says; "" where there is none, or where it says nothing that is a time."""
    if not file.is_file() or file.is_symlink():
        return ""
    with open(file, "rb") as stamp:
        when = stamp.read(100).decode("utf-8", "replace").strip()
    try:
        return in_utc(when)
    except (ValueError, OverflowError, OSError, KeyError):  # no time, or a zone that nobody knows
        notes.append(f"{STAMP} says no time (write 2026-03-01 12:00:00 UTC): it counts as handed in on time")
        return ""


def in_utc(when: str) -> str:
    """A time as nbgrader reads it rightly. It may end in UTC, Z, +0100, +01:00 or Europe/Paris; without, it is UTC.

    Raises ValueError, OverflowError, KeyError or OSError for anything else.
    """
    text, zone = re.sub(r" *(?:UTC|Z)$", "+00:00", when), None
    if named := re.fullmatch(r"(.*\d) ([A-Z]\w+(?:/\w+)+)", text):
        text, zone = named[1], ZoneInfo(named[2])
    at = datetime.fromisoformat(re.sub(r" *([+-]\d\d):?(\d\d)$", r"\1:\2", text))
    at = at.replace(tzinfo=at.tzinfo or zone or UTC).astimezone(UTC)
    if not 2000 <= at.year < 2200:
        raise ValueError(f"the year {at.year}")
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


class Worker:
    """Grades; keeps what several submissions share."""

    def __init__(self, course: Course, limits: walls.Limits, trusted: bool) -> None:
        self.course, self.limits, self.trusted = course, limits, trusted
        self.config = course.config()
        self.keys: dict[str, dict[str, Any]] = {}
        self.references: dict[str, Reference] = {}
        self.tests: dict[tuple[str, str, str], Any] = {}

    def accepts(self, assignment: str, question: str, numbers: dict[str, Any]) -> Any:
        """The tests of parts that many answers satisfy, from the reference as it was released."""
        if assignment not in self.references:
            self.references[assignment] = Reference(self.course.source(assignment), self.course.secret)
        reference, place = self.references[assignment], (assignment, question, label(numbers))
        if place not in self.tests:
            seed = self.keys[assignment]["questions"][question].get("seed")
            self.tests[place] = reference.accepts(reference.source.questions[question], numbers, seed)
        return self.tests[place]

    def grade(self, assignment: str, student: str) -> dict[str, Any]:
        """Grade one submission; the record that is kept of it."""
        started, used = time.monotonic(), time.process_time()
        state: dict[str, Any] = {
            "status": "running", "reason": "", "fingerprint": fingerprint(self.course, assignment, student),
            "questions": {}, "flags": [], "notes": [],
        }  # fmt: skip
        self.course.set_state(assignment, student, state)
        self.forget(assignment, student)
        try:
            if assignment not in self.keys:
                self.keys[assignment] = self.course.key(assignment)
            job, notes = self.attempt(assignment, student)
        except reading.Refused as refused:
            state |= {"status": "did not run", "reason": str(refused)}
        else:
            state |= {"notes": notes, "flags": job.flags}
            used -= job.cpu
            state["kernel_cpu"] = round(job.cpu, 2)
            if job.stopped:
                state |= {"status": "did not run", "reason": job.stopped}
            else:
                state |= {"status": "graded", "points": sum(mark.points for mark in job.marks.values())}
                for name, mark in job.marks.items():
                    state["questions"][name] = {
                        "points": mark.points, "most": mark.most, "slip": mark.slip, "lines": mark.lines,
                        "attempted": mark.attempted,
                    }  # fmt: skip
        state |= {"seconds": round(time.monotonic() - started, 2), "cpu": round(time.process_time() - used, 2)}
        if state["status"] != "graded":
            self.forget(assignment, student)
        self.course.set_state(assignment, student, state)
        return state

    def forget(self, assignment: str, student: str) -> None:
        """Take back what an earlier grading said; marks given by hand stay in the gradebook."""
        from nbgrader.api import MissingEntry

        if not GOOD_NAME.fullmatch(student):
            return
        for folder in ("autograded", "feedback"):
            shutil.rmtree(self.course.home / folder / student / assignment, ignore_errors=True)
        with self.course.gradebook() as book, contextlib.suppress(MissingEntry):
            handed_in = book.find_submission(assignment, student)
            handed_in.timestamp = None  # told anew from the file; where that is gone, it isn't late
            for notebook in handed_in.notebooks:
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = None, True
            book.db.commit()

    def attempt(self, assignment: str, student: str) -> tuple[Job, list[str]]:
        """Hand the submission, put into the release's shape, to nbgrader. Raises Refused."""
        from nbgrader.converters import Autograde
        from nbgrader.converters.base import NbGraderException
        from nbgrader.coursedir import CourseDirectory

        home, name = self.course.home, f"{assignment}.ipynb"
        if not GOOD_NAME.fullmatch(student):
            raise reading.Refused("the name of its folder can't be a student's id (letters, digits, . _ - + @)")
        place = home / "submitted" / student / assignment
        release = json.loads((home / "release" / assignment / name).read_text("utf-8"))
        notebook, notes = reading.restored(reading.cells(reading.load(place / name)), release)
        notes += reading.other_name(notebook, student)
        sheet = home / "release" / assignment / "assignment.json"
        job = Job(
            assignment, student, self.keys[assignment], self.course.secret, self.course.salt(assignment),
            lambda question, numbers: self.accepts(assignment, question, numbers),
            {"assignment.json": sheet}, self.limits, self.trusted,
        )  # fmt: skip
        stubs = {mark_name(cell): text(cell) for cell in release["cells"]}
        job.untouched = {mark_name(cell) for cell in notebook["cells"] if text(cell) == stubs.get(mark_name(cell))}
        with tempfile.TemporaryDirectory(prefix="handed-in-", dir=self.course.folder("work")) as stage:
            there = Path(stage) / student / assignment
            there.mkdir(parents=True)
            (there / name).write_text(json.dumps(notebook), "utf-8")
            if when := handed_in_at(place / STAMP, notes):
                (there / STAMP).write_text(when, "utf-8")
            config = self.config.copy()
            config.CourseDirectory.submitted_directory = os.path.relpath(stage, home)
            config.CourseDirectory.assignment_id, config.CourseDirectory.student_id = assignment, student
            Attempt.job = job
            converter = Autograde(coursedir=CourseDirectory(config=config), config=config)
            converter.force = True
            try:
                converter.start()
            except NbGraderException as error:
                job.stopped = job.stopped or f"nbgrader could not take it: {str(error).splitlines()[0][:200]}"
        return job, notes


def main(argv: list[str]) -> int:
    """Answer until stdin ends. argv: the folder, the sources, the limits as JSON, whether to trust."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing else gets among the answers
    course = Course(Path(argv[0]), Path(argv[1]))
    logging.basicConfig(filename=course.folder("logs") / "autograde.log", level=logging.INFO, force=True,
                        format="%(asctime)s %(process)d %(message)s")  # fmt: skip
    logging.captureWarnings(True)
    logger = logging.getLogger("traitlets")
    logger.handlers, logger.propagate = [logging.NullHandler()], True
    os.chdir(ROOT)
    worker = Worker(course, walls.Limits(**json.loads(argv[2])), argv[3] == "trusted")
    for line in sys.stdin:
        assignment, student = json.loads(line)
        state = worker.grade(assignment, student)
        answers.write(json.dumps(state) + "\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
