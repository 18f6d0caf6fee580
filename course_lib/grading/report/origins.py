"""What the learning platform called a hand-in, as `collect` wrote it down: by it pages and marks go back there."""

import contextlib
import json
import re
from dataclasses import dataclass

from course_lib.grading.course import Course
from course_lib.grading.submissions.platforms import NAMELESS
from course_lib.grading.submissions.taken import ORIGIN

PARTICIPANT = re.compile(r"(?:^|/|_)(?P<name>[^_/]*)_(?P<number>\d{1,20})_assignsubmission_[a-z]")


@dataclass(frozen=True)
class Origin:
    """Where a hand-in came from."""

    platform: str = ""
    name: str = ""  # Moodle's folder (or flat file), or Canvas's file

    @property
    def participant(self) -> str:
        """Moodle's number of the participant in this assignment; "" where there is none."""
        found = PARTICIPANT.search(self.name) if self.platform == "moodle" else None
        return found["number"] if found else ""

    @property
    def full_name(self) -> str:
        """The name as Moodle writes it; "" where there is none."""
        found = PARTICIPANT.search(self.name) if self.platform == "moodle" else None
        return found["name"].strip() if found else ""

    @property
    def user(self) -> str:
        """Canvas's number of the student, the first of the two in its file's name; "" where there is none."""
        if NAMELESS.fullmatch(self.name):
            return ""
        numbers = [one for one in self.name.split("_")[1:] if one.isascii() and one.isdigit()]
        return numbers[0] if self.platform == "canvas" and len(numbers) > 1 else ""


def origin(course: Course, assignment: str, student: str) -> Origin:
    """Where this hand-in came from; an empty one where nothing says so."""
    file = course.home / "submitted" / student / assignment / ORIGIN
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        if file.is_file() and not file.is_symlink() and file.stat().st_size < 10_000:
            said = json.loads(file.read_text("utf-8"))
            name = str(said["name"]).replace("\\", "/").rstrip("/").rpartition("/")[2]
            return Origin(str(said["from"]), name)
    return Origin()
