"""A gradebook on a PostgreSQL server, for a course that more than one machine works on; a file of SQLite by default."""

import importlib.util
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course_lib.grading.errors import GradingError

VARIABLE = "COURSE_GRADEBOOK"  # it goes before course.toml, and keeps a password out of that file
HOW = "write postgresql://USER@HOST/DATABASE"
DRIVER = "postgresql+psycopg"


def elsewhere(database: Path) -> str:
    """The URL of the gradebook of the folder that this file lies in, where a server has it; "" where the file is it.

    A folder without course.toml is no grading folder: a copy or a trial is always a file.
    Raises GradingError for a URL of another kind, and where the driver is missing.
    """
    settings = database.parent / "course.toml"
    if database.name != "gradebook.db" or not settings.is_file():
        return ""
    said, where = os.environ.get(VARIABLE, "").strip(), VARIABLE
    if not said:
        try:
            section = tomllib.loads(settings.read_text("utf-8-sig")).get("gradebook", {})
            said, where = section.get("url", "") if isinstance(section, dict) else "", "course.toml: [gradebook] url"
        except (OSError, ValueError, RecursionError):  # told where the settings are read
            return ""
    return checked(said, where) if said else ""


def checked(said: Any, where: str) -> str:
    """A URL with the driver that is installed. Raises GradingError."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(said)
    except (ArgumentError, ValueError, TypeError, AttributeError) as error:
        raise GradingError(f"{where} is no address of a database: {HOW}") from error
    if url.get_backend_name() not in ("postgresql", "postgres") or not url.database:
        raise GradingError(f"{where} names no PostgreSQL database ({url.render_as_string()[:80]}): {HOW}")
    if not importlib.util.find_spec("psycopg"):
        raise GradingError("a gradebook on PostgreSQL needs its driver: pip install 'psycopg[binary]>=3.1'")
    return url.set(drivername=DRIVER).render_as_string(hide_password=False)


def shown(url: str) -> str:
    """The URL as it may be printed: without its password."""
    from sqlalchemy import make_url

    return make_url(url).set(drivername="postgresql").render_as_string()


@contextmanager
def opened(url: str) -> Iterator[Any]:
    """A connection of SQLAlchemy's, committed at the end."""
    from sqlalchemy import create_engine

    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def tables(connection: Any) -> dict[str, set[str]]:
    """The tables that are there, with the names of their columns."""
    from sqlalchemy import inspect

    there = inspect(connection)
    return {name: {column["name"] for column in there.get_columns(name)} for name in there.get_table_names()}


def used(url: str) -> bool:
    """Whether marks can stand there: it knows an assignment."""
    from sqlalchemy import text

    with opened(url) as connection:
        known = "assignment" in tables(connection)
        return known and bool(connection.execute(text("SELECT count(*) FROM assignment")).scalar())


def revision(url: str) -> tuple[str, dict[str, set[str]]]:
    """The revision of nbgrader's schema, "" where none is said, and the tables. Raises GradingError where none is."""
    from sqlalchemy import text

    with opened(url) as connection:
        if "student" not in (has := tables(connection)):
            raise GradingError(f"{shown(url)} has no gradebook yet: python -m course_lib grade init")
        told = "alembic_version" in has and connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return told or "", has


def make(url: str, newest: str) -> bool:
    """Make nbgrader's tables, all or none, where there are none; whether they were made. newest: their revision."""
    from nbgrader.api import Base
    from sqlalchemy import text

    with opened(url) as connection:
        if "student" in tables(connection):
            return False
        Base.metadata.create_all(bind=connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:newest)"), {"newest": newest})
        return True
