"""The measures against closed forms, SciPy and real bytes."""

import ast
import bz2
import math
import os
import subprocess
import sys
import zlib

import numpy as np
import pytest
import scipy.linalg
import scipy.ndimage
import scipy.stats
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import evaluate
from course_lib.evaluate import (
    coded_bytes,
    entropy_bytes,
    mean_interval,
    principal_angles,
    psnr,
    psnr_interval,
    published,
    quantise,
    ssims,
)
from course_lib.ground import ROOT

# --- squared error and PSNR ---------------------------------------------------------------------------------------


def images(n: int = 25, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, 1, 4, 4, generator=torch.Generator().manual_seed(seed))


def test_the_yardstick_by_hand():
    x = images()
    assert evaluate.squared_error_per_image(lambda v: v + 0.5, x) == pytest.approx(16 * 0.25)
    assert evaluate.squared_error_per_image(lambda v: v, x) == 0


@pytest.mark.parametrize("batch_size", [1, 7, 25, 1000])
def test_batches_change_nothing_and_rows_stay_in_order(batch_size):
    x = images()
    assert torch.equal(evaluate.apply(lambda v: 2 * v, x, batch_size), 2 * x)


def test_errors_of_each_image_without_gradients():
    model, x = nn.Sequential(nn.Flatten(), nn.Linear(16, 16), nn.Unflatten(1, (1, 4, 4))), images()
    errors = evaluate.squared_errors(model, x)
    by_hand = [((model(one[None]) - one) ** 2).sum().item() for one in x]
    assert errors.tolist() == pytest.approx(by_hand, rel=1e-5) and not errors.requires_grad
    assert evaluate.squared_error_per_image(model, x) == pytest.approx(np.mean(by_hand), rel=1e-6)


def test_many_images_are_averaged_in_double_precision():
    x = torch.full((300_000, 1), 0.1)
    assert evaluate.squared_error_per_image(lambda v: 0 * v, x) == pytest.approx(float(x[0, 0]) ** 2, rel=1e-7)


@pytest.mark.parametrize(
    ("made", "given"), [((25, 1, 4, 4), (25, 4, 4)), ((25, 16), (25, 1, 4, 4)), ((25, 1), (25, 3))]
)
def test_shapes_that_would_broadcast_are_refused_and_named(made, given):
    with pytest.raises(ValueError) as error:
        evaluate.squared_errors(lambda v: torch.zeros(made), torch.zeros(given))
    assert str(made) in str(error.value) and str(given) in str(error.value)
    for measure in (psnr, psnr_interval, ssims):
        with pytest.raises(ValueError, match="must be equal"):
            measure(torch.zeros(made), torch.zeros(given))


def test_psnr_closed_forms():
    x = torch.zeros(3, 1, 5, 5)
    assert psnr(x + 0.1, x) == pytest.approx(20, rel=1e-5)
    assert psnr(x + 1, x) == pytest.approx(0, abs=1e-6)
    assert psnr(x, x) == math.inf
    one, other = images(), images(seed=1)
    mse = np.mean((one.double().numpy() - other.double().numpy()) ** 2)
    assert psnr(one, other) == pytest.approx(20 * math.log10(1 / math.sqrt(mse)), rel=1e-6)


def test_the_psnr_has_an_interval_that_covers():
    generator, covered = torch.Generator().manual_seed(0), 0
    for _ in range(200):  # images whose squared errors are known in the mean: sigma^2 = 0.01, 20 dB
        sizes = 0.2 * torch.rand(120, 1, generator=generator).sqrt()  # mean of the square: 0.04 / 2
        error = sizes / math.sqrt(2) * torch.randn(120, 50, generator=generator)
        value, half = psnr_interval(error, torch.zeros(120, 50))
        assert value == psnr(error, torch.zeros(120, 50))
        covered += abs(value - 20) < half
    assert 180 <= covered <= 198
    assert psnr_interval(torch.zeros(3, 2), torch.zeros(3, 2)) == (math.inf, math.inf)


def test_the_psnr_interval_by_hand():
    """Errors a pixel of 0.01 and 0.03: 0.02 with a standard error of 0.01; d(-10 log10 v) = 10 / ln 10 * dv / v."""
    x_hat = torch.tensor([[0.1, -0.1], [math.sqrt(0.03), -math.sqrt(0.03)]])[:, None]
    value, half = psnr_interval(x_hat, torch.zeros(2, 1, 2))
    assert value == pytest.approx(-10 * math.log10(0.02), rel=1e-6)
    assert half == pytest.approx(10 / math.log(10) * 1.96 * 0.01 / 0.02, rel=1e-5)
    assert psnr_interval(torch.full((4, 3), 0.1), torch.zeros(4, 3))[1] == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="at least 2 values"):
        psnr_interval(x_hat[:1], torch.zeros(1, 1, 2))


# --- structural similarity ----------------------------------------------------------------------------------------


def pictures(n: int = 6, channels: int = 3, height: int = 16, width: int = 20, seed: int = 0) -> Tensor:
    return torch.rand(n, channels, height, width, generator=torch.Generator().manual_seed(seed))


def ssim_of_scipy(a: np.ndarray, b: np.ndarray) -> float:
    """Wang et al. 2004, eq. 13, of one picture (H, W) with SciPy's Gaussian window, 5 pixels to every side."""

    def mean(picture: np.ndarray) -> np.ndarray:
        return scipy.ndimage.gaussian_filter(picture, 1.5, truncate=5 / 1.5)[5:-5, 5:-5]

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b, both = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2, mean(a * b) - mean_a * mean_b
    light = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
    return (light * (2 * both + 0.03**2) / (var_a + var_b + 0.03**2)).mean()


def pairs() -> dict[str, tuple[Tensor, Tensor]]:
    x = pictures()
    smooth = F.avg_pool2d(x, 5, 1, 2)
    return {
        "unlike": (x, pictures(seed=1)),
        "noise": (x, x + 0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(2))),
        "faint": (0.05 * x, 0.05 * smooth),  # so dark and flat that both constants count
        "brighter": (smooth, smooth + 0.2),
        "the negative": (1 - x, x),
    }


@pytest.mark.parametrize("name", pairs())
def test_ssim_is_that_of_scipys_window(name):
    one, other = pairs()[name]
    ours = ssims(one, other)
    assert ours.shape == (6,)
    for value, a, b in zip(ours.tolist(), one.double().numpy(), other.double().numpy(), strict=True):
        assert value == pytest.approx(np.mean([ssim_of_scipy(*each) for each in zip(a, b, strict=True)]), abs=1e-6)


@pytest.mark.parametrize("dtype", [torch.float, torch.double])
def test_ssim_is_computed_in_double_and_comes_back_as_it_was_given(dtype):
    smooth = F.avg_pool2d(pictures(), 5, 1, 2)
    one, other = 0.9 + 1e-4 * pictures().to(dtype), 0.9 + 1e-4 * smooth.to(dtype)  # variances of 1e-9 beside 0.81
    ours = ssims(one, other)
    assert ours.dtype == dtype
    for value, a, b in zip(ours.tolist(), one.double().numpy(), other.double().numpy(), strict=True):
        expected = np.mean([ssim_of_scipy(*each) for each in zip(a, b, strict=True)])
        assert value == pytest.approx(expected, abs=1e-12 if dtype == torch.double else 1e-7)
    assert ssims(one.double(), other.double()).to(dtype).tolist() == ours.tolist()


def test_ssim_of_one_window_by_hand():
    a, b = pictures(1, 1, 11, 11).double().numpy()[0, 0], pictures(1, 1, 11, 11, seed=1).double().numpy()[0, 0]
    total = mean_a = mean_b = var_a = var_b = both = 0.0
    weights = [[math.exp(-((r - 5) ** 2 + (c - 5) ** 2) / (2 * 1.5**2)) for c in range(11)] for r in range(11)]
    places = [(r, c) for r in range(11) for c in range(11)]
    for r, c in places:
        total += weights[r][c]
        mean_a, mean_b = mean_a + weights[r][c] * a[r, c], mean_b + weights[r][c] * b[r, c]
    mean_a, mean_b = mean_a / total, mean_b / total
    for r, c in places:
        w, da, db = weights[r][c] / total, a[r, c] - mean_a, b[r, c] - mean_b
        var_a, var_b, both = var_a + w * da**2, var_b + w * db**2, both + w * da * db
    light = (2 * mean_a * mean_b + 1e-4) / (mean_a**2 + mean_b**2 + 1e-4)
    expected = light * (2 * both + 9e-4) / (var_a + var_b + 9e-4)
    ours = ssims(*(torch.tensor(each).float()[None, None] for each in (a, b)))
    assert ours.tolist() == pytest.approx([expected], abs=1e-6)


@pytest.mark.parametrize(("one", "other"), [(0.5, 0.5), (0.2, 0.8), (0.0, 1.0), (0.0, 0.02)])
def test_flat_images_differ_in_their_light_alone(one, other):
    found = ssims(torch.full((1, 1, 12, 12), one), torch.full((1, 1, 12, 12), other)).item()
    assert found == pytest.approx((2 * one * other + 1e-4) / (one**2 + other**2 + 1e-4), abs=1e-6)


def test_ssim_is_1_for_equal_images_symmetric_and_falls_with_noise():
    x = pictures()
    assert ssims(x, x).tolist() == pytest.approx([1.0] * 6, abs=1e-6)
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(2))
    ladder = torch.stack([ssims(x + std * noise, x) for std in (0.0, 0.02, 0.1, 0.3, 1.0)])
    assert (ladder.diff(dim=0) < 0).all() and ladder.max() <= 1 + 1e-6
    assert torch.allclose(ssims(x + noise, x), ssims(x, x + noise), atol=1e-6)
    assert (ssims(1 - x, x) < 0).all()  # the negative: the structure is turned round


def test_images_are_judged_by_themselves_and_their_channels_averaged():
    one, other = pairs()["unlike"]
    whole = ssims(one, other)
    alone = [ssims(a[None], b[None]).item() for a, b in zip(one, other, strict=True)]
    assert whole.tolist() == pytest.approx(alone, abs=1e-6) and whole.std() > 0.001
    channels = torch.stack([ssims(one[:, i : i + 1], other[:, i : i + 1]) for i in range(3)])
    assert torch.allclose(whole, channels.mean(0), atol=1e-6)


@pytest.mark.parametrize("sides", [(10, 28), (28, 10), (4, 4)])
def test_images_smaller_than_the_window_are_refused_with_their_size(sides):
    with pytest.raises(ValueError) as error:
        ssims(torch.zeros(2, 1, *sides), torch.zeros(2, 1, *sides))
    assert "11 x 11" in str(error.value) and str(sides) in str(error.value)


# --- intervals ----------------------------------------------------------------------------------------------------


def test_the_interval_is_1_96_standard_errors_around_the_mean():
    values = torch.randn(300, generator=torch.Generator().manual_seed(0)) * 3 + 5
    mean, half = mean_interval(values)
    assert isinstance(mean, float) and isinstance(half, float)
    assert mean == pytest.approx(values.numpy().astype(float).mean())
    assert half == pytest.approx(1.96 * scipy.stats.sem(values.double().numpy()))
    normal = scipy.stats.norm.interval(0.95, values.double().mean(), scipy.stats.sem(values.double().numpy()))
    assert (mean - half, mean + half) == pytest.approx(normal, rel=1e-4)


def test_the_interval_by_hand():
    assert mean_interval(torch.tensor([1, 3])) == pytest.approx((2.0, 1.96))  # whole numbers too: sqrt(2) / sqrt(2)
    assert mean_interval(torch.full((7,), 2.5)) == (2.5, 0.0)


def test_19_of_20_intervals_hold_the_truth():
    draws = torch.empty(2000, 100).exponential_(0.5, generator=torch.Generator().manual_seed(0))  # the mean is 2
    held = np.mean([abs(mean - 2) <= half for mean, half in map(mean_interval, draws)])
    assert held == pytest.approx(0.95, abs=0.025)


def test_an_interval_of_large_numbers_is_not_lost_in_single_precision():
    values = torch.tensor([1e7, 1e7 + 1] * 500)
    assert mean_interval(values) == pytest.approx((1e7 + 0.5, 1.96 * 0.5 / math.sqrt(999)), rel=1e-9)


@pytest.mark.parametrize("n", [0, 1])
def test_an_interval_of_less_than_two_values_is_refused(n):
    with pytest.raises(ValueError, match=f"at least 2 values; there are {n}"):
        mean_interval(torch.zeros(n))


# --- angles between subspaces -------------------------------------------------------------------------------------


def angles_of_scipy(a: torch.Tensor, b: torch.Tensor) -> np.ndarray:
    return np.sort(np.rad2deg(scipy.linalg.subspace_angles(a.double().numpy().T, b.double().numpy().T)))


@pytest.mark.parametrize(("k", "n"), [(1, 2), (1, 784), (2, 3), (5, 40), (16, 784), (3, 4)])
def test_angles_are_scipys(k, n):
    generator = torch.Generator().manual_seed(k + n)
    a, b = (torch.randn(k, n, generator=generator) for _ in range(2))
    assert principal_angles(a, b).numpy() == pytest.approx(angles_of_scipy(a, b), abs=1e-9)


@pytest.mark.parametrize("degrees", [0.0, 1e-9, 1e-6, 1e-3, 1.0, 44.999, 45.0, 45.001, 60.0, 89.9999999, 90.0])
def test_known_angles_from_tiny_to_right(degrees):
    t = math.radians(degrees)
    a = torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0]], dtype=torch.double)
    b = torch.tensor([[1.0, 0, 0, 0], [0, math.cos(t), math.sin(t), 0]], dtype=torch.double)
    assert principal_angles(a, b).tolist() == pytest.approx([0.0, degrees], abs=1e-12, rel=1e-7)


def test_tiny_and_right_angles_at_once_ascending():
    tiny, third = 1e-7, 30.0
    b = torch.zeros(3, 6, dtype=torch.double)
    for row, degrees in enumerate((90.0, third, tiny)):
        b[row, row], b[row, row + 3] = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    a = torch.eye(3, 6, dtype=torch.double)
    assert principal_angles(a, b).tolist() == pytest.approx([tiny, third, 90.0], rel=1e-6)
    assert angles_of_scipy(a, b) == pytest.approx([tiny, third, 90.0], abs=1e-6)


def test_another_basis_of_the_same_space_has_no_angle():
    a = torch.randn(4, 30, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    mixed = torch.tensor([[2.0, 1, 0, 0], [0, 3, 1, 0], [5, 0, 1, 0], [0, 0, 7, 1]], dtype=torch.double) @ a
    assert principal_angles(a, mixed).max() < 1e-10
    assert principal_angles(nn.Parameter(a.float()), a.float()).max() < 1e-4  # parameters, single precision


# --- quantised codes and their bytes ------------------------------------------------------------------------------


def test_quantised_codes_are_within_half_a_step():
    z = 3 * torch.randn(1000, 4, generator=torch.Generator().manual_seed(0))
    symbols = quantise(z, 0.25)
    assert symbols.dtype == torch.int8 and (symbols * 0.25 - z).abs().max() <= 0.125 + 1e-6


def test_codes_beyond_a_byte_stop_at_its_ends():
    assert quantise(torch.tensor([[1e6, -1e6, 127.4, -128.4]]), 1.0).tolist() == [[127, -128, 127, -128]]


def gaussian_symbols(n: int, spread: float = 5.0) -> torch.Tensor:
    return quantise(spread * torch.randn(n, 3, generator=torch.Generator().manual_seed(1)), 1.0)


def test_entropy_is_scipys():
    symbols = gaussian_symbols(2000)
    bits = sum(scipy.stats.entropy(np.unique(column, return_counts=True)[1], base=2) for column in symbols.T.numpy())
    assert entropy_bytes(symbols) == pytest.approx(bits * 2000 / 8, rel=1e-9)


@pytest.mark.parametrize(("column", "expected"), [([7] * 64, 0.0), ([0, 1] * 32, 8.0), (list(range(64)), 48.0)])
def test_entropy_by_hand(column, expected):
    assert entropy_bytes(torch.tensor(column, dtype=torch.int8)[:, None]) == pytest.approx(expected, abs=1e-9)


def test_coded_bytes_are_the_bytes_of_files_that_can_be_read_back():
    symbols = gaussian_symbols(3000)
    files = [bz2.compress(column.numpy().tobytes()) for column in symbols.T.contiguous()]
    assert coded_bytes(symbols) == sum(map(len, files))
    one_file = b"".join(files)  # bz2 streams end where they end: even glued together they come apart
    columns, rest = [], one_file
    while rest:
        reader = bz2.BZ2Decompressor()
        columns.append(np.frombuffer(reader.decompress(rest), np.int8))
        rest = reader.unused_data
    assert np.array_equal(np.stack(columns, 1), symbols.numpy())


def test_real_bytes_are_close_to_the_entropy_of_long_columns_and_not_below():
    symbols = gaussian_symbols(20_000)
    assert entropy_bytes(symbols) <= coded_bytes(symbols) < 1.1 * entropy_bytes(symbols)


# --- published numbers --------------------------------------------------------------------------------------------


def test_a_published_number_is_asserted_and_said():
    line = published("PCA", 13.871, 13.87, "Hinton 2006", within=0.01)
    assert "\n" not in line and all(part in line for part in ("PCA", "13.87", "Hinton 2006", "within 0.01"))
    assert "at most that" in published("AE", 2.9, 3.0, "H", at_most=True)


@pytest.mark.parametrize(
    ("ours", "asked"), [(14.0, {"within": 0.05}), (13.7, {"within": 0.05}), (13.9, {"at_most": True})]
)
def test_a_published_number_that_does_not_hold_fails_with_both(ours, asked):
    with pytest.raises(AssertionError, match=f"{ours:.4f}.*13.87"):
        published("PCA", ours, 13.87, "Hinton 2006", **asked)


@pytest.mark.parametrize("ours", [math.nan, 99.0])
def test_on_other_data_the_comparison_is_skipped_and_says_so(ours):
    line = published("PCA", ours, 13.87, "Hinton 2006", within=0.01, applies=False)
    assert "not compared" in line and "13.87" in line and "99" not in line


def test_no_number_is_no_match():
    for asked in ({"within": 1.0}, {"at_most": True}):
        with pytest.raises(AssertionError):
            published("PCA", math.nan, 13.87, "Hinton 2006", **asked)


# --- what would be a wrong number in silence ----------------------------------------------------------------------

MEASURES = {
    "psnr": evaluate.psnr,
    "psnr_interval": evaluate.psnr_interval,
    "ssims": evaluate.ssims,
    "squared_errors": lambda x_hat, x: evaluate.squared_errors(lambda _: x_hat, x),
    "squared_error_per_image": lambda x_hat, x: evaluate.squared_error_per_image(lambda _: x_hat, x),
}


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("kind", [torch.uint8, torch.int16, torch.int64, torch.bool])
def test_bytes_are_no_pixels_between_0_and_1(name, kind):
    x = torch.ones(3, 1, 12, 12)
    for one, two in ((x.to(kind), x.to(kind)), (x, x.to(kind)), (x.to(kind), x)):
        with pytest.raises(ValueError, match=rf"floats in \[0, 1\]; these are {kind}: for bytes, x.float\(\) / 255"):
            MEASURES[name](one, two)


@pytest.mark.parametrize("measure", [psnr, psnr_interval, ssims])
def test_images_of_another_scale_have_no_peak_of_1(measure):
    x = torch.rand(4, 1, 14, 14, generator=torch.Generator().manual_seed(0))
    x_hat = x + 0.1
    scales = {"0 to 255": (0, 255), "0 to 16": (0, 16), "-1 to 1": (-1, 1), "mean 0, std 1": (-0.42, 2.82)}
    for name, (low, high) in scales.items():
        with pytest.raises(ValueError, match=r"^the peak is 1, pixels lie in \[0, 1\]; x goes from .*x / 255$"):
            print(name, measure(*(low + (high - low) * each for each in (x_hat, x))))
    with pytest.raises(ValueError, match="bring both there"):
        measure(x_hat, 255 * x)  # only one of them was brought to [0, 1]


@pytest.mark.parametrize("measure", [psnr, psnr_interval, ssims])
def test_images_may_leave_the_range_as_noise_and_bad_answers_do(measure):
    x = torch.rand(4, 1, 14, 14, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(2))
    for x_hat in (x + noise, x + 3 * noise, 300 * noise, x * 1.3 - 0.1, x - 2):
        measure(x_hat, x)
    measure(x, x + noise)  # in either order
    measure(1.4 * x - 0.2, 1.4 * x - 0.2)  # an enlarged image overshoots


@pytest.mark.parametrize("name", MEASURES)
def test_no_images_have_no_measure(name):
    for shape in ((0, 1, 12, 12), (3, 1, 0, 12)):
        with pytest.raises(ValueError, match="at least one row"):
            MEASURES[name](torch.zeros(shape), torch.zeros(shape))


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_is_measured_in_single(name, kind):
    x_hat, x = (torch.rand(4, 1, 30, 30, generator=torch.Generator().manual_seed(seed)).to(kind) for seed in (0, 1))
    found, expected = MEASURES[name](x_hat, x), MEASURES[name](x_hat.double(), x.double())
    found, expected = (torch.as_tensor(each).double() for each in (found, expected))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_strided_images_are_measured_like_copied_ones():
    x_hat, x = torch.rand(4, 3, 14, 14).mT, torch.rand(1, 3, 14, 14).expand(4, -1, -1, -1)
    for measure in MEASURES.values():
        assert torch.equal(torch.as_tensor(measure(x_hat, x)), torch.as_tensor(measure(x_hat.contiguous(), x.clone())))


def test_a_default_type_or_device_that_somebody_set_changes_nothing():
    x_hat, x = torch.rand(3, 1, 12, 12), torch.rand(3, 1, 12, 12)
    expected = [torch.as_tensor(measure(x_hat, x)) for measure in MEASURES.values()]
    for switch, back in ((torch.set_default_dtype, torch.float32), (torch.set_default_device, None)):
        try:
            switch(torch.float64 if back else "meta")
            found = [measure(x_hat, x) for measure in MEASURES.values()]
        finally:
            switch(back)
        assert [torch.as_tensor(each).tolist() for each in found] == [each.tolist() for each in expected]


@pytest.mark.parametrize("shape", [(3, 12, 12), (12, 12), (1, 3, 1, 12, 12)])
def test_ssim_needs_batches_of_images(shape):
    with pytest.raises(ValueError, match=r"shape \(N, C, H, W\); these have"):
        evaluate.ssims(torch.rand(shape), torch.rand(shape))


@pytest.mark.parametrize("step", [0, -0.1, math.nan])
def test_steps_that_give_no_symbols_are_named(step):
    with pytest.raises(ValueError, match="step must be above 0"):
        evaluate.quantise(torch.ones(2, 2), step)
    with pytest.raises(ValueError, match="a code must be finite"):
        evaluate.quantise(torch.tensor([[math.nan]]), 0.1)


@pytest.mark.parametrize("measure", [evaluate.entropy_bytes, evaluate.coded_bytes])
def test_symbols_are_bytes_whatever_they_come_as(measure):
    symbols = torch.randint(-8, 8, (300, 2), generator=torch.Generator().manual_seed(0), dtype=torch.int8)
    assert measure(symbols.long()) == measure(symbols) == measure(symbols.float())
    for wrong in (symbols.float() + 0.5, symbols.long() * 100, symbols[0], symbols[:0]):
        with pytest.raises(ValueError, match=r"\(N, d\) whole numbers of one byte"):
            measure(wrong)


def test_a_coder_that_sees_equal_columns_beats_the_entropy_of_each():
    """The number is a limit only for coders that take every symbol on its own."""
    column = torch.randint(0, 16, (4000, 1), generator=torch.Generator().manual_seed(0)).to(torch.int8)
    symbols = column.repeat(1, 4)
    together = len(zlib.compress(symbols.numpy().tobytes(), 9))
    assert together < 0.5 * evaluate.entropy_bytes(symbols)


def test_rows_that_depend_on_each_other_have_no_angles():
    a = torch.tensor([[1.0, 0, 0], [2.0, 0, 0]])
    with pytest.raises(ValueError, match="depend on each other"):
        evaluate.principal_angles(a, torch.eye(3)[:2])
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(1, 3\)"):
        evaluate.principal_angles(a, a[:1])


@pytest.mark.parametrize("samples", [0, -1, 2.5])
def test_samples_are_counted(samples):
    with pytest.raises(ValueError, match="samples must be a whole number of at least 1"):
        evaluate.importance_weighted_nll(None, torch.zeros(1, 2), samples)


def test_a_published_number_that_does_not_hold_fails_without_asserts_too():
    code = "from course_lib.evaluate import published\nprint(published('PCA', 99.0, 13.87, 'H', within=0.005))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONOPTIMIZE": "1"}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert answer.returncode == 1 and answer.stdout == ""
    assert "AssertionError: PCA: ours is 99.0000, published is 13.87 (H), asked for is within 0.005" in answer.stderr


def test_no_verdict_of_the_library_hangs_on_an_assert_statement():
    for file in sorted((ROOT / "course_lib").rglob("*.py")):
        found = [node.lineno for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Assert)]
        assert not found, f"{file.name} asserts in lines {found}: Python skips that with -O, so raise instead"
