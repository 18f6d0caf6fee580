"""`python -m course_lib check FILE`: before handing in, is the notebook whole, and does it run from the top?

Looks an assignment over before you hand it in: are all cells there, does a copy run from the top in a fresh kernel,
do the tests that you see pass, what is still empty? Your file stays as it is, and nothing is sent anywhere.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import legible
from course_lib.setup.environment import environment
from course_lib.setup.processes import go_on

from .look import content, shape, student
from .notebook import Refused, load
from .play import play

HELP = "look an assignment over before you hand it in"


def options(p: argparse.ArgumentParser) -> None:
    """What `check` takes."""
    what = "your notebook in the folder that you were given, for example pca/pca.ipynb"
    p.add_argument("file", type=Path, metavar="FILE.ipynb", help=what)


def main(options: argparse.Namespace) -> int:
    """Check one file: 0 when it is ready to be handed in, 1 when not, 2 when it isn't clear which one is meant."""
    file = Path(os.path.abspath(options.file))
    go_on(environment(), ["check", str(file)])
    return check(file)


def check(file: Path) -> int:
    """The same, in a Python that has what is needed."""
    sys.stdout.reconfigure(errors="replace")  # what a cell raised can be any text
    try:
        cells, wanted = load(file)
        faults, (more, empty) = shape(cells, wanted), content(cells, wanted)
        faults += more
        for line in [*(f"✗ {fault}" for fault in faults), *missing(wanted, empty)]:
            print(legible(line))
        print("Running a copy from the top in a fresh kernel ...", flush=True)
        start = time.monotonic()
        failed, fatal = play(cells, file.parent, wanted, empty)
    except Refused as reason:
        print(f"✗ {reason}")
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Nothing was changed.")
        return 130
    for fault in [*failed, *filter(None, [fatal])]:
        print(f"✗ {legible(fault)}")
    name, took = student(cells), time.monotonic() - start
    nameless = name is not None and not name.strip()
    print(verdict(file.name, len(faults + failed) + bool(fatal), len(empty), bool(fatal), took, nameless))
    if name and not nameless:
        print(f"Your numbers are those of {name.strip()!r}: hand in under this name.")
    return int(bool(faults or failed or fatal or empty))


def missing(wanted: dict[str, Any], empty: list[str]) -> list[str]:
    """A line for each answer that was not attempted, with what it is worth."""
    points = {cell["id"].removesuffix("-test"): cell["points"] for cell in wanted["cells"] if cell.get("points")}
    return [f"○ {name}: not attempted" + f" ({points[name]} points)" * (name in points) for name in empty]


def verdict(name: str, faults: int, empty: int, fatal: bool, seconds: float, nameless: bool = False) -> str:
    """The last word; nameless: STUDENT is empty, so the notebook's numbers are nobody's."""
    if not faults and not empty:
        return (
            f"✓ {name} is ready: all cells are there, it runs from the top in {seconds:.0f} s, the visible tests pass."
        )
    found = [f"{faults} thing{'s' * (faults != 1)} to mend (✗)"] if faults else []
    found += [f"{empty} answer{'s' * (empty != 1)} missing (○)"] if empty else []
    if fatal:
        return f"{' and '.join(found)}. As it is, nothing in it would be graded."
    if nameless:
        return f"{' and '.join(found)}. Don't hand it in yet: answers worked out with nobody's numbers earn nothing."
    return f"{' and '.join(found)}. You can hand it in as it is: whatever is right earns its points."
