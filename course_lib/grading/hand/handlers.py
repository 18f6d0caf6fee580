"""Formgrader's requests as this course answers them: marks by hand, and nothing that nbgrader would do by itself."""

import contextlib
import json
from typing import Any

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers, formgrader, handlers
from nbgrader.server_extensions.formgrader.base import check_xsrf
from tornado import web

from course_lib.grading import records
from course_lib.grading.autograde.eyes import CLIPPED
from course_lib.grading.course import Course
from course_lib.grading.hand import config, marked, pages
from course_lib.grading.release.source import BadSource

PAGE = r"/formgrader/(?:manage_assignments|manage_submissions|manage_students)(?:/.*)?"
BUTTON = r"/formgrader/api/(?:assignment|submission)/([^/]+)/(?:([^/]+)/)?([a-z_]+)/?"
CHANGE = r"/formgrader/api/(?:assignment|student)/([^/]+)"
STALE = "This answer has changed since the page was opened, or is being graded: nothing was written. Load it anew."


class Formgrader(formgrader.FormgradeExtension):
    """nbgrader's extension with the answers of this module in front of its own."""

    def load_config(self) -> Any:
        """The server's settings are all there is; the folder's are for nbgrader's own commands."""
        return self.parent.config

    def load_config_file(self, **rest: Any) -> None:
        """Nor are they read again at every request."""

    def init_handlers(self, webapp: Any) -> None:
        """Every request sees the gradebook as it is now, whoever wrote to it."""
        own = [(PAGE, ToList), (r"/formgrader/?", ToList), (BUTTON, Nothing), (CHANGE, Unchanged),
               (r"/formgrader/api/submitted_notebooks/([^/]+)/([^/]+)", Submissions),
               (r"/formgrader/api/grade/([^/]+)", Grade), (r"/formgrader/submissions/([^/]+)/?", Answer)]  # fmt: skip
        theirs = [*handlers.default_handlers, *apihandlers.default_handlers]
        theirs.append((r"/formgrader/static/(.*)", web.StaticFileHandler, {"path": handlers.static_path}))
        theirs.append((r"/formgrader/.*", handlers.Template404))
        base = webapp.settings["base_url"].rstrip("/")
        webapp.add_handlers(".*$", [(base + one[0], fresh(one[1]), *one[2:]) for one in [*own, *theirs]])


def fresh(handler: type) -> type:
    """The same handler; what it read of the gradebook before is forgotten, what it holds is let go."""
    if not issubclass(handler, handlers.BaseHandler) or issubclass(handler, web.StaticFileHandler):
        return handler

    async def prepare(self: Any) -> Any:
        """Forget what another process may have changed."""
        if book := self.settings["nbgrader_gradebook"]:
            book.db.rollback()
        return await super(made, self).prepare()

    made = type(handler.__name__, (handler,), {"prepare": prepare})
    return made


class ToList(handlers.BaseHandler):
    """Whoever looks for the pages with nbgrader's own buttons gets the list of answers to mark."""

    @web.authenticated
    def get(self, *rest: str) -> None:
        """Lead there."""
        self.redirect(f"{self.base_url}/formgrader/gradebook")


class Nothing(apihandlers.BaseApiHandler):
    """A button that would let nbgrader release, collect, run or give feedback: it says what does it here."""

    @web.authenticated
    @check_xsrf
    def post(self, name: str, student: str | None, action: str) -> None:
        """Say so, in the shape in which Formgrader shows it."""
        said = config.refusal(action, name)
        self.write(json.dumps({"success": False, "error": said, "log": said}))


class Unchanged(apihandlers.BaseApiHandler):
    """An assignment or a student as it is known; neither is made or changed here."""

    @web.authenticated
    @check_xsrf
    def get(self, name: str) -> None:
        """What nbgrader says, for whoever may see names."""
        found = self.api.get_assignment(name) if "/assignment/" in self.request.path else None
        if found is None:
            raise web.HTTPError(404)
        self.write(json.dumps(found))

    @web.authenticated
    @check_xsrf
    def put(self, name: str) -> None:
        """Refuse."""
        raise web.HTTPError(403, "due dates stand in course.toml; for students: python -m course_lib grade students")


class Submissions(apihandlers.SubmittedNotebookCollectionHandler):
    """The list of one assignment's answers, without names."""

    @web.authenticated
    @check_xsrf
    def get(self, assignment: str, notebook: str) -> None:
        """The list."""
        found = self.api.get_notebook_submissions(assignment, notebook)
        if not self.settings["course_names"]:
            for one in found:
                one |= {"student": f"Submission #{one['index'] + 1}", "first_name": None, "last_name": None}
        self.write(json.dumps(found))


class Answer(handlers.SubmissionHandler):
    """One answer, with the rubric beside it."""

    @web.authenticated
    @check_xsrf
    def get(self, which: str) -> None:
        """The page. What text it shows is kept in mind: points given on it are for that text."""
        if not self.request.path.endswith("/"):
            query = f"?{self.request.query}" if self.request.query else ""
            return self.redirect(f"{self.request.path}/{query}", permanent=True)
        entry, name, student = one(self, which)
        course: Course = self.settings["course"]
        names, file = self.settings["course_names"], records.graded_copy(course, name, student.id)
        places = self.api.get_notebook_submission_indices(name, name)
        about = {"assignment_id": name, "notebook_id": name, "submission_id": entry.id,
                 "index": places.get(entry.id, -2), "total": len(places), "base_url": self.base_url,
                 "student": student.id if names else pages.HIDDEN, "last_name": student.last_name if names else "",
                 "first_name": student.first_name if names else "", "notebook_path": ""}  # fmt: skip
        try:
            nb = nbformat.read(file, as_version=4)
        except (OSError, ValueError):
            self.set_status(404)
            return self.write("<p>This one did not run, is being graded, or its graded notebook is gone or cut off; "
                              "which, says: python -m course_lib grade doctor</p>")  # fmt: skip
        self.settings["course_shown"][which] = marked.digests(nb.cells)
        with contextlib.suppress(BadSource):  # then there is no rubric beside it
            pages.with_rubrics(nb, course.source(name))
        if not names:
            pages.without_names(nb, student)
        page, _ = self.exporter.from_notebook_node(nb, resources=about)
        return self.write(page.replace("</head>", CLIPPED, 1))


class Grade(apihandlers.GradeHandler):
    """Points given by hand: for the text that was shown, by whoever is at work."""

    @web.authenticated
    @check_xsrf
    def put(self, which: str) -> None:
        """Write them down. 409 where the answer is not the one that was shown."""
        try:
            grade = self.gradebook.find_grade_by_id(which)
        except MissingEntry as error:
            raise web.HTTPError(404) from error
        entry, name, student = one(self, grade.notebook.id)
        course: Course = self.settings["course"]
        now = marked.shown(course, name, student.id)
        seen = self.settings["course_shown"].get(entry.id, now)
        if grade.name not in now or now[grade.name] != seen.get(grade.name):
            raise web.HTTPError(409, STALE)
        super().put(which)
        if grade.manual_score is not None:
            marked.note(course, grade, name, student.id, now, self.settings["course_marker"])


def one(handler: Any, which: str) -> tuple[Any, str, Any]:
    """A submission's notebook, its assignment's name and its student."""
    try:
        entry = handler.gradebook.find_submission_notebook_by_id(which)
    except MissingEntry as error:
        raise web.HTTPError(404, f"no such submission: {which}") from error
    return entry, entry.assignment.assignment.name, entry.student
