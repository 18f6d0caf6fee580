"""Before handing in: is the notebook whole, and does it run from the top? (`python -m course_lib check FILE`)"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from course_lib.ground import command
from course_lib.preflight.look import content, shape, student
from course_lib.preflight.notebook import NotReady, load
from course_lib.preflight.play import play

USAGE = """python -m course_lib check FILE.ipynb

Looks an assignment over before you hand it in: are all cells there, does a copy run from the top in a fresh kernel,
do the tests that you see pass, what is still empty? Your file stays as it is, and nothing is sent anywhere.
FILE is your notebook in the folder that you were given, for example pca/pca.ipynb."""


def main(argv: list[str]) -> int:
    """Check one file: 0 when it is ready to be handed in, 1 when not, 2 when it isn't clear which one is meant."""
    if len(argv) != 1 or argv[0].startswith("-"):
        print(USAGE)
        return 0 if argv[:1] in (["-h"], ["--help"]) else 2
    sys.stdout.reconfigure(errors="replace")  # what a cell raised can be any text
    file = Path(os.path.abspath(argv[0]))
    try:
        cells, wanted = load(file)
        faults, (more, empty) = shape(cells, wanted), content(cells, wanted)
        faults += more
        for line in [*(f"✗ {fault}" for fault in faults), *missing(wanted, empty)]:
            print(line)
        print("Running a copy from the top in a fresh kernel ...", flush=True)
        start = time.monotonic()
        failed, fatal = play(cells, file.parent, wanted, empty)
    except NotReady as reason:
        print(f"✗ {reason}")
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Nothing was changed.")
        return 130
    for fault in [*failed, *filter(None, [fatal])]:
        print(f"✗ {fault}")
    print(verdict(file.name, len(faults + failed) + bool(fatal), len(empty), bool(fatal), time.monotonic() - start))
    if name := student(cells):
        print(f"Your numbers are those of {name.strip()!r}: hand in under this name.")
    return int(bool(faults or failed or fatal or empty))


def missing(wanted: dict[str, Any], empty: list[str]) -> list[str]:
    """A line for each answer that was not attempted, with what it is worth."""
    points = {cell["id"].removesuffix("-test"): cell["points"] for cell in wanted["cells"] if cell.get("points")}
    return [f"○ {name}: not attempted" + f" ({points[name]} points)" * (name in points) for name in empty]


def verdict(name: str, faults: int, empty: int, fatal: bool, seconds: float) -> str:
    """The last word."""
    if not faults and not empty:
        return (
            f"✓ {name} is ready: all cells are there, it runs from the top in {seconds:.0f} s, the visible tests pass."
        )
    found = [f"{faults} thing{'s' * (faults != 1)} to mend (✗)"] if faults else []
    found += [f"{empty} answer{'s' * (empty != 1)} missing (○)"] if empty else []
    if fatal:
        return f"{' and '.join(found)}. As it is, nothing in it would be graded."
    return f"{' and '.join(found)}. You can hand it in as it is: whatever is right earns its points."


if __name__ == "__main__":
    sys.exit(command(main, sys.argv[1:]))
