"""An autoencoder course: one command to read it, one to test it. The first call sets all up in .venv.

    python -m course_lib                      open the course in JupyterLab (the same as `lab`)
    python -m course_lib run [NOTEBOOK ...]   execute the notebooks without a browser; `run --help` says more
    python -m course_lib test [PYTEST ARGS]   run the tests; nbval checks every notebook
    python -m course_lib check FILE.ipynb     look an assignment over before you hand it in

Needs Python 3.11 or newer. An environment that has what pyproject.toml asks for (conda, Binder)
is used as it is.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (this file must parse on an old Python, so that it can say so)
    sys.exit("The course needs Python 3.11 or newer, and this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

from course_lib.strays import strays

in_the_way = strays()  # before anything is imported that such a file could hide
if in_the_way:
    sys.exit(in_the_way)

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from course_lib import execute, kernels
from course_lib.bootstrap import ROOT, SetupError, environment
from course_lib.ground import command

PLUGIN = ["-p", "tests.nbval_plugin"]
NBVAL = [
    "--nbval-current-env",
    "--nbval-cell-timeout=1200",
    "--nbval-kernel-startup-timeout=120",
    "--nbval-sanitize-with=tests/nbval_sanitize.cfg",
]
QUESTION = """
import json, sys
try:
    from course_lib import data
    print(json.dumps([data.source(), str(data.mnist_folder() or "")]))
except Exception as error:
    sys.exit(f"The data could not be looked for: {type(error).__name__}: {error}")
"""


def with_library(env: dict[str, str]) -> dict[str, str]:
    """A copy of the environment variables in which Python and its kernels find course_lib.

    PyTorch's threads (GNU OpenMP) wait by spinning. Beside one other busy program on two cores that made training
    10 times slower; waiting briefly and then sleeping costs a tenth on an idle machine. A user's own setting stays, but
    for PYTHONOPTIMIZE: the lessons' asserts are their checks.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    kept = {name: value for name, value in env.items() if name != "PYTHONOPTIMIZE"}
    return {"GOMP_SPINCOUNT": "1000"} | kept | {"PYTHONPATH": path}


def call(command: list[str], env: dict[str, str], patience: float | None = 15.0) -> int:
    """Run a command in the repository; on Ctrl-C it has this many seconds to end by itself, then 130."""
    interrupted = False
    with subprocess.Popen(command, env=env, cwd=ROOT) as process:
        while True:
            try:
                status = process.wait(patience if interrupted else None)
                return 130 if interrupted or status == -2 else status
            except KeyboardInterrupt:
                interrupted = True
            except subprocess.TimeoutExpired:
                process.terminate()


def hand_over(command: list[str], env: dict[str, str]) -> int:
    """Become that command (on Windows, which can't, wait for it): Ctrl-C is then its own affair."""
    if os.name == "nt":
        return call(command, env, patience=None)
    sys.stdout.flush()
    os.execve(command[0], command, env)


def ask_data(python: str, env: dict[str, str]) -> tuple[str, str]:
    """Which data there are, and the folder of MNIST ('' where it can't be had). A download happens here."""
    print("Looking for the data ...", flush=True)
    command = [python, "-c", QUESTION]
    answer = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if answer.returncode in (130, -2):
        raise KeyboardInterrupt
    *said, last = answer.stdout.strip().splitlines() or [""]
    if answer.returncode:
        return "no data", ""
    print(*said, sep="\n", end="\n" if said else "")
    source, folder = json.loads(last)
    return source, folder


def lab(arguments: list[str]) -> int:
    """Open JupyterLab on the notebooks; further arguments are passed on."""
    python = environment()
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # containers, class servers
    env = dict(with_library(dict(os.environ)), JUPYTER_PREFER_ENV_PATH="1")
    if not kernels.home_is_writable():
        env |= kernels.elsewhere(Path(tempfile.mkdtemp(prefix="course-home-")))
        print("Your home folder can't be written to: JupyterLab keeps its settings in a temporary folder.", flush=True)
    os.chdir(ROOT)
    return hand_over(
        [python, "-m", "jupyterlab", *(["--allow-root"] if root else []), "notebooks", *arguments], env
    )


def run(arguments: list[str]) -> int:
    """Execute notebooks; what is wrong with the arguments is said before any set-up."""
    execute.choose(execute.parse(arguments).notebooks)
    python = environment()
    env = with_library(dict(os.environ))
    source, _ = ask_data(python, env)
    return hand_over([python, "-m", "course_lib.execute", "--data", source, *arguments], env)


def check(arguments: list[str]) -> int:
    """Look an assignment over before it is handed in."""
    python = environment()
    arguments = [one if one.startswith("-") else os.path.abspath(one) for one in arguments]
    return hand_over([python, "-m", "course_lib.preflight", *arguments], with_library(dict(os.environ)))


def test(arguments: list[str]) -> int:
    """Run pytest: all on the data found, then notebooks on the embedded digits; or as the arguments say."""
    python = environment("test", instructor=True)
    source, folder = ask_data(python, with_library(dict(os.environ)))
    mnist = source.startswith("MNIST")
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
        env = with_library(kernels.headless(Path(scratch)))
        env["COURSE_CACHE"] = os.path.join(scratch, "cache")  # nothing is taken from an earlier run
        env["COURSE_DATA"] = (folder or env.get("COURSE_DATA", "")) if mnist else "embedded"
        pytest = [python, "-m", "pytest", *PLUGIN]
        if arguments:
            return call([*pytest, *arguments], env)
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


def main(argv: list[str]) -> int:
    """Do what the verb says; errors that a user can meet are one line, Ctrl-C is 130."""
    verb, arguments = (argv[0], argv[1:]) if argv else ("lab", [])
    if verb in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if verb not in ("lab", "run", "test", "check"):
        print(f"unknown command {verb!r}: it is one of lab, run, test, check, --help", file=sys.stderr)
        return 2
    try:
        return {"lab": lab, "run": run, "test": test, "check": check}[verb](arguments)
    except (SetupError, execute.UnknownNotebook) as error:
        print(f"course: {error}", file=sys.stderr)
        return 2 if isinstance(error, execute.UnknownNotebook) else 1
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(command(main, sys.argv[1:]))
