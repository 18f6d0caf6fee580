"""An autoencoder course: one command to read it, one to test it. The first call sets all up in .venv.

    python -m course_lib                      open the course in JupyterLab, in copies of your own
    python -m course_lib reset LESSON         a fresh copy of a lesson; yours is kept
    python -m course_lib run [NOTEBOOK ...]   execute the notebooks without a browser
    python -m course_lib test [PYTEST ARGS]   run the tests; nbval checks every notebook. `test --quick`: 3 minutes
    python -m course_lib slides [LESSON ...]  make decks for a lecture, alive without a network
    python -m course_lib site                 make the whole course a website
    python -m course_lib check FILE.ipynb     look an assignment over before you hand it in
    python -m course_lib grade COMMAND        release, grade, give feedback: for instructors
    python -m course_lib scoreboard           make the README's scoreboard anew: for authors

Each says more with --help. Needs Python 3.11 or newer. An environment that has what pyproject.toml asks for
(conda, Binder) is used as it is.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (this file must parse on an old Python, so that it can say so)
    sys.exit("The course needs Python 3.11 or newer, and this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

from course_lib.setup.strays import strays

in_the_way = strays()  # before anything is imported that such a file could hide
if in_the_way:
    sys.exit(in_the_way)

import argparse

from course_lib.commands import check, lab, reset, run, scoreboard, site, slides, tests
from course_lib.commands.notebooks import UnknownNotebook
from course_lib.grading import verbs as grading
from course_lib.ground import command
from course_lib.setup.installer import SetupError

VERBS = {"lab": lab, "reset": reset, "run": run, "slides": slides, "site": site, "test": tests, "check": check}
VERBS |= {"grade": grading, "scoreboard": scoreboard}
HANDED_ON = ("lab", "test")  # what stands after these belongs to JupyterLab and pytest


def tree() -> dict[str, argparse.ArgumentParser]:
    """All commands by their names, with their options: each module of VERBS brings its own."""
    top = argparse.ArgumentParser(
        "python -m course_lib", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = top.add_subparsers(dest="verb", metavar="COMMAND")
    for name, module in VERBS.items():
        p = verbs.add_parser(name, help=module.HELP, description=module.__doc__, formatter_class=top.formatter_class)
        module.options(p)
    return verbs.choices


def main(argv: list[str]) -> int:
    """Do what the verb says; errors that a user can meet are one line, Ctrl-C is 130."""
    if argv[:1] in (["-h"], ["--help"], ["help"]):
        print(__doc__)
        return 0
    verb, rest = ("lab", argv) if not argv or argv[0].startswith("-") else (argv[0], argv[1:])
    if verb not in VERBS:
        print(f"unknown command {verb!r}: it is one of {', '.join(VERBS)}, --help", file=sys.stderr)
        return 2
    read = [] if verb in HANDED_ON and rest[:1] not in (["-h"], ["--help"]) else rest
    options = tree()[verb].parse_args(read)
    options.argv, options.rest = argv, rest
    try:
        return VERBS[verb].main(options)
    except (SetupError, UnknownNotebook) as error:
        print(f"course: {error}", file=sys.stderr)
        return 2 if isinstance(error, UnknownNotebook) else 1
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(command(main, sys.argv[1:]))
