"""Zips and folders of strangers, read without unpacking them: nothing is written, and nothing read without a bound."""

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import LARGEST, spelled
from course_lib.grading.errors import GradingError
from course_lib.grading.submissions.salvage import salvage

PACKED = 5 * LARGEST  # bytes of a zip that a student hands in
LOST = "has a damaged entry in the zip"
MOST_ENTRIES, DIRECTORY = 1000, 2**20  # of such a zip: entries, and bytes of its table of contents
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, OverflowError,
          NotImplementedError, MemoryError)  # fmt: skip


class Spoiled(Exception):
    """Why a student's hand-in can't be taken, in plain words."""


@dataclass
class Member:
    """One file of a zip or folder."""

    parts: tuple[str, ...]  # its path
    leaves: bool  # whether that leads out of the zip
    dated: datetime | None = None  # its date; without a zone where the zip has none
    fault: str = ""  # why it can't be what it says
    fetch: Callable[[int], bytes] = bytes  # its content, up to so many bytes; raises Spoiled

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1] if self.parts else ""


def printable(text: str, most: int = 80) -> str:
    """A stranger's text as it may stand on a terminal: one line, nothing in it that moves, or can't be seen."""
    clean = spelled("".join(one if one.isprintable() else "�" for one in text))
    return clean if len(clean) <= most else clean[: most - 3] + "..."


@contextmanager
def members(place: Path) -> Iterator[list[Member]]:
    """The files of a zip or folder, as long as it is open. Raises GradingError where it is neither."""
    if place.is_dir():
        yield list(of_folder(place))
        return
    lost: list[str] = []
    try:
        archive = zipfile.ZipFile(place)
    except FileNotFoundError as error:
        raise GradingError(f"there is no {place}: name the zip (or the folder) that you downloaded") from error
    except BROKEN:
        try:
            archive, lost = salvage(place)
        except BROKEN as error:
            why = str(error) or type(error).__name__
            raise GradingError(f"{place} can't be read as a zip ({why}): download it again") from error
    with closing(archive):
        yield of_zip(archive) + [Member(*path_of(name), fault=LOST, fetch=lambda most: b"") for name in lost]


def of_zip(archive: zipfile.ZipFile) -> list[Member]:
    """The files of an opened zip."""
    return [member_of(archive, info) for info in archive.infolist() if not info.is_dir()]


def member_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    """One entry. A zip's names are UTF-8 or, where it doesn't say so, what they can be."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    parts, leaves = path_of(name)
    fault, kind = "", stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        fault = "is a link or no ordinary file"
    elif info.flag_bits & 1:
        fault = "is encrypted"
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        fault = f"is packed in a way that isn't read (method {info.compress_type})"

    return Member(parts, leaves, date_of(info), fault, partial(entry, archive, info))


def entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """What an entry unpacks to. Raises Spoiled where it is damaged, or has more bytes than that."""
    try:
        with archive.open(info) as stream:
            return bounded(stream, most)
    except BROKEN as error:
        raise Spoiled(f"is damaged ({printable(str(error) or type(error).__name__)})") from error


def path_of(name: str) -> tuple[tuple[str, ...], bool]:
    """The parts of a path in a zip, and whether it leads out of it."""
    name = name.replace("\\", "/")
    raw = name.split("/")
    leaves = ".." in raw or name.startswith("/") or bool(re.match(r"[A-Za-z]:", name))
    return tuple(part for part in raw if part not in ("", ".", "..") and not re.fullmatch(r"[A-Za-z]:", part)), leaves


def date_of(info: zipfile.ZipInfo) -> datetime | None:
    """An entry's date: in UTC where the zip has it so, else without a zone; None where it has none."""
    extra, at = info.extra, 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == 0x5455 and size >= 5 and at + 9 <= len(extra) and extra[at + 4] & 1:
            return datetime.fromtimestamp(struct.unpack_from("<i", extra, at + 5)[0], UTC)
        at += 4 + size
    try:
        return datetime(*info.date_time) if info.date_time[0] > 1980 else None
    except ValueError:
        return None


def bounded(stream: Any, most: int) -> bytes:
    """What a stream really gives, whatever it claims. Raises Spoiled beyond so many bytes."""
    pieces, size = [], 0
    while piece := stream.read(2**16):
        size += len(piece)
        if size > most:
            raise Spoiled(f"has more than {most // 2**20} MB, unpacked")
        pieces.append(piece)
    return b"".join(pieces)


def of_folder(place: Path) -> Iterator[Member]:
    """The files of a folder; links are not followed."""
    for folder, inner, names in os.walk(place):
        inner.sort()
        for name in sorted([*names, *(one for one in inner if os.path.islink(os.path.join(folder, one)))]):
            file = Path(folder, name)
            about = file.lstat()
            fault = "" if stat.S_ISREG(about.st_mode) else "is a link or no ordinary file"
            dated = datetime.fromtimestamp(about.st_mtime, UTC)
            yield Member(file.relative_to(place).parts, False, dated, fault, partial(content, file))


def content(file: Path, most: int) -> bytes:
    """An ordinary file's content. Raises Spoiled."""
    try:
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise Spoiled("is no ordinary file")
            return bounded(stream, most)
    except OSError as error:
        raise Spoiled(f"can't be read ({error.strerror})") from error


def inside(member: Member) -> tuple[list[Member], int]:
    """The files of a zip that a student handed in, and its bytes. They are dated like it: what stands in there is the
    student's word. Nothing of it is kept: whoever fetches one of these files has the zip read again.

    Raises Spoiled where it is too large, has too many entries, or is no zip.
    """
    if member.fault:
        raise Spoiled(member.fault)
    raw = member.fetch(PACKED)
    tail = raw[-(2**16 + 22) :]
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) - end < 22:
        raise Spoiled("is no zip")
    entries, size = struct.unpack_from("<HI", tail, end + 10)
    if entries > MOST_ENTRIES or size > DIRECTORY or b"PK\6\7" in tail[max(0, end - 20) : end]:
        raise Spoiled(f"has more than {MOST_ENTRIES} entries")
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        infos = [info for info in archive.infolist() if not info.is_dir()]
        found = [member_of(archive, info) for info in infos]
    except BROKEN as error:
        raise Spoiled(f"is a damaged zip ({printable(str(error) or type(error).__name__)})") from error
    if len(found) > MOST_ENTRIES:
        raise Spoiled(f"has more than {MOST_ENTRIES} entries")
    for one, info in zip(found, infos, strict=True):
        one.dated, one.fetch = member.dated, partial(anew, member, info)
    return found, len(raw)


def anew(member: Member, info: zipfile.ZipInfo, most: int) -> bytes:
    """An entry of a zip that a student handed in. Raises Spoiled."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(member.fetch(PACKED)))
    except BROKEN as error:
        raise Spoiled(f"is a damaged zip ({printable(str(error) or type(error).__name__)})") from error
    with closing(archive):
        return entry(archive, info, most)
