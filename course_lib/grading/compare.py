"""Whether values that came out of a kernel are the expected ones, and what lateness takes off."""

import math
from typing import Any


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
    """Whether an encoded value is the expected one: the same kind and shape, every number within the tolerance.

    Where one number is expected, it may come in any shape, (1,) or (1, 1), as in a lesson's checks.
    """
    a, b = array(one), array(other)
    if a is not None and b is not None:
        fits = a[0] == b[0] or not b[0] and len(a[1]) == 1 or singles(a[0], b[0], other)
        return fits and all(map(lambda x, y: near(x, y, rtol, atol), a[1], b[1]))
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


def singles(shape: list[int], wanted: list[int], other: Any) -> bool:
    """Whether a list of single numbers is expected, and a list of as many tensors of one number came."""
    return "list" in other and len(wanted) == 1 and shape[:1] == wanted and math.prod(shape) == wanted[0]


def near(x: float, y: float, rtol: float, atol: float) -> bool:
    """Whether x is y within the tolerance; infinities and nan equal themselves."""
    return x == y or math.isnan(x) and math.isnan(y) or abs(x - y) <= atol + rtol * abs(y) < math.inf


def same_in_all(key: dict[str, Any], values: list[Any], others: list[Any]) -> bool:
    """Whether all values are these others, each within its part's tolerance: agreement in a part is not enough."""
    return all(
        same(value, other, part["rtol"], part["atol"])
        for part, value, other in zip(key["parts"], values, others, strict=True)
    )


def penalty(score: float, per_day: float, seconds_late: float) -> float:
    """Points off for every day of lateness that has begun; no mark falls below 0 by it."""
    return max(0.0, min(score, per_day * -(-seconds_late // 86_400)))
