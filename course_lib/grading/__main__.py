"""Release, grade, give feedback: the instructor's commands, thin over nbgrader.

    python -m course_lib.grading init                    make the folder grading/ (gradebook, secret, settings)
    python -m course_lib.grading release [NAME ...]      the students' versions, in grading/release
    python -m course_lib.grading autograde [NAME ...]    grade what lies in grading/submitted/<student>/<name>
    python -m course_lib.grading mark                    open nbgrader's Formgrader for the written questions
    python -m course_lib.grading feedback [NAME ...]     one page a student and assignment, in grading/feedback
    python -m course_lib.grading report                  marks, attention list and pages, in grading/report

Every command says more with --help.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (this file must parse on an old Python, so that it can say so)
    sys.exit("The course needs Python 3.11 or newer, and this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

import argparse
import os
from pathlib import Path

from course_lib.bootstrap import ROOT, SetupError, environment, requirements, satisfied


def parser() -> argparse.ArgumentParser:
    """The five commands and their options."""
    top = argparse.ArgumentParser(
        "python -m course_lib.grading", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    for verb, what in {
        "init": "make the grading folder; what is there stays",
        "release": "make the students' versions and the answer keys",
        "autograde": "grade submissions, each in a sandbox",
        "mark": "open nbgrader's Formgrader in the browser, to give points for written answers",
        "feedback": "write the students' pages",
        "report": "write marks, attention list and the class's pages",
    }.items():
        p = verbs.add_parser(verb, help=what, description=what)
        p.add_argument("--folder", type=Path, default=ROOT / "grading", help="the grading folder (grading/)")
        p.add_argument("--sources", type=Path, default=ROOT / "notebooks" / "assignments", help=argparse.SUPPRESS)
        if verb == "init":
            p.add_argument("--students", type=Path, help="CSV with the columns id, first_name, last_name, email")
        if verb in ("release", "autograde", "feedback"):
            p.add_argument("names", nargs="*", metavar="NAME", help="assignments; default: all")
        if verb in ("autograde", "feedback"):
            p.add_argument("--student", default="", help="only this one")
        if verb == "autograde":
            p.add_argument("--jobs", type=int, default=1, help="how many at once (1)")
            p.add_argument("--resume", action="store_true", help="only what is new, changed, or not yet graded")
            p.add_argument("--seconds", type=float, default=120, help="time for one submission (120)")
            p.add_argument("--cell-seconds", type=float, default=20, help="time for one cell (20)")
            p.add_argument("--memory", type=int, default=4096, help="MB for one submission (4096)")
            p.add_argument(
                "--i-trust-these-students", action="store_true", help="run submissions without the sandbox (don't)"
            )
    return top


def main(argv: list[str]) -> int:
    """Do what the command says; errors that a user can meet are one line on stderr, Ctrl-C is 130."""
    if not argv:
        print(__doc__)
        return 2
    options = parser().parse_args(argv)
    if not satisfied(requirements("instructor")):
        return elsewhere(argv)
    from course_lib.grading import actions
    from course_lib.grading.course import Course, GradingError
    from course_lib.grading.sandbox import NoSandbox
    from course_lib.grading.source import BadSource

    try:
        return getattr(actions, options.verb)(Course(options.folder, options.sources), options)
    except NoSandbox as error:
        print(
            f"grading: {error}. Nothing was run. If you trust every one of these students with your account and the "
            "gradebook: --i-trust-these-students", file=sys.stderr,
        )  # fmt: skip
    except (GradingError, BadSource) as error:
        print(f"grading: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted. What is graded is kept; autograde --resume does the rest.", file=sys.stderr)
        return 130
    return 1


def elsewhere(argv: list[str]) -> int:
    """Run the command with the Python of `.venv`, which gets what grading needs."""
    try:
        python = environment("test", instructor=True)
    except SetupError as error:
        print(f"grading: {error}", file=sys.stderr)
        return 1
    if python == sys.executable:
        needed = " ".join(f"'{one}'" for one in requirements("instructor"))
        print(f"grading needs more packages: {python} -m pip install {needed}", file=sys.stderr)
        return 1
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    sys.stdout.flush()
    os.execve(python, [python, "-m", "course_lib.grading", *argv], dict(os.environ, PYTHONPATH=path))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
