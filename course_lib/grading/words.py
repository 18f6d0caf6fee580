"""What may stand behind an option of the instructor's commands; anything else is one line, and the status 2."""

import argparse
import re
from collections.abc import Callable
from typing import Any, NoReturn

LONGEST = 10**6  # seconds: eleven days


class Strict(argparse.ArgumentParser):
    """A parser that says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        """End with the status 2."""
        said = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in message)
        self.exit(2, f"grading: {said} ({self.prog} --help says more)\n")


class Filled(argparse.Action):
    """Takes no empty value: of a shell's variable that was never set, say, and it would stand for everybody."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any) -> None:
        """Note the value. Raises ArgumentError where there is none."""
        if not values.strip():
            raise argparse.ArgumentError(self, "its value is empty: write one, or leave the option out")
        setattr(namespace, self.dest, values)


def between(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number from `least` to `most`; it raises ArgumentTypeError for anything else."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,12}", text.strip()) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text[:40]!r}: write a whole number from {least} to {most}")
        return int(text)

    return read


def seconds(text: str) -> float:
    """A time. Raises ArgumentTypeError where it is none, or nothing can be done in it."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= LONGEST:  # (no comparison holds for nan)
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: write a number of seconds, above 0 and at most {LONGEST}")
    return value


def called(text: str) -> str:
    """A person's name or login. Raises ArgumentTypeError where it can't be one; "" is left to others."""
    if text.strip() and not re.fullmatch(r"(?=.*\w)[\w.+@ -]{1,100}", text):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} can't be a name: letters, digits, spaces and . _ - + @")
    return text
