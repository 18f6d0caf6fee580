"""Cells that must fail, and cells that must pass, drawn anew for each submission: they show a kernel that was changed.

A tripwire and no wall: whoever mends the kernel in time steps over it. No point depends on it, since values are
compared outside. What a busy machine, a full memory or a student's own names do to an honest kernel is no evidence.
"""

import hashlib
import random
from typing import Any

PATIENCE = 60  # seconds for one of them: they take milliseconds, but the core may be loaded
Cell = dict[str, Any]  # what: of whom it tells; code; fails: whether it must


# Of whom a cell tells: the assertion that two lists of numbers are equal. a and b are the lists, x and y the first of
# each; {p}, {q}, {v} and {w} the same as tensors. No name is needed but the interpreter's own.
KINDS = {
    "assert": "assert {a} == {b}",
    "torch.isclose": "assert (lambda t: t.isclose({v}, {w}))(__import__('torch'))",
    "torch.allclose": "assert (lambda t: t.allclose({p}, {q}))(__import__('torch'))",
    "torch.equal": "assert (lambda t: t.equal({p}, {q}))(__import__('torch'))",
    "Tensor.__eq__": "assert (lambda t: {v} == {w})(__import__('torch'))",
    "numpy.testing": "__import__('numpy').testing.assert_allclose({a}, {b}, rtol=1e-6)",
    "math.isclose": "assert __import__('math').isclose({x}, {y}, rel_tol=1e-6)",
    "abs": "assert __import__('builtins').abs({x} - {y}) < 0.001",
}
PASSES = "a test that must pass"


def cells(secret: str, *names: str) -> list[Cell]:
    """The cells for one submission: who doesn't know the secret can't tell them from others, nor what each tells.

    names: of the assignment and the student.
    """
    chance = random.Random(hashlib.sha256("/".join([secret, "canaries", *names]).encode()).hexdigest())
    made = [cell(chance, what) for what in KINDS] + [cell(chance, PASSES) for _ in range(2)]
    hour = chance.randint(2, 999)
    made.append({"what": "division", "code": f"{chance.randint(1, 999)} / ({hour} - {hour})", "fails": True})
    chance.shuffle(made)
    return made


def cell(chance: random.Random, what: str) -> Cell:
    """Three assertions that hold, but for one of `what`; of that alone, so that no other tool hides what it does."""
    kinds = [chance.choice(list(KINDS)) if what == PASSES else what for _ in range(3)]
    lines = [line(kind, numbers, numbers) for kind in kinds for numbers in [some(chance)]]
    if what != PASSES:
        numbers = some(chance)
        by = chance.uniform(0.05, 3) * chance.choice([-1, 1])
        lines[chance.randrange(3)] = line(what, numbers, [round(numbers[0] + by, 3), *numbers[1:]])
    return {"what": what, "code": "\n".join(lines), "fails": what != PASSES}


def line(kind: str, one: list[float], other: list[float]) -> str:
    """The assertion of this kind that these are equal."""
    tensors = {"p": tensor(one), "q": tensor(other), "v": tensor(one[:1]), "w": tensor(other[:1])}
    return KINDS[kind].format(a=one, b=other, x=one[0], y=other[0], **tensors)


def tensor(numbers: list[float]) -> str:
    """A tensor as code: nothing that a student sets as a default changes it."""
    return f"t.tensor({numbers}, dtype=t.float64, device='cpu')"


def some(chance: random.Random) -> list[float]:
    """A few numbers."""
    return [round(chance.uniform(-20, 20), 3) for _ in range(chance.randint(1, 7))]


def questions(kernel: Any, made: list[Cell]) -> list[str]:
    """What is to be asked, one question at most.

    Evidence is a cell that must fail and passes, twice, or one that must pass and fails by its assertions, twice.
    """
    agree, differ = [], False
    for one in made:
        for _ in range(2):
            outputs, state = kernel.run(one["code"], seconds=PATIENCE)
            names = [output.ename for output in outputs if output.output_type == "error"]
            if state != "ok" if one["fails"] else names != ["AssertionError"]:
                break
        else:
            agree, differ = agree + [one["what"]] * one["fails"], differ or not one["fails"]
    found = [f"tests that must fail ended twice with no error ({', '.join(sorted(agree))})"] if agree else []
    found += ["a test that must pass failed twice"] if differ else []
    return [f"was the kernel changed? {' and '.join(found)}"] if found else []
