"""The glossary: in order, linked from the lessons, and every link of the notebooks leads somewhere."""

import re

import nbformat
import pytest

from course_lib.books.shelf import lessons
from course_lib.ground import ROOT

GLOSSARY = (ROOT / "notebooks" / "glossary.md").read_text("utf-8")
TERMS = re.findall(r"^### (.*)$", GLOSSARY, re.MULTILINE)
ANCHORS = [term.replace(" ", "-") for term in TERMS]
FILES = sorted((ROOT / "notebooks").glob("*.ipynb")) + sorted((ROOT / "notebooks" / "assignments").glob("*/*.ipynb"))
LINK = re.compile(r"\]\(([^)\s]+)\)")


def texts(file) -> list[str]:
    """The text cells of a notebook."""
    return [cell.source for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "markdown"]


def test_each_term_once_in_order_with_a_meaning():
    assert TERMS == sorted(set(TERMS)), "alphabetical, each once"
    for term in TERMS:
        assert re.fullmatch(r"[a-z0-9 -]+", term), f"{term}: lower case, so that a link to it works everywhere"
        meaning = GLOSSARY.partition(f"### {term}\n")[2].partition("\n### ")[0]
        assert len(meaning.strip()) > 20, term


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_links_to_other_files_lead_somewhere(file):
    for text in texts(file):
        for target in LINK.findall(text):
            if "://" in target or target.startswith(("#", "attachment:")):
                continue
            name, _, anchor = target.partition("#")
            assert (file.parent / name).is_file(), f"{file.name}: {target}"
            if name.endswith("glossary.md") and anchor:
                assert anchor in ANCHORS, f"{file.name}: the glossary has no term {anchor}"


def test_every_lesson_links_its_terms():
    for file in lessons():
        links = {target for text in texts(file) for target in LINK.findall(text) if "glossary.md#" in target}
        assert len(links) >= 3, f"{file.name} links {len(links)} terms"
