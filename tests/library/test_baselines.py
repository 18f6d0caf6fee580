"""PCA against scikit-learn and the eigenvalues, logistic PCA against convex optimisation, files read back by Pillow."""

import io
import math
import zlib

import numpy as np
import pytest
import scipy.optimize
import torch
from PIL import Image
from sklearn.decomposition import PCA as SklearnPCA
from sklearn.linear_model import LogisticRegression

from course_lib import baselines
from course_lib.baselines import (
    LogisticPCA,
    bicubic,
    codecs,
    gaussian_filter,
    jpeg,
    logistic_pca,
    median_filter,
    nearest_inpainting,
    pca,
    pca_ladder,
    png_bytes,
    sheet,
    to_bytes,
    zlib_bytes,
)
from course_lib.evaluate import squared_error_per_image


def points(n: int = 300, d: int = 12, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(d, d, generator=generator) * torch.linspace(2, 0.2, d)
    return torch.randn(n, d, generator=generator) @ mixing + torch.randn(d, generator=generator)


# --- PCA ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("z_dim", [1, 3, 12])
def test_pca_is_scikit_learns(z_dim):
    x = points().double()
    ours, theirs = pca(x, z_dim), SklearnPCA(z_dim, svd_solver="full").fit(x.numpy())
    assert ours.mean.numpy() == pytest.approx(theirs.mean_)
    cosines = (ours.components.numpy() * theirs.components_).sum(1)
    assert np.abs(cosines) == pytest.approx(np.ones(z_dim), abs=1e-9)
    assert ours(x).numpy() == pytest.approx(theirs.inverse_transform(theirs.transform(x.numpy())), abs=1e-9)
    assert np.abs(ours.f(x).numpy()) == pytest.approx(np.abs(theirs.transform(x.numpy())), abs=1e-9)
    unbiased = ours.variances[:z_dim].numpy() * 300 / 299  # theirs divide by N - 1
    assert unbiased == pytest.approx(theirs.explained_variance_)


def test_components_are_orthonormal_and_variances_fall():
    model = pca(points().double(), 5)
    assert model.components @ model.components.T == pytest.approx(torch.eye(5, dtype=torch.double).numpy(), abs=1e-12)
    assert model.variances.shape == (12,) and (model.variances.diff() <= 0).all()


@pytest.mark.parametrize("z_dim", [1, 4, 11])
def test_the_training_error_is_the_sum_of_the_dropped_eigenvalues(z_dim):
    x = points().double()
    model = pca(x, z_dim)
    eigenvalues = np.linalg.eigvalsh(np.cov(x.numpy().T, bias=True))[::-1]
    assert model.variances.numpy() == pytest.approx(eigenvalues)
    assert squared_error_per_image(model, x) == pytest.approx(eigenvalues[z_dim:].sum(), rel=1e-9)


def test_no_other_plane_does_better():
    x = points().double()
    best, generator = squared_error_per_image(pca(x, 2), x), torch.Generator().manual_seed(0)
    centred = x - x.mean(0)
    for _ in range(50):
        q = torch.linalg.qr(pca(x, 2).components.T + 0.1 * torch.randn(12, 2, dtype=torch.double, generator=generator))[
            0
        ]
        assert ((centred - centred @ q @ q.T) ** 2).sum(1).mean() >= best


@pytest.mark.parametrize("held_out", [False, True])
def test_every_rung_of_the_ladder_is_an_explicit_reconstruction(held_out):
    x = points()
    images = points(80, seed=5) if held_out else x
    ladder = pca_ladder(pca(x, 12), images)
    assert ladder.shape == (13,)
    explicit = [((images - x.mean(0)) ** 2).sum(1).mean().item()]
    explicit += [squared_error_per_image(pca(x, k), images) for k in range(1, 13)]
    assert ladder.tolist() == pytest.approx(explicit, rel=1e-4, abs=1e-4)


def test_the_ladder_of_training_data_is_the_tail_sums_of_the_eigenvalues():
    x = points().double()
    model = pca(x, 12)
    tails = model.variances.flip(0).cumsum(0).flip(0).tolist() + [0.0]
    assert pca_ladder(model, x).tolist() == pytest.approx(tails, abs=1e-9)


def test_the_ladder_needs_all_components():
    x = points()
    with pytest.raises(ValueError, match="all 12 components.*this one has 3"):
        pca_ladder(pca(x, 3), x)


def test_the_first_components_are_the_smaller_pca():
    x = points().double()
    first, small = pca(x, 12).first(3), pca(x, 3)
    assert torch.equal(first.components, small.components) and torch.equal(first(x), small(x))


def test_images_keep_their_shape_and_signs_are_always_the_same():
    x = points(100, 16).view(100, 1, 4, 4)
    model = pca(x, 2)
    assert model(x).shape == x.shape and model.f(x).shape == (100, 2) and model.g(model.f(x)).shape == (100, 16)
    assert model.components.dtype == torch.float32
    largest = model.components.gather(1, model.components.abs().argmax(1, keepdim=True))
    assert (largest > 0).all()
    assert torch.allclose(pca(-x, 2).components, model.components, atol=1e-5)  # the same axes: the same signs


@pytest.mark.parametrize("z_dim", [0, 13, -1])
def test_more_codes_than_features_are_refused(z_dim):
    with pytest.raises(ValueError, match=f"z_dim must be a whole number from 1 to 12; it is {z_dim}"):
        pca(points(), z_dim)


def test_fewer_points_than_features():
    x = points(5, 12).double()
    model = pca(x, 4)  # five points span four directions
    assert squared_error_per_image(model, x) == pytest.approx(0, abs=1e-20 + 1e-12)
    assert (model.variances >= 0).all() and model.variances[4:].sum() < 1e-12


# --- logistic PCA -------------------------------------------------------------------------------------------------


def binary(n: int = 60, d: int = 25, k: int = 3, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    mean, components = torch.randn(d, generator=generator), torch.randn(k, d, generator=generator)
    logits = mean + 1.5 * torch.randn(n, k, generator=generator) @ components
    return (torch.rand(n, d, generator=generator) < logits.sigmoid()).float(), mean, components


def loss_of_one(z, x, mean, components, ridge):
    logits = mean.double().numpy() + z @ components.double().numpy()
    return np.sum(np.logaddexp(0, logits) - x.double().numpy() * logits) + ridge * np.sum(z**2)


@pytest.mark.parametrize("ridge", [0.1, 0.5])
def test_codes_are_those_of_a_convex_optimiser(ridge):
    x, mean, components = binary()
    model = LogisticPCA(mean, components, ridge)
    quick, long = model.f(x), model.f(x, steps=1500)
    for row, near, close in zip(x, quick.double().numpy(), long.double().numpy(), strict=True):
        best = scipy.optimize.minimize(loss_of_one, np.zeros(3), (row, mean, components, ridge), tol=1e-9)
        assert loss_of_one(near, row, mean, components, ridge) <= best.fun * 1.01
        assert close == pytest.approx(best.x, abs=5e-3)


def test_codes_are_those_of_logistic_regression():
    """One image, its pixels the examples, the components their features, the mean an offset: here 0."""
    x, _, components = binary(1)
    model = LogisticPCA(torch.zeros(25), components, 0.5)  # scikit-learn halves the squared length: C = 1
    regression = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10).fit(components.T.numpy(), x[0].numpy())
    assert model.f(x, steps=1500)[0].numpy() == pytest.approx(regression.coef_[0], abs=1e-3)


def test_at_the_codes_the_gradient_vanishes():
    x, mean, components = binary()
    model = LogisticPCA(mean, components, 0.1)
    z = model.f(x, steps=1500).requires_grad_()
    (gradient,) = torch.autograd.grad(model.cross_entropy(z, x), z)
    assert (gradient * len(x)).abs().max() < 0.02


def test_an_images_code_does_not_hang_on_its_batch():
    x, mean, components = binary()
    model = LogisticPCA(mean, components, 0.1)
    assert torch.allclose(torch.cat([model.f(x[:1]), model.f(x[1:])]), model.f(x), atol=1e-3)


def test_logistic_pca_beats_pca_in_cross_entropy_on_binary_images():
    x = binary(400)[0].view(400, 1, 5, 5)
    entropy = {}
    for name, model in {"pca": pca(x, 3), "logistic": logistic_pca(x, 3)}.items():
        p = model(x).clamp(1e-3, 1 - 1e-3)
        assert p.shape == x.shape
        entropy[name] = torch.nn.functional.binary_cross_entropy(p, x, reduction="sum").item() / 400
    assert entropy["logistic"] < 0.9 * entropy["pca"]


def test_fitting_draws_nothing_and_repeats_itself():
    x = binary()[0]
    before = torch.get_rng_state()
    one, two = logistic_pca(x, 2, steps=20), logistic_pca(x, 2, steps=20)
    assert torch.equal(one.components, two.components) and torch.equal(torch.get_rng_state(), before)
    assert not one.components.requires_grad and not one.mean.requires_grad
    with torch.no_grad():
        assert one.f(x, steps=5).isfinite().all()


def test_pixels_that_never_change_and_more_codes_than_they_allow():
    x = torch.zeros(40, 1, 4, 4)
    x[:, 0, 0, :2] = torch.rand(40, 2, generator=torch.Generator().manual_seed(0)).round()
    model = logistic_pca(x, 6, steps=50)
    assert model.components.isfinite().all() and model(x).isfinite().all()


# --- files --------------------------------------------------------------------------------------------------------


def pictures(n: int = 7, height: int = 28, width: int = 28) -> torch.Tensor:
    """Smooth blobs, a different one each."""
    rows, columns = torch.arange(height)[:, None] / height, torch.arange(width)[None] / width
    shift = torch.linspace(0.2, 0.8, n)[:, None, None]
    return (-20 * ((rows - shift) ** 2 + (columns - 0.5) ** 2)).exp()[:, None]


def test_pixels_become_whole_numbers():
    x = torch.tensor([0.0, 1.0, 0.5, 1.2, -0.1, 0.999]).view(1, 1, 2, 3)
    assert to_bytes(x).flatten().tolist() == [0, 255, 128, 255, 0, 255] and to_bytes(x).dtype == torch.uint8
    levels = torch.arange(256).view(1, 1, 16, 16) / 255
    assert to_bytes(levels).flatten().tolist() == list(range(256))  # MNIST's own bytes come back


@pytest.mark.parametrize("n", [1, 2, 5, 7, 9, 12])
def test_a_sheet_holds_every_image_once_in_its_cell(n):
    raw = to_bytes(pictures(n)) // 2 + 1
    page = sheet(raw)
    side = int(np.ceil(np.sqrt(n)))
    assert page.shape == (32 * side, 32 * side)
    for i in range(n):
        top, left = 32 * (i // side), 32 * (i % side)
        assert torch.equal(page[top : top + 28, left : left + 28], raw[i])
    assert page.count_nonzero() == raw.numel()


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("n", [1, 4, 7])
def test_jpeg_images_come_back_in_their_places(n, together):
    x = pictures(n)
    size, back = jpeg(x, 95, together)
    assert back.shape == x.shape and back.dtype == x.dtype and 0 <= back.min() and back.max() <= 1
    assert (back - x).abs().max() < 0.08 and ((back - x) ** 2).mean() < 1e-3
    assert size > 0


def test_jpeg_bytes_and_pixels_are_pillows():
    x = pictures(3)
    size, back = jpeg(x, 60)
    sizes = []
    for image, decoded in zip(x, back, strict=True):
        file = io.BytesIO()
        Image.fromarray((image[0] * 255).round().byte().numpy(), "L").save(file, "JPEG", quality=60, optimize=True)
        sizes.append(len(file.getvalue()))
        assert np.array_equal(np.asarray(Image.open(file)), (decoded[0] * 255).round().byte().numpy())
    assert size == pytest.approx(sum(sizes) / 3)


def test_one_header_for_all_is_cheaper_and_quality_costs_bytes():
    x = pictures(16)
    assert jpeg(x, 50, together=True)[0] < jpeg(x, 50)[0] - 150
    sizes, errors = zip(
        *((size, ((back - x) ** 2).sum().item()) for size, back in (jpeg(x, q) for q in (5, 50, 95))), strict=True
    )
    assert sizes[0] < sizes[1] < sizes[2] and errors[0] > errors[1] > errors[2]


def test_an_image_on_the_sheet_is_not_blurred_by_its_neighbours():
    """Cells are whole 8 x 8 blocks: beside a white or a black neighbour an image decodes to the same pixels."""
    x, y = pictures(4), pictures(4)
    y[1:] = 1 - y[1:]
    assert torch.equal(jpeg(x, 30, together=True)[1][0], jpeg(y, 30, together=True)[1][0])


def test_png_is_lossless_and_its_size_that_of_the_files():
    x, sizes = pictures(4), []
    for image in to_bytes(x):
        content = codecs.encoded(image, "png", optimize=True)
        sizes.append(len(content))
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), image.numpy())
    assert png_bytes(x) == pytest.approx(sum(sizes) / 4)
    assert 67 <= png_bytes(torch.zeros(3, 1, 28, 28)) < 100  # a header and next to nothing
    noise = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert 784 < png_bytes(noise) < 784 + 150  # noise can't be made smaller
    assert png_bytes(x, together=True) < png_bytes(x)


def test_zlib_counts_the_bytes_of_all_images_one_after_the_other():
    x = pictures(6)
    raw = np.round(x.numpy() * 255).astype(np.uint8).tobytes()
    assert zlib_bytes(x) == pytest.approx(len(zlib.compress(raw, 9)) / 6)
    assert zlib.decompress(zlib.compress(raw, 9)) == raw


# --- filters ------------------------------------------------------------------------------------------------------


def noise(n: int = 3, channels: int = 2, height: int = 6, width: int = 7) -> torch.Tensor:
    return torch.rand(n, channels, height, width, generator=torch.Generator().manual_seed(0))


def around(x: torch.Tensor, radius: int) -> np.ndarray:
    """The square around each pixel, mirrored at the borders: (N, C, H, W) -> (N, C, H, W, 2r + 1, 2r + 1)."""
    sides = ((0, 0), (0, 0), (radius, radius), (radius, radius))
    padded = np.pad(x.double().numpy(), sides, mode="symmetric")
    return np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1,) * 2, axis=(2, 3))


@pytest.mark.parametrize("size", [1, 3, 5])
def test_the_median_is_that_of_the_square_around_each_pixel(size):
    x = noise()
    ours = median_filter(x, size)
    assert ours.numpy() == pytest.approx(np.median(around(x, size // 2), axis=(4, 5)), abs=1e-6)
    assert torch.equal(median_filter(x), median_filter(x, 3))


def test_the_median_takes_single_specks_away_and_keeps_edges():
    x = torch.zeros(1, 1, 8, 8)
    x[..., 4:] = 1
    specks = x.clone()
    specks[0, 0, 2, 1], specks[0, 0, 6, 6] = 1, 0
    assert torch.equal(median_filter(specks), x)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.3])
def test_the_gaussian_filter_is_a_weighted_mean_of_the_pixels_around(sigma):
    x, radius = noise(), int(4 * sigma + 0.5)  # SciPy cuts the weights off there
    at = np.arange(-radius, radius + 1)
    weights = np.exp(-(at[:, None] ** 2 + at**2) / (2 * sigma**2))
    expected = (around(x, radius) * weights).sum((4, 5)) / weights.sum()
    assert gaussian_filter(x, sigma).numpy() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("function", [median_filter, lambda x: gaussian_filter(x, 1.0), bicubic])
def test_filters_judge_images_and_channels_by_themselves_and_leave_the_input(function):
    x = noise()
    copy, whole = x.clone(), function(x)
    assert whole.dtype == x.dtype and torch.equal(x, copy)
    for i in range(3):
        for channel in range(2):
            alone = function(x[i : i + 1, channel : channel + 1])
            assert torch.allclose(whole[i : i + 1, channel : channel + 1], alone, atol=1e-6)
    assert function(x.double()).dtype == torch.double


# --- enlarging ----------------------------------------------------------------------------------------------------


def keys(distance: float, a: float = -0.75) -> float:
    """The cubic weight of a pixel so far away (Keys 1981), with PyTorch's and OpenCV's constant."""
    d = abs(distance)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * (d**3 - 5 * d**2 + 8 * d - 4) if d < 2 else 0.0


@pytest.mark.parametrize("factor", [2, 3])
def test_bicubic_is_the_cubic_weights_of_keys(factor):
    x = noise(2, 2, 5, 6)
    matrices = []
    for length in (5, 6):
        matrix = np.zeros((factor * length, length))
        for i in range(factor * length):
            place = (i + 0.5) / factor - 0.5  # the pixels' middles
            for j in range(math.floor(place) - 1, math.floor(place) + 3):
                matrix[i, min(max(j, 0), length - 1)] += keys(place - j)
        matrices.append(matrix)
    expected = np.einsum("ih,nchw,jw->ncij", matrices[0], x.double().numpy(), matrices[1])
    assert expected.min() < 0 or expected.max() > 1  # it overshoots, and is cut off
    assert bicubic(x, factor).numpy() == pytest.approx(expected.clip(0, 1), abs=1e-5)


def test_bicubic_shapes_range_and_flat_images():
    assert bicubic(noise()).shape == (3, 2, 12, 14)
    checks = (torch.arange(6)[:, None] + torch.arange(6)).remainder(2).float()[None, None]
    big = bicubic(checks, 4)
    assert big.shape == (1, 1, 24, 24) and 0 <= big.min() and big.max() <= 1
    assert torch.allclose(bicubic(torch.full((1, 1, 4, 4), 0.3)), torch.full((1, 1, 8, 8), 0.3))


# --- filling in ---------------------------------------------------------------------------------------------------


def damaged(share: float) -> tuple[torch.Tensor, torch.Tensor]:
    missing = torch.rand(3, 1, 6, 7, generator=torch.Generator().manual_seed(1)) < share
    return noise(), missing


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_missing_pixel_is_one_of_the_nearest_that_are_there_in_all_channels(share):
    x, missing = damaged(share)
    copy, filled = x.clone(), nearest_inpainting(x, missing)
    assert torch.equal(x, copy) and filled.shape == x.shape and filled.dtype == x.dtype
    for image, gone, result in zip(x, missing[:, 0], filled, strict=True):
        known = (~gone).nonzero().double()
        for r in range(6):
            for c in range(7):
                distance = (known - torch.tensor([r, c])).square().sum(1)
                nearest = [image[:, int(i), int(j)] for i, j in known[distance == distance.min()]]
                assert any(torch.equal(result[:, r, c], one) for one in nearest)
                assert gone[r, c] or torch.equal(result[:, r, c], image[:, r, c])


def test_what_stood_in_the_hole_plays_no_part():
    x, missing = damaged(0.5)
    other = torch.where(missing, torch.nan, x)
    assert torch.equal(nearest_inpainting(x, missing), nearest_inpainting(other, missing))


def test_an_image_without_a_pixel_is_refused_even_among_others():
    x, missing = damaged(0.3)
    missing[1] = True
    with pytest.raises(ValueError, match="without a single pixel"):
        nearest_inpainting(x, missing)


@pytest.mark.parametrize("shape", [(3, 6, 7), (3, 2, 6, 7), (2, 1, 6, 7), (1, 1, 6, 7), (3, 1, 7, 6), (3, 1, 1, 7)])
def test_a_mask_of_another_shape_is_refused_and_both_shapes_named(shape):
    x, _ = damaged(0.3)
    with pytest.raises(ValueError) as error:
        nearest_inpainting(x, torch.zeros(shape, dtype=torch.bool))
    assert "(3, 1, 6, 7)" in str(error.value) and str(shape) in str(error.value)


# --- what would be a wrong number in silence, or a raw error ------------------------------------------------------


@pytest.mark.parametrize("kind", [torch.uint8, torch.int64])
def test_pca_of_whole_numbers_is_that_of_the_same_floats(kind):
    x = torch.randint(0, 256, (50, 1, 3, 3), generator=torch.Generator().manual_seed(0)).to(kind)
    found, expected = baselines.pca(x, 9), baselines.pca(x.float(), 9)
    for name in ("mean", "components", "variances"):
        assert torch.equal(getattr(found, name), getattr(expected, name)), name
    assert torch.allclose(found(x), x.float(), atol=1e-3)
    ladder = baselines.pca_ladder(found, x)
    assert torch.allclose(ladder, baselines.pca_ladder(expected, x.float())) and (ladder.diff() <= 1e-6).all()


def test_pca_of_halves_is_in_single_precision_and_takes_doubles():
    x = torch.rand(40, 5)
    assert baselines.pca(x.half(), 2).components.dtype == torch.float32
    assert torch.allclose(baselines.pca(x, 2)(x.double()), baselines.pca(x, 2)(x))


@pytest.mark.parametrize(
    "x", [torch.empty(0, 3), torch.rand(3), torch.tensor([[1.0, math.nan]]), torch.tensor([[math.inf, 0.0]])]
)
def test_pca_of_nothing_or_of_no_numbers_is_refused(x):
    with pytest.raises(ValueError, match="PCA needs rows"):
        baselines.pca(x, 1)


@pytest.mark.parametrize("x", [torch.full((4, 3), 2.0), -torch.ones(4, 3), torch.ones(4, 3, dtype=torch.uint8)])
def test_logistic_pca_needs_chances(x):
    with pytest.raises(ValueError, match=r"takes floats in \[0, 1\]"):
        baselines.logistic_pca(x, 1)


@pytest.mark.parametrize("count", [lambda x: baselines.jpeg(x, 50), baselines.png_bytes, baselines.zlib_bytes])
@pytest.mark.parametrize(
    "x",
    [torch.full((2, 1, 8, 8), 200, dtype=torch.uint8), torch.rand(2, 3, 8, 8), torch.rand(2, 8, 8),
     torch.empty(0, 1, 8, 8), torch.full((1, 1, 8, 8), math.nan)],
)  # fmt: skip
def test_what_has_no_bytes_is_named(count, x):
    with pytest.raises(ValueError, match=r"grey images are floats in \[0, 1\] of the shape \(N, 1, H, W\)"):
        count(x)


@pytest.mark.parametrize("quality", [0, 101, 50.0])
def test_a_quality_that_jpeg_does_not_have_is_named(quality):
    with pytest.raises(ValueError, match="from 1 to 95"):
        baselines.jpeg(torch.rand(1, 1, 8, 8), quality)


def test_pictures_larger_than_a_cell_do_not_go_on_a_sheet():
    with pytest.raises(ValueError, match="cells of 32 x 32 pixels; the images have 40 x 20"):
        baselines.png_bytes(torch.rand(2, 1, 40, 20), together=True)


@pytest.mark.parametrize("filtered", [baselines.median_filter, lambda x: baselines.gaussian_filter(x, 1.0)])
def test_filters_refuse_whole_numbers_and_take_halves_and_gradients(filtered):
    with pytest.raises(ValueError, match="takes floats of the shape"):
        filtered(torch.full((1, 1, 5, 5), 3, dtype=torch.uint8))
    with pytest.raises(ValueError, match="takes floats of the shape"):
        filtered(torch.rand(5, 5))
    x = torch.rand(1, 1, 6, 6)
    assert torch.allclose(filtered(x.half()).float(), filtered(x.half().float()), atol=1e-3)
    assert torch.equal(filtered(x.clone().requires_grad_()), filtered(x))


def test_bicubic_refuses_bytes_and_inpainting_refuses_a_mask_of_numbers():
    with pytest.raises(ValueError, match="floats of the shape"):
        baselines.bicubic(torch.ones(1, 1, 4, 4, dtype=torch.uint8))
    with pytest.raises(ValueError, match="True and False"):
        baselines.nearest_inpainting(torch.rand(1, 1, 4, 4), torch.zeros(1, 1, 4, 4))
