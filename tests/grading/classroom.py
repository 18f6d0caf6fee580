"""A class of simulated students, with the mark that each submission must get.

python -m tests.grading.classroom --students 30 --jobs 2      the whole demonstration, killed half-way and resumed
python -m tests.grading.classroom --honest --students 30      nobody cheats: who is asked about? (--busy 2)
python -m tests.grading.classroom --assignments pca vae       either of them, with these assignments alone
python -m tests.grading.classroom --cpu 10                    seconds of CPU a submission, beside plain nbgrader's
"""

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from course_lib.grading import records
from course_lib.grading.course import Course
from course_lib.grading.release.source import read, text
from course_lib.ground import ROOT

TYPED = "scale: torch.Tensor = torch.ones(1)  # torch.ones = 1, and no ctypes\n"
DUE = "2026-03-01T12:00:00Z"
ON_TIME, LATE = "2026-02-28 20:00:00 UTC", "2026-03-02 18:00:00 UTC"  # 30 hours: two days begun
PER_DAY = 2
SETTINGS = "[due]\n{due}\n[late]\npoints_per_day = {per_day}\n"
STRIP_ASSERTS = """
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Strip())
"""
CRASH = "import os\nos._exit(1)"
HONEST = ["good", "near", "slips", "spoils", "typed"]
FORKS = """
import os, time
rows = bytearray(b"x") * (300 * 2**20)
for _ in range(6):
    if os.fork() == 0:
        time.sleep(1)
        os.kill(os.getpid(), 9)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""
KINDS = ["good", "slips", "blank", "broken", "late", "hostile", "crash", "absent"]


@dataclass
class Expected:
    """What must come out for one submission."""

    status: str  # as marks.csv says it
    automatic: float | None = None
    flagged: bool = False
    penalty: float = 0.0


def notebook_of(course: Course, assignment: str) -> dict:
    """The released notebook."""
    return json.loads((course.home / "release" / assignment / f"{assignment}.ipynb").read_text("utf-8"))


def cell_of(code: str) -> dict:
    """A student's own cell."""
    return {"cell_type": "code", "metadata": {}, "source": code, "outputs": [], "execution_count": None, "id": "mine"}


def near(code: str, choices: dict[str, list], which: int) -> str:
    """An answer that takes one of one's own numbers to be the next or the one before."""
    if 'numbers["' not in code:
        return code
    name = sorted(choices)[which % len(choices)]
    off = f'nearly = {{**numbers, "{name}": numbers["{name}"] + {(-1) ** which}}}\n'
    return off + code.replace('numbers["', 'nearly["')


def hand_in(course: Course, assignment: str, student: str, kind: str, which: int = 0) -> Expected:
    """Write one student's submission of this kind; what it must get. which: the wrong answers that are taken."""
    source = read(course.sources / assignment)
    automatic = [question for question in source.questions.values() if not question.written]
    place = course.home / "submitted" / student / assignment
    if kind == "absent":
        return Expected("not submitted")
    notebook, points = notebook_of(course, assignment), {}
    answers = {question.name: question.solution for question in automatic}
    points = {question.name: question.points for question in automatic}
    if kind in ("slips", "hostile"):
        for question in automatic:
            slip = question.slips[which % len(question.slips)]
            answers[question.name], points[question.name] = slip.code, slip.points
    if kind == "broken":
        question = automatic[which % len(automatic)]
        answers[question.name], points[question.name] = "def broken(:\n    pass", 0
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if kind != "blank" and name in answers:
            cell["source"] = answers[name]
        elif kind != "blank" and source.questions.get(name) and source.questions[name].written:
            cell["source"] = f"An answer of {student}."
        elif text(cell).strip().startswith("STUDENT ="):
            cell["source"] = f'STUDENT = "{student.upper()} "'
        if kind in ("near", "typed") and name in answers:
            cell["source"] = near(answers[name], source.choices, which) if kind == "near" else TYPED + answers[name]
    extra = {"hostile": STRIP_ASSERTS, "crash": CRASH, "spoils": FORKS}.get(kind)
    if extra:
        notebook["cells"].insert(1, cell_of(extra))
    place.mkdir(parents=True)
    (place / f"{assignment}.ipynb").write_text(json.dumps(notebook), "utf-8")
    (place / "timestamp.txt").write_text(LATE if kind == "late" else ON_TIME, "utf-8")
    if kind == "crash":
        return Expected("did not run")
    if kind == "blank":
        return Expected("graded", 0)
    penalty = PER_DAY * 2 if kind == "late" else 0
    return Expected("waits for a person", sum(points.values()), kind in ("hostile", "late"), penalty)


def fill(course: Course, count: int) -> dict[tuple[str, str], Expected]:
    """Hand in for a class of this size: a third good, most others with slips, and of every trouble one or two."""
    troubles = ["blank", "broken", "late", "hostile", "crash", "absent"]
    expected = {}
    for number in range(count):
        kind = troubles[number // 3 % 6] if number % 3 == 2 else ("good", "slips")[number % 3]
        student = f"{kind}.{number:02d}"
        for assignment in course.released():
            expected[assignment, student] = hand_in(course, assignment, student, kind, number // 3)
    return expected


def class_of_honest(course: Course, count: int) -> dict[tuple[str, str], Expected]:
    """Hand in for students who do nothing wrong but err: right answers, slips, one number off, forks, annotations."""
    expected = {}
    for number in range(count):
        kind = HONEST[number % len(HONEST)]
        for assignment in course.released():
            student = f"{kind}.{number:02d}"
            expected[assignment, student] = hand_in(course, assignment, student, kind, number // len(HONEST))
    return expected


def alarms(course: Course, expected: dict[tuple[str, str], Expected]) -> list[str]:
    """Whoever is on the attention list, or did not run."""
    from course_lib.grading.report.marks import collect

    found = []
    for row in collect(course):
        if (row.assignment, row.student) in expected and (row.reasons or row.status != "waits for a person"):
            found.append(f"{row.assignment}, {row.student}: {row.status}: {'; '.join(row.reasons)}")
    return found


def honest(
    students: int, jobs: int, busy: int, home: Path, sources: Path | None = None, names: list[str] | None = None
) -> int:
    """How many of a class of honest students are asked about: none may be."""
    course = new_course(home, names, sources)
    expected = class_of_honest(course, students)
    enrol(course, sorted({student for _, student in expected}))
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    begin = time.monotonic()
    try:
        grading(course, "autograde", "--jobs", str(jobs))
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    found = alarms(course, expected)
    for line in found:
        print(f"ASKED  {line}")
    print(f"{len(expected)} honest submissions, {busy} busy loops beside them, {time.monotonic() - begin:.0f} s: "
          f"{len(found)} asked about")  # fmt: skip
    return bool(found)


def enrol(course: Course, students: list[str]) -> None:
    """Write the class's list and take it in."""
    roster = course.home / "roster.csv"
    lines = [f'{student},Ada,"Lovelace, {student}",{student}@example.org' for student in students]
    roster.write_text("\n".join(["id,first_name,last_name,email", *lines]) + "\n", "utf-8")
    grading(course, "init", "--students", str(roster))


def grading(course: Course, *words: str, check: bool = True) -> subprocess.CompletedProcess:
    """One of the instructor's commands."""
    command = [sys.executable, "-m", "course_lib.grading", *words, "--folder", str(course.home)]
    command += ["--sources", str(course.sources)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert not check or answer.returncode in (0, 3), answer.stdout + answer.stderr
    return answer


def new_course(home: Path, names: list[str] | None = None, sources: Path | None = None) -> Course:
    """An instructor's folder with these assignments released (all by default)."""
    course = Course(home, sources) if sources else Course(home)
    grading(course, "init")
    due = "\n".join(f"{name} = {DUE}" for name in course.assignments())
    (home / "course.toml").write_text(SETTINGS.format(due=due, per_day=PER_DAY), "utf-8")
    grading(course, "release", *(names or []))
    return course


def wrong(course: Course, expected: dict[tuple[str, str], Expected]) -> list[str]:
    """Where the report's rows differ from what must be there."""
    from course_lib.grading.report.marks import collect

    rows, faults = {(row.assignment, row.student): row for row in collect(course)}, []
    for (assignment, student), wanted in expected.items():
        row = rows.get((assignment, student))
        if row is None:
            faults.append(f"{assignment}, {student}: no row")
            continue
        penalty = min(wanted.penalty, wanted.automatic or 0)
        got = (row.status, row.automatic, row.penalty)
        if got != (wanted.status, wanted.automatic, penalty):
            faults.append(f"{assignment}, {student}: {got}, expected {(wanted.status, wanted.automatic, penalty)}")
        if wanted.flagged != bool(row.reasons) and wanted.status in ("waits for a person", "graded"):
            faults.append(f"{assignment}, {student}: reasons {row.reasons}")
    return faults


def start_and_kill(course: Course, jobs: int, share: float, total: int) -> int:
    """Begin to grade, and kill the command when this share is done; how many were done then."""
    command = [sys.executable, "-m", "course_lib.grading", "autograde", "--jobs", str(jobs)]
    command += ["--folder", str(course.home), "--sources", str(course.sources)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and done(course) < share * total:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return done(course)


def done(course: Course) -> int:
    """How many submissions have a record that is not of one still running."""
    return sum('"status": "running"' not in file.read_text("utf-8") for file in course.home.glob("state/*/*.json"))


def demonstrate(students: int, jobs: int, home: Path, names: list[str] | None = None) -> int:
    """The whole of it, with a line for each step; 0 when every mark is as expected."""
    begin = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - begin:6.0f} s  {what}", flush=True)

    course = new_course(home, names)
    say(f"released: {', '.join(course.released())}")
    expected = fill(course, students)
    enrol(course, sorted({student for _, student in expected}))
    handed_in = len(course.submissions())
    say(f"{students} students, {handed_in} submissions handed in")
    before = start_and_kill(course, jobs, 0.5, handed_in)
    say(f"autograde --jobs {jobs}: killed (SIGKILL) when {before} were graded")
    said = grading(course, "autograde", "--jobs", str(jobs), "--resume").stdout.strip().splitlines()
    say(f"autograde --resume: {'; '.join(said)}")
    say(grading(course, "feedback").stdout.strip())
    say(grading(course, "report").stdout.strip())
    faults = wrong(course, expected)
    for fault in faults:
        print(f"WRONG  {fault}")
    say(f"{len(expected) - len(faults)} of {len(expected)} marks as expected")
    return bool(faults)


def cpu(count: int, home: Path) -> int:
    """CPU of a submission: ours, and plain nbgrader's (no sandbox, hidden tests in the kernel), on the same ones."""
    course = new_course(home, ["pca", "vae"])
    for number in range(count):
        for name in course.released():
            hand_in(course, name, f"student{number}", ("good", "slips")[number % 2], number)
    ours = children(lambda: grading(course, "autograde", "--jobs", "1"))
    ours += sum(records.read(course, *pair).kernel_cpu for pair in course.submissions())  # the system loses it
    home = plain_copy(course)
    plain(home, course.released(), "generate_assignment")
    theirs = children(lambda: plain(home, course.released(), "autograde", "--create"))
    each = len(course.submissions())
    print(f"{each} submissions, seconds of CPU each, everything counted")
    print(f"ours {ours / each:.2f}, plain nbgrader {theirs / each:.2f}: {ours / theirs:.2f} times as much")
    return 0


def children(work) -> float:
    """Seconds of CPU that the processes which `work` starts and waits for use."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def plain_copy(course: Course) -> Path:
    """The same course for nbgrader alone: the tools of the hidden tests are written into the test cells."""
    tools = (ROOT / "course_lib" / "grading" / "sandbox" / "kernel_side.py").read_text("utf-8")
    home = course.home.with_name("plain")
    for name in course.released():
        notebook = json.loads((course.home / "source" / name / f"{name}.ipynb").read_text("utf-8"))
        for cell in notebook["cells"]:
            if "### BEGIN HIDDEN TESTS" in text(cell):
                with_tools = "### BEGIN HIDDEN TESTS\nimport types as _t\n_c = _t.ModuleType('_c')\n"
                with_tools += f"exec({tools!r}, _c.__dict__)\n"
                with_tools += "draw, pick, probe = _c.tools(1, lambda **_: None)"
                cell["source"] = text(cell).replace("### BEGIN HIDDEN TESTS", with_tools)
        (home / "source" / name).mkdir(parents=True)
        (home / "source" / name / f"{name}.ipynb").write_text(json.dumps(notebook), "utf-8")
    shutil.copytree(course.home / "submitted", home / "submitted")
    return home


def plain(home: Path, names: list[str], *words: str) -> None:
    """One of nbgrader's own commands, for each assignment."""
    tools = str(Path(sys.executable).parent)
    env = dict(os.environ, PATH=f"{tools}:{os.environ['PATH']}", PYTHONPATH=str(ROOT), OMP_NUM_THREADS="1")
    for name in names:
        command = [f"{tools}/nbgrader", words[0], name, *words[1:], "--log-level=ERROR"]
        command += [f"--CourseDirectory.root={home}"]
        subprocess.run(command, cwd=home, env=env, check=True, stderr=subprocess.DEVNULL)


def main() -> int:
    """Read the arguments."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--students", type=int, default=30)
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--honest", action="store_true", help="nobody cheats: count who is asked about")
    p.add_argument("--busy", type=int, default=0, metavar="N", help="so many busy loops beside the honest class")
    p.add_argument("--sources", type=Path, help="the assignments of the honest class")
    p.add_argument("--assignments", nargs="+", metavar="NAME", help="only these (default: all)")
    p.add_argument("--cpu", type=int, default=0, metavar="N", help="compare the CPU of 2 N submissions")
    p.add_argument("--folder", type=Path, help="keep everything here")
    options = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="class-") as scratch:
        home = (options.folder or Path(scratch)) / "grading"
        if options.honest:
            return honest(options.students, options.jobs, options.busy, home, options.sources, options.assignments)
        if options.cpu:
            return cpu(options.cpu, home)
        return demonstrate(options.students, options.jobs, home, options.assignments)


if __name__ == "__main__":
    sys.exit(main())
