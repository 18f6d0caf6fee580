"""Putting a hand-in in its place: whole or not at all, and only over an earlier one, which is kept."""

import hashlib
import os
import shutil
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from course_lib.books.handed_in import Refused
from course_lib.grading.course import Course
from course_lib.grading.submissions import reading, stamps, taken
from course_lib.grading.submissions.choosing import Choice
from course_lib.grading.submissions.taken import Taken
from course_lib.ground import write

COLLECTED, REPLACED, SAME, TIMED = "collected", "collected in place of an earlier one", "as before", "with another time"
EARLIER, SPOILED = "no later than what is there", "spoiled"
KINDS = (COLLECTED, REPLACED, SAME, TIMED, EARLIER, SPOILED)
NEW = ".new"  # in submitted/: what is under way


@dataclass
class Summary:
    """What became of it all, by assignment and student."""

    outcomes: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unmatched: dict[str, str] = field(default_factory=dict)  # the platform's name: perhaps this one
    strays: list[str] = field(default_factory=list)  # files that are nobody's
    lost: bool = False  # whether one of those may be a hand-in
    times: list[str] = field(default_factory=list)


def enter(course: Course, who: str, choice: Choice, source: str, found: Summary) -> None:
    """Put one hand-in in its place, or note what spoiled it."""
    name, outcomes = choice.assignment, found.outcomes[choice.assignment]
    if not choice.spoiled:
        try:
            outcome = put(course, who, choice, source)
        except Refused as refused:
            choice.spoiled = str(refused)
        else:
            if outcomes.get(who) not in (COLLECTED, REPLACED) or outcome != SAME:
                outcomes[who] = outcome
            if choice.asks and outcome != EARLIER:
                write(course.home / "submitted" / who / name / taken.REQUEST, choice.asks)
            if choice.odd and outcome != EARLIER:
                found.lines[name].append(f"{who}: {choice.named} was taken as {name}.ipynb")
            if outcome == EARLIER:
                found.lines[name].append(f"{who}: {choice.named} in {source} is {EARLIER}: that stays")
            if outcome == TIMED:
                found.lines[name].append(f"{who}: its time stamp was put right")
            if choice.late and not choice.at:
                found.lines[name].append(f"{who}: the platform calls it LATE, and no time is known")
    if choice.spoiled:
        outcomes[who] = SPOILED
        stays = "; the earlier one stays" if name and (course.home / "submitted" / who / name).exists() else ""
        found.lines[name].append(f"{who}: spoiled: {choice.spoiled}{stays}")
        if name:
            taken.keep(course, name, who, replace(taken.read(course, name, who), spoiled=choice.spoiled, source=source))


def put(course: Course, who: str, choice: Choice, source: str) -> str:
    """Put a notebook and its time in place, both or neither; what is there stays where it is later, and is kept
    beside where it isn't. Returns what came of it. Raises Refused where it is no notebook."""
    name, before = choice.assignment, taken.read(course, choice.assignment, who)
    place, file = course.home / "submitted" / who / name, f"{name}.ipynb"
    digest = hashlib.sha256(choice.content).hexdigest()
    at = f"{choice.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if choice.at else ""
    dated = choice.dated.isoformat() if choice.dated else ""
    now = Taken(digest, at, dated, choice.entry, choice.attempt, source, choice.named, choice.late)
    there = place / file
    if there.is_file() and not there.is_symlink():
        stamp = stamps.handed_in_at(place / stamps.STAMP, [])
        if digest in (before.digest, hashlib.sha256(there.read_bytes()).hexdigest()):
            mend = bool(at) and at != stamp and (not stamp or (now.entry == before.entry and stamp == before.at))
            if mend:
                write(place / stamps.STAMP, at + "\n")
            if not os.path.lexists(place / taken.ORIGIN):  # of a hand-in that came before origins were kept
                write(place / taken.ORIGIN, choice.origin + "\n")
            spoiled = "" if dated > before.dated else before.spoiled
            first = before if before.digest and not mend else now  # what was taken first stands
            if before != (kept := replace(first, at=at if mend else stamp, late=now.late, spoiled=spoiled)):
                taken.keep(course, name, who, kept)
            return TIMED if mend else SAME
        if not later(now, replace(before, at=stamp), there):
            return EARLIER
    fresh, old = course.folder("submitted", NEW), None
    try:
        inner = fresh / who / name
        inner.mkdir(parents=True)
        write(inner / file, choice.content)
        reading.load(inner / file)
        if at:
            write(inner / stamps.STAMP, at + "\n")
        write(inner / taken.ORIGIN, choice.origin + "\n")
        course.folder("submitted", who)
        if place.exists() or place.is_symlink():
            old = aside(course, who, name)
        try:
            os.replace(inner, place)
        except BaseException:
            if old:
                os.replace(old, place)
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    taken.keep(course, name, who, now)
    return REPLACED if old else COLLECTED


def aside(course: Course, who: str, name: str) -> Path:
    """Move what is there to submitted-before; where it is then."""
    folder, number = course.folder("submitted-before", who), 1
    while (folder / f"{name}.{number}").exists():
        number += 1
    os.replace(course.home / "submitted" / who / name, folder / f"{name}.{number}")
    return folder / f"{name}.{number}"


def later(new: Taken, old: Taken, there: Path) -> bool:
    """Whether a hand-in is later than what is there: by time, by attempt, by the zips' dates, or the file's."""
    if new.at and old.at:
        return (new.at, new.attempt) > (old.at, old.attempt)
    if old.digest and new.attempt != old.attempt:
        return new.attempt > old.attempt
    dated = old.dated or datetime.fromtimestamp(there.stat().st_mtime, UTC).isoformat()
    return bool(new.dated) and datetime.fromisoformat(new.dated) > datetime.fromisoformat(dated)
