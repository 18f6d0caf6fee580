"""A kernel's processes, watched from outside: ended when they take more than they may."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psutil

from course_lib.grading.sandbox import walls
from course_lib.grading.sandbox.counts import MOST_MAPPINGS, descriptors, files, mappings, memory, tables

MOST_PROCESSES = 20  # of one kernel: a fork bomb is ended before it slows others down
MOST_FILES = 20_000  # in all its folders: an empty one takes a kilobyte of the system's own memory
MOST_OPEN = 1_500  # files, pipes and sockets: each can hold 200 KB that no process is charged for
MOST_BUSY, CROWDED = 3, 2  # processes and threads that run at once, beside the first, and at how many looks in a row
MOST_HERE = 1024  # MB by which this process may grow while it takes in what a kernel sends


def family(manager: Any) -> list[psutil.Process]:
    """The processes of a kernel: the one that was started, then all that come from it; empty when it has ended."""
    process = getattr(getattr(manager, "provisioner", None), "process", None)
    with contextlib.suppress(psutil.Error, AttributeError):
        first = psutil.Process(process.pid)
        return [first, *first.children(recursive=True)]
    return []


def first(manager: Any) -> int:
    """The process that will run the student's code, asked for before it does. Raises RuntimeError when it has ended."""
    if not (processes := family(manager)):
        raise RuntimeError("it has ended")
    return processes[-1].pid


def folders(process: int, places: Sequence[str]) -> list[int]:
    """These folders of a finished sandbox, open for statistics alone. Asked for before a student's code runs there.

    Raises RuntimeError where they can't be reached.
    """
    opened = []
    try:
        for place in places:
            opened.append(os.open(f"/proc/{process}/root{place}", os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW))
    except OSError as error:
        close(opened)
        raise RuntimeError("the sandbox's folders can't be watched from outside") from error
    return opened


def close(folders: Sequence[int]) -> None:
    """Close what `folders` opened: the sandbox's file systems end with it."""
    for one in folders:
        os.close(one)


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


def hides(process: psutil.Process) -> bool:
    """Whether this process lets nobody look at what it uses (as a program does that it may run but not read)."""
    for _ in range(2):  # at its start each is so for a moment
        try:
            os.listdir(f"/proc/{process.pid}/fd")
        except PermissionError:
            time.sleep(0.02)
        except OSError:
            return False
        else:
            return False
    return True


def threads(process: psutil.Process) -> Iterator[tuple[int, str]]:
    """The threads of a process and the state of each: R where it runs, or would if a processor were free."""
    place = f"/proc/{process.pid}/task"
    with contextlib.suppress(OSError):
        for one in os.listdir(place):
            with contextlib.suppress(OSError), open(f"{place}/{one}/stat", encoding="utf-8", errors="replace") as stat:
                yield int(one), stat.read().rpartition(")")[2].split()[0]


def yields(running: Sequence[tuple[int, int]], first: int) -> None:
    """Let these (process, thread), and all that come from them, run only where nobody else would.

    first: the kernel's own process, whose session they have, or one of their own. Where the system shares out its
    processors by session, each new one would have a share of its own: it is made small.
    """
    for process, thread in running:
        with contextlib.suppress(OSError):  # it has ended
            os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
            if os.getsid(process) not in (os.getsid(first), os.getsid(0)):
                with open(f"/proc/{process}/autogroup", "r+", encoding="utf-8") as share:
                    if not share.read().endswith(" 19\n"):  # (few may be changed a second)
                        share.write("19")


def takes_more(processes: list[psutil.Process], most: int) -> bool:
    """Whether these take more than so many bytes. Where one of them ends while they are counted, its share of what all
    map is counted again as the others': so a second and a third count must say the same."""
    return all(memory(processes, most) + tables(processes) > most for _ in range(3))


def excess(kernel: Any, processes: list[psutil.Process], grown: int) -> str:
    """What these processes take too much of; "" where all is well. grown: bytes by which this process has."""
    most = kernel.limits.memory * walls.MB
    if len(processes) > MOST_PROCESSES:
        return f"it started more than {MOST_PROCESSES} processes"
    if files(kernel.folders) > MOST_FILES:
        return f"it made more than {MOST_FILES} files"
    if descriptors(processes) > MOST_OPEN:
        return f"it held more than {MOST_OPEN} files, pipes or sockets open"
    if kernel.open and any(map(hides, processes)):
        return "one of its processes hides what it uses"
    if mappings(processes) > MOST_MAPPINGS:
        return f"it mapped more than {MOST_MAPPINGS} pieces of memory"
    if takes_more(processes, most):
        return f"it used more than {kernel.limits.memory} MB of memory"
    return f"it sent more than {MOST_HERE} MB at once" if grown > MOST_HERE * walls.MB else ""


def watch(kernel: Any, done: threading.Event) -> None:
    """Look at a kernel until it is done. A look that fails ends it: nobody runs unwatched."""
    try:
        look(kernel, done)
    except BaseException as error:
        kernel.end(f"it could not be watched ({type(error).__name__})")
        raise


def look(kernel: Any, done: threading.Event) -> None:
    """End the kernel when its time is over, or when its processes (or this one, because of it) take too much.

    What it keeps busy beside its first thread goes on, but behind everybody else.
    """
    manager, end, here = kernel.client.km, time.monotonic() + kernel.limits.seconds, psutil.Process()
    before, crowded = here.memory_info().rss, 0
    while not done.wait(0.25):
        processes = family(manager)
        why = excess(kernel, processes, here.memory_info().rss - before)
        if time.monotonic() > end:
            why = f"it took longer than {kernel.limits.seconds:g} s"
        if why:
            kernel.end(why)
            return
        running = [(one.pid, thread) for one in processes for thread, state in threads(one) if state == "R"]
        running = [one for one in running if one[1] != kernel.first]
        crowded = crowded + 1 if len(running) >= MOST_BUSY else 0
        if crowded >= CROWDED:
            yields(running, kernel.first)
