"""A kernel's processes, watched from outside: ended when they take more than they may."""

import contextlib
import os
import threading
import time
from typing import Any

import psutil

from course_lib.grading import sandbox

MOST_PROCESSES = 32  # of one kernel: a fork bomb is ended before it slows others down
MOST_HERE = 1024  # MB by which this process may grow while it takes in what a kernel sends


def family(manager: Any) -> list[psutil.Process]:
    """The processes of a kernel: the one that was started, then all that come from it; empty when it has ended."""
    process = getattr(getattr(manager, "provisioner", None), "process", None)
    with contextlib.suppress(psutil.Error, AttributeError):
        first = psutil.Process(process.pid)
        return [first, *first.children(recursive=True)]
    return []


def inside(manager: Any, folder: str, seconds: float = 30) -> str:
    """Where a folder that only the finished sandbox has is seen from outside. Raises RuntimeError where it isn't."""
    end = time.monotonic() + seconds
    with contextlib.suppress(psutil.Error, IndexError):  # it has ended
        while time.monotonic() < end and (processes := family(manager))[0].status() != psutil.STATUS_ZOMBIE:
            for one in reversed(processes):
                if os.path.isdir(place := f"/proc/{one.pid}/root{folder}"):
                    return place
            time.sleep(0.01)
    raise RuntimeError("the sandbox's sockets can't be reached from outside")


def kill(manager: Any) -> None:
    """End the kernel's processes at once."""
    for one in reversed(family(manager)):
        with contextlib.suppress(psutil.Error):
            one.kill()


def cpu(manager: Any) -> float:
    """Seconds of CPU that its processes have used so far."""
    total = 0.0
    for one in family(manager):
        with contextlib.suppress(psutil.Error):
            total += sum(one.cpu_times()[:4])
    return total


def memory(processes: list[psutil.Process]) -> int:
    """The bytes in memory of these processes."""
    total = 0
    for one in processes:
        with contextlib.suppress(psutil.Error):
            total += one.memory_info().rss
    return total


def shared(processes: list[psutil.Process]) -> int:
    """The bytes of shared mappings without a file: they take memory even when no process counts them as its own."""
    total = 0
    for one in processes:
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{one.pid}/maps", encoding="utf-8") as maps:
            for line in maps:
                if line.endswith("/dev/zero (deleted)\n") or line.endswith("/dev/zero\n"):
                    start, end = line.split(maxsplit=1)[0].split("-")
                    total += int(end, 16) - int(start, 16)
    return total


def watch(kernel: Any, done: threading.Event) -> None:
    """End the kernel when its time is over, or when its processes (or this one, because of it) take too much."""
    limits, manager = kernel.limits, kernel.client.km
    end, here = time.monotonic() + limits.seconds, [psutil.Process()]
    before = memory(here)
    while not done.wait(0.25):
        processes = family(manager)
        if time.monotonic() > end:
            kernel.why = f"it took longer than {limits.seconds:g} s"
        elif len(processes) > MOST_PROCESSES:
            kernel.why = f"it started more than {MOST_PROCESSES} processes"
        elif memory(processes) + shared(processes) > limits.memory * sandbox.MB:
            kernel.why = f"it used more than {limits.memory} MB of memory"
        elif memory(here) - before > MOST_HERE * sandbox.MB:
            kernel.why = f"it sent more than {MOST_HERE} MB at once"
        if kernel.why:
            kill(manager)
            return
