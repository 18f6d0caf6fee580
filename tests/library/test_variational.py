"""The VAE against torch.distributions, quadrature over a one-dimensional code, and a linear model with a known p(x)."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from course_lib import losses
from course_lib.evaluate import importance_weighted_nll
from course_lib.losses import cross_entropy, iwae, kl_to_standard_normal, negative_elbo, reparameterise
from course_lib.models import VAE, count_parameters, linear_layers

LIKELIHOODS = ["bernoulli", "gaussian"]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def codes(*shape: int) -> Tensor:
    return torch.randn(shape, generator=seeded(), dtype=torch.double)


def coins(*shape: int, seed: int = 1) -> Tensor:
    return torch.rand(shape, generator=seeded(seed), dtype=torch.double).round()


# --- the Kullback-Leibler divergence ------------------------------------------------------------------------------


def gaussians(*shape: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = seeded(seed)
    return 2 * torch.randn(shape, generator=generator), torch.randn(shape, generator=generator)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (64, 20)])
def test_the_kl_is_that_of_torch_summed_over_the_code_mean_over_the_batch(shape):
    mu, log_var = gaussians(*shape)
    theirs = kl_divergence(Normal(mu, (0.5 * log_var).exp()), Normal(0.0, 1.0)).sum(1).mean()
    assert kl_to_standard_normal(mu, log_var).item() == pytest.approx(theirs.item(), rel=1e-5)
    assert kl_to_standard_normal(mu, log_var).shape == ()


def test_the_kl_by_hand():
    mu, log_var = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, math.log(4)]])
    assert kl_to_standard_normal(mu, log_var).item() == pytest.approx(9 / 2 + (4 - 1 - math.log(4)) / 2)


def test_the_kl_is_zero_at_the_prior_and_positive_elsewhere():
    zeros = torch.zeros(4, 3)
    assert kl_to_standard_normal(zeros, zeros) == 0
    assert all(kl_to_standard_normal(mu, log_var) > 0 for mu, log_var in (gaussians(1, 1, seed=i) for i in range(50)))


def test_gradients_of_the_kl_are_those_of_finite_differences():
    mu, log_var = (each.double().requires_grad_() for each in gaussians(3, 2))
    assert torch.autograd.gradcheck(kl_to_standard_normal, (mu, log_var))


@pytest.mark.parametrize("function", [kl_to_standard_normal, reparameterise])
@pytest.mark.parametrize(("one", "other"), [((4, 2), (4, 1)), ((4, 2), (2,)), ((4, 2), (1, 2))])
def test_a_mean_and_a_variance_of_other_shapes_are_refused_and_named(function, one, other):
    with pytest.raises(ValueError) as error:
        function(torch.zeros(one), torch.zeros(other))
    assert str(one) in str(error.value) and str(other) in str(error.value)


# --- reparameterisation -------------------------------------------------------------------------------------------


def test_samples_have_the_posteriors_mean_and_variance_and_are_normal():
    torch.manual_seed(0)
    mu, log_var = torch.tensor([[1.0, -3.0]]), torch.tensor([[math.log(0.25), math.log(9.0)]])
    z = reparameterise(mu.repeat(20_000, 1), log_var.repeat(20_000, 1))
    for column, mean, std in zip(z.T.numpy(), (1, -3), (0.5, 3), strict=True):
        assert scipy.stats.kstest(column, scipy.stats.norm(mean, std).cdf).pvalue > 0.01
    assert abs(np.corrcoef(z.T.numpy())[0, 1]) < 0.03


def test_draws_hang_on_the_seed_and_vanish_with_the_variance():
    mu, log_var = gaussians(3, 2)
    torch.manual_seed(2)
    one, other = reparameterise(mu, log_var), reparameterise(mu, log_var)
    torch.manual_seed(2)
    assert torch.equal(reparameterise(mu, log_var), one) and not torch.equal(one, other)
    assert torch.allclose(reparameterise(mu, torch.full_like(mu, -60.0)), mu)


def test_gradients_reach_mean_and_variance_through_the_sample():
    """E z^2 = mu^2 + sigma^2: its gradients by mu and log_var are 2 mu and sigma^2."""
    torch.manual_seed(0)
    mu, log_var = torch.tensor(0.7, requires_grad=True), torch.tensor(-0.4, requires_grad=True)
    n = 200_000
    reparameterise(mu.expand(n, 1), log_var.expand(n, 1)).square().mean().backward()
    assert mu.grad.item() == pytest.approx(1.4, abs=0.02)
    assert log_var.grad.item() == pytest.approx(math.exp(-0.4), abs=0.02)


# --- the model ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("x_shape", [(3,), (1, 28, 28), (3, 5, 4)])
def test_shapes_and_the_reconstruction_without_noise(x_shape, likelihood):
    model, x = VAE(2, (6, 5), x_shape=x_shape, likelihood=likelihood), torch.rand(7, *x_shape)
    mu, log_var = model.posterior(x)
    assert mu.shape == log_var.shape == (7, 2)
    assert torch.equal(model.f(x), mu)
    x_hat = model(x)
    assert x_hat.shape == x.shape and 0 <= x_hat.min() and x_hat.max() <= 1
    assert torch.equal(x_hat, model.g(mu)) and torch.equal(model(x), x_hat)


def test_the_decoder_mirrors_the_encoder_whose_head_gives_mean_and_variance():
    model = VAE(2, (20, 10), x_shape=(6,))
    assert [layer.out_features for layer in linear_layers(model)] == [20, 10, 4, 10, 20, 6]
    assert count_parameters(VAE(20)) == 785 * 400 + 401 * 40 + 21 * 400 + 401 * 784


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_the_posterior_and_the_decoder_by_hand(activation):
    model, x = VAE(2, (5, 4), x_shape=(6,), activation=activation, init="default"), torch.rand(3, 6)
    act = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda v: v}[activation]
    one, two, head, three, four, last = linear_layers(model)
    both = head(act(two(act(one(x)))))
    assert torch.allclose(torch.cat(model.posterior(x), 1), both)
    z = torch.randn(3, 2)
    assert torch.allclose(model.g(z), last(act(four(act(three(z))))).sigmoid())


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "sigmoid"])
def test_without_hidden_layers_posterior_and_logits_are_affine_whatever_the_activation(activation):
    model, x, z = VAE(2, (), x_shape=(2, 3), activation=activation, init="default"), torch.randn(4, 2, 3), codes(5, 2)
    assert x.min() < 0  # or a ReLU on the raw pixels would not be seen
    head, last = linear_layers(model)
    assert torch.allclose(torch.cat(model.posterior(x), 1), x.flatten(1) @ head.weight.T + head.bias, atol=1e-6)
    by_hand = (z.float() @ last.weight.T + last.bias).sigmoid().view(5, 2, 3)
    assert torch.allclose(model.g(z.float()), by_hand, atol=1e-6)


@pytest.mark.parametrize("init", ["xavier", "he"])
def test_weights_are_drawn_as_asked_the_heads_too(init):
    torch.manual_seed(0)
    model = VAE(100, (300,), x_shape=(400,), init=init)
    for layer in linear_layers(model):
        fan = layer.in_features if init == "he" else (layer.in_features + layer.out_features)
        assert layer.weight.var().item() == pytest.approx(2 / fan, rel=0.05) and layer.bias.count_nonzero() == 0


@pytest.mark.parametrize("words", [{"activation": "swish"}, {"init": "zeros"}, {"likelihood": "poisson"}])
def test_an_unknown_name_is_refused_with_the_known_ones(words):
    with pytest.raises(ValueError, match=f"unknown .* '{next(iter(words.values()))}': one of"):
        VAE(2, **words)


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan])
def test_a_width_that_is_not_above_0_is_refused(sigma):
    with pytest.raises(ValueError, match=f"above 0; it is {sigma:g}"):
        VAE(2, likelihood="gaussian", sigma=sigma)


def test_images_of_another_size_are_refused():
    for wrong in (torch.rand(4, 1, 27, 27), torch.rand(4, 100)):
        with pytest.raises((ValueError, RuntimeError)):
            negative_elbo(VAE(2), wrong)


# --- the likelihood -----------------------------------------------------------------------------------------------


def decoder(likelihood: str, z_dim: int = 3, x_shape: tuple[int, ...] = (2, 2, 3), sigma: float = 0.4) -> VAE:
    torch.manual_seed(0)
    model = VAE(z_dim, (7,), x_shape=x_shape, likelihood=likelihood, sigma=sigma, init="default").double()
    with torch.no_grad():
        for layer in linear_layers(model):
            layer.weight.mul_(3)
    return model


def by_torch(model: VAE, z: Tensor, x: Tensor) -> Tensor:
    """log p(x | z) of torch.distributions, one image at a time: z (B, z_dim), x (B, ...) -> (B,)."""
    sums = []
    for code, image in zip(z, x, strict=True):
        g = model.g(code[None])[0]
        p = Bernoulli(g) if model.likelihood == "bernoulli" else Normal(g, model.sigma)
        sums.append(p.log_prob(image).sum())
    return torch.stack(sums)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_likelihood_is_that_of_torch_distributions(likelihood):
    model, x, z = decoder(likelihood), coins(5, 2, 2, 3), codes(5, 3)
    ours = model.log_likelihood(z, x)
    assert ours.shape == (5,)
    assert ours.tolist() == pytest.approx(by_torch(model, z, x).tolist())


@pytest.mark.parametrize("sigma", [0.1, 1.0, 3.0])
def test_the_gaussian_likelihood_takes_grey_pixels_and_any_width(sigma):
    model, x, z = decoder("gaussian", sigma=sigma), torch.rand(5, 2, 2, 3, dtype=torch.double), codes(5, 3)
    assert model.log_likelihood(z, x).tolist() == pytest.approx(by_torch(model, z, x).tolist())


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("leading", [(4,), (2, 3), (1,)])
def test_leading_sample_dimensions_are_a_loop(likelihood, leading):
    model, x, z = decoder(likelihood), coins(5, 2, 2, 3), codes(*leading, 5, 3)
    ours = model.log_likelihood(z, x)
    assert ours.shape == (*leading, 5)
    looped = torch.stack([by_torch(model, one, x) for one in z.view(-1, 5, 3)]).view(*leading, 5)
    assert torch.allclose(ours, looped)


def test_the_bernoulli_likelihood_is_the_courses_cross_entropy_and_finite_where_sure_and_wrong():
    model, x, z = decoder("bernoulli"), coins(5, 2, 2, 3), codes(5, 3)
    ours = -model.log_likelihood(z, x).mean().item()
    assert ours == pytest.approx(cross_entropy(model.g[:-1](z), x).item(), rel=1e-5)
    last = linear_layers(model)[-1]
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, 300.0)
    assert model.log_likelihood(z, 0 * x).tolist() == pytest.approx([-12 * 300.0] * 5)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize(
    ("z_shape", "x_shape"),
    [((5, 3), (1, 2, 2, 3)), ((1, 3), (5, 2, 2, 3)), ((5, 3), (4, 2, 2, 3)), ((7, 5, 3), (7, 2, 2, 3))]
    + [((7, 5, 3), (1, 2, 2, 3)), ((5, 3), (5, 1)), ((5, 3), (5, 11))],
)
def test_codes_and_images_that_do_not_fit_are_refused_and_named(likelihood, z_shape, x_shape):
    model = decoder(likelihood)
    with pytest.raises(ValueError) as error:
        model.log_likelihood(codes(*z_shape), coins(*x_shape))
    pixels = (x_shape[0], math.prod(x_shape[1:]))
    assert str((z_shape[-2], 12)) in str(error.value) and str(pixels) in str(error.value)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_likelihood_of_all_images_adds_up_to_one(likelihood):
    model, z = decoder(likelihood, x_shape=(2,)), codes(1, 3)
    if likelihood == "bernoulli":
        every, cell = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.double), 1.0
    else:
        line, cell = torch.arange(-3, 4, 0.05, dtype=torch.double), 0.05**2
        every = torch.cartesian_prod(line, line)
    chances = model.log_likelihood(z.expand(len(every), -1), every).exp()
    assert cell * chances.sum().item() == pytest.approx(1, abs=1e-4)


# --- weights and bounds: quadrature over a code of one number -----------------------------------------------------

NODES, QUADRATURE = np.polynomial.hermite_e.hermegauss(80)
NODES, QUADRATURE = torch.tensor(NODES), torch.tensor(QUADRATURE / math.sqrt(2 * math.pi))  # E f(eps), eps ~ N(0, 1)


def one_number(likelihood: str = "bernoulli") -> tuple[VAE, Tensor]:
    """A VAE with a curved decoder whose q is a fair but not an exact guess, and two images."""
    torch.manual_seed(3)
    model = VAE(1, (6,), x_shape=(4,), activation="tanh", likelihood=likelihood, sigma=0.5, init="default").double()
    with torch.no_grad():
        model.g[0].weight.mul_(3)
        model.g[2].weight.mul_(4)
        model.head.bias.copy_(torch.tensor([0.3, 0.4]))
    return model, torch.tensor([[1.0, 0, 0, 1], [0, 1, 1, 0]], dtype=torch.double)


@torch.no_grad()
def log_joint(model: VAE, z: Tensor, x: Tensor) -> Tensor:
    """log p(x, z) by torch.distributions: z (K,), x (4,) -> (K,)."""
    g = model.g(z[:, None])
    p = Bernoulli(g) if model.likelihood == "bernoulli" else Normal(g, model.sigma)
    return p.log_prob(x.expand_as(g)).sum(1) + Normal(0.0, 1.0).log_prob(z)


def log_evidence(model: VAE, x: Tensor) -> Tensor:
    """log p(x) of each image, the integral over z on a dense grid."""
    z = torch.linspace(-12, 12, 20_001, dtype=torch.double)
    return torch.stack([(log_joint(model, z, one).logsumexp(0) + math.log(24 / 20_000)) for one in x])


def log_weight(model: VAE, eps: Tensor, one: Tensor) -> Tensor:
    """log p(x, z) - log q(z | x) at z = mu + sigma eps."""
    mu, log_var = (each[0, 0].detach() for each in model.posterior(one[None]))
    q = Normal(mu, log_var.exp().sqrt())
    z = mu + q.scale * eps
    return log_joint(model, z, one) - q.log_prob(z)


def expected_bound(model: VAE, x: Tensor, samples: int) -> Tensor:
    """E log mean_k w_k of each image by quadrature over one draw (the ELBO) or two."""
    bounds = []
    for one in x:
        w = log_weight(model, NODES, one)
        if samples == 1:
            bounds.append((QUADRATURE * w).sum())
        else:
            both = torch.logaddexp(w[:, None], w[None]) - math.log(2)
            bounds.append((QUADRATURE[:, None] * QUADRATURE * both).sum())
    return torch.stack(bounds)


def mean_of_many(objective: Callable, model: VAE, x: Tensor, n: int = 30_000) -> list[dict[str, float]]:
    """The objective of each image, on n copies of it: the mean over n draws."""
    torch.manual_seed(0)
    with torch.no_grad():
        return [{key: value.item() for key, value in objective(model, one.expand(n, -1)).items()} for one in x]


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_negative_elbo_is_that_of_quadrature(likelihood):
    model, x = one_number(likelihood)
    found, exact = mean_of_many(negative_elbo, model, x), -expected_bound(model, x, 1)
    for one, image, loss in zip(found, x, exact.tolist(), strict=True):
        mu, log_var = model.posterior(image[None])
        kl = kl_divergence(Normal(mu, log_var.exp().sqrt()), Normal(0.0, 1.0)).item()
        assert one["kl"] == pytest.approx(kl, rel=1e-6)
        assert one["loss"] == pytest.approx(loss, abs=0.03) and one["loss"] > 0.1
        assert one["reconstruction"] == pytest.approx(loss - kl, abs=0.03)


@pytest.mark.parametrize("beta", [0.0, 0.5, 4.0])
def test_beta_weighs_the_kl_alone(beta):
    model, x = one_number()
    torch.manual_seed(0)
    plain = negative_elbo(model, x)
    torch.manual_seed(0)
    weighed = negative_elbo(model, x, beta)
    assert weighed["reconstruction"] == plain["reconstruction"] and weighed["kl"] == plain["kl"] > 0
    assert weighed["loss"].item() == pytest.approx((plain["reconstruction"] + beta * plain["kl"]).item())
    assert plain["loss"].item() == pytest.approx((plain["reconstruction"] + plain["kl"]).item())


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("samples", [1, 2])
def test_the_iwae_loss_is_that_of_quadrature(samples, likelihood):
    model, x = one_number(likelihood)
    found, exact = mean_of_many(iwae(samples), model, x), -expected_bound(model, x, samples)
    assert [one["loss"] for one in found] == pytest.approx(exact.tolist(), abs=0.03)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_more_samples_rise_from_the_elbo_towards_log_p(likelihood):
    model, x = one_number(likelihood)
    elbo, two, evidence = expected_bound(model, x, 1), expected_bound(model, x, 2), log_evidence(model, x)
    assert (elbo < two).all() and (two < evidence).all()
    bounds = [elbo.mean().item()]
    for samples in (3, 30, 300):
        bounds.append(-np.mean([one["loss"] for one in mean_of_many(iwae(samples), model, x, 2000)]))
    bounds.append(evidence.mean().item())
    assert all(a < b + 1e-3 for a, b in zip(bounds, bounds[1:], strict=False))
    assert bounds[-2] == pytest.approx(bounds[-1], abs=0.01)


@pytest.mark.parametrize("objective", [negative_elbo, iwae(1)], ids=["elbo", "iwae"])
def test_gradients_of_the_bounds_are_those_of_finite_differences(objective):
    """The head's biases are mu and log_var of every image: their gradients against the quadrature's differences."""
    model, x = one_number()
    torch.manual_seed(0)
    objective(model, x[:1].expand(60_000, -1))["loss"].backward()
    ours, exact, bias = model.head.bias.grad.clone(), [], model.head.bias.data
    for i in range(2):
        ends = []
        for step in (1e-4, -1e-4):
            bias[i] += step
            ends.append(-expected_bound(model, x[:1], 1).item())
            bias[i] -= step
        exact.append((ends[0] - ends[1]) / 2e-4)
    assert ours.tolist() == pytest.approx(exact, abs=0.03) and min(map(abs, exact)) > 0.1


def test_every_parameter_learns_from_either_bound():
    torch.manual_seed(0)
    for objective in (negative_elbo, iwae(3)):
        model = VAE(2, (8, 4), x_shape=(3,)).double()
        loss = objective(model, coins(5, 3))["loss"]
        loss.backward()
        assert loss.shape == ()
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_weights_estimate_p_without_bias(likelihood):
    model, x = one_number(likelihood)
    torch.manual_seed(0)
    with torch.no_grad():
        w = model.log_weights(x, 100_000).exp()
    assert w.shape == (100_000, 2)
    exact, error = log_evidence(model, x).exp(), w.std(0) / math.sqrt(100_000)
    assert ((w.mean(0) - exact).abs() < 4 * error).all() and (error < 0.01 * exact).all()


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_weights_are_joint_over_posterior_at_the_codes_that_were_drawn(likelihood):
    model, x, seen = decoder(likelihood, z_dim=2), coins(4, 2, 2, 3), []
    real = model.log_likelihood
    model.log_likelihood = lambda z, images: seen.append(z) or real(z, images)
    torch.manual_seed(0)
    weights, (mu, log_var) = model.log_weights(x, 6), model.posterior(x)
    [z] = seen
    q = Normal(mu, (0.5 * log_var).exp())
    rest = torch.stack([by_torch(model, one, x) for one in z])
    expected = rest + Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1)
    assert torch.allclose(weights, expected)
    assert z.flatten().unique().numel() == 6 * 4 * 2  # each draw is another


def test_weights_come_from_the_generator_or_else_from_pytorchs_own():
    model, x = decoder("bernoulli"), coins(4, 2, 2, 3)
    torch.manual_seed(1)
    before, generator = torch.get_rng_state(), seeded(3)
    first, second = model.log_weights(x, 5, generator), model.log_weights(x, 5, generator)
    assert torch.equal(torch.get_rng_state(), before) and not torch.equal(first, second)
    assert torch.equal(model.log_weights(x, 5, seeded(3)), first)
    plain = model.log_weights(x, 5)
    assert not torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(1)
    assert torch.equal(model.log_weights(x, 5), plain)


@pytest.mark.parametrize("samples", [0, -1])
def test_a_bound_without_a_sample_is_refused(samples):
    with pytest.raises(ValueError, match=f"samples must be a whole number of at least 1; it is {samples}$"):
        iwae(samples)


# --- models whose log p(x) is known -------------------------------------------------------------------------------


def linear_gaussian() -> tuple[VAE, scipy.stats.rv_continuous, Tensor]:
    """Pixels so near 1/2 that the sigmoid is a line: x ~ N(m, A A^T + sigma^2 I), q set to the exact posterior."""
    z_dim, x_dim, sigma = 2, 5, 1e-3
    generator = np.random.default_rng(0)
    a = 0.003 * np.linalg.qr(generator.normal(size=(x_dim, z_dim)))[0] * [1.0, 0.5]  # orthogonal columns: z stay apart
    b = 0.001 * generator.normal(size=x_dim)
    model = VAE(z_dim, (), x_shape=(x_dim,), activation="linear", likelihood="gaussian", sigma=sigma).double()
    mean, precision = scipy.special.expit(4 * b), np.eye(z_dim) + a.T @ a / sigma**2
    to_mu = np.linalg.inv(precision) @ a.T / sigma**2
    decoder_layer = model.g[0]
    with torch.no_grad():
        decoder_layer.weight.copy_(torch.tensor(4 * a))  # the sigmoid's slope at 0 is 1/4
        decoder_layer.bias.copy_(torch.tensor(4 * b))
        model.head.weight.copy_(torch.tensor(np.vstack([to_mu, 0 * to_mu])))
        model.head.bias.copy_(torch.tensor(np.hstack([-to_mu @ mean, -np.log(np.diag(precision))])))
    exact = scipy.stats.multivariate_normal(mean, a @ a.T + sigma**2 * np.eye(x_dim))
    return model, exact, torch.tensor(exact.rvs(40, random_state=1))


def test_where_q_is_the_posterior_every_weight_is_p_and_all_bounds_are_equal():
    model, exact, x = linear_gaussian()
    truth = torch.tensor(exact.logpdf(x.numpy()))
    torch.manual_seed(0)
    assert truth.std() > 1  # the images differ
    with torch.no_grad():
        assert torch.allclose(model.log_weights(x, 25), truth.expand(25, -1), atol=5e-3)
        assert iwae(5)(model, x)["loss"].item() == pytest.approx(-truth.mean().item(), abs=2e-3)
        losses_of_many = [negative_elbo(model, x)["loss"].item() for _ in range(200)]
    assert np.mean(losses_of_many) == pytest.approx(-truth.mean().item(), abs=0.05)
    assert importance_weighted_nll(model, x, 10).tolist() == pytest.approx((-truth).tolist(), abs=5e-3)


def test_a_worse_q_keeps_p_and_widens_the_elbos_gap_by_its_kl():
    model, exact, x = linear_gaussian()
    truth = exact.logpdf(x.numpy())
    torch.manual_seed(0)
    mu, log_var = model.posterior(x)
    best = Normal(mu, (0.5 * log_var).exp())
    with torch.no_grad():
        model.head.bias += torch.tensor([0.3, -0.4, 0.5, 0.2], dtype=torch.double)
        mu, log_var = model.posterior(x)
        gap = kl_divergence(Normal(mu, (0.5 * log_var).exp()), best).sum(1)
        loss = np.mean([negative_elbo(model, x)["loss"].item() for _ in range(400)])
    assert loss + truth.mean() == pytest.approx(gap.mean().item(), abs=0.05) and gap.mean() > 0.3
    assert importance_weighted_nll(model, x, 4000).tolist() == pytest.approx((-truth).tolist(), abs=0.1)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_a_decoder_that_ignores_the_code_gives_p_of_x_whatever_the_code(likelihood):
    model, x = decoder(likelihood), coins(5, 2, 2, 3)
    for part in (linear_layers(model)[-1].weight, model.head.weight, model.head.bias):  # q is the prior
        nn.init.zeros_(part)
    with torch.no_grad():
        exact = by_torch(model, codes(5, 3), x)
        assert negative_elbo(model, x)["kl"] == 0
        assert negative_elbo(model, x)["loss"].item() == pytest.approx(-exact.mean().item(), rel=1e-5)
    assert importance_weighted_nll(model, x, 3).tolist() == pytest.approx((-exact).tolist(), rel=1e-5)


# --- the estimate of -log p(x) ------------------------------------------------------------------------------------


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_estimate_meets_the_quadrature(likelihood):
    model, x = one_number(likelihood)
    exact = (-log_evidence(model, x)).tolist()
    assert importance_weighted_nll(model, x, 5000).tolist() == pytest.approx(exact, abs=0.03)


def test_few_samples_overestimate_on_average_and_more_samples_less():
    model, x = one_number()
    x, means = x[:1].expand(3000, -1), []
    for samples in (1, 2, 20):
        means.append(importance_weighted_nll(model, x, samples).mean().item())
    assert means[0] == pytest.approx(-expected_bound(model, x[:1], 1).item(), abs=0.06)
    assert means[1] == pytest.approx(-expected_bound(model, x[:1], 2).item(), abs=0.06)
    assert means[0] > means[1] + 0.02 > means[2] > -log_evidence(model, x[:1]).item() - 0.01


class Ledger:
    """Stands in for a VAE: an image's weights are known numbers, handed out in order, and what is asked is noted."""

    def __init__(self) -> None:
        self.given, self.asked, self.generators = {}, [], []

    @staticmethod
    def weights(name: int, first: int, n: int) -> Tensor:
        return -900.0 + 3 * torch.sin(torch.arange(first, first + n, dtype=torch.double) * (name + 1))

    def log_weights(self, x: Tensor, samples: int, generator: torch.Generator) -> Tensor:
        self.asked.append(len(x) * samples)
        self.generators.append(generator)
        columns = []
        for name in x[:, 0].int().tolist():
            first = self.given.get(name, 0)
            columns.append(self.weights(name, first, samples))
            self.given[name] = first + samples
        return torch.stack(columns, 1)


@pytest.mark.parametrize("samples", [1, 7, 49, 50, 51, 123])
@pytest.mark.parametrize("n", [1, 199, 200, 201, 450])
def test_every_image_has_exactly_its_samples_whatever_the_numbers(n, samples):
    ledger = Ledger()
    nll = importance_weighted_nll(ledger, torch.arange(n)[:, None], samples)
    assert ledger.given == dict.fromkeys(range(n), samples)
    exact = [-np.logaddexp.reduce(Ledger.weights(i, 0, samples).numpy()) + math.log(samples) for i in range(n)]
    assert nll.shape == (n,) and nll.tolist() == pytest.approx(exact, abs=1e-9)


def test_no_more_is_asked_at_once_for_more_images_and_more_samples():
    most = []
    for n, samples in ((300, 300), (600, 900)):
        ledger = Ledger()
        importance_weighted_nll(ledger, torch.arange(n)[:, None], samples)
        most.append(max(ledger.asked))
    assert most[0] == most[1] < 300 * 300


def test_the_estimate_repeats_itself_and_leaves_the_global_generator_alone():
    model, x = decoder("bernoulli"), coins(5, 2, 2, 3)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = importance_weighted_nll(model, x, 60)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(importance_weighted_nll(model, x, 60), first)
    assert torch.equal(importance_weighted_nll(model, x, 60, seed=0), first)
    assert not torch.equal(importance_weighted_nll(model, x, 60, seed=1), first)
    assert not first.requires_grad


def test_500_samples_unless_told():
    ledger = Ledger()
    importance_weighted_nll(ledger, torch.zeros(1, 1))
    assert ledger.given == {0: 500}


@pytest.mark.parametrize("seed", [0, 7])
def test_all_draws_come_from_one_generator_of_its_own_on_the_images_device(seed):
    ledger = Ledger()
    importance_weighted_nll(ledger, torch.arange(450)[:, None], 123, seed)
    assert len(ledger.generators) == len(ledger.asked) > 3
    (generator,) = set(ledger.generators)
    assert generator is not torch.default_generator and generator.device == torch.device("cpu")
    assert generator.initial_seed() == seed


@pytest.mark.parametrize("samples", [0, -3])
def test_an_estimate_without_a_sample_is_refused_before_the_model_is_asked(samples):
    ledger = Ledger()
    with pytest.raises(ValueError, match=f"samples must be .* at least 1; it is {samples}$"):
        importance_weighted_nll(ledger, torch.zeros(2, 1), samples)
    assert ledger.asked == []


def test_the_global_generator_is_left_alone_even_when_the_model_fails():
    model = decoder("bernoulli")
    model.log_likelihood = lambda z, x: 1 / 0
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match=r"must have log_weights\(\), as models.VAE has; this is an Identity"):
        importance_weighted_nll(nn.Identity(), torch.zeros(2, 3))
    with pytest.raises(ZeroDivisionError):  # after the draws
        importance_weighted_nll(model, coins(5, 2, 2, 3))
    assert torch.equal(torch.get_rng_state(), before)


def test_learning_lowers_the_bound_and_the_estimate_alike():
    torch.manual_seed(0)
    patterns = torch.tensor([[1.0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 1], [1, 0, 1, 0, 1, 0]])
    x = patterns[torch.randint(3, (96,))]
    model = VAE(2, (16,), x_shape=(6,))
    before = importance_weighted_nll(model, x, 50).mean().item()
    optimizer = torch.optim.Adam(model.parameters(), 0.03)
    for _ in range(150):
        optimizer.zero_grad()
        losses.negative_elbo(model, x)["loss"].backward()
        optimizer.step()
    after = importance_weighted_nll(model, x, 200).mean().item()
    assert before > 3.5 and math.log(3) - 0.1 < after < 2  # the data's own entropy is at most log 3
