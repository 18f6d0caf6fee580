"""What tests of several folders share: a scratch course, the variables of a process on its own, waiting."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from course_lib.ground import ROOT

posix = pytest.mark.skipif(os.name == "nt", reason="shell scripts, signals, links")


def pyproject(*dependencies: str) -> str:
    """A project that asks for these, and for a grader where it grades."""
    groups = "[dependency-groups]\ntest = []\ninstructor = ['grader']\n"
    return f"[project]\ndependencies = {list(dependencies)!r}\n{groups}".replace("'", '"')


def scratch_course(folder: Path, *dependencies: str) -> Path:
    """The whole library in a folder of its own, where nobody edits it meanwhile; it asks for these and has no data."""
    shutil.copytree(ROOT / "course_lib", folder / "course_lib", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "course_lib" / "data" / "__init__.py").write_text("source = lambda: 'any'\nmnist_folder = lambda: None")
    (folder / "pyproject.toml").write_text(pyproject(*dependencies))
    return folder


def variables(library: Path | None = ROOT, **more: str) -> dict[str, str]:
    """This process's environment variables without the course's switches; Python finds this library, or none."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "PYTHONPATH"))}
    return kept | ({"PYTHONPATH": str(library)} if library else {}) | more


def until(happened: Callable[[], object], seconds: float = 90.0) -> None:
    """Wait for it, or fail."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
