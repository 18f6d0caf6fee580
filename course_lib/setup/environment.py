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
from pathlib import Path

from course_lib.ground import ROOT, only_one, write
from course_lib.setup import installer
from course_lib.setup.installer import SetupError, fill_with, has_all, run_installer, verify
from course_lib.setup.missing import missing

VENV = ROOT / ".venv"
FRESH, OLD = ".vnew", ".vold"  # beside it while one is made; names of one length, since programs hold their own path
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
WAITING = "Another call is setting up .venv: waiting for it."  # uv locks only the filling, not the making and the swap
STAMP = VENV / "course.stamp"  # the hash of what was installed, written last

# GB to download, on disk afterwards, free to begin: with PyTorch for CUDA, which is the registry's on Linux, or without
CUDA, SMALL = (3.2, 6.8, 10.5), (0.4, 1.9, 3.5)


def requirements(*groups: str) -> list[str]:
    """The dependencies in pyproject.toml, then those of the named dependency groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return sum([project["dependency-groups"][group] for group in groups], project["project"]["dependencies"])


def satisfied(wanted: list[str]) -> bool:
    """Whether the running interpreter has all of it already (conda, Binder, a class server)."""
    return not missing(wanted)


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
            kept = ". The environment that was there is kept as it was" if STAMP.exists() else ""
            raise SetupError(f"{why}{kept}") from error
    if instructor:
        add_instructor()
    return str(PYTHON)


def add_instructor() -> None:
    """Put what grading needs into `.venv`, once, under our lock: uv has one of its own here, pip has none."""
    wanted, stamp = requirements("test", "instructor"), VENV / "instructor.stamp"
    with only_one(ROOT, WAITING):
        if not stamp.exists() or stamp.read_text("utf-8") != fingerprint(wanted):
            print("Adding what grading needs to .venv (about 85 MB).", flush=True)
            run_installer(VENV, *fill_with(shutil.which("uv"), PYTHON, wanted))
            verify(PYTHON, wanted)
            write(stamp, fingerprint(wanted))


def whole(wanted: list[str]) -> bool:
    """Whether `.venv` was set up to the end, for these requirements and this version of Python."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text("utf-8") == fingerprint(wanted)


def adopt(wanted: list[str]) -> bool:
    """Whether the `.venv` of an earlier set-up has all of it nevertheless, asked of its own Python; then sign it."""
    there = STAMP.exists() and PYTHON.exists() and has_all(PYTHON, wanted)
    if there:
        write(STAMP, fingerprint(wanted))
    return there


def recover() -> None:
    """After a stop between the two renames of a swap: put the new environment in its place, or the old one back."""
    for name in (FRESH, OLD):
        folder = VENV.with_name(name)
        if not VENV.exists() and (folder / STAMP.name).exists():
            os.replace(folder, VENV)


def check_machine() -> None:
    """Say what would stop the installation before it begins. Raises SetupError."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        instead = "use Colab or Binder (on an Apple Silicon Mac, install Python for arm64 and use that)"
        raise SetupError(f"PyTorch is no longer built for Macs with an Intel processor: {instead}")
    if sys.maxsize <= 2**32:
        raise SetupError("this is a 32-bit Python and PyTorch needs a 64-bit one")


def set_up(wanted: list[str], everything: list[str]) -> None:
    """Make an environment with everything beside `.venv`, try it, and put it in its place.

    wanted: what the course needs, which is part of everything. Raises SetupError, OSError, KeyboardInterrupt.
    """
    uv, start, fresh = shutil.which("uv"), time.monotonic(), VENV.with_name(FRESH)
    python = fresh / PYTHON.relative_to(VENV)
    if VENV.exists() and any(VENV.iterdir()) and not STAMP.exists():
        why = "the folder .venv was not made by this command: activate it if it has what pyproject.toml asks for"
        raise SetupError(f"{why}, or remove it, then try again")
    if fresh.exists():
        print("An earlier set-up was not finished: it is made anew.")
        shutil.rmtree(fresh)
    elif STAMP.exists():
        print("The environment in .venv is out of date: a new one is made, and takes its place when it works.")
    tool = "uv" if uv else "pip"
    print(f"Setting up the course in .venv with {tool}, Python {platform.python_version()}.", flush=True)
    words, build = installer.torch_build(uv, everything) if uv else ([], "")
    small = build.endswith("+cpu") or sys.platform != "linux" and "+" not in build
    download, installed, needed = SMALL if small else CUDA
    if (free := shutil.disk_usage(ROOT).free / 1e9) < needed:
        raise SetupError(f"not enough disk space: set-up needs {needed} GB and {ROOT} has {free:.1f} GB free")
    which = build or "from the package registry" + ("" if small else " (the README tells of a smaller one)")
    which += "" if small else ", with GPU libraries"
    size = f"{download} GB to download (less what is cached), {installed} GB on disk"
    print(f"PyTorch {which}: in all about\n{size}, a few minutes.", flush=True)
    try:
        fresh.mkdir()
        installer.install(uv, fresh, python, everything, words)
        verify(python, everything)
        installer.at_home(fresh, VENV, python.parent)
        if everything != wanted:
            write(fresh / "instructor.stamp", fingerprint(everything))
        write(fresh / STAMP.name, fingerprint(wanted))
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    installer.swap(fresh, VENV, VENV.with_name(OLD))
    print(f"Set up in {time.monotonic() - start:.0f} s.", flush=True)
