"""The students' pages: the submission with its marks and reasons, without hidden tests."""

import contextlib
import html
import re
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course_lib.grading import gradebook, records
from course_lib.grading.autograde.crew import Gone, Worker, ready
from course_lib.grading.autograde.eyes import CLIPPED
from course_lib.grading.autograde.scratch import scratch
from course_lib.grading.course import Course
from course_lib.grading.errors import GradingError
from course_lib.grading.release.source import BEGIN
from course_lib.ground import write

SECONDS = 60  # for one page; each takes about one
START = 60  # more for a worker's first, which loads nbgrader
# Long lines stay in sight, and those of a submission, which have 92 columns at most, aren't broken after their bar.
WRAPPED = "<style>.output_area pre { white-space: pre-wrap } .container { min-width: 61rem }</style></head>"
ENTRY = re.compile(r'(<a href="#([\w-]+?)(?:-test)?">)(?:Test cell|Written response)(?=</a>)')  # in the list at the top
LINE = '<p style="margin: 1em"><strong>{}</strong></p>'
WAITS = "The written answer is not marked yet: the score is without it."
TOP = '<div class="panel-heading">'
Pair = tuple[str, str]


def write_feedback(course: Course, chosen: list[Pair], jobs: int = 1, seconds: float = SECONDS) -> int:
    """Write a page for each of these that is graded; how many. Raises GradingError where one could not be written."""
    written, failed = write_pages(course, chosen, jobs, seconds)
    if failed:  # one student's page keeps no other's back
        raise GradingError(f"{len(written)} pages were written, but: {'; '.join(failed)}")
    return len(written)


def write_pages(
    course: Course, chosen: list[Pair], jobs: int = 1, seconds: float = SECONDS
) -> tuple[list[Pair], list[str]]:
    """Write a page for each of these that is graded: those that were written, and why others could not be.

    A submission that has no mark in force has no page: an older one goes. Each page is made in a process that may take
    so many seconds. Raises OSError.
    """
    from tqdm import tqdm

    said, asked, written, failed = course.settings().points, [], [], []
    with course.gradebook() as book:
        for name, who in chosen:
            record, entry, why = records.standing(course, book, name, who)
            if why or record.status != records.GRADED:
                shutil.rmtree(course.home / "feedback" / who / name, ignore_errors=True)
                continue
            maxima = said.get(name, {})
            waits = any(one.needs_manual_grade and gradebook.factor(one, maxima) for one in gradebook.grades(entry))
            asked.append({"do": "page", "home": str(course.home), "sources": str(course.sources), "name": name,
                          "who": who, "waits": waits, "maxima": maxima})  # fmt: skip
    with (
        open(course.folder("logs") / "feedback.log", "a", encoding="utf-8") as log,
        tqdm(total=len(asked), desc="Feedback", unit="page", disable=None, dynamic_ncols=True) as bar,
        contextlib.closing(made(course, asked, max(1, jobs), seconds)) as pages,
    ):
        for request, fault in pages:
            pair = request["name"], request["who"]
            print(datetime.now(UTC).isoformat(" ", "seconds"), *pair, fault or "written", file=log, flush=True)
            if fault:
                shutil.rmtree(course.home / "feedback" / pair[1] / pair[0], ignore_errors=True)
                failed.append(f"{pair[1]}, {pair[0]}: {fault}")
            else:
                written.append(pair)
            bar.update()
    return sorted(written), sorted(failed)


def made(
    course: Course, requests: list[dict[str, Any]], jobs: int, seconds: float
) -> Iterator[tuple[dict[str, Any], str]]:
    """Each request as it is done, with why it could not be; a process that takes too long, or ends, costs its own."""
    waiting, busy, idle, workers = deque(requests), {}, [], []
    if not requests:
        return
    with scratch() as (place, lock):
        try:
            while waiting or busy:
                while waiting and len(busy) < jobs:
                    fresh = not idle
                    if fresh:
                        workers.append(Worker(course.home / "logs" / "workers.log", place, [lock]))
                    worker = workers[-1] if fresh else idle.pop()
                    busy[worker] = waiting.popleft()
                    try:
                        worker.give(busy[worker], seconds + START * fresh)
                    except Gone:
                        worker.end = 0.0  # below it is found to be over
                for worker in ready(list(busy), 0.5):
                    try:
                        if (fault := worker.answer()) is not None:
                            yield busy.pop(worker), fault
                            idle.append(worker)
                    except Gone:
                        worker.end = 0.0
                for worker in [one for one in busy if time.monotonic() > one.end]:
                    worker.kill()
                    workers.remove(worker)
                    took = f"it took longer than {seconds:g} s" if worker.end else "its process ended"
                    yield busy.pop(worker), f"{took}: it was skipped (see logs/workers.log)"
        finally:
            for worker in workers:
                worker.kill()


def one(request: dict[str, Any]) -> str:
    """Write one page, in a process of its own; why it could not be written, or ""."""
    course = Course(Path(request["home"]), Path(request["sources"]))
    return write_page(course, request["name"], request["who"], request["waits"], request["maxima"])


def write_page(course: Course, name: str, who: str, waits: bool, maxima: dict[str, float] | None = None) -> str:
    """Write one page, whole or not at all; why it could not be written, or "".

    waits: whether points are still to be given by hand; maxima: of the questions that count otherwise than released.
    """
    from nbgrader.converters.base import NbGraderException

    from course_lib.grading.report.counting import counting

    if records.torn(course, name, who):
        return f"{records.TORN} {who} {name}"
    with tempfile.TemporaryDirectory(prefix="page-") as beside:
        shutil.copytree(course.home / "autograded" / who / name, Path(beside) / "autograded" / who / name)
        try:
            gradebook.convert("GenerateFeedback", course.database, name, who, Path(beside), counting(maxima or {}))
        except NbGraderException as error:
            return f"nbgrader could not write the page: {error}"
        except OSError as error:
            return f"the page could not be written: {error.strerror or error}"
        page = Path(beside) / "feedback" / who / name / f"{name}.html"
        if not page.is_file() or BEGIN in (looks := page.read_text("utf-8")):
            return "the page would show a hidden test; it was not written"
    looks = ENTRY.sub(r"\1\2", looks).replace("</head>", WRAPPED, 1).replace("</head>", CLIPPED, 1)
    first = counted(course, name, maxima or {}) + (LINE.format(WAITS) if waits else "")
    write(course.folder("feedback", who, name) / f"{name}.html", looks.replace(TOP, first + TOP, 1))
    return ""


def counted(course: Course, name: str, maxima: dict[str, float]) -> str:
    """What the page says of questions that count otherwise than they were released."""
    key = course.key(name) if maxima else {"questions": {}, "written": {}}
    before = {question: about["points"] for question, about in key["questions"].items()} | key["written"]
    changed = [f"{question} has {new:g} points in place of {before[question]:g}" if new else f"{question} doesn't count"
               for question, new in maxima.items() if before.get(question) and new != before[question]]  # fmt: skip
    return LINE.format(f"Since the release: {html.escape('; '.join(changed), quote=False)}.") if changed else ""
