"""Grading on more than one machine: tasks go to the workers of a dask cluster, what comes back is written by one.

A task is given to a worker that was tried out, and to nobody else while that one lives. It is entered once: when its
answer comes. If its worker goes, another one runs it again.
"""

import contextlib
import queue
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course_lib.grading.autograde import remote
from course_lib.grading.autograde.crew import MARGIN, Gone, Worker
from course_lib.grading.autograde.home import ENDED, Begun, Job, failed
from course_lib.grading.course import Course, GradingError
from course_lib.grading.records import Record
from course_lib.setup.cluster import PATIENCE as ANSWER
from course_lib.setup.cluster import NoCluster, connected

PATIENCE = 60  # seconds without any worker before grading ends
LOOK = 1.0  # seconds between two looks who is there
LOST = 5  # so often a submission is run again whose worker has gone
AHEAD = 1  # tasks that wait at a worker for the one before


@dataclass(eq=False)
class Piece:
    """A submission under way."""

    job: Job
    begun: Begun | None = None
    lost: int = 0


@dataclass(eq=False)
class Place:
    """A worker of the cluster."""

    name: str
    threads: int
    trial: Any = None  # the future of its trial; None when that is over
    fit: bool = False
    work: dict[Any, Piece] = field(default_factory=dict)  # by future, the eldest first


class Cluster:
    """The workers behind a scheduler, beside one process at home that reads, judges and writes."""

    def __init__(
        self,
        course: Course,
        address: str,
        place: Path,
        locks: list[int],
        patience: float = PATIENCE,
        timeout: float = ANSWER,
    ) -> None:
        """Raises GradingError where nobody answers at the address, or dask isn't installed."""
        try:
            self.client = connected(address, "course-grading", timeout)
        except NoCluster as error:
            raise GradingError(str(error)) from error
        self.course, self.address, self.patience = course, address, patience
        self.means = course.folder("logs") / "workers.log", place, locks
        self.desk: Worker | None = None
        self.places: dict[str, Place] = {}
        self.unfit: dict[str, str] = {}  # by name, why
        self.ended: queue.SimpleQueue[Any] = queue.SimpleQueue()  # futures
        self.looked = self.seen = time.monotonic()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, kind: type | None, *rest: object) -> None:
        with contextlib.suppress(Exception):  # a scheduler that has gone
            self.client.cancel([future for place in self.places.values() for future in place.work], force=True)
            self.client.close(timeout=2)
        if self.desk:
            self.desk.kill() if kind else self.desk.dismiss()

    def grade(self, jobs: list[Job]) -> Iterator[Record]:
        """The records of these submissions as they come. Raises GradingError where nobody is left to run them."""
        waiting, under_way = deque(map(Piece, jobs)), 0
        self.seen, self.looked = time.monotonic(), 0.0
        limits = {"seconds": jobs[0].seconds, "cell": jobs[0].cell_seconds, "memory": jobs[0].memory} if jobs else {}
        self.conditions = remote.library(), limits, bool(jobs) and jobs[0].trusted
        while waiting or under_way:
            lost = self.look()
            under_way -= len(lost)
            for piece in lost:
                if piece.lost <= LOST:
                    waiting.appendleft(piece)
                else:
                    yield failed(self.course, piece.job, f"{piece.lost} workers ended while they ran it", True)
            while waiting and (place := self.free()):
                piece = waiting.popleft()
                if (record := self.begin(piece)) is not None:
                    yield record
                    continue
                self.send(place, piece)
                under_way += 1
            with contextlib.suppress(queue.Empty):
                future = self.ended.get(timeout=0.2)
                for place in self.places.values():
                    if (piece := place.work.get(future)) and future.status in ("finished", "error"):
                        del place.work[future]
                        under_way -= 1
                        if (record := self.finish(piece, future)) is not None:
                            yield record
                        else:
                            waiting.appendleft(piece)

    # -- who is there ------------------------------------------------------------------------------------------------

    def look(self) -> list[Piece]:
        """See who has come and gone; what those had who have gone. Raises GradingError where nobody is left."""
        if time.monotonic() - self.looked < LOOK:
            return []
        self.looked, lost = time.monotonic(), []
        try:
            there = self.client.scheduler_info(n_workers=-1)["workers"]
        except Exception as error:  # it can't be reached: dask has many words for that
            why = f"the scheduler at {self.address} can't be reached any more ({type(error).__name__})"
            raise GradingError(f"{why}. What is graded is kept; autograde --resume does the rest") from error
        for address in [one for one in self.places if one not in there]:
            place = self.places.pop(address)
            for number, (future, piece) in enumerate(place.work.items()):
                future.cancel()  # what it may have said was still there
                piece.lost += number < place.threads
                lost.append(piece)
        for address, about in there.items():
            if address not in self.places:
                self.try_out(address, about)
        for place in self.places.values():
            self.judge(place)
        if any(place.fit or place.trial or place.work for place in self.places.values()):
            self.seen = time.monotonic()
        elif self.unfit and self.places:
            whys = "; ".join(f"{name}: {why}" for name, why in list(self.unfit.items())[:5])
            raise GradingError(f"no worker of {self.address} can run submissions: {whys}")
        elif time.monotonic() - self.seen > self.patience:
            raise GradingError(f"{self.address} has no workers: start some with `dask worker {self.address}`")
        return lost

    def try_out(self, address: str, about: dict[str, Any]) -> None:
        """Ask a worker that has come whether it may run submissions."""
        name = str(about.get("name") or address)
        place = self.places[address] = Place(name if name == address else f"{name} ({address})", about["nthreads"])
        place.trial = self.client.submit(remote.unfit, *self.conditions, workers=[address], pure=False, priority=10)

    def judge(self, place: Place) -> None:
        """Take in what a worker's trial gave; one that can't run submissions is named, once."""
        if place.trial is None or place.trial.status not in ("finished", "error"):
            return
        trial, place.trial = place.trial, None
        try:
            why = trial.result(timeout=5)
        except Exception as error:  # whatever its Python says, say that there is no course_lib
            why = f"course_lib can't be used there ({type(error).__name__}: {str(error)[:120]})"
        place.fit = not why
        if why and place.name not in self.unfit:
            self.unfit[place.name] = why
            print(f"Not used: worker {place.name}: {why}", flush=True)

    # -- one submission ------------------------------------------------------------------------------------------------

    def ask(self, request: dict[str, Any], job: Job) -> Any:
        """What the process at home says; it is replaced where it gives no answer. Raises Gone."""
        self.desk = self.desk or Worker(*self.means)
        try:
            return self.desk.ask(request | {"job": asdict(job)}, MARGIN)
        except Gone:
            self.desk.kill()
            self.desk = None
            raise

    def begin(self, piece: Piece) -> Record | None:
        """Read a submission, if that was not done; its record where it isn't to be run."""
        if piece.begun is None:
            try:
                piece.begun = Begun(**self.ask({"do": "prepare"}, piece.job))
            except Gone as why:
                return failed(self.course, piece.job, f"reading it: {why}", "longer" not in str(why))
        return None if piece.begun.task else Record(**piece.begun.record)

    def send(self, place: Place, piece: Piece) -> None:
        """Give a task to a worker."""
        future = self.client.submit(
            remote.attempt, piece.begun.task, pure=False, retries=0,
            workers=[next(address for address, one in self.places.items() if one is place)],
        )  # fmt: skip
        place.work[future] = piece
        future.add_done_callback(self.ended.put)

    def free(self) -> Place | None:
        """The worker that has least to do, where one can take more."""
        able = [place for place in self.places.values() if place.fit and len(place.work) < place.threads + AHEAD]
        return min(able, key=lambda place: len(place.work) / place.threads, default=None)

    def finish(self, piece: Piece, future: Any) -> Record | None:
        """Judge what came back, and write it down; None where its worker went before it was fetched."""
        from distributed import KilledWorker

        try:
            told = future.result(timeout=20)
        except Exception as error:  # what went wrong on another machine can be anything
            piece.lost += 1
            if (future.status != "error" or isinstance(error, KilledWorker)) and piece.lost <= LOST:
                future.cancel()
                return None
            return failed(self.course, piece.job, f"{ENDED} ({type(error).__name__}: {str(error)[:120]})", True)
        try:
            request = {"do": "finish", "begun": asdict(piece.begun), "told": told if isinstance(told, str) else ""}
            return Record(**self.ask(request, piece.job))
        except Gone as why:
            return failed(self.course, piece.job, f"judging it: {why}", "longer" not in str(why))
