"""An assignment's source notebook and its bank of wrong answers, read into questions."""

import ast
import hmac
import itertools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.books.modules import imports

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
MARKER = re.compile("(BEGIN|END) HIDDEN TESTS")  # nbgrader would cut here
BLOCK = re.compile(r"# %% (?P<question>[\w-]+) \| (?P<points>[\d.]+) of (?P<most>[\d.]+) \| (?P<name>.+)")


class BadSource(Exception):
    """What is wrong with an assignment's source, and where."""


@dataclass
class Slip:
    """A wrong answer of the bank: what replaces the solution cell, and what it earns."""

    name: str
    points: float
    code: str


@dataclass
class Question:
    """One graded question; a written one has no tests."""

    name: str
    points: float
    written: bool = False
    solution: str = ""
    visible: str = ""
    hidden: str = ""
    slips: list[Slip] = field(default_factory=list)

    @property
    def personal(self) -> bool:
        """Whether the answer depends on the student's own numbers."""
        nodes = [node for code in (self.solution, self.hidden) for node in ast.walk(ast.parse(code))]
        return any(isinstance(node, ast.Name) and node.id == "numbers" for node in nodes)


@dataclass
class Source:
    """An assignment as its author wrote it."""

    name: str
    cells: list[dict[str, Any]]
    questions: dict[str, Question]
    choices: dict[str, list[Any]]
    modules: list[str]

    def combinations(self) -> list[dict[str, Any]]:
        """Every set of numbers that a student can have."""
        return [dict(zip(self.choices, one, strict=True)) for one in itertools.product(*self.choices.values())]


def tame(text: str) -> str:
    """A student's text in which nbgrader finds no hidden tests: it would fail, or not write the page."""
    return MARKER.sub(lambda found: found[0].lower(), text)


def text(cell: dict[str, Any]) -> str:
    """The source of a cell, however the file stores it."""
    return "".join(cell["source"])


def mark_name(cell: dict[str, Any]) -> str:
    """The id by which nbgrader knows a cell; "" for a student's own."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def split(code: str) -> tuple[str, str]:
    """A test cell's visible and hidden part. Raises BadSource where the markers don't match."""
    visible, hidden, inside = [], [], False
    for line in code.splitlines():
        if line.strip() in (BEGIN, END):
            if inside == (line.strip() == BEGIN):
                raise BadSource(f"{line.strip()!r} where it can't stand")
            inside = not inside
        else:
            (hidden if inside else visible).append(line)
    if inside:
        raise BadSource(f"{BEGIN!r} without its end")
    return "\n".join(visible), "\n".join(hidden)


def seed_of(secret: str, *names: str) -> str:
    """A seed of 128 bits for this purpose, from the instructor's secret; nothing tells the secret from it.

    Older keys and releases go on with what they were made with: see `upkeep.secret`.
    """
    return hmac.digest(secret.encode(), "/".join(names).encode(), "sha256").hex()[:32]


def read(folder: Path) -> Source:
    """Read `<name>/<name>.ipynb` and, where it stands beside it, `wrong_answers.py`. Raises BadSource."""
    file = folder / f"{folder.name}.ipynb"
    try:
        cells = json.loads(file.read_text("utf-8"))["cells"]
    except (OSError, ValueError, KeyError) as error:
        raise BadSource(f"{file.name} can't be read as a notebook: {error}") from error
    questions: dict[str, Question] = {}
    solutions = {}
    for cell in cells:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("solution") and cell["cell_type"] == "code":
            solutions[mark["grade_id"]] = text(cell)
        elif mark.get("grade") and mark.get("solution"):
            questions[mark["grade_id"]] = Question(mark["grade_id"], float(mark["points"]), written=True)
        elif mark.get("grade"):
            name = mark["grade_id"].removesuffix("-test")
            if name not in solutions:
                raise BadSource(f"{mark['grade_id']}: no solution cell {name!r} stands before it")
            questions[name] = Question(name, float(mark["points"]), False, solutions[name], *split(text(cell)))
    for slip, name in bank(folder / "wrong_answers.py"):
        if name not in questions:
            raise BadSource(f"wrong_answers.py: there is no question {name!r}")
        questions[name].slips.append(slip)
    return Source(folder.name, cells, questions, choices(cells), modules(cells))


def bank(file: Path) -> list[tuple[Slip, str]]:
    """The wrong answers in the file, each with its question's name."""
    found: list[tuple[Slip, list[str], str]] = []
    for number, line in enumerate(file.read_text("utf-8").splitlines() if file.is_file() else [], start=1):
        if line.startswith("# %%"):
            if not (block := BLOCK.fullmatch(line.strip())):
                raise BadSource(f"{file.name}, line {number}: expected '# %% question | 1 of 5 | name of the slip'")
            slip = Slip(block["name"], float(block["points"]), "")
            found.append((slip, [], block["question"]))
        elif found:
            found[-1][1].append(line)
    for slip, lines, _ in found:
        slip.code = "\n".join(lines).strip() + "\n"
    return [(slip, question) for slip, _, question in found]


def choices(cells: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """What `my_numbers(STUDENT, name=[...], ...)` chooses from; empty where there is no such call."""
    for tree in trees(cells):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "my_numbers":
                return {word.arg: ast.literal_eval(word.value) for word in node.keywords}
    return {}


def modules(cells: list[dict[str, Any]]) -> list[str]:
    """The modules of course_lib that the locked cells import: the only ones that a grading kernel sees."""
    locked = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("locked")]
    return sorted({module for tree in trees(locked) for module in imports(tree)})


def trees(cells: list[dict[str, Any]]) -> list[ast.Module]:
    """The code cells, parsed."""
    return [ast.parse(text(cell)) for cell in cells if cell["cell_type"] == "code"]
