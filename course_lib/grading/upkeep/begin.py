"""The first command: make the folder, or what is missing of it; in place of a lost gradebook a new one, if told so."""

import argparse
import os
import shutil

from course_lib.grading import gradebook
from course_lib.grading.course import Course, GradingError, alone, shown
from course_lib.grading.upkeep import schema


def begin(course: Course, options: argparse.Namespace) -> None:
    """Make what is missing and say what was made. Raises GradingError where something is lost: see `Course.init`."""
    if options.new_gradebook:
        anew(course)
    if options.upgrade_gradebook:
        course.need()
        with alone(course.home):
            old = schema.upgrade(course.database)
        kept = f"is upgraded; the old one is kept as {old.name}" if old else "needs no upgrade"
        print(f"gradebook.db {kept}")
    made = course.init()
    for name in course.released():
        course.key(name)
    print(f"{shown(course.home)}: " + (f"made {', '.join(made)}" if made else "all there already"))
    print("Keep the file `secret` to yourself, and a copy of it: hidden tests and students' numbers depend on it.")


def anew(course: Course) -> None:
    """Begin a new gradebook that knows the releases; a damaged one is kept under another name.

    Raises GradingError where the one that is there works, and where a release isn't whole.
    """
    course.need()
    try:
        schema.sound(course.database)
    except GradingError:
        pass
    else:
        raise GradingError("gradebook.db is there and whole: no new one was made")
    with alone(course.home):
        kept = f"; the damaged one is kept as {schema.aside(course.database).name}" if exists(course) else ""
        schema.make(course.database)
        for name in course.released():
            register(course, name)
    print(f"A new gradebook.db knows {', '.join(course.released()) or 'no release yet'}{kept}.")
    print("Give it the students (init --students FILE), then autograde; points by hand must be given anew.")


def exists(course: Course) -> bool:
    """Whether anything has the gradebook's name."""
    return os.path.lexists(course.database)


def register(course: Course, name: str) -> None:
    """Let the gradebook know a release, from the source that it was made from; the release itself stays as it is."""
    from nbgrader.converters.base import NbGraderException

    root = course.folder(".register")
    try:
        shutil.copytree(course.home / "source" / name, root / "source" / name, dirs_exist_ok=True)
        with course.gradebook() as book:
            book.update_or_create_assignment(name, duedate=course.due(name))
        gradebook.convert("GenerateAssignment", course.database, name, root=root)
    except NbGraderException as error:
        raise GradingError(f"the gradebook could not be told of {name}: {error}") from error
    finally:
        shutil.rmtree(root, ignore_errors=True)
