"""The plan of a deck, notebooks/decks/NN.toml: which parts of which cells stand on its slides, and for how long.

A slide has a `title`, its `minutes` in the long lecture, and `short`, those in the short one (false: left out there;
not said: the same). What stands on it, in this order, each only where it is named:

    text      own words, in Markdown
    quote     a cell's own text; with `paragraphs = [0, 2]` only these of it
    ask       the card of the prediction that this cell asks; with `question = 1` only its second question
    code      a cell's code; with `lines = [1, 3, 7, 9]` only 1 to 3 and 7 to 9
    table     what a cell printed; with `rows` and `columns` only these of the table (0 is the first row under the head)
    figure    a cell's figure
    explorer  a cell's explorer, alive
    after     own words that come on key, one after the other; under a card, where not said, what came

`beside = true` puts the figure, table or code to the right of the words. `notes` are the presenter's.

Behind the planned slides stand the lesson's questions to leave with, one a slide, for which no minutes are set aside.
"""

import tomllib
from pathlib import Path
from typing import Any

from course_lib.live import questions, store

LENGTHS = {"minutes": 90, "short": 50}
CELLS = ("quote", "ask", "code", "table", "figure", "explorer")
KINDS: dict[str, type | tuple[type, ...]] = {
    "title": str, "minutes": (int, float), "short": (int, float), "text": str, "notes": str, "beside": bool,
    "after": list, "question": int, "lines": list, "rows": list, "columns": list, "paragraphs": list,
} | {name: str for name in CELLS}  # fmt: skip


class NoPlan(Exception):
    """There is no plan, or it can't be understood; says where."""


def read(lesson: Path) -> list[dict[str, Any]]:
    """The slides of a lesson's deck, `short` filled in: minutes in the short lecture, 0 where it is left out.

    Raises NoPlan.
    """
    file = lesson.parent / "decks" / f"{store.lesson(lesson)}.toml"
    try:
        slides = tomllib.loads(file.read_text("utf-8"))["slide"]
    except FileNotFoundError as error:
        raise NoPlan(f"{lesson.stem} has no plan for a deck: {file} is not there") from error
    except (OSError, ValueError, KeyError) as error:
        raise NoPlan(f"{file} can't be read as a plan: {error}") from error
    for number, slide in enumerate(slides, 1):
        for name in slide.keys() - KINDS.keys():
            raise NoPlan(f"{file.name}, slide {number}: no {name!r} is known, only {', '.join(KINDS)}")
        for name, value in slide.items():
            if not isinstance(value, KINDS[name]):
                raise NoPlan(f"{file.name}, slide {number}: {name} can't be {value!r}")
        if not slide.get("title") or "minutes" not in slide:
            raise NoPlan(f"{file.name}, slide {number}: each slide has a title and its minutes")
        slide["short"] = float(slide.get("short", slide["minutes"]))
    return slides


def polls(lesson: str) -> list[dict[str, Any]]:
    """A slide for each question of a lesson's quiz; why the others are wrong stands in the notes."""
    asked, slides = questions.quiz(lesson), []
    for number, question in enumerate(asked):
        why = {letter: text for letter, (_, text) in zip(questions.LETTERS, question["choices"], strict=False)}
        right = question["right"]
        wrong = "\n".join(f"- **{letter}** {text}" for letter, text in why.items() if letter != right)
        slides.append({
            "title": f"Questions to leave with, {number + 1} of {len(asked)}", "minutes": 0, "short": 0,
            "ask": questions.quiz_cell(lesson), "question": number, "after": [f"**{right}**: {why[right]}"],
            "notes": f"For the end, or to begin the next lecture with. Not the others:\n\n{wrong}",
        })  # fmt: skip
    return slides


def cells(slides: list[dict[str, Any]]) -> set[str]:
    """The ids of the cells that the slides name."""
    return {slide[name] for slide in slides for name in CELLS if name in slide}


def clock(slides: list[dict[str, Any]], which: str) -> list[tuple[float, float]]:
    """From which minute to which each slide stands, in the lecture of "minutes" or in the "short" one."""
    spans, now = [], 0.0
    for slide in slides:
        spans.append((now, now := now + slide[which]))
    return spans
