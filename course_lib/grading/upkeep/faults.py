"""What the machine does to a command (a full disk, a folder of another user, a damaged file), said in one line."""

import contextlib
import errno
import logging
import os
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

KEPT = "What was there before is as it was"
FULL = f"the disk is full: make room, then say the command again. {KEPT}"
DOCTOR = "python -m course_lib grade doctor says more"


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it, the innermost last."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__


def said(error: BaseException, home: Path) -> str:
    """One line on what is wrong and what to do, where the machine or a file is at fault; "" for any other error."""
    for one in chain(error):
        if isinstance(one, sqlite3.Error):
            return of_database(str(one))
        if type(one).__module__.partition(".")[0] == "psycopg":
            why = " ".join(str(one).split())[:200]
            return f"the server of the gradebook: {why}. {KEPT}; is it there, and [gradebook] url right?"
        if isinstance(one, OSError) and one.errno is not None:
            return of_file(one, home)
        if isinstance(one, MemoryError):
            return f"there is not enough memory: close other programs. {KEPT}"
    return ""


def of_the_disk(error: BaseException) -> str:
    """One line where the disk is full or read-only: no submission's fault, and each one after it would meet it too."""
    for one in chain(error):
        full = isinstance(one, sqlite3.Error) and "full" in str(one).lower()
        if full or isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            what = "read-only" if isinstance(one, OSError) and one.errno == errno.EROFS else "full: make room"
            return f"the disk is {what}. What is graded is kept; autograde --resume does the rest"
    return ""


def of_database(why: str) -> str:
    """What SQLite's words mean for the instructor."""
    low = why.lower()
    if "full" in low:
        return FULL
    if "locked" in low or "busy" in low:
        return f"gradebook.db is in use by another program: wait for it or close it, then try again. {KEPT}"
    if "readonly" in low or "read-only" in low or "unable to open" in low or "authoriz" in low:
        return (
            "gradebook.db can't be written: are the folder and the file yours, and the disk not read-only? "
            f"{KEPT}; {DOCTOR}"
        )
    if "not a database" in low or "malformed" in low or "encrypted" in low:
        return f"gradebook.db is damaged ({why}): put it back from a backup: python -m course_lib grade restore"
    if "no such table" in low or "no such column" in low or "has no column" in low:
        return f"gradebook.db has another schema than nbgrader wants ({why}): {DOCTOR}"
    return f"gradebook.db: {why}. {KEPT}; {DOCTOR}"


def of_file(error: OSError, home: Path) -> str:
    """What the system's words mean for the instructor."""
    file = error.filename2 or error.filename
    name = f"{relative(file, home)}" if file is not None else "a file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return FULL
    if error.errno == errno.EROFS:
        return f"{name} can't be written: the disk is read-only. {KEPT}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{name} may not be read or written by you{owner(file, home)}. {KEPT}"
    if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENOTEMPTY):
        kind = "a folder, where a file is expected" if error.errno == errno.EISDIR else "in the way of a folder"
        return f"{name} is {kind}: move it away. {KEPT}"
    if error.errno == errno.ENOENT:
        return f"{name} is missing: put it back from a backup (python -m course_lib grade restore); {DOCTOR}"
    if error.errno == errno.EIO:
        return f"{name} can't be read or written, the disk itself fails: copy the folder to another one, and try there"
    return f"{name}: {error.strerror}. {KEPT}; {DOCTOR}"


def relative(file: Any, home: Path) -> str:
    """A file as the instructor knows it, inside the grading folder or from here; nothing that a terminal obeys."""
    if isinstance(file, int):
        return "a file"
    path = os.path.abspath(os.fsdecode(file))
    shown = os.path.relpath(path, home.parent if Path(path).is_relative_to(home) else None)
    return "".join(one if one.isprintable() else "?" for one in shown)


def owner(file: Any, home: Path) -> str:
    """Whose a file, or the folder around it, is, where that is somebody else."""
    with contextlib.suppress(OSError, ImportError, KeyError, TypeError, ValueError):
        import pwd

        place = Path(os.fsdecode(file))
        place = next(one for one in (place, *place.parents) if os.path.exists(one))
        if (uid := place.stat().st_uid) != os.geteuid():
            who = pwd.getpwuid(uid).pw_name
            return f": it belongs to {who}; work as {who}, or let its owner or an administrator change that"
    return ": `ls -l` shows who may"


def keep(error: BaseException, home: Path) -> str:
    """An error that nobody foresaw: its whole story goes into logs/errors.log; what to say of it in one line."""
    story, where = "".join(traceback.format_exception(error)), ""
    with contextlib.suppress(OSError):
        if home.is_dir():
            (home / "logs").mkdir(exist_ok=True)
            with open(home / "logs" / "errors.log", "a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S}\n{story}\n")
            where = "; all of it stands in logs/errors.log"
    what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return f"something unforeseen went wrong ({what}){where}. {DOCTOR}"


class Causes(logging.Handler):
    """Keeps the errors that a tool only writes into its log."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note the error that is being handled; nothing is printed."""
        if (error := sys.exc_info()[1]) and error not in self.errors:
            self.errors.append(error)


@contextlib.contextmanager
def causes(log: logging.Logger) -> Iterator[list[BaseException]]:
    """What a tool says in this log meanwhile goes nowhere; the errors that it swallows are in the list."""
    kept, before, further = Causes(), log.handlers[:], log.propagate
    log.handlers, log.propagate = [kept], False
    try:
        yield kept.errors
    finally:
        log.handlers, log.propagate = before, further
