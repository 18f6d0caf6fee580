"""Optimisers for `fit`: Adam, stochastic gradient descent, and Muon.

Muon's steps move all directions of a weight matrix alike, the rare ones too. PyTorch has one, `torch.optim.Muon`. It
computes in bfloat16, which is what GPUs and the newest server processors are made for; on a processor without bfloat16
units, as most laptops have, its step of a 784 x 1000 matrix takes 5 s, and in float32 0.2 s. This one computes in the
weights' own precision, and takes large matrices in blocks of rows.
"""

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

QUINTIC = 3.4445, -4.7750, 2.0315  # Jordan et al. 2024: five rounds bring all singular values to between 0.7 and 1.2
BLOCK = 128  # rows or fewer: a sixteenth of the time that a whole 784 x 1000 matrix takes


def adam(model: nn.Module, lr: float) -> list[Optimizer]:
    """Adam (Kingma & Ba 2015), all parameters updated in one fused step."""
    return [torch.optim.Adam(model.parameters(), lr=lr, fused=True)]


def sgd(model: nn.Module, lr: float, momentum: float = 0.0) -> list[Optimizer]:
    """Stochastic gradient descent: w <- w - lr * gradient, or its running sum where there is momentum."""
    return [torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum, fused=True)]


def orthogonalised(matrix: Tensor, rounds: int = 5) -> Tensor:
    """About U V^T where the matrix is U S V^T, by Newton-Schulz: x <- p x, p = a + b x x^T + c (x x^T)^2.

    Each p is a small square matrix, and the next x x^T is p (x x^T) p: so the rounds multiply small matrices only,
    and their product meets the long x once. In float32 that costs 2e-4 of accuracy and saves half of the time.

    Shapes: (m, n) -> (m, n), cheapest for m <= n. Source: Jordan et al. 2024, "Muon".
    """
    a, b, c = QUINTIC
    x = matrix / matrix.norm().clamp(min=1e-7)
    square, product = x @ x.T, None
    for left in reversed(range(rounds)):
        p = torch.addmm(square, square, square, beta=b, alpha=c)
        p.diagonal().add_(a)
        product = p if product is None else p @ product
        square = p @ square @ p if left else square
    return product @ x


def direction(matrix: Tensor) -> Tensor:
    """The step for a matrix: orthogonalised in blocks of its shorter side, entries of the size of Adam's (about 0.2).

    Shapes: (m, n) -> (m, n). Source: Liu et al. 2025, "Muon is scalable for LLM training", equation 4.
    """
    flat = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    blocks = flat.tensor_split(math.ceil(len(flat) / BLOCK))
    step = torch.cat([0.2 * math.sqrt(flat.shape[1]) * orthogonalised(block) for block in blocks])
    return step if flat is matrix else step.T


def hooked(step: Callable) -> Callable:
    """The same step, said to be wrapped already: PyTorch would do it at the first use, and change the class by that."""
    step.hooked = True
    return step


class Muon(Optimizer):
    """w <- w - lr * direction(gradient, averaged with Nesterov's momentum), for matrices."""

    def __init__(self, matrices: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum})

    @hooked
    @torch.no_grad()
    def step(self) -> None:
        """One step from the gradients as they are."""
        for group in self.param_groups:
            for weight in (one for one in group["params"] if one.grad is not None):
                average = self.state[weight].setdefault("average", torch.zeros_like(weight))
                average.lerp_(weight.grad, 1 - group["momentum"])
                ahead = weight.grad.lerp(average, group["momentum"])
                weight.sub_(direction(ahead), alpha=group["lr"])


def muon(model: nn.Module, lr: float) -> list[Optimizer]:
    """Muon for the matrices and Adam for all else, with one lr: for `fit(..., optimizer=muon)`."""
    matrices, others = ([p for p in model.parameters() if (p.ndim == 2) == wanted] for wanted in (True, False))
    one = [Muon(matrices, lr)] if matrices else []
    return one + ([Adam(others, lr=lr, fused=True)] if others else [])
