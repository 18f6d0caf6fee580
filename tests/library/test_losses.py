"""The error terms against PyTorch's own and against finite differences; the convention of sum and mean."""

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli, kl_divergence

from course_lib import losses
from course_lib.losses import absolute_error, cross_entropy, kl_to_bernoulli, squared_error
from course_lib.models import MLPAutoencoder

ERRORS = {
    "squared": (squared_error, F.mse_loss),
    "absolute": (absolute_error, F.l1_loss),
    "cross entropy": (cross_entropy, F.binary_cross_entropy_with_logits),
}


def pair(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=generator), torch.rand(shape, generator=generator)


@pytest.mark.parametrize("shape", [(3, 2), (5, 1, 7, 7), (1, 4), (4, 1)])
@pytest.mark.parametrize("name", ERRORS)
def test_sum_over_features_mean_over_the_batch(name, shape):
    ours, theirs = ERRORS[name]
    x_hat, x = pair(*shape)
    assert ours(x_hat, x).item() == pytest.approx(theirs(x_hat, x, reduction="sum").item() / shape[0], rel=1e-6)
    assert ours(x_hat, x).shape == ()


@pytest.mark.parametrize("name", ERRORS)
def test_the_batch_size_changes_nothing(name):
    ours, _ = ERRORS[name]
    x_hat, x = pair(6, 10)
    assert ours(torch.cat([x_hat] * 3), torch.cat([x] * 3)).item() == pytest.approx(ours(x_hat, x).item(), rel=1e-6)
    parts = [ours(x_hat[i : i + 1], x[i : i + 1]).item() for i in range(6)]
    assert ours(x_hat, x).item() == pytest.approx(sum(parts) / 6, rel=1e-6)


@pytest.mark.parametrize("name", ERRORS)
def test_gradients_are_those_of_finite_differences(name):
    x_hat, x = (each.double() for each in pair(3, 4))
    assert torch.autograd.gradcheck(lambda value: ERRORS[name][0](value, x), x_hat.requires_grad_())


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize(
    ("one", "other"), [((4, 1, 28, 28), (4, 784)), ((4, 1), (4,)), ((4, 1), (4, 3)), ((3, 2), (1, 2))]
)
def test_shapes_that_would_broadcast_are_refused_and_named(name, one, other):
    with pytest.raises(ValueError) as error:
        ERRORS[name][0](torch.zeros(one), torch.zeros(other))
    assert str(one) in str(error.value) and str(other) in str(error.value)


def test_cross_entropy_by_hand():
    p, x = torch.tensor([[0.9, 0.2]]), torch.tensor([[1.0, 0.0]])
    assert cross_entropy(p.logit(), x).item() == pytest.approx(-torch.tensor([0.9, 0.8]).log().sum().item(), rel=1e-5)


def test_cross_entropy_is_least_at_x_where_it_is_the_entropy_of_x():
    x = torch.tensor([[0.1, 0.5, 0.8]])
    entropy = torch.distributions.Bernoulli(x).entropy().sum().item()
    best = cross_entropy(x.logit(), x).item()
    assert best == pytest.approx(entropy, rel=1e-6) and best > 0
    assert all(cross_entropy(x.logit() + d, x).item() > best for d in (-0.1, 0.1))


def test_cross_entropy_of_a_sure_wrong_answer_is_large_but_finite():
    assert cross_entropy(torch.full((1, 1), -300.0), torch.ones(1, 1)).item() == pytest.approx(300)


def test_objectives_are_these_errors_of_the_model():
    model, (_, x) = MLPAutoencoder(2, (8,)), pair(5, 1, 28, 28)
    pixels = x.flatten(1)
    assert losses.reconstruction(model, x)["loss"].item() == pytest.approx(
        (model(x).flatten(1) - pixels).pow(2).sum(1).mean().item(), rel=1e-5
    )
    assert losses.reconstruction_l1(model, x)["loss"].item() == pytest.approx(
        (model(x).flatten(1) - pixels).abs().sum(1).mean().item(), rel=1e-5
    )
    assert losses.reconstruction_bce(model, x)["loss"].item() == pytest.approx(
        F.binary_cross_entropy(model(x), x, reduction="none").flatten(1).sum(1).mean().item(), rel=1e-4
    )


def test_shifted_moves_input_and_target_alike_by_at_most_the_pixels():
    x = torch.zeros(2, 1, 9, 9)
    x[:, 0, 4, 4] = 1
    seen = []

    def objective(model, moved):
        seen.append(moved)
        return {"loss": moved.sum()}

    torch.manual_seed(0)
    for _ in range(200):
        losses.shifted(objective, pixels=2)(None, x)
    places = {tuple(moved[0, 0].nonzero()[0].tolist()) for moved in seen}
    assert places == {(row, column) for row in range(2, 7) for column in range(2, 7)}
    assert all(torch.equal(moved[0], moved[1]) and moved.sum() == 2 for moved in seen)
    assert losses.shifted(losses.reconstruction)(lambda v: v, x)["loss"] == 0  # the target moves with the input


# --- changed inputs -----------------------------------------------------------------------------------------------


def test_the_target_changes_with_the_input_and_anew_for_each_batch():
    _, x = pair(4, 3)
    numbers = iter((0.5, 2.0))
    objective = losses.with_input(losses.reconstruction, lambda v: v + next(numbers))
    for shift in (0.5, 2.0):
        assert objective(lambda v: 0 * v, x)["loss"].item() == pytest.approx((x + shift).pow(2).sum().item() / 4)


def test_with_input_keeps_all_that_the_objective_records():
    model, (_, x) = MLPAutoencoder(2, (8,), x_shape=(3,)), pair(4, 3)
    objective = losses.sparse_l1(0.1)
    changed = losses.with_input(objective, lambda v: 1 - v)(model, x)
    assert {key: value.item() for key, value in changed.items()} == {
        key: value.item() for key, value in objective(model, 1 - x).items()
    }


def test_denoising_shows_the_damage_and_asks_for_the_clean_image():
    _, x = pair(4, 1, 3, 3)
    copy, shown = x.clone(), []

    def model(given):
        shown.append(given)
        return 3 * given

    objective = losses.denoising(lambda v: v * 0.5)
    assert objective(model, x)["loss"].item() == pytest.approx((1.5 * x - x).pow(2).sum().item() / 4, rel=1e-6)
    assert torch.equal(shown[0], 0.5 * x) and torch.equal(x, copy)
    assert losses.denoising(lambda v: v)(model, x) == losses.reconstruction(model, x)


def test_denoising_draws_the_damage_anew_for_each_batch():
    _, x = pair(4, 3)
    objective = losses.denoising(lambda v: v + torch.randn_like(v))
    torch.manual_seed(0)
    assert objective(lambda v: v, x)["loss"] != objective(lambda v: v, x)["loss"]


# --- sparse codes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [0.0, 0.3, 5.0])
def test_sparse_l1_by_hand(strength):
    torch.manual_seed(0)
    model, (_, x) = MLPAutoencoder(4, (8,), x_shape=(6,)), pair(5, 6)
    z = model.f(x).detach().numpy()
    assert (z < 0).any()  # or it would not matter that sizes are counted
    error = ((model(x) - x).detach().numpy() ** 2).sum() / 5
    result = {key: value.item() for key, value in losses.sparse_l1(strength)(model, x).items()}
    assert result == pytest.approx(
        {"loss": error + strength * abs(z).sum() / 5, "reconstruction": error, "size of the code": abs(z).sum() / 5},
        rel=1e-5,
    )


def test_the_l1_penalty_does_not_hang_on_the_batch_size():
    model, (_, x) = MLPAutoencoder(4, (8,), x_shape=(6,)), pair(5, 6)
    whole = losses.sparse_l1(0.7)(model, x)["loss"].item()
    parts = [losses.sparse_l1(0.7)(model, one[None])["loss"].item() for one in x]
    assert whole == pytest.approx(sum(parts) / 5, rel=1e-5)


def test_a_picture_like_code_counts_with_all_its_numbers():
    model, (_, x) = torch.nn.Module(), pair(3, 1, 4, 4)
    model.f, model.g = (lambda v: v - 0.5), (lambda z: z + 0.5)
    found = losses.sparse_l1(2.0)(model, x)
    assert found["reconstruction"] < 1e-9
    assert found["loss"].item() == pytest.approx(2 * (x - 0.5).abs().sum().item() / 3, rel=1e-5)


@pytest.mark.parametrize("rho", [0.05, 0.5, 0.9])
def test_the_kl_to_a_coin_is_that_of_torch_the_target_first(rho):
    rho_hat = torch.tensor([0.001, 0.05, 0.3, 0.5, 0.99])
    theirs = kl_divergence(Bernoulli(torch.tensor(rho)), Bernoulli(rho_hat)).sum().item()
    assert kl_to_bernoulli(rho_hat, rho).item() == pytest.approx(theirs, rel=1e-4)
    other = kl_divergence(Bernoulli(rho_hat), Bernoulli(torch.tensor(rho))).sum().item()
    assert theirs != pytest.approx(other, rel=0.05)  # the order matters
    assert kl_to_bernoulli(rho_hat, rho).shape == ()


@pytest.mark.parametrize("rho", [0.05, 0.5])
def test_the_kl_to_a_coin_is_least_and_zero_where_all_activations_are_the_target(rho):
    assert kl_to_bernoulli(torch.full((7,), rho), rho).item() == pytest.approx(0, abs=1e-6)
    assert all(kl_to_bernoulli(torch.tensor([rho, rho + d]), rho) > 1e-4 for d in (-0.03, 0.03))


def test_units_that_are_never_or_always_on_cost_much_but_not_infinity():
    ends = kl_to_bernoulli(torch.tensor([0.0, 1.0], requires_grad=True), 0.1)
    ends.backward()
    assert ends.isfinite() and ends > 10


@pytest.mark.parametrize("rho", [0, 1, -0.1, 1.5, float("nan")])
def test_a_target_that_is_no_share_is_refused(rho):
    with pytest.raises(ValueError, match=f"between 0 and 1, both excluded; it is {rho:g}$"):
        kl_to_bernoulli(torch.tensor([0.2, 0.4]), rho)
    model, (_, x) = MLPAutoencoder(4, (8,), code="sigmoid", x_shape=(6,)), pair(5, 6)
    with pytest.raises(ValueError, match="both excluded"):
        losses.sparse_kl(rho, 1.0)(model, x)


def test_gradients_of_the_kl_to_a_coin_are_those_of_finite_differences():
    rho_hat = torch.tensor([0.02, 0.4, 0.9], dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda value: kl_to_bernoulli(value, 0.1), rho_hat)


@pytest.mark.parametrize("strength", [0.0, 0.3, 5.0])
def test_sparse_kl_punishes_the_mean_activation_of_each_unit(strength):
    model, (_, x) = MLPAutoencoder(4, (8,), code="sigmoid", x_shape=(6,)), pair(5, 6)
    rho_hat = model.f(x).mean(0)
    kl = kl_divergence(Bernoulli(torch.tensor(0.1)), Bernoulli(rho_hat)).sum().item()
    error = squared_error(model(x), x).item()
    result = {key: value.item() for key, value in losses.sparse_kl(0.1, strength)(model, x).items()}
    assert result == pytest.approx({"loss": error + strength * kl, "reconstruction": error, "kl": kl}, rel=1e-4)


def test_the_kl_penalty_does_hang_on_the_batch_as_it_says():
    """It is convex in the mean activation: over the whole batch it is less than over its parts."""
    torch.manual_seed(0)
    model, (_, x) = MLPAutoencoder(4, (8,), code="sigmoid", x_shape=(6,)), pair(5, 6)
    objective = losses.sparse_kl(0.1, 1.0)
    parts = [objective(model, one[None]) for one in x]
    whole = objective(model, x)
    assert whole["kl"] < sum(part["kl"] for part in parts) / 5 - 1e-3
    assert whole["reconstruction"].item() == pytest.approx(sum(p["reconstruction"].item() for p in parts) / 5, rel=1e-5)
    assert objective(model, torch.cat([x, x]))["loss"].item() == pytest.approx(whole["loss"].item(), rel=1e-5)


@pytest.mark.parametrize(
    ("objective", "code"), [(losses.sparse_l1(1.0), "linear"), (losses.sparse_kl(0.05, 1.0), "sigmoid")]
)
def test_following_a_sparse_objective_makes_the_code_sparser(objective, code):
    torch.manual_seed(0)
    model, (_, x) = MLPAutoencoder(4, (), code=code, x_shape=(6,)), pair(20, 6)
    optimizer, before = torch.optim.SGD(model.f.parameters(), 0.05), model.f(x).abs().mean().item()
    for _ in range(50):
        optimizer.zero_grad()
        objective(model, x)["loss"].backward()
        optimizer.step()
    assert model.f(x).abs().mean().item() < 0.7 * before


# --- types and values that would give a wrong number in silence ---------------------------------------------------


@pytest.mark.parametrize("name", ["squared", "absolute"])
@pytest.mark.parametrize("kind", [torch.uint8, torch.int8, torch.int32, torch.bool])
def test_whole_numbers_do_not_wrap(name, kind):
    x_hat, x = torch.tensor([[1, 0], [0, 100]]).to(kind), torch.tensor([[0, 1], [1, 0]]).to(kind)
    expected = ERRORS[name][0](x_hat.double(), x.double())
    assert ERRORS[name][0](x_hat, x).item() == pytest.approx(expected.item())
    assert ERRORS[name][0](x_hat.double(), x).item() == pytest.approx(expected.item())


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_in_single(name, kind):
    x_hat, x = (each.to(kind) for each in pair(400, 784))
    found = ERRORS[name][0](x_hat, x)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(ERRORS[name][0](x_hat.double(), x.double()).item(), rel=1e-5)
    if name == "squared":
        assert ERRORS[name][0](torch.full((2, 40_000), 2.0, dtype=kind), x.new_zeros(2, 40_000)).item() == 160_000


def test_types_may_differ():
    x_hat, x = pair(4, 3)
    for one, two in ((x_hat.double(), x), (x_hat, x.double()), (x_hat.half(), x)):
        assert squared_error(one, two).item() == pytest.approx(squared_error(x_hat, x).item(), rel=1e-3)
        assert cross_entropy(one, two).item() == pytest.approx(cross_entropy(x_hat, x).item(), rel=1e-3)


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), ()])
def test_nothing_has_no_error(name, shape):
    with pytest.raises(ValueError, match="at least one row"):
        ERRORS[name][0](torch.zeros(shape), torch.zeros(shape))


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("wrong", [[[1.0]], 1.0, None, torch.zeros(1, 1, dtype=torch.complex64)])
def test_what_is_no_tensor_of_real_numbers_is_named(name, wrong):
    with pytest.raises(ValueError, match="two tensors of real numbers; one of these is"):
        ERRORS[name][0](torch.zeros(1, 1), wrong)


@pytest.mark.parametrize("value", [-0.1, 1.1, 255.0])
def test_a_cross_entropy_refuses_targets_outside_0_and_1(value):
    """It would fall below every bound: with bytes for pixels the loss goes to minus infinity."""
    x_hat, x = pair(3, 4)
    x[1, 2] = value
    with pytest.raises(ValueError, match=rf"targets x in \[0, 1\].*divided by 255; these go from .*{value:.4g}"):
        cross_entropy(x_hat, x)
    assert cross_entropy(x_hat, (x > 0.5).long()).isfinite()  # labels 0 and 1 may be whole numbers


@pytest.mark.parametrize("value", [-0.01, 1.01, 3.0])
def test_the_sparse_kl_refuses_codes_that_are_no_chances(value):
    """Clamped in silence, such a unit would feel no penalty at all."""
    with pytest.raises(ValueError, match=r"mean activations must lie in \[0, 1\]"):
        kl_to_bernoulli(torch.tensor([0.5, value]), 0.05)
    assert kl_to_bernoulli(torch.tensor([0.0, 1.0]), 0.05).isfinite()


def test_on_an_accelerator_wrong_targets_are_nan_without_waiting():
    """The branch that a GPU takes, on PyTorch's device without numbers: it must not ask for any."""
    x = torch.rand(3, 4, device="meta")
    assert losses.inside(x.sum(), x, "rule").shape == ()
