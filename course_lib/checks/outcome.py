"""A learner's function, run on copies of a case: what it returns or raises, and whether it leaves all else alone."""

import contextlib
import copy
import dis
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def outcome(function: Callable[..., Any], case: tuple) -> Any:
    """What the function returns on copies of these arguments, or the exception that it raises."""
    return tried(function, case)[0]


def tried(function: Callable[..., Any], case: tuple) -> tuple[Any, list[int]]:
    """The outcome, and the places of the arguments that the function changed in place."""
    given = copy.deepcopy(case)
    with as_it_was():
        try:
            result = kept(function(*given))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a learner's function may raise anything, or call exit()
            result = error
    return result, [i for i, pair in enumerate(zip(given, case, strict=True)) if not unchanged(*pair)]


@contextlib.contextmanager
def as_it_was() -> Iterator[None]:
    """Gradients on and every generator seeded alike; afterwards all that is global is as it was before."""
    dtype, device, threads = torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads()
    states = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    try:
        with torch.random.fork_rng(devices=[]), torch.inference_mode(False), torch.enable_grad():
            torch.default_generator.manual_seed(0)  # torch.manual_seed would reseed the accelerators too
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_default_dtype(dtype)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


def kept(value: Any, most: int = 1_000_000) -> Any:
    """A tensor or an array as it is now: the next call may write into the same one."""
    if isinstance(value, Tensor) and value.numel() <= most:
        return value.detach().clone()
    return value.copy() if isinstance(value, np.ndarray) and value.size <= most else value


def unchanged(one: Any, other: Any) -> bool:
    """Whether an argument is still what it was: tensors, arrays and modules by their numbers, lists entry by entry."""
    if isinstance(other, Tensor | np.ndarray):
        a, b = torch.as_tensor(one).detach(), torch.as_tensor(other).detach()
        same = a.shape == b.shape and a.dtype == b.dtype and torch.equal(a.nan_to_num(0.5), b.nan_to_num(0.5))
        return same and getattr(one, "requires_grad", False) == getattr(other, "requires_grad", False)
    if isinstance(other, nn.Module):
        return unchanged(dict(one.state_dict()), dict(other.state_dict()))
    if isinstance(other, Mapping):
        return one.keys() == other.keys() and all(unchanged(one[key], other[key]) for key in other)
    if isinstance(other, Sequence) and not isinstance(other, str):
        return len(one) == len(other) and all(map(unchanged, one, other))
    return True


def is_stub(result: Any) -> bool:
    """Whether an outcome says that nothing was written yet: `...`, or the stub's own NotImplementedError.

    PyTorch raises errors of this class too, where an operation doesn't know a type: those are answers.
    """
    if not isinstance(result, NotImplementedError):
        return result is ...
    place = result.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    if place is None:
        return True
    code = place.tb_frame.f_code
    raises = code.co_code[place.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    return raises and "site-packages" not in code.co_filename
