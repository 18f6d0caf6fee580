"""The instructor's folder: where everything lies, its secret, its settings."""

import json
import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import spelled
from course_lib.grading import gradebook, server, settings
from course_lib.grading.errors import GradingError
from course_lib.grading.hand.config import CONFIG
from course_lib.grading.release.source import read, seed_of
from course_lib.grading.settings import SETTINGS, Settings
from course_lib.grading.upkeep import keys, schema, secret
from course_lib.ground import ROOT, only_one, write
from course_lib.handin import SHEET

BUSY = "Another command is at work on this folder: waiting for it."
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
        """Make what is missing; what is there stays. Returns what was made.

        Raises GradingError where the folder can't be made, and where the secret or the gradebook is gone although
        something stands on it: neither is silently made anew.
        """
        self.no_file()
        traces = self.traces()
        if traces or os.path.lexists(self.home / "secret"):
            secret.read(self.home)
        if traces or os.path.lexists(self.database):
            schema.sound(self.database)
        made = []
        try:
            self.folder()
        except (FileNotFoundError, NotADirectoryError) as error:
            why = error.strerror.lower()
            raise GradingError(f"{shown(self.home)} can't be made ({why}): name another place with --folder") from error
        os.chmod(self.home, 0o700)
        for name, content in (("secret", None), ("course.toml", SETTINGS), ("nbgrader_config.py", CONFIG)):
            if not (self.home / name).exists():
                write(self.home / name, content or secrets.token_hex(16) + "\n", private=content is None)
                made.append(name)
        for name in ("source", "release", "submitted", "autograded", "feedback", "keys", "state", "logs"):
            self.folder(name)
        if url := server.elsewhere(self.database):
            if not traces and server.used(url):
                why = f"{server.shown(url)} has the gradebook of another folder"
                raise GradingError(f"{why}: work in that one (or in its restored backup), or name an empty database")
            made += [server.shown(url)] if server.make(url, schema.revisions()[0]) else []
        elif not self.database.exists():
            schema.make(self.database)
            made.append("gradebook.db")
        with self.gradebook():
            pass
        return made

    def no_file(self) -> None:
        """Raises GradingError where something that is no folder has the folder's name."""
        if os.path.lexists(self.home) and not self.home.is_dir():
            raise GradingError(f"{shown(self.home)} is a file, no folder: move it away, or name another with --folder")

    def traces(self) -> str:
        """What is here that stands on the secret and the gradebook; "" where nothing is."""
        for place, what in (("keys", "answer keys"), ("release", "releases"), ("state", "gradings"),
                            ("autograded", "graded notebooks")):  # fmt: skip
            if any(file.is_file() for file in (self.home / place).rglob("*")):
                return what
        return "submissions in its gradebook" if schema.used(self.database) else ""

    def need(self) -> None:
        """Raises GradingError where the folder was not made yet, or has lost its secret."""
        self.no_file()
        if not os.path.lexists(self.home / "secret") and not self.traces():
            raise GradingError(f"{shown(self.home)} is no grading folder yet: python -m course_lib grade init")
        secret.read(self.home)

    @property
    def secret(self) -> str:
        """The instructor's secret: hidden inputs and the students' numbers are drawn with it."""
        self.need()
        return secret.read(self.home)

    def salt(self, assignment: str) -> str:
        """What an assignment's personal numbers are drawn with: as released, since students have them; else drawn anew.

        Raises GradingError for a release that is damaged.
        """
        if salt := self.sheet_salt(assignment):
            return salt
        if not (file := self.home / "keys" / f"{assignment}.json").is_file():
            return seed_of(self.secret, "numbers", assignment)
        return keys.load(file).get("salt") or f"{secret.old_seed_of(self.secret, 'numbers', assignment):x}"

    def sheet_salt(self, assignment: str) -> str:
        """The salt that stands in the release; "" where there is none. Raises GradingError where it is damaged."""
        sheet = self.home / "release" / assignment / SHEET
        try:
            return str(json.loads(sheet.read_text("utf-8"))["salt"]) if sheet.is_file() else ""
        except (ValueError, KeyError, TypeError) as error:
            how = "put it back from a backup, or from the zip beside it"
            raise GradingError(f"release/{assignment}/{SHEET} is damaged: {how}") from error

    def settings(self) -> Settings:
        """What course.toml says, checked. Raises GradingError: all that is wrong with it, in one line.

        Also where it is gone although something was released: marks would lose their lateness, silently.
        """
        if not os.path.lexists(self.home / "course.toml") and (what := self.traces()):
            raise GradingError(f"course.toml is missing, and {what} are here: put it back from your copy of it or from "
                               "a backup (python -m course_lib grade restore); a new one, without due dates, "
                               "extensions and weights, is made by: python -m course_lib grade init")  # fmt: skip
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
        """The assignments that have a source, in the course's order."""
        folders = self.sources.glob("*/")
        return in_order(one.name for one in folders if (one / f"{one.name}.ipynb").is_file())

    def released(self) -> list[str]:
        """The assignments that were released: they have a key, whatever became of their sources since."""
        return in_order(file.stem for file in (self.home / "keys").glob("*.json") if GOOD_NAME.fullmatch(file.stem))

    def key(self, assignment: str) -> dict[str, Any]:
        """The answer key as it was at the release. Keys of the first version named no seeds.

        Raises GradingError where it isn't there, is damaged, or was made with another secret.
        """
        key = keys.load(self.home / "keys" / f"{assignment}.json")
        said = secret.read(self.home)
        if secret.fits(said, assignment, key, self.sheet_salt(assignment)) is False:
            why = f"the file `secret` is not the one that {assignment} was released with"
            raise GradingError(f"{why}: {secret.PUT_BACK}")
        for name, question in key["questions"].items():
            question.setdefault("seed", secret.old_seed_of(said, assignment, name))
        return key

    def source(self, assignment: str) -> Any:
        """The source as it was at the release."""
        return read(self.home / "source" / assignment)

    @contextmanager
    def gradebook(self) -> Iterator[Any]:
        """nbgrader's gradebook, opened. Raises GradingError where it is gone: it isn't made anew."""
        self.need()
        schema.there(self.database)
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
                print(f"course.toml: {spelled(remark)}", file=sys.stderr, flush=True)
        self.told |= set(said.remarks)

    def submissions(self, assignments: list[str] | None = None, student: str = "") -> list[tuple[str, str]]:
        """The (assignment, student) pairs that were handed in, sorted by student."""
        found = []
        for folder in sorted((self.home / "submitted").glob("*/*/")):
            name, who = folder.name, folder.parent.name
            if name in (assignments or self.released()) and student in ("", who):
                found.append((name, who))
        return found


def in_order(names: Iterable[str]) -> list[str]:
    """Assignments in the course's order, that of their first lessons; others follow by name."""
    order = ["pca", "circle", "mnist", "sparse", "denoising", "vae", "convolution", "sequences", "labels"]
    return sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))


def alone(home: Path) -> AbstractContextManager[int]:
    """Nothing else writes into this grading folder meanwhile; the lock's descriptor."""
    return only_one(home / ".lock", BUSY)


def shown(place: Path) -> str:
    """A path as a person would type it here."""
    return os.path.relpath(place)
