"""How an environment is made, tried and moved into its place. Standard library only, nothing of the course."""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

# pip compiles what it installs on one core, for most of a minute; this does it on all. Files of tests that aren't
# Python of this version are passed over, as pip does. Without it a kernel that may write nowhere compiles each time.
COMPILE = """
import compileall, sysconfig
print("Compiling what was installed ...", flush=True)
for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
    compileall.compile_dir(folder, quiet=2, workers=0)
"""

# Whether an environment has what is asked for, and whether it works: with `try` PyTorch is imported.
HAS_ALL = """
import sys
from importlib.metadata import PackageNotFoundError, version
missing = sys.argv[2:]
try:
    from packaging.requirements import Requirement
    for text in sys.argv[2:]:
        one = Requirement(text)
        there = one.marker is not None and not one.marker.evaluate()
        try:
            there = there or one.specifier.contains(version(one.name), prereleases=True)
        except PackageNotFoundError:
            pass
        if there:
            missing.remove(text)
except ImportError:
    pass
if missing:
    sys.exit("not installed: " + ", ".join(missing))
if sys.argv[1] == "try":
    import torchvision
"""
# pip's and uv's settings that would send packages elsewhere than into the environment that is being filled
ELSEWHERE = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_PYTHON", "UV_SYSTEM_PYTHON",
             "UV_TARGET", "UV_PREFIX", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")  # fmt: skip


class SetupError(Exception):
    """Why the environment could not be made, and what to do about it, in one line."""


def install(uv: str | None, folder: Path, python: Path, wanted: list[str]) -> None:
    """Make a virtual environment in this folder, whose Python will be `python`, and fill it. Raises SetupError."""
    base = getattr(sys, "_base_executable", sys.executable)  # never the Python in .venv itself
    if uv:
        make = [uv, "venv", "--quiet", "--allow-existing", "--python", base, str(folder)]
    else:
        if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
            raise SetupError(
                "this Python has no venv module: on Debian and Ubuntu `sudo apt install python3-venv`, "
                "then try again"
            )
        make = [base, "-m", "venv", str(folder)]
    run_installer(folder, make, *fill_with(uv, python, wanted))


def fill_with(uv: str | None, python: Path, wanted: list[str]) -> list[list[str]]:
    """The commands that install all of it in one go, so that torch and torchvision match."""
    if uv:
        return [[uv, "pip", "install", "--python", str(python), *wanted]]
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", *wanted]
    return [install, [str(python), "-c", COMPILE]]


def clean_environment() -> dict[str, str]:
    """The environment variables without settings that lead elsewhere."""
    return {name: value for name, value in os.environ.items() if name not in ELSEWHERE} | {"PIP_USER": "0"}


def run_installer(folder: Path, *commands: list[str]) -> None:
    """Run them one after another. Raises SetupError, and KeyboardInterrupt on Ctrl-C."""
    scratch = folder / "tmp"  # pip unpacks gigabytes: beside what it fills, not in a small /tmp
    scratch.mkdir(exist_ok=True)
    env = clean_environment() | {"TMPDIR": str(scratch)}
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


def has_all(python: Path, wanted: list[str]) -> bool:
    """Whether this Python runs and has all of it."""
    with contextlib.suppress(OSError):  # it is no program any more
        ask = [str(python), "-c", HAS_ALL, "ask", *wanted]
        return subprocess.run(ask, env=clean_environment(), capture_output=True).returncode == 0
    return False


def verify(python: Path, wanted: list[str]) -> None:
    """Raises SetupError where what the installer said it installed isn't there, or PyTorch can't be imported."""
    if subprocess.call([str(python), "-c", HAS_ALL, "try", *wanted], env=clean_environment()):
        raise SetupError(
            "the installer reported success, but the environment isn't as it should be (see above): a pip setting such "
            "as target, prefix or no-deps may send packages elsewhere (`python -m pip config list` shows them)"
        )


def at_home(fresh: Path, home: Path, programs: Path) -> None:
    """Programs of an environment hold its path: make it the one that it will have, which is as long.

    Raises ValueError where it isn't.
    """
    here, there = (os.fsencode(str(folder)) for folder in (fresh, home))
    if len(here) != len(there):
        raise ValueError(f"{fresh} and {home} must be equally long")
    for file in [fresh / "pyvenv.cfg", *(programs.iterdir() if programs.exists() else [])]:
        if file.is_file() and not file.is_symlink() and here in (held := file.read_bytes()):
            file.write_bytes(held.replace(here, there))


def swap(fresh: Path, home: Path, old: Path) -> None:
    """Put the new environment in the old one's place, and only then remove that. Raises OSError, all as it was."""
    if old.exists():
        shutil.rmtree(old)
    there = home.exists()
    if there:
        os.replace(home, old)
    try:
        os.replace(fresh, home)
    except OSError:
        if there:
            os.replace(old, home)
        raise
    shutil.rmtree(old, ignore_errors=True)
