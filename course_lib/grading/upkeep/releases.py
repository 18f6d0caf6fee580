"""Whether a release is as it was made: its notebook, its sheet, its zip, and the source that it was made from."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from course_lib.handin import SHEET


def shape(notebook: Any) -> str:
    """A digest of what counts in a notebook: its cells' kinds, texts and names; not their ids, which are drawn anew."""
    cells = [
        [cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("nbgrader", {}).get("grade_id", "")]
        for cell in notebook["cells"]
    ]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def faults(home: Path, name: str, key: dict[str, Any], zipped: bool = False) -> list[str]:
    """What is missing or damaged of a release; zipped: look into what is handed out as well. OSError where it can't
    be read."""
    found, shapes = [], key.get("shapes") if isinstance(key.get("shapes"), dict) else {}
    for what, file in (("source", f"source/{name}/{name}.ipynb"), ("release", f"release/{name}/{name}.ipynb")):
        said = loaded(home / file)
        if isinstance(said, str):
            found.append(f"{file} {said}")
            continue
        try:
            if shapes.get(what, shape(said)) != shape(said):
                found.append(f"{file} is not as it was released")
        except (KeyError, TypeError, AttributeError):
            found.append(f"{file} is damaged: it is no notebook")
    sheet = loaded(home / "release" / name / SHEET)
    if isinstance(sheet, str):
        found.append(f"release/{name}/{SHEET} {sheet}")
    elif not isinstance(sheet, dict) or not isinstance(sheet.get("salt"), str):
        found.append(f"release/{name}/{SHEET} is damaged: it has no salt")
    elif key.get("salt") not in (None, sheet["salt"]):
        found.append(f"release/{name}/{SHEET} is not as it was released")
    return found + (zip_faults(home / "release" / f"{name}.zip") if zipped else [])


def loaded(file: Path) -> Any:
    """A file's JSON, or in words why there is none."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return "is missing"
    except IsADirectoryError:
        return "is a folder"
    except (ValueError, RecursionError) as error:
        return f"is damaged ({error})"
    return "is damaged: it is only a text" if isinstance(said, str) else said


def zip_faults(file: Path) -> list[str]:
    """What is wrong with the zip that is handed out."""
    if not file.is_file():
        return [f"release/{file.name} is missing"]
    try:
        with zipfile.ZipFile(file) as one:
            return [f"release/{file.name} is damaged"] if one.testzip() else []
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError):
        return [f"release/{file.name} is damaged"]
