"""How an environment is made, tried and moved into its place. Standard library only, nothing of the course."""

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# pip compiles what it installs on one core, for most of a minute; this does it on all, as uv does. Files of tests that
# aren't Python of this version are passed over. Without it a kernel that may write nowhere compiles each time.
COMPILE = """
import compileall, sysconfig
print("Compiling what was installed ...", flush=True)
for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
    compileall.compile_dir(folder, quiet=2, workers=0)
"""

# pip's and uv's settings that would send packages elsewhere than into the environment that is being filled
ELSEWHERE = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_PYTHON", "UV_SYSTEM_PYTHON",
             "UV_TARGET", "UV_PREFIX", "UV_TORCH_BACKEND", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")  # fmt: skip


MISSING = Path(__file__).resolve().parent / "missing.py"  # whether an environment has all; with `try`, whether it works


class SetupError(Exception):
    """Why the environment could not be made, and what to do about it, in one line."""


def torch_build(uv: str, wanted: list[str]) -> tuple[list[str], str]:
    """uv's words for the PyTorch that suits this machine, with or without a GPU, and its version, like 2.15.0+cpu.

    Neither where uv doesn't know such words yet or can't reach PyTorch's own index: it is the registry's then.
    """
    words = [f"--torch-backend={os.environ.get('UV_TORCH_BACKEND') or 'auto'}"]
    ask = [uv, "pip", "compile", "--quiet", "--no-deps", "--no-header", "--python", sys.executable, *words, "-"]
    pair, found = "\n".join(one for one in wanted if one.startswith("torch")), None
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        answer = subprocess.run(ask, input=pair, env=clean_environment(), capture_output=True, text=True, timeout=30)
        found = re.search(r"^torch==(\S+)", "" if answer.returncode else answer.stdout, re.MULTILINE)
    return (words, found[1]) if found else ([], "")


def install(uv: str | None, folder: Path, python: Path, wanted: list[str], words: list[str]) -> None:
    """Make an environment in this folder and fill it; with torch_build's words, while they work. Raises SetupError."""
    base = getattr(sys, "_base_executable", sys.executable)  # never the Python in .venv itself
    if uv:
        make = [uv, "venv", "--quiet", "--allow-existing", "--python", base, str(folder)]
    elif importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        make = [base, "-m", "venv", str(folder)]
    else:
        debian = "on Debian and Ubuntu `sudo apt install python3-venv`, then try again"
        raise SetupError(f"this Python has no venv module: {debian}")
    run_installer(folder, make)
    try:
        run_installer(folder, *fill_with(uv, python, [*words, *wanted]))
    except SetupError:
        if not words:
            raise
        print("That PyTorch can't be fetched: trying the registry's.", flush=True)
        run_installer(folder, *fill_with(uv, python, wanted))


def fill_with(uv: str | None, python: Path, wanted: list[str]) -> list[list[str]]:
    """The commands that install all of it in one go, so that torch and torchvision match."""
    if uv:
        return [[uv, "pip", "install", "--compile-bytecode", "--python", str(python), *wanted]]
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
            ended = f"{'uv' if 'uv' in Path(command[0]).name else 'pip'} ended with status {status}"
            why = "(mostly the network, a full disk, a Python too new for PyTorch): see to it, then try again"
            raise SetupError(f"{ended}, its last lines above say why {why}")
    shutil.rmtree(scratch, ignore_errors=True)


def has_all(python: Path, wanted: list[str]) -> bool:
    """Whether this Python runs and has all of it."""
    ask = [str(python), MISSING, "ask", *wanted]
    with contextlib.suppress(OSError):  # it is no program any more
        return subprocess.run(ask, env=clean_environment(), capture_output=True).returncode == 0
    return False


def verify(python: Path, wanted: list[str]) -> None:
    """Raises SetupError where what the installer said it installed isn't there, or PyTorch can't be imported."""
    if subprocess.call([str(python), MISSING, "try", *wanted], env=clean_environment()):
        raise SetupError(
            "the installer reported success, but the environment isn't as it should be (see above): a pip setting such "
            "as target, prefix or no-deps may send packages elsewhere (`python -m pip config list` shows them)"
        )


def at_home(fresh: Path, home: Path, programs: Path) -> None:
    """Programs of an environment hold its path: make it the one that it will have, as long. Raises ValueError."""
    here, there = (os.fsencode(str(folder)) for folder in (fresh, home))
    if len(here) != len(there):
        raise ValueError(f"{fresh} and {home} must be equally long")
    for file in [fresh / "pyvenv.cfg", *(programs.iterdir() if programs.exists() else [])]:
        if file.is_file() and not file.is_symlink() and here in (held := file.read_bytes()):
            file.write_bytes(held.replace(here, there))


def swap(fresh: Path, home: Path, old: Path) -> None:
    """Put the new environment in the old one's place, and only then remove that. Raises OSError, all as it was."""
    shutil.rmtree(old, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        os.replace(home, old)
    try:
        os.replace(fresh, home)
    except OSError:
        if old.exists():
            os.replace(old, home)
        raise
    shutil.rmtree(old, ignore_errors=True)
