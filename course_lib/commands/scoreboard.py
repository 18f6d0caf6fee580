"""`python -m course_lib scoreboard`: the README's scoreboard, made anew from the notebooks' own tables."""

import argparse
import sys
from pathlib import Path

HELP = "for authors: make the README's scoreboard anew"


def options(p: argparse.ArgumentParser) -> None:
    """What `scoreboard` takes."""
    what = "first take the full mode's tables from the executed notebooks there"
    p.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help=what)


def main(options: argparse.Namespace) -> int:
    """Write the scoreboard; what is wrong is one line."""
    from course_lib.claims import scoreboard

    try:
        for folder in options.folders:
            scoreboard.keep_full(folder)
        scoreboard.make_anew()
    except (scoreboard.NoTable, OSError) as error:
        print(f"scoreboard: {error}", file=sys.stderr)
        return 1
    return 0
