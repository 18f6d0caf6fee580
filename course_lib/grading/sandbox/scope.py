"""A control group for each kernel, where systemd gives one: bounds on all that it takes, the system's memory too."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

from course_lib.grading.sandbox.walls import Limits, superuser

TASKS = 32  # beside the kernel's own processes and threads: bubblewrap's
WEIGHT = 50  # of 100 that everything else has: the grader, and whoever sits at the machine, come first
BOOTED = "/run/systemd/system"  # is there where systemd runs (sd_booted)
PATIENCE = 5  # seconds in which systemd must answer


def properties(limits: Limits) -> list[str]:
    """The bounds of one group, as systemd-run takes them."""
    bounds = {"MemoryMax": f"{limits.memory}M", "MemorySwapMax": "0", "TasksMax": limits.processes + TASKS,
              "CPUWeight": WEIGHT}  # fmt: skip
    return [word for name, value in bounds.items() for word in ("-p", f"{name}={value}")]


def prefix(limits: Limits) -> list[str]:
    """The command that runs another one in a group of its own: as the same process, with the same open files."""
    manager = "--system" if superuser() else "--user"
    return ["systemd-run", manager, "--scope", "--quiet", "--collect", *properties(limits), "--"]


def variables() -> dict[str, str]:
    """What systemd-run needs of our environment to find its manager; bubblewrap clears it away."""
    return {name: os.environ[name] for name in ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS") if name in os.environ}


@cache
def there(path: str | None) -> bool:
    """Whether systemd gives such groups here; it is asked once. path: that of systemd-run."""
    if not path or not os.path.isdir(BOOTED):
        return False
    try:
        tried = subprocess.run(
            [*prefix(Limits()), "true"], env={"PATH": os.environ.get("PATH", "")} | variables(), timeout=PATIENCE,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def within(limits: Limits, line: Sequence[str]) -> list[str]:
    """This command line in a group of its own where there are any, else as it is: then the watch alone bounds it."""
    return [*prefix(limits), *line] if there(shutil.which("systemd-run")) else list(line)
