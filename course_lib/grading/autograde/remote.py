"""What runs on a cluster's worker: it is tried out, then given tasks. Nothing of home is imported here.

Each task runs in a process of its own kind (worker.py) that stays for the next one: what a submission can do to the
process that reads it, it can't do to the cluster's.
"""

import atexit
import contextlib
import hashlib
import json
import time
from functools import cache
from pathlib import Path

from course_lib.grading.autograde.crew import Gone, Worker, ready
from course_lib.grading.autograde.scratch import scratch
from course_lib.grading.sandbox import walls
from course_lib.ground import ROOT
from course_lib.setup.cluster import wanted

MARGIN = 60  # seconds that a process may take beyond a submission's own limit
STEP = 0.25  # seconds between two looks whether the task is still wanted
IDLE: list[Worker] = []  # processes that wait for a task


def library() -> str:
    """A digest of this machine's course_lib."""
    digest = hashlib.sha256()
    for file in sorted((ROOT / "course_lib").rglob("*.py")):
        digest.update(f"{file.relative_to(ROOT).as_posix()}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def unfit(theirs: str, limits: dict[str, float], trusted: bool) -> str:
    """Why this machine must not run submissions; "" where it may. theirs: the digest of the instructor's course_lib."""
    if library() != theirs:
        return "its course_lib is another than the instructor's"
    if not trusted:
        try:
            walls.check([Path.home() / ".ssh"], walls.Limits(**limits))
        except walls.NoSandbox as why:
            return str(why)
    return ""


def attempt(said: str) -> str:
    """Run a task (JSON) in its sandbox: the answer, JSON as well. Raises Gone where its process ended without one."""
    try:
        worker = IDLE.pop()
    except IndexError:
        worker = Worker(None, *room())
    seconds = json.loads(said)["limits"]["seconds"] + MARGIN
    try:
        worker.give({"do": "attempt", "task": said}, seconds)
        told = None
        while told is None:
            if time.monotonic() > worker.end:
                raise Gone(f"it took longer than {seconds:g} s")
            if not wanted():
                raise Gone("nobody wants it any more")
            told = worker.answer() if ready([worker], STEP) else None
    except BaseException:
        worker.kill()
        raise
    IDLE.append(worker)
    return told


@cache
def room() -> tuple[Path, list[int]]:
    """A folder for the temporary files of this process's workers, and its lock; it goes with this process."""
    stack = contextlib.ExitStack()
    place, lock = stack.enter_context(scratch())
    atexit.register(stack.close)
    return place, [lock]
