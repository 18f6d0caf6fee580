"""What a student handed in, read with suspicion and put back into the shape of the release."""

import os
import re
import stat
from pathlib import Path
from typing import Any

from course_lib.books import handed_in
from course_lib.books.handed_in import PASTED, Refused, legible
from course_lib.grading.release.source import tame
from course_lib.handin import plain as plain_name

SAYS = re.compile(r"""^STUDENT *= *(?:"([^"\n]{1,200})"|'([^'\n]{1,200})')""", re.MULTILINE)
# What makes markdown more than text: tags, entities, pictures (from elsewhere: attachments aren't kept), links that
# aren't to a page of the web, and what a formula can link to, draw beside itself, or say of other formulas: a name
# that one defines has its meaning in the course's texts below it as well. nbgrader's pages take it as it is; with a
# space after it it is text, and formulas stay what they are.
LIVE = re.compile(
    r"<(?=[a-z/!?])|&(?=[#a-z])|!(?=\[)|script(?=\\*:)|\](?=\((?!https?://)|:(?! {0,3}https?://))"
    r"|\\(?=(?:href|url|style|class|cssid|csname|require|data|html|mmltoken|bbox|mathtip|texttip|tooltip|toggle"
    r"|[egx]?def|let|futurelet|global|(?:re)?new(?:command|environment)|providecommand|newextarrow|definecolor"
    r"|declare[a-z]+)(?![a-z]))",
    re.IGNORECASE,
)

PLAY = re.compile(r"[\s,'\"()\\]+")  # what an editor or a formatter changes, and what a no-break space stands for
MOST_NAMED = 3

WORDS = {
    "large": "{file} has {size:.0f} MB; {most} at most",
    "empty": "{file} is damaged, or no notebook (it is empty)",
    "dense": "{file} is damaged, or no notebook (more than {most:,} values, or too many lists in lists)",
    "damaged": "{file} is damaged, or no notebook ({error})",
    "old": "{file} has an old format that can't be converted",
    "none": "{file} is no notebook: it has no cells",
    "much": "it has {count} cells or too much text; at most {most} characters",
}


def load(file: Path) -> dict[str, Any]:
    """The notebook submitted/<student>/<assignment>/<file> as JSON. Raises Refused."""
    try:
        about = os.lstat(file)
    except OSError as error:
        others = [f"{one.name[:80]!r}" for one in sorted(file.parent.glob("*.ipynb"))[:3]]
        hint = f" (there is {', '.join(others)}: give it that name)" if others else ""
        raise Refused(f"there is no {file.name}{hint}") from error
    if not stat.S_ISREG(about.st_mode) or file.parent.is_symlink() or file.parent.parent.is_symlink():
        raise Refused(f"{file.name} or its folder is a link or no ordinary file")
    try:
        return handed_in.load(file, WORDS)
    except OSError as error:
        raise Refused(WORDS["damaged"].format(file=file.name, error=type(error).__name__)) from error


def cells(notebook: dict[str, Any]) -> list[dict[str, str]]:
    """The usable cells: type, source, and the id that the release gave them ("" for a student's own).

    Raises Refused for a notebook that is too large.
    """
    kinds = {True: "code", False: "markdown"}  # raw text would stand on a page as it is
    found = [(kinds[cell.code], cell) for cell in handed_in.cells(notebook, WORDS)]
    return [{"type": kind, "source": inert(kind, cell.text), "id": cell.id} for kind, cell in found]


def inert(kind: str, source: str) -> str:
    """A cell's text as it can be stored, and shown on a page without doing anything there."""
    return tame(source) if kind == "code" else LIVE.sub(lambda found: found[0] + " ", tame(legible(source)))


def restored(handed_in: list[dict[str, str]], release: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The submission in the shape of the release, and notes on what had to be put right.

    Kept from the student: the text of answers and of cells of their own, and the order. Everything else (locked
    cells, points, identities, metadata) is the release's; outputs and attachments go.
    """
    known = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in release["cells"] if mark_of(cell)}
    last = {cell["id"]: i for i, cell in enumerate(handed_in)}
    result, notes, strange, changed = [], [], [], []
    for i, cell in enumerate(handed_in):
        original = known.get(cell["id"])
        if original is None:
            if cell["id"]:
                strange.append(cell["id"])
            result.append(plain(cell["type"], cell["source"], len(result)))
            continue
        mark = mark_of(original)
        locked = mark.get("locked") and not mark.get("solution")
        if last[cell["id"]] != i:  # the last one counts
            notes.append(f"the cell {cell['id']!r} is there more than once")
            if not locked:
                result.append(plain(cell["type"], cell["source"], len(result)))
            continue
        text = "".join(original["source"]) if locked else cell["source"]
        if locked and bare(cell["source"]) != bare(inert(original["cell_type"], text)):
            changed.append(cell["id"])
        if not locked and original["cell_type"] == "markdown" and PASTED.search(text):
            notes.append(f"a picture was pasted into {cell['id']!r}: only text is kept, so look at the hand-in itself")
        result.append(like(original, text, len(result)))
    notes += several(
        strange,
        "a cell has an id that the release doesn't know",
        "of its cells {} have ids that the release doesn't know",
    )
    one, many = (
        "a locked cell was changed: the release's is used",
        "of the locked cells {} were changed: the release's are used",
    )
    notes += several(changed, one, many)
    put_back(result, release, known, notes)
    return {**release, "cells": result, "metadata": release["metadata"]}, list(dict.fromkeys(notes))


def bare(text: str) -> str:
    """What editors and formatters leave of a text as it was."""
    return PLAY.sub("", text)


def several(names: list[str], one: str, many: str) -> list[str]:
    """One note about so many cells, the first few by name; none about none."""
    names = list(dict.fromkeys(names))
    said = ", ".join(repr(name[:16]) for name in names[:MOST_NAMED]) + ", ..." * (len(names) > MOST_NAMED)
    return [f"{one if len(names) == 1 else many.format(len(names))} ({said})"] if names else []


def beside(notebook: dict[str, Any], untouched: set[str]) -> dict[str, str]:
    """Written answers that are blank, where prose of the student's own stands below: a note for each, by its name."""
    found, blank = {}, ""
    for cell in notebook["cells"]:
        if mark := mark_of(cell):
            written = cell["cell_type"] == "markdown" and mark.get("grade") and mark.get("solution")
            blank = mark["grade_id"] if written and mark["grade_id"] in untouched else ""
        elif blank and cell["cell_type"] == "markdown" and cell["source"].strip():
            found[blank] = (
                f"the answer {blank!r} is blank, but a text of the student's own stands below it: is that it?"
            )
    return found


def put_back(result: list[dict], release: dict[str, Any], known: dict[str, dict], notes: list[str]) -> None:
    """Add the release's cells that are missing, each before the one that follows there."""
    order = [mark_of(cell)["grade_id"] for cell in release["cells"] if mark_of(cell)]
    for position, name in enumerate(order):
        there = {mark_of(cell).get("grade_id"): i for i, cell in enumerate(result)}
        mark = mark_of(known[name])
        if name in there or mark.get("solution") and not mark.get("grade"):
            if name not in there:
                notes.append(f"the answer cell {name!r} is missing")
            continue
        earliest = max((there[other] + 1 for other in order[:position] if other in there), default=0)
        behind = [there[other] for other in order[position:] if there.get(other, -1) >= earliest]
        place = min(behind, default=len(result))
        result.insert(place, like(known[name], "".join(known[name]["source"]), f"back-{position}"))
        if mark.get("grade"):
            notes.append(f"the cell {name!r} is missing: it was put back")


def says(notebook: dict[str, Any]) -> str:
    """What STUDENT is in a notebook; "" where it says nothing.

    It is read by a pattern, not parsed as `check` does: outside the sandbox a stranger's code is text.
    """
    code = "\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    said = [(double or single).strip() for double, single in SAYS.findall(code)]
    return said[-1] if said else ""


def other_name(notebook: dict[str, Any], student: str) -> list[str]:
    """A note where STUDENT isn't the name of the folder: a full name for an id, a slip of the pen, or a copy.

    The numbers of one's own are drawn for the folder's name, whatever STUDENT says.
    """
    said = says(notebook)
    if plain_name(said) in ("", plain_name(student)):
        return []
    return [f"STUDENT is {said[:80]!r}, the folder {student!r}: is it a name in place of the id (then give by hand "
            "what was right for those numbers), or another student's notebook?"]  # fmt: skip


def mark_of(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell's nbgrader metadata; empty for a cell that is none of ours."""
    return cell["metadata"].get("nbgrader", {})


def plain(kind: str, source: str, number: int) -> dict[str, Any]:
    """A student's own cell."""
    cell = {"cell_type": kind, "id": f"own-{number}", "metadata": {}, "source": source}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def like(original: dict[str, Any], source: str, number: int | str) -> dict[str, Any]:
    """A cell of the release with this text."""
    cell = plain(original["cell_type"], source, 0)
    metadata = {"nbgrader": dict(mark_of(original))}
    return cell | {"id": f"cell-{number}", "metadata": metadata}
