"""What looks odd in a submission, with its evidence: a question to the instructor, never a verdict.

Points don't depend on anything here. A question is asked only where chance, the bank's wrong answers and a single
wrong number are excluded; what a busy machine can do to an honest submission is no evidence.
"""

import ast
import json
import re
from typing import Any

from course_lib.grading.compare import same_in_all

RARE = 1e-3  # chance may explain what is asked about less often than this
NAMES = re.compile(
    r"get_ipython|ast_transformers|input_transformers|__builtins__|\bbuiltins\b|sys\.modules|os\._exit|ctypes"
    r"|_getframe|gc\.get_|pre_run_cell|post_run_cell|display_pub|__import__|setattr\(\s*torch|torch\.\w+\s*=(?!=)"
)


def other_numbers(
    key: dict[str, Any], own: str, values: list[Any], innocent: dict[str, str] | None = None
) -> tuple[str, str]:
    """What to tell the student, and what to ask the instructor, of answers that are right for other numbers.

    innocent: sets of numbers that an oversight gives (no id as STUDENT), each with its name. Nothing is said where a
    wrong answer of the bank has these values. Nothing is asked where a set that fits differs from one's own in one
    number only (an off-by-one gives it as well) or in the order of the numbers, where a wrong answer with one number
    off gives the values too, or where chance isn't excluded.
    """
    if not key["personal"] or by_a_slip(key, own, values, off=0):
        return "", ""
    fits = [one for one, wanted in key["expected"].items() if one != own and same_in_all(key, values, wanted)]
    if not fits:
        return "", ""
    for one, name in (innocent or {}).items():
        if one in fits:
            hint = f"These would be the right answers for {name}: is STUDENT your id, and the notebook in its folder?"
            return hint, ""
    gaps = {one: gap(own, one) for one in fits}
    nearest = min(fits, key=lambda one: len(gaps[one]))
    hint = f"These would be the right answers for {said(gaps[nearest], 1)}; yours: {said(gaps[nearest], 0)}. Is one of "
    hint += "your numbers off, or is STUDENT not your id (the name under which you hand in)?"
    far = all(len(each) > 1 and swapped(each) is False for each in gaps.values())
    if not far or by_a_slip(key, own, values, off=1):
        return hint, ""
    count, chance = luck(key, own, nearest)
    if chance > RARE:
        return hint, ""
    return hint, (
        f"are these answers another student's? They are right for {said(gaps[nearest], 1)}, and here it is "
        f"{said(gaps[nearest], 0)}. {count} values that depend on these numbers agree; no wrong answer of the bank, no "
        f"single wrong number and not both together give them; chance does less than 1 time in {int(1 / chance):,}"
    )


def by_a_slip(key: dict[str, Any], own: str, values: list[Any], off: int) -> bool:
    """Whether a wrong answer of the bank gives these values with one's own numbers, so many of them `off`."""
    return any(
        len(gap(own, numbers)) <= off and same_in_all(key, values, theirs)
        for slip in key["slips"]
        for numbers, theirs in slip["values"].items()
    )


def gap(own: str, other: str) -> dict[str, tuple[Any, Any]]:
    """Where two sets of numbers differ: name -> (one's own, the other's)."""
    mine, theirs = json.loads(own), json.loads(other)
    return {name: (mine[name], theirs[name]) for name in mine if mine[name] != theirs[name]}


def swapped(different: dict[str, tuple[Any, Any]]) -> bool:
    """Whether the same numbers stand in another order: exchanged arguments give that too."""
    mine, theirs = zip(*different.values(), strict=True)
    return sorted(map(str, mine)) == sorted(map(str, theirs))


def said(different: dict[str, tuple[Any, Any]], which: int) -> str:
    """These numbers in words."""
    return ", ".join(f"{name} = {pair[which]}" for name, pair in different.items())


def luck(key: dict[str, Any], own: str, other: str) -> tuple[int, float]:
    """How many parts tell the two sets of numbers apart, and a bound on how often a wrong answer hits all by chance.

    The bank is the sample of wrong answers: for each part, how many of its wrong values are right for a set of
    numbers that differs in two numbers or more (one more than was seen, of two more than were tried).
    """
    count, chance = 0, 1.0
    for i, part in enumerate(key["parts"]):
        one = {"parts": [part]}
        right = {numbers: [wanted[i]] for numbers, wanted in key["expected"].items()}
        if same_in_all(one, right[own], right[other]):
            continue
        hits = tried = 0
        for slip in key["slips"]:
            for numbers, theirs in slip["values"].items():
                value = [theirs[i]]
                if not same_in_all(one, value, right[numbers]):
                    tried += 1
                    hits += any(
                        len(gap(numbers, far)) > 1 and same_in_all(one, value, wanted) for far, wanted in right.items()
                    )
        count, chance = count + 1, chance * (hits + 1) / (tried + 2)
    return count, chance


def named(code: str) -> list[str]:
    """The tools of attackers that this code names, comments, docstrings and annotations aside."""
    lines = [line for line in code.splitlines() if not re.match(r"\s*[%!?]", line)]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        bare = "\n".join(line.partition("#")[0] for line in lines)
    else:
        bare = ast.unparse(Bare().visit(tree))
    return sorted({match[0].strip() for match in NAMES.finditer(bare)})


class Bare(ast.NodeTransformer):
    """Takes annotations and lone texts out of a program: `x: torch.Tensor = None` changes nothing in torch."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        bare = ast.Assign([node.target], node.value)
        return ast.copy_location(self.generic_visit(bare), node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return ast.Pass() if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)
