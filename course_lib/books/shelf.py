"""The lessons as files, in their order. Standard library only."""

from pathlib import Path

from course_lib.ground import ROOT

BOOKS = ROOT / "notebooks"
START = "00_start.ipynb"


def lessons(start: bool = False, folder: Path = BOOKS) -> list[Path]:
    """The lessons in their order: all notebooks that begin with a digit; with `start` the start page before them."""
    there = sorted(path for path in folder.glob("*.ipynb") if path.name[0].isdigit())
    return [path for path in there if start or path.name != START]
