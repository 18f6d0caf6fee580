"""What every room may stand on: the project's folder, and switches. Standard library only."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

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


def command(main: Callable[[list[str]], int], arguments: list[str]) -> int:
    """What a command's `main` returns; 141, without a word, where the reader of its output has gone (`| head`)."""
    try:
        status = main(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is written at the very end
        return 141
