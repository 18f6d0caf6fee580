"""The students' pages: the submission with its marks and reasons, without hidden tests."""

import re
import shutil

from course_lib.grading import gradebook, records
from course_lib.grading.course import Course, GradingError
from course_lib.grading.release.source import BEGIN

WRAPPED = "<style>.output_area pre { white-space: pre-wrap }</style></head>"  # long lines stay in sight
ENTRY = re.compile(r'(<a href="#([\w-]+?)(?:-test)?">)(?:Test cell|Written response)(?=</a>)')  # in the list at the top
WAITS = '<p style="margin: 1em"><strong>The written answer is not marked yet: the score is without it.</strong></p>'
TOP = '<div class="panel-heading">'


def write_feedback(course: Course, chosen: list[tuple[str, str]]) -> int:
    """Write a page for each of these that is graded; how many. A submission that did not run has none.

    Raises GradingError at the end where a page could not be written.
    """
    written, failed = 0, []
    for name, who in chosen:
        place = course.home / "feedback" / who / name
        with course.gradebook() as book:
            record, entry, why = records.standing(course, book, name, who)
            graded = not why and record.status == records.GRADED
            waits = graded and any(grade.needs_manual_grade for grade in gradebook.grades(entry))
        if graded and not (fault := write_page(course, name, who, waits)):
            written += 1
            continue
        shutil.rmtree(place, ignore_errors=True)
        failed += [f"{who}, {name}: {fault}"] if graded else []
    if failed:  # one student's page keeps no other's back
        raise GradingError("\n".join([f"{written} pages were written, but:", *failed]))
    return written


def write_page(course: Course, name: str, who: str, waits: bool) -> str:
    """Write one page; why it could not be written, or "". waits: whether points are still to be given by hand."""
    from nbgrader.converters.base import NbGraderException

    try:
        gradebook.convert("GenerateFeedback", course.database, name, who)
    except NbGraderException as error:
        return f"nbgrader could not write the page: {error}"
    page = course.home / "feedback" / who / name / f"{name}.html"
    if not page.is_file() or BEGIN in (looks := page.read_text("utf-8")):
        return "the page would show a hidden test; it was not written"
    looks = ENTRY.sub(r"\1\2", looks).replace("</head>", WRAPPED, 1)
    page.write_text(looks.replace(TOP, WAITS + TOP, 1) if waits else looks, "utf-8")
    return ""
