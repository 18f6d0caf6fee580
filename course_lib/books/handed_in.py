"""A notebook that is handed in, from a file that can hold anything: read alike by the grader and by `check`."""

import hashlib
import json
import re
import warnings
from pathlib import Path
from typing import Any, NamedTuple

from course_lib.books.bounds import PIECES, pieces

LARGEST = 20 * 2**20  # bytes: more is not graded
MOST_CELLS, MOST_TEXT = 300, 200_000  # cells, and characters of all cells: the same (a release has about 20,000)
# What moves a terminal's cursor, colours it or gives it a title: ESC [ ..., ESC ] ... up to its end, ESC and a letter.
ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]?"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]{0,8}[0-~]?"
)
UNSEEN = re.compile(  # turns the order of the letters round, or has no width: invisible, and nobody's words
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
PASTED = re.compile(r"!? ?\[[^\]\n]*\]\(attachment:")  # how JupyterLab writes a picture that is pasted into a text
MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
PILES = re.compile(f"([{MARKS}]{{3}})[{MARKS}]+")  # of accents: they would stand over other lines


class Refused(Exception):
    """Why a file can't be graded, or looked over, in plain words."""


class Cell(NamedTuple):
    """What counts of a cell. id: the assignment's, "" for a student's own; number: its [5] after Run All, else 0."""

    code: bool
    text: str
    id: str
    number: int

    @property
    def where(self) -> str:
        """How the student finds it."""
        first = self.text.strip().split("\n")[0].strip()
        first = first if len(first) <= 40 else first[:37] + "..."
        if self.number:
            return f"cell [{self.number}] ({self.id or first})"
        return f"the text {first!r}" if first and not self.code else f"the cell {self.id!r}"


def load(file: Path, words: dict[str, str]) -> dict[str, Any]:
    """The notebook as JSON, in today's format. words: what is said where it is large, empty, damaged, old or none.

    Raises Refused, OSError.
    """
    if (size := file.stat().st_size) > LARGEST:
        raise Refused(words["large"].format(file=file.name, size=size / 2**20, most=LARGEST // 2**20))
    raw = file.read_bytes()
    if not raw.strip():
        raise Refused(words["empty"].format(file=file.name))
    if pieces(raw) > PIECES:
        raise Refused(words["dense"].format(file=file.name, most=PIECES))
    try:
        notebook = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError, MemoryError) as error:
        at = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Refused(words["damaged"].format(file=file.name, at=at, error=type(error).__name__)) from error
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        try:
            notebook = modern(notebook)
        except Exception as error:  # whatever nbformat makes of a file that somebody wrote by hand
            raise Refused(words["old"].format(file=file.name, at="")) from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Refused(words["none"].format(file=file.name))
    return notebook


def modern(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook of an old format in today's: of each cell what counts, since nbformat takes its time for the rest."""
    import nbformat

    found = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]][: MOST_CELLS + 1]  # too many, as well
    kept = ("cell_type", "language", "input", "source", "level")
    told = [{name: cell[name] for name in kept if name in cell}
            | {"metadata": {"nbgrader": {"grade_id": name_of(cell)}}} | ({"outputs": []} if "input" in cell else {})
            for cell in found]  # fmt: skip
    about = {name: notebook.get(name, 0) for name in ("nbformat", "nbformat_minor")}
    old = about | {"metadata": {}, "worksheets": [{"cells": told, "metadata": {}}]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about ids, one for each cell
        return nbformat.convert(nbformat.from_dict(old), 4)


def cells(notebook: dict[str, Any], words: dict[str, str], file: str = "") -> list[Cell]:
    """The cells that are graded, whatever else is in the list. Raises Refused where it is too `much`."""
    found, number = [], 0
    for cell in notebook["cells"]:
        source = cell.get("source", "") if isinstance(cell, dict) else None
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if isinstance(source, str) and cell.get("cell_type") in ("code", "markdown", "raw"):
            source = source.replace("\r\n", "\n")  # as some editors of Windows write
            source = source.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair can't be stored
            runs = cell["cell_type"] == "code" and bool(source.strip())
            number += runs
            found.append(Cell(cell["cell_type"] == "code", source, name_of(cell), number if runs else 0))
    count, length = len(found), sum(len(cell.text) for cell in found)
    if count > MOST_CELLS or length > MOST_TEXT:
        most = f"{MOST_CELLS} and {MOST_TEXT:,}"
        raise Refused(words["much"].format(file=file, count=count, length=length, most=most))
    return found


def name_of(cell: dict[str, Any]) -> str:
    """The id that the assignment gave the cell, or ""."""
    for key in ("metadata", "nbgrader", "grade_id"):
        cell = cell.get(key) if isinstance(cell, dict) else None
    return cell if isinstance(cell, str) else ""


def digest(text: str) -> str:
    """What a cell's text is recognised by. (A no-break space is a slip of the keyboard.)"""
    return hashlib.sha256(text.replace("\xa0", " ").strip().encode()).hexdigest()


def legible(text: str) -> str:
    """A stranger's text as it can be shown anywhere, in a terminal too: what is left is only letters, in their order.

    Lines, tabs and spaces stay. Escape sequences, what has no width and what reverses the order go, and other control
    characters become U+FFFD; of a line that was written over (a progress bar's) the last state stays.
    """
    text = ESCAPES.sub("", text).replace("\u2028", "\n").replace("\u2029", "\n").replace("\x85", "\n")
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
    return PILES.sub(r"\1", CONTROLS.sub("\ufffd", UNSEEN.sub("", text)))


def spelled(text: str) -> str:
    """A name of a stranger's, in a table, say: what can't be seen, or moves something, is spelled out, as \\x1b."""
    if text.isprintable() and legible(text) == text:
        return text
    plain = (one if one in "\n\t" or one.isprintable() and legible(one) else ascii(one)[1:-1] for one in text)
    return PILES.sub(r"\1", "".join(plain))
