"""`python -m course_lib reset 03`: a fresh copy of a lesson. Your old one is kept, in work/earlier."""

import argparse
import sys

from course_lib.books import copies
from course_lib.books.shelf import BOOKS
from course_lib.live import store
from course_lib.setup.environment import environment
from course_lib.setup.processes import go_on

from . import running
from .lab import prepared
from .notebooks import UnknownNotebook, choose

HELP = "give a fresh copy of a lesson, and keep yours under another name"


def options(p: argparse.ArgumentParser) -> None:
    """What `reset` takes."""
    p.add_argument("notebooks", nargs="+", metavar="LESSON", help="name or beginning: 03")


def main(options: argparse.Namespace) -> int:
    """Make the copies anew: 0, or 1 where one could not be. Raises UnknownNotebook."""
    paths = []
    for name in options.notebooks:
        found = [BOOKS / path.name for path in choose([name])]  # work/03_x.ipynb means the lesson too
        paths += [path for path in found if store.lesson(path) == name] or found  # 03 isn't 03b
    for path in paths:
        if not path.is_file():
            raise UnknownNotebook(f"{path.stem} is no lesson of the course: there is no fresh copy of it")
    go_on(environment(), options.argv)
    work, failed = prepared(), False
    busy = running.open_copies(work, running.labs(work))
    for path in paths:
        try:
            if path.name in busy:
                raise ValueError("it is open in JupyterLab: shut it down there (File, Close and Shut Down Notebook)")
            print(copies.fresh(path, work), flush=True)
        except (OSError, ValueError) as error:
            print(f"course: {path.stem} is as it was: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
            failed = True
    return int(failed)
