"""An answer key's file: read, and whole in its shape, or refused in one line."""

import hashlib
import json
from pathlib import Path
from typing import Any

from course_lib.grading.errors import GradingError

SEAL = "sha256"  # older keys have none
HOW = (
    "put it back from a backup (python -m course_lib grade restore), or make it again: "
    "python -m course_lib grade release"
)


def load(file: Path) -> dict[str, Any]:
    """The key in this file. Raises GradingError where it is missing or damaged; OSError where it may not be read."""
    name = file.stem
    try:
        key = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise GradingError(f"{name} was not released: python -m course_lib grade release") from error
    except (ValueError, RecursionError) as error:
        raise GradingError(f"the answer key keys/{name}.json is damaged ({error}): {HOW} {name}") from error
    except IsADirectoryError as error:
        raise GradingError(f"keys/{name}.json is a folder, not an answer key: {HOW} {name}") from error
    if fault := wrong(key):
        raise GradingError(f"the answer key keys/{name}.json is damaged ({fault}): {HOW} {name}")
    return key


def sealed(key: dict[str, Any]) -> dict[str, Any]:
    """The key with a digest of what stands in it: a digit that changes on a disk would cost a class its points."""
    rest = {name: value for name, value in key.items() if name != SEAL}
    return rest | {SEAL: hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()}


def wrong(key: Any) -> str:
    """What isn't as a key has it; "" where all is there. Fields that only newer keys have may be missing."""
    if not isinstance(key, dict):
        return "it is no key"
    if SEAL in key and key[SEAL] != sealed(key)[SEAL]:
        return "it was changed"
    for field, kind in (("questions", dict), ("written", dict), ("choices", dict), ("modules", list)):
        if not isinstance(key.get(field), kind):
            return f"{field!r} is missing or of the wrong kind"
    for field in ("secret", "salt"):
        if not isinstance(key.get(field, ""), str):
            return f"{field!r} is of the wrong kind"
    if not all(isinstance(points, int | float) for points in key["written"].values()):
        return "the points of a written question are no number"
    return next((f"question {name!r}: {fault}" for name, one in key["questions"].items() if (fault := odd(one))), "")


def odd(question: Any) -> str:
    """What isn't as a question of a key has it; "" where all is there."""
    if not isinstance(question, dict):
        return "it is no question"
    for field, kind in (("points", int | float), ("personal", bool), ("parts", list), ("expected", dict),
                        ("slips", list)):  # fmt: skip
        if not isinstance(question.get(field), kind):
            return f"{field!r} is missing or of the wrong kind"
    if not isinstance(question.get("seed", 0), int | str):
        return "its seed is no number"
    for part in question["parts"]:
        if not isinstance(part, dict) or not {"name", "points", "accept", "rtol", "atol"} <= part.keys():
            return "a part is not whole"
    for slip in question["slips"]:
        if not isinstance(slip, dict) or not {"name", "points", "values"} <= slip.keys():
            return "a slip is not whole"
    if not all(isinstance(one, list) and len(one) == len(question["parts"]) for one in question["expected"].values()):
        return "its expected values don't match its parts"
    return ""
