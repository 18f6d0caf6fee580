"""The explorer of lesson 06: one network for every beta, a posterior on the map of codes, the two terms of its loss."""

import torch
from torch import Tensor, nn

from course_lib.plotting import Figure

from .pack import floats, grid, pack, text
from .shown import Live

DRAWS = 32  # codes by which the page takes the mean over q
KNOTS = 13  # values of beta at which the cloud of codes is stored; between them the page goes straight on


@torch.no_grad()
def posterior_and_beta(
    f: nn.Sequential, g: nn.Sequential, x: Tensor, labels: Tensor, decades: tuple[float, float], static: Figure, *,
    cloud: int = 500, each: int = 2, side: float = 4.0,
) -> Live:  # fmt: skip
    """A VAE with two codes that is told t = log10(beta): beta to scrub, q to drag, and the loss as two bars.

    `f` gives mu and log_var, `g` ends in a sigmoid. The first `each` images of each digit are the ones to choose from,
    the first `cloud` images the map, from -`side` to `side`; t goes from decades[0] to decades[1].

    Shapes: f: pixels and t (B, 785) -> (B, 4); g: z and t (B, 3) -> (B, 784); x (N, 1, 28, 28), labels (N,).
    Raises: TypeError for a layer that the page doesn't know; ValueError where g doesn't end in a sigmoid.
    """
    if not isinstance(g[-1], nn.Sigmoid):
        raise ValueError(f"g must end in a sigmoid, for coins; its last layer is {type(g[-1]).__name__}")
    rows = [(labels == digit).nonzero()[k, 0] for k in range(each) for digit in range(10)]
    some, pixels = x[torch.stack(rows)], x[:cloud].flatten(1)
    knots = torch.linspace(*decades, KNOTS).tolist()
    codes = [f(torch.cat([pixels, torch.full_like(pixels[:, :1], t)], 1))[:, :2].clamp(-side, side) for t in knots]
    eps = torch.randn(DRAWS, 2, generator=torch.Generator().manual_seed(0))
    eps = eps - eps.mean(0)  # and then of covariance I
    eps = eps @ torch.linalg.inv(torch.linalg.cholesky(eps.T.cov(correction=0))).T
    config = {"kind": "elbo", "encoder": pack(f), "decoder": pack(g[:-1]), "images": grid(some), "eps": floats(eps)}
    config |= {"clouds": [grid(z) for z in codes], "labels": text(labels[:cloud].byte().cpu().numpy())}
    return Live(config | {"decades": list(decades), "side": side}, static)
