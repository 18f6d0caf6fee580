"""One submission, run: first the student's cells, then, with the outputs put away, the hidden tests.

The kernel is never believed: what it sends are values, and they are compared here, with the key of the release.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat.v4 import new_output

from course_lib.grading.autograde import marking, suspicion
from course_lib.grading.release.key import label
from course_lib.grading.release.source import mark_name, split, text
from course_lib.grading.sandbox import kernel_side, walls
from course_lib.grading.sandbox.kernel import Kernel, Stopped, start
from course_lib.grading.submissions import reading
from course_lib.handin import drawn

Accepts = Callable[[str, dict[str, Any]], dict[str, Callable[[Any], bool]]]  # question, numbers -> tests of its parts
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
class Ran:
    """What came out of a kernel, nothing of it believed yet."""

    sent: dict[str, dict[str, list[Any]]] = field(default_factory=dict)  # by question and part: values
    failed: set[str] = field(default_factory=set)  # questions whose visible test cell fails
    flags: list[str] = field(default_factory=list)  # what is to be asked about it
    cpu: float = 0.0  # seconds that the kernel used
    stopped: str = ""  # why it could not be asked to the end


def run(nb: Any, key: dict[str, Any], files: dict[str, Path], limits: walls.Limits, trusted: bool = False) -> Ran:
    """Both phases; the cells' outputs are written into the notebook."""
    ran, tests, number = Ran(), {}, 0  # (tests: each question's hidden ones)
    try:
        with start(files, key["modules"], limits, trusted) as kernel:
            kernel.run('__import__("torch"); None', seconds=90)  # slow on a busy machine: no cell's limit pays for it
            for cell in (cell for cell in nb.cells if cell.cell_type == "code"):
                question, code = tested(cell, key), text(cell)
                if question:
                    code, tests[question] = split(code)
                if code.strip():
                    number += 1
                    cell.outputs, state = kernel.run(code)
                    cell.execution_count = number
                    if state == "timeout":
                        cell.outputs.append(note(f"This cell was stopped after {limits.cell:g} s."))
                    if state == "error" and question:  # (a time-out tells nothing: the core may be loaded)
                        ran.failed.add(question)
            if kernel.sent:
                ran.flags.append("why were values sent before any were asked for?")
            kernel.client.allowance = 0  # nothing that is printed from here on is kept
            ask(kernel, tests, key, ran)
            ran.flags += canaries(kernel)
            ran.cpu = kernel.cpu()
    except Stopped as stop:
        ran.stopped = str(stop)
    own = "\n".join(text(cell) for cell in nb.cells if cell.cell_type == "code" and not locked(cell))
    if not ran.stopped and (found := suspicion.named(own)):
        ran.flags.append(f"the code names {', '.join(found)[:120]}: what for?")
    return ran


def tested(cell: Any, key: dict[str, Any]) -> str:
    """The question whose test cell this is; "" for any other cell."""
    name = mark_name(cell)
    question = name.removesuffix("-test")
    return question if cell["cell_type"] == "code" and question != name and question in key["questions"] else ""


def locked(cell: Any) -> bool:
    """Whether the cell is the release's own."""
    return bool(cell.metadata.get("nbgrader", {}).get("locked"))


def ask(kernel: Kernel, tests: dict[str, str], key: dict[str, Any], ran: Ran) -> None:
    """Run the hidden tests and note what is sent for each part."""
    kernel.run(TOOLS.format(code=Path(kernel_side.__file__).read_text("utf-8")))
    for question, hidden in tests.items():
        kernel.sent.clear()
        kernel.run(ASK.format(seed=key["questions"][question]["seed"], question=question, hidden=hidden))
        found = ran.sent[question] = {}
        for message in kernel.sent:
            try:
                said = json.loads(message)
                found.setdefault(said["part"], []).append(said["value"])
            except (ValueError, KeyError, TypeError, RecursionError):
                ran.flags.append("why was something sent that is no answer?")


def canaries(kernel: Kernel) -> list[str]:
    """Tests that must fail. One that ends otherwise, twice, asks whether the kernel's own tools were changed."""
    flags = []
    for what, (code, error) in CANARIES.items():
        for _ in range(2):
            outputs, state = kernel.run(code, seconds=PATIENCE)
            names = [output.ename for output in outputs if output.output_type == "error"]
            if state == "timeout" or names == [error] or NO_EVIDENCE & set(names):
                break
        else:
            how = marking.known(names[0]) if names else "no error"
            flags.append(f"was the kernel changed? A test that must fail ({what}) ended twice with {how}")
    return flags


def judge(
    nb: Any, key: dict[str, Any], ran: Ran, student: str, salt: str, accepts: Accepts, untouched: set[str]
) -> dict[str, marking.Mark]:
    """Compare the values: each question's mark. The reasons are written under the test cells.

    untouched: cells whose text is as it was released. What is to be asked is added to `ran.flags`.
    """
    choices, marks = key["choices"], {}
    numbers = drawn(student, salt, choices)
    innocent = {label(drawn(who, "", choices)): "a notebook outside its folder" for who in ("", student)}
    innocent |= {label(drawn(who, salt, choices)): f"STUDENT = {who[:80]!r}" for who in ("", reading.says(nb))}
    for cell in nb.cells:
        if not (question := tested(cell, key)):
            continue
        about = key["questions"][question]
        accept = accepts(question, numbers) if any(part["accept"] for part in about["parts"]) else None
        shown = question not in ran.failed
        mark = marking.mark(about, label(numbers), ran.sent.get(question, {}), accept, shown, innocent)
        if question in untouched and not mark.points:
            mark.attempted, mark.slip = False, ""
        marks[question] = mark
        ran.flags += [f"{question}: {mark.strange}"] if mark.strange else []
        told = "\n".join(mark.lines if mark.attempted else ["○ not attempted"])
        cell.outputs = [*map(as_text, cell.outputs), note(told)]
    ran.flags[:] = dict.fromkeys(ran.flags)
    return marks


def note(said: str) -> Any:
    """A line of the grader in a cell's outputs."""
    return new_output("stream", name="stdout", text=said + "\n")


def as_text(output: Any) -> Any:
    """An output of a test cell in a few words: the reasons stand below it."""
    if output.output_type == "error":
        return note(f"{output.ename}: {output.evalue}"[:500])
    if output.output_type == "stream":
        return note(output.text[:2_000].rstrip("\n"))
    return output
