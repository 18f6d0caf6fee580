"""How learning platforms name what was handed in: whose it is, for which assignment, which attempt."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from course_lib.grading.settings import folded
from course_lib.grading.submissions.archives import Member

NOTEBOOK = re.compile(r"(?P<stem>.*)\.ipynb(?:\.(?:txt|json|download))?", re.IGNORECASE | re.DOTALL)
PACKAGE = re.compile(r".*\.zip", re.IGNORECASE | re.DOTALL)
# What browsers and platforms put behind a name: pca (1), pca(1), pca-1, pca_1, pca - Copy, pca copy 2
AGAIN = re.compile(r"(?P<stem>.+?)(?: ?\((?P<a>\d{1,4})\)|[-_](?P<b>\d{1,4})|(?: - |[ _-])copy[ _-]?(?P<c>\d{0,4}))")
MOODLE = re.compile(r"(?P<label>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)", re.DOTALL)
CANVAS = re.compile(r"(?P<label>[^_]*)(?P<late>_LATE)?_(?P<number>\d+)_(?P<file>\d+)_(?P<rest>.+)", re.DOTALL)
TYPED = re.compile(r"(?P<label>[^_]*)(?P<late>_LATE)?_(?P<number>\d+)_(?P<rest>(?:text|link)\.html)")  # no file
NAMELESS = re.compile(r"(?P<label>anon_\w{5})(?P<late>_LATE)?_(?:(?P<file>\d+)_)?(?P<rest>.+)", re.ASCII | re.DOTALL)
TESTERS = ("studenttest", "teststudent")  # Canvas's own Test Student, whom each of its zips may hold
EXCHANGE = re.compile(r"(?P<label>[^+]+)\+(?P<name>[^+]+)\+(?P<at>20\d\d-\d\d-\d\d [\d:]{8})(?:\.\d+)? UTC(?:\+.*)?")
LOOKS = {
    "moodle": "'Full Name_1234567_assignsubmission_file_/pca.ipynb'",
    "canvas": "'lastnamefirstname_12345_67890_pca.ipynb'",
    "folder": "'student/pca.ipynb' or 'student/pca/pca.ipynb'",
}


@dataclass
class Handed:
    """A file that somebody handed in."""

    label: str  # what the platform calls its author
    number: str  # the platform's number behind the name, or ""
    path: tuple[str, ...]  # inside what they handed in: the last is the file's name
    member: Member
    late: bool = False  # whether the platform says so
    serial: int = 0  # Canvas counts all files up
    at: datetime | None = None  # the time that stands in the platform's part of the name, in UTC
    part: str = ""  # the platform's part of the path as it stands there: pages go back by it

    @property
    def person(self) -> str:
        """One author, told apart from others of the same name."""
        return f"{self.label}_{self.number}" if self.number else self.label


def hand_in(name: str) -> bool:
    """Whether a file may be what was to be handed in: a notebook, or a zip with it."""
    return bool(NOTEBOOK.fullmatch(name) or PACKAGE.fullmatch(name))


def junk(member: Member) -> bool:
    """Whether it is what systems and JupyterLab leave beside files."""
    return any(part.startswith(".") or part == "__MACOSX" for part in member.parts[:-1]) or (
        member.name.startswith((".", "~$")) or member.name.casefold() in ("thumbs.db", "desktop.ini")
    )


def sort(
    kind: str, members: Iterable[Member], names: list[str], known: Callable[[str], bool]
) -> tuple[list[Handed], list[Member]]:
    """The files by author, and those that are nobody's.

    names: of the assignments; known: whether a folder's name is a student's.
    """
    useful = [member for member in members if member.parts and not junk(member)]
    if kind == "folder":
        return folders(useful, {folded(name) for name in names}, known)
    patterns, found, strays = (MOODLE,) if kind == "moodle" else (CANVAS, TYPED, NAMELESS), [], []
    for member in useful:
        for i, part in enumerate(member.parts[:3]):  # some tools put a folder around it all
            if said := next(filter(None, (pattern.fullmatch(part) for pattern in patterns)), None):
                about = {"number": "", **said.groupdict()}
                path = tuple(filter(None, [about["rest"], *member.parts[i + 1 :]])) or ("",)
                found.append(Handed(about["label"].strip(), about["number"], path, member, bool(about.get("late")),
                                    int(about.get("file") or 0), part=part))  # fmt: skip
                break
        else:
            strays.append(member)
    return found, strays


def folders(members: list[Member], names: set[str], known: Callable[[str], bool]) -> tuple[list[Handed], list[Member]]:
    """The files of folders by student; a folder around them all doesn't count."""
    tops = {member.parts[0] for member in members}
    while len(tops) == 1 and not known(*tops) and all(len(member.parts) > 2 for member in members):
        if any(folded(member.parts[1]) in names for member in members):
            break
        for member in members:
            member.parts = member.parts[1:]
        tops = {member.parts[0] for member in members}
    found, strays = [], []
    for member in members:
        top, *path = member.parts
        if not path:
            strays.append(member)
        elif said := EXCHANGE.fullmatch(top):  # nbgrader's own exchange
            try:
                at = datetime.fromisoformat(said["at"]).replace(tzinfo=UTC)
            except ValueError:
                at = None
            found.append(Handed(said["label"].strip(), "", (said["name"], *path), member, at=at))
        else:
            found.append(Handed(top.strip(), "", tuple(path), member))
    return found, strays


def stem_of(name: str, names: dict[str, str]) -> tuple[str, int]:
    """A notebook's name without its ending and without what says that it is another attempt; which one it is."""
    said = NOTEBOOK.fullmatch(name)
    stem, attempt = folded(said["stem"] if said else name), 0
    while stem not in names and (again := AGAIN.fullmatch(stem)):
        attempt = attempt or int(again["a"] or again["b"] or again["c"] or 1)
        stem = again["stem"].strip()
    return stem, attempt


def assignment_of(path: tuple[str, ...], names: list[str]) -> tuple[str, bool, int]:
    """The assignment that a path names ("" for none or several), whether the file has just its name, the attempt."""
    here = {folded(name): name for name in names}
    stem, attempt = stem_of(path[-1], here)
    if stem in here:
        return here[stem], True, attempt
    words = {here[word] for word in re.split(r"[\W_]+", stem) if word in here}
    words = words or {here[folded(part)] for part in path[:-1] if folded(part) in here}
    return (words.pop() if len(words) == 1 else ""), False, attempt
