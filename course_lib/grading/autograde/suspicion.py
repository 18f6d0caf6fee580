"""What looks odd in a submission, with its evidence: a question to the instructor, never a verdict.

Points don't depend on anything here. A question is asked only where chance, the bank's wrong answers and a single
wrong number are excluded; what a busy machine can do to an honest submission is no evidence. Nor is a name in the code:
notebooks name `get_ipython` and `sys.modules` for honest reasons, and who means harm spells them otherwise.
"""

import json
from collections.abc import Collection
from typing import Any

from course_lib.grading.compare import same_in_all

RARE = 1e-3  # chance may explain what is asked about less often than this
# The one thing that a student reads here: a longer list would be a way out for what a hidden test shows to an answer.
HINT = (
    "These would be the right answers for other numbers than yours: is one of your numbers off? Is STUDENT the id "
    "under which you hand in, and did the notebook run in the folder that you were given?"
)


def other_numbers(key: dict[str, Any], own: str, values: list[Any], innocent: Collection[str] = ()) -> tuple[str, str]:
    """What to tell the student, and what to ask the instructor, of answers that are right for other numbers.

    innocent: sets of numbers that an oversight gives (no id as STUDENT). Nothing is said where a wrong answer of the
    bank has these values. Nothing is asked where a set that fits is innocent, or differs from one's own in one number
    only (an off-by-one gives it as well) or in the order of the numbers, where a wrong answer with one number off gives
    the values too, or where chance isn't excluded.
    """
    if not key["personal"] or by_a_slip(key, own, values, off=0):
        return "", ""
    fits = [one for one, wanted in key["expected"].items() if one != own and same_in_all(key, values, wanted)]
    if not fits:
        return "", ""
    if any(one in fits for one in innocent):
        return HINT, ""
    gaps = {one: gap(own, one) for one in fits}
    nearest = min(fits, key=lambda one: len(gaps[one]))
    far = all(len(each) > 1 and swapped(each) is False for each in gaps.values())
    if not far or by_a_slip(key, own, values, off=1):
        return HINT, ""
    count, chance = luck(key, own, nearest)
    if chance > RARE:
        return HINT, ""
    return HINT, (
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
