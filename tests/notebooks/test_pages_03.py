"""The models and the objective on the pages of notebooks 3 and 3b give the library's numbers; controls of sentences."""

import math
from functools import partial

import pytest
import torch
from torch import nn

from course_lib import data, repro
from course_lib.baselines import pca
from course_lib.evaluate import coded_bytes, quantise, squared_error_per_image
from course_lib.losses import reconstruction, reconstruction_bce, shifted, squared_error
from course_lib.models import MLPAutoencoder, linear_layers
from course_lib.optimisers import muon
from course_lib.training import TrainingDiverged, fit, sgd

from .pages import on_the_page


@pytest.fixture(scope="module")
def images():
    return torch.rand(70, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def both(build, library, images, objective, other, **settings):
    """The two models, trained from the same seed by the same loop, and their curves."""
    models, curves = [], []
    for make, loss in ((build, objective), (library, other)):
        repro.seed_everything(0)
        models.append(make())
        curves.append(fit(models[-1], images, loss, epochs=2, batch_size=32, **settings)["loss"])
    return models, curves


def same(models, curves, images):
    assert curves[0] == pytest.approx(curves[1], rel=1e-4) and curves[0][-1] < curves[0][0]
    for mine, theirs in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)
    with torch.no_grad():
        assert models[0].f(images).shape[0] == len(images) and models[0](images).shape == images.shape
        torch.testing.assert_close(models[0](images), models[0].g(models[0].f(images)))


def test_the_eight_layers_on_the_page_are_the_librarys(images):
    eight = on_the_page("03", "the-model")["EightLayers"]

    def library():
        return MLPAutoencoder(2, (128, 64, 32), activation="sigmoid", code="sigmoid", init="default")

    models, curves = both(eight, library, images, reconstruction, reconstruction, lr=0.01, optimizer=sgd)
    same(models, curves, images)
    assert models[0].f(images).shape == (70, 2)


def test_the_deep_autoencoder_on_the_page_is_the_librarys(images):
    found = on_the_page("03b", "the-model", "the-objective")

    def library():
        return MLPAutoencoder(30, (1000, 500, 250))

    def build():
        return found["he_start"](found["DeepAutoencoder"]())

    models, curves = both(build, library, images, found["shifted_bce"], shifted(reconstruction_bce), lr=1e-4)
    same(models, curves, images)
    assert models[0].f(images).shape == (70, 30)
    torch.testing.assert_close(models[0].logits(images).sigmoid(), models[0](images))


@pytest.fixture(scope="module")
def digits():
    found = data.digits("cpu")
    if not found.is_mnist:
        pytest.skip("these sentences are about MNIST")
    return found


SEEDS_APART = {  # activation, start, gain: between which bounds ten seeds leave the ratio of first to last gradient
    ("sigmoid", "default", 1.0): (1e-7, 1e-5),
    ("sigmoid", "xavier", 4.0): (2e-5, 0.1),
    ("gelu", "default", 1.0): (3e-4, 3e-2),
    ("gelu", "he", 1.0): (0.5, 50),
}


@pytest.mark.parametrize("net", SEEDS_APART, ids=str)
def test_what_ten_seeds_make_of_the_gradients(digits, net):
    activation, init, gain = net
    code, ratios = "sigmoid" if activation == "sigmoid" else "tanh", []
    for seed in range(10):
        repro.seed_everything(seed)
        model = MLPAutoencoder(2, (128, 64, 32), activation=activation, code=code, init=init, gain=gain)
        reconstruction(model, digits.train[:256])["loss"].backward()
        lengths = [float(layer.weight.grad.norm()) for layer in linear_layers(model)]
        ratios.append(lengths[0] / lengths[-1])
    low, high = SEEDS_APART[net]
    assert low < min(ratios) and max(ratios) < high
    assert max(ratios) / min(ratios) > (50 if gain > 1 else 2), "how far apart, the text says"


def test_cosines_that_are_fitted_to_nothing_cost_more_than_pca(digits):
    """The same coder, as many numbers: what fitting to digits is worth."""
    k = torch.arange(28.0)
    waves = torch.cos(math.pi * (2 * k[None] + 1) * k[:, None] / 56) * math.sqrt(2 / 28)
    waves[0] /= math.sqrt(2)
    basis = torch.einsum("ai,bj->abij", waves, waves).reshape(784, 784)
    basis = basis[(k[:, None] + k[None]).flatten().argsort(stable=True)[:200]]
    fitted = pca(digits.train[:10_000], 784).first(200)

    def written(z, decode, relative):
        step = relative * float(z.std())
        symbols = quantise(z, step)
        x_hat = decode(symbols.to(z.dtype) * step).view_as(digits.test).clamp(0, 1)
        return coded_bytes(symbols) / len(z), float(squared_error(x_hat, digits.test))

    for relative in (1.0, 0.5):
        size, error = written(digits.test.flatten(1) @ basis.T, lambda z: z @ basis, relative)
        pca_size, pca_error = written(fitted.f(digits.test), fitted.g, relative)
        assert size > pca_size and error > 2 * pca_error


def test_shifts_are_worth_much_where_there_is_time_to_learn_the_images_by_heart(digits):
    """Few images for many epochs, a smaller network than the page's."""
    few, errors = digits.train[:500], []
    for objective in (shifted(reconstruction_bce), reconstruction_bce):
        repro.seed_everything(0)
        model = MLPAutoencoder(30, (128, 64))
        settings = {"batch_size": 125, "lr": 4e-3, "schedule": "linear", "optimizer": muon, "seed": 0}
        fit(model, few, objective, epochs=120, **settings)
        errors.append((squared_error_per_image(model, few), squared_error_per_image(model, digits.test)))
    (moved_train, moved_test), (plain_train, plain_test) = errors
    assert plain_train < moved_train and moved_test < 0.75 * plain_test


def lifted(digits, activation, seeds, step, momentum=0.0, **start):
    """How many seeds leave the mean image behind: fewer images and epochs than the page's."""
    code, errors = "sigmoid" if activation == "sigmoid" else "tanh", []
    for seed in seeds:
        repro.seed_everything(seed)
        model = MLPAutoencoder(2, (128, 64, 32), activation=activation, code=code, **start)
        settings = {"batch_size": 64, "lr": step, "optimizer": partial(sgd, momentum=momentum), "seed": seed}
        try:
            fit(model, digits.train[:5000], reconstruction, epochs=6, **settings)
            errors.append(squared_error_per_image(model, digits.test))
        except TrainingDiverged:
            errors.append(math.inf)
    return sum(error < 51 for error in errors)


def test_larger_weights_need_longer_steps_and_no_momentum(digits):
    larger = {"init": "xavier", "gain": 4.0}
    assert lifted(digits, "sigmoid", [0], 0.01, **larger) == 0
    assert lifted(digits, "sigmoid", range(3), 1.0, **larger) >= 2


def test_gelu_stalls_with_momentum_where_the_steps_are_too_long(digits):
    assert lifted(digits, "gelu", range(2), 0.1, momentum=0.9, init="he") == 0
    assert lifted(digits, "gelu", range(3), 0.01, momentum=0.9, init="he") >= 1


def test_a_clamp_that_is_trained_comes_as_low_as_a_sigmoid(digits):
    """From PCA's own solution, with a clamp at the end: the smooth bend isn't needed."""
    few = digits.train[:5000]
    plane, code, pixels = pca(few, 30), nn.Linear(784, 30), nn.Linear(30, 784)
    with torch.no_grad():
        origin, start = plane.f(torch.zeros(1, 1, 28, 28)), plane.g(torch.zeros(1, 30)).flatten()
        code.weight.copy_((plane.f(torch.eye(784).view(784, 1, 28, 28)) - origin).T)
        code.bias.copy_(origin[0])
        pixels.weight.copy_((plane.g(torch.eye(30)).reshape(30, 784) - start).T)
        pixels.bias.copy_(start)
    model = nn.Sequential(nn.Flatten(), code, pixels, nn.Unflatten(1, (1, 28, 28)), nn.Hardtanh(0, 1))
    before = squared_error_per_image(model, digits.test)
    fit(model, few, reconstruction, epochs=25, batch_size=128, lr=1e-3, seed=0)
    assert before > 12.5 and squared_error_per_image(model, digits.test) < 9.5
