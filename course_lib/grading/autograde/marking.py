"""Values that came out of a student's kernel, compared outside it: points, and the slip by its name."""

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from course_lib.grading.autograde.suspicion import other_numbers
from course_lib.grading.compare import same, same_in_all
from course_lib.grading.sandbox.kernel_side import LONG, MOST

# All that a page says of a part beyond its mark. An answer sees the hidden inputs when it is run, and can choose by
# them what is said of it: with k parts and s slips in the bank a question lets out at most log2(1 + 2 * 3**k + s) bits.
OTHER, NOTHING = "another value was expected", "no value came out: an error, too slow, or nothing is written yet"


@dataclass
class Mark:
    """What one question earned, why, and which slip it looks like ("" where none is known)."""

    points: float
    most: float
    lines: list[str] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)  # which of its parts are earned
    slip: str = ""
    attempted: bool = True
    strange: str = ""  # a reason for the attention list


def well_formed(value: Any, depth: int = 0, room: list[int] | None = None) -> bool:
    """Whether a value that a kernel sent is one that `encode` makes: nothing else is looked at.

    Its bounds are held here as well: an `accept` must not be given a tensor that fills the memory.
    """
    room = [MOST, 4 * MOST] if room is None else room  # how many numbers, and how many values in all, may still come
    room[1] -= 1
    if depth > 8 or min(room) < 0:
        return False
    match value:
        case None:
            return True
        case {"shape": list(shape), "data": list(data)} if len(value) == 2:
            room[0] -= len(data)
            return (
                room[0] >= 0
                and len(shape) <= 16
                and all(type(one) is int and 0 <= one <= MOST for one in shape)
                and all(type(one) is float for one in data)
                and math.prod(shape) == len(data)
            )
        case {"list": list(ones)} if len(value) == 1:
            return all(well_formed(one, depth + 1, room) for one in ones)
        case {"dict": dict(named)} if len(value) == 1:
            return all(len(key) <= LONG and well_formed(one, depth + 1, room) for key, one in named.items())
        case {"text": str(said)} | {"error": str(said)} | {"other": str(said)} if len(value) == 1:
            return len(said) <= LONG
    return False


def mark(
    key: dict[str, Any],
    numbers: str,
    sent: dict[str, list[Any]],
    accept: dict[str, Any] | None = None,
    shown: bool = True,
    innocent: Collection[str] = (),
) -> Mark:
    """The mark of one question.

    key: the question's part of the answer key; numbers: the student's set of numbers as text; sent: for every part
    the values that the kernel sent (exactly one, in order); accept: for parts that many answers satisfy, the test;
    shown: whether the visible test cell ran as it is shown. A part for the examples needs both, the right value and
    that cell: who fakes a pass in the kernel gains nothing. innocent: see `other_numbers`.
    """
    own = numbers if key["personal"] else ""
    expected, values, right, lines, doubt, points = key["expected"][own], [], [], [], "", 0.0
    for part, want in zip(key["parts"], expected, strict=True):
        got = sent.get(part["name"], [])
        value = got[0] if len(got) == 1 and well_formed(got[0]) else {"error": "nothing"}
        if len(got) > 1:
            doubt = f"why were {len(got)} answers sent for one part?"
        elif got and not well_formed(got[0]):
            doubt = "why was a value sent that is no answer?"
        if part["accept"]:
            good = bool(accept and accept[part["name"]](value))
        else:
            good = same(value, want, part["rtol"], part["atol"])
        values.append(value)
        right.append(good)
        full = good and (shown or not part.get("shown"))
        points += part["points"] if full else 0
        reason = "the value is right, but the test cell above fails as it is shown" if good else why(value)
        earned = f"{part['points'] if full else 0:g} of {part['points']:g}"
        lines.append(f"{'✓' if full else '✗'} {part['name']}: {earned}{'' if full else f' ({reason})'}")
    result = Mark(points, key["points"], lines, [line.startswith("✓") for line in lines], strange=doubt)
    result.attempted = any(value != {"error": "NotImplementedError"} for value in values)
    if not (all(right) and shown) and result.attempted:
        result.slip = name_slip(key, own, values, right=all(right))
        if result.slip:
            result.lines.append(f"It looks like this slip: {result.slip}")
        elif not all(right):
            hint, question = other_numbers(key, own, values, innocent)
            result.lines += [hint] if hint else []
            result.strange = result.strange or question
    return result


def why(value: Any) -> str:
    """What is said of a value that is not the expected one: one of two words, whatever was raised."""
    return NOTHING if isinstance(value, dict) and "error" in value else OTHER


def name_slip(key: dict[str, Any], own: str, values: list[Any], right: bool = False) -> str:
    """The one slip of the bank that gives all of these values; "" where none does, or where several do.

    right: the values are right and only the visible cell fails; then it must fail with the slip as well.
    """
    slips = [slip for slip in key["slips"] if not (right and slip.get("shown", {}).get(own, True))]
    found = [slip["name"] for slip in slips if same_in_all(key, values, slip["values"][own])]
    return found[0] if len(found) == 1 else ""
