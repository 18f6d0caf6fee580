"""All of a grading folder in one file, and a folder out of it again, here or on another machine."""

import argparse
import contextlib
import json
import os
import platform
import shutil
import stat
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import spelled
from course_lib.grading import server
from course_lib.grading.course import Course, GradingError, alone, shown
from course_lib.grading.upkeep import archive, leftovers, schema

ROOM = 50 * 2**20  # bytes that are to stay free on the disk


def bar(total: int, what: str) -> Any:
    """A bar for so many bytes; none where nobody looks."""
    from tqdm import tqdm

    return tqdm(total=total, desc=what, unit="B", unit_scale=True, disable=None, dynamic_ncols=True)


# -- there ------------------------------------------------------------------------------------------------------


def backup(course: Course, options: argparse.Namespace) -> int:
    """Write the backup and say where it lies. Raises GradingError."""
    file = destination(course, options.file)
    left_out: list[str] = []
    part = Path(f"{file.parent}/.{file.name}.{os.getpid()}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb") as out:
            said = put_in(course, file, out, left_out)
            out.flush()
            os.fsync(out.fileno())
        with bar(sum(one["size"] for one in said["files"]), "Reading it back") as done:
            archive.check(part, done.update)
        if os.path.lexists(file):
            raise GradingError(f"{shown(file)} is there meanwhile; nothing was written")
        os.rename(part, file)
    finally:
        part.unlink(missing_ok=True)
    for what in left_out:
        print(f"Left out: {spelled(what)}")
    size = file.stat().st_size / 2**20
    print(f"{shown(file)}: {len(said['files'])} files, {size:.1f} MB, written and read back.")
    if url := server.elsewhere(course.database):
        print(f"The gradebook is NOT in it: {server.shown(url)} is a server's; pg_dump makes a copy of it.")
        print("The secret is in it: keep it to yourself, and on another disk.")
        return 0
    print("The secret is in it, and every mark: keep it to yourself, and on another disk.")
    return 0


def destination(course: Course, asked: Path | None) -> Path:
    """Where the backup goes. Raises GradingError for a place that can't be, and where something is already."""
    named = f"{course.home.name}-{datetime.now():%Y%m%d-%H%M%S}.zip"
    file = (asked or course.home.parent / named).absolute()
    file = file / named if file.is_dir() else file
    if not file.parent.is_dir():
        raise GradingError(f"there is no folder {shown(file.parent)}: make it, or name another place")
    if file.parent.resolve().is_relative_to(course.home):
        raise GradingError(f"{shown(file)} is inside the folder that it is to save: name a place outside")
    if os.path.lexists(file):
        raise GradingError(f"{shown(file)} is there already: name another file")
    return file


def put_in(course: Course, file: Path, out: Any, left_out: list[str]) -> dict[str, Any]:
    """Write the zip: every file, the gradebook by SQLite's own copy, and the manifest at the end."""
    files, folders = found(course.home, left_out)
    total, said = sum(file.stat().st_size for _, file in files if file.exists()), []
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
        bar(total, "Backing up") as done,
        tempfile.TemporaryDirectory(prefix=f".{course.home.name}-backup-", dir=file.parent) as folder,
    ):
        copy = Path(folder) / "gradebook.db"
        for path, file in files:
            source = file
            if file == course.database:  # no writer tears it; what is damaged is no backup
                schema.copy(course.database, source := copy)
            member = path.encode("utf-8", "backslashreplace").decode("utf-8")
            with contextlib.suppress(FileNotFoundError):  # a grading under way takes a page back
                handle = os.open(source, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) * (source.parent != course.home))
                with open(handle, "rb") as stream:
                    about = zipfile.ZipInfo(member, date_time=stamp(source))
                    about.external_attr, about.compress_type = 0o600 << 16, zipfile.ZIP_DEFLATED
                    with target.open(about, "w", force_zip64=os.fstat(handle).st_size > 2**30) as one:
                        digest, size = archive.copied(stream, one, None, done.update)
                    mode = 0o600 if source == copy else stat.S_IMODE(os.fstat(handle).st_mode) & 0o777
                said.append({"path": path, "member": member, "sha256": digest, "size": size, "mode": mode})
        whole = {
            "kind": archive.KIND, "version": archive.VERSION, "made": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
            "python": platform.python_version(), "files": said, "folders": folders,
        }  # fmt: skip
        target.writestr(archive.MANIFEST, json.dumps(whole, indent=0))
    return whole


def found(home: Path, left_out: list[str]) -> tuple[list[tuple[str, Path]], list[str]]:
    """The files (their paths inside, where they lie) and the folders; what is no file, or a link of a stranger's, is
    left out and said, leftovers of killed commands without a word."""
    files, folders = [], []
    for top, inside, names in os.walk(home, onerror=raise_):
        here = Path(top)
        at_home = here == home
        inside[:] = sorted(one for one in inside if not leftovers.is_one(home, here / one))
        for name in list(inside):
            path = (here / name).relative_to(home).as_posix()
            if (here / name).is_symlink():
                left_out.append(f"{path} (a link)")
                inside.remove(name)
            else:
                folders.append(path)
        for name in sorted(names):
            file = here / name
            path = file.relative_to(home).as_posix()
            if leftovers.is_one(home, file) or path == ".lock":
                continue
            if not file.is_file() or (file.is_symlink() and not at_home) or archive.bad_path(path):
                left_out.append(f"{path} ({'a link' if file.is_symlink() else 'no ordinary file'})")
            else:
                files.append((path, file))
    return files, folders


def raise_(error: OSError) -> None:
    """What can't be read is no reason to leave it out."""
    raise error


def stamp(file: Path) -> tuple[int, ...]:
    """When a file was written, as a zip can say it."""
    when = datetime.fromtimestamp(file.stat().st_mtime)
    return (min(max(when.year, 1980), 2107), *when.timetuple()[1:6])


# -- and back ----------------------------------------------------------------------------------------------------


def restore(course: Course, options: argparse.Namespace) -> int:
    """Check the backup, make a folder of it beside its place, try that, and only then put it there.

    Raises GradingError; then what was there is untouched.
    """
    home, file = course.home, options.file.absolute()
    course.no_file()
    used = home.is_dir() and any(one.name != ".lock" for one in home.iterdir())
    if used and not options.replace:
        how = "name a new place with --folder, or take --replace: what is there is then kept aside"
        raise GradingError(f"{shown(home)} is not empty: {how}")
    if not home.parent.is_dir():
        raise GradingError(f"there is no folder {shown(home.parent)}: make it, or name another place")
    size = file.stat().st_size if file.is_file() else 0
    with bar(size, "Checking") as done:
        said = archive.check(file, done.update)
    need = sum(one["size"] for one in said["files"])
    if (free := shutil.disk_usage(home.parent).free) < need + ROOM:
        there = f"{free / 2**20:.0f} are free: make room"
        raise GradingError(f"{need / 2**20:.0f} MB are needed beside {shown(home)}, {there}")
    stage = Path(tempfile.mkdtemp(prefix=f".{home.name}-restore-", dir=home.parent))
    try:
        unpack(file, stage / home.name)
        sound(Course(stage / home.name, course.sources))
        kept = swap(stage / home.name, home)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    print(f"{shown(home)}: {len(said['files'])} files of {spelled(str(said['made']))}, checked and put in place.")
    if kept:
        print(f"What was there is kept in {shown(kept)}: remove it when all is well.")
    return 0


def unpack(file: Path, home: Path) -> None:
    """Make the folder; digests are checked once more while it is written."""
    home.mkdir(mode=0o700)
    with archive.opened(file) as (source, said), bar(sum(one["size"] for one in said["files"]), "Unpacking") as done:
        for path in said["folders"]:
            (home / path).mkdir(parents=True, exist_ok=True)
        for one in said["files"]:
            place = home / one["path"]
            place.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with source.open(one["member"]) as stream, open(os.open(place, flags, 0o600), "wb") as target:
                if archive.copied(stream, target, one["size"], done.update) != (one["sha256"], one["size"]):
                    raise GradingError(f"{file} changed while it was read: {one['path'][:80]!r}")
            place.chmod(one["mode"] & 0o777 | 0o400)


def sound(course: Course) -> None:
    """Raises GradingError where what came out of a backup is no folder that works."""
    course.need()
    schema.there(course.database)
    for name in course.released():
        course.key(name)


def swap(fresh: Path, home: Path) -> Path | None:
    """Put a folder in its place; where that which was there lies now, None where nothing was."""
    if not home.exists():
        os.rename(fresh, home)
        return None
    with alone(home) if any(home.iterdir()) else contextlib.nullcontext():
        kept = home.with_name(f"{home.name}-before-{datetime.now():%Y%m%d-%H%M%S}")
        if os.path.lexists(kept):
            raise GradingError(f"{shown(kept)} is there already: try again")
        os.rename(home, kept)
        try:
            os.rename(fresh, home)
        except BaseException:
            os.rename(kept, home)
            raise
    if not any(one.name != ".lock" for one in kept.iterdir()):
        shutil.rmtree(kept)
        return None
    return kept
