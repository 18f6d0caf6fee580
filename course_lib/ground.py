"""What every room may stand on: the project's folder, and switches. Standard library only."""

import os
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
