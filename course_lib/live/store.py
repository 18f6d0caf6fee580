"""The explorers' numbers, kept beside the lessons: notebooks/live/NN.json, {cell id: config}.

With them a page is alive at once: in the reader's copy before anything was run, on the website, in a deck. A lesson
itself is kept with pictures only.
"""

import json
from pathlib import Path

from course_lib import ground

from .page import LIVES, MIME, html

FOLDER = ground.ROOT / "notebooks" / "live"


def lesson(path: Path) -> str:
    """A lesson's number by its file: 03b_thirty_numbers.ipynb -> 03b."""
    return path.stem.split("_")[0]


def numbers(name: str, folder: Path = FOLDER) -> dict[str, dict]:
    """What is stored for a lesson ("03b"): {cell id: config}; nothing where there is no file."""
    file = folder / f"{name}.json"
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def taken(notebook) -> dict[str, dict]:
    """The numbers in a notebook's outputs, out of which they are taken: {cell id: config}."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            config = output.get("data", {}).pop(MIME, None)
            if config is not None:
                found[cell.id] = config
    return found


def keep(name: str, found: dict[str, dict], folder: Path = FOLDER) -> None:
    """Store a lesson's numbers, whole or not at all. Raises OSError."""
    if found:
        folder.mkdir(parents=True, exist_ok=True)
        ground.write(folder / f"{name}.json", json.dumps(found, indent=0, sort_keys=True) + "\n")


def wake(notebook, stored: dict[str, dict]):
    """The notebook with its explorers alive, by the numbers in its outputs or else by the stored ones."""
    stored = stored | taken(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            still = output.get("data", {}).get("text/html")
            if cell.get("id") in stored and still and LIVES not in still:
                output.data["text/html"] = html(stored[cell.id], still)
    return notebook
