"""A course with the tiny assignment of `hostile`, released."""

import json
import shutil

import pytest

from course_lib.grading.__main__ import main
from course_lib.grading.course import Course
from tests.grading import hostile
from tests.grading.hostile import NAME


def command(course: Course, verb: str, *words: str) -> int:
    """One of the instructor's commands."""
    return main([verb, *words, "--folder", str(course.home), "--sources", str(course.sources)])


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The folder of a course with the tiny assignment released."""
    base = tmp_path_factory.mktemp("template")
    sources = base / "sources"
    (sources / NAME).mkdir(parents=True)
    (sources / NAME / f"{NAME}.ipynb").write_text(json.dumps(hostile.source()))
    (sources / NAME / "wrong_answers.py").write_text(hostile.BANK)
    made = Course(base / "grading", sources)
    assert command(made, "init") == 0 and command(made, "release") == 0
    return base


def placed(template, base) -> Course:
    """A copy of a course's folder, in the folder `term` of `base`."""
    shutil.copytree(template, base / "term")
    return Course(base / "term" / "grading", base / "term" / "sources")


@pytest.fixture
def tiny(template, tmp_path):
    """A copy of it, to change."""
    return placed(template, tmp_path)
