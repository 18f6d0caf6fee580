"""How an exercise is judged: the learner's answer beside an oracle, and beside the usual slips by name.

One line is printed and nothing is raised, so that a notebook runs to its end whatever stands in its stubs.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .compare import alike
from .outcome import is_stub, outcome, tried
from .words import article, difference, throughout

NOT_ATTEMPTED = "○ not attempted"
CORRECT = "✓ correct"

Function = Callable[..., Any]
# What each slip makes of a case, by the slip's name: one function for all of them, or for each its own, or its value.
Slips = Function | Mapping[str, Any]


def check(
    attempt: Any, oracle: Function, cases: Sequence[tuple] = ((),), slips: Slips | None = None, **tolerance: float
) -> None:
    """Print the verdict on an answer: a function, tried on every case, or a value (with no cases).

    `oracle` and `slips` take what the answer takes; a slip's name says what was done, and what to do. All of them
    draw the same random numbers, and the notebook's own go on afterwards as if nothing had been drawn.
    """
    print(verdict(attempt, oracle, cases, slips or {}, **tolerance))


def verdict(
    attempt: Any, oracle: Function, cases: Sequence[tuple], slips: Slips, rtol: float = 1e-4, atol: float = 1e-6
) -> str:
    """The line that `check` prints. What was expected is never in it, only in what way the answer differs."""
    if attempt is None or attempt is ...:
        return NOT_ATTEMPTED
    asked = any(case for case in cases)  # for a function, and not for a value
    if asked and not callable(attempt):
        what = article(type(attempt).__name__)
        return f"✗ a function is needed here, and this is {what}: give its name, without brackets"
    answer = attempt if callable(attempt) else lambda *_: attempt
    got, changes = zip(*(tried(answer, case) for case in cases), strict=True)
    if any(map(is_stub, got)):
        return NOT_ATTEMPTED
    expected = [outcome(oracle, case) for case in cases]
    right = [alike(*pair, rtol, atol) for pair in zip(got, expected, strict=True)]
    if all(right):
        return CORRECT + note(sorted(set().union(*changes)), oracle)
    if name := matching(got, made_by(slips, cases), rtol, atol):
        return f"✗ {name}"
    if asked and (shared := throughout(got, expected)):
        return f"✗ not yet: {shared}"
    where = right.index(False)
    some = f" (right for {sum(right)} of {len(right)} inputs)" if any(right) else ""
    return f"✗ {difference(got[where], expected[where], rtol, atol)}{some}"


def made_by(slips: Slips, cases: Sequence[tuple]) -> dict[str, list[Any]]:
    """The outcomes of each slip in every case: {name: outcomes}."""
    if callable(slips):
        tables = [outcome(slips, case) for case in cases]
        names = tables[0] if all(isinstance(table, Mapping) for table in tables) else ()  # a check never raises
        return {name: [table[name] for table in tables] for name in names}
    return {name: [outcome(one, case) if callable(one) else one for case in cases] for name, one in slips.items()}


def matching(got: Sequence[Any], slips: Mapping[str, Sequence[Any]], rtol: float = 1e-4, atol: float = 1e-6) -> str:
    """The slip whose outcomes these are in every case; "" where none is it, or where several are."""
    all_alike = [all(alike(*pair, rtol, atol) for pair in zip(got, theirs, strict=True)) for theirs in slips.values()]
    return list(slips)[all_alike.index(True)] if sum(all_alike) == 1 else ""


def note(changed: Sequence[int], oracle: Function) -> str:
    """What is added to a right answer that changes what it is given."""
    if not changed:
        return ""
    names = list(inspect.signature(oracle).parameters)
    which = " and ".join(f"`{names[i]}`" if i < len(names) else f"argument {i + 1}" for i in changed)
    return f", but it changes {which} in place: work on a copy, or the caller's own data are spoilt"
