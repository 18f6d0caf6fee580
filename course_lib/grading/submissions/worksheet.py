"""Moodle's grading worksheet: who is behind the numbers in its zip, and when each handed in."""

import re
from datetime import datetime
from pathlib import Path

from course_lib.grading.errors import GradingError
from course_lib.grading.settings import folded
from course_lib.grading.submissions.aliases import table

NUMBER, TIME = "identifier", "last modified (submission)"
WHO = ("id number", "username", "email address", "full name")  # the surest first


class Worksheet:
    """What it says: names and times by number; empty without a file."""

    def __init__(self, file: Path | None) -> None:
        """Raises GradingError where the file can't be read, is none, or has times that can't be read."""
        self.names: dict[str, list[str]] = {}
        self.times: dict[str, datetime] = {}  # without a zone
        if file is None:
            return
        header, rows = table(file)
        columns = {folded(name): name for name in header}
        if not {NUMBER, TIME} <= set(columns) or not set(WHO) & set(columns):
            raise GradingError(f"{file} is no grading worksheet of Moodle (in English): it has no columns Identifier, "
                               f"Full name, Last modified (submission), but {', '.join(header)}")  # fmt: skip
        for line, row in rows:
            named = row.get(columns[NUMBER], "")
            number = re.search(r"(\d+)\s*$", named)
            if not number:
                raise GradingError(f"{file}, line {line}: the identifier {named!r} has no number")
            self.names[number[1]] = [row[columns[one]] for one in WHO if row.get(columns.get(one, ""), "").strip()]
            if (when := row.get(columns[TIME], "").strip()) not in ("", "-"):
                self.times[number[1]] = moment(when, f"{file}, line {line}")


def moment(when: str, where: str) -> datetime:
    """A time as Moodle writes it: Tuesday, 3 March 2026, 10:15 PM. Raises GradingError."""
    from dateutil import parser

    try:
        return parser.parse(when).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise GradingError(f"{where}: {when!r} can't be read as a time: download it with Moodle in English") from error
