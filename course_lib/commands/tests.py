"""`python -m course_lib test`: pytest over everything, the notebooks among it, each pass announced and timed."""

import argparse
import os
import tempfile
import time
from pathlib import Path

from course_lib.books import kernels
from course_lib.ground import ROOT
from course_lib.setup.environment import environment

from .processes import ask_data, call, with_library

PLUGIN = ["-p", "tests.commands.nbval_plugin"]
NBVAL = [
    "--nbval-current-env",
    "--nbval-cell-timeout=1200",
    "--nbval-kernel-startup-timeout=120",
    "--nbval-sanitize-with=tests/commands/nbval_sanitize.cfg",
]


HELP = "run the tests; nbval checks every notebook; arguments are pytest's"


def options(p: argparse.ArgumentParser) -> None:
    """`test` hands on to pytest what it doesn't know."""


def main(options: argparse.Namespace) -> int:
    """Run pytest: all on the data found, then notebooks on the embedded digits; or as the arguments say."""
    python = environment("test", instructor=True)
    source, folder = ask_data(python, with_library(dict(os.environ)))
    mnist = source.startswith("MNIST")
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
        env = with_library(kernels.headless(Path(scratch)))
        env["COURSE_CACHE"] = os.path.join(scratch, "cache")  # nothing is taken from an earlier run
        env["COURSE_DATA"] = (folder or env.get("COURSE_DATA", "")) if mnist else "embedded"
        pytest = [python, "-m", "pytest", *PLUGIN]
        if options.rest:
            return call([*pytest, *options.rest], env)
        return passes(pytest, source if mnist else "", env)


def side_by_side(env: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """pytest's words, and the variables, for running modules and notebooks at once; the cores are shared out."""
    cores = os.cpu_count() or 1
    lanes = min(cores, 4)
    words = ["-n", str(lanes), "--dist", "loadscope", "--no-loadscope-reorder"]
    return words, {"OMP_NUM_THREADS": str(cores // lanes)} | env


def passes(pytest: list[str], mnist: str, env: dict[str, str]) -> int:
    """The two passes, each announced by a line; without MNIST only one, in which nothing is compared."""
    lanes, env = side_by_side(env)
    longest_first = sorted((ROOT / "notebooks").glob("*.ipynb"), reverse=True)  # later ones train longer
    books = [book.relative_to(ROOT).as_posix() for book in longest_first]
    lax = dict(env, COURSE_DATA="embedded")
    if mnist:
        first = f"tests, and notebooks compared with their stored outputs: {mnist}"
        second = "notebooks must run on the embedded digits too, and say the same when their cells run again"
        plan = [(first, ["--nbval", *books, "tests"], env)]
        if books:
            plan += [(second, ["--again", "--nbval-lax", *books], lax)]
    else:
        print("MNIST can't be had here: one pass only, stored outputs are not compared.", flush=True)
        only = "tests, and notebooks must run, on the embedded digits"
        plan = [(only, ["--again", "--nbval-lax", *books, "tests"], lax)]
    results, failed = [], 0
    for number, (what, selection, variables) in enumerate(plan, start=1):
        print(f"\nPass {number} of {len(plan)}: {what}", flush=True)
        start = time.monotonic()
        status = call([*pytest, *lanes, *NBVAL, *selection], variables)
        if status == 130:
            return status
        results.append(f"pass {number} {'FAILED' if status else 'passed'} ({time.monotonic() - start:.0f} s)")
        failed = failed or status
    print("\n" + ", ".join(results), flush=True)
    return failed
