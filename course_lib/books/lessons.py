"""A lesson as its reader meets it: the stored notebook, with what lives in the page awake, and answers folded.

The reader's copy, the website and the decks are all made of this.
"""

import re
from html import escape
from pathlib import Path

from course_lib.live import questions, store
from course_lib.live.page import LIVES

from .files import alive_cell, read, write
from .shelf import START
from .start import furnished

CARD = "ask-"  # a card's cell is named after the cell that asks
NOTE = "# A card: answer by a click. It stays in your browser."
CAME = "What came when this was run"
SEEN = "What you saw: open it when you have looked"
BACKED = "# This backs the text above. Open it when you have looked.\n"
ASSERTS = ("assert ", "on_mnist(")  # how a cell backs a text


def page(path: Path, folded: bool = True):
    """The lesson's notebook with its explorer alive, a card after each cell that asks, and what answers it folded.

    A card is a code cell; its metadata say which cell asks: {"course": {"card": ID}}. folded=False leaves answers
    open, for who folds them in another way (see `answers`). Raises ValueError where the file is no notebook.
    """
    name = store.lesson(path)
    notebook = store.wake(read(path), store.numbers(name))
    asking = [*questions.predictions(name), *([questions.quiz_cell(name)] if questions.quiz(name) else [])]
    if folded:
        fold(notebook, answers(notebook, asking))
    deal(notebook, name, asking)
    return furnished(notebook) if path.name == START else notebook


def answers(notebook, asking: list[str] | None = None) -> dict[str, list[str]]:
    """Which cells answer which card: {id of the cell that asks: ids of the cells to keep folded until it is opened}.

    They are the cells with code up to the next "What you saw", that cell, and the code that follows it at once
    (it asserts what was seen). `asking`: the cells that ask; without it, all that say "Predict".
    """
    cells = [cell for cell in notebook.cells if "card" not in cell.metadata.get("course", {})]
    if asking is None:
        asking = [cell.id for cell in cells if cell.cell_type == "markdown" and questions.ASKS in cell.source]
    found = {}
    for i, cell in enumerate(cells):
        saw = next((j for j in range(i + 1, len(cells)) if _answers(cells[j])), None)
        if cell.id in asking and saw is not None:
            after = range(saw + 1, saw + 1 if questions.ASKS in cells[saw].source else len(cells))
            end = next((j for j in after if not _backs(cells[j])), after.stop)
            between = [each for each in cells[i + 1 : saw] if each.cell_type == "code"]
            found[cell.id] = [each.id for each in (*between, *cells[saw:end])]
    return found


def _answers(cell) -> bool:
    return cell.cell_type == "markdown" and questions.SAW in cell.source


def _backs(cell) -> bool:
    return cell.cell_type == "code" and any(word in cell.source for word in ASSERTS)


def fold(notebook, answering: dict[str, list[str]]) -> None:
    """Fold what answers a card: outputs, what was seen, and the code that asserts it.

    JupyterLab's own folds show the first line of what they hide, so these are the page's: <details>. A cell that is
    run shows what comes, open. What is alive stays open.
    """
    ids = {each for group in answering.values() for each in group}
    after = False  # behind a "What you saw"
    for i, cell in enumerate(notebook.cells):
        seen = _answers(cell)
        after = (seen and questions.ASKS not in cell.source) or (after and cell.cell_type == "code")
        if cell.id not in ids:
            continue
        if seen:
            cell.source = _closed(cell.source)
        elif cell.cell_type == "code":
            text = next((each for each in notebook.cells[i:] if each.cell_type == "markdown"), None)
            if not (after and text and _answers(text)):  # else a next figure, which that text tells of
                cell.outputs = _covered(cell.outputs)
            if after:
                cell.source = BACKED + cell.source
                cell.metadata["jupyter"] = {**cell.metadata.get("jupyter", {}), "source_hidden": True}


def _closed(source: str) -> str:
    """What was seen under a cover; a heading or a question that stands beside it in the cell stays open."""
    before, saw, rest = source.partition(questions.SAW)
    seen = re.match(r".*?(?=\n\n(?:#|\*\*Predict)|\Z)", rest, re.DOTALL)[0]
    covered = f"<details><summary>{SEEN}</summary>\n\n{saw}{seen}\n\n</details>"
    return before + covered + rest[len(seen) :]


def _covered(outputs: list) -> list:
    """The outputs under one cover; as they are where one of them is alive or says an error."""
    from nbformat.v4 import new_output

    parts = []
    for output in outputs:
        data = output.get("data", {"text/plain": output.get("text", "")})
        shown = data.get("text/html") or f"<pre>{escape(data.get('text/plain', ''))}</pre>"
        if output.output_type == "error" or LIVES in shown:
            return outputs
        parts.append(shown)
    covered = f"<details><summary>{CAME}</summary>{''.join(parts)}</details>"
    return [new_output("display_data", {"text/html": covered, "text/plain": f"[folded] {CAME}"})] if parts else []


def deal(notebook, name: str, asking: list[str]) -> None:
    """Put a card after each cell that asks; the quiz's card takes the place of its text."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.id in asking:
            if cell.id == questions.quiz_cell(name):
                cell.source = questions.HEADING
            source = f'from course_lib.widgets import ask\n\nask("{name}", "{cell.id}")'
            card = alive_cell(source, CARD + cell.id, questions.bundle(name, cell.id))
            card.metadata["course"] = {"card": cell.id}
            cells.append(card)
    notebook.cells = cells


def keep_quiz(path: Path) -> None:
    """Write a lesson's quiz into its stored notebook, as text, before the closing cell. Raises ValueError, OSError."""
    from nbformat.v4 import new_markdown_cell

    notebook, name = read(path), store.lesson(path)
    text = new_markdown_cell(questions.quiz_text(name), id=questions.quiz_cell(name))
    cells = [cell for cell in notebook.cells if cell.id != text.id]
    notebook.cells = [*cells[:-1], text, cells[-1]]
    write(notebook, path)
