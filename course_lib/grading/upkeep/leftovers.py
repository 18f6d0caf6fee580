"""What killed commands leave behind: known by its name, and by the process that it names or that holds it."""

import os
import re
from pathlib import Path

HALF_WRITTEN = re.compile(r"\..+\.(?P<pid>\d+)(?:\.\d+)?(?:\.part)?")  # of ground.write, a gradebook, a backup
STAGES = re.compile(r"\.(?:release|register|restore)-?\w*|\.[\w.-]+-restore-\w+")
AT_WORK = ("work",)  # the pool's own


def is_one(home: Path, place: Path) -> bool:
    """Whether a file or folder of the grading folder is no part of it, but was left by a command, or is at work."""
    name = place.name
    at_home = place.parent == home
    if at_home and (STAGES.fullmatch(name) or name in AT_WORK or name.endswith(("-journal", "-wal", "-shm"))):
        return True
    return bool(HALF_WRITTEN.fullmatch(name))


def alive(pid: int) -> bool:
    """Whether a process of this number is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
