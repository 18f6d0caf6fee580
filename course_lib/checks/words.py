"""In plain words, how an answer differs from what was expected, without giving that away."""

import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .compare import MOST, alike, as_tensor, plain, single


def difference(got: Any, expected: Any, rtol: float = 1e-4, atol: float = 1e-6) -> str:
    """How one outcome differs from the expected one."""
    if isinstance(got, BaseException):
        return raised(got)
    if isinstance(expected, BaseException):
        return f"should raise {type(expected).__name__}, and returns {article(type(got).__name__)}"
    if got is None:
        return "returns None: is there a `return`?"
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping) or got.keys() != expected.keys():
            keys = f"the keys {short(list(got))}" if isinstance(got, Mapping) else f"one {type(got).__name__}"
            return f"returns {keys}, expected a dict with the keys {list(expected)}"
        off = [key for key in expected if not alike(got[key], expected[key], rtol, atol)]
        return f"{off[0]!r}: {difference(got[off[0]], expected[off[0]], rtol, atol)}"
    row = as_tensor(expected)  # a few numbers may come as one tensor; several tensors may not
    several = isinstance(got, tuple | list) or as_tensor(got) is None or row is None or row.ndim > 1
    if isinstance(expected, tuple | list) and several:
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            size = len(got) if isinstance(got, tuple | list) else kind(got)
            return f"returns {size}, expected {len(expected)} values{way_out(got)}"
        off = [i for i, pair in enumerate(zip(got, expected, strict=True)) if not alike(*pair, rtol, atol)]
        return f"value {off[0] + 1}: {difference(got[off[0]], expected[off[0]], rtol, atol)}"
    if isinstance(plain(expected), str | bool):
        needed = "a text" if isinstance(expected, str) else "True or False"
        right_kind = isinstance(plain(got), type(plain(expected)))
        return f"not yet: got {short(plain(got))}" if right_kind else f"returns {kind(got)}, expected {needed}"
    if isinstance(plain(got), bool):
        return f"returns {plain(got)}, expected {'a number' if row is not None and not row.ndim else 'numbers'}"
    return numbers_differ(got, row, rtol)


def numbers_differ(got: Any, expected: Tensor | None, rtol: float = 1e-4) -> str:
    """How numbers differ from the expected ones."""
    found = as_tensor(got)
    if expected is None:
        return f"returns {kind(got)}, which isn't what was expected"
    wanted = f"numbers of shape {tuple(expected.shape)}" if expected.ndim else "a number"
    if found is None or expected.numel() and not found.numel():
        return f"returns {kind(got)}, expected {wanted}{way_out(got)}"
    found = single(found, expected)
    if found.shape != expected.shape:
        return f"has the shape {tuple(found.shape)}, expected {tuple(expected.shape)}"
    if not torch.isfinite(found).all():
        return "has entries that are not finite (nan or inf)"
    worst = int((found - expected).abs().flatten().argmax())
    x, y = float(found.flatten()[worst]), float(expected.flatten()[worst])
    place = list(map(int, torch.unravel_index(torch.tensor(worst), found.shape)))
    return f"not yet{f' at {place}' if found.ndim else ''}: {x + 0:.5g} is {direction(x, y, rtol)}"


def direction(x: float, y: float, rtol: float) -> str:
    """On which side of y the number x lies."""
    near = max(0.01, 3 * rtol)
    if y and abs(x - y) <= near * abs(y):
        return f"nearly right: within {100 * near:g} %; more digits are needed"
    if x * y < 0:
        return "on the wrong side of 0"
    return "too large" if x > y else "too small"


def throughout(got: Sequence[Any], expected: Sequence[Any]) -> str:
    """What all numbers of all cases have in common: one factor, or the same distance; "" where nothing is."""
    pairs = [(as_tensor(one), as_tensor(other)) for one, other in zip(got, expected, strict=True)]
    if any(a is None or b is None or single(a, b).shape != b.shape for a, b in pairs):
        return ""
    x, y = (torch.cat([pair[i].flatten() for pair in pairs]) for i in (0, 1))
    if len(x) < 2 or not (torch.isfinite(x).all() and torch.isfinite(y).all()) or y.abs().max() == 0:
        return ""
    factor = float(x @ y / (y @ y))
    if abs(factor) > 1e-6 and close(x, factor * y):
        times = "" if f"{factor:.3g}" == "1" else f"all are {factor:.3g} times what they should be"
        return "all have the wrong sign" if abs(factor + 1) < 1e-4 else times
    shift = float((x - y).mean())
    if y.std() > 1e-3 * abs(shift) and close(x, y + shift):
        return f"all are too {'large' if shift > 0 else 'small'} by the same amount"
    return ""


def close(x: Tensor, y: Tensor) -> bool:
    """Whether two rows of numbers are the same, to the precision of single numbers on their way."""
    return bool((x - y).abs().max() <= 1e-4 * y.abs().max())


def raised(error: BaseException) -> str:
    """An exception in one line, with the line of the learner's cell in which it was raised."""
    try:
        text = str(error).strip().splitlines()
    except Exception:  # an exception of the learner's own class may fail here as well
        text = []
    cell = [frame for frame in traceback.extract_tb(error.__traceback__) if not Path(frame.filename).is_file()]
    place = f" (line {cell[-1].lineno} of the cell)" if cell else ""
    return f"raises {type(error).__name__}: {text[0][:300] if text else 'no message'}{place}"


def kind(value: Any) -> str:
    """What an answer is, in two or three words."""
    name = type(value).__name__
    if is_complex(value):
        return "complex numbers"
    if isinstance(value, list | tuple):
        return f"an empty {name}" if not value else f"a {name} of {short(value[0])} and so on"
    if callable(value) and hasattr(value, "__name__"):
        return f"the {name} {str(value.__name__)[:40]}"
    return f"one {name}" if isinstance(value, Tensor) else article(name)


def way_out(value: Any) -> str:
    """What to do with an answer that can't be compared; "" where there is nothing to say."""
    if is_complex(value):
        return ": take the real part"
    if isinstance(value, str):
        return ": write it without quotation marks" if any(map(str.isdigit, value)) else ""  # a number or a formula
    if isinstance(value, set | frozenset):
        return ": a set has no order, return a list or a tensor"
    if isinstance(value, Tensor):
        return f": this one has the shape {tuple(value.shape)}" if value.numel() > MOST else ""
    if isinstance(value, Iterable) and not isinstance(value, np.ndarray | Mapping | list | tuple):
        return ": make it a list, list(...)"
    return ": call it, with brackets" if callable(value) and hasattr(value, "__name__") else ""


def is_complex(value: Any) -> bool:
    """Whether these are complex numbers."""
    return isinstance(value, complex) or str(getattr(value, "dtype", "")).removeprefix("torch.").startswith("complex")


def article(name: str) -> str:
    """A type's name with its article."""
    return f"{'an' if name[:1].lower() in tuple('aeiou') else 'a'} {name}"


def short(value: Any) -> str:
    """A value's own words, cut to a line; its type where it has none."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        return article(type(value).__name__)
    return text if len(text) <= 60 else f"{text[:57]}..."
