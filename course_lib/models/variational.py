"""The variational autoencoder (Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014)."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.shapes import inside, whole, widths

from .dense import activate, initialise, layers
from .sizes import Rows

COINS = "pixels that are coins must lie in [0, 1], such as pixels / 255"


class VAE(nn.Module):
    """Prior p(z) = N(0, I), likelihood p(x | z) around g(z), posterior's stand-in q(z | x) = N(mu, diag(exp(log_var))).

    `posterior(x)` gives mu and log_var, `f(x)` the mean alone, and `model(x)` is g(f(x)): the reconstruction without
    noise. `likelihood` is "bernoulli" (pixels are coins with the chances g(z)) or "gaussian" (standard deviation
    `sigma` around g(z)). The decoder mirrors the encoder's widths `hidden`.

    Shapes: x (B, *x_shape) -> mu, log_var, z (B, z_dim) -> x_hat like x, in [0, 1].
    Raises: ValueError for an unknown activation, initialisation or likelihood, a sigma that isn't above 0, sizes that
    aren't whole numbers of at least 1, and x of another shape.
    """

    def __init__(
        self,
        z_dim: int,
        hidden: Sequence[int] = (400,),
        *,
        x_shape: Sequence[int] = (1, 28, 28),
        activation: str = "gelu",
        init: str = "xavier",
        likelihood: str = "bernoulli",
        sigma: float = 1.0,
    ) -> None:
        super().__init__()
        if likelihood not in ("bernoulli", "gaussian"):
            raise ValueError(f"unknown likelihood {likelihood!r}: one of bernoulli, gaussian")
        if not sigma > 0:
            raise ValueError(f"sigma is a standard deviation and must be above 0; it is {sigma:g}")
        whole(z_dim=z_dim)
        self.z_dim, self.likelihood, self.sigma = z_dim, likelihood, sigma
        sizes = [math.prod(widths("x_shape", x_shape)), *widths("hidden", hidden)]
        last = [activate(activation)] if hidden else []
        self.body = nn.Sequential(Rows(x_shape), *layers(sizes, activation), *last)
        self.head = nn.Linear(sizes[-1], 2 * z_dim)
        decoder = layers([z_dim, *sizes[::-1]], activation)
        self.g = nn.Sequential(*decoder, nn.Unflatten(1, tuple(x_shape)), nn.Sigmoid())
        initialise(self, init)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """mu and log_var of q(z | x): x (B, *x_shape) -> 2 x (B, z_dim)."""
        return self.head(self.body(x)).chunk(2, dim=1)

    def f(self, x: Tensor) -> Tensor:
        """The posterior's mean: x (B, *x_shape) -> (B, z_dim)."""
        return self.posterior(x)[0]

    def forward(self, x: Tensor) -> Tensor:
        return self.g(self.f(x))

    def log_likelihood(self, z: Tensor, x: Tensor) -> Tensor:
        """log p(x | z) in nats, summed over the pixels: z (..., B, z_dim), x (B, *x_shape) -> (..., B).

        Raises: ValueError where codes and images differ in number, x has another number of pixels than g(z), or pixels
        that are coins leave [0, 1] (on the CPU; elsewhere the answer is NaN).
        """
        logits = self.g[:-1](z.flatten(0, -2)).view(*z.shape[:-1], -1)  # (..., B, x_dim)
        rows = x.flatten(1)
        if rows.shape != logits.shape[-2:]:
            raise ValueError(f"g(z) is {tuple(logits.shape[-2:])} pixels, x is {tuple(rows.shape)}: they must be equal")
        if self.likelihood == "bernoulli":
            value = torch.einsum("...bi,bi->...b", logits, rows) - F.softplus(logits).sum(-1)
            return inside(value, rows, COINS)
        squared = (logits.sigmoid() - rows).square().sum(-1) / self.sigma**2
        return -0.5 * (squared + rows.shape[1] * math.log(2 * math.pi * self.sigma**2))

    def log_weights(self, x: Tensor, samples: int, generator: torch.Generator | None = None) -> Tensor:
        """log p(x, z) - log q(z | x) for `samples` draws z of q(z | x) each: x (B, *x_shape) -> (samples, B).

        The mean of their exponentials estimates p(x) without bias (Burda, Grosse & Salakhutdinov 2016, eq. 6).
        """
        mu, log_var = self.posterior(x)
        eps = torch.randn(samples, *mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
        z = mu + (0.5 * log_var).exp() * eps
        log_ratio = 0.5 * (eps.square() + log_var - z.square()).sum(-1)  # log p(z) - log q(z | x)
        return self.log_likelihood(z, x) + log_ratio
