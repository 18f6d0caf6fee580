"""Toy curves and one surface: points in the plane or in space, with the parameter that made each of them.

Every function returns `(x, t)`, float32: x the points, t the true parameter a one-number code would have to find.
`noise` is the standard deviation of Gaussian noise, the same in all directions; each call has its own generator.
All raise ValueError where n isn't a whole number of at least 1, or the noise is negative.
"""

import math

import torch
from torch import Tensor

from course_lib.shapes import brief, real, whole

FLOATS = {"dtype": torch.float32, "device": "cpu"}  # whatever defaults somebody set


def _uniform(n: int, seed: int) -> tuple[Tensor, torch.Generator]:
    """n sorted numbers in [0, 1) and the generator they came from, ready to draw the noise: () -> (n,)."""
    whole(n=n)
    whole(None, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, generator=generator, **FLOATS).sort().values, generator


def _noisy(x: Tensor, noise: float, generator: torch.Generator) -> Tensor:
    """x plus Gaussian noise of standard deviation `noise`: (n, d) -> (n, d)."""
    if not real(noise) or not noise >= 0:
        raise ValueError(f"noise is a standard deviation of at least 0; it is {brief(noise)}")
    return x + noise * torch.randn(x.shape, generator=generator, **FLOATS)


def line(n: int, noise: float = 0.0, seed: int = 0) -> tuple[Tensor, Tensor]:
    """The points (2a, a), a uniform in [-1, 1).

    Shapes: x (n, 2), t = a (n,), ascending.
    """
    u, generator = _uniform(n, seed)
    a = 2 * u - 1
    return _noisy(torch.stack([2 * a, a], dim=1), noise, generator), a


def circle(n: int, seed: int | None = None) -> tuple[Tensor, Tensor]:
    """The unit circle [sin t, cos t]: evenly spaced angles, or uniformly random ones where there is a seed.

    Shapes: x (n, 2), t the angle (n,) in [-pi, pi), ascending.
    """
    whole(n=n)
    u = torch.arange(n, **FLOATS) / n if seed is None else _uniform(n, seed)[0]
    t = math.pi * (2 * u - 1)
    return torch.stack([t.sin(), t.cos()], dim=1), t


def spiral(n: int, turns: float = 2.0, noise: float = 0.0, seed: int = 0) -> tuple[Tensor, Tensor]:
    """An Archimedean spiral from the centre out to radius 1 (more with noise), about evenly filled.

    Shapes: x (n, 2), t the angle turned so far (n,) in [0, 2 pi turns), ascending; the radius is t / (2 pi turns).
    """
    u, generator = _uniform(n, seed)
    radius = u.sqrt()  # an arc at radius r is as long as r: the square root fills all of them alike
    t = 2 * math.pi * turns * radius
    x = radius[:, None] * torch.stack([t.cos(), t.sin()], dim=1)
    return _noisy(x, noise, generator), t


def two_moons(n: int, noise: float = 0.0, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Two half circles of radius 1 that reach into each other, the pair centred on the origin.

    Shapes: x (n, 2), |x1| <= 1.5 and |x2| <= 0.75 without noise. t (n,) in [0, 2), ascending: its whole part says
    which moon (0 upper, 1 lower), its fraction how far along that moon. After scikit-learn's `make_moons`.
    """
    u, generator = _uniform(n, seed)
    t = 2 * u
    lower = t >= 1
    angle = math.pi * (t - lower.float())
    upper_moon = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], dim=1)
    x = torch.where(lower[:, None], -upper_moon, upper_moon)  # the lower: half a turn further
    return _noisy(x, noise, generator), t


def swiss_roll(n: int, noise: float = 0.0, seed: int = 0) -> tuple[Tensor, Tensor]:
    """A rolled-up sheet in space: the surface that a 2-D code has to unroll.

    Shapes: x (n, 3), each coordinate in [-1, 1] without noise, x2 the sheet's width. t the roll angle (n,) in
    [1.5 pi, 4.5 pi), ascending. After scikit-learn's `make_swiss_roll` (Marsland 2009, ch. 6), scaled.
    """
    u, generator = _uniform(n, seed)
    t = 1.5 * math.pi * (1 + 2 * u)
    width = 2 * torch.rand(n, generator=generator, **FLOATS) - 1
    x = torch.stack([t * t.cos() / (4.5 * math.pi), width, t * t.sin() / (4.5 * math.pi)], dim=1)
    return _noisy(x, noise, generator), t
