"""Before a command does anything: is the folder whole? A secret, a key or a gradebook that is lost is said at once."""

import argparse
import shutil

from course_lib.grading.course import Course, shown
from course_lib.grading.errors import GradingError
from course_lib.grading.upkeep import faults, keys, releases, schema, secret

ROOM = 32 * 2**20  # bytes that a grading needs at least
ON_THEIR_OWN = ("init", "restore", "doctor")  # they look for themselves, or work on a folder that isn't whole


def check(course: Course, options: argparse.Namespace) -> None:
    """Raises GradingError with what is wrong and what to do; looks only, and changes nothing."""
    if options.what in ON_THEIR_OWN:
        return
    course.need()
    names = list(getattr(options, "names", None) or [])
    renewed = (names or course.assignments()) if options.what == "release" else []
    for name in course.released():
        try:
            course.key(name)
        except GradingError:
            if name not in renewed or broken_secret(course, name):
                raise
    if options.what == "autograde":
        for name in [one for one in names or course.released() if one in course.released()]:
            if wrong := releases.faults(course.home, name, course.key(name)):
                how = "put the folder back from a backup (python -m course_lib grade restore), or release it again"
                raise GradingError(f"the release {name} is not whole: {'; '.join(wrong)}: {how}")
    if options.what == "autograde" and shutil.disk_usage(course.home).free < ROOM:
        raise GradingError(faults.FULL)  # before the points of an earlier grading are taken back
    look = schema.there if options.what == "backup" else schema.sound  # a backup takes a gradebook of any schema
    look(course.database)
    if lost := [name for name in handed_out(course) if name not in course.released() and name not in renewed]:
        where = f"keys/{lost[0]}.json in {shown(course.home)}"
        raise GradingError(f"the answer key of the release {lost[0]} is missing: {keys.HOW} {lost[0]} ({where})")


def broken_secret(course: Course, name: str) -> bool:
    """Whether a key can be read, and is of another secret: no release mends that."""
    try:
        key = keys.load(course.home / "keys" / f"{name}.json")
        return secret.fits(course.secret, name, key, course.sheet_salt(name)) is False
    except GradingError:
        return False


def handed_out(course: Course) -> list[str]:
    """The assignments of which a release lies here."""
    return sorted(folder.name for folder in (course.home / "release").glob("*/") if any(folder.glob("*.ipynb")))
