"""`python -m course_lib run`: execute notebooks in order, each in a fresh kernel, and go on after a stop."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from course_lib.books.files import place, read
from course_lib.books.kernels import code_cells, headless
from course_lib.ground import ROOT
from course_lib.setup.environment import environment
from course_lib.setup.processes import go_on

from . import elsewhere
from .data import ask_data
from .notebooks import Outcome, choose, execute

HELP = "execute the notebooks without a browser"


def options(p: argparse.ArgumentParser) -> None:
    """What `run` takes."""
    p.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="file, name or beginning (03); default: all")
    p.add_argument("--out", type=Path, default=ROOT / "build" / "executed", help="folder of the executed copies")
    p.add_argument("--full", action="store_true", help="published numbers instead of minutes (a GPU helps)")
    p.add_argument("--fresh", action="store_true", help="run again what an earlier call has done")
    p.add_argument("--in-place", action="store_true", help="for authors: store the outputs in the notebook itself")
    p.add_argument("--numbers", action="store_true", help="for authors: store the explorer's numbers in notebooks/live")
    p.add_argument("--scheduler", default="", metavar="ADDRESS", help="run them on a dask cluster: tcp://...")
    p.add_argument("--timeout", type=seconds, default=1800, metavar="S", help="seconds that a cell may take (1800)")


def seconds(text: str) -> int:
    """A time limit. Raises ArgumentTypeError where it is none."""
    if not (text.isdecimal() and 0 < int(text[:9]) and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: write a whole number of seconds, at least 1")
    return int(text)


def table(outcomes: list[Outcome]) -> str:
    """Notebook, seconds, result: one line per notebook."""
    width = max([8, *(len(outcome.name) for outcome in outcomes)])
    lines = [f"{'notebook':{width}}  {'seconds':>7}  result"]
    for o in outcomes:
        lines.append(f"{o.name:{width}}  {o.seconds:7.1f}  {'' if o.ok else 'FAILED  '}{o.result}")
    return "\n".join(lines)


def spread(paths: list[Path], options: argparse.Namespace) -> int:
    """Execute the notebooks on a cluster behind one bar, print the table; the status as of `run`."""
    from tqdm import tqdm

    outcomes, interrupted = [], False
    with tqdm(total=len(paths), desc="Executing", unit="notebook", disable=None, leave=False) as bar:
        try:
            for outcome in elsewhere.outcomes(paths, options):
                outcomes += [outcome] if outcome else []
                bar.update(bool(outcome))
        except KeyboardInterrupt:
            interrupted = True
        except elsewhere.NoCluster as error:
            print(f"course: {error}", file=sys.stderr)
            return 1
    print(table(sorted(outcomes)))
    print(f"Executed copies are in {options.out}.")
    if interrupted:
        print("Interrupted. The same command goes on there; what has passed is not run again.")
        return 130
    return int(not all(outcome.ok for outcome in outcomes))


def run(paths: list[Path], options: argparse.Namespace, scratch: Path) -> int:
    """Execute the notebooks behind one bar, print the table: 0 all passed, 1 one failed, 130 interrupted."""
    from tqdm import tqdm

    env, outcomes, interrupted, taken = headless(scratch), [], "", set()
    if options.full:
        env["COURSE_FULL"] = "1"
    pause = 0.0 if sys.stderr.isatty() else 15.0  # a log file wants few lines
    with tqdm(total=len(paths), bar_format="{desc} |{bar:20}| {elapsed}", leave=False) as bar:
        for number, path in enumerate(paths):
            cells, shown = 0, float("-inf")

            def tick(cell: int) -> None:
                nonlocal shown
                if time.monotonic() - shown >= pause:
                    bar.n = number + cell / (cells + 1)  # noqa: B023  (called only in this round)
                    bar.set_description_str(f"{path.stem}  cell {cell}/{cells}")  # noqa: B023
                    shown = time.monotonic()

            try:
                cells = len(code_cells(read(path)))
                tick(0)
                outcomes.append(execute(path, place(path, options.out, taken), options, env, tick))
            except (OSError, ValueError) as error:
                outcomes.append(Outcome(path.stem, 0.0, str(error), False))
            except KeyboardInterrupt:
                interrupted = path.stem
                break
    print(table(outcomes))
    print(f"Executed copies are in {options.out}.")
    if interrupted:
        print(f"Interrupted in {interrupted}. The same command goes on there; what has passed is not run again.")
        return 130
    return int(not all(outcome.ok for outcome in outcomes))


def main(options: argparse.Namespace) -> int:
    """Execute notebooks; what is wrong with the arguments is said before any set-up. Raises UnknownNotebook."""
    paths = choose(options.notebooks)
    go_on(environment(), options.argv)
    options.data, _ = ask_data(sys.executable, dict(os.environ))  # part of the key
    try:
        options.out = options.out.resolve()
        options.out.mkdir(parents=True, exist_ok=True)
        if options.scheduler:
            return spread(paths, options)
        with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
            return run(paths, options, Path(scratch))
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"course: can't write to {options.out}: {error.strerror or error}", file=sys.stderr)
        return 1
