"""`mark`: a small Jupyter server with Formgrader alone, on the gradebook of this course."""

import contextlib
import getpass
import os
from pathlib import Path
from typing import Any

from course_lib.grading import gradebook
from course_lib.grading.course import Course
from course_lib.grading.errors import GradingError

LIST = "/formgrader/gradebook"


def serve(course: Course, port: int | None, browser: bool, names: bool, marker: str, superuser: bool) -> int:
    """Serve Formgrader until Ctrl-C. port: None for the first that is free; names: show whose answers they are;
    marker: who is said to give the points. Raises GradingError where it can't be served."""
    os.environ["JUPYTER_NO_CONFIG"] = "1"  # neither this user's settings nor JupyterLab's extensions
    os.chdir(course.home)
    from jupyter_server.serverapp import ServerApp
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
    from traitlets.config import Config

    class NoFiles(AsyncLargeFileManager):
        """Hands out no file: the secret is one of them."""

        def get_extra_handlers(self) -> list:
            return []

    c = Config()
    c.ServerApp.ip, c.ServerApp.port, c.ServerApp.port_retries = "127.0.0.1", port or 8888, 0 if port else 50
    if port == 0:
        c.ServerApp.port = 0
    c.ServerApp.root_dir, c.ServerApp.default_url = str(course.home), LIST
    c.ServerApp.open_browser, c.ServerApp.allow_root, c.ServerApp.answer_yes = browser, superuser, True
    c.ServerApp.terminals_enabled, c.Application.log_level = False, "WARN"
    c.ServerApp.contents_manager_class = NoFiles
    c.CourseDirectory.root = str(course.home)
    c.CourseDirectory.course_id, c.CourseDirectory.db_url = gradebook.COURSE, gradebook.url(course.database)
    c.HTMLExporter.sanitize_html = True
    ServerApp.default_services = ("api", "auth", "security", "shutdown")  # no files, no kernels, no terminals
    app = ServerApp(config=c)
    try:
        app.initialize([], find_extensions=False, new_httpserver=False)
        about = load(app, course, names, marker)
        app.init_httpserver()
    except SystemExit as error:
        raise GradingError(f"Formgrader can't be served on port {port}: take another --port") from error
    url = app.connection_url.rstrip("/") + LIST + f"?token={app.identity_provider.token}"
    said = f"Formgrader: {url}\nMarks are written down as {marker}'s. Ctrl-C ends it."
    app.io_loop.add_callback(print, said, flush=True)  # after the callback that listens on the port
    try:
        app.start()
    finally:
        if book := about["nbgrader_gradebook"]:
            book.close()
    return 0


def load(app: Any, course: Course, names: bool, marker: str) -> dict[str, Any]:
    """Put Formgrader into the server, with what is different here; its settings."""
    from course_lib.grading.hand import handlers, pages

    settings = app.web_app.settings
    settings.update(course=course, course_names=names, course_marker=marker, course_shown={})
    formgrader = handlers.Formgrader(parent=app)
    formgrader.root_dir, formgrader.log = str(course.home), app.log
    formgrader.initialize([])
    formgrader.init_tornado_settings(app.web_app)
    settings["nbgrader_exporter"] = pages.exporter(formgrader.config)
    settings["nbgrader_jinja2_env"] = pages.environment()
    formgrader.init_handlers(app.web_app)
    return settings


def someone() -> str:
    """Who is at work here."""
    with contextlib.suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return Path.home().name or "somebody"
