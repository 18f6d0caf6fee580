"""How an exercise is judged: the learner's answer beside an oracle, and beside the usual slips by name.

One line is printed and nothing is raised, so that a notebook runs to its end whatever stands in its stubs.
"""

import copy
import math
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

NOT_ATTEMPTED = "○ not attempted"
CORRECT = "✓ correct"


def check(
    attempt: Any,
    oracle: Callable[..., Any],
    cases: Sequence[tuple] = ((),),
    slips: Mapping[str, Callable[..., Any]] | None = None,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-6,
) -> None:
    """Print the verdict on an answer: a function, tried on every case, or a value (with no cases).

    `oracle` and each slip take what the answer takes; a slip's name says what was done, and what to do. All of them
    draw the same random numbers, and the notebook's own go on afterwards as if nothing had been drawn.
    """
    print(verdict(attempt, oracle, cases, slips or {}, rtol=rtol, atol=atol))


def verdict(
    attempt: Any,
    oracle: Callable[..., Any],
    cases: Sequence[tuple],
    slips: Mapping[str, Callable[..., Any]],
    *,
    rtol: float = 1e-4,
    atol: float = 1e-6,
) -> str:
    """The line that `check` prints."""
    if attempt is None or attempt is ...:
        return NOT_ATTEMPTED
    answer = attempt if callable(attempt) else lambda *_: attempt
    got = [outcome(answer, case) for case in cases]
    if any(one is ... or isinstance(one, NotImplementedError) for one in got):
        return NOT_ATTEMPTED
    expected = [outcome(oracle, case) for case in cases]

    def same(one: Any, other: Any) -> bool:
        return alike(one, other, rtol, atol)

    if all(map(same, got, expected)):
        return CORRECT
    for name, slip in slips.items():
        if all(map(same, got, (outcome(slip, case) for case in cases))):
            return f"✗ {name}"
    where = next(i for i, pair in enumerate(zip(got, expected, strict=True)) if not same(*pair))
    return f"✗ {difference(got[where], expected[where], rtol, atol)}"


def outcome(function: Callable[..., Any], case: tuple) -> Any:
    """What the function returns on copies of these arguments, or the exception that it raises."""
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.default_generator.manual_seed(0)  # torch.manual_seed would reseed the accelerators too
            return function(*copy.deepcopy(case))
    except Exception as error:  # a learner's function may raise anything
        return error


def alike(one: Any, other: Any, rtol: float = 1e-4, atol: float = 1e-6) -> bool:
    """Whether two outcomes are the same: shapes exactly, numbers within the tolerance, errors by kind and text."""
    if isinstance(one, BaseException) or isinstance(other, BaseException):
        return type(one) is type(other) and str(one) == str(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[key], other[key], rtol, atol) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(alike(a, b, rtol, atol) for a, b in zip(one, other, strict=True))
    one, other = plain(one), plain(other)
    if isinstance(one, str | bool | None) or isinstance(other, str | bool | None):
        return type(one) is type(other) and one == other
    a, b = as_tensor(one), as_tensor(other)
    if a is None or b is None or a.shape != b.shape:
        return False
    return torch.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def plain(value: Any) -> Any:
    """A truth value that came as a tensor or an array of one entry is a bool; anything else stays as it is."""
    if getattr(value, "ndim", None) == 0 and str(getattr(value, "dtype", "")).endswith("bool"):
        return bool(value)
    return value


def as_tensor(value: Any) -> torch.Tensor | None:
    """Real numbers, arrays and tensors, or lists of them, as one double tensor on the CPU; None for anything else."""
    try:
        if isinstance(value, list | tuple) and any(isinstance(one, torch.Tensor) for one in value):
            value = torch.stack([torch.as_tensor(one).detach().cpu().double() for one in value])
        tensor = torch.as_tensor(value).detach()
        return None if tensor.is_complex() else tensor.to("cpu", torch.float64)
    except Exception:  # whatever the learner returned, in whatever state
        return None


def difference(got: Any, expected: Any, rtol: float = 1e-4, atol: float = 1e-6) -> str:
    """In plain words, how an answer differs from what was expected."""
    if isinstance(got, BaseException):
        return raised(got)
    if isinstance(expected, BaseException):
        return f"should raise {type(expected).__name__}, and returns a {type(got).__name__}"
    if got is None:
        return "returns None: is there a `return`?"
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping) or got.keys() != expected.keys():
            keys = f"the keys {list(got)}" if isinstance(got, Mapping) else f"one {type(got).__name__}"
            return f"returns {keys}, expected a dict with the keys {list(expected)}"
        off = [key for key in expected if not alike(got[key], expected[key], rtol, atol)]
        return f"{off[0]!r}: {difference(got[off[0]], expected[off[0]], rtol, atol)}"
    row = as_tensor(expected)  # a few numbers may come as one tensor; several tensors may not
    several = isinstance(got, tuple | list) or as_tensor(got) is None or row is None or row.ndim > 1
    if isinstance(expected, tuple | list) and several:
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            size = len(got) if isinstance(got, tuple | list) else f"one {type(got).__name__}"
            return f"returns {size}, expected {len(expected)} values"
        off = [i for i, pair in enumerate(zip(got, expected, strict=True)) if not alike(*pair, rtol, atol)]
        return f"value {off[0] + 1}: {difference(got[off[0]], expected[off[0]], rtol, atol)}"
    if isinstance(plain(expected), str | bool):
        return f"got {plain(got)!r}, expected {plain(expected)!r}"
    return numbers_differ(as_tensor(got), as_tensor(expected), type(got).__name__)


def raised(error: BaseException) -> str:
    """An exception in one line, with the line of the learner's cell in which it was raised."""
    try:
        text = str(error).strip().splitlines()
    except Exception:  # an exception of the learner's own class may fail here as well
        text = []
    cell = [frame for frame in traceback.extract_tb(error.__traceback__) if not Path(frame.filename).is_file()]
    place = f" (line {cell[-1].lineno} of the cell)" if cell else ""
    return f"raises {type(error).__name__}: {text[0] if text else 'no message'}{place}"


def numbers_differ(a: torch.Tensor | None, b: torch.Tensor | None, kind: str) -> str:
    """How numbers `a` differ from the expected `b`; `kind` is the type that the answer had."""
    if b is None:
        return f"returns a {kind}, which isn't what was expected"
    if a is None:
        return f"returns a {kind}, expected numbers of shape {tuple(b.shape)}"
    if a.shape != b.shape:
        return f"has the shape {tuple(a.shape)}, expected {tuple(b.shape)}"
    if not torch.isfinite(a).all():
        return "has entries that are not finite (nan or inf)"
    worst = int((a - b).abs().flatten().argmax())
    x, y = float(a.flatten()[worst]), float(b.flatten()[worst])
    where = f" at {tuple(int(i) for i in torch.unravel_index(torch.tensor(worst), a.shape))}" if a.ndim else ""
    hint = ""
    if y and math.isfinite(x / y) and abs(x / y - 1) > 1e-3:
        hint = f" ({x / y:.3g} times as much)"
    return f"not yet{where}: got {x:.5g}, expected {y:.5g}{hint}"
