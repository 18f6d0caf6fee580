"""Whether two outcomes are the same, in whatever style a learner returns numbers."""

import decimal
import itertools
import numbers
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

MOST = 1_000_000  # numbers in one answer that are looked at
DEEPEST = 8  # lists in lists


def alike(one: Any, other: Any, rtol: float = 1e-4, atol: float = 1e-6) -> bool:
    """Whether an answer is the `other`: shapes exactly, numbers within the tolerance, errors by kind and text.

    One number may come in any shape, (1,) or (1, 1), and of any kind: of Python, NumPy or PyTorch, a fraction.
    """
    try:
        return _alike(one, other, rtol, atol)
    except Exception:  # whatever the learner returned: an object may fail at every question
        return False


def _alike(one: Any, other: Any, rtol: float, atol: float) -> bool:
    if isinstance(one, BaseException) or isinstance(other, BaseException):
        return type(one) is type(other) and in_short(one) == in_short(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[key], other[key], rtol, atol) for key in other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(alike(a, b, rtol, atol) for a, b in zip(one, other, strict=True))
    one, other = plain(one), plain(other)
    if isinstance(one, str | bool | None) or isinstance(other, str | bool | None):
        return type(one) is type(other) and one == other
    a, b = as_tensor(one), as_tensor(other)
    if a is None or b is None:
        return False
    a = single(a, b)
    return a.shape == b.shape and torch.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def in_short(error: Any) -> str:
    """An error's text; without the operation's name, which PyTorch 2.15 puts before it ("addmm: mat1 and mat2 ...")."""
    return re.sub(r"^\w+: ", "", str(error)) if isinstance(error, RuntimeError) else str(error)


def single(a: Tensor, b: Tensor) -> Tensor:
    """`a` without its dimensions of size 1, where `b` is one number."""
    return a.reshape(()) if b.ndim == 0 and a.numel() == 1 else a


def plain(value: Any) -> Any:
    """A truth value that came as a tensor or an array of one entry is a bool; anything else stays as it is."""
    try:
        return bool(value) if value.ndim == 0 and str(value.dtype).endswith("bool") else value
    except Exception:  # no such attribute, or an object that fails at the question
        return value


def as_tensor(value: Any, depth: int = 0) -> Tensor | None:
    """Real numbers of any kind, arrays, tensors, lists of them, as one double tensor on the CPU; else None."""
    try:
        if isinstance(value, Tensor):
            if value.is_complex() or value.numel() > MOST:
                return None
            value = value.detach().to_dense() if value.layout is not torch.strided else value.detach()
            return value.to("cpu", torch.float64)
        if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
            return None if np.iscomplexobj(value) or value.size > MOST else torch.tensor(value.astype(np.float64))
        if isinstance(value, numbers.Real | decimal.Decimal):
            return torch.tensor(float(value), dtype=torch.float64)
        if isinstance(value, str | bytes | Mapping) or depth > DEEPEST:
            return None
        if isinstance(value, Sequence | np.ndarray):
            return stacked(value, depth)
        if hasattr(type(value), "__array__"):
            return as_tensor(np.asarray(value), depth + 1)
        return torch.tensor(float(value), dtype=torch.float64)  # a symbol's value, say
    except Exception:  # whatever the learner returned, in whatever state
        return None


def stacked(value: Sequence, depth: int) -> Tensor | None:
    """The entries of a list as one tensor; None where they are of different shapes, or too many."""
    if len(value) > MOST:
        return None
    if all(type(one) in (int, float, bool) for one in itertools.islice(value, MOST)):
        return torch.tensor([float(one) for one in itertools.islice(value, MOST)], dtype=torch.float64)
    parts = [as_tensor(one, depth + 1) for one in itertools.islice(value, MOST // 10)]
    if len(parts) != len(value) or any(part is None or part.shape != parts[0].shape for part in parts):
        return None
    return torch.stack(parts) if parts else torch.zeros(0, dtype=torch.float64)
