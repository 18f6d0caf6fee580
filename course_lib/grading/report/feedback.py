"""The students' pages: the submission with its marks and reasons, without hidden tests."""

import re
import shutil

from course_lib.grading.autograde.worker import fingerprint
from course_lib.grading.course import Course, GradingError
from course_lib.grading.release.source import BEGIN

WRAPPED = "<style>.output_area pre { white-space: pre-wrap }</style></head>"  # long lines stay in sight
ENTRY = re.compile(r'(<a href="#([\w-]+?)(?:-test)?">)(?:Test cell|Written response)(?=</a>)')  # in the list at the top
WAITS = '<p style="margin: 1em"><strong>The written answer is not marked yet: the score is without it.</strong></p>'


def waits(course: Course, name: str, student: str) -> bool:
    """Whether points are still to be given by hand."""
    with course.gradebook() as book:
        notebooks = book.find_submission(name, student).notebooks
        return any(grade.needs_manual_grade for notebook in notebooks for grade in notebook.grades)


def write_feedback(course: Course, chosen: list[tuple[str, str]]) -> int:
    """Write a page for each of these that is graded; how many. A submission that did not run has none.

    Raises GradingError at the end where a page could not be written.
    """
    from nbgrader.converters import GenerateFeedback
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    written, failed = 0, []
    for name, who in chosen:
        place = course.home / "feedback" / who / name
        state = course.state(name, who)
        if state.get("status") != "graded" or state["fingerprint"] != fingerprint(course, name, who):
            shutil.rmtree(place, ignore_errors=True)
            continue
        config = course.config()
        config.CourseDirectory.assignment_id, config.CourseDirectory.student_id = name, who
        converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
        converter.force = True
        try:
            converter.start()
        except NbGraderException as error:
            failed.append(f"{who}, {name}: nbgrader could not write the page: {error}")
            shutil.rmtree(place, ignore_errors=True)
            continue
        page = place / f"{name}.html"
        if not page.is_file() or BEGIN in page.read_text("utf-8"):
            page.unlink(missing_ok=True)
            failed.append(f"{who}, {name}: the page would show a hidden test; it was not written")
            continue
        looks = ENTRY.sub(r"\1\2", page.read_text("utf-8")).replace("</head>", WRAPPED, 1)
        top = '<div class="panel-heading">'
        if waits(course, name, who):
            looks = looks.replace(top, WAITS + top, 1)
        page.write_text(looks, "utf-8")
        written += 1
    if failed:  # one student's page keeps no other's back
        raise GradingError("\n".join([f"{written} pages were written, but:", *failed]))
    return written
