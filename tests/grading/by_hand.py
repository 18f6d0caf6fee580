"""Submissions of the tiny assignment as a grading leaves them, made without a kernel; and Formgrader on them."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from course_lib.grading import gradebook, records
from course_lib.grading.course import Course
from course_lib.grading.hand import marked
from course_lib.grading.records import Record
from course_lib.grading.submissions import stamps
from course_lib.ground import ROOT
from tests.grading import hostile
from tests.grading.hostile import NAME

FULL = {"soft": 3.0, "double": 2.0, "spread": 2.0}


def answered(course: Course, answers: dict[str, str], student: str = "", name: str = NAME, hidden=True) -> dict:
    """The released notebook with these answers, and (hidden) with its hidden tests."""
    notebook = json.loads((course.home / "release" / name / f"{name}.ipynb").read_text())
    tests = {hostile.mark_of(one): one["source"] for one in course.source(name).cells if hostile.mark_of(one)}
    for one in notebook["cells"]:
        if hostile.mark_of(one) in answers:
            one["source"] = answers[hostile.mark_of(one)]
        elif hidden and hostile.mark_of(one).endswith("-test"):
            one["source"] = tests[hostile.mark_of(one)]
        elif "".join(one["source"]).startswith("STUDENT ="):
            one["source"] = f'STUDENT = "{student}"'
    return notebook


def hand_in(course, student, why="Because it is so.", name=NAME):
    """A student's right answers, where submissions lie."""
    notebook = answered(course, hostile.RIGHT | {"why": why}, student, name, hidden=False)
    place = course.folder("submitted", student, name) / f"{name}.ipynb"
    place.write_text(json.dumps(notebook))
    return place


def graded(course, student, why="Because it is so.", points=None, at="", name=NAME, **about):
    """Hand in, and enter what a grading would: the notebook, the points, the record."""
    notebook = answered(course, hostile.RIGHT | {"why": why}, student, name)
    place = course.folder("submitted", student, name)
    (place / f"{name}.ipynb").write_text(json.dumps(notebook))
    if at:
        (place / stamps.STAMP).write_text(at)
    marked.remember(course, name, student)
    with course.gradebook() as book:
        gradebook.forget(book, name, student)
    (course.folder("autograded", student, name) / f"{name}.ipynb").write_text(json.dumps(notebook))
    points = FULL if points is None else points
    with course.gradebook() as book:
        good = marked.still_good(course, name, student, notebook["cells"])
        seal = gradebook.enter(book, name, student, points, set(), at, course.settings(), good)
    slips = {one: {"slip": "", "attempted": True, "right": [True]} for one in points}
    mark = records.fingerprint(course, name, student)
    records.keep(course, name, student, Record(**{"status": "graded", "fingerprint": mark, "seal": seal,
                                                  "questions": slips} | about))  # fmt: skip


def give(course, student, points, comment="", name=NAME, question="why"):
    """Points by hand, as nbgrader's own Formgrader writes them."""
    with course.gradebook() as book:
        grade = book.find_grade(question, name, name, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:
            book.find_comment(question, name, name, student).manual_comment = comment
        book.db.commit()


def by_hand(course, student, name=NAME, question="why"):
    """The points by hand, whether a person must look, and the comment."""
    with course.gradebook() as book:
        grade = book.find_grade(question, name, name, student)
        comment = book.find_comment(question, name, name, student).comment if question == "why" else None
        return grade.manual_score, grade.needs_manual_grade, comment


class Server:
    """`mark`, at work on a course."""

    def __init__(self, course: Course, base: Path, *words: str) -> None:
        self.token, self.course = secrets.token_hex(16), course
        env = dict(os.environ, PYTHONPATH=str(ROOT), JUPYTER_TOKEN=self.token, JUPYTER_RUNTIME_DIR=str(base / "run"))
        command = [sys.executable, "-m", "course_lib.grading", "mark", "--no-browser", "--port", "0", *words]
        command += ["--folder", str(course.home), "--sources", str(course.sources)]
        self.log = base / f"{secrets.token_hex(4)}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=base, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        end = time.monotonic() + 90
        while "Formgrader: " not in (said := self.log.read_text()) or not said.endswith("\n"):
            assert self.process.poll() is None and time.monotonic() < end, said
            time.sleep(0.2)
        self.address = said.split("Formgrader: ")[1].splitlines()[0]
        self.base = "{0.scheme}://{0.netloc}".format(urlsplit(self.address))

    def end(self) -> None:
        """As Ctrl-C does."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(self, path: str, method: str = "GET", body: dict | None = None) -> tuple[int, str]:
        """Status and text of an answer."""
        data = json.dumps(body).encode() if body is not None else b"" if method == "POST" else None
        request = Request(self.base + path, data, {"Authorization": f"token {self.token}"}, method=method)
        try:
            with urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def answers(self) -> list[dict]:
        """Formgrader's list."""
        return json.loads(self.ask(f"/formgrader/api/submitted_notebooks/{NAME}/{NAME}")[1])

    def grade(self, submission: str, name: str = "why") -> dict:
        """One grade as the page has it."""
        grades = json.loads(self.ask(f"/formgrader/api/grades?submission_id={submission}")[1])
        return next(one for one in grades if one["name"] == name)
