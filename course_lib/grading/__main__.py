"""`python -m course_lib.grading COMMAND`: the older door to `python -m course_lib grade COMMAND`."""

import sys

from course_lib import __main__ as door
from course_lib.ground import command


def main(argv: list[str]) -> int:
    """The same command by its newer name."""
    return door.main(["grade", *(argv or ["--help"])])


if __name__ == "__main__":
    sys.exit(command(main, sys.argv[1:]))
