"""What the instructor's commands do, with a line or two on what came of it."""

import argparse
import sys

from course_lib.books.handed_in import spelled
from course_lib.grading.course import Course, GradingError, alone, shown
from course_lib.grading.release.publish import release as release_one
from course_lib.grading.report.marks import collect as marks_of
from course_lib.grading.report.marks import needs_attention
from course_lib.grading.report.regrades import regrades as regrades
from course_lib.grading.report.similar import similar as similar
from course_lib.grading.sandbox import walls
from course_lib.grading.students import counted, enrol, unlisted
from course_lib.grading.students import students as students
from course_lib.grading.submissions.collecting import collect as collect
from course_lib.grading.upkeep import begin
from course_lib.grading.upkeep.backup import backup as backup
from course_lib.grading.upkeep.backup import restore as restore
from course_lib.grading.upkeep.doctor import doctor as doctor


def init(course: Course, options: argparse.Namespace) -> int:
    """Make the folder; take in the list of students."""
    begin.begin(course, options)
    if options.students:
        print(f"{counted(enrol(course, options))} in the gradebook.")
    return 0


def release(course: Course, options: argparse.Namespace) -> int:
    """Release the named assignments, or all."""
    from tqdm import tqdm

    course.need()
    names = options.names or course.assignments()
    with (
        alone(course.home),  # a grading under way must not see two keys
        tqdm(names, desc="Releasing", unit="assignment", disable=None, dynamic_ncols=True) as bar,
    ):
        for name in bar:
            key = release_one(course, name)
            automatic = sum(question["points"] for question in key["questions"].values())
            bar.write(f"{name}: {automatic:g} points by tests, {sum(key['written'].values()):g} by hand")
            sys.stdout.flush()
    print(f"Hand out {shown(course.home / 'release')}/<name>.zip.")
    return 0


def autograde(course: Course, options: argparse.Namespace) -> int:
    """Grade; 0 when all is well, 3 when something needs the instructor's attention."""
    from course_lib.grading.autograde import pool  # a second and a half that no other command needs

    course.need()
    limits = walls.Limits(options.seconds, options.cell_seconds, options.memory)
    chosen = handed_in(course, options)
    chosen, strange = listed_only(course, chosen)
    if options.i_trust_these_students:
        print("WITHOUT the sandbox: students' code runs with your rights.", flush=True)
    elif walls.superuser() and not options.scheduler:
        print("You are the superuser: submissions run as users without rights.", flush=True)
    trusted, cluster = options.i_trust_these_students, options.scheduler
    tally = pool.grade(course, chosen, options.jobs, options.resume, limits, trusted, cluster)
    doubts = max(len(needs_attention(course, options.names, options.student)), tally["attention"])
    print(f"{tally['graded']} graded, {tally['did not run']} did not run, {doubts} for your attention: "
          "python -m course_lib grade report")  # fmt: skip
    return 3 if doubts or strange else 0


def listed_only(course: Course, chosen: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], int]:
    """Without the folders that are nobody's on the list of students; how many of those there are. Each is said.

    Raises GradingError where no other is left.
    """
    strange = unlisted(course, chosen)
    if strange and not set(who for _, who in chosen) - set(strange):
        raise GradingError("; ".join(strange.values()))
    for why in strange.values():
        print(f"Not graded: in submitted, {spelled(why)}", file=sys.stderr, flush=True)
    return [(name, who) for name, who in chosen if who not in strange], len(strange)


def handed_in(course: Course, options: argparse.Namespace) -> list[tuple[str, str]]:
    """The submissions that the command names. Raises GradingError where there are none, and says whose there are."""
    released = course.released()
    if not released:
        raise GradingError("nothing was released yet: python -m course_lib grade release")
    if wrong := [name for name in options.names if name not in released]:
        raise GradingError(f"{wrong[0]!r} was not released; there are: {', '.join(released)}")
    if chosen := course.submissions(options.names, options.student):
        return chosen
    names = options.names or released
    if others := sorted({student for _, student in course.submissions(names)}):
        there = f"there is something of {listed(others)}"
        raise GradingError(f"nothing of {options.student!r} in {', '.join(names)}; {there}")
    place = shown(course.home / "submitted")
    raise GradingError(f"nothing to grade: a submission lies in {place}/STUDENT/{names[0]}/{names[0]}.ipynb")


def listed(students: list[str]) -> str:
    """The first ten, and how many more."""
    more = f" and {len(students) - 10} more" if len(students) > 10 else ""
    return ", ".join(map(repr, students[:10])) + more


def mark(course: Course, options: argparse.Namespace) -> int:
    """Serve Formgrader until Ctrl-C."""
    from course_lib.grading.hand import config, server

    course.settle()
    if config.renew(course.home):
        print(f"{config.NAME} was an older one: renewed; what it said is in {config.BEFORE}.", flush=True)
    marker = options.marker or server.someone()
    return server.serve(course, options.port, not options.no_browser, options.show_names, marker, walls.superuser())


def feedback(course: Course, options: argparse.Namespace) -> int:
    """Write the students' pages, and pack them for a platform; 0 when all is well, 3 when one could not be."""
    from course_lib.grading.report.feedback import write_pages
    from course_lib.grading.report.giving import give_back

    course.settle()
    written, failed = write_pages(course, handed_in(course, options), options.jobs, options.seconds)
    print(f"{len(written)} pages written to {shown(course.home / 'feedback')}")
    packed, left = give_back(course, written, options.platform) if options.platform != "folder" else ([], [])
    for file in packed:
        print(f"for {options.platform.capitalize()}: {shown(file)}")
    for what, faults in (("Not written", failed), ("In no zip", left)):
        for fault in faults:
            print(f"{what}: {spelled(fault)}", file=sys.stderr, flush=True)
    return 3 if failed or left else 0


def report(course: Course, options: argparse.Namespace) -> int:
    """Write what the instructor wants to see; 0 when all is well, 3 when something needs the instructor's attention."""
    from course_lib.grading.report.pages import told

    course.settle()
    rows = marks_of(course)
    print(spelled(told(course, rows, options.fill)))
    return 3 if any(row.reasons for row in rows) else 0
