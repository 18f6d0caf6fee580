"""Whose hand-in it is: what a platform calls somebody, matched with the list of students."""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from course_lib.grading.settings import folded

# Letters that have no accent to take off, and the German way to write those that have one
LETTERS = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
GERMAN = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
MANGLED = [("cp437", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "utf-8"), ("cp850", "utf-8"), ("mac_roman", "utf-8"),
           ("cp437", "cp1252"), ("cp437", "cp850")]  # fmt: skip


@dataclass(frozen=True)
class Student:
    """A student of the list."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    number: str = ""  # the platform's, where the list has it

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def everyone(book: Any) -> list[Student]:
    """The students in the gradebook."""
    about = ("first_name", "last_name", "email", "lms_user_id")
    return [Student(one.id, *(getattr(one, what, None) or "" for what in about)) for one in book.students]


def plain(text: str) -> str:
    """A name without accents, in small letters."""
    apart = unicodedata.normalize("NFKD", folded(text).translate(str.maketrans(LETTERS)))
    return "".join(one for one in apart if not unicodedata.combining(one))


def bared(text: str) -> str:
    """A name as some platforms write it: letters that aren't Latin without an accent are left out."""
    return unicodedata.normalize("NFKD", folded(text)).encode("ascii", "ignore").decode()


def squeezed(text: str) -> str:
    """Letters and digits alone."""
    return "".join(one for one in text if one.isalnum())


def words(text: str) -> tuple[str, ...]:
    """The words of a name, in any order."""
    return tuple(sorted(filter(None, map(squeezed, re.split(r"[\W_]+", text)))))


def ways(text: str) -> Iterator[Any]:
    """The forms in which names are compared, the strictest first."""
    yield " ".join(folded(text).replace(",", " ").split())
    yield squeezed(folded(text))
    yield squeezed(plain(text))
    yield squeezed(plain(folded(text).translate(str.maketrans(GERMAN))))
    yield words(plain(text))
    whole, bare = squeezed(plain(text)), squeezed(bared(text))
    yield bare if 3 * len(bare) > 2 * len(whole) else ""


def readings(text: str) -> Iterator[str]:
    """A name, and what it may have been before a zip mangled it."""
    yield text
    for wrong, right in MANGLED:
        try:
            if (read := text.encode(wrong).decode(right)) != text:
                yield read
        except UnicodeError:
            pass


class Roster:
    """The list of students, asked for what a platform calls them."""

    def __init__(self, students: Iterable[Student], teams: Iterable[str] = ()) -> None:
        """teams: groups and sections, whose names Moodle may put before a student's."""
        self.students, self.teams = list(students), {folded(team) for team in teams}
        self.ids = {folded(one.id): one for one in self.students}
        self.keys: list[dict[Any, set[str]]] = [defaultdict(set) for _ in range(6)]
        self.exact: dict[str, set[str]] = defaultdict(set)
        self.numbers = {one.id: folded(one.number) for one in self.students if folded(one.number).isdecimal()}
        for one in self.students:
            for key in filter(None, (one.email, one.email.partition("@")[0], one.number)):
                self.exact[folded(key)].add(one.id)
            for text in {one.name, f"{one.last_name} {one.first_name}".strip()} - {""}:
                for level, key in enumerate(ways(text)):
                    self.keys[level][key].add(one.id)

    def known(self, label: str) -> bool:
        """Whether it is somebody's."""
        return bool(self.find(label))

    def find(self, label: str, number: str = "") -> set[str]:
        """The students whom a platform may call so; several where it can't be told.

        number: the platform's own for this author, where it has a lasting one. It counts more than the label, which
        some platforms let students choose: nobody is found who is known by another number.
        """
        if number and (found := {who for who, own in self.numbers.items() if own == folded(number)}):
            return found
        return {who for who in self.called(label) if not number or self.numbers.get(who, number) == number}

    def called(self, label: str) -> set[str]:
        """Whom a label may mean: by id, e-mail, login or name; several where it can't be told."""
        if one := self.ids.get(folded(label)):
            return {one.id}
        if found := self.exact.get(folded(label)):
            return found
        for text in readings(label):
            if found := self.by_name(text):
                return found
        team, dash, rest = label.partition("-")
        while dash and rest:
            if folded(team) in self.teams:
                return self.called(rest)
            part, dash, rest = rest.partition("-")
            team = f"{team}-{part}"
        return self.both(label)

    def teams_before(self, labels: Iterable[str]) -> set[str]:
        """The groups that Moodle puts before names although no list has them: of at least two people of the list."""
        members: dict[str, set[str]] = defaultdict(set)
        for label in labels:
            pieces = [] if self.find(label) else label.split("-")
            for i in range(1, len(pieces)):
                if len(found := self.by_name("-".join(pieces[i:]))) == 1:
                    members[folded("-".join(pieces[:i]))] |= found
        return {team for team, found in members.items() if len(found) > 1}

    def both(self, label: str) -> set[str]:
        """Whoever a label names by id (or e-mail, or login) and by name, with _ between: both must agree."""
        pieces = label.split("_")
        for i in range(1, len(pieces)):
            left, right = "_".join(pieces[:i]).strip(), "_".join(pieces[i:]).strip()
            for key, name in ((left, right), (right, left)):
                one = self.ids.get(folded(key))
                said = {one.id} if one else self.exact.get(folded(key), set())
                if found := {who for text in readings(name) for who in self.by_name(text)} & said:
                    return found
        return set()

    def by_name(self, text: str) -> set[str]:
        """The students of this name, in either order; the strictest comparison that finds anybody decides."""
        for keys, key in zip(self.keys, ways(text), strict=True):
            if key and (found := keys.get(key)):
                return found
        return set()

    def suggestion(self, label: str) -> str:
        """The id whose name looks most like this one, for a person to decide; "" for none."""
        names = {plain(name): one.id for one in self.students if (name := one.name or one.id)}
        close = difflib.get_close_matches(plain(label), names, 1, 0.6)
        return names[close[0]] if close else ""
