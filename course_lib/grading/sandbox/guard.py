"""A kernel's processes, watched from outside: ended when they take more than they may."""

import contextlib
import os
import threading
import time
from typing import Any

import psutil

from course_lib.grading.sandbox import walls

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


def memory(processes: list[psutil.Process], most: float = 0.0) -> int:
    """The bytes that these processes take together: a page that several share is counted once.

    Where a quick sum of each one's pages is below `most` already, that is the answer: it is never too small.
    """
    rough = mapped = sum(shared(processes).values())
    for one in processes:
        with contextlib.suppress(psutil.Error):
            rough += one.memory_info().rss
    if rough <= most:
        return rough
    own = touched = 0
    for one in processes:
        with contextlib.suppress(psutil.Error):
            about = rollup(one.pid)
            own += about["Pss"] - about["Pss_Shmem"] if about else one.memory_info().rss
            touched += about.get("Pss_Shmem", 0)
    return own + max(touched, mapped)


def rollup(pid: int) -> dict[str, int]:
    """A process's share of the pages that it maps, in bytes; empty where the system doesn't tell."""
    found = {}
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as lines:
        for line in lines:
            name, _, rest = line.partition(":")
            if name in ("Pss", "Pss_Shmem"):
                found[name] = int(rest.split()[0]) * 1024
    return found if len(found) == 2 else {}


def shared(processes: list[psutil.Process]) -> dict[str, int]:
    """The bytes of each shared mapping without a file: they take memory even when no process counts them as its own."""
    pieces: dict[str, list[tuple[int, int]]] = {}
    for one in processes:
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{one.pid}/maps", encoding="utf-8") as maps:
            for line in maps:
                if line.endswith("/dev/zero (deleted)\n") or line.endswith("/dev/zero\n"):
                    place, _, offset, device, inode, *_ = line.split()
                    start, end = (int(side, 16) for side in place.split("-"))
                    first = int(offset, 16)
                    pieces.setdefault(f"{device}/{inode}", []).append((first, first + end - start))
    return {name: covered(each) for name, each in pieces.items()}


def covered(pieces: list[tuple[int, int]]) -> int:
    """How much these pieces cover together."""
    total = reached = 0
    for start, end in sorted(pieces):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def watch(kernel: Any, done: threading.Event) -> None:
    """End the kernel when its time is over, or when its processes (or this one, because of it) take too much."""
    limits, manager = kernel.limits, kernel.client.km
    end, here = time.monotonic() + limits.seconds, psutil.Process()
    before = here.memory_info().rss
    while not done.wait(0.25):
        processes = family(manager)
        if time.monotonic() > end:
            kernel.why = f"it took longer than {limits.seconds:g} s"
        elif len(processes) > MOST_PROCESSES:
            kernel.why = f"it started more than {MOST_PROCESSES} processes"
        elif memory(processes, limits.memory * walls.MB) > limits.memory * walls.MB:
            kernel.why = f"it used more than {limits.memory} MB of memory"
        elif here.memory_info().rss - before > MOST_HERE * walls.MB:
            kernel.why = f"it sent more than {MOST_HERE} MB at once"
        if kernel.why:
            kill(manager)
            return
