"""A deck: the slides of a plan in one HTML file with reveal.js inside, which asks nothing of any network."""

import html
import re
from importlib import resources
from pathlib import Path
from typing import Any

from course_lib.books.lessons import page
from course_lib.live import store

from . import parts, plan
from .words import as_html

HERE = Path(__file__).parent
LONG = 330  # letters: more of them are set smaller


def build(lesson: Path, slides: list[dict[str, Any]]) -> tuple[str, str]:
    """The deck as HTML, and what is to be told of it. Raises ValueError where a cell has not what the plan wants."""
    notebook, name = page(lesson, folded=False), store.lesson(lesson)
    cells = {cell.id: cell for cell in notebook.cells}
    if unknown := sorted(plan.cells(slides) - cells.keys()):
        raise ValueError(f"{lesson.stem} has no cell {', '.join(unknown)}, which its plan names")
    polls, sections = plan.polls(name), []
    every = [*slides, *polls]
    spans = {name: plan.clock(every, name) for name in plan.LENGTHS}
    for number, slide in enumerate(every):
        try:
            times = {name: (slide[name], *spans[name][number]) for name in plan.LENGTHS}
            sections.append(section(slide, times, name, cells, first=not number))
        except ValueError as error:
            raise ValueError(f"{lesson.stem}, slide {number + 1}, {slide['title']}: {error}") from error
    fill = {"title": html.escape(slides[0]["title"]), "slides": "\n".join(sections)} | vendored()
    fill |= {name.replace(".", "_"): (HERE / name).read_text("utf-8") for name in ("deck.css", "deck.js")}
    text = (HERE / "deck.html").read_text("utf-8")
    for name, value in fill.items():
        text = text.replace(f"<!-- {name} -->", value, 1)
    short = sum(slide["short"] > 0 for slide in slides)
    told = f"{len(slides)} slides, {short} of them in the short lecture, and {len(polls)} questions"
    return text, f"{told}, {len(text.encode()) / 1e6:.1f} MB"


def vendored() -> dict[str, str]:
    """reveal.js (MIT) and its presenter's view, out of the package that brings them."""
    folder = resources.files("sphinx_revealjs") / "_static" / "revealjs"
    files = {"reveal_css": "dist/reveal.css", "reveal_js": "dist/reveal.js", "notes_js": "plugin/notes/notes.js"}
    texts = {name: (folder / file).read_text("utf-8") for name, file in files.items()}
    return {name: text.replace("</script", "<\\/script") for name, text in texts.items()}


def section(slide: dict[str, Any], times: dict[str, tuple], lesson: str, cells: dict, first: bool) -> str:
    """One slide. times: "minutes" and "short" -> (minutes, from, to). Raises ValueError."""
    words, shown, later = [], [], slide.get("after", [])
    if "text" in slide:
        words.append(as_html(slide["text"]))
    if "quote" in slide:
        words.append(parts.quote(cells[slide["quote"]], slide.get("paragraphs")))
    if "ask" in slide:
        asked = lesson, slide["ask"], slide.get("question")
        shown.append(parts.card(*asked))
        later = later or parts.came(*asked)
    if "code" in slide:
        shown.append(parts.code(cells[slide["code"]], slide.get("lines")))
    if "table" in slide:
        shown.append(parts.table(cells[slide["table"]], slide.get("rows"), slide.get("columns")))
    if "figure" in slide:
        shown.append(parts.figure(cells[slide["figure"]]))
    if "explorer" in slide:
        shown.append(parts.explorer(cells[slide["explorer"]]))
    after = [f'<div class="fragment">{as_html(text)}</div>' for text in later]
    letters = re.sub(r"<svg.*?</svg>|<[^>]*>", "", "".join(words), flags=re.DOTALL)
    kind = "words long" if len(letters) > LONG else "words"
    words, shown = f'<div class="{kind}">{"".join(words)}</div>' if words else "", "".join(shown)
    if slide.get("beside"):
        left = f'<div class="left">{words}{"".join(after)}</div>'
        inside = f'<div class="pair">{left}<div class="shown">{shown}</div></div>'
    else:
        inside = f"{words}{f'<div class=shown>{shown}</div>' if shown else ''}{''.join(after)}"
    clock = {name: f"{span[0]:g} min, from {span[1]:g} to {span[2]:g}" for name, span in times.items()}
    data = "".join(f' data-{name}="{span[0]:g}" data-{name}-clock="{clock[name]}"' for name, span in times.items())
    head, kind = ("h1", "sheet first") if first else ("h2", "sheet")
    title = f"<{head}>{as_html(slide['title']).strip().removeprefix('<p>').removesuffix('</p>')}</{head}>"
    notes = f'<aside class="notes">{as_html(slide.get("notes", ""))}</aside>'
    return f'<section{data}><div class="{kind}">{title}{inside}</div>{notes}</section>'
