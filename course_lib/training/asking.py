"""What `fit` is given, checked: settings, optimisers, and what the objective returns. Each fault in one line."""

import math
import numbers
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from course_lib.shapes import Objective, said, whole


def check_settings(
    data: Tensor, validation: Tensor | None, epochs: int, batch_size: int, schedule: str, warmup: float, lr: float,
    seed: int, schedules: Iterable[str],
) -> None:  # fmt: skip
    """Raises: ValueError where `fit` can't start, in words that say what to change."""
    for name, x in {"data": data, "validation": data if validation is None else validation}.items():
        if not isinstance(x, Tensor) or not x.is_floating_point() or x.ndim == 0 or x.numel() == 0:
            raise ValueError(f"{name} must be a tensor of floats with at least one row (an example); this is {said(x)}")
    whole(None, epochs=epochs, batch_size=batch_size, seed=seed)
    if min(epochs, batch_size) < 1:
        raise ValueError(f"epochs and batch_size must be at least 1; they are {epochs} and {batch_size}")
    for name, number in {"lr": lr, "warmup": warmup}.items():
        if not isinstance(number, numbers.Real) or not 0 <= number < math.inf:
            raise ValueError(f"{name} must be a number of at least 0; it is {number!r}")
    if schedule not in schedules:
        raise ValueError(f"unknown schedule {schedule!r}: one of {', '.join(schedules)}")


def optimizers_for(model: nn.Module, optimizer: Callable, lr: float) -> list[Optimizer]:
    """What optimizer(model, lr) returns, as a list. Raises: ValueError where that is no list of optimisers."""
    example = "a function such as adam, sgd, muon or lambda model, lr: [torch.optim.SGD(model.parameters(), lr=lr)]"
    if isinstance(optimizer, type) or not callable(optimizer):
        what = "the class" if isinstance(optimizer, type) else "an object of"
        what += f" {getattr(optimizer, '__name__', type(optimizer).__name__)}"
        raise ValueError(f"optimizer must be {example}; this is {what}")
    made = optimizer(model, lr)
    made = [made] if isinstance(made, Optimizer) else made
    if not isinstance(made, list | tuple) or not made or not all(isinstance(each, Optimizer) for each in made):
        what = type(made).__name__ if made else "empty"
        raise ValueError(f"optimizer(model, lr) must return a list of PyTorch's optimisers, as {example}; it is {what}")
    if any(isinstance(each, torch.optim.LBFGS) for each in made):
        raise ValueError("LBFGS evaluates the loss several times per step, which `fit` doesn't: use adam, sgd or muon")
    return list(made)


def ask(objective: Objective, model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """objective(model, x): B rows of the data -> one number per part.

    Raises: ValueError where the types of data and weights differ, or what is returned can't be trained on.
    """
    try:
        parts = objective(model, x)
    except RuntimeError as error:
        types = {str(each.dtype) for each in model.parameters() if each.is_floating_point()}
        if not types or str(x.dtype) in types:
            raise
        fault = f"the data are {x.dtype}, the model's weights {', '.join(types)}: convert one, as with data.float()"
        raise ValueError(fault) from error
    if not isinstance(parts, dict) or "loss" not in parts:
        what = f"a dict of {', '.join(map(repr, parts))}" if isinstance(parts, dict) else f"a {type(parts).__name__}"
        raise ValueError(f'the objective must return a dict with "loss" in it, as {{"loss": error}}; this is {what}')
    for name, value in parts.items():
        if not (value.numel() == 1 if isinstance(value, Tensor) else isinstance(value, numbers.Real)):
            what = f"of shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
            rule = "must be one number, the sum over the features and the mean over the rows"
            raise ValueError(f"the objective's {name!r} {rule}; it is {what}")
    if torch.is_grad_enabled() and not (isinstance(parts["loss"], Tensor) and parts["loss"].requires_grad):
        raise ValueError(
            'the objective\'s "loss" has no gradient: something in it was detached (.detach(), .item(), torch.no_grad, '
            "round, argmax), or all of the model's weights are frozen"
        )
    plain = {name: each for name, each in parts.items() if not isinstance(each, Tensor)}
    return {**parts, **{name: torch.tensor(float(each), device="cpu") for name, each in plain.items()}}


def single(value: Tensor | float) -> Tensor:
    """A number without its gradient, in a type in which many can be added up: half precision becomes single."""
    value = value.detach() if isinstance(value, Tensor) else torch.tensor(value, device="cpu")  # whatever the default
    return value.to(torch.promote_types(value.dtype, torch.float32))
