"""A dask cluster of processes on this machine, whose workers are killed; and a class for it.

Each worker is a machine of its own as far as the grader can tell: a process with a nanny, killed with it.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

from course_lib.grading.autograde.attempt import Ran
from course_lib.grading.course import Course
from course_lib.ground import ROOT
from course_lib.handin import drawn
from tests.conftest import until, variables
from tests.grading import hostile
from tests.grading.hostile import NAME

AUDIT = """
CREATE TABLE entered (id TEXT, times INTEGER DEFAULT 0);
CREATE TRIGGER entering AFTER UPDATE OF auto_score ON grade WHEN new.auto_score IS NOT NULL
BEGIN INSERT INTO entered VALUES (new.id, 1); END;
"""
STAND_IN = """
import json, os, time
from pathlib import Path

def dask_setup(worker):
    from course_lib.grading.autograde import remote
    said = json.loads(Path(os.environ["STAND_IN"]).read_text("utf-8"))

    def attempt(task):
        time.sleep(said["seconds"])
        student = next(one for one in said["students"] if f"is {one}." in task)
        return json.dumps(said["students"][student])

    remote.attempt, remote.unfit = attempt, lambda *given: ""
"""


class Crowd:
    """A scheduler and workers as processes. In a `with`; `kill` ends a worker as a broken machine does."""

    def __init__(self, folder: Path, size: int, *words: str, env: dict[str, str] | None = None) -> None:
        """words: more options of `dask worker`."""
        self.folder, self.words, self.killed = folder, words, 0
        self.protocol = "tls" if any("TLS" in name for name in env or {}) else "tcp"
        self.env = variables(ROOT, OMP_NUM_THREADS="1", **(env or {}))
        self.size, self.workers, self.lock = size, [], threading.Lock()

    def start(self, *command: str) -> subprocess.Popen:
        """One of dask's commands."""
        with open(self.folder / f"{command[0]}.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *command, "--no-dashboard"], cwd=ROOT, env=self.env, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> "Crowd":
        file = self.folder / "scheduler.json"
        self.scheduler = self.start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", *self.how(), "--scheduler-file", str(file)
        )
        until(lambda: file.exists() and file.read_text("utf-8").strip().endswith("}"))
        self.address = json.loads(file.read_text("utf-8"))["address"]
        for _ in range(self.size):
            self.hire()
        return self

    def __exit__(self, *rest: object) -> None:
        for process in [*self.workers, self.scheduler]:
            self.end(process)

    def hire(self) -> None:
        """One worker more."""
        scratch = ["--local-directory", str(self.folder / "dask")]
        self.workers.append(self.start("worker", self.address, "--nthreads", "1", *self.how(), *scratch, *self.words))

    def how(self) -> list[str]:
        """The options of a protocol."""
        return ["--protocol", self.protocol]

    def kill(self) -> None:
        """End the eldest worker at once, and let another come in its place."""
        with self.lock:
            self.end(self.workers.pop(0))
            self.killed += 1
            self.hire()

    def end(self, process: subprocess.Popen) -> None:
        """End a process and its children."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def kill_every(self, seconds: float, over: threading.Event) -> threading.Thread:
        """Kill one every so many seconds, until it is over."""

        def go() -> None:
            while not over.wait(seconds):
                self.kill()

        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        return thread


def audit(course: Course) -> None:
    """From now on the gradebook itself counts how often each question's points are entered."""
    with sqlite3.connect(course.database) as book:
        book.executescript(AUDIT)


def entered(course: Course) -> dict[int, int]:
    """How many questions were entered how often."""
    with sqlite3.connect(course.database) as book:
        times = [one for (one,) in book.execute("SELECT COUNT(*) FROM entered GROUP BY id")]
    return {one: times.count(one) for one in sorted(set(times))}


def class_of_tiny(course: Course, count: int) -> dict[str, dict[str, float]]:
    """Hand in for so many students, with every mix of right answers and the bank's slips; what each must get."""
    key, released = course.key(NAME), json.loads((course.home / "release" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
    expected = {}
    for number in range(count):
        student = f"student.{number:04d}"
        notebook = json.loads(json.dumps(released))
        right = {name: not number >> i & 1 for i, name in enumerate(key["questions"])}
        for cell in notebook["cells"]:
            name = hostile.mark_of(cell)
            if name in right:
                cell["source"] = (hostile.RIGHT if right[name] else hostile.WRONG)[name]
            elif name == "why":
                cell["source"] = f"The answer is {student}."
            cell["source"] = "".join(cell["source"]).replace('STUDENT = ""', f"STUDENT = {student!r}")
        place = course.home / "submitted" / student / NAME
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(json.dumps(notebook), "utf-8")
        expected[student] = {
            name: about["points"] if right[name] else about["slips"][0]["points"]
            for name, about in key["questions"].items()
        }
    return expected


def stand_in(course: Course, expected: dict[str, dict[str, float]], folder: Path, seconds: float) -> dict[str, str]:
    """What a worker needs to answer without kernels, after so many seconds: a module, and its variables."""
    key, students = course.key(NAME), {}
    released = json.loads((course.home / "release" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
    outputs = [[None, []] for cell in released["cells"] if cell["cell_type"] == "code"]
    for student, points in expected.items():
        own, sent = json.dumps(drawn(student, course.salt(NAME), key["choices"]), sort_keys=True), {}
        for name, about in key["questions"].items():
            label = own if about["personal"] else ""
            right = points[name] == about["points"]
            values = about["expected"][label] if right else about["slips"][0]["values"][label]
            parts = zip(about["parts"], values, strict=True)
            sent[name] = {part["name"]: [value] for part, value in parts}
        ran = asdict(Ran(sent)) | {"failed": []}
        students[student] = {"ran": ran, "outputs": outputs, "seconds": seconds, "cpu": 0.0}
    (folder / "stand_in.py").write_text(STAND_IN, "utf-8")
    (folder / "answers.json").write_text(json.dumps({"seconds": seconds, "students": students}), "utf-8")
    return {"STAND_IN": str(folder / "answers.json"), "DASK_DISTRIBUTED__WORKER__PRELOAD": str(folder / "stand_in.py")}


def marks(course: Course) -> dict[str, dict[str, float]]:
    """What the gradebook has, by student and question."""
    from course_lib.grading import gradebook

    with course.gradebook() as book:
        return {one.student_id: gradebook.points(one) for one in book.assignment_submissions(NAME)}


def autograde(course: Course, *words: str, **more: object) -> subprocess.CompletedProcess:
    """The command, to its end."""
    command = [sys.executable, "-m", "course_lib.grading", "autograde", *words, "--folder", str(course.home)]
    command += ["--sources", str(course.sources)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **more)


def demonstrate(course: Course, folder: Path, students: int, workers: int, every: float, stand_in_for: float) -> int:
    """Grade a class of tiny submissions on workers of which one is killed every so often; 0 when all is exact.

    stand_in_for: seconds of an attempt that runs no kernel; 0 for kernels.
    """
    expected = class_of_tiny(course, students)
    audit(course)
    folder.mkdir(parents=True, exist_ok=True)
    env = stand_in(course, expected, folder, stand_in_for) if stand_in_for else {}
    over, begin = threading.Event(), time.monotonic()
    with Crowd(folder, workers, env=env) as crowd:
        killer = crowd.kill_every(every, over) if every else None
        try:
            answer = autograde(course, "--scheduler", crowd.address)
        finally:
            over.set()
            if killer:
                killer.join()
    took, got, times = time.monotonic() - begin, marks(course), entered(course)
    wrong = [student for student, points in expected.items() if got.get(student) != points]
    print(answer.stdout + answer.stderr, end="")
    print(f"{students} submissions, {workers} workers, {crowd.killed} killed, {took:.0f} s: {len(wrong)} wrong marks; "
          f"questions entered once, twice, ...: {times}")  # fmt: skip
    noise = "Traceback" in answer.stderr or "distributed" in answer.stderr
    return int(bool(wrong) or noise or set(times) != {1} or times[1] != 3 * students)
