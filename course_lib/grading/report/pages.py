"""The report: tables of marks, what needs a person's attention, and a page for each question."""

import base64
import io
import statistics
from collections import Counter
from typing import Any

from course_lib.grading.course import Course, shown
from course_lib.grading.report.marks import GRADED, WAITS, Row, collect, write_tables
from course_lib.ground import write

TABLE = """{% macro table(head, lines) %}
<table><thead><tr>{% for one in head %}<th scope="col">{{ one }}</th>{% endfor %}</tr></thead><tbody>
{% for line in lines %}
<tr>{% for one in line %}
{% if one is number %}<td class="number">{{ "%g" % one }}</td>{% else %}<td>{{ one }}</td>{% endif %}
{% endfor %}</tr>
{% endfor %}
</tbody></table>{% endmacro %}
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width"><style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } th, td { border: 1px solid #767676; padding: .3rem .6rem;
text-align: left; vertical-align: top } th { background: #eee } td.number { text-align: right }
td.short { white-space: nowrap } a { color: #00529b }
</style></head>
<body><main><h1>{{ title }}</h1>
{% block body %}{% endblock %}
</main></body></html>
"""
QUESTION = """{% extends "page" %}{% from "table" import table %}{% block body %}
{% if not answers %}
<p>Nothing is graded yet.</p>
{% else %}
<p>{{ answers | length }} graded, {{ tried }} attempted. Mean <strong>{{ "%.2f" % mean }}</strong> of \
{{ "%g" % most }} points, standard deviation {{ "%.2f" % spread }}.</p>
<img alt="Histogram of the points: mean {{ "%.2f" % mean }} of {{ "%g" % most }}, {{ answers | length }} students" \
src="data:image/png;base64,{{ picture }}">
<h2>The parts</h2>
{{ table(["part", "points", "students who have it"], parts) }}
<h2>The commonest slips</h2>
{% if slips %}{{ table(["slip", "students"], slips) }}{% else %}<p>None that has a name.</p>{% endif %}

<p>{{ unexplained }} more lost points in a way that no slip of the bank explains.</p>
<p><a href="index.html">All questions</a></p>
{% endif %}{% endblock %}
"""
INDEX = """{% extends "page" %}{% from "table" import table %}{% block body %}
<p><a href="#attention">For your attention: {{ who }} of {{ rows | length }}</a>. {{ wait }} wait for a person.</p>
<p>The marks: <a href="marks.csv">marks.csv</a>, <a href="canvas.csv">for Canvas</a>, <a href="moodle.csv">for \
Moodle</a>. An empty mark means: not submitted, did not run, or waits for a person.</p>
<h2>Questions</h2>
<table><thead><tr><th>question</th><th>mean</th><th>commonest slip</th></tr></thead><tbody>
{% for name, link, mean, slip in questions %}
<tr><td><a href="{{ link }}">{{ name }}</a></td><td class="short">{{ mean }}</td><td>{{ slip }}</td></tr>
{% endfor %}
</tbody></table>
<h2 id="attention">For your attention ({{ doubts | length }})</h2>
{% if doubts %}{{ table(["assignment", "student", "reason"], doubts) }}{% else %}<p>Nothing.</p>{% endif %}
{% endblock %}
"""


def page(template: str, **about: Any) -> str:
    """A whole page; everything that it is told is text."""
    from jinja2 import DictLoader, Environment

    loader = DictLoader({"page": PAGE, "table": TABLE, "question": QUESTION, "index": INDEX})
    return Environment(loader=loader, autoescape=True, trim_blocks=True).get_template(template).render(about)


def write_report(course: Course) -> str:
    """Write everything into grading/report; a summary in a few lines."""
    rows, folder = collect(course), course.folder("report")
    write_tables(rows, folder)
    pages = []
    for name in course.released():
        final = [row for row in rows if row.assignment == name and row.status in (GRADED, WAITS)]
        for question, about in course.key(name)["questions"].items():
            answers = [
                row.record.questions[question] | {"points": row.points[question]}
                for row in final
                if question in row.record.questions
            ]
            pages.append((name, question, f"{name}-{question}.html", answers, about["points"]))
            write(folder / pages[-1][2], question_page(name, question, about, answers))
    write(folder / "index.html", index_page(rows, pages))
    done = sum(row.status == GRADED for row in rows)
    wait = sum(row.status == WAITS for row in rows)
    doubts = sum(bool(row.reasons) for row in rows)
    return (
        f"{len(rows)} marks: {done} final, {wait} wait for a person, {len(rows) - done - wait} empty; {doubts} on the "
        f"attention list.\n{shown(folder)}: index.html, marks.csv, canvas.csv, moodle.csv, attention.csv"
    )


def question_page(name: str, question: str, about: dict[str, Any], answers: list[dict[str, Any]]) -> str:
    """Mean, spread, histogram, the parts and the commonest slips of one question.

    answers: for each student points, attempted, slip, and which of the parts are right.
    """
    title, most = f"{name}: {question}", about["points"]
    if not answers:
        return page("question", title=title)
    points = [answer["points"] for answer in answers]
    tried = [answer for answer in answers if answer["attempted"]]
    slips = Counter(answer["slip"] for answer in tried if answer["slip"])
    parts = [
        (part["name"], part["points"], sum(any(answer["right"][i : i + 1]) for answer in answers))
        for i, part in enumerate(about["parts"])
    ]
    return page(
        "question", title=title, answers=answers, tried=len(tried), most=most, mean=statistics.fmean(points),
        spread=statistics.stdev(points) if len(points) > 1 else 0.0, parts=parts, slips=slips.most_common(),
        unexplained=sum(answer["points"] < most for answer in tried) - sum(slips.values()),
        picture=histogram(points, most),
    )  # fmt: skip


def histogram(points: list[float], most: float) -> str:
    """A picture of how many students have how many points, as base64."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    counts = Counter(round(2 * one) / 2 for one in points)
    figure = Figure(figsize=(6, 3), layout="constrained")
    axes = figure.subplots()
    bars = axes.bar(list(counts), list(counts.values()), width=0.4, color="#0072b2")
    axes.bar_label(bars, fontsize=11)
    axes.set(xlabel=f"points of {most:g}", ylabel="students", xlim=(-0.5, most + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(y=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110)
    return base64.b64encode(out.getvalue()).decode()


def index_page(rows: list[Row], pages: list[tuple]) -> str:
    """The way to everything, and the attention list."""
    questions = []
    for name, question, link, answers, most in pages:
        mean = "nothing graded yet"
        if answers:
            mean = f"{statistics.fmean(answer['points'] for answer in answers):.2f} of {most:g}"
        slips = Counter(answer["slip"] for answer in answers if answer["slip"]).most_common(1)
        questions.append((f"{name}: {question}", link, mean, " ".join(f"{slip} ({count})" for slip, count in slips)))
    doubts = [(row.assignment, row.student, reason) for row in rows for reason in row.reasons]
    return page(
        "index", title="Report of the class", rows=rows, questions=questions, doubts=doubts,
        who=sum(bool(row.reasons) for row in rows), wait=sum(row.status == WAITS for row in rows),
    )  # fmt: skip
