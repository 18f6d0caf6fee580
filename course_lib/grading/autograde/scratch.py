"""A folder for what a grading leaves lying about, gone with it; what killed ones left is cleared at the next start."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

NAME, HELD = "cg-", "grading.lock"  # short: the path of a socket in it has 107 bytes at most
ROOM = 50  # characters that a path may have before those of the sockets


@contextlib.contextmanager
def scratch() -> Iterator[tuple[Path, int]]:
    """A folder, and the number of its lock: it is in use as long as a process that has inherited that lives."""
    base = Path(tempfile.gettempdir())
    base = base if len(str(base)) <= ROOM or os.name == "nt" else Path("/tmp")
    clear(base)
    while True:
        place = Path(tempfile.mkdtemp(prefix=NAME, dir=base))
        place.chmod(0o711)  # kernels that run as another user pass through it
        handle = os.open(place / HELD, os.O_RDWR | os.O_CREAT, 0o600)
        if taken(handle) and place.is_dir():
            break
        os.close(handle)  # another start has just taken it for a leftover
    try:
        yield place, handle
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(handle)


def taken(handle: int) -> bool:
    """Whether the lock is ours now. Where there are no locks it always is."""
    try:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def clear(base: Path) -> list[Path]:
    """Remove what gradings of this user that were killed have left here; what was removed."""
    removed = []
    for place in base.glob(f"{NAME}*") if fcntl else []:
        with contextlib.suppress(OSError):
            about = os.lstat(place)
            if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
                continue
            handle = os.open(place / HELD, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
                removed.append(place)
            finally:
                os.close(handle)
    return removed
