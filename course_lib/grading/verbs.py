"""Release, grade, give feedback: the instructor's commands, thin over nbgrader.

    python -m course_lib grade init                    make the folder grading/ (gradebook, secret, settings)
    python -m course_lib grade release [NAME ...]      the students' versions, in grading/release
    python -m course_lib grade students                list, --add or --remove students
    python -m course_lib grade collect FILE.zip ...    take in a platform's zip: --from moodle, canvas or folder
    python -m course_lib grade autograde [NAME ...]    grade what lies in grading/submitted/<student>/<name>
    python -m course_lib grade mark                    open nbgrader's Formgrader for the written questions
    python -m course_lib grade feedback [NAME ...]     one page a student and assignment, in grading/feedback
    python -m course_lib grade report                  marks, attention list and pages, in grading/report
    python -m course_lib grade regrades                who asks for another look, in grading/regrades.csv
    python -m course_lib grade similar [NAME ...]      pairs of submissions that resemble each other
    python -m course_lib grade backup [FILE]           all of the folder in one file, checked
    python -m course_lib grade restore FILE            a folder out of it, here or on another machine
    python -m course_lib grade doctor                  what is wrong with the folder, and what to do

Every command says more with --help.
"""

import argparse
import sys
from pathlib import Path

from course_lib.grading.words import Filled, Strict, between, called, seconds
from course_lib.ground import ROOT
from course_lib.setup.environment import environment, requirements, satisfied
from course_lib.setup.processes import go_on

HELP = "release, grade, give feedback: for instructors"
JOBS, MEMORY = 1000, 10**7  # at most: at once, and MB


def options(p: argparse.ArgumentParser) -> None:
    """The commands and their options."""
    verbs = p.add_subparsers(dest="what", required=True, metavar="COMMAND", parser_class=Strict)
    for verb, what in {
        "init": "make the grading folder; what is there stays",
        "students": "list, add or remove students",
        "release": "make the students' versions and the answer keys",
        "collect": "take in a learning platform's zip of submissions, or a folder of them",
        "autograde": "grade submissions, each in a sandbox",
        "mark": "open nbgrader's Formgrader in the browser, to give points for written answers",
        "feedback": "write the students' pages",
        "report": "write marks, attention list and the class's pages",
        "regrades": "list who asks for another look, and what came of it",
        "similar": "say which submissions resemble each other more than chance explains",
        "backup": "put all of the folder, its secret included, into one file, and read that back",
        "restore": "make a folder out of a backup, after all of it was checked",
        "doctor": "say what is wrong with the folder and what to do; change nothing",
    }.items():
        one = verbs.add_parser(verb, help=what, description=what)
        one.add_argument("--folder", type=Path, default=ROOT / "grading", help="the grading folder (grading/)")
        one.add_argument("--sources", type=Path, default=ROOT / "notebooks" / "assignments", help=argparse.SUPPRESS)
        if verb == "init":
            one.add_argument("--students", type=Path, help="CSV with the columns id, first_name, last_name, email")
            one.add_argument("--new-gradebook", action="store_true", help="in place of one that is lost or damaged")
            one.add_argument("--upgrade-gradebook", action="store_true", help="of an older nbgrader; it is kept")
        if verb in ("backup", "restore"):
            where = "where to (beside the folder, named after the time)" if verb == "backup" else "the backup"
            one.add_argument("file", metavar="FILE", type=Path, nargs="?" if verb == "backup" else None, help=where)
        if verb == "restore":
            one.add_argument("--replace", action="store_true", help="even where something is; that is kept aside")
        if verb == "doctor":
            one.add_argument("--fix", action="store_true", help="clear leftovers away, close the secret to others")
        if verb == "students":
            one.add_argument("--add", nargs="+", default=[], metavar="FILE|ID", help="take in a CSV, or single ids")
            one.add_argument("--remove", nargs="+", default=[], metavar="ID", help="delete all that is here of them")
            one.add_argument("--yes", action="store_true", help="without asking")
        if verb == "collect":
            one.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a zip as it was downloaded")
            one.add_argument("--from", dest="source", required=True, choices=["moodle", "canvas", "folder"],
                             help="whose names it has; folder: STUDENT/pca.ipynb or STUDENT/pca/pca.ipynb")  # fmt: skip
            one.add_argument(
                "--assignment", default="", action=Filled, metavar="NAME", help="which it is of (told by the names)"
            )
            one.add_argument(
                "--zone", default="", action=Filled, help="of the zip's dates: Europe/Paris (this machine's)"
            )
            one.add_argument("--worksheet", type=Path, metavar="CSV", help="Moodle's grading worksheet: who, and when")
            one.add_argument("--times", choices=["zip", "none"], help="whether the zip's dates are the hand-ins' "
                             "(they are, unless they look like the download's)")  # fmt: skip
        if verb in ("release", "autograde", "feedback", "similar"):
            one.add_argument("names", nargs="*", metavar="NAME", help="assignments; default: all")
        if verb in ("autograde", "feedback"):
            one.add_argument("--student", default="", action=Filled, help="only this one")
        if verb == "feedback":
            one.add_argument("--as", dest="platform", choices=["folder", "moodle", "canvas"], default="folder",
                             help="also one zip an assignment, as this platform takes it")  # fmt: skip
            one.add_argument("--jobs", type=between(1, JOBS), default=1, help="how many pages at once (1)")
            one.add_argument("--seconds", type=seconds, default=60, help="time for one page (60)")
        if verb == "regrades":
            triple = {"nargs": 3, "metavar": ("STUDENT", "NAME", "WHY")}
            one.add_argument("--add", **triple, help="a request that came in by mail, say")
            one.add_argument("--close", **triple, help="what came of it")
        if verb == "report":
            one.add_argument("--fill", type=Path, nargs="*", default=[], metavar="FILE", help="tables that Canvas or "
                             "Moodle exported: write our marks into a copy")  # fmt: skip
        if verb == "mark":
            one.add_argument("--port", type=between(0, 65535), help="where Formgrader listens (8888, or the next free)")
            one.add_argument("--no-browser", action="store_true", help="only say the address")
            one.add_argument("--names", action="store_true", dest="show_names", help="show whose answers they are")
            one.add_argument(
                "--marker", default="", action=Filled, type=called, help="who gives the points (your login)"
            )
        if verb == "autograde":
            one.add_argument("--jobs", type=between(1, JOBS), default=1, help="how many at once (1)")
            one.add_argument("--scheduler", default="", action=Filled, metavar="ADDRESS",
                             help="run them on a dask cluster: tcp://...")  # fmt: skip
            one.add_argument("--resume", action="store_true", help="only what is new, changed, or not yet graded")
            one.add_argument("--seconds", type=seconds, default=120, help="time for one submission (120)")
            one.add_argument("--cell-seconds", type=seconds, default=20, help="time for one cell (20)")
            one.add_argument("--memory", type=between(512, MEMORY), default=4096, metavar="MB",
                             help="for one submission (4096)")  # fmt: skip
            one.add_argument(
                "--i-trust-these-students", action="store_true", help="run submissions without the sandbox (don't)"
            )


def main(options: argparse.Namespace) -> int:
    """Do what the command says; what a user can meet is one line on stderr, Ctrl-C is 130. Raises SetupError."""
    wanted = requirements("instructor")
    if not satisfied(wanted):
        go_on(environment("test", instructor=True), options.argv)
    if not satisfied(wanted):  # a Python of the user's own, which has the rest
        needed = " ".join(f"'{one}'" for one in wanted)
        print(f"grading needs more packages: {sys.executable} -m pip install {needed}", file=sys.stderr)
        return 1
    from course_lib.books.handed_in import spelled
    from course_lib.grading import actions
    from course_lib.grading.course import Course, GradingError
    from course_lib.grading.release.source import BadSource
    from course_lib.grading.sandbox.walls import NoSandbox
    from course_lib.grading.upkeep import faults, sound

    try:
        course = Course(options.folder, options.sources)
        sound.check(course, options)
        return getattr(actions, options.what)(course, options)
    except NoSandbox as error:
        print(
            f"grading: {error}. Nothing was run. If you trust every one of these students with your account and the "
            "gradebook: --i-trust-these-students", file=sys.stderr,
        )  # fmt: skip
    except BadSource as error:  # an author's own, a line for each fault
        print(f"grading: {error}", file=sys.stderr)
    except GradingError as error:
        print(f"grading: {spelled(' '.join(str(error).splitlines()))}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted. What is graded is kept; autograde --resume does the rest.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:
        home = options.folder.absolute()
        print(f"grading: {faults.said(error, home) or faults.keep(error, home)}", file=sys.stderr)
    return 1
