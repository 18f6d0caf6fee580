"""A reader's copy of a lesson and the lesson's new version become one, cell by cell; what the reader wrote stays.

Pure: notebooks in, a notebook out. A copy remembers in its metadata, cell by cell, what it was made from.
"""

import copy
import hashlib
import json
import re
import secrets
from dataclasses import dataclass

NOTE = "course"  # in a copy's metadata: lesson, stamp, and for each cell of the lesson id, text and outputs, hashed
DRAWN = re.compile(r'(data-live=\\"|mount\(\\")[0-9a-f]{12}')  # names drawn anew for each page, in JSON


@dataclass
class Yours:
    """What of a copy is its reader's. below: how many of the changed cells stand below a lesson's new version."""

    changed: int = 0
    own: int = 0
    below: int = 0
    ran: int = 0

    def __str__(self) -> str:
        parts = [
            self.changed and f"{counted(self.changed, 'cell')} that you changed",
            self.below and f"({self.below} of them below the lesson's new version)",
            self.own and f"{counted(self.own, 'cell')} of your own",
            self.ran and f"{counted(self.ran, 'output')}",
        ]
        return ", ".join(filter(None, parts)).replace(", (", " (")


def counted(n: int, what: str) -> str:
    """1 cell, 2 cells."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def hashed(value: object) -> str:
    """What a value is known again by."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def text(cell) -> str:
    """The hash of what is written in a cell: its kind, its source, pictures pasted into it."""
    return hashed([cell.cell_type, cell.source, cell.get("attachments", {})])


def shown(cell) -> str:
    """The hash of what stands below a cell; who ran it and when makes no difference."""
    outputs = [{key: one.get(key) for key in ("name", "text", "data", "ename", "evalue")} for one in outputs_of(cell)]
    return hashed(DRAWN.sub(r"\1", json.dumps(outputs, sort_keys=True)))


def outputs_of(cell) -> list:
    """The outputs of a cell, of whatever kind."""
    return cell.get("outputs", [])


def noted(notebook, lesson: str, stamp: str):
    """The notebook with a note of what it is made from; its cells count as not yet run by its reader."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in outputs_of(cell):
                if "execution_count" in output:
                    output.execution_count = None
    cells = [[cell.id, text(cell), shown(cell)] for cell in notebook.cells]
    notebook.metadata[NOTE] = {"lesson": lesson, "stamp": stamp, "cells": cells}
    return notebook


def made_from(notebook) -> dict[str, tuple[str, str]]:
    """What a copy remembers: {cell id: (text, outputs)}; nothing where the note is gone, or not as we write it."""
    note = notebook.metadata.get(NOTE)
    cells = note.get("cells") if isinstance(note, dict) else None
    lines = [tuple(line) for line in cells if isinstance(line, list)] if isinstance(cells, list) else []
    return {line[0]: line[1:] for line in lines if len(line) == 3 and all(isinstance(word, str) for word in line)}


def untouched(notebook) -> bool:
    """Whether a copy is just what the course made: the same cells in the same order, with the same outputs."""
    return list(made_from(notebook).items()) == [(cell.id, (text(cell), shown(cell))) for cell in notebook.cells]


def merge(old, new):
    """The new version of a lesson with what its reader wrote in the old copy, and what that is: (notebook, Yours).

    The reader's cells keep their places, after the cell that they followed. A cell that only the reader changed stays
    as it is; one that only the lesson changed is renewed. Where both did, the lesson's new cell is followed by the
    reader's, which so has the last word when all is run. A cell that the reader took out stays out until the lesson
    changes it. Outputs stay below cells whose text is the same. Neither argument is changed.
    """
    old, new = copy.deepcopy(old), copy.deepcopy(new)
    made, lesson = made_from(old), {cell.id: cell for cell in new.cells}
    identify(old, made)
    yours, kept, after, place, seen = Yours(), {}, {}, "", set()
    for cell in old.cells:
        twice = cell.id in seen
        seen.add(cell.id)
        before, now = (None, None) if twice else (made.get(cell.id), lesson.get(cell.id))
        if now is None:
            if before is None or before[0] != text(cell):  # else the lesson's own, which it has no more
                yours.own += 1
                after.setdefault(place, []).append(renamed(cell) if twice else cell)
            continue
        place = cell.id
        if text(cell) == text(now):
            kept[place] = with_outputs(cell, now, before, yours)
        elif before is not None and before[0] == text(cell):
            kept[place] = now
        elif before is not None and before[0] == text(now):
            yours.changed += 1
            kept[place] = cell
        else:
            yours.changed, yours.below = yours.changed + 1, yours.below + 1
            kept[place] = now
            after.setdefault(place, []).append(renamed(cell))
    new.cells = after.get("", [])
    for id, now in lesson.items():
        if id in kept or id not in made or made[id][0] != text(now):
            new.cells += [kept.get(id, now), *after.get(id, [])]
    new.metadata = old.metadata | new.metadata
    return new, yours


def identify(old, made: dict[str, tuple[str, str]]) -> None:
    """Give cells without an id (programs that know none have saved the copy) that of the cell with their text."""
    known = {words: id for id, (words, _) in reversed(made.items())}
    for cell in old.cells:
        if "id" not in cell:
            cell.id = known.pop(text(cell), "")
            if not cell.id:
                renamed(cell)


def renamed(cell):
    """The cell under an id that no other has."""
    cell.id = f"yours-{secrets.token_hex(6)}"
    return cell


def with_outputs(cell, now, before, yours: Yours):
    """The lesson's cell, with the outputs that its reader has below the same text."""
    now.metadata = now.metadata | {key: it for key, it in cell.metadata.items() if key not in ("tags", NOTE)}
    own = shown(cell) != before[1] if before is not None else bool(outputs_of(cell))
    if cell.cell_type == "code" and (own or cell.execution_count is not None):
        now.outputs, now.execution_count = cell.outputs, cell.execution_count
        yours.ran += own
    return now
