"""What course.toml says: read and checked in one place, all faults told together, each with the nearest right name."""

import difflib
import math
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from course_lib.grading.errors import GradingError

HOW = "write 2026-12-01T23:59:00Z"
SETTINGS = """# Settings of the grading. Times are UTC where they don't say otherwise.

[due]            # an assignment that isn't named here is never late
# pca = 2026-12-01T23:59:00Z

[late]
points_per_day = 0   # taken off for every day that has begun

[groups]         # students by id; sections are written in the same way
# evening = ["s1", "s2"]

[sections]

[weights]        # of the assignments, in the total over all of them
# pca = 2

# [extensions.s1]   # a later due date, for a student, a group or a section ("..." around a name with a dot or an @)
# pca = 2026-12-08T23:59:00Z

# [points.pca]      # what a question is worth from now on; 0 drops it
# QUESTION = 3

# [gradebook]       # on a PostgreSQL server, in place of the file gradebook.db
# url = "postgresql://teacher@db.example.org/course"
"""
FAR = 3  # years from today: no course lasts so long
SECTIONS = ("due", "late", "extensions", "groups", "sections", "weights", "points", "gradebook")


def folded(name: str) -> str:
    """A name as it is compared: without the spaces around it, composed, whatever its case."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the right name, ready to be put behind a fault; "" where there is nothing to choose from."""
    names = {folded(one): one for one in sorted(known)}
    if close := difflib.get_close_matches(folded(name), names, 1, 0.5):
        return f" (did you mean {names[close[0]]!r}?)"
    few = list(names.values())
    return f" (there are: {', '.join(few[:10])}{' ...' if len(few) > 10 else ''})" if few else ""


def in_utc(when: datetime) -> datetime:
    """A time in UTC and without a zone, as nbgrader keeps it; one without a zone is UTC already."""
    return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when


@dataclass
class Settings:
    """The settings, checked. Students are named as the file names them; `students` checks them against the list."""

    dates: dict[str, datetime] = field(default_factory=dict)  # assignment: when it is due, in UTC and without a zone
    per_day: float = 0.0  # points off for a day of lateness that has begun
    extensions: dict[str, dict[str, datetime]] = field(default_factory=dict)  # student, group or section: assignment
    groups: dict[str, list[str]] = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    points: dict[str, dict[str, float]] = field(default_factory=dict)  # assignment: question: its maximum; 0 drops it
    remarks: list[str] = field(default_factory=list)  # what is odd, but may be meant

    def due(self, assignment: str, student: str = "") -> datetime | None:
        """When it is due for this student (for the class): their extension, else the latest of their groups' and
        sections', else the class's date; None where it never is."""
        given = {folded(name): dates for name, dates in self.extensions.items()}
        own = given.get(folded(student), {}).get(assignment) if student else None
        teams = [name for name, members in [*self.groups.items(), *self.sections.items()]
                 if student and folded(student) in map(folded, members)]  # fmt: skip
        shared = [when for team in teams if (when := given.get(folded(team), {}).get(assignment))]
        return own or max(shared, default=None) or self.dates.get(assignment)

    def extension(self, assignment: str, student: str) -> timedelta | None:
        """By how much a student's due date differs from the class's; None where it doesn't."""
        whole, own = self.dates.get(assignment), self.due(assignment, student)
        return own - whole if whole and own and own != whole else None

    def students(self, known: Iterable[str]) -> None:
        """Check the students' ids. Raises GradingError for whoever is not among these."""
        names, teams, faults = list(known), {folded(one) for one in [*self.groups, *self.sections]}, []
        there = {folded(name) for name in names}
        for section in ("groups", "sections"):
            for team, members in getattr(self, section).items():
                faults += [f"[{section}] {team}: {one!r} is no student of the list{nearest(one, names)}"
                           for one in members if folded(one) not in there]  # fmt: skip
        for one in self.extensions:
            if folded(one) not in there | teams:
                hint = nearest(one, [*names, *self.groups, *self.sections])
                faults.append(f"[extensions] {one!r} is no student of the list, no group and no section{hint}")
            elif folded(one) in there & teams:
                faults.append(f"[extensions] {one!r} is a student and a group: give the group another name")
        tell(faults)


def tell(faults: list[str]) -> None:
    """Raises GradingError with all of these, each once, in one line; where there are none, nothing."""
    if faults:
        raise GradingError(f"course.toml: {'; '.join(dict.fromkeys(faults))}")


def read(file: Path, assignments: list[str], questions: Callable[[str], Iterable[str]]) -> Settings:
    """The settings in this file; all defaults where it isn't there.

    questions: the names of an assignment's questions. Raises GradingError where the file can't be read, or says what
    can't be: all faults in one line.
    """
    try:
        said = tomllib.loads(file.read_text("utf-8-sig")) if file.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        what = "; ".join(str(error).splitlines())
        raise GradingError(f"course.toml can't be read: {what} (a time is written 2026-12-01T23:59:00Z)") from error
    except IsADirectoryError as error:
        how = "move it away, and put your copy of the file in its place, or let `grade init` make a new one"
        raise GradingError(f"course.toml can't be read, it is a folder: {how}") from error
    except (OSError, RecursionError) as error:
        why = getattr(error, "strerror", None) or "its values are nested too deeply"
        raise GradingError(f"course.toml can't be read: {why}") from error
    faults: list[str] = []
    for name in said:
        if name not in SECTIONS:
            kind = f"section [{name}]" if isinstance(said[name], dict) else f"setting {name!r} outside a section"
            faults.append(f"there is no {kind}{nearest(name, SECTIONS)}")
        elif not isinstance(said[name], dict):
            faults.append(f"{name} is a section, [{name}] on a line of its own")
    whole = {name: said[name] if isinstance(said.get(name), dict) else {} for name in SECTIONS}
    reader = Reader(assignments, faults)
    settings = Settings(reader.times("due", whole["due"]), remarks=reader.remarks)
    settings.per_day = reader.per_day(whole["late"])
    for who, dates in reader.tables("extensions", whole["extensions"]).items():
        settings.extensions[who] = reader.times("extensions", dates, f"extensions.{who}", settings.dates)
    settings.groups, settings.sections = (reader.teams(name, whole[name]) for name in ("groups", "sections"))
    settings.weights = reader.numbers("weights", reader.right("weights", whole["weights"], assignments))
    for name, table in reader.right("points", reader.tables("points", whole["points"]), assignments).items():
        known = list(questions(name)) if table else []
        settings.points[name] = reader.numbers(f"points.{name}", reader.right(f"points.{name}", table, known))
    faults += [f"[gradebook] {name!r} is no setting{nearest(name, ['url'])}"
               for name in whole["gradebook"] if name != "url"]  # fmt: skip
    tell(faults)
    return settings


class Reader:
    """Reads sections, and collects what is wrong in `faults`, what is odd in `remarks`."""

    def __init__(self, assignments: list[str], faults: list[str]) -> None:
        self.assignments, self.faults, self.remarks = assignments, faults, []

    def right(self, section: str, table: dict[str, Any], known: list[str]) -> dict[str, Any]:
        """The entries whose names are among these; any other is a fault."""
        kind = "question" if section.startswith("points.") else "assignment"
        self.faults += [f"[{section}] {name!r} is no {kind}{nearest(name, known)}"
                        for name in table if name not in known]  # fmt: skip
        return {name: value for name, value in table.items() if name in known}

    def tables(self, section: str, table: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The sections inside a section."""
        for name, value in table.items():
            if not isinstance(value, dict):
                inner = "QUESTION" if section == "points" else "ASSIGNMENT"
                self.faults.append(f"[{section}] {name} is a section of its own: a line [{section}.{name}], and "
                                   f"below it {inner} = ...")  # fmt: skip
            elif inner := [one for one, deep in value.items() if isinstance(deep, dict)]:
                self.faults.append(f'[{section}.{name}.{inner[0]}] has a dot in its name: [{section}."{name}.'
                                   f'{inner[0]}"]')  # fmt: skip
        return {name: {one: deep for one, deep in value.items() if not isinstance(deep, dict)}
                for name, value in table.items() if isinstance(value, dict)}  # fmt: skip

    def times(
        self, kind: str, table: dict[str, Any], section: str = "", class_: dict[str, datetime] | None = None
    ) -> dict[str, datetime]:
        """Due dates by assignment; class_: those of the class, where these are extensions."""
        section, found = section or kind, {}
        for name, when in self.right(section, table, self.assignments).items():
            if not isinstance(when, datetime):
                self.faults.append(f"[{section}] {name} is due {str(when)[:40]!r}, which is no date with a time: {HOW}")
                continue
            try:
                found[name] = in_utc(when)
            except (OverflowError, ValueError):
                self.faults.append(f"[{section}] {name} is due {when}: that is out of any calendar; {HOW}")
                continue
            if when.tzinfo is None:
                self.remarks.append(f"[{section}] {name} = {when} names no zone: it is UTC")
            if abs(found[name].year - datetime.now(UTC).year) > FAR:
                self.remarks.append(f"[{section}] {name} is due in the year {when.year}: is that meant?")
            if class_ is not None and name not in class_:
                self.remarks.append(f"[{section}] {name} has no due date in [due]: it is never late anyway")
            elif class_ is not None and found[name] < class_[name]:
                self.faults.append(f"[{section}] {name} = {when} is before the class's due date, {class_[name]} UTC")
        return found

    def per_day(self, table: dict[str, Any]) -> float:
        """The one setting about lateness."""
        self.faults += [f"[late] {name!r} is no setting{nearest(name, ['points_per_day'])}"
                        for name in table if name != "points_per_day"]  # fmt: skip
        known = {name: value for name, value in table.items() if name == "points_per_day"}
        return self.numbers("late", known).get("points_per_day", 0.0)

    def numbers(self, section: str, table: dict[str, Any]) -> dict[str, float]:
        """Numbers, 0 or more."""
        good = {}
        for name, value in table.items():
            if type(value) in (int, float) and 0 <= value < math.inf:
                good[name] = float(value)
            else:
                self.faults.append(f"[{section}] {name} is {repr(value)[:40]}; write a number, 0 or more")
        return good

    def teams(self, section: str, table: dict[str, Any]) -> dict[str, list[str]]:
        """Groups or sections: lists of ids."""
        found = {}
        for name, members in table.items():
            if not isinstance(members, list) or not all(isinstance(one, str) and one.strip() for one in members):
                self.faults.append(f'[{section}] {name} is no list of ids: {name} = ["s1", "s2"]')
                continue
            found[name] = members
            ids = [folded(one) for one in members]
            self.faults += [f"[{section}] {name} names {one!r} twice"
                            for i, one in enumerate(members) if ids[i] in ids[:i]]  # fmt: skip
        return found
