"""Error terms and objectives. Always: sum over the features of one example, mean over the batch.

An objective takes `(model, x)` and returns a dict of scalars; `fit` follows the gradient of "loss" and records all.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.data.strings import PAD, shifted_right
from course_lib.shapes import Objective, able, brief, comparable, inside, real, rows, whole


def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """||x_hat - x||^2: 2 x (B, ...) -> (), summed over the features, mean over the batch.

    Whole numbers and half precision are computed in single precision. Raises: ValueError where the shapes differ (they
    would broadcast into a wrong number) or there is no row.
    """
    x_hat, x = comparable(x_hat, x)
    return (x_hat - x).square().sum() / len(x)


def absolute_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """The L1 distance: 2 x (B, ...) -> (), sum over the features, mean over the batch.

    Types and errors as for `squared_error`.
    """
    x_hat, x = comparable(x_hat, x)
    return (x_hat - x).abs().sum() / len(x)


def cross_entropy(logits: Tensor, x: Tensor) -> Tensor:
    """-sum x log p + (1 - x) log(1 - p), p = sigmoid(logits), in nats: 2 x (B, ...) -> ().

    For x strictly between 0 and 1 its minimum over p is not 0 but the entropy of x. Types as for `squared_error`.
    Raises: ValueError where the shapes differ, there is no row, or x leaves [0, 1] (on the CPU; elsewhere, where
    asking would make each step wait, the answer is NaN).
    """
    logits, x = comparable(logits, x)
    error = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    return inside(error, x, "a cross-entropy needs targets x in [0, 1], such as pixels divided by 255")


def reconstruction(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The plain autoencoder's objective: the squared error of model(x) against x."""
    return {"loss": squared_error(model(x), x)}


def reconstruction_l1(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The absolute error of model(x) against x."""
    return {"loss": absolute_error(model(x), x)}


def reconstruction_bce(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The binary cross-entropy of model.logits(x) against x, pixels in [0, 1]."""
    able(model, "logits", such_as="models.MLPAutoencoder")
    return {"loss": cross_entropy(model.logits(x), x)}


def shifted(objective: Objective, pixels: int = 1) -> Objective:
    """The same objective on images moved by -pixels..pixels both ways, one draw per batch; so is the target.

    Shapes: x (B, C, H, W); what leaves the image on one side comes back on the other.
    """

    def moved(x: Tensor) -> Tensor:
        rows, columns = torch.randint(-pixels, pixels + 1, (2,)).tolist()
        return x.roll((rows, columns), dims=(-2, -1))

    return with_input(objective, moved)


def with_input(objective: Objective, change: Callable[[Tensor], Tensor]) -> Objective:
    """The same objective on changed images, drawn anew for each batch; the target is the changed image too."""

    def on_changed(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        return objective(model, change(x))

    return on_changed


def denoising(corrupt: Callable[[Tensor], Tensor]) -> Objective:
    """Give the model corrupt(x), ask it for x: squared error of model(corrupt(x)) against x (Vincent et al. 2008)."""

    def objective(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        return {"loss": squared_error(model(corrupt(x)), x)}

    return objective


def masked_error(x_hat: Tensor, x: Tensor, hidden: Tensor) -> Tensor:
    """The squared error on the hidden pixels alone: 2 x (B, ...), hidden like x, True where hidden -> ().

    Sum over an image's hidden pixels, mean over the batch. Types and errors as for `squared_error`.
    """
    comparable(x_hat, hidden)
    return squared_error(x_hat * hidden, x * hidden)


def masked(share: float) -> Objective:
    """Hide a share of the pixels (set to 0), ask for these alone (Pathak et al. 2016; He et al. 2022).

    Raises: ValueError where the share isn't between 0 and 1: then nothing is hidden, or nothing seen.
    """
    if not real(share) or not 0 < share < 1:
        raise ValueError(f"the hidden share lies between 0 and 1, both excluded; it is {brief(share)}")

    def objective(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        hidden = torch.rand_like(x) < share
        return {"loss": masked_error(model(x * ~hidden), x, hidden)}

    return objective


def classification(model: nn.Module, rows: Tensor) -> dict[str, Tensor]:
    """The cross-entropy, in nats, of images that carry their labels: rows (B, x_dim + 1), the last column the label.

    The model is given (B, 1, side, side) where x_dim is a square number, else (B, x_dim); it returns logits (B, C).
    Raises: ValueError where rows aren't (B, x_dim + 1).
    """
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise ValueError(f"each row is an image's pixels and its label: (B, x_dim + 1); these are {tuple(rows.shape)}")
    x, label = rows[:, :-1], rows[:, -1].long()
    side = math.isqrt(x.shape[1])
    x = x.view(-1, 1, side, side) if side * side == x.shape[1] else x
    return {"loss": F.cross_entropy(model(x), label)}


def symbols_error(logits: Tensor, target: Tensor) -> Tensor:
    """-log p(target) in nats: logits (B, T, symbols), target (B, T) -> (), summed over a string, mean over the batch.

    Padding (`data.strings.PAD`) counts for nothing; END counts. Raises: ValueError where the shapes don't fit.
    """
    if rows(logits, "logits").shape[:-1] != rows(target, "target").shape:
        shapes = f"logits {tuple(logits.shape)} and target {tuple(target.shape)}"
        raise ValueError(f"each symbol of the target needs a row of logits; these are {shapes}")
    flat = logits.flatten(0, -2), target.flatten().long()
    return F.cross_entropy(*flat, ignore_index=PAD, reduction="sum") / len(target)


def teacher_forcing(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The error of each symbol, given the source and the *true* symbols before it: x (B, 2, T), source and target."""
    source, target = x.unbind(1)
    return {"loss": symbols_error(model(source, shifted_right(target)), target)}


def sparse_l1(strength: float) -> Objective:
    """Squared error + strength * sum |z_j|: the L1 penalty on the code, mean over the batch."""

    def objective(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        able(model, "f", "g", such_as="models.MLPAutoencoder")
        z = model.f(x)
        error, size = squared_error(model.g(z), x), z.abs().sum() / len(x)
        return {"loss": error + strength * size, "reconstruction": error, "size of the code": size}

    return objective


def kl_to_bernoulli(rho_hat: Tensor, rho: float) -> Tensor:
    """sum_j KL(Bernoulli(rho) || Bernoulli(rho_hat_j)) in nats: rho_hat (z_dim,) in [0, 1] -> ().

    The usual order (Ng 2011): the target first, the code's mean activation second. It is 0 where all are rho.
    Raises: ValueError where rho isn't between 0 and 1, or (on the CPU; elsewhere the answer is NaN) rho_hat leaves
    [0, 1]: such a code needs a sigmoid.
    """
    if not real(rho) or not 0 < rho < 1:
        raise ValueError(f"rho is a share between 0 and 1, both excluded; it is {brief(rho)}")
    kept = rows(rho_hat, "rho_hat").clamp(1e-6, 1 - 1e-6)
    kl = (rho * (rho / kept).log() + (1 - rho) * ((1 - rho) / (1 - kept)).log()).sum()
    return inside(kl, rho_hat, 'mean activations must lie in [0, 1], as those of code="sigmoid" do')


def sparse_kl(rho: float, strength: float) -> Objective:
    """Squared error + strength * KL(rho || mean activation) summed over the code, for a code in (0, 1).

    rho_hat is the mean over the batch: of all penalties only this one depends on the batch size. Raises: ValueError
    where the code's means leave [0, 1].
    """

    def objective(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        able(model, "f", "g", such_as="models.MLPAutoencoder")
        z = model.f(x)
        error, kl = squared_error(model.g(z), x), kl_to_bernoulli(z.mean(0), rho)
        return {"loss": error + strength * kl, "reconstruction": error, "kl": kl}

    return objective


def kl_to_standard_normal(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, diag(exp(log_var))) || N(0, I)) in nats: 2 x (B, d) -> (), summed over d, mean over the batch.

    1/2 sum (mu^2 + exp(log_var) - 1 - log_var) (Kingma & Welling 2014, appendix B). Types and errors as for
    `squared_error`.
    """
    mu, log_var = comparable(mu, log_var)
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum() / len(mu)


def reparameterise(mu: Tensor, log_var: Tensor) -> Tensor:
    """z = mu + exp(log_var / 2) * eps with eps ~ N(0, I), so that gradients reach mu and log_var: 2 x (B, d) -> (B, d).

    Raises: ValueError where the shapes differ or there is no row.
    """
    comparable(mu, log_var)
    return mu + (0.5 * log_var).exp() * torch.randn_like(mu)


def negative_elbo(model: nn.Module, x: Tensor, beta: float = 1.0) -> dict[str, Tensor]:
    """-log p(x | z) + beta * KL(q(z | x) || p(z)) with one z ~ q(z | x); an upper bound of -log p(x) for beta = 1."""
    able(model, "posterior", "log_likelihood", such_as="models.VAE")
    mu, log_var = model.posterior(x)
    error = -model.log_likelihood(reparameterise(mu, log_var), x).mean()
    kl = kl_to_standard_normal(mu, log_var)
    return {"loss": error + beta * kl, "reconstruction": error, "kl": kl}


def iwae(samples: int) -> Objective:
    """-log of the mean of `samples` importance weights: a tighter bound (Burda, Grosse & Salakhutdinov 2016, eq. 8).

    Raises: ValueError where samples isn't a whole number of at least 1.
    """
    whole(samples=samples)

    def objective(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        able(model, "log_weights", such_as="models.VAE")
        bound = model.log_weights(x, samples).logsumexp(0) - math.log(samples)
        return {"loss": -bound.mean()}

    return objective
