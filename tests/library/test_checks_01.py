"""The checks of notebook 1 on right answers, on every slip, and on nonsense."""

import functools
import math
from fractions import Fraction

import numpy as np
import sympy
import torch
from torch import nn

from tests.library.exercises import Judged, Strangers, said_of


def kept_out(x, z_dim):
    """The dropped variance from singular values."""
    return (torch.linalg.svdvals(x - x.mean(0))[z_dim:] ** 2).sum() / x.shape[0]


def eigen(x, centre=True):
    """The covariance's eigenvalues by numpy, largest first."""
    rows = x.double().numpy()
    rows = rows - rows.mean(0) * centre
    return np.linalg.eigvalsh(rows.T @ rows / len(rows))[::-1].copy()


def by_autograd(w, c):
    w = w.double().requires_grad_()
    c = c.double()
    (c.trace() - 2 * (w @ c @ w) + w.square().sum() * (w @ c @ w)).backward()
    return w.grad


def terms(w, c):
    """Cw, (w'Cw) w and |w|^2 Cw, for gradients that are put together wrongly."""
    return c @ w, torch.dot(w, c @ w) * w, w.norm() ** 2 * (c @ w)


def per_image(x_hat, x):
    return ((x_hat - x) ** 2).sum((1, 2, 3))


def in_a_loop(batches):
    total, count = 0.0, 0
    for x_hat, x in batches:
        for a, b in zip(x_hat, x, strict=True):
            total, count = total + float(torch.dist(a, b)) ** 2, count + 1
    return total / count


def everything(batches):
    x_hat, x = (torch.cat([pair[i] for pair in batches]) for i in (0, 1))
    return x_hat, x


class Tied(nn.Module):
    """The tied autoencoder in another style: one vector and one matrix by other names, F.linear both ways."""

    def __init__(self, x_dim, z_dim):
        super().__init__()
        self.centre = nn.Parameter(torch.zeros(x_dim))
        self.weight = nn.Parameter(torch.empty(z_dim, x_dim).normal_())

    def f(self, x):
        return nn.functional.linear(x - self.centre, self.weight)

    def g(self, z):
        return nn.functional.linear(z, self.weight.T, self.centre)

    def forward(self, x):
        return self.g(self.f(x))


def tied(**methods):
    """The same class with something else in place of these methods."""
    return type("Other", (Tied,), methods)


def untied(self, x_dim, z_dim):
    Tied.__init__(self, x_dim, z_dim)
    self.back = nn.Linear(z_dim, x_dim, bias=False)


def asleep(self, x_dim, z_dim):
    Tied.__init__(self, x_dim, z_dim)
    self.weight = nn.Parameter(torch.zeros(z_dim, x_dim))


class LinearAE(nn.Module):
    """The network of section 5, which is not tied."""

    def __init__(self, x_dim, z_dim):
        super().__init__()
        self.decode, self.encode = nn.Linear(z_dim, x_dim), nn.Linear(x_dim, z_dim)

    def f(self, x):
        return self.encode(x)

    def g(self, z):
        return self.decode(z)

    def forward(self, x):
        return self.g(self.f(x))


class TurnedAround(Tied):
    """The tied autoencoder with the decoder's matrix stored, and the mean as one row or one column."""

    def __init__(self, x_dim, z_dim, mean=()):
        nn.Module.__init__(self)
        self.V = nn.Parameter(torch.randn(x_dim, z_dim))
        self.row = nn.Parameter(torch.zeros([x_dim if n < 0 else n for n in mean or (1, -1)]))

    weight = property(lambda self: self.V.T)
    centre = property(lambda self: self.row.flatten())


class OneLinear(Tied):
    """The same with one linear layer, whose bias is the mean."""

    def __init__(self, x_dim, z_dim):
        nn.Module.__init__(self)
        self.decoder = nn.Linear(z_dim, x_dim)

    weight = property(lambda self: self.decoder.weight.T)
    centre = property(lambda self: self.decoder.bias)


def one_by_one(batches):
    """The mean that is kept up to date, image by image; the list is used up on the way."""
    mean, count = 0.0, 0
    while batches:
        for pair in zip(*batches.pop(), strict=True):
            count += 1
            mean += (float(torch.dist(*pair)) ** 2 - mean) / count
    return mean


def by_gram(x, z_dim):
    """The eigenvalues of the rows' inner products, of which all but the largest z_dim are dropped."""
    rows = (x - x.mean(0)).double()
    return torch.linalg.eigvalsh(rows @ rows.T / len(x))[: len(x) - z_dim].sum()


def frozen(self, z):
    with torch.no_grad():
        weight = self.weight.T.clone()
    return nn.functional.linear(z, weight, self.centre)


RIGHT = {
    "check_orthogonal_encoder": [2 / 5, 1 / 5],
    "check_dropped_variance": kept_out,
    "check_surface_gradient": by_autograd,
    "check_average_error": in_a_loop,
    "check_project_onto_decoder": lambda x, weight: x @ weight @ torch.inverse(weight.T @ weight) @ weight.T,
    "check_tied_autoencoder": Tied,
}
WRONG = {  # an answer for every slip, by the words with which the slip's name begins
    "check_orthogonal_encoder": {
        "that is the decoder itself": (2.0, 1.0),
        "divided by the length where its square is asked for": (2 / math.sqrt(5), 1 / math.sqrt(5)),
        "that is the oblique w of section 1": np.array([1, -1]),
        "(1, -2)": [1.0, -2.0],
        "(-1, 2)": [-1.0, 2.0],
        "the right line": torch.tensor([-0.4, -0.2]),
        "the two numbers are exchanged": np.array([1, 2]) / 5,
        "w w_hat = 1 holds for each coordinate by itself": (Fraction(1, 2), 1),
        "half of w_hat fits its larger number only": [1, 0.5],
        "divided by the sum of the numbers": [Fraction(2, 3), Fraction(1, 3)],
    },
    "check_dropped_variance": {
        "divided by N - 1": lambda x, z_dim: kept_out(x, z_dim) * len(x) / (len(x) - 1),
        "the points aren't centred": lambda x, z_dim: eigen(x, centre=False)[z_dim:].sum(),
        "that is what is kept": lambda x, z_dim: eigen(x)[:z_dim].sum(),
        "the largest were dropped": lambda x, z_dim: eigen(x)[: x.shape[1] - z_dim].sum(),
        "one eigenvalue only": lambda x, z_dim: eigen(x)[z_dim],
        "the mean over what is dropped where the sum is asked for": lambda x, z_dim: eigen(x)[z_dim:].mean(),
        "divided by the number of features": lambda x, z_dim: eigen(x)[z_dim:].sum() / x.shape[1],
        "singular values": lambda x, z_dim: (
            (eigen(x)[z_dim:] * len(x)).clip(0) ** 0.5 @ np.ones(x.shape[1] - z_dim) / len(x)
        ),
        "squared singular values that aren't divided by N": lambda x, z_dim: eigen(x)[z_dim:].sum() * len(x),
        "standard deviations are added up": lambda x, z_dim: (eigen(x)[z_dim:].clip(0) ** 0.5).sum(),
        "each point's": lambda x, z_dim: eigen(x - x.mean(dim=1)[:, None], centre=False)[z_dim:].sum(),
        "z_dim eigenvalues are dropped": lambda x, z_dim: eigen(x)[x.shape[1] - z_dim :].sum(),
        "every feature": lambda x, z_dim: eigen((x - x.mean(0)) / x.std(0, correction=0))[z_dim:].sum(),
        "the total variance": lambda x, z_dim: x.var(dim=0, correction=0).sum(),
    },
    "check_surface_gradient": {
        "half of the product rule: |w|^2": lambda w, c: -4 * terms(w, c)[0] + 2 * terms(w, c)[2],
        "half of the product rule: w'Cw": lambda w, c: -4 * terms(w, c)[0] + 2 * terms(w, c)[1],
        "the first term lacks a factor 2": lambda w, c: by_autograd(w, c) + 2 * terms(w, c)[0],
        "the factors 2 are missing": lambda w, c: by_autograd(w, c) / 2,
        "uphill and downhill are exchanged": lambda w, c: -by_autograd(w, c),
        "the last two terms have the wrong sign": lambda w, c: -8 * terms(w, c)[0] - by_autograd(w, c),
        "only the term of the variance that is kept": lambda w, c: -4 * terms(w, c)[0],
        "that is for a w of length 1 only": lambda w, c: 2 * terms(w, c)[1] - 2 * terms(w, c)[0],
        "the gradient of |w|^2 lacks its factor 2": lambda w, c: by_autograd(w, c) - terms(w, c)[1],
        "in the last term the gradient of w'Cw lacks its factor 2": lambda w, c: by_autograd(w, c) - terms(w, c)[2],
        "half of the product rule, counted": lambda w, c: 4 * terms(w, c)[1] - 4 * terms(w, c)[0],
        "w'Cw is put where |w|^2 belongs": lambda w, c: -4 * c @ w + 2 * (w @ w) * w + 2 * (w @ c @ w) * (c @ w),
    },
    "check_average_error": {
        "the mean of": lambda batches: sum(per_image(*pair).mean() for pair in batches) / len(batches),
        "the mean over pixels too": lambda batches: torch.nn.functional.mse_loss(*everything(batches)),
        "the mean over pixels, and": lambda batches: (
            sum(torch.nn.functional.mse_loss(*pair) for pair in batches) / len(batches)
        ),
        "the last batch's error": lambda batches: per_image(*batches[-1]).mean(),
        "the sum over all images": lambda batches: per_image(*everything(batches)).sum(),
        "the sum divided": lambda batches: per_image(*everything(batches)).sum() / len(batches),
        "every batch": lambda batches: per_image(*everything(batches)).sum() / (len(batches) * batches[0][0].shape[0]),
        "a distance": lambda batches: torch.linalg.vector_norm(torch.sub(*everything(batches)), dim=(1, 2, 3)).mean(),
        "absolute differences": lambda batches: torch.sub(*everything(batches)).abs().sum((1, 2, 3)).mean(),
        "the first batch's error": lambda batches: per_image(*batches[0]).mean(),
        "the batches' means are added up": lambda batches: sum(per_image(*pair).mean() for pair in batches),
        "the differences": lambda batches: (torch.sub(*everything(batches)).sum((1, 2, 3)) ** 2).mean(),
        "the size of x": lambda batches: (everything(batches)[1] ** 2).sum((1, 2, 3)).mean(),
        "the image's width is averaged": lambda batches: in_a_loop(batches) / 7,
        "the image's height is averaged": lambda batches: torch.sub(*everything(batches)).square().sum(-1).mean(),
    },
    "check_project_onto_decoder": {
        "x W W' takes the columns for orthonormal": lambda x, weight: torch.einsum("bi,iz,jz->bj", x, weight, weight),
        "the columns": lambda x, weight: sum(torch.outer(x @ w / w.square().sum(), w) for w in weight.T),
        "W'W is": lambda x, weight: (weight @ weight.T @ weight @ weight.T @ x.T).T,
        "those are the codes": lambda x, weight: torch.linalg.lstsq(weight, x.T).solution.T,
        "that is what is lost": lambda x, weight: x - (weight @ torch.linalg.lstsq(weight, x.T).solution).T,
        "x itself": lambda x, weight: (
            x @ torch.linalg.qr(weight, mode="complete")[0] @ torch.linalg.qr(weight, "complete")[0].T
        ),
        "onto the": lambda x, weight: torch.outer(x @ weight[:, 0], weight[:, 0]) / weight[:, 0].square().sum(),
        "x's mean is taken off first": lambda x, weight: RIGHT["check_project_onto_decoder"](x - x.mean(0), weight),
    },
    "check_tied_autoencoder": {
        "two matrices": tied(__init__=untied, g=lambda self, z: self.back(z) + self.centre),
        "the network from above": LinearAE,
        "W starts at 0": tied(__init__=asleep),
        "the encoder doesn't take m off": tied(f=lambda self, x: nn.functional.linear(x, self.weight)),
        "the decoder doesn't add m": tied(g=lambda self, z: nn.functional.linear(z, self.weight.T)),
        "m is used nowhere": tied(f=lambda self, x: x @ self.weight.T, g=lambda self, z: z @ self.weight),
        "the encoder adds m": tied(f=lambda self, x: nn.functional.linear(x + self.centre, self.weight)),
        "the decoder takes m off": tied(g=lambda self, z: nn.functional.linear(z, self.weight.T, -self.centre)),
        "the batch's own mean is taken off": tied(f=lambda self, x: (x - x.mean(0, keepdim=True)) @ self.weight.T),
        "a bend in the encoder": tied(f=lambda self, x: Tied.f(self, x).tanh()),
        "a rectifier in the encoder": tied(f=lambda self, x: Tied.f(self, x).clamp(min=0)),
        "a sigmoid at the end": tied(g=lambda self, z: 1 / (1 + (-Tied.g(self, z)).exp())),
        "forward returns the code": tied(forward=lambda self, x: self.f(x)),
        "forward returns z and x_hat": tied(forward=lambda self, x: (self.f(x), self.g(self.f(x)))),
        "forward decodes x": tied(forward=lambda self, x: self.g(x)),
        "no gradient reaches W or m": tied(forward=torch.no_grad()(Tied.forward)),
        "no gradient reaches W through the decoder": tied(g=frozen),
        "no gradient reaches W through the encoder": tied(f=lambda self, x: (x - self.centre) @ self.weight.data.T),
        "no gradient reaches m": tied(
            f=lambda self, x: (x - self.centre.data) @ self.weight.T,
            g=lambda self, z: z @ self.weight + self.centre.data,
        ),
    },
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "01", RIGHT, WRONG
    spoilt = {"check_tied_autoencoder": tied(g=lambda self, z: Tied.g(self, z) * float("nan"))}


ODD = {  # right, in styles that no check was written for
    "check_orthogonal_encoder": [
        (Fraction(2, 5), Fraction(1, 5)),
        np.array([[0.4, 0.2]]),
        torch.tensor([[0.4], [0.2]], dtype=torch.double),
        nn.Parameter(torch.tensor([0.4, 0.2])),
        [[0.4], [0.2]],
        [torch.tensor([0.4]), torch.tensor([[0.2]]).flatten()],
        sympy.Matrix([2, 1]) / 5,
    ],
    "check_dropped_variance": [
        lambda x, z_dim: [kept_out(x, z_dim)],
        lambda x, z_dim: np.float32(eigen(x)[z_dim:].sum()),
        lambda x, z_dim: float(x.var(0, correction=0).sum() - eigen(x)[:z_dim].sum()),
        by_gram,
        lambda x, z_dim: (
            torch.linalg.svdvals((x - x.mean(0)).T.double()).square().flip(0)[: -z_dim or None].sum() / len(x)
        ),
        lambda x, z_dim: torch.pca_lowrank(x.double(), min(x.shape), niter=20)[1].square()[z_dim:].sum() / len(x),
    ],
    "check_surface_gradient": [
        lambda w, c: np.asarray(2 * (w @ c @ w) * w - 2 * (2 - w @ w) * (c @ w)),
        lambda w, c: (2 * (w @ c @ w) * w - 2 * (2 - w @ w) * (c @ w)).tolist(),
        torch.func.grad(lambda w, c: c.trace() - 2 * w @ c @ w + w.dot(w) * (w @ c @ w)),
        lambda w, c: [
            2 * (w @ c @ w) * w[i] + sum((2 * w @ w - 4) * c[i, j] * w[j] for j in range(len(w))) for i in range(len(w))
        ],
    ],
    "check_average_error": [
        lambda batches: np.mean([float(e) for pair in batches for e in per_image(*pair)]),
        lambda batches: torch.tensor([in_a_loop(batches)]),
        lambda batches: Fraction(in_a_loop(batches)),
        lambda batches: np.average(
            [float(per_image(*b).mean()) for b in batches], weights=[len(b[0]) for b in batches]
        ),
    ],
    "check_project_onto_decoder": [
        lambda x, weight: (weight.numpy() @ np.linalg.pinv(weight.numpy()) @ x.numpy().T).T,
        lambda x, weight: [row.tolist() for row in RIGHT["check_project_onto_decoder"](x, weight)],
        lambda x, weight: x @ torch.linalg.svd(weight)[0][:, : weight.shape[1]] @ torch.linalg.svd(weight, False)[0].T,
    ],
    "check_tied_autoencoder": [
        tied(f=lambda self, x: x @ self.weight.T - self.weight @ self.centre),
        tied(forward=lambda self, x: (x - self.centre) @ self.weight.T @ self.weight + self.centre),
        lambda x_dim, z_dim: Tied(x_dim, z_dim).double().float(),
        TurnedAround,
        functools.partial(TurnedAround, mean=(-1, 1)),
        OneLinear,
    ],
}
UNLISTED = {  # wrong, by nobody's list
    "check_orthogonal_encoder": [[0.4, 0.1], [0.4, 0.2, 0.0], 0.4, [[0.8, 0.4], [0.4, 0.2]], "0.4, 0.2", [0.41, 0.2]],
    "check_dropped_variance": [
        lambda x, z_dim: kept_out(x, z_dim) + 0.01,
        lambda x, z_dim: kept_out(x, max(z_dim - 1, 0)),
        lambda x, z_dim: kept_out(x, 1),
        lambda x, z_dim: kept_out(x, z_dim) / (x.var(0, correction=0).sum()),
        lambda x, z_dim: kept_out(x[:7], z_dim),
        lambda x, z_dim: eigen(x)[z_dim:],
        lambda x, z_dim: torch.linalg.eigvals(torch.cov(x.T, correction=0)).real[z_dim:].sum(),
        lambda x, z_dim: eigen(x)[::-1][: 5 - z_dim].sum(),
        lambda x, z_dim: x.var(0, correction=0).sort().values[: x.shape[1] - z_dim].sum(),
        lambda x, z_dim: torch.linalg.eigvalsh(torch.cov(x.T, correction=0))[:-z_dim].sum(),
    ],
    "check_surface_gradient": [
        lambda w, c: by_autograd(w, c)[0],
        lambda w, c: by_autograd(w, c) * (w.norm() > 0) + (w.norm() == 0),
        lambda w, c: by_autograd(w, c).flip(0),
        lambda w, c: by_autograd(w, c)[:, None],
        lambda w, c: by_autograd(w, torch.diag(c.diag())),
        lambda w, c: -4 * c @ w + 2 * (w @ c @ w) * w + 2 * w.norm() * (c @ w),
        lambda w, c: w - 0.05 * by_autograd(w, c),
    ],
    "check_average_error": [
        lambda batches: in_a_loop(batches) + 1e-3,
        lambda batches: in_a_loop(batches[:2]),
        lambda batches: in_a_loop(batches) / 5,
        lambda batches: [float(per_image(*pair).mean()) for pair in batches],
        lambda batches: torch.sub(*everything(batches)).square().sum(0).mean(),
        lambda batches: in_a_loop(batches) / 2,
        lambda batches: np.median(per_image(*everything(batches)).numpy()),
    ],
    "check_project_onto_decoder": [
        lambda x, weight: x @ weight @ weight.T / weight.square().sum(),
        lambda x, weight: RIGHT["check_project_onto_decoder"](x, weight).T,
        lambda x, weight: RIGHT["check_project_onto_decoder"](x, weight) * 0.99,
        lambda x, weight: RIGHT["check_project_onto_decoder"](x, weight[:, -1:]),
        lambda x, weight: torch.zeros_like(x),
        lambda x, weight: RIGHT["check_project_onto_decoder"](x - x.mean(0), weight) + x.mean(0),
        lambda x, weight: torch.linalg.lstsq(weight, x.T).solution.relu().T @ weight.T,
    ],
    "check_tied_autoencoder": [
        tied(f=lambda self, x: Tied.f(self, x) * 1.01),
        tied(g=lambda self, z: z @ torch.linalg.pinv(self.weight).T + self.centre),
        tied(g=lambda self, z: z @ self.weight + self.centre.detach()),
        tied(f=lambda self, x: torch.nn.functional.gelu(Tied.f(self, x))),
        tied(g=lambda self, z: Tied.g(self, z).clamp(0, 1)),
        tied(forward=lambda self, x: x),
        tied(f=None),
        lambda x_dim, z_dim: nn.Linear(x_dim, z_dim),
        nn.Linear,
        7,
    ],
}


class TestStrangers(Strangers):
    """Right answers in odd styles, and wrong ones that are no slip of the check."""

    odd, unlisted = ODD, UNLISTED


def test_a_stub_of_the_class_is_not_attempted():
    def stub(self, x):
        raise NotImplementedError("one line")

    assert said_of("check_tied_autoencoder", tied(f=stub)) == "○ not attempted"


def test_what_is_no_class_of_such_models_is_told_what_is_needed():
    def of(**parameters):
        def init(self, x_dim, z_dim):
            nn.Module.__init__(self)
            self.weight, self.centre = parameters["weight"](z_dim, x_dim), parameters["centre"](x_dim)

        return tied(__init__=init)

    for answer, words in {
        Tied(5, 2): "the class itself",
        type("Plain", (), {"__init__": lambda self, x_dim, z_dim: None}): "nn.Module",
        of(weight=torch.randn, centre=lambda n: nn.Parameter(torch.zeros(n))): "shape of W",
        of(weight=lambda *n: nn.Parameter(torch.randn(n)), centre=torch.zeros): "shape of m",
    }.items():
        said = said_of("check_tied_autoencoder", answer)
        assert said.startswith("✗ ") and words in said and "\n" not in said, said


def test_the_answer_may_spoil_what_it_is_given():
    def spoils(x, z_dim):
        x -= x.mean(0)
        return kept_out(x, z_dim)

    assert said_of("check_dropped_variance", spoils).startswith("✓ correct, but it changes `")
    assert said_of("check_average_error", one_by_one).startswith("✓ correct, but it changes `")
