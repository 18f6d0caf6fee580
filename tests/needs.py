"""What some tests need beyond the course: where it is missing they are skipped, but with CI set they fail."""

import importlib.util
import os
import shutil
import sys

import pytest

from course_lib.commands.slides.pdf import BROWSERS

CHROMIUM = os.environ.get("COURSE_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def nbgrader() -> None:
    """Instructors' packages. Called at the top of a module of tests."""
    if importlib.util.find_spec("nbgrader") is None or importlib.util.find_spec("psutil") is None:
        missing("nbgrader isn't installed here: grading is not tested")


def sandbox() -> None:
    """A sandbox that works. Called at the top of a module of tests, after nbgrader()."""
    from course_lib.grading.sandbox import walls

    if sys.platform != "linux":
        pytest.skip("the sandbox exists on Linux only", allow_module_level=True)
    try:
        walls.check([])
    except walls.NoSandbox as why:
        missing(f"submissions can't be run safely here: {why}")


def missing(why: str) -> None:
    """Skip the module's tests, or fail where CI must not skip."""
    if os.environ.get("CI"):
        pytest.fail(f"{why}; CI is set, so this is no reason to skip", pytrace=False)
    pytest.skip(why, allow_module_level=True)
