"""The gradebook's file: made whole, looked at before it is opened, brought to the schema of this nbgrader."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from course_lib.grading import server
from course_lib.grading.errors import GradingError

WAIT = 5.0  # seconds for another program that has the gradebook
PATIENT = 60.0  # the same for a copy of it, which may be made while a whole class is graded
PUT_BACK = "put it back from a backup: python -m course_lib grade restore"
ANEW = "or begin a new one, without the points that were given by hand: python -m course_lib grade init --new-gradebook"


@contextlib.contextmanager
def reading(database: Path, wait: float | None = None) -> Iterator[sqlite3.Connection]:
    """The database, opened for reading only; nothing is made. Raises sqlite3.Error."""
    with contextlib.closing(
        sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=wait or WAIT)
    ) as connection:
        yield connection


def revisions() -> list[str]:
    """The revisions of the schema that this nbgrader knows, the newest first."""
    import nbgrader
    from alembic.script import ScriptDirectory

    return [one.revision for one in ScriptDirectory(Path(nbgrader.__file__).parent / "alembic").walk_revisions()]


def make(database: Path) -> None:
    """A new, empty gradebook, whole or not at all. (nbgrader itself starts a program for it that may not be there.)"""
    from nbgrader.api import Base
    from sqlalchemy import create_engine

    if url := server.elsewhere(database):
        server.make(url, revisions()[0])
        return
    fresh = database.with_name(f".{database.name}.{os.getpid()}.{threading.get_ident()}")
    engine = create_engine(f"sqlite:///{fresh}")
    try:
        Base.metadata.create_all(bind=engine)
        with contextlib.closing(sqlite3.connect(fresh)) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            connection.execute("INSERT INTO alembic_version (version_num) VALUES (?)", [revisions()[0]])
            connection.commit()
        engine.dispose()
        os.replace(fresh, database)
    finally:
        engine.dispose()
        fresh.unlink(missing_ok=True)


def there(database: Path) -> None:
    """Raises GradingError where there is no gradebook, or one without a byte: SQLite would silently begin another."""
    if url := server.elsewhere(database):
        server.revision(url)
        return
    if not database.is_file():
        what = "is no file" if database.exists() or database.is_symlink() else "is missing"
        raise GradingError(f"{database.name} {what}, and with it every mark: {PUT_BACK}, {ANEW}")
    if not database.stat().st_size:
        raise GradingError(f"{database.name} is empty, 0 bytes: {PUT_BACK}, {ANEW}")


def sound(database: Path) -> None:
    """Raises GradingError where the gradebook is missing, damaged, or of another schema; sqlite3.Error where it is in
    use or may not be read. It is looked at and not changed."""
    there(database)
    if url := server.elsewhere(database):
        if fault := other(*server.revision(url)):
            raise GradingError(f"{server.shown(url)} {fault}")
        return
    try:
        recover(database)
        with reading(database) as connection:
            connection.execute("BEGIN")  # one look, for which one turn among the writers is enough
            said = [line for (line,) in connection.execute("PRAGMA quick_check(3)")]
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            has = {name: columns(connection, name) for name in tables}
            named = "alembic_version" in tables and connection.execute("SELECT version_num FROM alembic_version")
            revision = next((number for (number,) in named or []), "")
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
            raise  # it is locked, or may not be read: no damage
        raise GradingError(f"{database.name} is damaged ({error}): {PUT_BACK}, {ANEW}") from error
    if said != ["ok"]:
        raise GradingError(f"{database.name} is damaged ({'; '.join(' '.join(said).split()[:12])}): {PUT_BACK}, {ANEW}")
    if fault := other(revision, has):
        raise GradingError(f"{database.name} {fault}")


def recover(database: Path, wait: float | None = None) -> None:
    """Where a command was killed while it wrote, let SQLite put back what was before: only a writer may."""
    if Path(f"{database}-journal").exists():
        with contextlib.closing(sqlite3.connect(database, timeout=wait or WAIT)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """The names of a table's columns."""
    quoted = table.replace('"', '""')
    return {row[1] for row in connection.execute(f'PRAGMA table_info("{quoted}")')}


def other(revision: str, has: dict[str, set[str]]) -> str:
    """How a gradebook with this revision and these columns differs from what nbgrader wants; "" where it doesn't."""
    from nbgrader.api import Base

    wanted = {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}
    lacks = sorted(name for name in wanted if not wanted[name] <= has.get(name, set()))
    known = revisions()
    if revision in ("", known[0]):
        if not lacks:
            return ""
        if not revision and "student" not in has:
            return f"is no gradebook of nbgrader: {PUT_BACK}, {ANEW}"
        if revision:
            return f"is damaged (the table {lacks[0]!r} is not whole): {PUT_BACK}, {ANEW}"
    if revision in known or not revision:
        return (
            "is of an older nbgrader: first `python -m course_lib grade backup`, then `python -m course_lib grade init "
            "--upgrade-gradebook`"
        )
    return (
        f"is of a newer nbgrader (its schema {revision[:40]!r} isn't known here): install the nbgrader that wrote it, "
        f"or {PUT_BACK}"
    )


def upgrade(database: Path) -> Path | None:
    """Bring the gradebook to this nbgrader's schema, in a copy that then takes its place; where the old one lies now.

    None where there was nothing to do. Raises GradingError where it can't be done; the old one then stays in force.
    """
    if url := server.elsewhere(database):
        raise GradingError(f"{server.shown(url)} is a server's: pg_dump it, then upgrade it with `nbgrader db upgrade`")
    from nbgrader.dbutil import write_alembic_ini

    try:
        sound(database)
        return None
    except GradingError as error:
        if "--upgrade-gradebook" not in str(error):
            raise
    fresh = database.with_name(f".{database.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        copy(database, fresh)
        with tempfile.TemporaryDirectory(prefix="upgrade-") as folder:
            write_alembic_ini(f"{folder}/alembic.ini", f"sqlite:///{fresh}".replace("%", "%%"))
            words = [sys.executable, "-m", "alembic.config", "-c", f"{folder}/alembic.ini", "upgrade", "head"]
            ran = subprocess.run(words, capture_output=True, text=True, errors="replace")
        if ran.returncode:
            why = (ran.stderr.strip().splitlines() or ["no reason was given"])[-1]
            raise GradingError(f"{database.name} could not be upgraded ({why}); it is as it was")
        sound(fresh)
        old = database.with_name(f"gradebook-before-{datetime.now():%Y%m%d-%H%M%S}.db")
        os.link(database, old)
        os.replace(fresh, database)
        return old
    finally:
        fresh.unlink(missing_ok=True)


def copy(database: Path, to: Path) -> None:
    """A copy that no writer tears, by SQLite's own means, checked; nobody else may read it. Raises sqlite3.Error."""
    recover(database, PATIENT)
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with reading(database, PATIENT) as source, contextlib.closing(sqlite3.connect(to)) as target:
        source.backup(target)
        if target.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("database disk image is malformed")


def aside(database: Path) -> Path:
    """Keep a gradebook that can't be used, under another name; where."""
    old = database.with_name(f"gradebook-damaged-{datetime.now():%Y%m%d-%H%M%S}.db")
    shutil.move(database, old)
    return old


def used(database: Path) -> bool:
    """Whether marks can stand in a gradebook: it knows an assignment, or nobody can tell what it knows."""
    if url := server.elsewhere(database):
        return server.used(url)
    if not database.is_file() or not database.stat().st_size:
        return False
    try:
        with reading(database) as connection:
            return bool(connection.execute("SELECT count(*) FROM assignment").fetchone()[0])
    except sqlite3.Error as error:
        return "no such table" not in str(error)
