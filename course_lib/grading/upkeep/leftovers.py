"""What killed commands leave behind: known by its name, and by the process that it names or the lock that is free."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

HALF_WRITTEN = re.compile(r"\..+\.(?P<pid>\d+)(?:\.\d+|\.part)")  # of ground.write, a new gradebook, a backup
STAGES = re.compile(r"\.release-\w+|\.register")  # folders in which a release is made, or told to a gradebook
OLDER = ("work",)  # where the pool of the first versions had its kernels' files
BESIDE = re.compile(r"\.(?P<home>.+)-(?:restore|backup)-\w{8}")  # beside the folder: a restore or a backup under way


def is_one(home: Path, place: Path) -> bool:
    """Whether something in the grading folder is no part of it: left by a command, or of one that is at work."""
    name, of_sqlite = place.name, ("-journal", "-wal", "-shm")
    if place.parent == home and (STAGES.fullmatch(name) or name in OLDER or name.endswith(of_sqlite)):
        return True
    return bool(HALF_WRITTEN.fullmatch(name)) and "submitted" not in place.relative_to(home).parts[:1]


def found(home: Path) -> Iterator[Path]:
    """The leftovers that no command needs any more; none of what students handed in, and no journal of a gradebook."""
    if not busy(home):
        yield from (one for one in sorted(home.iterdir()) if STAGES.fullmatch(one.name) or one.name in OLDER)
    for one in sorted(home.parent.glob(f".{home.name}-*")):
        if (beside := BESIDE.fullmatch(one.name)) and beside["home"] == home.name and old(one):
            yield one
    for top, folders, names in os.walk(home):
        here = Path(top)
        folders[:] = sorted(one for one in folders if here != home or one not in ("submitted", *OLDER))
        for name in sorted(names):
            half = HALF_WRITTEN.fullmatch(name)
            if half and not alive(int(half["pid"])):
                yield here / name


def busy(home: Path) -> bool:
    """Whether a command that changes the folder is at work in it."""
    if not fcntl or not (home / ".lock").is_file():
        return False
    try:
        handle = os.open(home / ".lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(handle)


def old(place: Path, seconds: float = 3600) -> bool:
    """Whether nothing was put into a folder for an hour."""
    return time.time() - place.stat().st_mtime > seconds


def alive(pid: int) -> bool:
    """Whether a process of this number is there."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
