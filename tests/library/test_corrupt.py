"""The damage: its share, its place and its size against loops, SciPy and Pillow; chance that can be repeated."""

import numpy as np
import pytest
import scipy.stats
import torch
from PIL import Image
from torch import Tensor

from course_lib import corrupt

MARK = torch.tensor([[1.0, 0.5, 0.0], [0.25, 0.0, 0.75]])  # every number once: its place and its turn can be told
RANDOM = {
    "Gaussian noise": lambda x, generator=None: corrupt.gaussian_noise(x, 0.3, generator),
    "salt and pepper": lambda x, generator=None: corrupt.salt_and_pepper(x, 0.4, generator),
    "masking": lambda x, generator=None: corrupt.masking(x, 0.4, generator),
    "hole": lambda x, generator=None: corrupt.hole(x, 3, generator)[0],
    "watermark": lambda x, generator=None: corrupt.watermark(x, MARK, 0.5, generator),
    "binarise": corrupt.binarise,
}
FIXED = {"fewer pixels": corrupt.downsample, "no colour": corrupt.grey}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 6, channels: int = 3, height: int = 8, width: int = 10, seed: int = 1) -> Tensor:
    return torch.rand(n, channels, height, width, generator=seeded(seed))


# --- chance -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RANDOM)
def test_the_same_generator_gives_the_same_damage_and_another_seed_another(name):
    x, change = images(), RANDOM[name]
    first = change(x, seeded(3))
    assert torch.equal(first, change(x, seeded(3))) and not torch.equal(first, change(x, seeded(4)))
    generator = seeded(3)
    assert torch.equal(change(x, generator), first) and not torch.equal(change(x, generator), first)


@pytest.mark.parametrize("name", RANDOM)
def test_chance_is_the_generators_or_else_pytorchs_own(name):
    x, change = images(), RANDOM[name]
    torch.manual_seed(5)
    before, first = torch.get_rng_state(), change(x)
    assert not torch.equal(torch.get_rng_state(), before) and not torch.equal(change(x), first)
    torch.set_rng_state(before)
    change(x, seeded())
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(change(x), first)


@pytest.mark.parametrize("name", RANDOM)
def test_each_image_of_a_batch_is_damaged_in_its_own_way(name):
    damaged = RANDOM[name](images(1).repeat(20, 1, 1, 1), seeded())
    assert len({image.numpy().tobytes() for image in damaged}) > 10


@pytest.mark.parametrize("name", RANDOM | FIXED)
def test_the_input_is_left_as_it_was_and_the_result_is_another_tensor(name):
    x = images()
    copy, changed = x.clone(), (RANDOM | FIXED)[name](x)
    changed.add_(1)
    assert torch.equal(x, copy) and changed.dtype == x.dtype


@pytest.mark.parametrize("name", RANDOM | FIXED)
def test_double_precision_stays_and_changes_no_number(name):
    x, change = images().double(), (RANDOM | FIXED)[name]
    words = {"generator": seeded()} if name in RANDOM else {}
    damaged = change(x, **words)
    assert damaged.dtype == torch.double
    if name != "binarise":  # PyTorch's coins are others in another precision
        words = {"generator": seeded()} if name in RANDOM else {}
        assert torch.allclose(damaged.float(), change(x.float(), **words), atol=1e-6)


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("shape", [(2, 1, 4, 4), (1, 3, 9, 5)])
def test_images_keep_their_shape(name, shape):
    assert RANDOM[name](torch.rand(shape)).shape == shape


@pytest.mark.parametrize("name", ["Gaussian noise", "salt and pepper", "masking", "binarise"])
@pytest.mark.parametrize("shape", [(7,), (3, 2), (0, 4)])
def test_pixel_by_pixel_damage_takes_any_shape(name, shape):
    assert RANDOM[name](torch.rand(shape)).shape == shape


# --- pixel by pixel -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("std", [0.1, 2.0])
def test_gaussian_noise_is_normal_with_the_asked_width_and_is_not_clipped(std):
    x = images(20, 1, 28, 28)
    noise = (corrupt.gaussian_noise(x, std, seeded()) - x).flatten().double().numpy()
    assert scipy.stats.kstest(noise / std, "norm").pvalue > 0.01
    clean = corrupt.gaussian_noise(torch.ones(1000), std, seeded())
    assert clean.max() > 1 + std and torch.equal(corrupt.gaussian_noise(x, 0.0), x)


def close_share(hits: Tensor, share: float) -> bool:
    """Within 4 standard errors."""
    return abs(hits.double().mean().item() - share) <= 4 * (share * (1 - share) / hits.numel()) ** 0.5


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_salt_and_pepper_in_equal_parts_on_the_asked_share(share):
    x = images(25, 1, 28, 28) * 0.8 + 0.1  # no pixel is 0 or 1 of itself
    damaged = corrupt.salt_and_pepper(x, share, seeded())
    salt, pepper = damaged == 1, damaged == 0
    assert torch.equal(damaged[~salt & ~pepper], x[~salt & ~pepper])
    assert close_share(salt | pepper, share) and close_share(salt, share / 2) and close_share(pepper, share / 2)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.75, 1.0])
def test_masking_blackens_the_asked_share_and_leaves_the_rest(share):
    x = images(25, 1, 28, 28) + 0.1
    damaged = corrupt.masking(x, share, seeded())
    assert close_share(damaged == 0, share) and torch.equal(damaged[damaged != 0], x[damaged != 0])


@pytest.mark.parametrize("change", [corrupt.gaussian_noise, corrupt.salt_and_pepper, corrupt.masking])
def test_each_image_can_have_its_own_strength(change):
    strengths = torch.tensor([0.0, 0.25, 0.5, 1.0])
    x = images(1, seed=2).repeat(4, 1, 1, 1)
    damaged = change(x, strengths.view(4, 1, 1, 1), seeded())
    assert damaged.shape == x.shape
    for i, strength in enumerate(strengths.tolist()):
        assert torch.equal(damaged[i], change(x, strength, seeded())[i])
    assert torch.equal(damaged[0], x[0])
    changes = (damaged != x).flatten(1).sum(1) if change is not corrupt.gaussian_noise else (damaged - x).std((1, 2, 3))
    assert (changes.diff() > 0).all()


def test_nothing_is_kept_of_a_masked_pixel_not_even_that_it_was_no_number():
    x = images() + 0.1
    holes = torch.rand(x.shape, generator=seeded(9)) < 0.5
    broken = torch.where(holes, torch.nan, x)
    gone = corrupt.masking(x, 0.4, seeded()) == 0
    damaged = corrupt.masking(broken, 0.4, seeded())
    assert (gone & holes).any() and (damaged[gone] == 0).all()
    assert torch.equal(damaged.isnan(), holes & ~gone)
    for bad in (torch.nan, torch.inf, -torch.inf):
        assert torch.equal(corrupt.masking(torch.full((3, 4), bad), 1.0), torch.zeros(3, 4))


def test_binarised_pixels_are_coins_with_the_grey_value_as_their_chance():
    grey = torch.tensor([0.0, 0.05, 0.5, 0.9, 1.0])
    coins = corrupt.binarise(grey.repeat(20_000, 1), seeded())
    assert set(coins.unique().tolist()) == {0, 1}
    assert all(close_share(column, p) for column, p in zip(coins.T, grey.tolist(), strict=True))


# --- holes and watermarks -----------------------------------------------------------------------------------------


def corners(inside: Tensor, height: int, width: int) -> list[tuple[int, int]]:
    """Where each image's rectangle begins, after looking at every pixel: (B, 1, H, W) -> B x (row, column)."""
    found = []
    for one in inside[:, 0]:
        rows, columns = one.nonzero().T.tolist()
        top, left = min(rows), min(columns)
        whole = {(r, c) for r in range(top, top + height) for c in range(left, left + width)}
        assert set(zip(rows, columns, strict=True)) == whole
        found.append((top, left))
    return found


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (5, 4), (6, 7)])
def test_every_place_for_a_rectangle_is_inside_and_equally_likely(height, width):
    n = 2000
    places = corners(corrupt.squares(torch.zeros(n, 3, 6, 7), height, width, seeded()), height, width)
    possible = [(row, column) for row in range(7 - height) for column in range(8 - width)]
    assert set(places) == set(possible)
    if len(possible) > 1:
        assert scipy.stats.chisquare([places.count(place) for place in possible]).pvalue > 0.01


@pytest.mark.parametrize("fill", [0.0, 0.5])
@pytest.mark.parametrize("size", [1, 4, 8])
def test_a_hole_is_one_square_of_each_image_and_the_rest_is_untouched(size, fill):
    x = images(30)
    damaged, missing = corrupt.hole(x, size, seeded(), fill)
    assert missing.shape == (30, 1, 8, 10) and missing.dtype == torch.bool
    corners(missing, size, size)
    gone = missing.expand_as(x)  # the same hole in all three channels
    assert (damaged[gone] == fill).all() and torch.equal(damaged[~gone], x[~gone])


def test_a_hole_is_black_unless_told():
    damaged, missing = corrupt.hole(torch.ones(2, 1, 5, 5), 2)
    assert damaged[missing].count_nonzero() == 0


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_watermark_is_mixed_in_at_one_place_inside(channels, alpha):
    x = images(12, channels, 4, 5) * 0.9
    marked, used = corrupt.watermark(x, MARK, alpha, seeded()), set()
    for image, result in zip(x, marked, strict=True):
        fits = []
        for top in range(3):
            for left in range(3):
                expected = image.clone()
                for r in range(2):
                    for c in range(3):
                        opacity = alpha * MARK[r, c]
                        pixel = expected[:, top + r, left + c]
                        expected[:, top + r, left + c] = (1 - opacity) * pixel + opacity
                if torch.allclose(result, expected, atol=1e-6):
                    fits.append((top, left))
        assert len(fits) == (1 if alpha else 9)
        used.add(fits[0])
    assert len(used) > 3 or not alpha


def test_a_watermark_over_the_whole_image_and_pixels_stay_between_0_and_1():
    x = images(3, 1, 4, 4)
    assert torch.allclose(corrupt.watermark(x, torch.ones(4, 4), 0.25), 0.75 * x + 0.25)
    ends = corrupt.watermark(torch.rand(50, 1, 9, 9).round(), corrupt.cross(5), 0.7)
    assert 0 <= ends.min() and ends.max() <= 1


@pytest.mark.parametrize(("height", "width"), [(7, 1), (1, 8), (7, 8), (0, 2), (2, 0)])
def test_a_rectangle_that_does_not_fit_is_refused_with_the_sizes(height, width):
    with pytest.raises(ValueError, match=rf"{height} x {width} .*\(6, 7\)"):
        corrupt.squares(torch.zeros(2, 1, 6, 7), height, width)


def test_holes_and_marks_larger_than_the_image_are_refused():
    x = images(2, 1, 6, 7)
    with pytest.raises(ValueError, match=r"7 x 7 .*\(6, 7\)"):
        corrupt.hole(x, 7)
    with pytest.raises(ValueError, match=r"1 x 8 .*\(6, 7\)"):
        corrupt.watermark(x, torch.ones(1, 8), 0.5)


@pytest.mark.parametrize("shape", [(6, 7), (3, 6, 7), (2, 1, 3, 6, 7)])
@pytest.mark.parametrize(
    "change",
    [lambda x: corrupt.squares(x, 2, 2), lambda x: corrupt.hole(x, 2), lambda x: corrupt.watermark(x, MARK, 0.5)],
    ids=["squares", "hole", "watermark"],
)
def test_rectangles_need_a_batch_of_images_and_name_the_shape(change, shape):
    with pytest.raises(ValueError) as error:
        change(torch.zeros(shape))
    assert "(B, C, H, W)" in str(error.value) and str(shape) in str(error.value)


def test_a_watermark_in_double_precision_has_all_its_digits():
    x = images(3, 2, 4, 4).double() / 3
    marked = corrupt.watermark(x, torch.full((4, 4), 0.5), 0.3)
    assert marked.dtype == torch.double and (marked - (0.85 * x + 0.15)).abs().max() < 1e-15


@pytest.mark.parametrize("size", [1, 2, 7, 12])
def test_the_cross_has_a_frame_and_two_diagonals_and_looks_alike_from_every_side(size):
    mark = corrupt.cross(size)
    assert mark.shape == (size, size) and set(mark.unique().tolist()) <= {0, 1}
    for turned in (mark.flip(0), mark.flip(1), mark.T):
        assert torch.equal(turned, mark)
    for i in range(size):
        assert mark[i, i] == mark[i, size - 1 - i] == mark[0, i] == mark[i, 0] == 1


def test_the_cross_of_nine_pixels_drawn():
    drawn = """#########
               ###...###
               ####.####
               #.#####.#
               #..###..#"""
    rows = [[letter == "#" for letter in line.strip()] for line in drawn.splitlines()]
    assert corrupt.cross(9).bool().tolist() == rows + rows[-2::-1]


# --- fewer pixels, no colour --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("factor", "height", "width"), [(1, 3, 5), (2, 8, 10), (3, 9, 6), (4, 4, 8)])
def test_a_small_pixel_is_the_mean_of_its_block(factor, height, width):
    x = images(4, 2, height, width)
    small = corrupt.downsample(x, factor)
    assert small.shape == (4, 2, height // factor, width // factor)
    for row in range(height // factor):
        for column in range(width // factor):
            block = x[:, :, row * factor : (row + 1) * factor, column * factor : (column + 1) * factor].numpy()
            assert small[:, :, row, column].numpy() == pytest.approx(block.mean((2, 3)), abs=1e-6)


def test_half_the_width_unless_told():
    assert corrupt.downsample(images()).shape == (6, 3, 4, 5)


@pytest.mark.parametrize("shape", [(2, 1, 7, 8), (2, 1, 8, 7)])
def test_sides_that_are_no_multiple_are_refused_with_the_shape(shape):
    with pytest.raises(ValueError) as error:
        corrupt.downsample(torch.zeros(shape), 2)
    assert "multiples of 2" in str(error.value) and str(shape) in str(error.value)


def test_grey_is_pillows():
    x = (images(5) * 255).round() / 255
    for colour, brightness in zip(x, corrupt.grey(x), strict=True):
        raw = (colour.permute(1, 2, 0) * 255).round().byte().numpy()
        theirs = np.asarray(Image.fromarray(raw).convert("L"))
        assert brightness.shape == (1, 8, 10)
        assert brightness[0].numpy() * 255 == pytest.approx(theirs, abs=0.51)  # they round to whole numbers


def test_grey_pixels_keep_their_value():
    x = images(3, 1)
    assert torch.allclose(corrupt.grey(x.expand(-1, 3, -1, -1)), x, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 1, 4, 4), (2, 4, 4, 4), (3, 4, 4), (2, 3)])
def test_images_without_three_channels_are_refused_with_their_shape(shape):
    with pytest.raises(ValueError) as error:
        corrupt.grey(torch.zeros(shape))
    assert "(B, 3, H, W)" in str(error.value) and str(shape) in str(error.value)


# --- what would be wrong damage in silence ------------------------------------------------------------------------

DAMAGE = {
    "gaussian_noise": lambda x: corrupt.gaussian_noise(x, 0.1),
    "salt_and_pepper": lambda x: corrupt.salt_and_pepper(x, 0.1),
    "masking": lambda x: corrupt.masking(x, 0.1),
    "hole": lambda x: corrupt.hole(x, 2)[0],
    "watermark": lambda x: corrupt.watermark(x, torch.ones(2, 2), 0.5),
    "downsample": corrupt.downsample,
    "grey": corrupt.grey,
    "binarise": corrupt.binarise,
}


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("kind", [torch.uint8, torch.int32, torch.bool])
def test_bytes_are_no_pixels_between_0_and_1(name, kind):
    with pytest.raises(ValueError, match=rf"pixels in \[0, 1\]; these are {kind}: for bytes, x.float\(\) / 255"):
        DAMAGE[name](torch.ones(2, 3, 4, 4, dtype=kind))


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_the_type_of_the_pixels_is_kept_whatever_the_default_is(name, kind):
    for default in (torch.float32, torch.float64):
        try:
            torch.set_default_dtype(default)
            assert DAMAGE[name](torch.rand(2, 3, 4, 4).to(kind)).dtype == kind
        finally:
            torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: corrupt.gaussian_noise(x, -0.1),
        lambda x: corrupt.gaussian_noise(x, float("nan")),
        lambda x: corrupt.salt_and_pepper(x, 1.5),
        lambda x: corrupt.masking(x, -0.2),
        lambda x: corrupt.masking(x, 20),
        lambda x: corrupt.watermark(x, torch.ones(2, 2), 50),
    ],
)
def test_a_strength_that_cannot_be_is_named_with_its_range(wrong):
    with pytest.raises(ValueError, match=r"(std|share|alpha) must be from 0 to (1|inf); it is"):
        wrong(torch.rand(2, 1, 4, 4))


def test_marks_factors_and_chances_that_cannot_be_are_named():
    x = torch.rand(2, 1, 4, 4)
    for mark in (torch.full((2, 2), 255.0), torch.ones(1, 2, 2)):
        with pytest.raises(ValueError, match="ink from 0 to 1"):
            corrupt.watermark(x, mark, 0.5)
    for factor in (0, 1.5):
        with pytest.raises(ValueError, match="factor must be a whole number of at least 1"):
            corrupt.downsample(x, factor)
    with pytest.raises(ValueError, match="go from 0 to 255"):
        corrupt.binarise(torch.tensor([0.0, 255.0]))
