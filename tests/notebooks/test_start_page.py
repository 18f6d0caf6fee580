"""The start page: its map says what the lessons say, its links lead somewhere, and what lives on it is there."""

import re
from xml.etree import ElementTree

import nbformat
import pytest

from course_lib.books import start
from course_lib.books.lessons import page
from course_lib.books.shelf import BOOKS, START, lessons
from course_lib.live import store

STORED = nbformat.read(BOOKS / START, as_version=4)
TEXT = "\n".join(cell.source for cell in STORED.cells)
MAP = ElementTree.parse(BOOKS / "images" / "map.svg").getroot()
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {it.get("data-lesson"): it.get("data-needs").split() for it in MAP.iter(f"{SVG}g") if it.get("data-lesson")}
NUMBERS = [store.lesson(path) for path in lessons()]


def needs_all(direct: dict[str, list[str]], lesson: str) -> set[str]:
    """Everything that a lesson needs, around corners too."""
    return set(direct[lesson]).union(*(needs_all(direct, each) for each in direct[lesson]))


def rows() -> dict[str, list[str]]:
    """The table of the course: lesson -> its fields."""
    found = [
        [field.strip() for field in line.strip("| ").split("|")] for line in TEXT.splitlines() if line.startswith("| [")
    ]
    return {re.match(r"\[(\w+) ", fields[0])[1]: fields for fields in found}


def said(path) -> set[str]:
    """The lessons that must come before, as the lesson's first cell says: notebooks 1 to 3, and sections ... of 5."""
    text = nbformat.read(path, as_version=4).cells[0].source.partition("**Before this:**")[2].partition("**Time")[0]
    text = text.partition(", and sections")[0]
    found = {int(number) for number in re.findall(r"\b(\d)\b", text)}
    for first, last in re.findall(r"(\d) to (\d)", text):
        found |= set(range(int(first), int(last) + 1))
    return {f"{number:02}" for number in found}


@pytest.mark.parametrize("path", lessons(), ids=[path.stem for path in lessons()])
def test_map_table_and_lesson_agree_on_what_is_needed(path):
    number = store.lesson(path)
    fields = rows()[number]
    table = {name: re.findall(r"\d\w+", row[2].partition(", and sections")[0]) for name, row in rows().items()}
    assert table[number] == DRAWN[number]
    assert said(path) <= needs_all(DRAWN, number), "the lesson wants more than the map says"
    assert needs_all(DRAWN, number) <= said(path).union(*(needs_all(DRAWN, one) for one in said(path)))
    assert f"({path.name})" in fields[0]
    minutes = re.search(r"(\d+) minutes to read", nbformat.read(path, as_version=4).cells[0].source)[1]
    assert fields[3] == f"{minutes} min"


def test_the_map_shows_each_lesson_once_and_says_so_in_words():
    assert list(rows()) == NUMBERS and sorted(DRAWN) == sorted(NUMBERS)
    [(alt, name)] = re.findall(r"!\[(.*)\]\((.*)\)", TEXT)
    assert alt == MAP.find(f"{SVG}desc").text and (BOOKS / name).is_file()
    assert min(float(it.get("font-size")) for it in MAP.iter(f"{SVG}text")) >= 13


def test_the_stored_page_is_text_and_the_reader_s_is_alive():
    assert {cell.cell_type for cell in STORED.cells} == {"markdown"}, "what lives is put in by books/start.py"
    alive = page(BOOKS / START)
    shown = {cell.id: cell.outputs[0].data["text/html"] for cell in alive.cells if cell.cell_type == "code"}
    assert 'data-kind="progress"' in shown[f"{start.FAR}-alive"] and "03_mnist_autoencoder.ipynb" in str(shown)
    first = [cell.id for cell in alive.cells if cell.id.startswith(start.FIRST)]
    assert first == ([start.FIRST, f"{start.FIRST}-alive"] if start.taste() else []), "lesson 03's numbers, if stored"
    assert len(TEXT.split()) < 720, "a start page is short"
