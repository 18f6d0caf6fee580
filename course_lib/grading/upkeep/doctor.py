"""What is wrong with a grading folder, and what to do: a line each. It looks, and changes nothing unless it is told."""

import argparse
import os
import platform
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from course_lib.books.handed_in import spelled
from course_lib.grading import gradebook, records, server
from course_lib.grading.course import GOOD_NAME, Course, GradingError, shown
from course_lib.grading.sandbox import walls
from course_lib.grading.settings import folded, nearest
from course_lib.grading.upkeep import faults, leftovers, releases, schema, secret

ROOM = 500 * 2**20  # bytes that a grading and its backup want
RESUME = "python -m course_lib grade autograde --resume"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's."""

    said: str
    mend: Callable[[], object] | None = None  # what --fix does; only what is safe has one
    fault: bool = True  # otherwise it is good to know, and no more


def doctor(course: Course, options: argparse.Namespace) -> int:
    """Say what is wrong; 0 when all is well, else 3. Raises GradingError where there is no grading folder."""
    course.no_file()
    if not course.home.is_dir() or not (os.path.lexists(course.home / "secret") or course.traces()):
        raise GradingError(f"{shown(course.home)} is no grading folder yet: python -m course_lib grade init")
    left, told = 0, set()
    for found in findings(course):
        if found.said in told:  # without the secret, each key says so
            continue
        told.add(found.said)
        done = ""
        if found.mend and options.fix:
            try:
                found.mend()
                done = " - done"
            except OSError as error:
                done = f" - could not be done: {faults.said(error, course.home)}"
        mends = " (doctor --fix does it)" if found.mend and not done else ""
        left += found.fault and done != " - done"
        print(f"{'✗' if found.fault else '·'} {spelled(found.said)}{mends}{done}", flush=True)
    print(f"{left} to be put right." if left else "All is well.")
    return 3 if left else 0


def findings(course: Course) -> Iterator[Finding]:
    """Every line, in an order in which it is sensible to act; one look that fails keeps no other back."""
    for look in (the_secret, the_releases, the_gradebook, the_settings, access, rubbish, room, sandbox, versions):
        try:
            yield from look(course)
        except GradingError as error:
            yield Finding(str(error))
        except Exception as error:
            said = faults.said(error, course.home) or f"{type(error).__name__}: {error}"
            yield Finding(f"{look.__name__.replace('_', ' ')} could not be looked at: {said}")


def the_secret(course: Course) -> Iterator[Finding]:
    """Whether it is there, and the one of the keys."""
    said = secret.read(course.home)
    if len(said) < 32:
        yield Finding(f"the secret has only {len(said)} characters: for the next course let init make one", fault=False)


def the_releases(course: Course) -> Iterator[Finding]:
    """Keys, and what was made with them."""
    released = course.released()
    for name in released:
        try:
            key = course.key(name)
        except GradingError as error:
            yield Finding(str(error))
            continue
        how = "put it back from a backup (python -m course_lib grade restore), or release it again"
        for fault in releases.faults(course.home, name, key, zipped=True):
            yield Finding(f"{fault}: {how}")
        if name not in course.assignments():
            where = f"as it was released, from source/{name}"
            gone = f"{name} is gone from {shown(course.sources)}: its marks stay"
            yield Finding(f"{gone}, and it is graded {where}", fault=False)
    for place in sorted((course.home / "release").glob("*/")):
        if place.name not in released and any(place.glob("*.ipynb")):
            yield Finding(f"the answer key of the release {place.name} is missing: {secret.PUT_BACK}"
                          .replace("the right one", f"keys/{place.name}.json"))  # fmt: skip


def the_gradebook(course: Course) -> Iterator[Finding]:
    """Whether it can be read, and agrees with the releases, the records and the folders."""
    if cut_off := Path(f"{course.database}-journal").exists() and not leftovers.busy(course.home):
        yield Finding("a write into gradebook.db was cut off: the next command puts it right by itself", fault=False)
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        copy = course.database if server.elsewhere(course.database) else Path(folder) / "gradebook.db"
        if cut_off:  # it is put right in the copy, and left to the next command in the folder
            for file in (course.database, Path(f"{course.database}-journal")):
                shutil.copy(file, folder)
        schema.sound(copy if cut_off else course.database)
        if copy != course.database and not cut_off:
            schema.copy(course.database, copy)
        with gradebook.opened(copy) as book:
            known = {one.name for one in book.assignments}
            for name in [name for name in course.released() if name not in known]:
                yield Finding(f"gradebook.db knows nothing of {name}: python -m course_lib grade release {name}")
            yield from the_records(course, book)
            yield from strangers(course, {student.id for student in book.students})


def the_records(course: Course, book: object) -> Iterator[Finding]:
    """How each submission stands, the same words together."""
    who: dict[str, list[str]] = {}
    handed_in, busy = course.submissions(), leftovers.busy(course.home)
    good = [pair for pair in handed_in if GOOD_NAME.fullmatch(pair[1]) and not busy]
    stands = {pair: records.standing(course, book, *pair) for pair in good}
    now = {(name, records.fingerprint(course, name, student)): student
           for (name, student), (*_, why) in stands.items() if why}  # fmt: skip
    for (name, student), (record, entry, why) in stands.items():
        if why == records.NEVER and entry is not None and gradebook.points(entry):
            why = records.LOST
        elif why == records.CHANGED and (other := now.get((name, record.fingerprint), student)) != student:
            why = f"what was graded as theirs lies in submitted/{other} now: put the folders back"
        elif record.status == records.GRADED and not why and records.torn(course, name, student):
            why = f"{records.TORN} {student} {name}"
        if why:
            who.setdefault(why, []).append(f"{student} in {name}")
    for why, pairs in who.items():
        yield Finding(f"{few(pairs)}: {why}", fault=why not in (records.NEVER, records.CHANGED))
    names = {records.place(course, *pair) for pair in handed_in}
    lost = [f"{file.stem} in {file.parent.name}" for file in sorted((course.home / "state").glob("*/*.json"))
            if file not in names and file.parent.name in course.released()]  # fmt: skip
    if lost:
        yield Finding(f"{few(lost)}: graded, but what was handed in is gone; put it back into submitted/")


def strangers(course: Course, known: set[str]) -> Iterator[Finding]:
    """Folders of nobody in the list: a name that was mistyped, most often."""
    there = set(map(folded, known))
    for folder in sorted((course.home / "submitted").glob("*/")):
        if not GOOD_NAME.fullmatch(folder.name):
            yield Finding(f"submitted/{faults.relative(folder.name, Path.cwd())}: no student's id; it isn't graded")
        elif known and folded(folder.name) not in there:
            yield Finding(f"submitted/{folder.name} is of nobody in the list of students{nearest(folder.name, known)}")


def few(names: list[str]) -> str:
    """The first five, and how many more."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def the_settings(course: Course) -> Iterator[Finding]:
    """What course.toml says."""
    said = course.settings()
    yield from (Finding(f"course.toml: {remark}", fault=False) for remark in said.remarks)


def access(course: Course) -> Iterator[Finding]:
    """Whether others may read what is secret, and whether we may write."""
    if os.name == "nt":
        return
    private = [course.home, course.home / "secret", *sorted((course.home / "keys").glob("*.json"))]
    for place in private:
        if place.exists() and (mode := stat.S_IMODE(place.stat().st_mode)) & 0o077:
            how = f"chmod {'700' if place.is_dir() else '600'} {shown(place)}"
            yield Finding(f"others may read {shown(place)}: {how}", partial(place.chmod, mode & 0o700))
    for place in (course.home, course.database, *sorted(one for one in course.home.glob("*/"))):
        if place.exists() and not os.access(place, os.W_OK):
            yield Finding(f"{shown(place)} may not be written by you{faults.owner(place, course.home)}")


def rubbish(course: Course) -> Iterator[Finding]:
    """What killed commands left."""
    for place in leftovers.found(course.home):
        clear = partial(shutil.rmtree, place) if place.is_dir() and not place.is_symlink() else place.unlink
        yield Finding(f"{shown(place)} was left by a command that was killed: remove it", clear)


def room(course: Course) -> Iterator[Finding]:
    """Whether the disk has room."""
    if (free := shutil.disk_usage(course.home).free) < ROOM:
        yield Finding(f"the disk has {free / 2**20:.0f} MB left: make room, {ROOM / 2**20:.0f} MB are wanted")


def sandbox(course: Course) -> Iterator[Finding]:
    """Whether submissions can be run safely."""
    try:
        walls.check([course.home, course.database, course.sources, Path.home() / ".ssh"])
    except walls.NoSandbox as error:
        yield Finding(f"{error}: until then nothing can be graded here")


def versions(course: Course) -> Iterator[Finding]:
    """What it all runs with."""
    from nbgrader import __version__

    tools = f"Python {platform.python_version()}, nbgrader {__version__}, SQLite {sqlite3.sqlite_version}"
    yield Finding(tools, fault=False)
