"""The report: tables of marks, what needs a person's attention, and a page for each question."""

import base64
import io
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

from course_lib.grading.course import Course, shown
from course_lib.grading.report.fill import fill
from course_lib.grading.report.looks import page
from course_lib.grading.report.marks import GRADED, WAITS, Row, collect, write_tables
from course_lib.grading.report.platforms import identify, write_worksheets
from course_lib.grading.report.teams import write_teams
from course_lib.ground import write


def write_report(course: Course, exports: list[Path] | None = None) -> str:
    """Write everything into grading/report; a summary in a few lines.

    exports: tables of the platform's own, filled with our marks. Raises GradingError for one that is none.
    """
    return told(course, collect(course), exports or [])


def told(course: Course, rows: list[Row], exports: list[Path]) -> str:
    """The same of these rows."""
    from tqdm import tqdm

    folder, said = course.folder("report"), course.settings()
    identify(course, rows)
    filled = [fill(course, rows, export, folder) for export in exports]
    write_tables(rows, folder, said.weights)
    pages, worksheets = [], write_worksheets(course, rows, folder)
    teams = write_teams(rows, said, folder)
    for name in tqdm(course.released(), desc="The questions' pages", unit="assignment", delay=1, disable=None):
        final = [row for row in rows if row.assignment == name and row.status in (GRADED, WAITS)]
        maxima = said.points.get(name, {})
        for question, about in course.key(name)["questions"].items():
            about = worth(about, maxima.get(question, about["points"]))
            answers = [
                row.record.questions[question] | {"points": row.points[question]}
                for row in final
                if question in row.record.questions
            ]
            pages.append((name, question, f"{name}-{question}.html", answers, about["points"]))
            write(folder / pages[-1][2], question_page(name, question, about, answers))
    write(folder / "index.html", index_page(rows, pages, teams, worksheets))
    done = sum(row.status == GRADED for row in rows)
    wait = sum(row.status == WAITS for row in rows)
    doubts = sum(bool(row.reasons) for row in rows)
    files = ["index.html", "marks.csv", "totals.csv", "canvas.csv", "moodle.csv", "attention.csv", *worksheets]
    return "\n".join([
        f"{len(rows)} marks: {done} final, {wait} wait for a person, {len(rows) - done - wait} empty; {doubts} on the "
        "attention list.", f"{shown(folder)}: {', '.join(files)}", *filled,
    ])  # fmt: skip


def worth(about: dict[str, Any], points: float) -> dict[str, Any]:
    """A question of the key with another maximum, its parts with their share of it."""
    if points == about["points"] or not about["points"]:
        return about
    parts = [part | {"points": part["points"] * points / about["points"]} for part in about["parts"]]
    return about | {"points": points, "parts": parts}


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


def index_page(
    rows: list[Row], pages: list[tuple], teams: list[tuple] | None = None, worksheets: list[str] | None = None
) -> str:
    """The way to everything, and the attention list: a line for an assignment and a student."""
    questions = []
    for name, question, link, answers, most in pages:
        mean = "nothing graded yet" if most else "it doesn't count any more"
        if answers and most:
            mean = f"{statistics.fmean(answer['points'] for answer in answers):.2f} of {most:g}"
        slips = Counter(answer["slip"] for answer in answers if answer["slip"]).most_common(1)
        questions.append((f"{name}: {question}", link, mean, " ".join(f"{slip} ({count})" for slip, count in slips)))
    doubts = [(row.assignment, row.student, "; ".join(row.reasons)) for row in rows if row.reasons]
    return page(
        "index", title="Report of the class", rows=rows, questions=questions, doubts=doubts,
        wait=sum(row.status == WAITS for row in rows), teams=teams or [], worksheets=worksheets or [],
    )  # fmt: skip
