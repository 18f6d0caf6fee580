"""`python -m course_lib site`: the whole course as a website that asks nothing of the network.

It is made of the stored lessons, so nothing is run. Explorers, predictions and questions live in the pages. Put the
folder on any web server, or open its index.html (the search then shows titles without the lines around the words).
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from course_lib.ground import ROOT
from course_lib.setup.environment import environment
from course_lib.setup.processes import go_on

HELP = "the whole course as a website"
MARK = "objects.inv"  # a folder that holds it was made by Sphinx: it may be replaced


def options(p: argparse.ArgumentParser) -> None:
    """What `site` takes."""
    p.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="folder of the website (build/site)")


def main(options: argparse.Namespace) -> int:
    """Build the website beside the old one and put it in its place; what is wrong is one line."""
    go_on(environment(), options.argv)
    from . import build, source

    begin, out = time.monotonic(), options.out.resolve()
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        print(f"site: {out} holds something else than a website: name another folder with --out", file=sys.stderr)
        return 1
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
            pages, made = Path(scratch) / "pages", Path(scratch) / "site"
            source.write(pages)
            faults = build.build(pages, made, Path(scratch) / "trees")
            for fault in faults:
                print(f"site: {fault}", file=sys.stderr)
            if out.exists():
                shutil.move(out, Path(scratch) / "old")
            shutil.move(made, out)
    except BrokenPipeError:
        raise
    except (build.NotBuilt, OSError, ValueError) as error:
        print(f"site: {error}", file=sys.stderr)
        return 1
    print(f"{out / 'index.html'}  {time.monotonic() - begin:.0f} s")
    return int(bool(faults))
