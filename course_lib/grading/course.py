"""The instructor's folder: where everything lies, its secret, its settings, and nbgrader's configuration."""

import hashlib
import json
import math
import os
import re
import secrets
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course_lib.grading.release.source import read, seed_of
from course_lib.ground import ROOT

SETTINGS = """# Settings of the grading. Times are UTC where they don't say otherwise.

[due]            # an assignment that isn't named here is never late
# pca = 2026-12-01T23:59:00Z

[late]
points_per_day = 0   # taken off for every day that has begun
"""
NBGRADER = """# For formgrader (grading by hand): open JupyterLab in this folder. Autograding is done by
# `python -m course_lib.grading autograde`, which runs students' code in a sandbox: `nbgrader autograde` does not.
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "autoencoders"
c.HTMLExporter.sanitize_html = True
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
            raise GradingError(f"{shown(self.home)} is no grading folder yet: python -m course_lib.grading init")

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
        order = ["pca", "circle", "mnist", "sparse", "denoising", "vae"]
        there = [folder.name for folder in self.sources.glob("*/") if (folder / f"{folder.name}.ipynb").is_file()]
        return sorted(there, key=lambda name: (order.index(name) if name in order else len(order), name))

    def released(self) -> list[str]:
        """The assignments that were released: they have a key."""
        return [name for name in self.assignments() if (self.home / "keys" / f"{name}.json").is_file()]

    def key(self, assignment: str) -> dict[str, Any]:
        """The answer key as it was at the release."""
        try:
            return json.loads((self.home / "keys" / f"{assignment}.json").read_text("utf-8"))
        except FileNotFoundError as error:
            raise GradingError(f"{assignment} was not released: python -m course_lib.grading release") from error

    def source(self, assignment: str) -> Any:
        """The source as it was at the release."""
        return read(self.home / "source" / assignment)

    def config(self) -> Any:
        """nbgrader's configuration. Our preprocessor stands where nbgrader would run the code itself."""
        from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
        from nbgrader.preprocessors import (
            AssignLatePenalties,
            CheckCellMetadata,
            ClearHiddenTests,
            GetGrades,
            SaveAutoGrades,
        )
        from traitlets.config import Config

        from course_lib.grading.autograde.attempt import Attempt, DailyPenalty

        c = Config()
        c.CourseDirectory.root = str(self.home)
        c.CourseDirectory.course_id = "autoencoders"
        c.CourseDirectory.db_url = self.url
        c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your answer here")'}
        c.OverwriteCells.add_missing_cells = True
        c.Autograde.autograde_preprocessors = [Attempt, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
        c.AssignLatePenalties.plugin_class = DailyPenalty
        c.DailyPenalty.points_per_day = self.per_day()
        c.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]
        c.HTMLExporter.sanitize_html = True
        return c

    @property
    def url(self) -> str:
        """The gradebook as SQLAlchemy names it; several processes wait for each other."""
        return f"sqlite:///{self.database}?timeout=120"

    @contextmanager
    def gradebook(self) -> Iterator[Any]:
        """nbgrader's gradebook, opened."""
        from nbgrader.api import Gradebook

        tools = f"{sys.prefix}{os.sep}{'Scripts' if os.name == 'nt' else 'bin'}"  # nbgrader looks for alembic on PATH
        if tools not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([tools, os.environ.get("PATH", "")])
        self.need()
        with Gradebook(self.url, "autoencoders") as book:
            yield book

    def settle(self) -> None:
        """Bring due dates and late penalties up to date: course.toml, and points by hand, change after the grading."""
        per_day = self.per_day()
        with self.gradebook() as book:
            for name in self.released():
                book.find_assignment(name).duedate = self.due(name)
                for submission in book.assignment_submissions(name):
                    for notebook in submission.notebooks:
                        off = penalty(notebook.score, per_day, submission.total_seconds_late)
                        notebook.late_submission_penalty = off or None
            book.db.commit()

    def submissions(self, assignments: list[str] | None = None, student: str = "") -> list[tuple[str, str]]:
        """The (assignment, student) pairs that were handed in, sorted by student."""
        found = []
        for folder in sorted((self.home / "submitted").glob("*/*/")):
            name, who = folder.name, folder.parent.name
            if name in (assignments or self.released()) and student in ("", who):
                found.append((name, who))
        return found

    def state(self, assignment: str, student: str) -> dict[str, Any]:
        """What became of a submission; empty where it was never graded, or its record can't be read."""
        try:
            return json.loads((self.home / "state" / assignment / record_name(student)).read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    def set_state(self, assignment: str, student: str, state: dict[str, Any]) -> None:
        """Keep it, whole or not at all."""
        write(self.folder("state", assignment) / record_name(student), json.dumps(state, indent=1) + "\n")


def penalty(score: float, per_day: float, seconds_late: float) -> float:
    """Points off for every day of lateness that has begun; no mark falls below 0 by it."""
    return max(0.0, min(score, per_day * -(-seconds_late // 86_400)))


def record_name(student: str) -> str:
    """The file of a student's record. A folder's name that is no id can be anything, also too long for a file's."""
    digest = hashlib.sha256(os.fsencode(student)).hexdigest()
    return f"{student}.json" if GOOD_NAME.fullmatch(student) else f"({digest[:32]}).json"


def write(file: Path, content: str, private: bool = False) -> None:
    """Write a file whole or not at all."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.touch(mode=0o600 if private else 0o644)
    fresh.write_text(content, "utf-8", errors="backslashreplace")  # names of folders can be broken text
    os.replace(fresh, file)


def shown(place: Path) -> str:
    """A path as a person would type it here."""
    return os.path.relpath(place)
