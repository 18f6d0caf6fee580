"""Submissions of the tiny assignment as a grading leaves them, made without a kernel."""

import json

from course_lib.grading import gradebook, records
from course_lib.grading.course import Course
from course_lib.grading.hand import marked
from course_lib.grading.records import Record
from course_lib.grading.submissions import stamps
from tests.grading import hostile
from tests.grading.hostile import NAME

FULL = {"soft": 3.0, "double": 2.0, "spread": 2.0}


def answered(course: Course, answers: dict[str, str], student: str = "", name: str = NAME, hidden=True) -> dict:
    """The released notebook with these answers, and (hidden) with its hidden tests."""
    notebook = json.loads((course.home / "release" / name / f"{name}.ipynb").read_text())
    tests = {hostile.mark_of(one): one["source"] for one in course.source(name).cells if hostile.mark_of(one)}
    for one in notebook["cells"]:
        if hostile.mark_of(one) in answers:
            one["source"] = answers[hostile.mark_of(one)]
        elif hidden and hostile.mark_of(one).endswith("-test"):
            one["source"] = tests[hostile.mark_of(one)]
        elif "".join(one["source"]).startswith("STUDENT ="):
            one["source"] = f'STUDENT = "{student}"'
    return notebook


def hand_in(course, student, why="Because it is so.", name=NAME):
    """A student's right answers, where submissions lie."""
    notebook = answered(course, hostile.RIGHT | {"why": why}, student, name, hidden=False)
    place = course.folder("submitted", student, name) / f"{name}.ipynb"
    place.write_text(json.dumps(notebook))
    return place


def graded(course, student, why="Because it is so.", points=None, at="", name=NAME, **about):
    """Hand in, and enter what a grading would: the notebook, the points, the record."""
    notebook = answered(course, hostile.RIGHT | {"why": why}, student, name)
    place = course.folder("submitted", student, name)
    (place / f"{name}.ipynb").write_text(json.dumps(notebook))
    if at:
        (place / stamps.STAMP).write_text(at)
    marked.remember(course, name, student)
    with course.gradebook() as book:
        gradebook.forget(book, name, student)
    (course.folder("autograded", student, name) / f"{name}.ipynb").write_text(json.dumps(notebook))
    points = FULL if points is None else points
    with course.gradebook() as book:
        good = marked.still_good(course, name, student, notebook["cells"])
        seal = gradebook.enter(book, name, student, points, set(), at, course.settings(), good)
    slips = {one: {"slip": "", "attempted": True, "right": [True]} for one in points}
    mark = records.fingerprint(course, name, student)
    records.keep(course, name, student, Record(**{"status": "graded", "fingerprint": mark, "seal": seal,
                                                  "questions": slips} | about))  # fmt: skip


def give(course, student, points, comment="", name=NAME, question="why"):
    """Points by hand, as nbgrader's own Formgrader writes them."""
    with course.gradebook() as book:
        grade = book.find_grade(question, name, name, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:
            book.find_comment(question, name, name, student).manual_comment = comment
        book.db.commit()


def by_hand(course, student, name=NAME, question="why"):
    """The points by hand, whether a person must look, and the comment."""
    with course.gradebook() as book:
        grade = book.find_grade(question, name, name, student)
        comment = book.find_comment(question, name, name, student).comment if question == "why" else None
        return grade.manual_score, grade.needs_manual_grade, comment
