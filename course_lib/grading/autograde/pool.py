"""Grading many submissions: a few worker processes, one progress bar, and a record that survives a kill."""

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from course_lib.grading.autograde.worker import fingerprint
from course_lib.grading.course import Course, GradingError
from course_lib.grading.sandbox import walls
from course_lib.handin import SHEET

MARGIN = 90  # seconds that a worker may take beyond a submission's own limit


@contextlib.contextmanager
def only_one(course: Course) -> Iterator[int]:
    """Wait for another grading of the same folder; the lock is held until the last of its processes has ended."""
    import fcntl

    lock = os.open(course.folder() / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another grading of this folder is still at work: waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def todo(course: Course, chosen: list[tuple[str, str]], resume: bool) -> list[tuple[str, str]]:
    """What is still to be graded: with `resume`, only what has no mark or has changed since."""
    if not resume:
        return chosen
    left = []
    for assignment, student in chosen:
        state = course.state(assignment, student)
        finished = state.get("status") in ("graded", "did not run") and not state.get("accident")
        if not finished or state.get("fingerprint") != fingerprint(course, assignment, student):
            left.append((assignment, student))
    return left


def released_whole(course: Course, name: str) -> bool:
    """Whether all that grading needs of a release is there."""
    place = course.home / "release" / name
    return name in course.released() and (place / f"{name}.ipynb").is_file() and (place / SHEET).is_file()


class Crew:
    """The workers, each with a thread of its own that gives it work and ends it when it takes too long."""

    def __init__(self, course: Course, limits: walls.Limits, trusted: bool, lock: int) -> None:
        self.course, self.limits, self.trusted, self.lock = course, limits, trusted, lock
        self.work: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.stop = threading.Event()

    def hire(self) -> subprocess.Popen:
        """A new worker."""
        limits = json.dumps(asdict(self.limits))
        command = [sys.executable, "-m", "course_lib.grading.autograde.worker", str(self.course.home),
                   str(self.course.sources), limits, "trusted" if self.trusted else "sandbox"]  # fmt: skip
        log = open(self.course.folder("logs") / "workers.log", "ab")
        env = dict(os.environ, PYTHONPATH=os.pathsep.join([str(walls.ROOT), os.environ.get("PYTHONPATH", "")]),
                   OMP_NUM_THREADS="1", TQDM_DISABLE="1", PYTHONWARNINGS="ignore")  # fmt: skip
        with log:
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=env, cwd=walls.ROOT,
                pass_fds=[self.lock], start_new_session=True,
            )  # fmt: skip

    def serve(self, finished: Callable[[str, str, dict[str, Any]], None]) -> None:
        """Grade until nothing is left; a worker that dies costs only the submission it was at."""
        worker = None
        try:
            while not self.stop.is_set():
                try:
                    assignment, student = self.work.get_nowait()
                except queue.Empty:
                    return
                worker = worker or self.hire()
                try:
                    state, worker = self.one(worker, assignment, student)
                except Exception as error:  # a full disk, say: it must not cost the rest of the class
                    end_now(worker)
                    state, worker = {"status": "did not run", "reason": f"{type(error).__name__}: {error}"}, None
                if not self.stop.is_set():
                    finished(assignment, student, state)
        finally:
            if worker:
                dismiss(worker)

    def one(self, worker: subprocess.Popen, assignment: str, student: str) -> tuple[dict[str, Any], Any]:
        """One submission; the worker, or None where it is gone."""
        end, answer = time.monotonic() + self.limits.seconds + MARGIN, b""
        why = accident = "its grader ended unexpectedly (autograde --resume tries again; see logs/workers.log)"
        with contextlib.suppress(OSError):
            worker.stdin.write(json.dumps([assignment, student]).encode() + b"\n")
            worker.stdin.flush()
            while not answer.endswith(b"\n") and not self.stop.is_set():
                if time.monotonic() > end:
                    why = f"grading it took longer than {self.limits.seconds + MARGIN:g} s"
                    break
                if select.select([worker.stdout], [], [], 0.5)[0]:
                    piece = os.read(worker.stdout.fileno(), 65536)
                    if not piece:
                        break
                    answer += piece
        with contextlib.suppress(ValueError):
            return json.loads(answer), worker
        end_now(worker)
        state = {"status": "did not run", "reason": why, "questions": {}, "flags": [], "notes": [],
                 "accident": why == accident, "fingerprint": fingerprint(self.course, assignment, student)}  # fmt: skip
        if not self.stop.is_set():
            self.course.set_state(assignment, student, state)
        return state, None


def dismiss(worker: subprocess.Popen) -> None:
    """Let a worker go; one that doesn't go is ended."""
    with contextlib.suppress(OSError):
        worker.stdin.close()
    try:
        worker.wait(10)
    except subprocess.TimeoutExpired:
        end_now(worker)


def end_now(worker: subprocess.Popen) -> None:
    """End a worker and all that it started (a kernel in the sandbox ends with its parent)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def grade(
    course: Course, chosen: list[tuple[str, str]], jobs: int, resume: bool, limits: walls.Limits, trusted: bool
) -> dict[str, int]:
    """Grade these submissions; how many ended how. Ctrl-C ends the workers and leaves the rest for `--resume`."""
    from tqdm import tqdm

    if not trusted:
        walls.check([course.home, course.database, course.sources, Path.home() / ".ssh"], limits)
    course.need()
    course.config()  # settings that can't be read are said before anybody's marks are touched
    tally = {"graded": 0, "did not run": 0, "attention": 0}
    with only_one(course) as lock:
        left = todo(course, chosen, resume)
        if resume and len(left) < len(chosen):
            print(f"{len(chosen) - len(left)} of {len(chosen)} are graded already.", flush=True)
        missing = sorted(name for name in {name for name, _ in left} if not released_whole(course, name))
        if missing:
            raise GradingError(f"not released: {', '.join(missing)}: python -m course_lib.grading release")
        crew = Crew(course, limits, trusted, lock)
        for pair in left:
            crew.work.put(pair)
        with tqdm(total=len(left), desc="Grading", unit="submission", disable=None, dynamic_ncols=True) as bar:

            def finished(assignment: str, student: str, state: dict[str, Any]) -> None:
                tally[state["status"]] = tally.get(state["status"], 0) + 1
                tally["attention"] += bool(state.get("flags") or state["status"] != "graded")
                bar.set_postfix_str(f"{tally['attention']} for your attention", refresh=False)
                bar.update()

            threads = [
                threading.Thread(target=crew.serve, args=(finished,), daemon=True)
                for _ in range(max(1, min(jobs, len(left))))
            ]
            for thread in threads:
                thread.start()
            try:
                for thread in threads:
                    while thread.is_alive():
                        thread.join(0.5)
            except KeyboardInterrupt:
                crew.stop.set()
                for thread in threads:
                    thread.join(20)
                raise
    return tally
