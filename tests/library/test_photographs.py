"""The patches against slices of the photographs themselves; training and test sides never meet."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_images

from course_lib.photographs import HUES, patches, photographs, tinted

BORDER = 480  # of 640 columns


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return load_sample_images().images


def windows(pictures: list[np.ndarray], size: int, stride: int, first: int, last: int) -> list[bytes]:
    """Every patch with its columns in first..last - 1, cut by hand, as bytes 0..255."""
    return [
        picture[row : row + size, column : column + size].tobytes()
        for picture in pictures
        for row in range(0, picture.shape[0] - size + 1, stride)
        for column in range(first, last - size + 1, stride)
    ]


def whole_numbers(images: torch.Tensor) -> list[bytes]:
    return [image.permute(1, 2, 0).mul(255).round().byte().numpy().tobytes() for image in images]


@pytest.mark.parametrize(("size", "stride"), [(28, 14), (28, 40), (100, 50), (160, 200)])
def test_train_is_cut_from_the_left_three_quarters_and_test_from_the_right_one(pictures, size, stride):
    cut = photographs(size=size, stride=stride)
    assert cut.train.shape[1:] == cut.test.shape[1:] == (3, size, size)
    assert sorted(whole_numbers(cut.train)) == sorted(windows(pictures, size, stride, 0, BORDER))
    assert sorted(whole_numbers(cut.test)) == sorted(windows(pictures, size, size, BORDER, 640))


def test_no_test_patch_is_a_training_patch():
    cut = photographs()
    assert not set(whole_numbers(cut.train)) & set(whole_numbers(cut.test))
    assert cut.train.shape[1:] == cut.test.shape[1:] == (3, 28, 28)
    assert len(cut.train) > 1000 and len(cut.test) >= 100  # enough to learn from, enough for an interval


def test_pixels_are_floats_from_0_to_1_of_both_photographs():
    cut = photographs(stride=28)
    for part in (cut.train, cut.test):
        assert part.dtype == torch.float32 and part.min() >= 0 and part.max() <= 1
        assert part.min() < 0.05 and part.max() > 0.95
        halves = part.chunk(2)  # the temple first, the flower second: other colours
        assert (halves[0].mean((0, 2, 3)) - halves[1].mean((0, 2, 3))).abs().max() > 0.1
    assert torch.equal(photographs(stride=28).train, cut.train)


def test_patches_lie_on_the_asked_device():
    cut = photographs("meta", size=100, stride=100)
    assert cut.train.device.type == cut.test.device.type == "meta"


@pytest.mark.parametrize("size", [0, -3, 161, 1000])
def test_patches_that_do_not_fit_are_refused(size):
    with pytest.raises(ValueError, match=f"size must be a whole number from 1 to 160; it is {size}"):
        photographs(size=size)


def test_patches_of_one_image_by_hand():
    image = torch.arange(2 * 5 * 6).view(2, 5, 6)
    cut = patches(image, 3, 2)
    assert cut.shape == (4, 2, 3, 3)
    corners = [(0, 0), (0, 2), (2, 0), (2, 2)]  # row by row
    assert all(torch.equal(one, image[:, r : r + 3, c : c + 3]) for one, (r, c) in zip(cut, corners, strict=True))


def test_tinted_digits_have_the_colour_of_their_hue():
    x = torch.rand(10, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    copy, hues = x.clone(), torch.tensor([3, 1, 4, 1, 5, 9, 2, 6, 0, 7])
    coloured = tinted(x, hues)
    assert coloured.shape == (10, 3, 4, 4) and coloured.dtype == x.dtype and torch.equal(x, copy)
    for image, grey, hue in zip(coloured, x, hues.tolist(), strict=True):
        for channel in range(3):
            assert torch.allclose(image[channel], HUES[hue][channel] * grey[0])


def test_the_ten_colours_differ_stay_in_range_and_leave_black_black():
    hues = torch.arange(10)
    white = tinted(torch.ones(10, 1, 1, 1), hues)[:, :, 0, 0]
    assert len(HUES) == 10 and white.min() >= 0 and white.max() <= 1
    assert torch.pdist(white).min() > 0.1
    assert tinted(torch.zeros(10, 1, 2, 2), hues).count_nonzero() == 0


@pytest.mark.parametrize(
    ("x", "hues"),
    [
        (torch.ones(2, 1, 4, 4, dtype=torch.uint8), torch.tensor([0, 1])),
        (torch.ones(2, 4, 4), torch.tensor([0, 1])),
        (torch.ones(2, 1, 4, 4), torch.tensor([0, 10])),
        (torch.ones(2, 1, 4, 4), torch.tensor([0])),
        (torch.ones(2, 1, 4, 4), torch.tensor([0.0, 1.0])),
    ],
)
def test_what_cannot_be_tinted_is_named(x, hues):
    with pytest.raises(ValueError, match="grey images are floats|hues are 2 whole numbers from 0 to 9"):
        tinted(x, hues)


@pytest.mark.parametrize("sizes", [{"stride": 0}, {"stride": 1.5}, {"size": 28.0}])
def test_sizes_of_patches_are_whole_numbers(sizes):
    with pytest.raises(ValueError, match="must be a whole number"):
        photographs(**sizes)
