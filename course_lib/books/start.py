"""What lives on the start page: a first explorer, and how far its reader is.

The stored page is text. Both are put in where it is made (`page`), and each can be shown again by running its cell.
"""

from pathlib import Path

from course_lib.live import questions, store
from course_lib.live.page import Alive, html

from .files import alive_cell, read
from .shelf import BOOKS, lessons

FIRST, FAR = "nb00-first", "nb00-far"  # the cells of the start page below which they stand
TASTE, KIND = "03", "draw"  # the lesson whose explorer is the first: everybody can draw a digit


def alive(markup: str, words: str) -> Alive:
    """HTML that lives in the page; in words where there is none."""
    return Alive({"text/html": f"<div data-card>{markup}</div>", "text/plain": words})


def taste(folder: Path = BOOKS) -> Alive | None:
    """The explorer of one lesson, without its lesson; None where its numbers aren't stored."""
    for path in lessons(folder=folder):
        stored = store.numbers(TASTE, folder / "live") if store.lesson(path) == TASTE else {}
        for cell in read(path).cells if stored else []:
            for output in cell.get("outputs", []):
                if stored.get(cell.id, {}).get("kind") == KIND and "text/html" in output.get("data", {}):
                    markup = html(stored[cell.id], output.data["text/html"])
                    return alive(markup, output.data.get("text/plain", "[explorer]"))
    return None


def far(folder: Path = BOOKS) -> Alive:
    """How far its reader is: cells run, exercises solved, predictions made, lesson by lesson, counted in the page.

    The page reads the copies from the JupyterLab that shows it, and the predictions from the browser.
    """
    rows = []
    for path in lessons(folder=folder):
        name = store.lesson(path)
        asked = {cell: len(found) for cell, found in questions.predictions(name, folder).items()}
        if quiz := questions.quiz(name, folder):
            asked[questions.quiz_cell(name)] = len(quiz)
        title = next(line for line in read(path).cells[0].source.splitlines() if line.startswith("# "))
        title = title[2:].partition("  ")[2].partition(":")[0] or title[2:]
        rows.append({"lesson": name, "file": path.name, "title": title, "asked": asked})
    still = "<p>In JupyterLab this counts, lesson by lesson, what you have run, solved and predicted.</p>"
    return alive(html({"kind": "progress", "lessons": rows}, still), "[progress] counted in the page")


def furnished(notebook):
    """The start page with both below their cells; without the first where there is no explorer yet. Changes it."""
    for place, name, shown in ((FIRST, "taste", taste()), (FAR, "far", far())):
        where = next((i for i, cell in enumerate(notebook.cells) if cell.id == place), None)
        if where is not None and shown is None:
            notebook.cells.pop(where)
        elif where is not None:
            source = f"from course_lib.books import start\n\nstart.{name}()"
            cell = alive_cell(source, f"{place}-alive", shown.data)
            notebook.cells.insert(where + 1, cell)
    return notebook
