"""Formgrader's pages as this course shows them: the rubric beside the answer, and nobody's name."""

import re
from typing import Any

from course_lib.grading.autograde.eyes import SAYS
from course_lib.grading.release.source import Source, mark_name, text
from course_lib.grading.submissions.reading import says

RUBRIC = "course_rubric"  # in a cell's metadata: a student's cell never has it, since theirs is made anew
CELL = """{%- extends 'index.html.j2' -%}
{% block markdowncell scoped %}
{%- if cell.metadata.course_rubric -%}
<section class="course-rubric" style="border: 3px double #31708f; background: #eef6fb; margin: 0 0 2em 8em;
padding: .5em 1em"><p><strong>The course's rubric for {{ cell.metadata.course_rubric }}</strong> (students don't see
it)</p><div class="rendered_html">{{ cell.source | markdown2html }}</div></section>
{%- else -%}{{ super() }}{%- endif -%}
{% endblock markdowncell %}
"""
BASE = """{%- extends 'nbgrader/gradebook_base.tpl' -%}
{%- block sidebar -%}
<li role="presentation" class="active"><a href="{{ base_url }}/formgrader/gradebook">Manual Grading</a></li>
{%- endblock -%}
"""
LIST = """{%- extends 'nbgrader/gradebook_notebook_submissions.tpl' -%}
{%- block messages -%}{%- endblock -%}
"""
HIDDEN = "(the student)"


def exporter(config: Any) -> Any:
    """nbconvert's HTML with Formgrader's template, and the rubric's cells framed."""
    from jinja2 import DictLoader
    from nbconvert.exporters import HTMLExporter

    made = HTMLExporter(config=config, extra_loaders=[DictLoader({"course.html.j2": CELL})])
    made.template_file = "course.html.j2"
    return made


def environment() -> Any:
    """The templates of the other pages: without the ways to what does nothing here."""
    from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, PrefixLoader
    from nbgrader.server_extensions.formgrader import handlers

    own, theirs = DictLoader({"gradebook_base.tpl": BASE}), FileSystemLoader([handlers.template_path])
    return Environment(loader=ChoiceLoader([own, theirs, PrefixLoader({"nbgrader": theirs})]))


def with_rubrics(nb: Any, source: Source) -> None:
    """Put what the source says of each written question, a model answer and its rubric, behind the answer."""
    from nbformat.v4 import new_markdown_cell

    said = {mark_name(cell): text(cell) for cell in source.cells if written(cell)}
    cells = []
    for cell in nb.cells:
        cells.append(cell)
        if written(cell) and (rubric := said.get(mark_name(cell))):
            cells.append(new_markdown_cell(rubric, metadata={RUBRIC: mark_name(cell)}))
    nb.cells = cells


def written(cell: Any) -> bool:
    """Whether it is a written question's answer."""
    mark = cell["metadata"].get("nbgrader", {})
    return bool(cell["cell_type"] == "markdown" and mark.get("grade") and mark.get("solution"))


def without_names(nb: Any, student: Any) -> None:
    """Take a student's id, names and address out of what they wrote, as it is shown.

    The course's own texts stay as they are, the rubric and what the grader says too: whatever STUDENT is.
    """
    first, last = student.first_name or "", student.last_name or ""
    whole = [f"{first} {last}", f"{last} {first}", f"{last}, {first}"] if first and last else []
    known = {one.strip() for one in [student.id, student.email or "", *whole, says(nb)] if len(one.strip()) > 1}
    if not known:
        return
    longest = sorted(known, key=len, reverse=True)
    name = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)
    for cell in nb.cells:
        mark = cell["metadata"].get("nbgrader", {})
        if not (RUBRIC in cell["metadata"] or mark.get("locked") and not mark.get("solution")):
            cell.source = name.sub(HIDDEN, text(cell))
        for output in cell.get("outputs", []):
            if "text" in output and not text({"source": output.text}).startswith(SAYS):
                output.text = name.sub(HIDDEN, text({"source": output.text}))
            for kind, value in output.get("data", {}).items():
                if kind.startswith("text/") and isinstance(value, str | list):
                    output.data[kind] = name.sub(HIDDEN, "".join(value))
