"""What every room checks alike: tensors and their shapes, whole numbers, models. Each fault is one line with its cure.

Every module of the library may import from here.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral, Real

import torch
from torch import Tensor, nn

Objective = Callable[[nn.Module, Tensor], dict[str, Tensor]]  # what is trained on: "loss", and parts of it
VOWELS = "aeiouAEIOU"


def said(x: object) -> str:
    """What was given, in a few words: "(3, 28) of torch.float32", "a list"."""
    kind = type(x).__name__
    return f"{tuple(x.shape)} of {x.dtype}" if isinstance(x, Tensor) else f"{'an' if kind[0] in VOWELS else 'a'} {kind}"


def tensor(x: Tensor, name: str = "x") -> Tensor:
    """x itself. Raises: ValueError where it is no tensor of real numbers, an array or a list for instance."""
    if not isinstance(x, Tensor):
        raise ValueError(f"{name} must be a tensor; it is {said(x)}: torch.as_tensor makes a tensor of numbers")
    if x.is_complex():
        raise ValueError(f"{name} must hold real numbers; it is {said(x)}")
    return x


def rows(x: Tensor, name: str = "x") -> Tensor:
    """x itself. Raises: ValueError where it is no tensor of real numbers, or has no row."""
    if tensor(x, name).ndim == 0 or x.numel() == 0:
        raise ValueError(f"{name} must have at least one row with a number in it; its shape is {tuple(x.shape)}")
    return x


def floats(x: Tensor, rule: str) -> Tensor:
    """x itself. Raises: ValueError with the rule where x isn't a tensor of floats: bytes are no pixels in [0, 1]."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        cure = "for bytes, x.float() / 255" if isinstance(x, Tensor) else "torch.as_tensor makes a tensor of numbers"
        raise ValueError(f"{rule}; these are {x.dtype if isinstance(x, Tensor) else said(x)}: {cure}")
    return x


def comparable(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Two tensors of one shape in a type in which differences and sums are right: whole numbers and halves as float32.

    Raises: ValueError where the shapes differ (they would broadcast into a wrong number), where there is no row, or
    where one of them is no tensor of real numbers.
    """
    for each in (a, b):
        if not isinstance(each, Tensor) or each.is_complex():
            what = each.dtype if isinstance(each, Tensor) else type(each).__name__
            raise ValueError(f"an error compares two tensors of real numbers; one of these is {what}")
    if a.shape != b.shape:
        shapes = f"{tuple(a.shape)} but x has {tuple(b.shape)}"
        raise ValueError(f"the reconstruction has shape {shapes}: they must be equal")
    if a.ndim == 0 or a.numel() == 0:
        raise ValueError(f"an error needs at least one row with a number in it; the shape is {tuple(a.shape)}")
    kind = torch.promote_types(torch.promote_types(a.dtype, b.dtype), torch.float32)
    return a.to(kind), b.to(kind)


def inside(value: Tensor, x: Tensor, rule: str) -> Tensor:
    """`value`, where all of x lies in [0, 1].

    Raises: ValueError where not, with the rule and the range; on an accelerator, where asking would make each step
    wait, the value is NaN instead.
    """
    low, high = x.detach().aminmax()
    if x.device.type != "cpu":
        return torch.where((low < 0) | (high > 1), math.nan, value)
    if low < 0 or high > 1:
        raise ValueError(f"{rule}; these go from {float(low):.4g} to {float(high):.4g}")
    return value


def whole(least: int | None = 1, most: int | None = None, **numbers: int) -> None:
    """Raises: ValueError where one of the named numbers isn't a whole number from `least` to `most`."""
    ends = "" if least is None else f" of at least {least}" if most is None else f" from {least} to {most}"
    for name, number in numbers.items():
        fits = isinstance(number, Integral) and not isinstance(number, bool)
        if not fits or least is not None and number < least or most is not None and number > most:
            raise ValueError(f"{name} must be a whole number{ends}; it is {brief(number)}")


def real(x: object) -> bool:
    """Whether it is one real number, in Python's form or as a tensor without dimensions."""
    return isinstance(x, Real) or isinstance(x, Tensor) and x.ndim == 0 and not x.is_complex()


def brief(x: object) -> str:
    """A value as Python writes it, but for tensors and arrays of many numbers, which would fill a page."""
    return said(x) if getattr(x, "shape", ()) else repr(x)


def widths(name: str, sizes: Sequence[int]) -> tuple[int, ...]:
    """The sizes as a tuple. Raises: ValueError where they aren't whole numbers of at least 1 in a sequence."""
    if not isinstance(sizes, Iterable) or isinstance(sizes, str):
        raise ValueError(f"{name} must be a sequence of whole numbers, such as (256,) for one; it is {sizes!r}")
    sizes = tuple(sizes)
    for size in sizes:
        whole(**{f"each number in {name}": size})
    return sizes


def able(model: nn.Module, *methods: str, such_as: str) -> None:
    """Raises: ValueError where a model lacks one of the methods that it is going to be asked for."""
    lacking = [name for name in methods if not callable(getattr(model, name, None))]
    if lacking:
        asked = " and ".join(f"{name}()" for name in methods)
        raise ValueError(f"the model must have {asked}, as {such_as} has; this is {said(model)} without {lacking[0]}()")
