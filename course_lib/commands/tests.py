"""`python -m course_lib test`: pytest over everything, the notebooks among it, each pass announced and timed.

`test --quick` runs the library's tests, the rules and one lesson: what a contributor runs before a commit. Any other
arguments make one call of pytest with exactly these.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from course_lib.books import kernels
from course_lib.books.shelf import lessons
from course_lib.ground import ROOT
from course_lib.setup.environment import environment
from course_lib.setup.processes import call, with_library

from .data import ask_data

HELP = "run the tests; nbval checks every notebook"
PLUGINS = ["-p", "tests.commands.nbval_plugin", "-p", "tests.commands.timing"]
NBVAL = [
    "--nbval-current-env",
    "--nbval-cell-timeout=1200",
    "--nbval-kernel-startup-timeout=120",
    "--nbval-sanitize-with=tests/commands/nbval_sanitize.cfg",
]
QUICK = ["tests/library", "tests/test_house.py"]  # and the first lesson


class Pass(NamedTuple):
    """One call of pytest: what is said before it, what it selects, what its variables are."""

    title: str
    selection: list[str]
    env: dict[str, str]


def options(p: argparse.ArgumentParser) -> None:
    """`test` hands on to pytest what it doesn't know."""
    p.add_argument("--quick", action="store_true", help="the library, the rules and one lesson: 3 minutes")
    p.add_argument("rest", nargs="*", metavar="PYTEST ARGS", help="one call of pytest with exactly these")


def main(options: argparse.Namespace) -> int:
    """Run pytest: all on the data found, then notebooks on the embedded digits; or as the arguments say."""
    start = time.monotonic()
    python = environment("test", instructor=True)
    set_up = time.monotonic() - start
    source, folder = ask_data(python, with_library(dict(os.environ)))
    mnist = source if source.startswith("MNIST") else ""
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
        env = with_library(kernels.headless(Path(scratch)))
        env["COURSE_CACHE"] = os.path.join(scratch, "cache")  # nothing is taken from an earlier run
        env["COURSE_DATA"] = (folder or env.get("COURSE_DATA", "")) if mnist else "embedded"
        pytest = [python, "-m", "pytest", *PLUGINS]
        if options.rest and options.rest != ["--quick"]:
            return call([*pytest, *options.rest], env)
        books = [book.relative_to(ROOT).as_posix() for book in lessons(folder=ROOT / "notebooks")]
        plan = quick(books, mnist, env) if options.rest else everything(books, mnist, env)
        return run(pytest, plan, set_up)


def side_by_side(env: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """pytest's words, and the variables, for running modules and notebooks at once; the cores are shared out.

    One lane more than cores: many tests wait, for a kernel to start or for an attack's time to run out.
    """
    cores = os.cpu_count() or 1
    words = ["-n", str(min(cores, 4) + 1), "--dist", "loadscope", "--no-loadscope-reorder"]
    return words, {"OMP_NUM_THREADS": str(max(1, cores // min(cores, 4)))} | env


def quick(books: list[str], mnist: str, env: dict[str, str]) -> list[Pass]:
    """One pass over what breaks most often."""
    compared = "--nbval" if mnist else "--nbval-lax"
    return [Pass("the library, the rules and one lesson", [compared, *books[:1], *QUICK], env)]


def everything(books: list[str], mnist: str, env: dict[str, str]) -> list[Pass]:
    """The two passes; without MNIST only one, in which nothing is compared.

    On the embedded digits a notebook need only run: its trainings on pictures take one epoch (COURSE_BRIEF), and those
    on points are found where the first pass has stored them.
    """
    longest_first = books[::-1]  # later ones train longer
    lax = dict(env, COURSE_DATA="embedded")
    if mnist:
        first = f"tests, and notebooks compared with their stored outputs: {mnist}"
        second = "notebooks must run on the embedded digits too, and say the same when their cells run again"
        brief = Pass(second, ["--again", "--nbval-lax", *longest_first], dict(lax, COURSE_BRIEF="1"))
        return [Pass(first, ["--nbval", *longest_first, "tests"], env), *([brief] if books else [])]
    print("MNIST can't be had here: one pass only, stored outputs are not compared.", flush=True)
    only = "tests, and notebooks must run, on the embedded digits"
    return [Pass(only, ["--again", "--nbval-lax", *longest_first, "tests"], lax)]


def run(pytest: list[str], plan: list[Pass], set_up: float) -> int:
    """The passes, each announced by a line; at the end where the time went. 0, or the first failure's status."""
    results, failed = [f"set-up {set_up:.0f} s"], 0
    for number, each in enumerate(plan, start=1):
        print(f"\nPass {number} of {len(plan)}: {each.title}", flush=True)
        start, (lanes, env) = time.monotonic(), side_by_side(each.env)
        status = call([*pytest, *lanes, *NBVAL, *each.selection], env)
        if status == 130:
            return status
        results.append(f"pass {number} {'FAILED' if status else 'passed'} ({time.monotonic() - start:.0f} s)")
        failed = failed or status
    print("\n" + ", ".join(results), flush=True)
    return failed
