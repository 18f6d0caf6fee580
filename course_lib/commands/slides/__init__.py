"""`python -m course_lib slides`: a lesson as a deck for a lecture, one HTML file that lives without a network.

Keys: arrows and space go on, S opens the presenter's view, F fills the screen, O shows all slides. The deck is the
lecture of 90 minutes; with `?short` behind its address it is the one of 50.
"""

import argparse
import sys
import time
from pathlib import Path

from course_lib.commands.notebooks import choose
from course_lib.ground import ROOT, write
from course_lib.setup.environment import environment
from course_lib.setup.processes import go_on

HELP = "a lesson as a deck for a lecture: one HTML file that lives without a network"


def options(p: argparse.ArgumentParser) -> None:
    """What `slides` takes."""
    p.add_argument("lessons", nargs="*", metavar="LESSON", help="file, name or beginning (03); default: all")
    p.add_argument("--out", type=Path, default=ROOT / "build" / "slides", help="folder of the decks")
    p.add_argument("--pdf", action="store_true", help="print each deck into a PDF as well, with an installed Chromium")


def main(options: argparse.Namespace) -> int:
    """Build the decks; what is wrong is one line. Raises UnknownNotebook."""
    paths = choose(options.lessons)
    go_on(environment(), options.argv)
    from . import deck, pdf, plan

    begin = time.monotonic()
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        for path in paths:
            file = options.out / f"{path.stem}.html"
            text, told = deck.build(path, plan.read(path))
            write(file, text)
            print(f"{file}  {told}", flush=True)
            if options.pdf:
                print(pdf.printed(file.resolve()), flush=True)
    except BrokenPipeError:
        raise
    except (plan.NoPlan, pdf.NoPdf, OSError, ValueError) as error:
        print(f"slides: {error}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - begin:.0f} s. Open one in a browser; S is the presenter's view.")
    return 0
