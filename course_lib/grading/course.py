"""The instructor's folder: where everything lies, its secret, its settings."""

import json
import math
import os
import re
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course_lib.grading import gradebook
from course_lib.grading.release.source import read, seed_of
from course_lib.ground import ROOT, write

SETTINGS = """# Settings of the grading. Times are UTC where they don't say otherwise.

[due]            # an assignment that isn't named here is never late
# pca = 2026-12-01T23:59:00Z

[late]
points_per_day = 0   # taken off for every day that has begun
"""
NBGRADER = """# For formgrader (grading by hand): open JupyterLab in this folder. Autograding is done by
# `python -m course_lib grade autograde`, which runs students' code in a sandbox: `nbgrader autograde` does not.
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import ClearHiddenTests, GetGrades

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "autoencoders"
c.HTMLExporter.sanitize_html = True
c.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]  # no hidden tests in pages
c.Autograde.autograde_preprocessors = []  # it would run students' code unprotected, so it does nothing
"""
GOOD_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,99}")


class GradingError(Exception):
    """What is wrong, and what to do, in one line."""


class Course:
    """The folder `grading/` (never committed) and the sources of the assignments."""

    def __init__(self, home: Path = ROOT / "grading", sources: Path = ROOT / "notebooks" / "assignments") -> None:
        self.home, self.sources = Path(home).resolve(), Path(sources).resolve()
        self.database = self.home / "gradebook.db"

    def folder(self, *names: str) -> Path:
        """A folder in here, made if need be."""
        place = self.home.joinpath(*names)
        place.mkdir(parents=True, exist_ok=True)
        return place

    def init(self) -> list[str]:
        """Make what is missing; what is there stays. Returns what was made."""
        made = []
        self.folder()
        os.chmod(self.home, 0o700)
        for name, content in (("secret", None), ("course.toml", SETTINGS), ("nbgrader_config.py", NBGRADER)):
            if not (self.home / name).exists():
                write(self.home / name, content or secrets.token_hex(16) + "\n", private=content is None)
                made.append(name)
        for name in ("source", "release", "submitted", "autograded", "feedback", "keys", "state", "logs"):
            self.folder(name)
        if not self.database.exists():
            made.append("gradebook.db")
        with self.gradebook():
            pass
        return made

    def need(self) -> None:
        """Raises GradingError where the folder was not made yet."""
        if not (self.home / "secret").is_file():
            raise GradingError(f"{shown(self.home)} is no grading folder yet: python -m course_lib grade init")

    @property
    def secret(self) -> str:
        """The instructor's secret: hidden inputs and the students' numbers are drawn with it."""
        self.need()
        return (self.home / "secret").read_text("utf-8").strip()

    def salt(self, assignment: str) -> str:
        """What an assignment's personal numbers are drawn with; it is part of the release."""
        return f"{seed_of(self.secret, 'numbers', assignment):x}"

    def settings(self) -> dict[str, Any]:
        """What course.toml says. Raises GradingError where it can't be read."""
        file = self.home / "course.toml"
        try:
            said = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            how = "a time is written 2026-12-01T23:59:00Z"
            raise GradingError(f"course.toml can't be read: {error} ({how})") from error
        if wrong := [name for name in ("due", "late") if not isinstance(said.get(name, {}), dict)]:
            raise GradingError(f"course.toml: {wrong[0]} is a section, [{wrong[0]}] on a line of its own")
        return said

    def per_day(self) -> float:
        """The points that a day of lateness costs."""
        points = self.settings().get("late", {}).get("points_per_day", 0)
        if type(points) not in (int, float) or not 0 <= points < math.inf:
            raise GradingError(f"course.toml: points_per_day is {points!r}; write a number, 0 or more")
        return float(points)

    def due(self, assignment: str) -> datetime | None:
        """When the assignment is due, in UTC and without a zone (as nbgrader keeps it); None where it never is."""
        when = self.settings().get("due", {}).get(assignment)
        if when is None:
            return None
        if not isinstance(when, datetime):
            raise GradingError(f"course.toml: {assignment} is due {when!r}; write 2026-12-01T23:59:00Z")
        return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when

    def assignments(self) -> list[str]:
        """The assignments that have a source, in the course's order (that of their first lesson)."""
        order = ["pca", "circle", "mnist", "sparse", "denoising", "vae", "convolution", "sequences", "labels"]
        there = [folder.name for folder in self.sources.glob("*/") if (folder / f"{folder.name}.ipynb").is_file()]
        return sorted(there, key=lambda name: (order.index(name) if name in order else len(order), name))

    def released(self) -> list[str]:
        """The assignments that were released: they have a key."""
        return [name for name in self.assignments() if (self.home / "keys" / f"{name}.json").is_file()]

    def key(self, assignment: str) -> dict[str, Any]:
        """The answer key as it was at the release. Keys of the first version named no seeds."""
        try:
            key = json.loads((self.home / "keys" / f"{assignment}.json").read_text("utf-8"))
        except FileNotFoundError as error:
            raise GradingError(f"{assignment} was not released: python -m course_lib grade release") from error
        for name, question in key["questions"].items():
            question.setdefault("seed", seed_of(self.secret, assignment, name))
        return key

    def source(self, assignment: str) -> Any:
        """The source as it was at the release."""
        return read(self.home / "source" / assignment)

    @contextmanager
    def gradebook(self) -> Iterator[Any]:
        """nbgrader's gradebook, opened."""
        self.need()
        with gradebook.opened(self.database) as book:
            yield book

    def settle(self) -> None:
        """Bring due dates and late penalties in the gradebook up to date.

        Raises GradingError for bad settings, and where the gradebook knows nothing of a release.
        """
        from nbgrader.api import MissingEntry

        per_day, due = self.per_day(), {name: self.due(name) for name in self.released()}
        try:
            with self.gradebook() as book:
                gradebook.settle(book, due, per_day)
        except MissingEntry as error:
            why = f"gradebook.db is not that of these releases ({error})"
            raise GradingError(f"{why}: python -m course_lib grade release") from error

    def submissions(self, assignments: list[str] | None = None, student: str = "") -> list[tuple[str, str]]:
        """The (assignment, student) pairs that were handed in, sorted by student."""
        found = []
        for folder in sorted((self.home / "submitted").glob("*/*/")):
            name, who = folder.name, folder.parent.name
            if name in (assignments or self.released()) and student in ("", who):
                found.append((name, who))
        return found


def shown(place: Path) -> str:
    """A path as a person would type it here."""
    return os.path.relpath(place)
