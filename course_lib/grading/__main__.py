"""`python -m course_lib.grading COMMAND`: the older door to `python -m course_lib grade COMMAND`."""

import sys

from course_lib.__main__ import main
from course_lib.ground import command

if __name__ == "__main__":
    sys.exit(command(main, ["grade", *(sys.argv[1:] or ["--help"])]))
