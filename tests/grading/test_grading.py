"""The whole of it with a small class: release, hand in, grade, kill, resume, feedback, report, regrade."""

import csv
import html
import json
import os
import re
import subprocess
import sys

import pytest

from course_lib.ground import ROOT
from tests import needs

needs.nbgrader()
needs.sandbox()

from course_lib.grading import gradebook, records  # noqa: E402
from tests.grading import classroom  # noqa: E402

TROUBLES = {"pca": "blank", "circle": "broken", "mnist": "late"}
TROUBLES |= {"sparse": "hostile", "denoising": "crash", "vae": "absent"}


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A good one and one with slips in each assignment, and in six of them one with a trouble; graded in two goes."""
    course = classroom.new_course(tmp_path_factory.mktemp("term") / "grading")
    expected = {}
    for number, name in enumerate(course.released()):
        for kind in filter(None, ("good", "slips", TROUBLES.get(name))):
            student = f"{kind}.{len(kind)}"
            expected[name, student] = classroom.hand_in(course, name, student, kind, number)
    for name, student in [(name, f"{kind}.{len(kind)}") for name in course.released() for kind in TROUBLES.values()]:
        expected.setdefault((name, student), classroom.Expected("not submitted"))
    classroom.enrol(course, sorted({student for _, student in expected}))
    handed_in = len(course.submissions())
    before = classroom.start_and_kill(course, 2, 0.4, handed_in)
    records = {file: file.stat().st_mtime_ns for file in course.home.glob("state/*/*.json")}
    finished = [file for file in records if '"running"' not in file.read_text("utf-8")]
    said = classroom.grading(course, "autograde", "--jobs", "2", "--resume").stdout
    again = [file for file in finished if file.stat().st_mtime_ns != records[file]]
    classroom.grading(course, "feedback")
    summary = classroom.grading(course, "report").stdout
    return {"course": course, "expected": expected, "before": before, "handed_in": handed_in, "said": said,
            "again": again, "summary": summary}  # fmt: skip


def table(course, name):
    """A CSV of the report."""
    with open(course.home / "report" / name, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def everything(*folders):
    """All text in these folders."""
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file() and file.suffix != ".zip"]
    return "\n".join(file.read_text("utf-8") for file in files)


# -- marks ----------------------------------------------------------------------------------------------------


def test_every_mark_is_as_expected(term):
    assert not classroom.wrong(term["course"], term["expected"])


def test_the_command_was_killed_in_the_middle_and_nothing_was_graded_twice(term):
    assert 0 < term["before"] < term["handed_in"] and not term["again"]
    assert "are graded already" in term["said"]


def test_the_reference_earns_all_without_a_word_on_stderr(term):
    course = term["course"]
    for name in course.released():
        record = records.read(course, name, "good.4")
        with course.gradebook() as book:
            given = gradebook.points(book.find_submission(name, "good.4"))
        assert given == {name: question["points"] for name, question in course.key(name)["questions"].items()}
        assert not record.flags and not record.notes
        notebook = json.loads((course.home / "autograded" / "good.4" / name / f"{name}.ipynb").read_text("utf-8"))
        outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
        assert not [one for one in outputs if one.get("name") == "stderr" or one["output_type"] == "error"]


def test_a_slip_is_named_on_the_students_page(term):
    course = term["course"]
    for name in course.released():
        page = (course.home / "feedback" / "slips.5" / name / f"{name}.html").read_text("utf-8")
        slips = [question["slip"] for question in records.read(course, name, "slips.5").questions.values()]
        assert len(slips) == 5 and page.count("It looks like this slip") == 5


def test_a_submission_takes_less_than_twenty_seconds_of_cpu(term):
    course = term["course"]
    spent = {pair: records.read(course, *pair).cpu for pair in course.submissions()}
    assert all(seconds < 20 for seconds in spent.values()), spent


def test_tampering_is_on_the_attention_list_and_earns_nothing(term):
    reasons = [reason for _, student, reason in table(term["course"], "attention.csv") if student == "hostile.7"]
    assert any("was the kernel changed?" in reason and "assert" in reason for reason in reasons)


# -- what students and instructors are given ------------------------------------------------------------------


def test_feedback_shows_no_hidden_test(term):
    text = everything(term["course"].home / "feedback")
    assert "probe(" not in text and "HIDDEN" not in text and term["course"].secret not in text


def test_a_release_holds_no_solution_no_hidden_test_and_no_secret(term):
    text = everything(term["course"].home / "release")
    for word in ("BEGIN SOLUTION", "BEGIN HIDDEN", "probe(", "draw(", "# %%", term["course"].secret):
        assert word not in text
    assert 'raise NotImplementedError(\\"your answer here\\")' in text


def test_marks_are_empty_and_never_0_where_there_is_none(term):
    head, most, *rows = table(term["course"], "canvas.csv")
    marks = {row[3]: dict(zip(head[5:], row[5:], strict=True)) for row in rows}
    assert most[5:] == ["20"] * len(term["course"].released()) and rows[0][0].startswith("Lovelace, ")
    assert marks["crash.5"]["denoising"] == "" and marks["absent.6"]["vae"] == "" and marks["good.4"]["pca"] == ""
    assert marks["blank.5"]["pca"] == "0"  # an empty written answer needs no person
    head, *rows = table(term["course"], "moodle.csv")
    assert head[:2] == ["Username", "Email address"] and ["good.4", "good.4@example.org"] in [row[:2] for row in rows]


def test_the_report_has_a_page_for_each_question(term):
    course = term["course"]
    for name in course.released():
        for question in course.key(name)["questions"]:
            page = (course.home / "report" / f"{name}-{question}.html").read_text("utf-8")
            assert "Mean <strong>" in page and 'alt="Histogram of the points' in page
            assert records.read(course, name, "slips.5").questions[question]["slip"] in html.unescape(page)


def test_nothing_is_left_running(term):
    answer = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert str(term["course"].home) not in answer


def test_a_page_says_that_points_are_still_to_come(term):
    pages = {who: term["course"].home / "feedback" / who / "pca" / "pca.html" for who in ("good.4", "blank.5")}
    said = {who: "not marked yet" in page.read_text("utf-8") for who, page in pages.items()}
    assert said == {"good.4": True, "blank.5": False}


def test_a_page_names_its_questions_and_needs_no_scrolling_to_the_side(term):
    page = (term["course"].home / "feedback" / "slips.5" / "pca" / "pca.html").read_text("utf-8")
    listed = re.findall(r'<li><a href="#[\w-]+">([^<]+)</a> \(Score', page)
    assert listed == ["hand", "least", "recode", "loadings", "compress", "why"]
    assert "white-space: pre-wrap" in page[: page.index("<body")]


# -- afterwards (these change the class: they stand last, in this order) ---------------------------------------


def row(course, assignment, student):
    """The report's row of one student."""
    from course_lib.grading.report.marks import collect

    return next(one for one in collect(course) if (one.assignment, one.student) == (assignment, student))


def test_points_by_hand_make_a_mark_final_and_survive_a_regrade(term):
    course = term["course"]
    with course.gradebook() as book:
        [notebook] = book.find_submission("pca", "good.4").notebooks
        [grade] = [one for one in notebook.grades if one.needs_manual_grade]
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        book.db.commit()
    assert row(course, "pca", "good.4").score == 19.5
    classroom.grading(course, "autograde", "pca", "--student", "good.4")
    with course.gradebook() as book:
        assert book.find_submission("pca", "good.4").score == 19.5
    assert row(course, "pca", "good.4").status in ("graded", "waits for a person")


def test_a_failed_regrade_never_leaves_the_old_mark_looking_fresh(term):
    course = term["course"]
    file = course.home / "submitted" / "good.4" / "circle" / "circle.ipynb"
    whole = file.read_text("utf-8")
    file.write_text("{broken", "utf-8")
    stale = row(course, "circle", "good.4")
    assert stale.score is None and stale.automatic is None and "changed since" in stale.reasons[0]
    assert classroom.grading(course, "autograde", "circle", "--student", "good.4").returncode == 3
    failed = row(course, "circle", "good.4")
    assert (failed.status, failed.automatic, failed.score) == ("did not run", None, None)
    assert not list((course.home / "feedback" / "good.4").glob("circle/*"))
    with course.gradebook() as book:
        assert book.find_submission("circle", "good.4").score == 0
    file.write_text(whole, "utf-8")
    classroom.grading(course, "autograde", "circle", "--resume")
    assert row(course, "circle", "good.4").automatic == 17


def test_without_bubblewrap_nothing_is_run(term, tmp_path):
    env = dict(os.environ, PATH=str(tmp_path))
    command = [sys.executable, "-m", "course_lib.grading", "autograde", "--folder", str(term["course"].home)]
    answer = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert answer.returncode == 1 and "bubblewrap isn't installed" in answer.stderr
    assert "--i-trust-these-students" in answer.stderr and "Traceback" not in answer.stderr
