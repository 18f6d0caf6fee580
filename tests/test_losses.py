"""The error terms against PyTorch's own and against finite differences; the convention of sum and mean."""

import pytest
import torch
import torch.nn.functional as F

from course_lib import losses
from course_lib.losses import absolute_error, cross_entropy, squared_error
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
