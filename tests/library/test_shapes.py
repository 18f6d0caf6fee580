"""What is given in another form than asked for is told in one line, whichever room it is given to."""

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import baselines, corrupt, evaluate, losses, shapes
from course_lib.data import curves
from course_lib.models import KLargest, LinearAutoencoder, MLPAutoencoder

IMAGES = torch.rand(4, 1, 12, 12, generator=torch.Generator().manual_seed(0))
ROWS = {  # rooms that are given rows, and would fail in PyTorch's or NumPy's words
    "apply": lambda x: evaluate.apply(lambda y: y, x),
    "mean_interval": evaluate.mean_interval,
    "principal_angles": lambda x: evaluate.principal_angles(x, x),
    "quantise": lambda x: evaluate.quantise(x, 0.5),
    "entropy_bytes": evaluate.entropy_bytes,
    "coded_bytes": evaluate.coded_bytes,
    "importance_weighted_nll": lambda x: evaluate.importance_weighted_nll(Knows(), x),
    "psnr": lambda x: evaluate.psnr(x, x),
    "squared_error_per_image": lambda x: evaluate.squared_error_per_image(lambda y: y, x),
    "kl_to_bernoulli": lambda x: losses.kl_to_bernoulli(x, 0.1),
    "squared_error": lambda x: losses.squared_error(x, x),
    "kl_to_standard_normal": lambda x: losses.kl_to_standard_normal(x, x),
    "reparameterise": lambda x: losses.reparameterise(x, x),
    "pca": lambda x: baselines.pca(x, 2),
    "logistic_pca": lambda x: baselines.logistic_pca(x, 2),
    "to_bytes": baselines.to_bytes,
    "gaussian_noise": lambda x: corrupt.gaussian_noise(x, 0.1),
    "hole": lambda x: corrupt.hole(x, 2),
    "a linear model": lambda x: LinearAutoencoder(2, (1, 12, 12))(x),
    "a deep model": lambda x: MLPAutoencoder(2, x_shape=(1, 12, 12))(x),
    "KLargest": KLargest(1),
}
STRANGE = {"an array": IMAGES.numpy(), "a list": IMAGES.tolist(), "a number": 0.5, "nothing": None, "a text": "seven"}


class Knows:
    """A model with the method that is asked for."""

    def log_weights(self, x, samples, generator):
        return torch.zeros(samples, len(x))


def in_one_line(call, *given):
    """The message of the ValueError that the call ends in."""
    with pytest.raises(ValueError) as caught:
        call(*given)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 200, message
    return message


@pytest.mark.parametrize("room", ROWS)
def test_what_is_no_tensor_is_told(room):
    for what, x in STRANGE.items():
        message = in_one_line(ROWS[room], x)
        assert "tensor" in message or "floats" in message, (what, message)
        assert type(x).__name__ in message, (what, message)


@pytest.mark.parametrize("room", ROWS)
def test_complex_numbers_are_told(room):
    assert "complex" in in_one_line(ROWS[room], torch.complex(IMAGES, IMAGES))


@pytest.mark.parametrize(
    ("objective", "method"),
    [
        (losses.negative_elbo, "posterior"),
        (losses.reconstruction_bce, "logits"),
        (losses.iwae(3), "log_weights"),
        (lambda model, x: evaluate.importance_weighted_nll(model, x), "log_weights"),
        (losses.sparse_l1(0.1), "f"),
        (losses.sparse_kl(0.1, 1.0), "f"),
    ],
)
def test_a_model_without_the_method_is_told(objective, method):
    message = in_one_line(objective, nn.Linear(12, 12), IMAGES)
    assert f"{method}()" in message and "Linear" in message and "models." in message


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "3", None, True, [1], IMAGES, IMAGES.numpy()], ids=str)
def test_what_is_no_whole_number_is_told(wrong):
    for call in (
        lambda: curves.circle(wrong),
        lambda: losses.iwae(wrong),
        lambda: evaluate.apply(lambda y: y, IMAGES, wrong),
        lambda: evaluate.importance_weighted_nll(Knows(), IMAGES, wrong),
        lambda: corrupt.downsample(IMAGES, wrong),
        lambda: KLargest(wrong)(torch.rand(3, 5)),
    ):
        in_one_line(call)


def test_whole_numbers_of_numpy_are_whole_numbers():
    assert len(curves.circle(np.int64(5))[0]) == 5
    assert KLargest(np.int64(2))(torch.rand(3, 5)).count_nonzero() == 6
    shapes.whole(None, seed=-3)


@pytest.mark.parametrize("wrong", [-0.5, "0.1", None, [0.1], float("nan"), IMAGES.numpy()], ids=str)
def test_what_is_no_strength_is_told(wrong):
    for call in (
        lambda: corrupt.gaussian_noise(IMAGES, wrong),
        lambda: corrupt.salt_and_pepper(IMAGES, wrong),
        lambda: corrupt.masking(IMAGES, wrong),
        lambda: corrupt.watermark(IMAGES, corrupt.cross(5), wrong),
        lambda: curves.line(5, noise=wrong),
        lambda: evaluate.quantise(IMAGES, wrong),
        lambda: losses.kl_to_bernoulli(torch.rand(3), wrong),
    ):
        in_one_line(call)


def test_a_strength_per_image_goes_along_the_images():
    x = torch.full((12, 1, 12, 12), 0.5)  # as many images as columns: (12,) would fit, along the columns
    for damage in (corrupt.gaussian_noise, corrupt.salt_and_pepper, corrupt.masking):
        assert "(12, 1, 1, 1)" in in_one_line(damage, x, torch.rand(12))
        assert damage(x, torch.rand(12, 1, 1, 1)).shape == damage(x, torch.tensor(0.1)).shape == x.shape


@pytest.mark.parametrize("kind", [float, np.float32, np.float64, torch.tensor])
def test_one_number_has_many_forms(kind):
    half = kind(0.5)
    assert torch.equal(evaluate.quantise(torch.ones(2, 3), half), torch.full((2, 3), 2, dtype=torch.int8))
    assert float(losses.kl_to_bernoulli(torch.tensor([0.5]), half)) == pytest.approx(0, abs=1e-7)
    assert corrupt.masking(IMAGES, half).shape == IMAGES.shape
    assert len(curves.line(5, noise=half)[0]) == 5
