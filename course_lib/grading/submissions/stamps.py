"""When a submission was handed in: what its timestamp.txt says, in any zone."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from course_lib.grading.settings import FAR

STAMP = "timestamp.txt"  # nbgrader's
LONGEST = 200  # bytes of it


def handed_in_at(file: Path, notes: list[str]) -> str:
    """What timestamp.txt says; "" where there is none, or where it says nothing that is a time."""
    if not file.is_file() or file.is_symlink():
        return ""
    with open(file, "rb") as stamp:
        when = text(stamp.read(LONGEST))
    try:
        at = in_utc(when)
        if abs(int(at[:4]) - datetime.now(UTC).year) > FAR:
            notes.append(f"{STAMP} says {at}: a year that far away is hardly meant")
        return at
    except (ValueError, OverflowError, OSError, KeyError):  # no time, or a zone that nobody knows
        notes.append(f"{STAMP} says no time (write 2026-03-01 12:00:00 UTC): it counts as handed in on time")
        return ""


def text(raw: bytes) -> str:
    """What such a file says: in UTF-8 or, where its mark says so, in UTF-16, as Windows may write it."""
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    return raw.decode("utf-16" if wide else "utf-8-sig", "replace").strip()


def in_utc(when: str) -> str:
    """A time as nbgrader reads it rightly. It may end in UTC, Z, +0100, +01:00 or Europe/Paris; without, it is UTC.

    Raises ValueError, OverflowError, KeyError or OSError for anything else.
    """
    said, zone = re.sub(r" *(?:UTC|Z)$", "+00:00", when), None
    if named := re.fullmatch(r"(.*\d) ([A-Z]\w+(?:/\w+)+)", said):
        said, zone = named[1], ZoneInfo(named[2])
    at = datetime.fromisoformat(re.sub(r" *([+-]\d\d):?(\d\d)$", r"\1:\2", said))
    at = at.replace(tzinfo=at.tzinfo or zone or UTC).astimezone(UTC)
    if not 2000 <= at.year < 2200:
        raise ValueError(f"the year {at.year}")
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
