"""The reader's working copies of the lessons: made, renewed when the course has a new version, never overwritten.

They lie in work/, in the course's folder. Whatever is about to be replaced and holds anything of the reader's is first
copied into work/earlier/, under its name and the time. Standard library only at the top: the launcher imports this.
"""

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from course_lib import ground
from course_lib.ground import ROOT
from course_lib.live import store

from .lessons import page
from .shelf import BOOKS, START, lessons

EARLIER = "earlier"
BESIDE = ("glossary.md", "images")  # what the lessons link to
KNOWN = ".course.json"  # what the files beside the copies were made from: {name: hash}
WAITING = "Another call is making the copies: waiting for it."


def folder() -> tuple[Path, str]:
    """Where the copies lie, and what is to be said about it: COURSE_WORK, work/ here, or this user's data folder.

    The folder is made. The last resort is a temporary one.
    """
    named = os.environ.get("COURSE_WORK")
    choices = [ROOT / Path(named).expanduser()] if named else [ROOT / "work", data_folder() / "work"]
    for choice in choices:
        if writable(choice):
            said = f"The course's folder can't be written to: your copies are in {choice}."
            return choice, said if choice != choices[0] else ""
    last = Path(tempfile.mkdtemp(prefix="course-work-"))
    return last, f"{choices[0]} can't be written to: your copies are in {last}, KEEP THEM ELSEWHERE when you end."


def data_folder() -> Path:
    """Where this user's programs keep their data."""
    usual = {"win32": ("APPDATA", "~/AppData/Roaming"), "darwin": ("", "~/Library/Application Support")}
    variable, default = usual.get(sys.platform, ("XDG_DATA_HOME", "~/.local/share"))
    with contextlib.suppress(RuntimeError):  # there is no home
        return Path(os.environ.get(variable) or default).expanduser() / "autoencoder-course"
    return Path(tempfile.gettempdir()) / "autoencoder-course"


def writable(place: Path) -> bool:
    """Whether files can be written into this folder, which is made."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False


def stamp(path: Path) -> str:
    """The version of a lesson's page: its notebook, what lies beside it under its number, and what makes the page.

    Of the start page, which tells of all lessons: all of them.
    """
    number = "*" if path.name == START else store.lesson(path)
    beside = [file for place in path.parent.glob("*/") for file in place.glob(f"{number}.*")]
    beside += lessons() if path.name == START else []
    makers = [file for room in ("live", "books") for file in (ROOT / "course_lib" / room).rglob("*.*")]
    found = hashlib.sha256()
    for file in [path, *sorted(beside), *sorted(file for file in makers if file.suffix in (".py", ".js"))]:
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


def renew(work: Path, busy: Iterable[str] = ()) -> list[str]:
    """Make the copies that are missing and renew the old ones; what is to be said about it, line by line.

    busy: names of copies that are open somewhere and are left alone. Raises nothing for files: what can't be written
    is said, and stays as it was.
    """
    said, waiting = [], set(busy)
    with contextlib.suppress(OSError), ground.only_one(work, WAITING):
        said += beside(work)
        for path in lessons(start=True):
            copy = work / path.name
            try:
                wanted = stamp(path)
                if copy.exists() and stamp_of(copy) == wanted:
                    continue
                if copy.name in waiting and copy.exists():
                    said.append(f"{path.stem} has a new version: close it in JupyterLab, then start again.")
                    continue
                said += filter(None, [one(path, copy, wanted)])
            except Exception as error:  # whatever a copy holds: the course opens
                said.append(f"{path.stem} could not be copied ({reason(error)}): what you have is as it was.")
        with contextlib.suppress(OSError):
            gone(work)
    return said


def reason(error: Exception) -> str:
    """Why, in a few words."""
    return getattr(error, "strerror", None) or str(error)


def stamp_of(copy: Path) -> str:
    """The version that a copy was made from, "" where that can't be told."""
    from .merge import NOTE

    with contextlib.suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
        return str(json.loads(copy.read_text("utf-8"))["metadata"][NOTE]["stamp"])
    return ""


def one(path: Path, copy: Path, wanted: str) -> str:
    """Make one copy, or renew it; what is to be said, mostly nothing. Raises OSError, ValueError: all is as it was."""
    from . import files, merge

    new = merge.noted(page(path), store.lesson(path), wanted)
    if not os.path.lexists(copy):
        put(copy, new, trusted=True)
        return ""
    if not copy.is_file():
        raise ValueError("there is something else by its name")
    before = copy.read_bytes()
    try:
        old = files.read(copy)
    except (ValueError, TypeError, RecursionError):
        kept = keep(copy, before)
        put(copy, new, trusted=True)
        return f"Your copy of {path.stem} could not be read: it lies in {shown(kept)}, and you have a fresh one."
    merged, yours = merge.merge(old, new)
    touched = not merge.untouched(old)
    trusted = not touched or notary().check_signature(old)
    kept = keep(copy, before) if touched and merged.cells != old.cells else None
    if copy.read_bytes() != before:
        raise ValueError("it was written meanwhile")
    put(copy, merged, trusted)
    where = f"; as it was before: {shown(kept)}" if kept else ""
    return f"{path.stem} has a new version. Yours stays: {yours}{where}." if touched and str(yours) else ""


def fresh(path: Path, work: Path) -> str:
    """Give a copy as the course makes it, and keep the old one; what is to be said. Raises OSError, ValueError."""
    from . import merge

    copy = work / path.name
    with ground.only_one(work, WAITING):
        kept = keep(copy, copy.read_bytes()) if copy.is_file() else None
        put(copy, merge.noted(page(path), store.lesson(path), stamp(path)), trusted=True)
    return f"{path.stem} is fresh" + (f"; as it was before: {shown(kept)}." if kept else ".")


def put(copy: Path, notebook, trusted: bool) -> None:
    """Write a copy whole or not at all; where all in it may run, scripts in its outputs too, sign it before."""
    import nbformat

    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    if trusted:
        notary().sign(nbformat.reads(text, as_version=4))
    ground.write(copy, text)


def notary():
    """What signs this user's notebooks, so that Jupyter runs the scripts in their outputs."""
    from nbformat.sign import NotebookNotary

    return NotebookNotary()


def keep(file: Path, content: bytes) -> Path:
    """Put what a file held into earlier/, under a name that is free; where it lies. Raises OSError."""
    place = file.parent / EARLIER
    place.mkdir(exist_ok=True)
    when = time.strftime("%Y-%m-%d %H.%M")
    for number in range(1, 1000):
        kept = place / f"{file.stem} {when}{'' if number == 1 else f' ({number})'}{file.suffix}"
        if not os.path.lexists(kept):
            ground.write(kept, content)
            return kept
        if kept.is_file() and kept.read_bytes() == content:
            return kept
    raise OSError(f"{place} is full of copies of {file.name}")


def shown(file: Path) -> str:
    """A copy's place as its reader finds it in JupyterLab."""
    return f"{file.parent.name}/{file.name}"


def beside(work: Path) -> list[str]:
    """Copy what the lessons link to; what can't be written is said. A file that the reader changed is kept before."""
    said, known = [], {}
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((work / KNOWN).read_text("utf-8"))
        known = found if isinstance(found, dict) else {}
    todo = [one for name in BESIDE for one in (sorted((BOOKS / name).rglob("*")) or [BOOKS / name]) if one.is_file()]
    for source in todo:
        name = source.relative_to(BOOKS).as_posix()
        copy, content = work / name, source.read_bytes()
        try:
            there = copy.read_bytes() if copy.is_file() else None
            if there != content:
                copy.parent.mkdir(parents=True, exist_ok=True)
                if there is not None and known.get(name) != hashlib.sha256(there).hexdigest():
                    said.append(f"You changed {name}: yours lies in {shown(keep(work / copy.name, there))}.")
                ground.write(copy, content)
            known[name] = hashlib.sha256(content).hexdigest()
        except OSError as error:
            said.append(f"{name} could not be copied ({reason(error)}).")
    with contextlib.suppress(OSError):
        text = json.dumps(known, indent=0, sort_keys=True)
        if not (work / KNOWN).is_file() or (work / KNOWN).read_text("utf-8") != text:
            ground.write(work / KNOWN, text)
    return said


def gone(work: Path) -> None:
    """Take away copies of lessons that the course has no more, where their reader wrote and ran nothing in them."""
    from . import files, merge

    there = {path.name for path in lessons(start=True)}
    for copy in work.glob("*.ipynb"):
        if copy.name not in there and stamp_of(copy):
            with contextlib.suppress(ValueError, AttributeError, TypeError):
                if merge.untouched(files.read(copy)):
                    copy.unlink()
