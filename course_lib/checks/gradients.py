"""A check that asks for the right values first, and then for the right gradients."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .verdict import CORRECT, verdict

NONE_ARRIVES = "no gradient"


def check_with_gradients(
    attempt: Any,
    oracle: Callable[..., Any],
    cases: Sequence[tuple],
    slips: Mapping[str, Callable[..., Any]],
    gradient_slips: Mapping[str, Callable[..., Any]],
    count: int,
) -> None:
    """Print the verdict on the values; where they are right, the one on the gradients at the first `count` tensors."""
    line = verdict(attempt, oracle, cases, slips)
    if line == CORRECT:
        named = {name: gradients(slip, count) for name, slip in gradient_slips.items()}
        line = verdict(gradients(attempt, count), gradients(oracle, count), cases, named)
        if line != CORRECT and line.removeprefix("✗ ") not in named:
            line = f"✗ the values are right, the gradient isn't: {line.removeprefix('✗ ')}"
    print(line)


def gradients(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The function that returns, for a weighted sum of `function`'s answer, the gradients at its first arguments."""

    def at(*arguments: Any) -> Any:
        leaves = [tensor.requires_grad_() for tensor in arguments[:count]]
        answer = function(*(leaf.clone() for leaf in leaves), *arguments[count:])
        if not answer.requires_grad:
            return NONE_ARRIVES
        weights = torch.linspace(1, 2, answer.numel()).view_as(answer)  # no two entries count alike
        found = torch.autograd.grad((answer * weights).sum(), leaves, allow_unused=True)
        return [torch.zeros_like(leaf) if one is None else one for leaf, one in zip(leaves, found, strict=True)]

    return at
