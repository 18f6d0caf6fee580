"""nbgrader's gradebook: points, comments and lateness stand here, and nowhere else."""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_lib.grading import server
from course_lib.grading.compare import penalty
from course_lib.grading.settings import Settings
from course_lib.grading.upkeep import faults

COURSE = "autoencoders"


def url(database: Path) -> str:
    """The gradebook as SQLAlchemy names it; several processes wait for each other. Raises GradingError."""
    return server.elsewhere(database) or f"sqlite:///{database}?timeout=120"


@contextlib.contextmanager
def opened(database: Path) -> Iterator[Any]:
    """The gradebook, opened; it is made where there is none."""
    from nbgrader.api import Gradebook

    tools = f"{sys.prefix}{os.sep}{'Scripts' if os.name == 'nt' else 'bin'}"  # nbgrader looks for alembic on PATH
    if tools not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([tools, os.environ.get("PATH", "")])
    with Gradebook(url(database), COURSE) as book:
        yield book


def convert(
    converter: str, database: Path, assignment: str, student: str = "", root: Path | None = None,
    grades: type | None = None,
) -> None:  # fmt: skip
    """Let one of nbgrader's converters work in a folder (the gradebook's). Raises NbGraderException with its reason, or
    what the machine raised, a full disk say. grades: what reads the points for a page (nbgrader's own)."""
    from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
    from nbgrader import converters
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import ClearHiddenTests, GetGrades
    from traitlets.config import Config

    c = Config()
    c.CourseDirectory.root = str(root or database.parent)
    c.CourseDirectory.course_id, c.CourseDirectory.db_url = COURSE, url(database)
    c.CourseDirectory.assignment_id = assignment
    if student:
        c.CourseDirectory.student_id = student
    c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your answer here")'}
    c.GenerateFeedback.preprocessors = [grades or GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]
    c.HTMLExporter.sanitize_html = True
    work = getattr(converters, converter)(coursedir=CourseDirectory(config=c), config=c)
    work.force = True
    with faults.causes(work.log) as swallowed:
        try:
            work.start()
        except NbGraderException as error:
            if not swallowed:
                raise
            if faults.said(swallowed[0], database.parent):
                raise swallowed[0] from error
            raise NbGraderException(f"{type(swallowed[0]).__name__}: {swallowed[0]}") from swallowed[0]


def find(book: Any, assignment: str, student: str) -> Any:
    """A student's submission in the gradebook; None where there is none."""
    from nbgrader.api import MissingEntry

    with contextlib.suppress(MissingEntry):
        return book.find_submission(assignment, student)


def at_once(book: Any) -> list[Any]:
    """All submissions with their grades, in a few questions; while the list is held, nothing of it is asked again."""
    from nbgrader.api import Grade, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy.orm import selectinload

    notebooks = selectinload(SubmittedAssignment.notebooks)
    with_grades = notebooks.selectinload(SubmittedNotebook.grades).selectinload(Grade.cell)
    of = [selectinload(SubmittedAssignment.assignment), selectinload(SubmittedAssignment.student)]
    return book.db.query(SubmittedAssignment).options(with_grades, *of).all()


def grades(submission: Any) -> list[Any]:
    """The grades of its questions, written ones and others."""
    return [grade for notebook in submission.notebooks for grade in notebook.grades]


def points(submission: Any) -> dict[str, float]:
    """What the tests gave, by question."""
    found = {grade.name: grade.auto_score for grade in grades(submission) if grade.auto_score is not None}
    return {name.removesuffix("-test"): score for name, score in found.items()}


def seal(submission: Any) -> str:
    """A digest of what the tests gave: by it a record knows whether the gradebook holds the grading it tells of."""
    return hashlib.sha256(json.dumps(sorted(points(submission).items())).encode()).hexdigest()


def forget(book: Any, assignment: str, student: str) -> None:
    """Take back what an earlier grading gave; what was given by hand stays."""
    if submission := find(book, assignment, student):
        submission.timestamp = None  # told anew from the file; where that is gone, it isn't late
        for grade in grades(submission):
            grade.auto_score, grade.needs_manual_grade = None, True
        book.db.commit()


def enter(
    book: Any, assignment: str, student: str, points: dict[str, float], blank: set[str], at: str, settings: Settings,
    good: dict[str, tuple[Any, Any]] | None = None,
) -> str:  # fmt: skip
    """Write down one grading, all of it or nothing; its seal.

    points: by question, as tests gave them; blank: the cells that were left as they were released: a written answer
    earns 0 then, any other waits for a person, as does a question that was once marked by hand, unless its answer is
    the same (good: see `hand.marked.still_good`); at: when it was handed in, "" for on time.
    """
    book.update_or_create_student(student)
    submission = book.update_or_create_submission(assignment, student, timestamp=at or None)
    for grade in grades(submission):
        grade.auto_score = points.get(grade.name.removesuffix("-test"), 0.0 if grade.name in blank else None)
        by_hand, now = grade.manual_score is not None, (grade.auto_score, grade.manual_score)
        same = by_hand and (good or {}).get(grade.name) == now
        grade.needs_manual_grade = not same if by_hand else grade.auto_score is None
    for comment in (comment for notebook in submission.notebooks for comment in notebook.comments):
        comment.auto_comment = "No response." if comment.name in blank else None
    submission.assignment.duedate = settings.due(assignment)  # nbgrader can't add an extension to none
    submission.extension = settings.extension(assignment, student)
    book.db.flush()
    book.db.expire_all()  # sums are made by the database
    take_off(submission, settings.per_day, settings.points.get(assignment, {}))
    book.db.commit()
    return seal(submission)


def factor(grade: Any, maxima: dict[str, float]) -> float:
    """By what a grade's points are multiplied: its question may be worth more, less or nothing since the release."""
    question = grade.name.removesuffix("-test")
    return maxima[question] / grade.max_score if question in maxima and grade.max_score else 1.0


def scores(notebooks: list[Any], maxima: dict[str, float]) -> tuple[float, float]:
    """Points and maximum of these, with the maxima that course.toml gives in place of the release's."""
    if not maxima:  # the database has summed
        return float(sum(one.score for one in notebooks)), float(sum(one.max_score for one in notebooks))
    found = [(grade, factor(grade, maxima)) for notebook in notebooks for grade in notebook.grades]
    return sum((grade.score or 0) * by for grade, by in found), sum(grade.max_score * by for grade, by in found)


def take_off(submission: Any, per_day: float, maxima: dict[str, float]) -> None:
    """Bring the penalty for lateness up to date."""
    late = submission.total_seconds_late
    for notebook in submission.notebooks:
        score = scores([notebook], maxima)[0] if late and per_day else 0.0
        notebook.late_submission_penalty = penalty(score, per_day, late) or None


def settle(book: Any, released: list[str], settings: Settings) -> None:
    """Bring due dates, extensions and penalties up to date: settings and points by hand change after the grading."""
    for name in released:
        book.find_assignment(name).duedate = settings.due(name)
    for submission in at_once(book):
        if (name := submission.name) in released:
            submission.extension = settings.extension(name, submission.student_id)
            take_off(submission, settings.per_day, settings.points.get(name, {}))
    book.db.commit()
