"""Set-up: the Python environment of the course, found or made on the first call. Standard library only.

A new environment is built beside the old one, tried, and only then put in its place: whatever goes wrong before, a
broken network or a full disk, leaves what worked as it was.
"""

import hashlib
import os
import platform
import shutil
import sys
import time
import tomllib
from importlib.metadata import version
from pathlib import Path

from course_lib.ground import ROOT, only_one, write
from course_lib.setup.installer import SetupError, at_home, fill_with, has_all, install, run_installer, swap, verify

VENV = ROOT / ".venv"
FRESH, OLD = ".vnew", ".vold"  # beside it while one is made; names of one length, since programs hold their own path
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
WAITING = "Another call is setting up .venv: waiting for it."
STAMP = VENV / "course.stamp"  # the hash of what was installed, written last

# GB to download, on disk afterwards, free to begin: on Linux the registry's PyTorch brings CUDA libraries
DOWNLOAD, INSTALLED, NEEDED = (2.6, 5.7, 9.0) if sys.platform == "linux" else (0.5, 1.7, 3.5)

def requirements(*groups: str) -> list[str]:
    """The dependencies in pyproject.toml, then those of the named dependency groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = list(project["project"]["dependencies"])
    for group in groups:
        wanted += project["dependency-groups"][group]
    return wanted


def satisfied(wanted: list[str]) -> bool:
    """Whether the running interpreter has all of it already (conda, Binder, a class server)."""
    try:
        from packaging.requirements import Requirement

        asked = [Requirement(text) for text in wanted]
        asked = [one for one in asked if one.marker is None or one.marker.evaluate()]
        return all(one.specifier.contains(version(one.name), prereleases=True) for one in asked)
    except (ImportError, ValueError, TypeError):  # a package is missing, or was left half installed
        return False


def fingerprint(wanted: list[str]) -> str:
    """What the stamp must say: the requirements and the version of Python, hashed."""
    return hashlib.sha256(repr((wanted, sys.version_info[:2])).encode()).hexdigest()


def environment(*groups: str, instructor: bool = False) -> str:
    """The Python to use: this one where it has all that is needed, else that of `.venv`, made if need be.

    With `instructor`, what grading needs is put into `.venv` as well, where students do without it; a Python of
    the user's own is used without it (the tests then skip grading). Raises SetupError, KeyboardInterrupt on Ctrl-C.
    """
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    if satisfied(requirements(*groups)) and not (inside and STAMP.exists()):
        return sys.executable
    everything = requirements("test")
    if not whole(everything):
        try:
            with only_one(ROOT, WAITING):
                recover()
                if not (whole(everything) or adopt(everything)):  # the call that we waited for may have made it
                    check_machine()
                    set_up(everything, requirements("test", "instructor") if instructor else everything)
        except (SetupError, OSError) as error:
            why = error if isinstance(error, SetupError) else f"could not make .venv: {error}"
            raise SetupError(f"{why}{kept()}") from error
    if instructor:
        add_instructor()
    return str(PYTHON)


def add_instructor() -> None:
    """Put what grading needs into `.venv`, once. Raises SetupError."""
    wanted, stamp = requirements("test", "instructor"), VENV / "instructor.stamp"
    with only_one(ROOT, WAITING):
        if not stamp.exists() or stamp.read_text("utf-8") != fingerprint(wanted):
            print("Adding what grading needs to .venv (about 85 MB).", flush=True)
            run_installer(VENV, *fill_with(shutil.which("uv"), PYTHON, wanted))
            verify(PYTHON, wanted)
            sign(stamp, wanted)


def sign(stamp: Path, wanted: list[str]) -> None:
    """Write down that this was installed, whole or not at all."""
    write(stamp, fingerprint(wanted))


def whole(wanted: list[str]) -> bool:
    """Whether `.venv` was set up to the end, for these requirements and this version of Python."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text("utf-8") == fingerprint(wanted)


def adopt(wanted: list[str]) -> bool:
    """Whether the `.venv` of an earlier set-up has all of it nevertheless, asked of its own Python; then sign it."""
    if not (STAMP.exists() and PYTHON.exists()):
        return False
    there = has_all(PYTHON, wanted)
    if there:
        sign(STAMP, wanted)
    return there


def recover() -> None:
    """After a stop between the two renames of a swap: put the new environment in its place, or the old one back."""
    for name in (FRESH, OLD):
        folder = VENV.with_name(name)
        if not VENV.exists() and (folder / STAMP.name).exists():
            os.replace(folder, VENV)


def kept() -> str:
    """What to add to a message of failure: that nothing which worked is lost."""
    return ". The environment that was there is kept as it was" if STAMP.exists() else ""


def check_machine() -> None:
    """Say what would stop the installation before it begins. Raises SetupError."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise SetupError(
            "PyTorch is no longer built for Macs with an Intel processor: use Colab or Binder "
            "(on an Apple Silicon Mac, install Python for arm64 and use that)"
        )
    if sys.maxsize <= 2**32:
        raise SetupError("this is a 32-bit Python and PyTorch needs a 64-bit one")
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < NEEDED:
        raise SetupError(f"not enough disk space: set-up needs {NEEDED} GB and {ROOT} has {free:.1f} GB free")


def set_up(wanted: list[str], everything: list[str]) -> None:
    """Make an environment with everything beside `.venv`, try it, and put it in its place.

    wanted: what the course needs, which is part of everything. Raises SetupError, OSError, KeyboardInterrupt.
    """
    uv, start, fresh = shutil.which("uv"), time.monotonic(), VENV.with_name(FRESH)
    python = fresh / PYTHON.relative_to(VENV)
    if VENV.exists() and any(VENV.iterdir()) and not STAMP.exists():
        raise SetupError(
            "the folder .venv was not made by this command: activate it if it has what pyproject.toml "
            "asks for, or remove it, then try again"
        )
    if fresh.exists():
        print("An earlier set-up was not finished: it is made anew.")
        shutil.rmtree(fresh)
    elif STAMP.exists():
        print("The environment in .venv is out of date: a new one is made, and takes its place when it works.")
    print(
        f"Setting up the course in .venv with {'uv' if uv else 'pip'}, Python {platform.python_version()}: "
        f"about\n{DOWNLOAD} GB to download (less what is cached), {INSTALLED} GB on disk, a few minutes.",
        flush=True,
    )
    try:
        fresh.mkdir()
        install(uv, fresh, python, everything)
        verify(python, everything)
        at_home(fresh, VENV, python.parent)
        if everything != wanted:
            sign(fresh / "instructor.stamp", everything)
        sign(fresh / STAMP.name, wanted)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    swap(fresh, VENV, VENV.with_name(OLD))
    print(f"Set up in {time.monotonic() - start:.0f} s.", flush=True)
