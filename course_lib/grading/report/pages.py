"""The report: tables of marks, what needs a person's attention, and a page for each question."""

import base64
import html
import io
import statistics
from collections import Counter
from typing import Any

from course_lib.grading.course import Course, shown, write
from course_lib.grading.report.marks import GRADED, WAITS, Row, collect, write_tables

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } th, td { border: 1px solid #767676; padding: .3rem .6rem;
text-align: left; vertical-align: top } th { background: #eee } td.number { text-align: right }
td.short { white-space: nowrap } a { color: #00529b }
"""


def write_report(course: Course) -> str:
    """Write everything into grading/report; a summary in a few lines."""
    rows, folder = collect(course), course.folder("report")
    write_tables(rows, folder)
    pages = []
    for name in course.released():
        key = course.key(name)
        mine = [row for row in rows if row.assignment == name]
        for question, about in key["questions"].items():
            page = f"{name}-{question}.html"
            states = [row.state["questions"].get(question) for row in mine if row.status in (GRADED, WAITS)]
            answers = [state for state in states if state]
            write(folder / page, question_page(name, question, about, answers))
            pages.append((name, question, page, answers, about["points"]))
    write(folder / "index.html", index_page(rows, pages))
    done = sum(row.status == GRADED for row in rows)
    wait = sum(row.status == WAITS for row in rows)
    doubts = sum(bool(row.reasons) for row in rows)
    return (
        f"{len(rows)} marks: {done} final, {wait} wait for a person, {len(rows) - done - wait} empty; {doubts} on the "
        f"attention list.\n{shown(folder)}: index.html, marks.csv, canvas.csv, moodle.csv, attention.csv"
    )


def page(title: str, body: str) -> str:
    """A whole page."""
    title = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body><main><h1>{title}</h1>\n{body}\n</main></body></html>\n"
    )


def rows_of(head: list[str], lines: list[list[Any]]) -> str:
    """A table; everything in it is text."""
    top = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in head)
    cells = [
        "".join(
            f'<td class="number">{one:g}</td>' if isinstance(one, int | float) else f"<td>{html.escape(str(one))}</td>"
            for one in line
        )
        for line in lines
    ]
    return (
        f"<table><thead><tr>{top}</tr></thead><tbody>"
        + "".join(f"<tr>{one}</tr>" for one in cells)
        + "</tbody></table>"
    )


def numbers(answers: list[dict[str, Any]]) -> tuple[float, float]:
    """Mean and standard deviation of the points (0 for fewer than two answers)."""
    points = [answer["points"] for answer in answers]
    return statistics.fmean(points), statistics.stdev(points) if len(points) > 1 else 0.0


def question_page(name: str, question: str, about: dict[str, Any], answers: list[dict[str, Any]]) -> str:
    """Mean, spread, histogram, the parts and the commonest slips of one question."""
    title = f"{name}: {question}"
    if not answers:
        return page(title, "<p>Nothing is graded yet.</p>")
    mean, spread = numbers(answers)
    tried = [answer for answer in answers if answer["attempted"]]
    slips = Counter(answer["slip"] for answer in tried if answer["slip"])
    lost = sum(answer["points"] < about["points"] for answer in tried)
    parts = [
        [part["name"], part["points"], sum(one["lines"][i].startswith("✓") for one in answers if i < len(one["lines"]))]
        for i, part in enumerate(about["parts"])
    ]
    alt = f"Histogram of the points: mean {mean:.2f} of {about['points']:g}, {len(answers)} students"
    body = [
        f"<p>{len(answers)} graded, {len(tried)} attempted. Mean <strong>{mean:.2f}</strong> of {about['points']:g} "
        f"points, standard deviation {spread:.2f}.</p>",
        f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{histogram(answers, about["points"])}">',
        "<h2>The parts</h2>", rows_of(["part", "points", "students who have it"], parts),
        "<h2>The commonest slips</h2>",
        rows_of(["slip", "students"], slips.most_common()) if slips else "<p>None that has a name.</p>",
        f"<p>{lost - sum(slips.values())} more lost points in a way that no slip of the bank explains.</p>",
        '<p><a href="index.html">All questions</a></p>',
    ]  # fmt: skip
    return page(title, "\n".join(body))


def histogram(answers: list[dict[str, Any]], most: float) -> str:
    """A picture of how many students have how many points, as base64."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    counts = Counter(round(2 * answer["points"]) / 2 for answer in answers)
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
    lines = []
    for name, question, link, answers, most in pages:
        mean = f"{numbers(answers)[0]:.2f} of {most:g}" if answers else "nothing graded yet"
        slips = Counter(answer["slip"] for answer in answers if answer["slip"]).most_common(1)
        common = f"{html.escape(slips[0][0])} ({slips[0][1]})" if slips else ""
        title = html.escape(f"{name}: {question}")
        lines.append(f'<tr><td><a href="{link}">{title}</a></td><td class="short">{mean}</td><td>{common}</td></tr>')
    doubts = [[row.assignment, row.student, reason] for row in rows for reason in row.reasons]
    who = sum(bool(row.reasons) for row in rows)
    body = [
        f"<p><a href='#attention'>For your attention: {who} of {len(rows)}</a>. "
        f"{sum(row.status == WAITS for row in rows)} wait for a person.</p>",
        "<p>The marks: <a href='marks.csv'>marks.csv</a>, <a href='canvas.csv'>for Canvas</a>, "
        "<a href='moodle.csv'>for Moodle</a>. An empty mark means: not submitted, did not run, or waits for a person."
        "</p>",
        "<h2>Questions</h2><table><thead><tr><th>question</th><th>mean</th><th>commonest slip</th></tr></thead><tbody>",
        *lines, "</tbody></table>",
        f"<h2 id='attention'>For your attention ({len(doubts)})</h2>",
        rows_of(["assignment", "student", "reason"], doubts) if doubts else "<p>Nothing.</p>",
    ]  # fmt: skip
    return page("Report of the class", "\n".join(body))
