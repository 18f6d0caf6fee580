"""Worker processes, and what is asked of them: none outlives the one who asks, and one that dies costs one answer."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from course_lib.grading.errors import GradingError
from course_lib.ground import ROOT

MARGIN = 90  # seconds that a worker may take beyond a submission's own limit
STEP = 1 << 20  # bytes that are read at once


class Gone(Exception):
    """Why a worker gives no answer."""


class Worker:
    """One process of worker.py, which has one request at a time."""

    def __init__(self, log: Path | None, place: Path, locks: list[int]) -> None:
        """log: where its stderr goes, None for ours; place: its temporary files; locks: held as long as it lives."""
        env = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                   OMP_NUM_THREADS="1", TQDM_DISABLE="1", PYTHONWARNINGS="ignore", TMPDIR=str(place))  # fmt: skip
        self.end, self.pieces = 0.0, []
        with open(log, "ab") if log else contextlib.nullcontext() as said:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "course_lib.grading.autograde.worker"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=said, env=env, cwd=ROOT, pass_fds=locks, start_new_session=True,
            )  # fmt: skip

    def fileno(self) -> int:
        """The stream of its answers, for `select`."""
        return self.process.stdout.fileno()

    def give(self, request: dict[str, Any], seconds: float) -> None:
        """Ask; the answer may take so long. Raises Gone."""
        self.end, self.pieces = time.monotonic() + seconds, []
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise Gone("it ended") from error

    def answer(self) -> Any:
        """The answer, once `ready` has named the worker; None while it isn't whole.

        Raises Gone, and GradingError where the machine is at fault: its disk is full, say.
        """
        piece = os.read(self.fileno(), STEP)
        if not piece:
            raise Gone("it ended")
        self.pieces.append(piece)
        if not piece.endswith(b"\n"):
            return None
        try:
            said = json.loads(b"".join(self.pieces))
        except ValueError as error:
            raise Gone("its answer is none") from error
        if isinstance(said, dict) and said.keys() == {"machine"}:
            raise GradingError(said["machine"])
        return said

    def ask(self, request: dict[str, Any], seconds: float) -> Any:
        """Ask and wait for the answer. Raises Gone."""
        self.give(request, seconds)
        while time.monotonic() < self.end:
            if ready([self], min(1.0, self.end - time.monotonic())) and (said := self.answer()) is not None:
                return said
        raise Gone(f"it took longer than {seconds:g} s")

    def dismiss(self) -> None:
        """Let it go when it is idle."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def kill(self) -> None:
        """End it and all that it started."""
        import psutil

        family = []
        with contextlib.suppress(psutil.Error):
            family = psutil.Process(self.process.pid).children(recursive=True)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        for one in family:  # a kernel without the sandbox has a session of its own
            with contextlib.suppress(psutil.Error):
                one.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()


def ready(workers: list[Worker], seconds: float) -> list[Worker]:
    """Those that have something to say within so many seconds."""
    poll = select.poll()
    by_number = {worker.fileno(): worker for worker in workers}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(max(0, seconds) * 1000)]
