"""The Your-turn exercises as they stand in the notebooks: text, stub, check, and the solution out of the text."""

import contextlib
import functools
import io
import itertools
import re
import sys
from dataclasses import dataclass
from typing import Any
from unittest import mock

import nbformat
import torch

from course_lib import checks
from course_lib.checks.compare import alike
from course_lib.checks.outcome import outcome
from course_lib.checks.verdict import made_by
from course_lib.ground import ROOT

BOOKS = [file for file in sorted((ROOT / "notebooks").glob("*.ipynb")) if not file.stem.startswith("00")]  # lessons
FOLDED = re.compile(r"<details><summary>(.*?)</summary>\n\n(.*?)\n\n</details>", re.S)


@dataclass(frozen=True)
class Exercise:
    """One exercise: its text cell, the stub's cell, the cell after the stub, and the text after that."""

    book: str
    place: int
    text: str
    stub: nbformat.NotebookNode
    check: nbformat.NotebookNode
    after: str

    @property
    def name(self) -> str:
        """The check's name: `checks.check_this(...)` -> check_this."""
        found = re.fullmatch(r"checks\.(check_\w+)\(\w+\)", self.check.source.strip())
        return found[1] if found else f"cell {self.place + 1}"

    @property
    def whole(self) -> str:
        """The text; with what stands after the check where the solution is there."""
        return self.text if "<summary>Solution" in self.text else f"{self.text}\n{self.after}"

    @property
    def folded(self) -> list[tuple[str, str]]:
        """What is folded away, as (summary, text): the two hints and the solution."""
        return FOLDED.findall(self.whole)

    @property
    def solution(self) -> str:
        """The code of the solution."""
        [text] = [text for summary, text in self.folded if summary == "Solution"]
        [block] = re.findall(r"^```python\n(.*?)^```$", text, re.S | re.M)
        return block


@functools.cache
def exercises(number: str = "") -> list[Exercise]:
    """All exercises of the notebook whose name starts like this ("01"), or of all notebooks."""
    found = []
    for file in BOOKS:
        cells = nbformat.read(file, as_version=4).cells if file.name.startswith(number) else []
        for i, cell in enumerate(cells):
            if "exercise" in cell.metadata.get("tags", []):
                after = cells[i + 2].source if cells[i + 2].cell_type == "markdown" else ""
                found.append(Exercise(file.stem, i, cells[i - 1].source, cell, cells[i + 1], after))
    return found


@functools.cache
def imports(book: str) -> str:
    """The notebook's cell of imports: all that a solution may use."""
    cells = nbformat.read(ROOT / "notebooks" / f"{book}.ipynb", as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"][1]


def verdict_on(exercise: Exercise, source: str) -> str:
    """What the check prints where this code stands in the stub's place."""
    page: dict[str, Any] = {}
    exec(imports(exercise.book), page)
    exec(compile(source, "<the learner's cell>", "exec"), page)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(exercise.check.source, page)
    return said.getvalue().strip()


def said_of(name: str, attempt: Any) -> str:
    """What the check of this name prints on an answer: said_of("check_kl", function). It never raises."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        getattr(checks, name)(attempt)
    return said.getvalue().strip()


@dataclass(frozen=True)
class Asked:
    """What a check hands to the judge: its oracle, the cases, the slips of the values and those of the gradients."""

    oracle: Any
    cases: list[tuple]
    slips: Any
    gradient_slips: dict[str, Any]
    tolerance: dict[str, float]


def asked_by(name: str) -> Asked:
    """What the check of this name asks, whichever judge it calls."""
    module, seen = sys.modules[getattr(checks, name).__module__], []

    def judge(*given: Any, **named: Any) -> None:
        names = ("attempt", "oracle", "cases", "slips", "gradient_slips")
        seen.append(dict(zip(names, given, strict=False)) | named)

    with contextlib.ExitStack() as stack:
        for one in ("check", "check_with_gradients"):
            if hasattr(module, one):
                stack.enter_context(mock.patch.object(module, one, judge))
        getattr(checks, name)(lambda *_: None)
    [call] = seen
    tolerance = {key: call[key] for key in ("rtol", "atol") if key in call}
    slips, late = call.get("slips") or {}, call.get("gradient_slips") or {}
    return Asked(call["oracle"], list(call.get("cases", [()])), slips, dict(late), tolerance)


def slips_of(name: str) -> list[str]:
    """The names of a check's slips, in their order; those of the gradients last."""
    asked = asked_by(name)
    return [*made_by(asked.slips, asked.cases[:1]), *asked.gradient_slips]


def coincident(name: str) -> list[str]:
    """Slips of a check that can't be told from each other, or from what is right: one line for each such pair."""
    asked = asked_by(name)
    found = {"what is right": [outcome(asked.oracle, case) for case in asked.cases]}
    found |= made_by(asked.slips, asked.cases)
    return [
        f"{name}: {one!r} is {other!r} in every case"
        for one, other in itertools.combinations(found, 2)
        if all(
            alike(*pair, **asked.tolerance) or alike(*pair[::-1], **asked.tolerance)
            for pair in zip(found[one], found[other], strict=True)
        )
    ]


def raises(*_: Any) -> None:
    """An answer that fails."""
    raise ValueError("wrong turn")


def garbage(like: Any) -> dict[str, Any]:
    """Answers that no check may take or stumble over; `like` is a right answer, a function or a value."""
    values = {"a string": "seven", "a wrong shape": torch.zeros(3, 1, 7), "an empty list": [], "a module": torch}
    if not callable(like):
        return values | {"nan": spoilt(like)}
    functions = {name: lambda *_, value=value: value for name, value in values.items()}
    return functions | {
        "None": lambda *_: None,
        "an exception": raises,
        "nan": lambda *args: spoilt(like(*args)),
        "no argument": lambda: 0.0,
        "no function": "seven",
    }


def spoilt(value: Any) -> Any:
    """The same answer with nan in place of every number."""
    if isinstance(value, list | tuple):
        return type(value)(spoilt(one) for one in value)
    if isinstance(value, dict):
        return {key: spoilt(one) for key, one in value.items()}
    return torch.full_like(torch.as_tensor(value, dtype=torch.double), float("nan"))


class Judged:
    """The tests that every notebook's checks must pass; a test module says which notebook, and its answers."""

    number: str  # "01"
    right: dict[str, Any]  # for each check an answer that is right, and written differently from the solution
    wrong: dict[str, dict[str, Any]]  # for each check an answer for every slip, by how that slip's name begins
    spoilt: dict[str, Any] = {}  # where a check asks for a class: one out of whose method comes nan
    slips = staticmethod(slips_of)

    def test_the_stub_and_the_solution(self):
        for exercise in exercises(self.number):
            assert verdict_on(exercise, exercise.stub.source) == "○ not attempted", exercise.name
            assert verdict_on(exercise, exercise.solution) == "✓ correct", exercise.name

    def test_every_exercise_has_its_answers(self):
        assert {exercise.name for exercise in exercises(self.number)} == set(self.right) == set(self.wrong)

    def test_another_right_answer(self):
        for name, right in self.right.items():
            assert said_of(name, right) == "✓ correct", name

    def test_every_slip_is_named(self):
        for name, wrong in self.wrong.items():
            slips, tried = self.slips(name), []
            for begins, answer in wrong.items():
                [slip] = [slip for slip in slips if slip.startswith(begins)]  # one slip begins so, no other
                assert said_of(name, answer) == f"✗ {slip}", name
                tried.append(slip)
            assert sorted(tried) == sorted(slips) and len(slips) >= 4, name

    def test_no_two_slips_coincide(self):
        assert [line for name in self.right for line in coincident(name)] == []

    def test_nonsense_gets_one_line(self):
        for name, right in self.right.items():
            answers = garbage(lambda *_: 0.0) | {"nan": self.spoilt[name]} if name in self.spoilt else garbage(right)
            for what, answer in answers.items():
                said = said_of(name, answer)
                assert said.startswith("✗ ") and "\n" not in said, (name, what)
                assert said[2:] not in self.slips(name), (name, what)
            assert "not finite" in said_of(name, answers["nan"]), name

    def test_no_answer_yet(self):
        for name in self.right:
            assert said_of(name, ...) == said_of(name, None) == "○ not attempted", name


def by_name(pairs: list[tuple[str, Any]]) -> dict[str, list[Any]]:
    """(check, answer) one after the other as {check: answers}."""
    found: dict[str, list[Any]] = {}
    for name, answer in pairs:
        found.setdefault(name, []).append(answer)
    return found


class Strangers:
    """Answers that no check was written for: what is right is taken, what is wrong gets one line and no slip's name."""

    odd: dict[str, list[Any]]  # for each check answers that are right, in odd styles
    unlisted: dict[str, list[Any]]  # and wrong ones that are none of its slips
    or_told = "✓ correct"  # what a right answer may be told instead

    def test_right_in_a_style_nobody_thought_of(self):
        for name, answers in self.odd.items():
            for place, answer in enumerate(answers):
                said = said_of(name, answer)
                assert said == "✓ correct" or self.or_told in said, (name, place, said)

    def test_wrong_in_a_way_nobody_listed(self):
        for name, answers in self.unlisted.items():
            for place, answer in enumerate(answers):
                said = said_of(name, answer)
                assert said.startswith("✗ ") and "\n" not in said, (name, place, said)
                assert said[2:] not in slips_of(name), (name, place, said)
