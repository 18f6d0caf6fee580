"""From a submission to its points: one truth, in nbgrader's own gradebook; nothing half written is in force."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests import needs

needs.nbgrader()

from course_lib.grading import gradebook, records  # noqa: E402
from course_lib.grading.autograde import attempt, home, pool  # noqa: E402
from course_lib.grading.autograde.home import Job  # noqa: E402
from course_lib.grading.autograde.worker import grade  # noqa: E402
from course_lib.grading.records import Record  # noqa: E402
from course_lib.grading.report.feedback import write_feedback  # noqa: E402
from course_lib.grading.report.marks import collect  # noqa: E402
from course_lib.grading.settings import Settings  # noqa: E402
from course_lib.grading.upkeep.secret import old_seed_of  # noqa: E402
from course_lib.handin import drawn  # noqa: E402
from tests.grading import hostile  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402

PAIR = NAME, "honest-good"
ALL_RIGHT = {"soft": 3, "double": 2, "spread": 2}


@pytest.fixture
def course(tiny, monkeypatch):
    """A submission is handed in, late by two days begun, and no kernel is needed: all that comes out is right."""
    (tiny.home / "course.toml").write_text("[due]\ntiny = 2026-03-01T12:00:00Z\n[late]\npoints_per_day = 2")
    tiny.settle()
    hostile.hand_in(tiny.home, PAIR[1], {})
    (tiny.home / "submitted" / PAIR[1] / NAME / "timestamp.txt").write_text("2026-03-02 18:00:00 UTC")
    monkeypatch.setattr(attempt, "run", answers(tiny))
    return tiny


def answers(course, **sent):
    """What stands where the kernel is run: the right values are sent, but for these questions'."""
    key, numbers = course.key(NAME), drawn(PAIR[1], course.salt(NAME), course.key(NAME)["choices"])

    def run(nb, *given):
        right = {}
        for name, about in key["questions"].items():
            own = json.dumps(numbers, sort_keys=True) if about["personal"] else ""
            names = [part["name"] for part in about["parts"]]
            right[name] = {part: [one] for part, one in zip(names, about["expected"][own], strict=True)}
        return attempt.Ran(sent=right | sent, flags=["a question, with its evidence"])

    return run


def job(course):
    """The submission as a job."""
    return Job(str(course.home), str(course.sources), *PAIR, 120.0, 20.0, 4096)


def row(course):
    """The report's row."""
    return next(one for one in collect(course) if one.student == PAIR[1])


def test_a_job_travels_as_json(course):
    there = json.loads(json.dumps(asdict(job(course))))
    assert Job(**there) == job(course) and {type(value) for value in there.values()} <= {str, float, int, bool}
    assert grade(Job(**there)).status == "graded", "all that is needed is found by its paths"


def test_the_answer_of_a_worker_is_the_record(course):
    record = grade(job(course))
    assert Record(**json.loads(json.dumps(asdict(record)))) == record == records.read(course, *PAIR)


def test_points_comments_and_lateness_stand_in_the_gradebook_and_evidence_in_the_record(course):
    record = grade(job(course))
    with course.gradebook() as book:
        entry = book.find_submission(*PAIR)
        assert gradebook.points(entry) == ALL_RIGHT and entry.score == 7 and entry.max_score == 10
        assert entry.total_seconds_late == 30 * 3600 and entry.notebooks[0].late_submission_penalty == 4
        waits = {one.name: one.needs_manual_grade for one in gradebook.grades(entry)}
        assert waits == {"soft-test": False, "double-test": False, "spread-test": False, "why": True}
        assert {one.auto_comment for one in entry.notebooks[0].comments} == {None}
    assert record.questions["soft"] == {"slip": "", "attempted": True, "right": [True, True]}
    assert record.flags == ["a question, with its evidence"]
    numbers = [value for value in asdict(record).values() if type(value) in (int, float)]
    assert numbers == [record.seconds, record.cpu, record.kernel_cpu], "no points"
    cells = json.loads((course.home / "autograded" / PAIR[1] / NAME / f"{NAME}.ipynb").read_text("utf-8"))["cells"]
    outputs = [one for cell in cells for one in cell.get("outputs", [])]
    assert {one["output_type"] for one in outputs} == {"stream"}, "no points as outputs"
    assert "unseen_batch" in json.dumps(cells), "hidden tests stand in it for Formgrader"
    with course.gradebook() as book:
        known = {one.name: one.checksum for one in book.find_notebook(NAME, NAME).source_cells}
    marks = [cell["metadata"]["nbgrader"] for cell in cells if "nbgrader" in cell["metadata"]]
    assert {mark["grade_id"]: mark["checksum"] for mark in marks} == known, "what nbgrader knows of them"


def test_what_was_left_as_it_was_has_no_response_and_0_points(course):
    file = course.home / "submitted" / PAIR[1] / NAME / f"{NAME}.ipynb"
    file.write_bytes((course.home / "release" / NAME / f"{NAME}.ipynb").read_bytes())
    grade(job(course))
    with course.gradebook() as book:
        [notebook] = book.find_submission(*PAIR).notebooks
        assert {one.name: one.auto_comment for one in notebook.comments} == dict.fromkeys(
            ["soft", "double", "spread", "why"], "No response."
        )
        [written] = [one for one in notebook.grades if one.name == "why"]
        assert written.auto_score == 0 and not written.needs_manual_grade


def test_what_was_given_by_hand_stays_while_the_answer_does(course, monkeypatch):
    grade(job(course))
    with course.gradebook() as book:
        for one in gradebook.grades(book.find_submission(*PAIR)):
            if one.name in ("why", "soft-test"):
                one.manual_score, one.extra_credit, one.needs_manual_grade = 1.5, 0.5, False
        book.db.commit()
    course.settle()
    assert (row(course).status, row(course).score) == ("graded", 4 + 2 * 2 - 4)
    monkeypatch.setattr(attempt, "run", answers(course, double={}))
    grade(job(course))
    with course.gradebook() as book:
        entry = book.find_submission(*PAIR)
        assert gradebook.points(entry) == ALL_RIGHT | {"double": 0} and entry.score == 2 + 2 * 2
        again = {one.name for one in gradebook.grades(entry) if one.needs_manual_grade}
        assert again == set(), "test_byhand says when a person is to look again"


# -- what is cut off ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where", ["autograde.attempt.run", "autograde.home.put_out", "gradebook.enter", "records.keep"]
)
def test_what_ends_before_the_record_is_written_is_not_graded_yet(course, monkeypatch, where):
    """After a first grading with other points: neither the old ones nor the new are read, and it is tried again."""
    first = grade(job(course))
    keep = records.keep

    def cut(*given, **named):
        if where != "records.keep" or given[-1].status != "running":
            raise KeyboardInterrupt
        keep(*given)

    monkeypatch.setattr(attempt, "run", right := answers(course, soft={}))
    monkeypatch.setattr(f"course_lib.grading.{where}", cut)
    with pytest.raises(KeyboardInterrupt):
        grade(job(course))
    there = row(course)
    assert (there.status, there.automatic, there.score) == ("not graded yet", None, None)
    assert there.reasons[0] == records.CUT_OFF and write_feedback(course, [PAIR]) == 0
    assert pool.todo(course, [PAIR], True) == [PAIR]
    monkeypatch.undo()
    monkeypatch.setattr(attempt, "run", right)
    assert grade(job(course)).seal != first.seal and row(course).automatic == 4
    assert pool.todo(course, [PAIR], True) == []


def test_a_gradebook_of_another_time_is_not_read(course):
    """One that was put back from a copy: its points are none of this grading."""
    grade(job(course))
    with course.gradebook() as book:
        gradebook.enter(book, *PAIR, ALL_RIGHT | {"soft": 1.0}, set(), "", Settings())
    assert row(course).reasons[0] == records.ELSEWHERE and row(course).score is None
    assert pool.todo(course, [PAIR], True) == [PAIR] and write_feedback(course, [PAIR]) == 0


def test_a_submission_that_does_not_run_takes_the_old_points_away(course, monkeypatch):
    grade(job(course))
    monkeypatch.setattr(attempt, "run", lambda *given: attempt.Ran(stopped="it took too long", flags=["odd"]))
    record = grade(job(course))
    assert (record.status, record.reason, record.flags) == ("did not run", "it took too long", ["odd"])
    with course.gradebook() as book:
        entry = book.find_submission(*PAIR)
        assert entry.score == 0 and gradebook.points(entry) == {} and entry.timestamp is None
    assert not (course.home / "autograded" / PAIR[1] / NAME).exists()


# -- nbgrader's own tools on what we wrote --------------------------------------------------------------------------


def test_formgrader_finds_the_submission(course):
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    grade(job(course))
    c = Config()
    c.CourseDirectory.root, c.CourseDirectory.db_url = str(course.home), gradebook.url(course.database)
    c.CourseDirectory.course_id = gradebook.COURSE
    api = NbGraderAPI(CourseDirectory(config=c), config=c)
    [there] = api.get_submissions(NAME)
    assert there["autograded"] and there["score"] == 7 and there["needs_manual_grade"] and there["student"] == PAIR[1]
    [notebook] = api.get_notebook_submissions(NAME, NAME)
    assert (notebook["code_score"], notebook["max_code_score"], notebook["written_score"]) == (7, 7, 0)


def test_nbgraders_export_and_pages_have_the_points(course, tmp_path):
    from nbgrader.plugins import CsvExportPlugin

    grade(job(course))
    with course.gradebook() as book:
        CsvExportPlugin(to=str(tmp_path / "grades.csv")).export(book)
    with open(tmp_path / "grades.csv", newline="") as file:
        [line] = csv.DictReader(file)
    said = [float(line[one]) for one in ("raw_score", "late_submission_penalty", "score", "max_score")]
    assert said == [7, 4, 3, 10] and line["student_id"] == PAIR[1]
    assert write_feedback(course, [PAIR]) == 1
    page = (course.home / "feedback" / PAIR[1] / NAME / f"{NAME}.html").read_text("utf-8")
    assert "Score: 3.0 / 10.0" in page and "unseen_batch" not in page and "✓ any batch: 2 of 2" in page


@pytest.mark.parametrize("words", [["generate_feedback", NAME], ["export"]], ids=" ".join)
def test_nbgraders_commands_work_in_the_folder(course, words):
    """With the settings that stand there: pages without hidden tests, and a table."""
    grade(job(course))
    tools = str(Path(sys.executable).parent)
    env = dict(os.environ, PATH=os.pathsep.join([tools, os.environ["PATH"]]), PYTHONWARNINGS="ignore")
    command = [sys.executable, "-m", "nbgrader", *words]
    answer = subprocess.run(command, cwd=course.home, env=env, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    if words[0] == "export":
        assert ",7.0,4.0,3.0,10.0" in (course.home / "grades.csv").read_text("utf-8")
    else:
        page = (course.home / "feedback" / PAIR[1] / NAME / f"{NAME}.html").read_text("utf-8")
        assert "Score: 3.0 / 10.0" in page and "unseen_batch" not in page


def test_a_key_of_the_first_version_is_read(course):
    """It named no seeds: they were the first that the secret gave, of 31 bits."""
    file = course.home / "keys" / f"{NAME}.json"
    key = json.loads(file.read_text("utf-8"))
    del key["sha256"]
    for about in key["questions"].values():
        del about["seed"]
    seeds = {name: old_seed_of(course.secret, NAME, name) for name in key["questions"]}
    file.write_text(json.dumps(key))
    assert {name: about["seed"] for name, about in course.key(NAME)["questions"].items()} == seeds
    home.release.cache_clear()
    assert grade(replace(job(course), trusted=True)).status == "graded"
