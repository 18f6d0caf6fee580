"""Values that came out of a student's kernel, compared outside it: points, and the slip by its name."""

import math
from dataclasses import dataclass, field
from typing import Any

from course_lib.grading.kernel_side import LONG, MOST

ERRORS = {
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "FloatingPointError",
    "ImportError",
    "IndexError",
    "KeyError",
    "MemoryError",
    "ModuleNotFoundError",
    "NameError",
    "OverflowError",
    "RecursionError",
    "RuntimeError",
    "StopIteration",
    "SyntaxError",
    "TypeError",
    "UnboundLocalError",
    "ValueError",
    "ZeroDivisionError",
}  # fmt: skip  (any other name is the student's own text and is not repeated)


@dataclass
class Mark:
    """What one question earned, why, and which slip it looks like ("" where none is known)."""

    points: float
    most: float
    lines: list[str] = field(default_factory=list)
    slip: str = ""
    attempted: bool = True
    strange: str = ""  # a reason for the attention list


def array(value: Any) -> tuple[list[int], list[float]] | None:
    """Shape and numbers of an encoded tensor, number, or rectangular list of numbers; None for anything else."""
    if not isinstance(value, dict):
        return None
    if "data" in value:
        return value["shape"], value["data"]
    if "list" in value:
        parts = [array(one) for one in value["list"]]
        if parts and all(one is not None and one[0] == parts[0][0] for one in parts):
            return [len(parts), *parts[0][0]], [number for one in parts for number in one[1]]
    return None


def same(one: Any, other: Any, rtol: float, atol: float) -> bool:
    """Whether an encoded value is the expected one: the same kind and shape, every number within the tolerance."""
    a, b = array(one), array(other)
    if a is not None and b is not None:
        return a[0] == b[0] and all(map(lambda x, y: near(x, y, rtol, atol), a[1], b[1]))
    if type(one) is not type(other):
        return False
    if isinstance(other, dict):
        if one.keys() != other.keys():
            return False
        if "list" in other:
            pairs = zip(one["list"], other["list"], strict=False)
            return len(one["list"]) == len(other["list"]) and all(same(x, y, rtol, atol) for x, y in pairs)
        if "dict" in other:
            if one["dict"].keys() != other["dict"].keys():
                return False
            return all(same(one["dict"][key], value, rtol, atol) for key, value in other["dict"].items())
    return one == other


def near(x: float, y: float, rtol: float, atol: float) -> bool:
    """Whether x is y within the tolerance; infinities and nan equal themselves."""
    return x == y or math.isnan(x) and math.isnan(y) or abs(x - y) <= atol + rtol * abs(y) < math.inf


def well_formed(value: Any, depth: int = 0, room: list[int] | None = None) -> bool:
    """Whether a value that a kernel sent is one that `encode` makes: nothing else is looked at.

    Its bounds are held here as well: an `accept` must not be given a tensor that fills the memory.
    """
    room = [MOST, 4 * MOST] if room is None else room  # how many numbers, and how many values in all, may still come
    room[1] -= 1
    if depth > 8 or min(room) < 0:
        return False
    if value is None or not isinstance(value, dict):
        return value is None
    if value.keys() == {"shape", "data"}:
        shape, data = value["shape"], value["data"]
        if not isinstance(shape, list) or not isinstance(data, list) or len(shape) > 16:
            return False
        room[0] -= len(data)
        return (
            room[0] >= 0
            and all(type(one) is int and 0 <= one <= MOST for one in shape)
            and all(type(one) is float for one in data)
            and math.prod(shape) == len(data)
        )
    if value.keys() == {"list"} and isinstance(value["list"], list):
        return all(well_formed(one, depth + 1, room) for one in value["list"])
    if value.keys() == {"dict"} and isinstance(value["dict"], dict):
        return all(len(key) <= LONG and well_formed(one, depth + 1, room) for key, one in value["dict"].items())
    if len(value) != 1:
        return False
    [(key, said)] = value.items()
    return key in ("text", "error", "other") and type(said) is str and len(said) <= LONG


def mark(key: dict[str, Any], numbers: str, sent: dict[str, list[Any]], accept: dict[str, Any] | None = None) -> Mark:
    """The mark of one question.

    key: the question's part of the answer key; numbers: the student's set of numbers as text; sent: for every part
    the values that the kernel sent (exactly one, in order); accept: for parts that many answers satisfy, the test.
    """
    own = numbers if key["personal"] else ""
    expected, values, right, lines, doubt = key["expected"][own], [], [], [], ""
    for part, want in zip(key["parts"], expected, strict=True):
        got = sent.get(part["name"], [])
        value = got[0] if len(got) == 1 and well_formed(got[0]) else {"error": "nothing"}
        if len(got) > 1:
            doubt = f"sent {len(got)} answers for one part"
        elif got and not well_formed(got[0]):
            doubt = "sent a value that is no answer"
        if part["accept"]:
            good = bool(accept and accept[part["name"]](value))
        else:
            good = same(value, want, part["rtol"], part["atol"])
        values.append(value)
        right.append(good)
        earned = part["points"] if good else 0
        lines.append(f"{'✓' if good else '✗'} {part['name']}: {earned:g} of {part['points']:g}{why(value, good)}")
    points = sum(part["points"] for part, good in zip(key["parts"], right, strict=True) if good)
    result = Mark(points, key["points"], lines, strange=doubt)
    result.attempted = any(value != {"error": "NotImplementedError"} for value in values)
    if not all(right) and result.attempted:
        result.slip = name_slip(key, own, values, right)
        if not result.slip and (other := borrowed(key, own, values)):
            result.slip = other
            result.strange = result.strange or "the answers are right for another student's numbers"
    if result.slip:
        result.lines.append(f"It looks like this slip: {result.slip}")
    return result


def known(error: str) -> str:
    """The name of an error, where it isn't a student's own text."""
    return error if error in ERRORS else "an error of its own"


def why(value: Any, good: bool) -> str:
    """What can be said of a wrong value without telling the hidden input."""
    error = value.get("error") if isinstance(value, dict) else None
    if good:
        return ""
    if error == "nothing":
        return " (no answer came out: it was stopped, or the name is missing)"
    if error == "NotImplementedError":
        return " (not attempted)"
    if error:
        return f" (raised {known(error)})"
    return " (another value was expected)"


def name_slip(key: dict[str, Any], own: str, values: list[Any], right: list[bool]) -> str:
    """The slip of the bank that gives these very values; else the one that explains most wrong parts."""
    best, most = "", 0
    for slip in key["slips"]:
        theirs = slip["values"][own]
        agree = [
            same(value, other, part["rtol"], part["atol"])
            for part, value, other in zip(key["parts"], values, theirs, strict=True)
        ]
        if all(agree):
            return slip["name"]
        parts = zip(agree, right, values, strict=True)
        explained = sum(yes and not good and "error" not in (value or {}) for yes, good, value in parts)
        if explained > most:
            best, most = slip["name"], explained
    return best


def borrowed(key: dict[str, Any], own: str, values: list[Any]) -> str:
    """Whether these are all the right answers for numbers that another student has."""
    if key["personal"]:
        for numbers, expected in key["expected"].items():
            parts = zip(key["parts"], values, expected, strict=True)
            if numbers != own and all(same(v, want, part["rtol"], part["atol"]) for part, v, want in parts):
                return "the numbers of somebody else: STUDENT must be your id, exactly the name under which you hand in"
    return ""
