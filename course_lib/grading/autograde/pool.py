"""Grading many submissions: a few worker processes, one progress bar, and records that survive a kill."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from course_lib.grading import records
from course_lib.grading.autograde.crew import MARGIN, Gone, Worker, ready
from course_lib.grading.autograde.home import ENDED, Job, failed
from course_lib.grading.autograde.scratch import scratch
from course_lib.grading.course import Course, GradingError, alone
from course_lib.grading.records import NOT_RUN, Record
from course_lib.grading.sandbox import walls
from course_lib.handin import SHEET


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
    """Worker processes on this machine, each with a submission of its own. None of them outlives the `with`."""

    def __init__(self, course: Course, size: int, place: Path, locks: list[int]) -> None:
        self.course, self.size = course, size
        self.means = course.folder("logs") / "workers.log", place, locks
        self.workers: list[Worker] = []

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, kind: type | None, *rest: object) -> None:
        for worker in self.workers:
            worker.kill() if kind else worker.dismiss()

    def hire(self) -> Worker:
        """A new worker."""
        self.workers.append(worker := Worker(*self.means))
        return worker

    def fire(self, worker: Worker) -> None:
        """End one that gives no answer, and forget it."""
        self.workers.remove(worker)
        worker.kill()

    def grade(self, jobs: list[Job]) -> Iterator[Record]:
        """The records of these submissions as they come; a worker that dies, or takes too long, costs only one."""
        waiting, busy, idle = deque(jobs), {}, []
        while waiting or busy:
            while waiting and len(busy) < self.size:
                worker, job = idle.pop() if idle else self.hire(), waiting.popleft()
                busy[worker] = job
                seconds = job.seconds + MARGIN
                try:
                    worker.give({"do": "grade", "job": asdict(job)}, seconds)
                except Gone:
                    yield self.lost(busy, worker, ENDED, True)
            for worker in ready(list(busy), 0.5):
                try:
                    said = worker.answer()
                    if said is not None:
                        record = Record(**said)
                        del busy[worker]
                        idle.append(worker)
                        yield record
                except (Gone, TypeError, OSError):
                    yield self.lost(busy, worker, ENDED, True)
            for worker in [one for one in busy if time.monotonic() > one.end]:
                took = f"grading it took longer than {busy[worker].seconds + MARGIN:g} s"
                yield self.lost(busy, worker, took, False)

    def lost(self, busy: dict[Worker, Job], worker: Worker, why: str, accident: bool) -> Record:
        """The record where a worker gave none; it is ended."""
        self.fire(worker)
        return failed(self.course, busy.pop(worker), why, accident)


def runners(course: Course, scheduler: str, jobs: int, place: Path, locks: list[int]) -> Any:
    """Who runs submissions: processes here, or the workers of a cluster. Raises GradingError."""
    if not scheduler:
        return Crew(course, jobs, place, locks)
    from course_lib.grading.autograde.cluster import Cluster

    return Cluster(course, scheduler, place, locks)


def grade(
    course: Course,
    chosen: list[tuple[str, str]],
    jobs: int,
    resume: bool,
    limits: walls.Limits,
    trusted: bool,
    scheduler: str = "",
) -> dict[str, int]:
    """Grade these submissions; how many ended how. Ctrl-C ends the workers and leaves the rest for `--resume`.

    scheduler: the address of a cluster whose workers run them, "" for `jobs` processes here.
    Raises GradingError, NoSandbox.
    """
    from tqdm import tqdm

    if not trusted and not scheduler:
        walls.check([course.home, course.database, course.sources, Path.home() / ".ssh"], limits)
    course.settle()  # settings that can't be read are said before anybody's marks are touched
    tally = {records.GRADED: 0, NOT_RUN: 0, "attention": 0}
    with alone(course.home) as lock, scratch() as (place, own):
        left = todo(course, chosen, resume)
        if resume and len(left) < len(chosen):
            print(f"{len(chosen) - len(left)} of {len(chosen)} are graded already.", flush=True)
        missing = sorted(name for name in {name for name, _ in left} if not released_whole(course, name))
        if missing:
            raise GradingError(f"not released: {', '.join(missing)}: python -m course_lib grade release")
        means = limits.seconds, limits.cell, limits.memory, trusted
        work = [Job(str(course.home), str(course.sources), *pair, *means) for pair in left]
        with (
            runners(course, scheduler, max(1, jobs), place, [lock, own]) as crew,
            tqdm(total=len(left), desc="Grading", unit="submission", disable=None, dynamic_ncols=True) as bar,
        ):
            for record in crew.grade(work):
                tally[record.status] += 1
                tally["attention"] += records.needs_attention(record)
                bar.set_postfix_str(f"{tally['attention']} for your attention", refresh=False)
                bar.update()
    return tally
