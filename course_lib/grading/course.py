"""The instructor's folder: where everything lies, its secret, its settings."""

import json
import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from course_lib.grading import gradebook, settings
from course_lib.grading.errors import GradingError
from course_lib.grading.release.source import read, seed_of
from course_lib.grading.settings import SETTINGS, Settings
from course_lib.ground import ROOT, write

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


class Course:
    """The folder `grading/` (never committed) and the sources of the assignments."""

    def __init__(self, home: Path = ROOT / "grading", sources: Path = ROOT / "notebooks" / "assignments") -> None:
        self.home, self.sources = Path(home).resolve(), Path(sources).resolve()
        self.database = self.home / "gradebook.db"
        self.told: set[str] = set()  # what was remarked on already

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

    def settings(self) -> Settings:
        """What course.toml says, checked. Raises GradingError: all that is wrong with it, in one line."""
        keys = [file.stem for file in (self.home / "keys").glob("*.json")]
        return settings.read(self.home / "course.toml", sorted({*self.assignments(), *keys}), self.questions)

    def per_day(self) -> float:
        """The points that a day of lateness costs."""
        return self.settings().per_day

    def due(self, assignment: str, student: str = "") -> datetime | None:
        """When it is due (for a student), in UTC and without a zone (as nbgrader keeps it); None where it never is."""
        return self.settings().due(assignment, student)

    def questions(self, assignment: str) -> list[str]:
        """The names of its questions: as released, else as the source has them."""
        if (self.home / "keys" / f"{assignment}.json").is_file():
            key = self.key(assignment)
            return [*key["questions"], *key["written"]]
        return list(read(self.sources / assignment).questions)

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

        said = self.settings()
        try:
            with self.gradebook() as book:
                said.students({student.id for student in book.students} or {who for _, who in self.submissions()})
                gradebook.settle(book, self.released(), said)
        except MissingEntry as error:
            why = f"gradebook.db is not that of these releases ({error})"
            raise GradingError(f"{why}: python -m course_lib grade release") from error
        for remark in said.remarks:
            if remark not in self.told:
                print(f"course.toml: {remark}", file=sys.stderr, flush=True)
        self.told |= set(said.remarks)

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
