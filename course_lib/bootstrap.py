"""Set-up: the Python environment of the course, found or made on the first call. Standard library only."""

import contextlib
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "course.stamp"  # first says UNFINISHED, last the hash of what was installed
UNFINISHED = "unfinished"

# GB to download, on disk afterwards, free to begin: on Linux the registry's PyTorch brings CUDA libraries
DOWNLOAD, INSTALLED, NEEDED = (2.6, 5.7, 9.0) if sys.platform == "linux" else (0.5, 1.7, 3.5)

# pip compiles what it installs on one core, for most of a minute; this does it on all. Files of tests that aren't
# Python of this version are passed over, as pip does. Without it a kernel that may write nowhere compiles each time.
COMPILE = """
import compileall, sysconfig
print("Compiling what was installed ...", flush=True)
for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
    compileall.compile_dir(folder, quiet=2, workers=0)
"""


class SetupError(Exception):
    """Why the environment could not be made, and what to do about it, in one line."""


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
        check_machine()
        try:
            VENV.mkdir(exist_ok=True)
            with only_one():
                if not whole(everything):  # the call that we waited for may have made it
                    set_up(everything, requirements("test", "instructor") if instructor else everything)
        except OSError as error:
            raise SetupError(f"could not make .venv: {error}") from error
    if instructor:
        add_instructor()
    return str(PYTHON)


def add_instructor() -> None:
    """Put what grading needs into `.venv`, once. Raises SetupError."""
    wanted, stamp = requirements("test", "instructor"), VENV / "instructor.stamp"
    with only_one():
        if not stamp.exists() or stamp.read_text("utf-8") != fingerprint(wanted):
            print("Adding what grading needs to .venv (about 85 MB).", flush=True)
            run_installer(*fill_with(shutil.which("uv"), wanted))
            sign(stamp, wanted)


def sign(stamp: Path, wanted: list[str]) -> None:
    """Write down that this was installed, whole or not at all."""
    fresh = stamp.with_suffix(".new")
    fresh.write_text(fingerprint(wanted), "utf-8")
    os.replace(fresh, stamp)


def whole(wanted: list[str]) -> bool:
    """Whether `.venv` was set up to the end, for these requirements and this version of Python."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text("utf-8") == fingerprint(wanted)


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


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Wait while another call sets up the same folder; its lock goes when it ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows: no such lock, and files in use can't be replaced there anyway
        yield
        return
    folder = os.open(VENV, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Another call is setting up .venv: waiting for it.", flush=True)
                fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def set_up(wanted: list[str], everything: list[str]) -> None:
    """Make `.venv` from nothing and fill it with everything; the stamps are written last.

    wanted: what the course needs, which is part of it. Raises SetupError, OSError.
    """
    uv, start = shutil.which("uv"), time.monotonic()
    if STAMP.exists():
        print("An earlier set-up was not finished, or is out of date: it is made anew.")
    elif any(VENV.iterdir()):
        raise SetupError(
            "the folder .venv was not made by this command: activate it if it has what pyproject.toml "
            "asks for, or remove it, then try again"
        )
    print(
        f"Setting up the course in .venv with {'uv' if uv else 'pip'}, Python {platform.python_version()}: "
        f"about\n{DOWNLOAD} GB to download (less what is cached), {INSTALLED} GB on disk, a few minutes.",
        flush=True,
    )
    STAMP.write_text(UNFINISHED, "utf-8")
    for old in VENV.iterdir():
        if old != STAMP:
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    install(uv, everything)
    if everything != wanted:
        sign(VENV / "instructor.stamp", everything)
    sign(STAMP, wanted)
    print(f"Set up in {time.monotonic() - start:.0f} s.", flush=True)


def install(uv: str | None, wanted: list[str]) -> None:
    """Make the virtual environment and fill it."""
    base = getattr(sys, "_base_executable", sys.executable)  # never the Python in .venv itself
    if uv:
        make = [uv, "venv", "--quiet", "--allow-existing", "--python", base, str(VENV)]
    else:
        if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
            raise SetupError(
                "this Python has no venv module: on Debian and Ubuntu `sudo apt install python3-venv`, "
                "then try again"
            )
        make = [base, "-m", "venv", str(VENV)]
    run_installer(make, *fill_with(uv, wanted))


def fill_with(uv: str | None, wanted: list[str]) -> list[list[str]]:
    """The command that installs all of it in one go, so that torch and torchvision match."""
    if uv:
        return [[uv, "pip", "install", "--python", str(PYTHON), *wanted]]
    install = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", *wanted]
    return [install, [str(PYTHON), "-c", COMPILE]]


def run_installer(*commands: list[str]) -> None:
    """Run them one after another. Raises SetupError, and KeyboardInterrupt on Ctrl-C."""
    scratch = VENV / "tmp"  # pip unpacks gigabytes: beside .venv, not in a small /tmp
    scratch.mkdir(exist_ok=True)
    env = dict(os.environ, TMPDIR=str(scratch), PIP_USER="0")
    for command in commands:
        status = subprocess.call(command, env=env)
        if status in (130, -2):
            raise KeyboardInterrupt
        if status:
            raise SetupError(
                f"{'uv' if 'uv' in Path(command[0]).name else 'pip'} ended with status {status}, its last lines "
                "above say why (mostly the network, a full disk, a Python too new for PyTorch): "
                "see to it, then try again"
            )
    shutil.rmtree(scratch, ignore_errors=True)
