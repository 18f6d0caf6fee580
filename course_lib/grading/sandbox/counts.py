"""What a kernel's processes take of the machine, counted from outside."""

import contextlib
import os
from collections.abc import Sequence

import psutil

MOST_MAPPINGS = 10_000  # pieces of memory of one process


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


def files(folders: Sequence[int]) -> int:
    """How many files, folders, links and pipes are in these file systems: the kernel's memory holds each of them."""
    found = [os.fstatvfs(one) for one in folders]
    return sum(one.f_files - one.f_ffree for one in found)


def descriptors(processes: Sequence[psutil.Process]) -> int:
    """How many files, pipes and sockets these processes hold open."""
    total = 0
    for one in processes:
        with contextlib.suppress(psutil.Error, OSError):
            total += one.num_fds()
    return total


def mappings(processes: Sequence[psutil.Process]) -> int:
    """How many pieces of memory the busiest of these has mapped; more than enough where there are too many to count."""
    most = 0
    for one in processes:
        with contextlib.suppress(OSError), open(f"/proc/{one.pid}/maps", "rb", buffering=2**16) as maps:
            lines = 0
            while lines <= MOST_MAPPINGS and (block := maps.read(2**16)):
                lines += block.count(b"\n")
            most = max(most, lines)
    return most


def tables(processes: Sequence[psutil.Process]) -> int:
    """The bytes that the system itself needs to map these processes' memory."""
    total = 0
    for one in processes:
        with contextlib.suppress(OSError), open(f"/proc/{one.pid}/status", "rb") as status:
            total += sum(int(line.split()[1]) * 1024 for line in status if line.startswith(b"VmPTE:"))
    return total
