"""Other programs: their environment variables, how they end on Ctrl-C, and the Python that has what is needed."""

import os
import subprocess
import sys
from pathlib import Path

from course_lib.ground import ROOT
from course_lib.setup.environment import VENV


def with_library(env: dict[str, str]) -> dict[str, str]:
    """A copy of the environment variables in which Python and its kernels find course_lib.

    PyTorch's threads (GNU OpenMP) wait by spinning. Beside one other busy program on two cores that made training
    10 times slower; waiting briefly and then sleeping costs a tenth on an idle machine. A user's own setting stays, but
    for PYTHONOPTIMIZE: the lessons' asserts are their checks.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    kept = {name: value for name, value in env.items() if name != "PYTHONOPTIMIZE"}
    return {"GOMP_SPINCOUNT": "1000"} | kept | {"PYTHONPATH": path}


def call(command: list[str], env: dict[str, str], patience: float | None = 15.0) -> int:
    """Run a command in the repository; on Ctrl-C it has this many seconds to end by itself, then 130."""
    interrupted = False
    with subprocess.Popen(command, env=env, cwd=ROOT) as process:
        while True:
            try:
                status = process.wait(patience if interrupted else None)
                return 130 if interrupted or status == -2 else status
            except KeyboardInterrupt:
                interrupted = True
            except subprocess.TimeoutExpired:
                process.terminate()


def hand_over(command: list[str], env: dict[str, str]) -> int:
    """Become that command (on Windows, which can't, wait for it): Ctrl-C is then its own affair."""
    if os.name == "nt":
        return call(command, env, patience=None)
    sys.stdout.flush()
    os.execve(command[0], command, env)


def here(python: str) -> bool:
    """Whether this process runs that Python already: the course's own environment, or one that has all it needs."""
    return python == sys.executable or python.startswith(str(VENV)) and Path(sys.prefix).resolve() == VENV.resolve()


def go_on(python: str, arguments: list[str]) -> None:
    """Go on in the Python that has what is needed: in this process where it is that one, else in its own.

    arguments: what stands after `python -m course_lib`; the other process reads them again.
    """
    env = with_library(dict(os.environ))
    if not here(python):
        sys.exit(hand_over([python, "-m", "course_lib", *arguments], env))
    os.environ.clear()
    os.environ.update(env)
