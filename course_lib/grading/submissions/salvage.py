"""A zip whose table of contents has entries that Python can't read: one student's must not cost the class's."""

import io
import shutil
import struct
import tempfile
import zipfile
from pathlib import Path

ENTRY, END = b"PK\1\2", b"PK\5\6"
LARGEST_TABLE = 2**26  # bytes of a table of contents
UNREADABLE = (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, struct.error, OverflowError)


def salvage(file: Path) -> tuple[zipfile.ZipFile, list[str]]:
    """The zip without its unreadable entries, and their names.

    Raises BadZipFile where that isn't what is wrong with it, OSError.
    """
    with open(file, "rb") as source:
        size = source.seek(0, io.SEEK_END)
        source.seek(max(0, size - 2**16 - 22))
        tail = source.read()
        at = tail.rfind(END)
        if at < 0 or len(tail) - at < 22:
            raise zipfile.BadZipFile("it is no zip, or its end is missing")
        length, start = struct.unpack_from("<II", tail, at + 12)
        start = min(start, size - len(tail) + at - length)  # something may stand before the zip
        if start < 0 or length > LARGEST_TABLE:
            raise zipfile.BadZipFile("its table of contents is damaged")
        source.seek(start)
        good, lost = sorted_out(source.read(length))
        if not good or not lost:
            raise zipfile.BadZipFile("its table of contents is damaged")
        source.seek(0)
        copy = tempfile.TemporaryFile()
        shutil.copyfileobj(source, copy)  # with what follows: the new table stands behind it
    copy.write(table(good, size))
    return zipfile.ZipFile(copy), lost


def sorted_out(raw: bytes) -> tuple[list[bytes], list[str]]:
    """The entries of a table of contents that can be read, and the names of the others."""
    good, lost, at = [], [], 0
    while (at := raw.find(ENTRY, at)) >= 0 and at + 46 <= len(raw):
        name, extra, comment = struct.unpack_from("<HHH", raw, at + 28)
        entry = raw[at : at + 46 + name + extra + comment]
        try:
            zipfile.ZipFile(io.BytesIO(table([entry], 0))).close()
            good.append(entry)
            at += len(entry)
        except UNREADABLE:
            lost.append(entry[46 : 46 + name].decode("utf-8", "replace"))
            at += 4
    return good, lost


def table(entries: list[bytes], start: int) -> bytes:
    """A table of contents, and the end of the zip, that begin at this byte."""
    whole = b"".join(entries)
    count = min(len(entries), 0xFFFF)
    return whole + struct.pack("<4s4H2IH", END, 0, 0, count, count, len(whole), start, 0)
