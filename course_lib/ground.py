"""What every room may stand on: the project's folder, switches, whole files, a lock. Standard library only."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

ROOT = Path(__file__).resolve().parent.parent
YES, NO = ("1", "yes", "true", "on"), ("0", "no", "false", "off")


def switch(name: str) -> bool:
    """Whether an environment variable says yes; unset and empty are no.

    Raises: ValueError for a word that is neither yes nor no.
    """
    word = os.environ.get(name, "").strip().lower()
    if word and word not in YES + NO:
        raise ValueError(f"{name}={os.environ[name]} is neither yes nor no: set it to 1 or 0, or unset it")
    return word in YES


def write(file: Path, content: str | bytes, private: bool = False) -> None:
    """Write a file whole or not at all: beside its place, then there. Text is UTF-8 with \\n, on every system.

    private: nobody else may read it. Text that no encoding can hold (names of folders can be broken) is escaped.
    Raises OSError; nothing half-written is left behind, and what was there stays.
    """
    raw = content if isinstance(content, bytes) else content.encode("utf-8", errors="backslashreplace")
    fresh = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        fresh.touch(mode=0o600 if private else 0o666)
        fresh.write_bytes(raw)
        os.replace(fresh, file)
    finally:
        fresh.unlink(missing_ok=True)


@contextlib.contextmanager
def only_one(place: Path, waiting: str) -> Iterator[int]:
    """Wait while another process holds the same place, a folder or a file that it makes; say so in one line.

    Yields the lock's number: whatever process inherits it holds the place too, until the last of them has ended,
    however it ends. Where there are no such locks (Windows, some network folders), nobody waits.
    """
    handle = os.open(place, os.O_RDONLY if place.is_dir() else os.O_RDWR | os.O_CREAT, 0o600) if fcntl else -1
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            if fcntl:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    print(waiting, flush=True)
                    fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        if fcntl:
            os.close(handle)


def without_grammar() -> None:
    """Keep nbformat's jsonschema from compiling a grammar of addresses as it is imported: more than a second at each
    start, for a check that no command asks for."""
    sys.modules.setdefault("rfc3987_syntax", None)


def command(main: Callable[[list[str]], int], arguments: list[str]) -> int:
    """What a command's `main` returns; 141, without a word, where the reader of its output has gone (`| head`).

    After Ctrl-C (130) this process ends here: Python's own tidying up takes seconds on a busy machine.
    """
    without_grammar()
    try:
        status = main(arguments)
        sys.stdout.flush()
        if status == 130:
            sys.stderr.flush()
            os._exit(status)
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is written at the very end
        return 141
