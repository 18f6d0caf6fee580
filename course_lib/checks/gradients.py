"""A check that asks for the right values first, and then for the right gradients: an answer that is to be trained."""

import copy
import inspect
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .compare import alike
from .outcome import outcome
from .verdict import CORRECT, Function, Slips, matching, verdict
from .words import difference, raised, throughout

NONE_ARRIVES = "no gradient"
TOLERANCE = 1e-3, 1e-5  # of gradients, relative and absolute: ten times that of values


def check_with_gradients(
    attempt: Any,
    oracle: Function,
    cases: Sequence[tuple],
    slips: Slips,
    gradient_slips: Mapping[str, Function] | None = None,
    *,
    to: Sequence[str],
) -> None:
    """Print the verdict on the values; where they are right, the verdict on the gradients.

    The gradients are those at the arguments `to`, by the oracle's names for them: tensors, or modules, whose parameters
    are meant. An oracle that PyTorch can't differentiate is differentiated numerically, in double precision.
    """
    line = verdict(attempt, oracle, cases, slips)
    if line.startswith(CORRECT):
        names = list(inspect.signature(oracle).parameters)
        places = {name: names.index(name) for name in to}
        line = on_gradients(attempt, oracle, cases, gradient_slips or {}, places) or line
    print(line)


def on_gradients(
    attempt: Any, oracle: Function, cases: Sequence[tuple], slips: Mapping[str, Function], places: Mapping[str, int]
) -> str:
    """What is wrong with an answer's gradients; "" where they are right."""
    got = [outcome(gradients(attempt, places), case) for case in cases]
    expected = [outcome(gradients(oracle, places, by_hand=True), case) for case in cases]
    pairs = list(zip(got, expected, strict=True))
    if all(alike(*pair, *TOLERANCE) for pair in pairs):
        return ""
    found = {name: [outcome(gradients(slip, places), case) for case in cases] for name, slip in slips.items()}
    if name := matching(got, found, *TOLERANCE):
        return f"✗ {name}"
    said = "✗ the values are right, but"
    if errors := [one for one in got if isinstance(one, BaseException)]:
        why = "it leaves PyTorch on the way" if "numpy()" in str(errors[0]) else raised(errors[0])
        return f"{said} no training step can follow it: with arguments that need gradients, {why}"
    missed = [name for name in places if all(cut(one, name) and not cut(want, name) for one, want in pairs)]
    if missed:
        which = " and ".join(f"`{name}`" for name in missed)
        return f"{said} no gradient reaches {which}: compute with PyTorch, without .detach(), .item() or no_grad"
    for name in places:
        at = [(0 * want[name] if one == NONE_ARRIVES else one[name], want[name]) for one, want in pairs]
        for one, want in at:
            if not alike(one, want, *TOLERANCE):
                how = throughout(*zip(*at, strict=True)) or difference(one, want, *TOLERANCE)
                return f"{said} the gradient at `{name}` isn't: {how}"
    return f"{said} the gradient isn't"


def cut(found: Any, name: str) -> bool:
    """Whether no gradient reached this argument."""
    return found == NONE_ARRIVES or not found[name].any()


def gradients(function: Function, places: Mapping[str, int], by_hand: bool = False) -> Function:
    """The function that returns, for a weighted sum of `function`'s answer, its gradient at each of these arguments."""

    def at(*arguments: Any) -> Any:
        spare = copy.deepcopy(arguments)
        given, leaves = list(arguments), {}
        for name, place in places.items():
            one = arguments[place]
            leaves[name] = [one.requires_grad_()] if isinstance(one, Tensor) else list(one.parameters())
            given[place] = one.clone() if isinstance(one, Tensor) else one
        try:
            with warnings.catch_warnings(action="ignore"):
                parts = tensors(function(*given))
        except RuntimeError:  # an oracle in NumPy
            if not by_hand:
                raise
            parts = []
        for name, group in leaves.items():
            if not all(leaf.requires_grad for leaf in group):
                raise ValueError(f"it switches off the gradients of `{name}` for good: .detach() is for one use")
        if not any(part.requires_grad for part in parts):
            return numerically(function, spare, places) if by_hand else NONE_ARRIVES
        flat = [leaf for group in leaves.values() for leaf in group]
        found = iter(torch.autograd.grad(weighted(parts), flat, materialize_grads=True))  # zeros where none arrive
        return {name: joined([next(found) for _ in group]) for name, group in leaves.items()}

    return at


def numerically(function: Function, arguments: Sequence[Any], places: Mapping[str, int]) -> Any:
    """The same gradients by central differences, in double precision."""
    may = [isinstance(one, nn.Module) or isinstance(one, Tensor) and one.is_floating_point() for one in arguments]
    arguments = [one.double() if doubled else one for one, doubled in zip(arguments, may, strict=True)]

    def value() -> Tensor:
        torch.default_generator.manual_seed(0)
        return weighted([torch.as_tensor(one).double() for one in tensors(function(*copy.deepcopy(arguments)))])

    result = {}
    for name, place in places.items():
        one, found = arguments[place], []
        for leaf in [one] if isinstance(one, Tensor) else list(one.parameters()):
            flat, slope = leaf.detach().reshape(-1), torch.zeros(leaf.numel(), dtype=torch.float64)
            leaf.data = flat.view_as(leaf)
            for i, middle in enumerate(flat.tolist()):
                ends = []
                for side in (middle + 1e-5, middle - 1e-5):
                    flat[i] = side
                    ends.append(value())
                flat[i], slope[i] = middle, (ends[0] - ends[1]) / 2e-5
            found.append(slope.view(leaf.shape))
        result[name] = joined(found)
    return result


def joined(parts: list[Tensor]) -> Tensor:
    """The gradient of one tensor as it is, those of a module's parameters as one vector."""
    return parts[0] if len(parts) == 1 else torch.cat([part.flatten() for part in parts])


def tensors(answer: Any) -> list[Tensor]:
    """The tensors in an answer: one, or several in a list, a tuple or a dict; plain numbers become tensors."""
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if isinstance(answer, list | tuple):
        return [part for one in answer for part in tensors(one)]
    if isinstance(answer, int | float):
        return [torch.tensor(float(answer), dtype=torch.float64)]
    return [answer] if isinstance(answer, Tensor) else []


def weighted(parts: list[Tensor]) -> Tensor:
    """One number out of all entries: no two of them count alike."""
    flat = torch.cat([part.double().flatten() for part in parts])
    return (flat * torch.linspace(1, 2, len(flat), dtype=torch.float64)).sum()
