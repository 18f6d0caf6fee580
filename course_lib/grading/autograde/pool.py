"""Grading many submissions: a few worker processes, one progress bar, and records that survive a kill."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from course_lib.grading import records
from course_lib.grading.autograde.worker import Job
from course_lib.grading.course import Course, GradingError
from course_lib.grading.records import NOT_RUN, Record
from course_lib.grading.sandbox import walls
from course_lib.ground import ROOT, only_one
from course_lib.handin import SHEET

MARGIN = 90  # seconds that a worker may take beyond a submission's own limit
BUSY = "Another grading of this folder is still at work: waiting for it."


def todo(course: Course, chosen: list[tuple[str, str]], resume: bool) -> list[tuple[str, str]]:
    """What is still to be graded: with `resume`, only what has no mark in force."""
    if not resume:
        return chosen
    with course.gradebook() as book:
        stand = {pair: records.standing(course, book, *pair) for pair in chosen}
    return [pair for pair, (record, _, why) in stand.items() if why or record.accident]


def released_whole(course: Course, name: str) -> bool:
    """Whether all that grading needs of a release is there."""
    place = course.home / "release" / name
    return name in course.released() and (place / f"{name}.ipynb").is_file() and (place / SHEET).is_file()


class Crew:
    """Worker processes, one for each thread that gives it work."""

    def __init__(self, lock: int, log: Path) -> None:
        self.lock, self.log, self.stop = lock, log, threading.Event()
        self.workers: dict[int, subprocess.Popen] = {}  # by thread

    def hire(self) -> subprocess.Popen:
        """A new worker."""
        env = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                   OMP_NUM_THREADS="1", TQDM_DISABLE="1", PYTHONWARNINGS="ignore")  # fmt: skip
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "course_lib.grading.autograde.worker"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, env=env, cwd=ROOT, pass_fds=[self.lock], start_new_session=True,
            )  # fmt: skip

    def grade(self, job: Job) -> Record:
        """One submission: a worker that dies, or takes too long, costs only this one."""
        me = threading.get_ident()
        worker = self.workers[me] = self.workers.get(me) or self.hire()
        try:
            record, answered = self.ask(worker, job)
        except Exception as error:  # a full disk, say: it must not cost the rest of the class
            record, answered = Record(NOT_RUN, f"{type(error).__name__}: {error}"), False
        if not answered:
            end_now(self.workers.pop(me))
        return record

    def ask(self, worker: subprocess.Popen, job: Job) -> tuple[Record, bool]:
        """The worker's record of a submission, or ours where it gives none; whether it gave one."""
        end, answer = time.monotonic() + job.seconds + MARGIN, b""
        why, accident = "its grader ended unexpectedly (autograde --resume tries again; see logs/workers.log)", True
        with contextlib.suppress(OSError):
            worker.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
            worker.stdin.flush()
            while not answer.endswith(b"\n") and not self.stop.is_set():
                if time.monotonic() > end:
                    why, accident = f"grading it took longer than {job.seconds + MARGIN:g} s", False
                    break
                if select.select([worker.stdout], [], [], 0.5)[0]:
                    piece = os.read(worker.stdout.fileno(), 65536)
                    if not piece:
                        break
                    answer += piece
        with contextlib.suppress(ValueError):
            return Record(**json.loads(answer)), True
        end_now(worker)
        course, pair = Course(job.home, job.sources), (job.assignment, job.student)
        record = Record(NOT_RUN, why, accident, records.fingerprint(course, *pair))
        if not self.stop.is_set():
            records.keep(course, *pair, record)
        return record, False


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
    course.settle()  # settings that can't be read are said before anybody's marks are touched
    tally = {records.GRADED: 0, NOT_RUN: 0, "attention": 0}
    with only_one(course.home / ".lock", BUSY) as lock:
        left = todo(course, chosen, resume)
        if resume and len(left) < len(chosen):
            print(f"{len(chosen) - len(left)} of {len(chosen)} are graded already.", flush=True)
        missing = sorted(name for name in {name for name, _ in left} if not released_whole(course, name))
        if missing:
            raise GradingError(f"not released: {', '.join(missing)}: python -m course_lib grade release")
        crew = Crew(lock, course.folder("logs") / "workers.log")
        means = limits.seconds, limits.cell, limits.memory, trusted
        with (
            tqdm(total=len(left), desc="Grading", unit="submission", disable=None, dynamic_ncols=True) as bar,
            ThreadPoolExecutor(max(1, min(jobs, len(left)))) as threads,
        ):
            try:
                work = [threads.submit(crew.grade, Job(str(course.home), str(course.sources), *pair, *means))
                        for pair in left]  # fmt: skip
                for record in (done.result() for done in as_completed(work)):
                    tally[record.status] += 1
                    tally["attention"] += bool(record.flags or record.status != records.GRADED)
                    bar.set_postfix_str(f"{tally['attention']} for your attention", refresh=False)
                    bar.update()
            except BaseException:
                crew.stop.set()
                threads.shutdown(cancel_futures=True)
                raise
            finally:
                for worker in crew.workers.values():
                    dismiss(worker)
    return tally
