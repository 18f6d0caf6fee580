"""A backup's file: one zip with every file of a grading folder and a manifest of their digests.

It is believed in nothing: paths, sizes and digests are checked before a byte is written anywhere.
"""

import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from course_lib.grading.errors import GradingError

MANIFEST, KIND, VERSION = "manifest.json", "backup of a grading folder", 1
LARGEST_MANIFEST = 256 * 2**20  # bytes: about a million files
CHUNK = 2**20
RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
Tell = Callable[[int], Any]  # of so many bytes more


def copied(source: IO[bytes], target: IO[bytes] | None, most: int | None, tell: Tell) -> tuple[str, int]:
    """Copy a stream in pieces (into nothing where there is no target): its SHA-256, its size.

    most: after so many bytes it is read no further.
    """
    digest, size = hashlib.sha256(), 0
    while piece := source.read(CHUNK):
        size += len(piece)
        if most is not None and size > most:
            break
        digest.update(piece)
        if target:
            target.write(piece)
        tell(len(piece))
    return digest.hexdigest(), size


@contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """A backup and its manifest, whose paths and sizes are what they must be.

    Raises GradingError where it is no backup, is damaged, or would write where it must not.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            try:
                about = archive.getinfo(MANIFEST)
            except KeyError as error:
                raise GradingError(f"{file} is no backup of a grading folder: it has no {MANIFEST}") from error
            if about.file_size > LARGEST_MANIFEST:
                raise GradingError(f"{file} is no backup of ours: its {MANIFEST} is too large")
            with archive.open(about) as stream:
                raw = stream.read(LARGEST_MANIFEST + 1)
            yield archive, manifest(file, archive, raw)
    except FileNotFoundError as error:
        raise GradingError(f"there is no file {file}") from error
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise GradingError(f"{file} is damaged, or no backup of ours ({error}): take another one") from error


def manifest(file: Path, archive: zipfile.ZipFile, raw: bytes) -> dict[str, Any]:
    """The manifest, checked against what is in the archive. Raises GradingError."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise GradingError(f"{file} is damaged: its {MANIFEST} can't be read ({error})") from error
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise GradingError(f"{file} is no backup of a grading folder")
    if said.get("version") != VERSION:
        newer = "it was made by another version of the course: restore it with that one"
        raise GradingError(f"{file} has the format {said.get('version')!r}, and this is {VERSION}: {newer}")
    files, folders = said.get("files"), said.get("folders")
    if not isinstance(files, list) or not isinstance(folders, list):
        raise GradingError(f"{file} is damaged: its {MANIFEST} lists no files")
    members = {one.filename: one for one in archive.infolist()}
    if len(members) != len(archive.infolist()):
        raise GradingError(f"{file} is damaged: it has two members of one name")
    taken: set[str] = set()
    for one in files:
        if not isinstance(one, dict) or not all(
            isinstance(one.get(what), kind)
            for what, kind in (("path", str), ("member", str), ("sha256", str), ("size", int), ("mode", int))
        ):
            raise GradingError(f"{file} is damaged: an entry of its {MANIFEST} is not whole")
        path, member = one["path"], members.pop(one["member"], None)
        if fault := bad_path(path):
            raise GradingError(f"{file} is refused: {path[:80]!r} {fault}")
        if member is None or member.is_dir() or member.file_size != one["size"] or member.flag_bits & 1:
            raise GradingError(f"{file} is damaged: {path[:80]!r} is missing in it, or not as its {MANIFEST} says")
        if (member.external_attr >> 16) & 0o170000 not in (0, 0o100000):
            raise GradingError(f"{file} is refused: {path[:80]!r} is a link or no ordinary file")
        if folded(path) in taken:
            raise GradingError(f"{file} is refused: {path[:80]!r} is in it twice")
        taken.add(folded(path))
    if fault := next((f"{path!r:.80} {fault}" for path in folders if (fault := bad_path(path))), ""):
        raise GradingError(f"{file} is refused: {fault}")
    parents = {folded(str(parent)) for one in files for parent in PurePosixPath(one["path"]).parents}
    if clash := (parents | set(map(folded, folders))) & taken:
        raise GradingError(f"{file} is refused: {sorted(clash)[0]!r:.80} is a file and a folder")
    if set(members) - {MANIFEST}:
        raise GradingError(f"{file} is refused: {sorted(set(members) - {MANIFEST})[0]!r:.80} isn't in its {MANIFEST}")
    return said


def folded(path: str) -> str:
    """A path as a file system that knows no case, or composes accents, sees it."""
    return unicodedata.normalize("NFC", path).casefold()


def bad_path(path: Any) -> str:
    """Why a path must not be written; "" where it stays inside and is a path on every system."""
    if not isinstance(path, str) or not path or "\0" in path:
        return "is no path"
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or re.match(r"[A-Za-z]:", path) or {"", ".", ".."} & set(parts):
        return "would lead out of the folder"
    if len(path) > 4000 or any(len(part) > 255 for part in parts):
        return "is too long"
    if any(RESERVED.fullmatch(part) for part in parts) or parts[0] in (".lock",):
        return "is a name that isn't for a file"
    return ""


def check(file: Path, tell: Tell) -> dict[str, Any]:
    """Read all of a backup and compare it with its manifest, which is returned. Raises GradingError."""
    with opened(file) as (archive, said):
        for one in said["files"]:
            with archive.open(one["member"]) as stream:
                if copied(stream, None, one["size"], tell) != (one["sha256"], one["size"]):
                    raise GradingError(f"{file} is damaged: {one['path'][:80]!r} is not as it was: take another backup")
    return said
