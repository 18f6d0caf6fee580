"""Notebook files: read in plain words, written whole or not at all, cleaned for keeping, copies by distinct names.

Standard library only at the top: the launcher starts on a bare Python.
"""

import contextlib
import unicodedata
from pathlib import Path

from course_lib import ground

NOTE = "course_run"  # the entry in a copy's metadata: source, key, status, seconds, result


def read(path: Path):
    """A notebook. Raises ValueError in plain words where the file is none."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError, KeyError, nbformat.ValidationError) as error:
        first = (str(error).splitlines() or ["?"])[0]
        raise ValueError(f"can't be read as a notebook: {first[:120]}") from error


def write(notebook, path: Path) -> None:
    """Write a notebook whole or not at all. Raises OSError."""
    import nbformat

    path.parent.mkdir(parents=True, exist_ok=True)
    ground.write(path, nbformat.writes(notebook).rstrip("\n") + "\n")


def alive_cell(source: str, name: str, data: dict[str, str]):
    """A code cell whose source is hidden and whose output lives in the page; run, it brings the same again."""
    from nbformat.v4 import new_code_cell, new_output

    metadata = {"jupyter": {"source_hidden": True}, "tags": ["card", "remove-input"]}
    return new_code_cell(source, id=name, metadata=metadata, outputs=[new_output("display_data", data)])


def cleaned(notebook):
    """The notebook as it is kept in the repository: outputs, ids and tags stay, traces of the machine go."""
    import nbformat

    if notebook.nbformat_minor < 5:
        notebook = nbformat.v4.upgrade(notebook)
    notebook.nbformat_minor = 5
    for name in (NOTE, "widgets"):
        notebook.metadata.pop(name, None)
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        for name in ("execution", "ExecuteTime", "collapsed", "scrolled"):
            cell.metadata.pop(name, None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            for output in cell.outputs:
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return notebook


def same(name: str) -> str:
    """A name in the one form in which accented letters, and capitals, are compared: file systems differ in both."""
    return unicodedata.normalize("NFC", name).casefold()


def place(path: Path, out: Path, taken: set[str]) -> Path:
    """Where the copy goes: by the notebook's name, with a number where that is another notebook's."""
    for number in range(1, 1000):
        copy = out / f"{path.stem}{'' if number == 1 else f'-{number}'}.ipynb"
        source = ""
        with contextlib.suppress(ValueError):
            source = read(copy).metadata.get(NOTE, {}).get("source", "") if copy.exists() else ""
        if same(copy.name) not in taken and source in ("", str(path)):
            taken.add(same(copy.name))
            return copy
    raise ValueError(f"there are too many copies by the name {path.stem} in {out}")
