"""Which of the files that a student handed in counts, and for which assignment."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath

from course_lib.books.handed_in import LARGEST
from course_lib.grading.submissions import stamps
from course_lib.grading.submissions.archives import MOST_ENTRIES, PACKED, Member, Spoiled, inside, printable
from course_lib.grading.submissions.platforms import NOTEBOOK, PACKAGE, Handed, assignment_of, junk, stem_of
from course_lib.grading.submissions.taken import REQUEST

MOST_ALIKE = 10  # notebooks of one name, or time, that are compared
MOST_ZIPS, ALL_PACKED = 30, 2 * PACKED  # that one student hands in: zips, and bytes of them all
MOST_LOOKED = 30  # files of other names that are read, to see whether they are notebooks
LONGEST_REQUEST = 20_000  # bytes


@dataclass
class Choice:
    """What a student handed in for an assignment, or why it can't be taken. Times are in UTC."""

    assignment: str
    named: str = ""
    content: bytes = b""
    attempt: int = 0
    dated: datetime | None = None
    entry: str = ""  # its date as it stands in the zip
    at: datetime | None = None  # when it was handed in, as far as that is known
    late: bool = False
    spoiled: str = ""
    odd: bool = False  # whether its name isn't the assignment's
    origin: str = ""  # what the platform called it, as JSON
    asks: bytes = b""  # what regrade.txt beside it says


@dataclass
class Candidate:
    """A notebook among them."""

    handed: Handed
    path: tuple[str, ...]
    fetch: Callable[[int], bytes]
    assignment: str
    exact: bool
    attempt: int
    stem: str
    dated: datetime | None
    at: datetime | None

    @property
    def named(self) -> str:
        """Its path as it may be shown."""
        return printable("/".join(self.path))


@dataclass
class Chooser:
    """What holds for a whole zip."""

    names: list[str]  # of all assignments
    wanted: str  # the one that was asked for, or ""
    default: str  # the one for notebooks of any name, or ""
    kind: str
    utc: Callable[[datetime | None], datetime | None]  # a date of the zip
    timed: bool  # whether its dates are those of the hand-in
    faults: list[str] = field(default_factory=list)

    def choose(self, handed: list[Handed]) -> list[Choice]:
        """For every assignment for which this student handed something in: what counts."""
        fallback = self.wanted or self.default
        if len(handed) > MOST_ENTRIES:
            return [Choice(fallback, spoiled=f"it has {len(handed)} files; at most {MOST_ENTRIES}")]
        self.faults = [f"{printable('/'.join(one.path))}: its path leads out of the zip"
                       for one in handed if one.member.leaves]  # fmt: skip
        candidates = [self.candidate(one, one.path, one.member.fault, one.member.fetch)
                      for one in handed if NOTEBOOK.fullmatch(one.path[-1])]  # fmt: skip
        if not candidates:
            try:
                candidates = self.packed([one for one in handed if PACKAGE.fullmatch(one.path[-1])])
            except Spoiled as spoiled:
                return [Choice(fallback, spoiled=str(spoiled))]
        if not candidates:
            likely = sorted(filter(doubtful, handed), key=lambda one: not assignment_of(one.path, self.names)[0])
            candidates = [self.candidate(one, one.path, one.member.fault, one.member.fetch)
                          for one in likely[:MOST_LOOKED] if disguised(one)]  # fmt: skip
        touched = {one.assignment for one in candidates if one.assignment}
        if self.faults and (not candidates or any("leads out" in fault for fault in self.faults)):
            return [Choice(name, spoiled=self.faults[0]) for name in sorted({self.wanted} if self.wanted else touched
                                                                            or {fallback})]  # fmt: skip
        if not candidates:
            names = sorted({printable("/".join(one.path), 40) for one in handed})
            if self.kind == "folder" and self.wanted and not any(self.wanted in one.path for one in handed):
                return []
            what = f"no notebook in it, but {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}"
            return [Choice(fallback, spoiled=what)]
        found = []
        for name in [self.wanted] if self.wanted else sorted(touched):
            if choice := self.best(name, [one for one in candidates if one.assignment == name]):
                found.append(choice)
        rest = [one for one in candidates if not one.assignment]
        if self.wanted and not found and not rest and self.kind != "folder":
            others = ", ".join(sorted({one.named for one in candidates}))
            return [Choice(self.wanted, spoiled=f"it has the name of another assignment: {others}")]
        if rest and (choice := self.best(fallback, rest)) and fallback not in {one.assignment for one in found}:
            found += [choice] if fallback or not found else []
        for choice in found:
            choice.asks = self.request(choice.assignment, handed)
        return found

    def request(self, name: str, handed: list[Handed]) -> bytes:
        """What regrade.txt beside an assignment's notebook says; empty where there is none that can be read."""
        for one in handed:
            if one.path[-1].casefold() == REQUEST and not (one.member.fault or one.member.leaves):
                if assignment_of(one.path, self.names)[0] in ("", name):
                    with contextlib.suppress(Spoiled):
                        return one.member.fetch(LONGEST_REQUEST)
        return b""

    def candidate(self, handed: Handed, path: tuple[str, ...], fault: str, fetch: Callable[[int], bytes]) -> Candidate:
        """A file, with what its name tells."""

        def checked(most: int) -> bytes:
            if fault:
                raise Spoiled(fault)
            return fetch(most)

        name, exact, attempt = assignment_of(path, self.names)
        stem, _ = stem_of(path[-1], {})
        dated = self.utc(handed.member.dated)
        return Candidate(handed, path, checked, name, exact, attempt, stem, dated,
                         handed.at or (dated if self.timed else None))  # fmt: skip

    def packed(self, zips: list[Handed]) -> list[Candidate]:
        """The notebooks in the zips that a student handed in. Raises Spoiled where those are too much together."""
        if len(zips) > MOST_ZIPS:
            raise Spoiled(f"it has {len(zips)} zips; at most {MOST_ZIPS}")
        found, size = [], 0
        for one in zips:
            try:
                members, more = inside(one.member)
            except Spoiled as spoiled:
                self.faults.append(f"{printable(one.path[-1])} {spoiled}")
                continue
            if (size := size + more) > ALL_PACKED:
                raise Spoiled(f"its zips have more than {ALL_PACKED // 2**20} MB together")
            found += self.unpacked(one, [inner for inner in members if inner.parts])
        return found

    def unpacked(self, handed: Handed, members: list[Member]) -> list[Candidate]:
        """The notebooks among the files of a zip that the student handed in; a zip inside it isn't opened."""
        named = handed.path[-1]
        self.faults += [f"{printable(named)}: the path of {printable('/'.join(one.parts))} leads out of the zip"
                        for one in members if one.leaves]  # fmt: skip
        around = PurePosixPath(named).stem
        found = [self.candidate(handed, (*handed.path[:-1], around, *one.parts), one.fault, one.fetch)
                 for one in members if NOTEBOOK.fullmatch(one.name) and not junk(one)]  # fmt: skip
        if not found and any(PACKAGE.fullmatch(one.name) for one in members):
            self.faults.append(f"{printable(named)} holds a zip that holds zips: hand in the notebook itself")
        _, attempt = stem_of(around, {})
        for one in found:
            one.attempt = one.attempt or attempt
        return found

    def best(self, name: str, candidates: list[Candidate]) -> Choice | None:
        """The latest attempt among these for an assignment; None where there are none."""
        if not candidates:
            return None
        right = [one for one in candidates if one.exact] or candidates
        stems = sorted({one.stem for one in right})
        if not right[0].exact and len(stems) > 1:
            there = ", ".join(sorted(one.named for one in right)[:5])
            return Choice(name, spoiled=f"{len(stems)} notebooks, and none is {name or 'ASSIGNMENT'}.ipynb: {there}")
        if not name:
            return Choice(name, spoiled=f"for which assignment is {right[0].named}? Collect with --assignment")
        paths = [(one.handed.member.parts, one.path) for one in right]
        last = [one for one in right if self.order(one) == max(map(self.order, right))]
        doubled = [one for one, path in zip(right, paths, strict=True) if paths.count(path) > 1]
        try:
            contents, alike = set(), list({id(one): one for one in [*last, *doubled]}.values())
            for one in alike[:MOST_ALIKE]:  # (each can have 20 MB: the second that differs is one too many)
                contents |= {one.fetch(LARGEST)} if len(contents) < 2 else set()
            if len(contents) > 1 or len(alike) > MOST_ALIKE:
                both = " and ".join(sorted(one.named for one in (doubled or last))[:3])
                return Choice(name, spoiled=f"{both} have the same name or time, and differ: which one counts?")
        except Spoiled as spoiled:
            return Choice(name, spoiled=f"{last[0].named} {spoiled}")
        one = last[0]
        entry = str(one.handed.member.dated or "")
        return Choice(name, one.named, contents.pop(), one.attempt, one.dated, entry, one.at, one.handed.late,
                      odd=not one.exact, origin=json.dumps({"from": self.kind, "name": one.handed.part}))  # fmt: skip

    def order(self, one: Candidate) -> tuple:
        """What tells attempts apart: Canvas numbers them; elsewhere a number is the student's word, a date isn't."""
        when = (one.at or datetime(1, 1, 1, tzinfo=UTC)).timestamp()
        return (one.attempt, one.handed.serial) if self.kind == "canvas" else (when, one.attempt)


def doubtful(one: Handed) -> bool:
    """Whether a file may be a notebook by its name: some browsers save pca.json, or pca without an ending."""
    suffix = PurePosixPath(one.path[-1]).suffix.lower()
    return not (one.member.fault or one.member.leaves) and suffix in ("", ".json", ".txt")


def disguised(one: Handed) -> bool:
    """Whether such a file is one."""
    try:
        content = one.member.fetch(LARGEST)
    except (Spoiled, OSError):
        return False
    return content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" and b'"nbformat"' in content


def stamped(handed: list[Handed]) -> None:
    """Give the files of a folder the time of the timestamp.txt beside them: there it is the instructor's word."""
    times = {}
    for one in handed:
        if one.path[-1] == stamps.STAMP and not one.member.fault:
            try:
                said = stamps.in_utc(stamps.text(one.member.fetch(stamps.LONGEST)))
                times[one.label, one.path[:-1]] = datetime.strptime(said, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
            except (Spoiled, ValueError, OverflowError, OSError, KeyError):
                pass
    for one in handed:
        one.at = one.at or times.get((one.label, one.path[:-1]))
