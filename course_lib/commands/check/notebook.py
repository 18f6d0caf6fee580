"""What a student's file holds, read as the grader reads it, and what its assignment asks for."""

from pathlib import Path
from typing import Any

from course_lib.books import handed_in
from course_lib.books.handed_in import Cell, Refused
from course_lib.handin import SHEET, sheet

DAMAGED = "{file} is damaged or no notebook{at}: open it in JupyterLab and save it again"
WORDS = {
    "large": "{file} has {size:.1f} MB, and {most} are graded at most: clear its outputs in JupyterLab and save it",
    "empty": "{file} is empty: take a fresh copy, and save your answers in it",
    "dense": "{file} is damaged or no notebook, or holds over {most:,} values: clear its outputs in JupyterLab",
    "damaged": DAMAGED,
    "old": DAMAGED,
    "none": "{file} is no notebook, it has no cells: open yours in JupyterLab and save it again",
    "much": "{file} has {count} cells and {length:,} characters, {most} are graded at most: delete what you don't need",
}


def load(file: Path) -> tuple[list[Cell], dict[str, Any]]:
    """The notebook's cells and what its assignment asks for. Raises Refused."""
    cells = read(file)
    try:
        there, wanted = (file.parent / SHEET).is_file(), sheet(file.parent)
    except (OSError, ValueError, RecursionError) as error:
        raise Refused(f"{SHEET} beside it is damaged: take it from the assignment again") from error
    if not there:
        where = "only assignments can be checked, in the folder that was handed out"
        raise Refused(f"there is no {SHEET} beside {file.name}: {where}")
    if not whole(wanted):
        raise Refused(f"{SHEET} beside it is damaged: take it from the assignment again")
    if file.name != f"{wanted['assignment']}.ipynb":
        raise Refused(f"the file must be called {wanted['assignment']}.ipynb, as it was handed out: rename {file.name}")
    return cells, wanted


def read(file: Path) -> list[Cell]:
    """The cells of a notebook file. Raises Refused."""
    try:
        if file.is_dir():
            raise Refused(f"{file.name} is a folder: name the notebook in it, {file.name}/{file.name}.ipynb")
        if not file.exists():
            raise Refused(f"there is no file {file}")
        if not file.is_file():
            raise Refused(f"{file.name} is no ordinary file")
        notebook = handed_in.load(file, WORDS)
    except (OSError, ValueError, RuntimeError) as error:  # no permission, a name that can't be, a circle of links
        raise Refused(f"{file.name} can't be read: {getattr(error, 'strerror', None) or error}") from error
    return handed_in.cells(notebook, WORDS, file.name)


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
