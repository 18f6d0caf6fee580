"""What a student's file holds, read as the grader reads it, and what its assignment asks for."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from course_lib.handin import SHEET, sheet

LARGEST = 20 * 2**20  # bytes: more is not graded
MOST_CELLS, MOST_TEXT = 300, 200_000  # cells, and characters of all cells: the same


class NotReady(Exception):
    """Why a file can't be checked at all, and what to do."""


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


def load(file: Path) -> tuple[list[Cell], dict[str, Any]]:
    """The notebook's cells and what its assignment asks for. Raises NotReady."""
    cells = read(file)
    try:
        there, wanted = (file.parent / SHEET).is_file(), sheet(file.parent)
    except (OSError, ValueError, RecursionError) as error:
        raise NotReady(f"{SHEET} beside it is damaged: take it from the assignment again") from error
    if not there:
        where = "only assignments can be checked, in the folder that was handed out"
        raise NotReady(f"there is no {SHEET} beside {file.name}: {where}")
    if not whole(wanted):
        raise NotReady(f"{SHEET} beside it is damaged: take it from the assignment again")
    if file.name != f"{wanted['assignment']}.ipynb":
        raise NotReady(
            f"the file must be called {wanted['assignment']}.ipynb, as it was handed out: rename {file.name}"
        )
    return cells, wanted


def read(file: Path) -> list[Cell]:
    """The cells of a notebook file. Raises NotReady."""
    try:
        if file.is_dir():
            raise NotReady(f"{file.name} is a folder: name the notebook in it, {file.name}/{file.name}.ipynb")
        if not file.exists():
            raise NotReady(f"there is no file {file}")
        if not file.is_file():
            raise NotReady(f"{file.name} is no ordinary file")
        size = file.stat().st_size
        if size > LARGEST:
            much = f"{size / 2**20:.1f} MB, and {LARGEST // 2**20} are graded at most"
            raise NotReady(f"{file.name} has {much}: clear its outputs in JupyterLab and save it")
        raw = file.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:  # no permission, a name that can't be, a circle of links
        raise NotReady(f"{file.name} can't be read: {getattr(error, 'strerror', None) or error}") from error
    if not raw.strip():
        raise NotReady(f"{file.name} is empty: take a fresh copy, and save your answers in it")
    try:
        notebook = json.loads(raw.decode("utf-8-sig"))
        if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
            notebook = modern(notebook)
    except Exception as error:  # whatever a file that isn't a notebook leads to
        at = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotReady(f"{file.name} is damaged or no notebook{at}: open it in JupyterLab and save it again") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotReady(f"{file.name} is no notebook, it has no cells: open yours in JupyterLab and save it again")
    cells = usable(notebook["cells"])
    count, length = len(cells), sum(len(cell.text) for cell in cells)
    if count > MOST_CELLS or length > MOST_TEXT:
        most = f"{MOST_CELLS} and {MOST_TEXT:,} are graded at most"
        raise NotReady(f"{file.name} has {count} cells and {length:,} characters, {most}: delete what you don't need")
    return cells


def modern(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook of an old format in today's."""
    import nbformat

    return nbformat.convert(nbformat.from_dict(notebook), 4)


def usable(cells: list[Any]) -> list[Cell]:
    """The cells that the grader takes, whatever else is in the list."""
    found, number = [], 0
    for cell in cells:
        source = cell.get("source", "") if isinstance(cell, dict) else None
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if isinstance(source, str) and cell.get("cell_type") in ("code", "markdown", "raw"):
            source, code = source.encode("utf-8", "replace").decode("utf-8"), cell["cell_type"] == "code"
            number += code and bool(source.strip())
            found.append(Cell(code, source, name_of(cell), number if code and source.strip() else 0))
    return found


def name_of(cell: dict[str, Any]) -> str:
    """The id that the assignment gave the cell, or ""."""
    for key in ("metadata", "nbgrader", "grade_id"):
        cell = cell.get(key) if isinstance(cell, dict) else None
    return cell if isinstance(cell, str) else ""


def whole(wanted: Any) -> bool:
    """Whether assignment.json says what it must."""
    kinds = {"assignment": str, "cells": list, "modules": list, "seconds_a_cell": int | float, "seconds": int | float}
    return (
        isinstance(wanted, dict)
        and all(isinstance(wanted.get(name), kind) for name, kind in kinds.items())
        and all(isinstance(name, str) for name in wanted["modules"])
        and all(
            isinstance(cell, dict) and all(isinstance(cell.get(name), str) for name in ("id", "kind", "sha256", "stub"))
            for cell in wanted["cells"]
        )
    )
