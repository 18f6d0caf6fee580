"""What stands on a slide, taken from the cells of a lesson: figures, tables, code, cards, explorers, as HTML."""

import html
import re

from course_lib.live import questions
from course_lib.live.page import LIVES
from course_lib.live.page import html as html_of

from .words import as_html, coloured, size


def outputs(cell, kind: str) -> list[str]:
    """What a cell shows of a kind ("text/html"), or prints (kind "")."""
    if kind:
        return [output.data[kind] for output in cell.get("outputs", []) if kind in output.get("data", {})]
    return [output.text for output in cell.get("outputs", []) if output.get("name") == "stdout"]


def figure(cell) -> str:
    """A cell's last figure, with its text alternative. Raises ValueError where it has none."""
    found = [image for text in outputs(cell, "text/html") for image in re.findall(r"<img\b[^>]*>", text)]
    if not found:
        raise ValueError(f"cell {cell.id} has no figure")
    source, alt = (re.search(rf'\b{name}="([^"]*)"', found[-1]) for name in ("src", "alt"))
    if not (source and alt and alt[1].strip()):
        raise ValueError(f"the figure of cell {cell.id} has no text alternative")
    return f'<figure><img src="{source[1]}" alt="{alt[1]}"></figure>'


def explorer(cell) -> str:
    """A cell's explorer, alive where its numbers are stored, else its figure. Raises ValueError for neither."""
    alive = [text for text in outputs(cell, "text/html") if LIVES in text]
    return f'<div class="alive">{alive[-1]}</div>' if alive else figure(cell)


def code(cell, lines: list[int] | None) -> str:
    """A cell's code, or these of its lines, counted from 1: [1, 3, 7, 9] are lines 1 to 3 and 7 to 9."""
    every = cell.source.splitlines()
    spans = zip(lines[::2], lines[1::2], strict=True) if lines else [(1, len(every))]
    return coloured("\n".join(line for first, last in spans for line in every[first - 1 : last]))


def quote(cell, paragraphs: list[int] | None) -> str:
    """A cell's text, or these of its paragraphs, counted from 0."""
    every = re.split(r"\n\s*\n", cell.source)
    return as_html("\n\n".join(every[n] for n in paragraphs) if paragraphs else cell.source)


def table(cell, rows: list[int] | None, columns: list[int] | None) -> str:
    """What a cell printed: a table where it printed one, or these of its rows and columns; else the text as it is.

    Raises: ValueError where it printed nothing.
    """
    text = "".join(outputs(cell, "")).rstrip()
    if not text:
        raise ValueError(f"cell {cell.id} printed nothing")
    lines = text.splitlines()
    rule = next((n for n, line in enumerate(lines) if n and re.fullmatch(r"-{5,}", line)), None)
    grid = [re.split(r"\s{2,}", line.strip()) for line in lines[rule - 1 :]] if rule else []
    if rule and len(grid[0]) + 1 == len(grid[2]):
        grid[0] = ["", *grid[0]]  # a head without a name above the first column
    end = next((n for n, row in enumerate(grid) if n > 1 and len(row) != len(grid[0])), len(grid))
    if end < 3:
        return printed(text)
    head, body, rest = grid[0], grid[2:end], "\n".join(lines[rule - 1 :][end:])
    body = [body[n] for n in rows] if rows else body
    chosen = columns or range(len(head))
    widest = [max(len(row[n]) for row in (head, *body)) for n in chosen]
    high, wide = (470 / (len(body) + 1) - 10) / 1.25, (1180 - 36 * len(widest)) / (0.56 * sum(widest))
    style = f"font-size:{max(21, min(31, int(min(high, wide))))}px"
    first = f"<tr>{''.join(f'<th scope=col>{html.escape(head[n])}</th>' for n in chosen)}</tr>"
    others = [f"<tr>{''.join(f'<td>{html.escape(row[n])}</td>' for n in chosen)}</tr>" for row in body]
    rest = printed(rest) if rest and not (rows or columns) else ""
    return f'<table style="{style}"><thead>{first}</thead><tbody>{"".join(others)}</tbody></table>{rest}'


def printed(text: str) -> str:
    """A text as it was printed, as large as its longest line allows."""
    return f'<pre style="font-size:{size(text)}px">{html.escape(text)}</pre>'


def card(lesson: str, asking: str, only: int | None) -> str:
    """The card of the prediction that a cell asks, or one question of it.

    What is answered on it is kept apart from what the lecturer answered as a reader, and forgotten with the page.
    Raises: ValueError where the cell asks nothing.
    """
    try:
        config = questions.card(lesson, asking, only=only)
    except (KeyError, IndexError) as error:
        raise ValueError(f"nothing is asked there: {error}") from error
    still = "".join(f"<p>{questions.plain(question['ask'])}</p>" for question in config["questions"])
    return f'<div class="card">{html_of(config | {"lesson": f"deck {lesson}"}, still)}</div>'


def came(lesson: str, asking: str, only: int | None) -> list[str]:
    """What came of what a cell asks, a sentence a question. Raises ValueError where one has none (a quiz)."""
    found = questions.predictions(lesson).get(asking, [])
    found = found if only is None else [found[only]]
    if not found:
        raise ValueError(f"cell {asking} has no answer: write it, as `after`")
    return [question["came"] for question in found]
