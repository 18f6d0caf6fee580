"""One submission, run: first the student's cells, then, with the outputs put away, the hidden tests.

nbgrader calls this where it would run the notebook itself. The kernel is never believed: what it sends are values,
and they are compared here, with the key of the release.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from nbformat.v4 import new_output
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float

from course_lib.grading.autograde import marking, suspicion
from course_lib.grading.course import penalty
from course_lib.grading.release.source import mark_name, seed_of, split, text
from course_lib.grading.sandbox import kernel_side, walls
from course_lib.grading.sandbox.kernel import Kernel, Stopped, start
from course_lib.grading.submissions import reading
from course_lib.handin import drawn

TOOLS = """
import types as _types
_course = _types.ModuleType("_course")
exec(compile({code!r}, "<course>", "exec"), _course.__dict__)
_course.get_ipython = get_ipython
"""
ASK = "draw, pick, probe = _course.tools({seed}, _course.publish({question!r}))\n{hidden}"
CANARIES = {  # each must fail; one that doesn't makes one ask
    "assert": ("assert 1 == 2", "AssertionError"),
    "torch.isclose": ("t = __import__('torch'); assert t.isclose(t.tensor(0.0), t.tensor(1.0))", "AssertionError"),
    "torch.allclose": ("t = __import__('torch'); assert t.allclose(t.zeros(3), t.ones(3))", "AssertionError"),
    "torch.equal": ("t = __import__('torch'); assert t.equal(t.zeros(3), t.ones(3))", "AssertionError"),
    "numpy.testing": ("__import__('numpy').testing.assert_allclose([0.0], [1.0])", "AssertionError"),
    "division": ("1 / 0", "ZeroDivisionError"),
}
NO_EVIDENCE = {"MemoryError", "KeyboardInterrupt"}  # a full or busy machine does this to an honest kernel
PATIENCE = 60  # seconds for one of them: they take milliseconds, but the core may be loaded


@dataclass
class Job:
    """What is to be graded, and what came of it."""

    assignment: str
    student: str
    key: dict[str, Any]
    secret: str
    salt: str
    accepts: Any  # (question, numbers) -> the tests of parts that many answers satisfy
    files: dict[str, Path] = field(default_factory=dict)
    limits: walls.Limits = field(default_factory=walls.Limits)
    trusted: bool = False
    untouched: set[str] = field(default_factory=set)  # questions whose answer cell is as it was released
    cpu: float = 0.0  # seconds that the kernel used
    marks: dict[str, marking.Mark] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    stopped: str = ""


class Attempt(NbGraderPreprocessor):
    """Runs the cells in a sandboxed kernel and writes each question's points where nbgrader looks for them."""

    job: ClassVar[Job]

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        job = self.job
        try:
            run(nb, job)
        except Stopped as stop:
            job.stopped = str(stop)
            raise
        return nb, resources


class DailyPenalty(LateSubmissionPlugin):
    """Points off for every day of lateness that has begun."""

    points_per_day = Float(0.0).tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float:
        return penalty(score, self.points_per_day, total_seconds_late)


def run(nb: Any, job: Job) -> None:
    """Both phases. Raises Stopped where the kernel is gone before the end."""
    tests, failed = {}, set()  # the questions' hidden tests, and those whose visible test cell fails
    with start(job.files, job.key["modules"], job.limits, job.trusted) as kernel:
        number = 0
        kernel.run('__import__("torch"); None', seconds=90)  # slow on a busy machine: no cell's limit pays for it
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            name, code = mark_name(cell), text(cell)
            question = name.removesuffix("-test") if name.endswith("-test") else ""
            if question in job.key["questions"]:
                code, tests[question] = split(code)
            if code.strip():
                number += 1
                cell.outputs, state = kernel.run(code)
                cell.execution_count = number
                if state == "timeout":
                    cell.outputs.append(note(f"This cell was stopped after {job.limits.cell:g} s."))
                if state == "error" and question:  # (a time-out tells nothing: the core may be loaded)
                    failed.add(question)
        if kernel.sent:
            job.flags.append("why were values sent before any were asked for?")
        kernel.client.allowance = 0  # nothing that is printed from here on is kept
        sent = ask(kernel, tests, job)
        canaries(kernel, job)
        job.cpu = kernel.cpu()
    judge(nb, sent, failed, job)
    own = "\n".join(text(cell) for cell in nb.cells if cell.cell_type == "code" and not locked(cell))
    if found := suspicion.named(own):
        job.flags.append(f"the code names {', '.join(found)[:120]}: what for?")


def locked(cell: Any) -> bool:
    """Whether the cell is the release's own."""
    return bool(cell.metadata.get("nbgrader", {}).get("locked"))


def ask(kernel: Kernel, tests: dict[str, str], job: Job) -> dict[str, dict[str, list[Any]]]:
    """Run the hidden tests: for each question, what was sent for each part."""
    kernel.run(TOOLS.format(code=Path(kernel_side.__file__).read_text("utf-8")))
    found: dict[str, dict[str, list[Any]]] = {}
    for question, hidden in tests.items():
        kernel.sent.clear()
        first = seed_of(job.secret, job.assignment, question)  # of keys that name none
        seed = job.key["questions"].get(question, {}).get("seed", first)
        kernel.run(ASK.format(seed=seed, question=question, hidden=hidden))
        found[question] = {}
        for message in kernel.sent:
            try:
                said = json.loads(message)
                found[question].setdefault(said["part"], []).append(said["value"])
            except (ValueError, KeyError, TypeError, RecursionError):
                job.flags.append("why was something sent that is no answer?")
    return found


def canaries(kernel: Kernel, job: Job) -> None:
    """Tests that must fail. One that ends otherwise, twice, asks whether the kernel's own tools were changed."""
    for what, (code, error) in CANARIES.items():
        for _ in range(2):
            outputs, state = kernel.run(code, seconds=PATIENCE)
            names = [output.ename for output in outputs if output.output_type == "error"]
            if state == "timeout" or names == [error] or NO_EVIDENCE & set(names):
                break
        else:
            how = marking.known(names[0]) if names else "no error"
            job.flags.append(f"was the kernel changed? A test that must fail ({what}) ended twice with {how}")


def judge(nb: Any, sent: dict[str, dict[str, list[Any]]], failed: set[str], job: Job) -> None:
    """Compare the values, and write points and reasons into the test cells' outputs."""
    from course_lib.grading.release.key import label

    choices = job.key["choices"]
    numbers = drawn(job.student, job.salt, choices)
    innocent = {label(drawn(who, "", choices)): "a notebook outside its folder" for who in ("", job.student)}
    innocent |= {label(drawn(who, job.salt, choices)): f"STUDENT = {who[:80]!r}" for who in ("", reading.says(nb))}
    for cell in nb.cells:
        question = mark_name(cell).removesuffix("-test")
        if cell.cell_type != "code" or question not in job.key["questions"] or not mark_name(cell).endswith("-test"):
            continue
        key = job.key["questions"][question]
        accept = job.accepts(question, numbers) if any(part["accept"] for part in key["parts"]) else None
        shown = question not in failed
        mark = marking.mark(key, label(numbers), sent.get(question, {}), accept, shown, innocent)
        if question in job.untouched and not mark.points:
            mark.attempted, mark.slip = False, ""
        job.marks[question] = mark
        if mark.strange:
            job.flags.append(f"{question}: {mark.strange}")
        told = "\n".join(mark.lines if mark.attempted else ["○ not attempted"])
        visible = [as_text(output) for output in cell.outputs]
        cell.outputs = [*visible, note(told), points(mark.points)]
    job.flags[:] = list(dict.fromkeys(job.flags))


def note(said: str) -> Any:
    """A line of the grader in a cell's outputs."""
    return new_output("stream", name="stdout", text=said + "\n")


def points(number: float) -> Any:
    """The output in which nbgrader finds partial credit."""
    return new_output("execute_result", data={"text/plain": f"{number:g}"}, execution_count=None)


def as_text(output: Any) -> Any:
    """An output that nbgrader doesn't take for a mark: errors and warnings cost no points by themselves."""
    if output.output_type == "error":
        return note(f"{output.ename}: {output.evalue}"[:500])
    if output.output_type == "stream":
        return note(output.text[:2_000].rstrip("\n"))
    return output
