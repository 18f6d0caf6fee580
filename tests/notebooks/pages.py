"""What stands on a lesson's page: the code of its tagged cells, run as the reader has it."""

import nbformat
import torch
from torch import nn

from course_lib.ground import ROOT


def on_the_page(number: str, *tags: str, **names: object) -> dict:
    """What the cells with these tags define, one after the other, in the notebook of this number ("03b").

    Each tag names one cell. The cells know torch and nn, and what else is given by name.
    """
    [file] = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    cells = nbformat.read(file, as_version=4).cells
    found = {"torch": torch, "nn": nn} | names
    for tag in tags:
        [cell] = [cell for cell in cells if tag in cell.metadata.get("tags", [])]
        exec(cell.source, found)
    return found
