"""What travels to the machine that runs a submission, and back: plain data of bounded size, no secret, no answers.

A task has the notebook with its hidden tests, the numbers that draw their inputs, and the limits. What is right, whose
it is and what it earns stay at home.
"""

import json
import logging
import math
import tempfile
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import nbformat

from course_lib.books.bounds import PIECES, pieces
from course_lib.grading.autograde import attempt
from course_lib.grading.autograde.attempt import Ran
from course_lib.grading.sandbox import walls
from course_lib.grading.sandbox.outputs import harmless
from course_lib.grading.submissions.reading import Refused

LARGEST = 32 * walls.MB  # characters of one answer: what a kernel may print, pictures included, and its values
MOST_OUTPUTS = 60  # of a cell
ABOUT_A_QUESTION = ("seed",)  # what a question's part of the key says to whoever only runs it
KINDS = {"sent": dict, "failed": list, "late": list, "flags": list, "cpu": float, "stopped": str}


@dataclass(frozen=True)
class Task:
    """One submission to be run: texts and numbers, so that it can be sent anywhere as JSON."""

    notebook: str  # in the release's shape, with its hidden tests
    key: dict[str, Any]  # seeds and modules; nothing that tells what is right
    files: dict[str, str]  # what lies beside the notebook, by name
    limits: dict[str, float]
    trusted: bool = False


@dataclass
class Answer:
    """What became of it."""

    ran: dict[str, Any] = field(default_factory=dict)  # the fields of `Ran`
    outputs: list[Any] = field(default_factory=list)  # for each code cell: its number and what it shows
    seconds: float = 0.0
    cpu: float = 0.0  # of this process and of the kernel


def public(key: dict[str, Any]) -> dict[str, Any]:
    """What running a submission needs of an answer key: nothing of what is right."""
    questions = {
        name: {what: about[what] for what in ABOUT_A_QUESTION if what in about}
        for name, about in key["questions"].items()
    }
    return {"questions": questions, "modules": key["modules"]}


def attempted(said: str) -> str:
    """Run the task that this JSON describes in its sandbox; the answer as JSON. Raises ValueError for no task."""
    started, used, task = time.monotonic(), time.process_time(), Task(**json.loads(said))
    nb = nbformat.reads(task.notebook, as_version=4)
    with tempfile.TemporaryDirectory(prefix="t-", ignore_cleanup_errors=True) as place:
        files = {name: Path(place) / name for name in task.files}
        for name, file in files.items():
            file.write_text(task.files[name], "utf-8")
        Path(place).chmod(0o755)
        ran = attempt.run(nb, task.key, files, walls.Limits(**task.limits), task.trusted)
    answer = Answer(asdict(ran) | {"failed": sorted(ran.failed)})
    answer.outputs = [[cell.execution_count, cell.outputs] for cell in nb.cells if cell.cell_type == "code"]
    answer.seconds = round(time.monotonic() - started, 2)
    answer.cpu = round(time.process_time() - used + ran.cpu, 2)
    if len(told := json.dumps(asdict(answer))) > LARGEST or pieces(told) > PIECES:
        logging.info("an answer of %d characters is not sent", len(told))
        short = Answer(asdict(Ran(cpu=ran.cpu, stopped="it sent too much")) | {"failed": []})
        told = json.dumps(asdict(short))
    return told


def taken_in(told: str, nb: Any) -> tuple[Ran, Answer]:
    """The answer to a task, believed only as far as its shape goes; the outputs are put into the notebook.

    Raises Refused for anything else: the machine that sent it ran a stranger's code.
    """
    try:
        if len(told) > LARGEST or pieces(told) > PIECES:  # (it is read after that: a worker can send anything)
            raise ValueError("too long")
        answer = Answer(**json.loads(told))
        ran = Ran(**{one.name: answer.ran[one.name] for one in fields(Ran)})
        if wrong := [name for name, kind in KINDS.items() if not isinstance(getattr(ran, name), kind)]:
            raise ValueError(wrong[0])
        if not all(isinstance(one, str) and len(one) <= 1_000 for one in [*ran.failed, *ran.flags, ran.stopped]):
            raise ValueError("a text")
        if not all(type(one) is int for one in ran.late):
            raise ValueError("a number")
        for parts in ran.sent.values():
            if not all(isinstance(values, list) for values in parts.values()):
                raise ValueError("values")
        ran.failed = set(ran.failed)
        if not all(math.isfinite(one) and one >= 0 for one in (ran.cpu, answer.seconds, answer.cpu)):
            raise ValueError("a time")
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        for cell, (number, outputs) in zip(code, answer.outputs if not ran.stopped else [], strict=not ran.stopped):
            cell.execution_count = number if type(number) is int else None
            cell.outputs = []
            for output in outputs:
                if len(cell.outputs) < MOST_OUTPUTS and (safe := harmless(output.get("output_type"), output)):
                    cell.outputs.append(safe)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError) as error:
        raise Refused(f"what came back of it can't be read ({type(error).__name__}: {str(error)[:80]})") from error
    return ran, answer
