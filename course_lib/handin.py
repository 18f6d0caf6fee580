"""What a graded notebook needs on the student's side: numbers of one's own, and the check before handing in."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SHEET = "assignment.json"  # beside a released notebook: its cells, its time limit, what the numbers are drawn with


def my_numbers(student: str, **choices: Sequence[Any]) -> dict[str, Any]:
    """The numbers of one student: of every list of choices one, always the same for the same name.

    Large and small letters and spaces around the name make no difference. Raises TypeError for a name that is no text.
    """
    if not isinstance(student, str):
        raise TypeError(f'STUDENT is {student!r}: write your name for this course in quotes, STUDENT = "ada"')
    about = sheet()
    if student.strip() and not about:
        print(f"{SHEET} isn't beside this notebook: these numbers are not yours. Work in the folder you were given.")
    return drawn(student, about.get("salt", ""), choices)


def drawn(student: str, salt: str, choices: dict[str, Sequence[Any]]) -> dict[str, Any]:
    """The same, from the release's own salt: what the grader works with."""
    picked = {}
    for name, values in choices.items():
        text = f"{salt}/{name}/{plain(student)}"
        picked[name] = values[int(hashlib.sha256(text.encode()).hexdigest(), 16) % len(values)]
    return picked


def plain(student: str) -> str:
    """A name as it counts: without what can't be seen (a page of the web may have given it), large letters as small."""
    return "".join(filter(str.isprintable, student)).strip().casefold()


def sheet(folder: Path | str = ".") -> dict[str, Any]:
    """What `assignment.json` in this folder says; empty where there is none. Raises ValueError where it is damaged."""
    file = Path(folder) / SHEET
    return json.loads(file.read_text("utf-8-sig")) if file.is_file() else {}
