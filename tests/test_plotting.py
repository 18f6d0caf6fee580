"""Figures: their size, their words, their scales and colours; nothing is left behind in pyplot."""

import base64
import io
import itertools
import math

import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from PIL import Image

from course_lib import curves, plotting
from course_lib.plotting import look

X, T = curves.circle(60)
LABELS = torch.arange(60) % 10
STROKES = (torch.arange(28)[:, None] - torch.arange(28) * torch.linspace(-1, 1, 12)[:, None, None] - 10).abs()
IMAGES = (1 - STROKES / 4).clamp(0, 1)[:, None]  # twelve slanted strokes, grey at their edges
SQUARES = torch.linspace(0, 1, 30).view(5, 6)
AXIS = torch.linspace(-2, 2, 41)
HEIGHTS = (AXIS[:, None] - 1) ** 2 + (AXIS[None] + 0.5) ** 2 + 0.1
SPACE, ROLL = curves.swiss_roll(100)

FIGURES = {
    "show_planes": lambda: plotting.show_planes(
        {"PCA": {"x": X, "x_hat": X / 2}, "AE": {"x": X, "x_hat": X}}, joined=True
    ),
    "show_planes of four": lambda: plotting.show_planes({str(i): {"x": X} for i in range(4)}),
    "show_curves": lambda: plotting.show_curves(
        {"train": [3.0, 2, 1], "test": [3.5, 3, 2]}, log=True, levels={"PCA": 1.5}
    ),
    "show_curves over x": lambda: plotting.show_curves({"z": T.sin()}, T, labels=("t", "z"), marks={"tear": 0.3}),
    "show_bars": lambda: plotting.show_bars(
        {"SGD": [1e-6, 1e-3, 1.0], "He": [0.5, 0.6, 0.7]}, ("layer", "gradient norm")
    ),
    "show_surface": lambda: plotting.show_surface(AXIS, HEIGHTS, path=X[:9], points={"PCA": torch.tensor([1.0, -0.5])}),
    "show_turned_line": lambda: plotting.show_turned_line(X, torch.tensor([0.6, 0.8]), AXIS, HEIGHTS),
    "show_coloured": lambda: plotting.show_coloured({"flat": (X, T), "roll": (SPACE, ROLL)}, "t"),
    "show_tear": lambda: plotting.show_tear(X, X[[0, 30]], torch.zeros(2)),
    "show_code_slider": lambda: plotting.show_code_slider(T, T.cos(), X, 0.3, X[5], T[[3, 40]]),
    "show_rows": lambda: plotting.show_rows({"x": IMAGES, "x_hat": IMAGES / 2}, notes={"x_hat": "3.00"}),
    "show_rows of twelve": lambda: plotting.show_rows({f"row {i}": IMAGES for i in range(5)}, columns=12),
    "show_features": lambda: plotting.show_features({"f": IMAGES - 0.5, "g": IMAGES - 0.2}),
    "show_codes": lambda: plotting.show_codes({"AE": (X, LABELS), "PCA": (2 * X, LABELS)}),
    "show_grid": lambda: plotting.show_grid(IMAGES[:9], 3, (-1.0, 1.0, -2.0, 2.0)),
    "pad_backdrop": lambda: plotting.pad_backdrop(X, LABELS, (-1.0, 1.0, -1.0, 1.0)),
    "show_matrices": lambda: plotting.show_matrices({"W": SQUARES, "V": 1 - SQUARES}, ("code", "component")),
    "show_ladder": lambda: plotting.show_ladder(
        torch.linspace(52, 0, 785), {"mean image": (0, 52.9), "AE-30": (30, 3.0)}
    ),
    "show_rate_distortion": lambda: plotting.show_rate_distortion(
        {"JPEG": [(200, 5), (400, 1.0)], "AE": [(20, 6), (30, 4)]}, {"PNG": 300}
    ),
}


def test_every_helper_that_draws_is_tested_here():
    helpers = {name for name in plotting.__all__ if name.startswith(("show_", "pad_"))}
    assert helpers == {name.split()[0] for name in FIGURES}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_narrow_has_words_and_leaves_nothing_behind(name):
    settings, generator = dict(matplotlib.rcParams), torch.get_rng_state()
    figure = FIGURES[name]()
    assert isinstance(figure, plotting.Figure)
    assert 0 < figure.get_figwidth() <= 8 and figure.get_figheight() <= 8
    assert len(figure.alt) > 20 and "\n" not in figure.alt
    data, metadata = figure._repr_mimebundle_()
    picture = base64.b64decode(data["image/png"])
    assert len(picture) < 150_000
    width, height = Image.open(io.BytesIO(picture)).size
    assert width <= 8 * 90 + 1 and np.asarray(Image.open(io.BytesIO(picture)).convert("L")).std() > 1
    assert data["text/plain"].endswith(figure.alt) and metadata["image/png"]["alt"] == figure.alt
    assert matplotlib.pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == settings and torch.equal(torch.get_rng_state(), generator)


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "pad_backdrop"])
def test_every_axis_says_what_it_shows(name):
    for ax in FIGURES[name]().axes:
        pictures_without_ticks = len(ax.get_xticks()) == 0 and len(ax.get_yticks()) == 0
        bar_of_squares = name == "show_matrices" and ax.get_label() == "<colorbar>"
        assert ax.get_xlabel() or ax.get_ylabel() or pictures_without_ticks or bar_of_squares


def drawn(figure):
    return [picture for ax in figure.axes for picture in ax.get_images()]


@pytest.mark.parametrize("name", ["show_rows", "show_grid"])
def test_a_faint_image_stays_faint(name):
    faint = IMAGES[:9] * 0.1
    figure = (
        plotting.show_rows({"faint": faint}) if name == "show_rows" else plotting.show_grid(faint, 3, (-1, 1, -1, 1))
    )
    assert drawn(figure) and all(picture.get_clim() == (0.0, 1.0) for picture in drawn(figure))
    shown = np.concatenate([picture.to_rgba(picture.get_array())[..., :3].ravel() for picture in drawn(figure)])
    assert shown.max() < 0.11


def test_rows_show_these_images_in_this_order():
    figure = plotting.show_rows({"x": IMAGES, "x_hat": 1 - IMAGES}, columns=4)
    expected = [*IMAGES[:4, 0], *(1 - IMAGES[:4, 0])]
    assert all(np.allclose(p.get_array(), e) for p, e in zip(drawn(figure), expected, strict=True))
    assert [ax.get_ylabel() for ax in figure.axes if ax.get_ylabel()] == ["x", "x_hat"]


def test_the_grid_stands_as_its_axes_say():
    """Image i of the list has z_2 in row i // side from below, z_1 in column i % side."""
    images = torch.arange(6.0)[:4].view(4, 1, 1, 1).expand(4, 1, 2, 2) / 4
    (picture,) = drawn(plotting.show_grid(images, 2, (0.0, 1.0, 0.0, 1.0)))
    assert picture.get_array()[::2, ::2].tolist() == [[0.5, 0.75], [0.0, 0.25]] and picture.origin == "upper"


def test_weights_are_drawn_on_a_scale_with_zero_in_the_middle():
    for picture in drawn(plotting.show_features({"f": IMAGES - 0.2})):
        low, high = picture.get_clim()
        assert low == -high and high == pytest.approx(np.abs(picture.get_array()).max())


def test_matrices_share_the_scale_from_0_to_1():
    pictures = drawn(plotting.show_matrices({"a": SQUARES / 9, "b": SQUARES}, ("i", "j")))
    assert {picture.get_clim() for picture in pictures} == {(0, 1)}


def test_the_surface_is_drawn_with_rows_upwards():
    """heights[i, j] belongs to (axis[j], axis[i]): the least of HEIGHTS is at (-0.5, 1)."""
    row, column = divmod(int(HEIGHTS.argmin()), 41)
    assert AXIS[column].item() == pytest.approx(-0.5, abs=0.06) and AXIS[row].item() == pytest.approx(1, abs=0.06)
    figure = plotting.show_surface(AXIS, HEIGHTS)
    floor = min(figure.axes[0].collections[0].get_paths()[:1], key=len).vertices
    middle = (floor.min(0) + floor.max(0)) / 2
    assert middle == pytest.approx([-0.5, 1.0], abs=0.15)


def test_curves_can_have_gradients_and_lie_in_the_order_of_their_names():
    figure = plotting.show_curves({"a": [1.0, 2.0], "b": [2.0, 1.0, 0.5]})
    lines = figure.axes[0].get_lines()
    assert [line.get_label() for line in lines] == ["a", "b"] and list(lines[1].get_xdata()) == [1, 2, 3]
    assert len({line.get_linestyle() for line in lines}) == 2  # never by colour alone


def test_sets_of_points_differ_in_marker_and_colour():
    ax = plotting.show_planes({"": {"x": X, "x_hat": X, "z": X}}).axes[0]
    paths = {tuple(c.get_paths()[0].vertices.ravel().round(3)) for c in ax.collections}
    colours = {tuple(c.get_facecolor()[0]) for c in ax.collections}
    assert len(paths) == len(colours) == 3


# --- colours ------------------------------------------------------------------------------------------------------

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(colour: str, blindness: str) -> np.ndarray:
    """The colour as it is seen, in CIE L*a*b* (D65)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(BLINDNESS[blindness]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    ratio = xyz / [0.9505, 1.0, 1.089]
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_the_colours_of_the_roles_stay_apart(blindness):
    """A difference of 2.3 is just noticed; side by side in a chart 15 is clear."""
    for one, other in itertools.combinations(plotting.COLOURS[:4], 2):
        assert math.dist(lab(one, blindness), lab(other, blindness)) > 15, f"{one} and {other}"


def test_all_colours_differ_and_there_are_as_many_markers_and_dashes():
    assert len(set(look.COLOURS)) == len(set(look.MARKERS)) == len({str(d) for d in look.DASHES}) == len(look.COLOURS)
    assert len(set(look.CLASSES)) == 10


# --- tables -------------------------------------------------------------------------------------------------------


def test_columns_of_a_table_are_aligned():
    text = plotting.table(
        ["model", "codes", "error"], [["PCA", 30, 13.8661], ["deep AE", 2, 3.0], ["mean image", 0, 52.9]]
    )
    lines = text.split("\n")
    assert lines == [
        "model       codes  error",
        "------------------------",
        "PCA            30  13.87",
        "deep AE         2   3.00",
        "mean image      0  52.90",
    ]


def test_a_table_without_rows_is_its_header():
    assert plotting.table(["a", "b"], []) == "a  b\n----"
