"""Predictions and quizzes, kept beside the lessons, and the cards on which they are answered. Standard library only.

notebooks/predictions/NN.toml has the questions by the id of the cell that asks; notebooks/quizzes/NN.toml the
questions at the lesson's end. A question has choices (and which is right, by its letter) or a number (and how far
off still counts as near).
"""

import base64
import json
import re
import tomllib
from html import escape
from pathlib import Path

from course_lib import ground

from .page import html

FOLDER = ground.ROOT / "notebooks"
LETTERS = "ABCD"
ASKS = "**Predict"  # what a cell that asks for a prediction says
SAW = "**What you saw"  # and the cell that answers it
HEADING = "## Questions to leave with"


def predictions(name: str, folder: Path = FOLDER) -> dict[str, list[dict]]:
    """The predictions of a lesson ("03b"): {id of the cell that asks: its questions}; nothing where there is no file.

    A question: `ask`; `choices` and `right`, a letter, or `unit`, `right`, a number, and `near` (how far off is near)
    or `factor` (how many times off is near); and `came`, one sentence with what came.
    """
    return _read(folder / "predictions" / f"{name}.toml")


def quiz(name: str, folder: Path = FOLDER) -> list[dict]:
    """The questions at a lesson's end: `ask`, `right`, a letter, and `choices`, each a text and its reason."""
    return _read(folder / "quizzes" / f"{name}.toml").get("questions", [])


def quiz_cell(name: str) -> str:
    """The id of the cell that holds a lesson's quiz as text."""
    return f"nb{name}-quiz"


def _read(file: Path) -> dict:
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


def quiz_text(name: str, folder: Path = FOLDER) -> str:
    """The quiz as Markdown, without its answers: what stands in the lesson's notebook."""
    parts = [f"{HEADING}\n\nEach can be answered from this page. (In JupyterLab and on the website: by one click.)"]
    for number, question in enumerate(quiz(name, folder), 1):
        lines = [f"- **{letter}** {text}" for letter, (text, _) in zip(LETTERS, question["choices"], strict=False)]
        parts.append("\n".join([f"**{number}.** {question['ask']}", "", *lines]))
    return "\n\n".join(parts)


def card(name: str, cell: str, folder: Path = FOLDER, only: int | None = None) -> dict:
    """The card of a cell that asks, or of the quiz: what js/ask.js shows. Answers are sealed.

    only: the one question that is asked, counted from 0; all without it. Raises: KeyError where nothing is asked there,
    IndexError where there is no such question.
    """
    quizzed = cell == quiz_cell(name)
    found = quiz(name, folder) if quizzed else predictions(name, folder).get(cell, [])
    if not found:
        raise KeyError(f"lesson {name} asks nothing in the cell {cell}")
    asked = []
    for number, question in enumerate(found if only is None else [found[only]]):
        shown = {"ask": question["ask"], "unit": question.get("unit", "")}
        answer = {each: question[each] for each in ("right", "came", "near", "factor") if each in question}
        if quizzed:
            shown["choices"] = [text for text, _ in question["choices"]]
            answer["why"] = [why for _, why in question["choices"]]
        elif "choices" in question:
            shown["choices"] = question["choices"]
        asked.append(shown | {"sealed": seal(json.dumps(answer), f"{cell}/{number}")})
    return {"kind": "ask", "lesson": name, "cell": cell, "quiz": quizzed, "questions": asked}


def seal(text: str, key: str) -> str:
    """A text that nobody reads by accident. It keeps no secret: the page itself opens it."""
    mask = key.encode()
    raw = bytes(byte ^ mask[i % len(mask)] ^ (31 * i & 255) for i, byte in enumerate(text.encode()))
    return base64.b64encode(raw).decode()


def plain(text: str) -> str:
    """A question's text as HTML: `code` between backticks, no other mark."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def bundle(name: str, cell: str, folder: Path = FOLDER) -> dict[str, str]:
    """The card as a cell's output: alive where a script may run, else the questions as text. Raises KeyError."""
    config = card(name, cell, folder)
    still, words = [], []
    for question in config["questions"]:
        choices = [*zip(LETTERS, question.get("choices", []), strict=False)]
        items = "".join(f"<li>{letter}: {plain(text)}</li>" for letter, text in choices)
        still.append(f"<p>{plain(question['ask'])}</p>" + f"<ul>{items}</ul>" * bool(items))
        words.append(" ".join([question["ask"], *(f"{letter}: {text};" for letter, text in choices)]).rstrip(";"))
    return {"text/html": html(config, "".join(still)), "text/plain": "[question] " + " / ".join(words)}
