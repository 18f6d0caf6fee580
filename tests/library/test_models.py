"""The models: shapes, counts, and initialisations against their formulas."""

import math

import pytest
import torch
from torch import nn

from course_lib.losses import reconstruction, squared_error
from course_lib.models import (
    ACTIVATIONS,
    VAE,
    ConvAutoencoder,
    KLargest,
    LinearAutoencoder,
    MLPAutoencoder,
    ResidualConv,
    count_parameters,
    initialise,
    initialise_convolutions,
    linear_layers,
)
from course_lib.models.sizes import Rows

SHAPES = [(2,), (3,), (1, 28, 28), (3, 5, 4)]


@pytest.mark.parametrize("x_shape", SHAPES)
@pytest.mark.parametrize("make", [LinearAutoencoder, MLPAutoencoder])
def test_the_output_is_shaped_like_the_input(make, x_shape):
    model, x = make(2, x_shape=x_shape), torch.rand(7, *x_shape)
    z = model.f(x)
    assert z.shape == (7, 2)
    assert model.g(z).shape == x.shape
    assert torch.equal(model(x), model.g(model.f(x)))


def test_flat_images_are_refused_by_the_loss_with_both_shapes():
    model, flat = MLPAutoencoder(2), torch.rand(4, 784)
    with pytest.raises(ValueError, match=r"\(4, 1, 28, 28\).*\(4, 784\)"):
        reconstruction(model, flat)


def test_the_linear_model_is_two_affine_maps():
    model, x = LinearAutoencoder(3, x_shape=(5,)), torch.randn(4, 5)
    w1, b1, w2, b2 = model.parameters()
    assert torch.allclose(model(x), (x @ w1.T + b1) @ w2.T + b2, atol=1e-6)


@pytest.mark.parametrize(("z_dim", "x_dim"), [(1, 2), (30, 784)])
def test_parameters_of_the_linear_model(z_dim, x_dim):
    model = LinearAutoencoder(z_dim, x_shape=(x_dim,))
    assert count_parameters(model.f) == (x_dim + 1) * z_dim
    assert count_parameters(model.g) == (z_dim + 1) * x_dim
    assert count_parameters(LinearAutoencoder(z_dim, x_shape=(x_dim,), bias=False)) == 2 * x_dim * z_dim


def test_parameters_of_hinton_and_salakhutdinovs_autoencoder():
    sizes = [784, 1000, 500, 250, 30]
    encoder = sum((a + 1) * b for a, b in zip(sizes, sizes[1:], strict=False))
    decoder = sum((a + 1) * b for a, b in zip(sizes[::-1], sizes[-2::-1], strict=False))
    assert count_parameters(MLPAutoencoder(30, (1000, 500, 250))) == encoder + decoder == 2_837_314


def test_the_decoder_mirrors_the_encoder_and_activations_stand_where_they_should():
    model = MLPAutoencoder(2, (20, 10), activation="tanh", code="sigmoid", output="linear", x_shape=(6,))
    assert [layer.out_features for layer in linear_layers(model)] == [20, 10, 2, 10, 20, 6]
    kinds = [type(step) for step in (*model.f, *model.g)]
    tanh, sigmoid = nn.Tanh, nn.Sigmoid
    encoder = [Rows, nn.Linear, tanh, nn.Linear, tanh, nn.Linear, sigmoid]
    assert kinds == [*encoder, nn.Linear, tanh, nn.Linear, tanh, nn.Linear, nn.Unflatten, nn.Identity]
    assert len(linear_layers(MLPAutoencoder(2, ()))) == 2


@pytest.mark.parametrize("output", ACTIVATIONS)
def test_the_reconstruction_is_the_output_activation_of_the_logits(output):
    model, x = MLPAutoencoder(2, (8,), output=output), torch.rand(3, 1, 28, 28)
    by_hand = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "linear": lambda v: v}
    by_hand["gelu"] = nn.functional.gelu
    assert model.logits(x).shape == x.shape
    assert torch.allclose(model(x), by_hand[output](model.logits(x)))


@pytest.mark.parametrize("words", [{"activation": "swish"}, {"code": "softmax"}, {"output": "none"}, {"init": "zeros"}])
def test_an_unknown_name_is_refused_with_the_known_ones(words):
    with pytest.raises(ValueError, match=f"unknown .* '{next(iter(words.values()))}': one of"):
        MLPAutoencoder(2, **words)


# --- initialisation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gain", [1.0, 0.3, 4.0])
@pytest.mark.parametrize("init", ["he", "xavier"])
def test_weights_have_the_variance_of_the_paper_and_biases_are_zero(init, gain):
    torch.manual_seed(0)
    model = MLPAutoencoder(50, (300, 200), x_shape=(400,), init=init, gain=gain)
    for layer in linear_layers(model):
        fan_in, fan_out = layer.in_features, layer.out_features
        variance = gain**2 * (2 / fan_in if init == "he" else 2 / (fan_in + fan_out))
        assert layer.weight.var().item() == pytest.approx(variance, rel=0.05)
        assert abs(layer.weight.mean().item()) < 4 * math.sqrt(variance / layer.weight.numel())
        assert layer.bias.count_nonzero() == 0
        ratio = layer.weight.abs().max().item() / math.sqrt(variance)  # normal: about 4; uniform: sqrt(3)
        assert ratio > 3 if init == "he" else ratio == pytest.approx(math.sqrt(3), rel=0.01)


def test_default_is_pytorchs_own_drawn_from_the_same_seed():
    torch.manual_seed(5)
    model = MLPAutoencoder(4, (16,), x_shape=(9,), init="default")
    torch.manual_seed(5)
    plain = [nn.Linear(a, b) for a, b in ((9, 16), (16, 4), (4, 16), (16, 9))]
    for ours, theirs in zip(linear_layers(model), plain, strict=True):
        assert torch.equal(ours.weight, theirs.weight) and torch.equal(ours.bias, theirs.bias)


@pytest.mark.parametrize("init", ["he", "xavier", "default"])
def test_gains_multiply_the_weights_the_encoders_once_more(init):
    def weights(**gains):
        torch.manual_seed(1)
        model = MLPAutoencoder(3, (8,), x_shape=(6,), init=init, **gains)
        return [[layer.weight for layer in linear_layers(half)] for half in (model.f, model.g)]

    (f1, g1), (f2, g2) = weights(), weights(gain=2.0, encoder_gain=3.0)
    assert all(torch.allclose(6 * a, b) for a, b in zip(f1, f2, strict=True))
    assert all(torch.allclose(2 * a, b) for a, b in zip(g1, g2, strict=True))


def test_initialise_takes_layers_without_a_bias():
    model = LinearAutoencoder(2, x_shape=(500,), bias=False)
    initialise(model, "he")
    assert linear_layers(model)[0].weight.var().item() == pytest.approx(2 / 500, rel=0.2)


def test_he_keeps_the_size_of_a_relu_signal_and_pytorchs_default_lets_it_fade():
    """He et al. 2015: through ReLU layers the mean square stays; with variance 1 / (3 fan_in) it falls six-fold."""
    torch.manual_seed(0)
    x, size = torch.randn(200, 256), {}
    for init in ("he", "default"):
        model = MLPAutoencoder(256, (256,) * 4, x_shape=(256,), activation="relu", init=init)
        size[init] = model.f(x).square().mean().item() / x.square().mean().item()
    assert 0.5 < size["he"] / 2 < 2  # the code has no ReLU after it: twice the mean square that enters
    assert size["default"] < 0.02


def test_gradients_reach_every_parameter():
    model = MLPAutoencoder(2, (8, 4), x_shape=(3,))
    squared_error(model(x := torch.rand(5, 3)), x).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


# --- the k largest numbers of a code ------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 3, 7])
def test_the_k_largest_stay_and_all_others_become_0(k):
    z = torch.randn(50, 7, generator=torch.Generator().manual_seed(0))
    copy, kept = z.clone(), KLargest(k)(z)
    for row, ours in zip(z.tolist(), kept.tolist(), strict=True):
        least = sorted(row)[-k]
        assert ours == [value if value >= least else 0 for value in row]
    assert torch.equal(z, copy)


def test_largest_means_most_positive_not_furthest_from_0():
    z = torch.tensor([[-9.0, 0.5, -1.0, 2.0], [-4.0, -1.0, -2.0, -3.0]])
    assert KLargest(2)(z).tolist() == [[0, 0.5, 0, 2], [0, -1, -2, 0]]


def test_of_equal_numbers_no_more_than_k_stay():
    assert (KLargest(2)(torch.ones(3, 5)).sum(1) == 2).all()


def test_gradients_flow_through_the_kept_numbers_alone():
    z = torch.tensor([[0.1, 0.7, 0.3, 0.9]], requires_grad=True)
    KLargest(2)(z).mul(torch.tensor([1.0, 2, 3, 4])).sum().backward()
    assert z.grad.tolist() == [[0, 2, 0, 4]]


@pytest.mark.parametrize("k", [0, -1, 6])
def test_more_than_the_code_has_or_none_is_refused(k):
    with pytest.raises(ValueError, match=f"k must be a whole number from 1 to 5; it is {k}"):
        KLargest(k)(torch.rand(2, 5))


def test_a_module_can_stand_after_the_code():
    model, x = MLPAutoencoder(8, (16,), code=KLargest(3), x_shape=(6,)), torch.rand(9, 6)
    z = model.f(x)
    assert ((z != 0).sum(1) == 3).all()
    assert torch.equal(model(x), model.g(z)) and model.logits(x).shape == x.shape
    unlimited = model.f[:-1](x)
    assert torch.equal(z[z != 0], unlimited[z != 0])
    plain = MLPAutoencoder(8, (16,), x_shape=(6,))
    assert count_parameters(model) == count_parameters(plain)


def test_a_module_after_the_code_learns_with_the_model():
    scale = nn.PReLU()
    model = MLPAutoencoder(4, (), code=scale, x_shape=(6,))
    squared_error(model(x := torch.rand(5, 6)), x).backward()
    assert any(p is scale.weight for p in model.parameters()) and scale.weight.grad is not None


# --- convolutions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channels", "height", "width"), [((5,), 6, 10), ((16, 32), 28, 28), ((4, 6, 8), 8, 24), ((3, 3, 3, 3), 16, 16)]
)
@pytest.mark.parametrize(("x_channels", "out_channels"), [(1, 0), (3, 0), (1, 3), (4, 1)])
def test_each_convolution_halves_the_picture_and_the_decoder_doubles_it_back(
    channels, height, width, x_channels, out_channels
):
    model = ConvAutoencoder(channels, x_channels=x_channels, out_channels=out_channels)
    x = torch.rand(3, x_channels, height, width)
    z, times = model.f(x), 2 ** len(channels)
    assert z.shape == (3, channels[-1], height // times, width // times)
    x_hat = model(x)
    assert x_hat.shape == (3, out_channels or x_channels, height, width)
    assert torch.equal(x_hat, model.g(z)) and 0 <= x_hat.min() and x_hat.max() <= 1


@pytest.mark.parametrize("shape", [(2, 1, 30, 28), (2, 1, 28, 30), (2, 1, 27, 27)])
def test_sides_that_cannot_be_halved_are_refused_with_the_shape(shape):
    with pytest.raises(ValueError) as error:
        ConvAutoencoder((4, 4))(torch.rand(shape))
    assert "multiples of 4" in str(error.value) and str(shape) in str(error.value)


@pytest.mark.parametrize("channels", [(), []])
def test_a_convolutional_model_without_convolutions_is_refused(channels):
    with pytest.raises(ValueError, match="channels is empty"):
        ConvAutoencoder(channels)


def convolutions_of(model: nn.Module) -> list[nn.Conv2d]:
    return [layer for layer in model.modules() if isinstance(layer, nn.Conv2d)]


def wake(model: nn.Module) -> nn.Module:
    """The last convolution starts with weights 0, and would hide all that stands before it: give it others."""
    nn.init.normal_(convolutions_of(model)[-1].weight, std=0.1)
    return model


@pytest.mark.parametrize("out_channels", [0, 3])
def test_the_convolutional_model_starts_with_an_even_dark_grey(out_channels):
    model, x = ConvAutoencoder((4, 6), out_channels=out_channels), torch.rand(5, 1, 8, 12)
    dark = torch.full((5, out_channels or 1, 8, 12), 1 / (1 + math.exp(2)))
    assert torch.allclose(model(x), dark, atol=1e-6)
    assert model.f(x).std() > 0.01  # the code already tells the images apart


def test_the_convolutional_model_by_hand():
    model, x = wake(ConvAutoencoder((4, 6), x_channels=3, out_channels=2)), torch.rand(2, 3, 8, 12)
    *convolutions, last = convolutions_of(model)
    value = x
    for i, layer in enumerate(convolutions):
        if i >= 2:  # the decoder doubles each pixel first
            value = value.repeat_interleave(2, 2).repeat_interleave(2, 3)
        value = nn.functional.conv2d(value, layer.weight, layer.bias, stride=2 if i < 2 else 1, padding=1)
        value = nn.functional.gelu(value)
    by_hand = nn.functional.conv2d(value, last.weight, last.bias, padding=1).sigmoid()
    assert torch.allclose(model(x), by_hand, atol=1e-6) and by_hand.std() > 1e-3


def test_parameters_of_the_convolutional_model():
    down = (9 * 1 + 1) * 16 + (9 * 16 + 1) * 32
    up = (9 * 32 + 1) * 16 + (9 * 16 + 1) * 16 + (9 * 16 + 1) * 1
    assert count_parameters(ConvAutoencoder()) == down + up
    assert count_parameters(ConvAutoencoder(x_channels=3)) == down + up + 2 * 9 * 16 + 2 * (9 * 16 + 1)


def test_a_shifted_picture_has_a_shifted_code_and_reconstruction():
    """By as many pixels as one number of the code stands for; away from the borders, where zeros are put around."""
    torch.manual_seed(0)
    model, x = wake(ConvAutoencoder((4, 8))), torch.rand(1, 1, 64, 64)
    moved = x.roll((4, -8), dims=(2, 3))
    inner = (slice(None), slice(None), slice(24, 40), slice(24, 40))
    assert torch.allclose(model.f(moved)[..., 4:-4, 4:-4], model.f(x).roll((1, -2), (2, 3))[..., 4:-4, 4:-4], atol=1e-5)
    assert torch.allclose(model(moved)[inner], model(x).roll((4, -8), (2, 3))[inner], atol=1e-5)
    assert model(x)[inner].std() > 1e-3


@pytest.mark.parametrize(
    ("model", "bias"),
    [
        (lambda: ConvAutoencoder((40, 60), x_channels=20), -2),
        (lambda: ResidualConv(40, 4, x_channels=20), 0),
        (lambda: initialised(nn.Sequential(nn.Conv2d(20, 40, 3), nn.Conv2d(40, 60, 3))), None),
    ],
    ids=["autoencoder", "residual", "alone"],
)
def test_convolutions_start_with_hes_variance_and_zero_biases_the_models_last_with_zero_weights(model, bias):
    torch.manual_seed(0)
    layers = convolutions_of(model())
    if bias is not None:
        last = layers.pop()
        assert last.weight.count_nonzero() == 0 and (last.bias == bias).all()
    assert len(layers) >= 2
    for layer in layers:
        variance = 2 / (layer.in_channels * 9)
        assert layer.weight.var().item() == pytest.approx(variance, rel=0.06)
        assert layer.weight.abs().max().item() > 3 * math.sqrt(variance)  # normal, not uniform
        assert layer.bias.count_nonzero() == 0


def initialised(model: nn.Module) -> nn.Module:
    initialise_convolutions(model)
    return model


def test_convolutions_without_a_bias_and_in_groups_have_hes_variance_too():
    """In groups a number is a sum over its own group's channels alone."""
    torch.manual_seed(0)
    plain, grouped, single = initialised(
        nn.Sequential(
            nn.Conv2d(20, 100, 3, bias=False), nn.Conv2d(60, 300, 3, groups=3), nn.Conv2d(900, 900, 3, groups=900)
        )
    )
    for layer, fan_in in ((plain, 20 * 9), (grouped, 20 * 9), (single, 9)):
        assert layer.weight.var().item() == pytest.approx(2 / fan_in, rel=0.06)
    assert plain.bias is None and grouped.bias.count_nonzero() == 0


def test_initialising_convolutions_leaves_other_layers_alone_and_takes_any_kernel():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(30, 200, (1, 5)), nn.Linear(3, 3))
    before = model[1].weight.clone()
    initialise_convolutions(model)
    assert model[0].weight.var().item() == pytest.approx(2 / 150, rel=0.05)
    assert torch.equal(model[1].weight, before)


@pytest.mark.parametrize(
    "make", [lambda: ConvAutoencoder((4, 6, 8)), lambda: ResidualConv(6, 4)], ids=["autoencoder", "residual"]
)
def test_gradients_reach_the_last_convolution_at_once_and_every_one_after_a_step(make):
    torch.manual_seed(0)
    model, x = make(), torch.rand(5, 1, 16, 16)
    optimizer, moved = torch.optim.SGD(model.parameters(), 1e-4), []
    for _ in range(2):
        optimizer.zero_grad()
        squared_error(model(x), x.flip(3)).backward()
        assert all(p.grad is not None for p in model.parameters())
        moved.append([bool(p.grad.abs().sum() > 0) for p in model.parameters()])
        optimizer.step()
    first, second = moved
    assert first[-2:] == [True, True] and not any(first[:-2])  # weights of 0 let nothing through
    assert all(second)


# --- convolutions that add to the image ---------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 9), (27, 14)])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_residual_model_starts_as_the_identity_at_any_size_and_does_not_clip(channels, height, width):
    model, x = ResidualConv(6, 3, x_channels=channels), 3 * torch.randn(4, channels, height, width)
    assert torch.equal(model(x), x)
    assert wake(model)(x).shape == x.shape and not torch.equal(model(x), x)


def test_the_residual_model_repeats_grey_for_colour():
    model, x = ResidualConv(6, 3, out_channels=3), torch.rand(4, 1, 5, 7)
    assert torch.equal(model(x), torch.cat([x, x, x], 1))
    added = wake(model)(x) - x
    assert added.shape == (4, 3, 5, 7) and not torch.allclose(added[:, 0], added[:, 1])


@pytest.mark.parametrize(("width", "depth", "channels", "out"), [(5, 1, 1, 0), (5, 2, 3, 0), (7, 4, 1, 3)])
def test_the_residual_model_by_hand(width, depth, channels, out):
    torch.manual_seed(0)
    model = wake(ResidualConv(width, depth, x_channels=channels, out_channels=out))
    x, layers = torch.rand(2, channels, 6, 5), convolutions_of(model)
    sizes = [channels, *[width] * (depth - 1), out or channels]
    assert [(layer.in_channels, layer.out_channels) for layer in layers] == list(zip(sizes, sizes[1:], strict=False))
    value = x
    for i, layer in enumerate(layers):
        value = nn.functional.gelu(value) if i else value
        value = nn.functional.conv2d(value, layer.weight, layer.bias, padding=1)
    assert torch.allclose(model(x), x + value, atol=1e-6) and value.std() > 1e-3


def test_parameters_of_the_residual_model():
    inner = 2 * (9 * 24 + 1) * 24
    assert count_parameters(ResidualConv()) == (9 * 1 + 1) * 24 + inner + (9 * 24 + 1)
    assert count_parameters(ResidualConv(out_channels=3)) == (9 * 1 + 1) * 24 + inner + (9 * 24 + 1) * 3


# --- what a learner may get wrong ---------------------------------------------------------------------------------

WRONG_SIZES = {
    "hidden must be a sequence of whole numbers, such as (256,) for one; it is 256": lambda: MLPAutoencoder(2, 256),
    "each number in hidden must be a whole number of at least 1; it is 0": lambda: MLPAutoencoder(2, (64, 0)),
    "z_dim must be a whole number of at least 1; it is 0": lambda: MLPAutoencoder(0),
    "z_dim must be a whole number of at least 1; it is -2": lambda: LinearAutoencoder(-2),
    "z_dim must be a whole number of at least 1; it is 2.0": lambda: VAE(2.0),
    "hidden must be a sequence of whole numbers, such as (256,) for one; it is '64'": lambda: VAE(2, "64"),
    "x_shape must be a sequence of whole numbers, such as (256,) for one; it is 784": lambda: MLPAutoencoder(
        2, x_shape=784
    ),
    "channels must be a sequence of whole numbers, such as (256,) for one; it is 16": lambda: ConvAutoencoder(16),
    "each number in channels must be a whole number of at least 1; it is 0": lambda: ConvAutoencoder((0, 4)),
    "x_channels must be a whole number of at least 1; it is 0": lambda: ConvAutoencoder((4,), x_channels=0),
    "depth must be a whole number of at least 1; it is 0": lambda: ResidualConv(depth=0),
    "width must be a whole number of at least 1; it is None": lambda: ResidualConv(None),
}


@pytest.mark.parametrize("said", WRONG_SIZES)
def test_sizes_that_make_no_model_are_named(said):
    with pytest.raises(ValueError) as error:
        WRONG_SIZES[said]()
    assert str(error.value) == said


@pytest.mark.parametrize("hidden", [[8], (8,), range(8, 9), torch.Size([8])])
def test_any_sequence_of_widths_will_do(hidden):
    assert MLPAutoencoder(2, hidden)(torch.rand(2, 1, 28, 28)).shape == (2, 1, 28, 28)


@pytest.mark.parametrize("make", [LinearAutoencoder, MLPAutoencoder, VAE])
@pytest.mark.parametrize("shape", [(3, 1, 27, 28), (784,), (3, 100), ()])
def test_pictures_of_another_size_are_named_with_both_shapes(make, shape):
    with pytest.raises(ValueError, match=r"batches of the shape \(B, 1, 28, 28\); x has shape") as error:
        make(2)(torch.rand(shape))
    assert str(tuple(shape)) in str(error.value)


@pytest.mark.parametrize("kind", [torch.uint8, torch.int64, torch.bool])
def test_pictures_of_whole_numbers_are_refused_with_what_to_do(kind):
    with pytest.raises(ValueError, match=r"takes floats, .*\[0, 1\]; x is torch.*try x.float\(\) / 255"):
        MLPAutoencoder(2)(torch.ones(2, 1, 28, 28, dtype=kind))


@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28)])
def test_one_picture_without_a_batch_is_refused_by_the_convolutional_model(shape):
    with pytest.raises(ValueError, match=r"\(B, C, H, W\); x has shape"):
        ConvAutoencoder((4,))(torch.rand(shape))


def test_strided_pictures_are_as_good_as_copied_ones():
    model, x = MLPAutoencoder(2), torch.rand(4, 1, 28, 28)
    for strided in (x.to(memory_format=torch.channels_last), x[:1].expand(4, -1, -1, -1), x.mT.contiguous().mT):
        torch.testing.assert_close(model(strided), model(strided.clone().contiguous()))


@pytest.mark.parametrize("value", [-0.5, 1.5, 255.0])
def test_coins_outside_0_and_1_are_refused(value):
    x = torch.rand(3, 1, 28, 28)
    x[1, 0, 3, 3] = value
    model = VAE(2, (8,))
    with pytest.raises(ValueError, match=rf"must lie in \[0, 1\].*{value:.4g}"):
        model.log_likelihood(torch.zeros(3, 2), x)
    assert VAE(2, (8,), likelihood="gaussian").log_likelihood(torch.zeros(3, 2), x).isfinite().all()
