"""Notebooks as the commands see them: chosen by name, executed and stored, and known again when nothing changed."""

import argparse
import contextlib
import hashlib
import json
import time
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from course_lib.books.files import NOTE, cleaned, read, same, write
from course_lib.books.kernels import play
from course_lib.books.shelf import BOOKS, lessons
from course_lib.ground import ROOT, YES
from course_lib.live import store


class UnknownNotebook(Exception):
    """A name that no notebook has; says which ones there are."""


class Outcome(NamedTuple):
    """One line of the table."""

    name: str
    seconds: float
    result: str
    ok: bool


def choose(names: list[str], folder: Path = BOOKS) -> list[Path]:
    """The notebooks with these names, in the order given; all lessons by default.

    Raises UnknownNotebook.
    """
    there = sorted(folder.glob("*.ipynb"))
    chosen = [] if names else lessons(folder=folder)
    for name in names:
        file = Path(name)
        found = [file] if file.suffix == ".ipynb" and file.is_file() else []
        found = found or [path for path in there if same(name) in (same(path.stem), same(path.name))]
        found = found or [path for path in there if same(path.stem).startswith(same(name))]
        if not found:
            names_there = ", ".join(path.stem for path in there) or "none"
            raise UnknownNotebook(f"no notebook {name!r}; there are: {names_there}")
        chosen += found
    if not chosen:
        raise UnknownNotebook("there are no notebooks here")
    return list(dict.fromkeys(path.resolve() for path in chosen))


def key(notebook, source: str, env: dict[str, str]) -> str:
    """What an execution depends on, hashed: cells, library, data, mode and the version of PyTorch."""
    cells = [(cell.cell_type, cell.source) for cell in notebook.cells]
    library = [path.read_text("utf-8") for path in sorted((ROOT / "course_lib").rglob("*.py"))]
    with contextlib.suppress(metadata.PackageNotFoundError):
        library.append(metadata.version("torch"))
    mode = env.get("COURSE_FULL", "").strip().lower() in YES
    return hashlib.sha256(json.dumps([cells, library, source, mode]).encode()).hexdigest()


def done_before(copy: Path, wanted: str) -> Outcome | None:
    """The outcome that an earlier call left in a copy, where it passed with the same key."""
    with contextlib.suppress(ValueError):
        note = read(copy).metadata.get(NOTE, {})
        if note.get("key") == wanted and note.get("status") == "passed":
            return Outcome(copy.stem, note.get("seconds", 0.0), "passed (done before)", True)
    return None


def execute(path: Path, copy: Path, args: argparse.Namespace, env: dict[str, str], tick) -> Outcome:
    """Run one notebook and keep what came of it: a copy in the output folder, with `--in-place` itself too.

    What its kernel says on stderr lies beside the copy, in a .log. Raises KeyboardInterrupt.
    """
    before, start, log = path.read_bytes(), time.monotonic(), copy.with_suffix(".log")
    notebook = read(path)
    wanted = key(notebook, args.data, env)
    if not (args.fresh or args.in_place or args.numbers) and (outcome := done_before(copy, wanted)):
        return outcome
    try:
        with open(log, "wb") as said:
            why = play(notebook, path.parent, env, args.timeout, tick, said.fileno())
    finally:
        if log.exists() and not log.stat().st_size:
            log.unlink()
    return keep(path, copy, args, notebook, before, wanted, why, round(time.monotonic() - start, 1))


def keep(
    path: Path, copy: Path, args: argparse.Namespace, notebook, before: bytes, wanted: str, why: str, seconds: float
) -> Outcome:
    """Store what came of a notebook. before: its file as it was read; wanted: its key; why: what went wrong."""
    status = "failed" if why else "passed"
    told = {"key": wanted, "status": status, "seconds": seconds, "result": why or "passed"}
    notebook.metadata[NOTE] = {"source": str(path), **told}
    try:
        write(notebook, copy)
        found = store.taken(notebook)
        if args.numbers and not why:
            store.keep(store.lesson(path), found)
        if args.in_place and not why:
            if path.read_bytes() != before:
                why = "passed, but edited meanwhile: left as it is, the outputs are in the copy"
            else:
                write(cleaned(notebook), path)
    except OSError as error:
        why = f"{why or 'passed'}; could not be written: {error.strerror or error}"
    return Outcome(path.stem, seconds, why or "passed", not why)
