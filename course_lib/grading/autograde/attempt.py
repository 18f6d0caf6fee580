"""One submission, run: first the student's cells, then, with the outputs put away, the hidden tests.

The kernel is never believed: what it sends are values, and they are compared here, with the key of the release.
"""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.books.bounds import PIECES, pieces
from course_lib.grading.autograde import canaries, eyes, marking
from course_lib.grading.release.key import label
from course_lib.grading.release.source import mark_name, split, text
from course_lib.grading.sandbox import kernel_side, walls
from course_lib.grading.sandbox.kernel import Kernel, Stopped, start
from course_lib.grading.submissions import reading
from course_lib.handin import drawn

Accepts = Callable[[str, dict[str, Any]], dict[str, Callable[[Any], bool]]]  # question, numbers -> tests of its parts
# What a kernel is told gives no name to anything there, and relies on no name but `__import__`: whoever takes that one
# for something of their own is left without an answer.
SHELL = "__import__('IPython').get_ipython()"
TOOLS = (
    "__import__('torch'), (lambda shell, course: [setattr(shell, '_course', course), exec({code!r}, course), "
    "setattr(shell, 'ask_exit', lambda: None), "  # `quit` and `exit` would end the kernel, with all that comes after
    "course.update(notebook=course['Notebook'](shell.user_ns))])"
    f"({SHELL}, {{{{'get_ipython': __import__('IPython').get_ipython, '__name__': 'course'}}}}); None"
)
SHOW = SHELL + "._course['notebook'].show({question!r}, {code!r})"
ASK = SHELL + "._course['notebook'].ask({question!r}, {seed!r}, {hidden!r}, {passed!r})"
LONGEST_QUESTION = 900  # characters of what is asked about one submission
MOST_SENT = 64  # messages of one question


@dataclass
class Ran:
    """What came out of a kernel, nothing of it believed yet."""

    sent: dict[str, dict[str, list[Any]]] = field(default_factory=dict)  # by question and part: values
    failed: set[str] = field(default_factory=set)  # questions whose visible test cell fails
    late: list[int] = field(default_factory=list)  # the numbers of the cells that were stopped
    flags: list[str] = field(default_factory=list)  # what is to be asked about it
    cpu: float = 0.0  # seconds that the kernel used
    stopped: str = ""  # why it could not be asked to the end


def run(nb: Any, key: dict[str, Any], files: dict[str, Path], limits: walls.Limits, trusted: bool = False) -> Ran:
    """Both phases; the cells' outputs are written into the notebook."""
    ran, tests, number = Ran(), {}, 0  # (tests: each question's hidden ones)
    try:
        with start(files, key["modules"], limits, trusted) as kernel:
            tools = TOOLS.format(code=Path(kernel_side.__file__).read_text("utf-8"))
            kernel.run(tools, seconds=90)  # torch is slow on a busy machine: no cell's limit pays for it
            for cell in (cell for cell in nb.cells if cell.cell_type == "code"):
                question, code = tested(cell, key), text(cell)
                if question:
                    code, tests[question] = split(code)
                if code.strip():
                    number += 1
                    said = SHOW.format(question=question, code=code) if question else code
                    cell.outputs, state = kernel.run(said)
                    cell.execution_count = number
                    if state == "timeout":
                        ran.late.append(number)
                    if state == "error" and question:  # (a time-out tells nothing: the core may be loaded)
                        ran.failed.add(question)
            if kernel.sent:
                ran.flags.append("why were values sent before any were asked for?")
            kernel.client.allowance = 0  # nothing that is printed from here on is kept
            ask(kernel, tests, key, ran)
            ran.flags += canaries.questions(kernel, key.get("canaries", []))
            ran.cpu = kernel.cpu()
    except Stopped as stop:
        ran.stopped = str(stop)
    ran.flags = list(dict.fromkeys(ran.flags))
    return ran


def tested(cell: Any, key: dict[str, Any]) -> str:
    """The question whose test cell this is; "" for any other cell."""
    name = mark_name(cell)
    question = name.removesuffix("-test")
    return question if cell["cell_type"] == "code" and question != name and question in key["questions"] else ""


def ask(kernel: Kernel, tests: dict[str, str], key: dict[str, Any], ran: Ran) -> None:
    """Run the hidden tests and note what is sent for each part."""
    for question, hidden in tests.items():
        kernel.sent.clear()
        seed, passed = key["questions"][question]["seed"], question not in ran.failed
        kernel.run(ASK.format(question=question, seed=seed, hidden=hidden, passed=passed))
        found = ran.sent[question] = {}
        for message in kernel.sent[: MOST_SENT + 1]:
            part, value = said_in(message) if sum(map(len, found.values())) < MOST_SENT else ("", None)
            if part:
                found.setdefault(part, []).append(value)
            else:
                ran.flags.append("why was something sent that is no answer?")


def said_in(message: str) -> tuple[str, Any]:
    """The part and the value of a message, ("", None) where it is none: its bounds are held before it is read."""
    if kernel_side.short(message) and pieces(message) <= PIECES:
        with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
            said = json.loads(message)
            if isinstance(said["part"], str) and 0 < len(said["part"]) <= kernel_side.LONG:
                return said["part"], said["value"]
    return "", None


def judge(
    nb: Any, key: dict[str, Any], ran: Ran, student: str, salt: str, accepts: Accepts, untouched: set[str]
) -> dict[str, marking.Mark]:
    """Compare the values: each question's mark. The reasons are written under the test cells.

    untouched: cells whose text is as it was released. What is to be asked is added to `ran.flags`.
    """
    choices, marks, told = key["choices"], {}, {}
    numbers = drawn(student, salt, choices)
    overlooked = [("", ""), (student, ""), ("", salt), (reading.says(nb), salt)]  # no id, or outside its folder
    innocent = {label(drawn(*one, choices)) for one in overlooked}
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
        told[mark_name(cell)] = "\n".join(mark.lines if mark.attempted else ["○ not attempted"])
    eyes.frame(nb, told, untouched, set(filter(lambda one: type(one) is int, ran.late)))
    ran.flags[:] = ["; ".join(dict.fromkeys(ran.flags))[:LONGEST_QUESTION]] if ran.flags else []
    return marks
