"""The answer key of an assignment: the reference and every wrong answer, run on the instructor's secret inputs.

    python -m course_lib.grading.release.key FOLDER ...    try a source with a seed for tests, print a table

Runs only the instructor's own code. A question's key holds what the hidden tests must send (for every set of
numbers that a student can have), and what each slip of the bank sends instead.
"""

import contextlib
import hashlib
import io
import json
import math
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_lib.grading.autograde import marking
from course_lib.grading.release.source import BadSource, Question, Source, read, seed_of, text
from course_lib.grading.sandbox import kernel_side
from course_lib.ground import ROOT

DRAWS = 5  # of hidden inputs: on some a wrong answer is right by chance (one draw in ten, where a bank is large)


def decode(value: Any) -> Any:
    """An encoded value as Python again, numbers as double tensors: what an `accept` is given."""
    import torch

    if not isinstance(value, dict):
        return value
    if "data" in value:
        return torch.tensor(value["data"], dtype=torch.float64).reshape(value["shape"])
    if "list" in value:
        return [decode(one) for one in value["list"]]
    if "dict" in value:
        return {key: decode(one) for key, one in value["dict"].items()}
    return value.get("text")


class Reference:
    """The source notebook with its solutions, run once in this process; hidden tests can be asked of it."""

    def __init__(self, source: Source, secret: str) -> None:
        self.source, self.secret = source, secret
        self.space: dict[str, Any] = {"__name__": "__main__"}
        self.made: dict[str, Any] = {}  # what test cells gave a name to
        tests = {question.name + "-test": question for question in source.questions.values()}
        os.environ.setdefault("MPLBACKEND", "agg")
        with contextlib.redirect_stdout(io.StringIO()), inside(ROOT):
            for cell in source.cells:
                if cell["cell_type"] == "code":
                    name = cell["metadata"].get("nbgrader", {}).get("grade_id", "a cell without an id")
                    try:
                        if name in tests:
                            kernel_side.shown(tests[name].visible, self.space, name, self.made, {})
                        else:
                            execute(text(cell), self.space, name)
                    except Exception as error:
                        raise BadSource(f"{source.name}, {name}: {type(error).__name__}: {error}") from error

    def ask(
        self, question: Question, numbers: dict[str, Any], answer: str = "", seed: int | str | None = None
    ) -> tuple[list[dict], str]:
        """What the hidden tests send out with this code in place of the solution, and what the visible ones say.

        seed: of the hidden inputs, the key's own; by default the first that the secret gives.
        """
        space, sent, said, given = dict(self.space), [], "", {}
        if self.source.choices:
            space["numbers"] = dict(numbers)
        seed = seed_of(self.secret, self.source.name, question.name) if seed is None else seed
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), inside(ROOT):
            try:
                execute(answer or question.solution, space, question.name)
                kernel_side.shown(question.visible, space, f"{question.name}-test", dict(self.made), given)
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
            tools = kernel_side.tools(seed, lambda **probe: sent.append(probe))
            kernel_side.hidden(question.hidden, space, given, tools, f"{question.name}-hidden")
        return sent, said

    def accepts(
        self, question: Question, numbers: dict[str, Any], seed: int | str | None = None
    ) -> dict[str, Callable[[Any], bool]]:
        """For every part that many answers satisfy: the test of an encoded value; `seed` as for `ask`."""

        def test(accept: Callable[[Any], Any]) -> Callable[[Any], bool]:
            def satisfied(value: Any) -> bool:
                try:
                    return "error" not in (value or {}) and bool(accept(decode(value)))
                except Exception:  # a value of the wrong kind or shape
                    return False

            return satisfied

        return {one["part"]: test(one["accept"]) for one in self.ask(question, numbers, seed=seed)[0] if one["accept"]}


def execute(code: str, space: dict[str, Any], name: str) -> None:
    """Run a cell's code in this namespace."""
    exec(compile(code, f"<{name}>", "exec"), space)


@contextlib.contextmanager
def inside(folder: Path):
    """Work in this folder for a while."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def make(source: Source, secret: str) -> dict[str, Any]:
    """The answer key, ready for JSON. Raises BadSource where the reference or a wrong answer isn't what it says."""
    import torch

    torch.set_num_threads(1)
    reference, questions, faults = Reference(source, secret), {}, []
    for question in (one for one in source.questions.values() if not one.written):
        questions[question.name], wrong = fair_key(reference, question)
        faults += [f"{source.name}, {question.name}: {fault}" for fault in wrong]
    if faults:
        raise BadSource("\n".join(faults))
    written = {one.name: one.points for one in source.questions.values() if one.written}
    code = [[one.solution, one.visible, one.hidden] for one in source.questions.values()]  # an `accept` is only there
    digest = hashlib.sha256(json.dumps(code).encode()).hexdigest()
    return {"assignment": source.name, "questions": questions, "written": written, "choices": source.choices,
            "modules": source.modules, "code": digest}  # fmt: skip


def label(numbers: dict[str, Any]) -> str:
    """A set of numbers as a key of JSON."""
    return json.dumps(numbers, sort_keys=True) if numbers else ""


def fair_key(reference: Reference, question: Question) -> tuple[dict[str, Any], list[str]]:
    """The key with the first draw of hidden inputs on which every wrong answer shows; the first one and its faults
    where there is none among DRAWS: then it isn't chance."""
    tried = []
    for draw in range(DRAWS):
        names = [reference.source.name, question.name, *([str(draw)] if draw else [])]
        tried.append(key_of(reference, question, seed_of(reference.secret, *names)))
        if not tried[-1][1]:
            return tried[-1]
    return tried[0]


def key_of(reference: Reference, question: Question, seed: int | str) -> tuple[dict[str, Any], list[str]]:
    """One question's key with the hidden inputs that the seed draws, and what is wrong with its author's claims."""
    sets = reference.source.combinations() if question.personal else [{}]
    first, _ = reference.ask(question, sets[0] or reference.space.get("numbers", {}), seed=seed)
    parts = [
        {"name": one["part"], "accept": one["accept"] is not None, "shown": is_shown(one)}
        | {name: one[name] for name in ("points", "rtol", "atol")}
        for one in first
    ]
    key = {"points": question.points, "personal": question.personal, "parts": parts, "expected": {}, "slips": []}
    key["seed"] = seed
    faults = []
    if not math.isclose(sum(part["points"] for part in parts), question.points):
        faults.append(f"the parts' points make {sum(part['points'] for part in parts):g}, not {question.points:g}")
    if len({part["name"] for part in parts}) != len(parts):
        faults.append("two parts have the same name")
    names = [part["name"] for part in parts]
    for numbers in sets:
        sent, said = reference.ask(question, numbers, seed=seed)
        faults += [f"the reference fails its visible test: {said} {label(numbers)}"] if said else []
        sent = values(sent, names)
        key["expected"][label(numbers)] = sent
        failed = [(name, value["error"]) for name, value in zip(names, sent, strict=True) if "error" in (value or {})]
        faults += [f"the reference raises {error} in {name!r}" for name, error in failed]
        faults += [f"the reference's value for {name!r} can't be sent, so none can be told from it"
                   for name, value in zip(names, sent, strict=True) if '{"other": ' in json.dumps(value)]  # fmt: skip
    for slip in question.slips:
        theirs = {label(numbers): reference.ask(question, numbers, slip.code, seed) for numbers in sets}
        sent = {own: values(one, names) for own, (one, _) in theirs.items()}
        shown = {own: not said for own, (_, said) in theirs.items()}  # whether the visible test cell passes
        key["slips"].append({"name": slip.name, "points": slip.points, "values": sent, "shown": shown})
    for numbers in sets:
        accept = reference.accepts(question, numbers, seed) if any(part["accept"] for part in parts) else {}
        own = label(numbers)
        told = dict(zip(names, ([one] for one in key["expected"][own]), strict=True))
        if (result := marking.mark(key, own, told, accept)).points < question.points - 1e-9:
            faults.append(f"the reference earns {result.points:g}: {'; '.join(result.lines)}")
        for slip in key["slips"]:
            told = dict(zip(names, ([one] for one in slip["values"][own]), strict=True))
            result = marking.mark(key, own, told, accept, slip["shown"][own])
            if not math.isclose(result.points, slip["points"], abs_tol=1e-9):
                faults.append(f"{slip['name']!r} earns {result.points:g}, not {slip['points']:g} {own}")
            elif result.points > question.points - 1e-9:
                faults.append(f"{slip['name']!r} loses nothing {own}")
            elif result.slip != slip["name"]:
                faults.append(f"{slip['name']!r} can't be told from another slip {own}")
    return key, list(dict.fromkeys(faults))


def is_shown(part: dict[str, Any]) -> bool:
    """Whether a part is for what the visible test cell shows: by its own word, or by its name."""
    said = part.get("shown")
    return bool(re.search(r"\bexamples?\b", part["part"])) if said is None else bool(said)


def values(sent: list[dict], names: list[str]) -> list[Any]:
    """The encoded values, in the order of the parts."""
    found = {one["part"]: one["value"] for one in sent}
    return [found.get(name, {"error": "nothing"}) for name in names]


def main(folders: list[str]) -> int:
    """Try sources with a seed for tests and print what each wrong answer earns."""
    status = 0
    for folder in folders:
        start = time.process_time()
        try:
            source = read(Path(folder).resolve())
            key = make(source, "only a test")
        except BadSource as error:
            print(f"✗ {folder}\n{error}")
            status = 1
            continue
        for name, question in key["questions"].items():
            own = " (own numbers)" if question["personal"] else ""
            print(f"{source.name}/{name}: {question['points']:g} points{own}, {len(question['slips'])} wrong answers")
            for part in question["parts"]:
                print(f"    {part['points']:g}  {part['name']}")
            for slip in question["slips"]:
                print(f"        earns {slip['points']:g}: {slip['name']}")
        automatic, by_hand = sum(one["points"] for one in key["questions"].values()), sum(key["written"].values())
        seconds = time.process_time() - start
        print(f"✓ {source.name}: {automatic:g} automatic, {by_hand:g} written points; {seconds:.1f} s of CPU")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
