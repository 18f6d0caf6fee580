"""Figures: their size, their words, their scales and colours; nothing is left behind in pyplot."""

import base64
import functools
import io
import itertools
import math
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.legend import Legend
from matplotlib.offsetbox import AnnotationBbox
from matplotlib.text import Text
from PIL import Image

from course_lib import plotting
from course_lib.data import curves
from course_lib.grading.sandbox import outputs, walls
from course_lib.plotting import diagrams, keys, look

X, T = curves.circle(60)
LABELS = torch.arange(60) % 10
STROKES = (torch.arange(28)[:, None] - torch.arange(28) * torch.linspace(-1, 1, 12)[:, None, None] - 10).abs()
IMAGES = (1 - STROKES / 4).clamp(0, 1)[:, None]  # twelve slanted strokes, grey at their edges
COLOUR = torch.stack([IMAGES[:, 0], 1 - IMAGES[:, 0], IMAGES[:, 0] / 3], 1)
TRADE = {"L1": [(100.0, 2.5), (50.0, 3.5)], "k-sparse": [(80.0, 3.0), (20.0, 5.0), (10.0, 9.0)]}
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
    "show_curves over shares": lambda: plotting.show_curves(
        {"entropy": [0.1, 0.7, 0.1]}, [1e-5, 0.5, 1 - 1e-5], labels=("share", "nats"), x_scale="logit"
    ),
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
    "show_rows in colour": lambda: plotting.show_rows({"x": IMAGES, "colour": COLOUR}),
    "show_features": lambda: plotting.show_features({"f": IMAGES - 0.5, "g": IMAGES - 0.2}),
    "show_codes": lambda: plotting.show_codes({"AE": (X, LABELS), "PCA": (2 * X, LABELS)}),
    "show_grid": lambda: plotting.show_grid(IMAGES[:9], 3, (-1.0, 1.0, -2.0, 2.0)),
    "pad_backdrop": lambda: plotting.pad_backdrop(X, LABELS, (-1.0, 1.0, -1.0, 1.0)),
    "pad_backdrop with circles": lambda: plotting.pad_backdrop(X, LABELS, (-2.0, 2.0, -2.0, 2.0), (1, 2)),
    "show_stems": lambda: plotting.show_stems({"AE": T[:9].sin(), "PCA": T[:9].cos()}, ("unit", "weight"), [2, 5]),
    "show_tradeoff": lambda: plotting.show_tradeoff(TRADE, ("units in use", "squared error"), notes={"L1": [0.1, 0.3]}),
    "show_sparse": lambda: plotting.show_sparse(
        IMAGES[:1], IMAGES[1:2], IMAGES[2:10] - 0.3, TRADE, ("units in use", "error"), (50, 3.5), "L1, strength 0.3"
    ),
    "show_arrows": lambda: plotting.show_arrows({"noise 0.1": (1.3 * X, X), "noise 0.5": (0.5 * X, 0.9 * X)}, X),
    "show_codes with circles": lambda: plotting.show_codes({"AE": (X, LABELS)}, circles=(1, 2)),
    "show_rows titled": lambda: plotting.show_rows(
        {"x": IMAGES, "x_hat": IMAGES}, titles=["one", "two"], marked={"x": [True]}
    ),
    "show_activations": lambda: plotting.show_activations(T, {"tanh": T.tanh(), "id": T}, {"tanh": T, "id": T**0}),
    "show_matrices": lambda: plotting.show_matrices({"W": SQUARES, "V": 1 - SQUARES}, ("code", "component")),
    "show_ladder": lambda: plotting.show_ladder(
        torch.linspace(52, 0, 785), {"mean image": (0, 52.9), "AE-30": (30, 3.0)}
    ),
    "show_rate_distortion": lambda: plotting.show_rate_distortion(
        {"JPEG": [(200, 5), (400, 1.0)], "AE": [(20, 6), (30, 4)]}, {"PNG": 300}
    ),
    "show_bottleneck": lambda: plotting.show_bottleneck(784, 30),
    "show_bottleneck without biases": lambda: plotting.show_bottleneck(2, 1, biases=False),
    "show_cut_circle": plotting.show_cut_circle,
    "show_layers": lambda: plotting.show_layers([784, 128, 64, 32, 2, 32, 64, 128, 784], "sigmoid"),
    "show_layers of three": lambda: plotting.show_layers([784, 30, 784], ["none", "sigmoid"], code=1),
    "show_layers of sixteen": lambda: plotting.show_layers([784, *[100] * 7, 30, *[100] * 7, 784], "sigmoid"),
    "show_penalty": plotting.show_penalty,
    "show_damage": lambda: plotting.show_damage("noise"),
    "show_vae": plotting.show_vae,
    "show_unet": plotting.show_unet,
    "show_unet of two levels": lambda: plotting.show_unet((4, 6), 16),
    "show_transposed": lambda: plotting.show_transposed(torch.tensor([[0.6, 0.3, 0, 0], [0, 0.9, 0.6, 0.3]])),
    "show_fields": lambda: plotting.show_fields(
        {"once": IMAGES[0, 0], "twice": IMAGES[1, 0], "often": IMAGES[2, 0]},
        {"once": {"can see": (9, 9, 7), "uses": (10, 10, 5)}, "twice": {"can see": (5, 5, 15)}},
        columns=2,
    ),
    "show_seq2seq": plotting.show_seq2seq,
    "show_seq2seq with attention": lambda: plotting.show_seq2seq(attention=True),
    "show_attention": lambda: plotting.show_attention(
        {"one": torch.eye(5), "two": torch.eye(5).flip(1)}, [*"1234", "END"], [*"4321", "END"]
    ),
    "show_stack": lambda: plotting.show_stack([784, 128, 64, 32, 2]),
    "show_stack of two": lambda: plotting.show_stack([784, 256, 64]),
    "show_label_curves": lambda: plotting.show_label_curves(
        {"SVM, PCA-50": {100: [22.0, 19.5], 1000: [6.1, 6.3]}, "MLP, scratch": {100: [24.0, 26.1], 300: [15.0]}}
    ),
    "show_by_class": lambda: plotting.show_by_class(
        {"error": [0.9, 0.4, 0.8], "nearest": [0.95, 0.5, 0.9]}, ("digit held out", "AUC"), 0.5, "a coin"
    ),
}


def test_every_helper_that_draws_is_tested_here():
    helpers = {name for name in plotting.__all__ if name.startswith(("show_", "pad_"))}
    assert helpers == {name.split()[0] for name in FIGURES}


def image(markup: str) -> dict[str, str]:
    """The attributes of the one tag in the markup, which is an image."""
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(markup)
    ((tag, attributes),) = found
    assert tag == "img"
    return attributes


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_narrow_has_words_and_leaves_nothing_behind(name):
    settings, generator = dict(matplotlib.rcParams), torch.get_rng_state()
    figure = FIGURES[name]()
    assert isinstance(figure, plotting.Figure)
    assert 0 < figure.get_figwidth() <= 8 and figure.get_figheight() <= 8
    assert len(figure.alt) > 20 and "\n" not in figure.alt
    data = figure._repr_mimebundle_()
    assert set(data) == {"text/html", "text/plain"} and data["text/plain"] == f"[figure] {figure.alt}"
    attributes = image(data["text/html"])
    assert attributes["alt"] == figure.alt and attributes["width"] == str(round(90 * figure.get_figwidth()))
    picture = base64.b64decode(attributes["src"].removeprefix("data:image/png;base64,"), validate=True)
    assert len(picture) < 200_000
    width, height = Image.open(io.BytesIO(picture)).size
    assert width == pytest.approx(2 * int(attributes["width"]), abs=2)  # sharp on a projector
    assert np.asarray(Image.open(io.BytesIO(picture)).convert("L")).std() > 1
    assert matplotlib.pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == settings and torch.equal(torch.get_rng_state(), generator)


@functools.cache
def built(name) -> tuple[plotting.Figure, list[Text]]:
    """A figure for the tests that only look at it, and every text that is drawn: of ticks, legends and keys as well."""
    figure, drawn, draw = FIGURES[name](), {}, Text.draw
    figure.draw_without_rendering()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", lambda text, renderer: (drawn.setdefault(text), draw(text, renderer)))
        figure.draw_without_rendering()
    return figure, [text for text in drawn if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("name", [name for name in FIGURES if not name.startswith("pad_backdrop")])
def test_every_axis_says_what_it_shows(name):
    for ax in built(name)[0].axes:
        pictures_without_ticks = len(ax.get_xticks()) == 0 and len(ax.get_yticks()) == 0
        bar_of_squares = name == "show_matrices" and ax.get_label() == "<colorbar>"
        assert ax.get_xlabel() or ax.get_ylabel() or pictures_without_ticks or bar_of_squares


def box(artist):
    """The place of an artist, a pixel less on each side."""
    extent = Text.get_window_extent(artist) if isinstance(artist, Text) else artist.get_window_extent()
    return extent.padded(-1)  # a text without the arrow that it may have


@pytest.mark.parametrize("name", FIGURES)
def test_texts_are_large_enough_to_read_stand_in_the_figure_and_not_on_each_other(name):
    figure, texts = built(name)
    small = {text.get_text(): text.get_fontsize() for text in texts if text.get_fontsize() < 9.6}
    assert not small  # points: 12 pixels at 90 dots per inch
    page = figure.bbox.padded(2)
    cut = [text.get_text() for text in texts if not page.containsx(box(text).x0) or not page.containsx(box(text).x1)]
    cut += [text.get_text() for text in texts if not page.containsy(box(text).y0) or not page.containsy(box(text).y1)]
    assert not cut
    pairs = [(a.get_text(), b.get_text()) for a, b in itertools.combinations(texts, 2) if box(a).overlaps(box(b))]
    assert not pairs


@pytest.mark.parametrize("name", FIGURES)
def test_no_legend_and_no_key_covers_an_axes(name):
    figure, _ = built(name)
    keys = [*figure.findobj(Legend), *figure.findobj(AnnotationBbox)]
    assert not [1 for key in keys for ax in figure.axes if box(key).overlaps(ax.patch.get_window_extent().padded(-1))]


def test_a_grading_kernel_gets_the_bare_picture_as_well(monkeypatch):
    """What strangers show goes onto pages as text and pictures, never as markup."""
    figure = FIGURES["show_curves"]()
    name = "NBGRADER_EXECUTION"
    monkeypatch.setenv(name, walls.variables("home", "work")[name])
    data = figure._repr_mimebundle_()
    output = outputs.harmless("display_data", {"data": data})
    assert set(output.data) == {"image/png", "text/plain"} and output.data["text/plain"] == f"[figure] {figure.alt}"
    assert base64.b64encode(figure.small_png()).decode() == output.data["image/png"]


def test_a_text_alternative_is_text_whatever_it_says():
    figure = FIGURES["show_curves"]()
    figure.alt = 'a < b & "c" <script>'
    assert image(figure.html())["alt"] == figure.alt


def test_a_figure_says_its_finding_with_the_numbers_filled_in(monkeypatch):
    monkeypatch.setattr(look, "findings", lambda lesson: {"tear": "In {lesson} the needle\n  is {worst} high.\n"})
    figure = FIGURES["show_curves"]()
    assert figure.says("02 tear", lesson="02", worst=f"{3.98:.1f}") is figure
    assert figure.alt == "In 02 the needle is 4.0 high." and figure._repr_mimebundle_()["text/plain"].endswith("high.")
    with pytest.raises(KeyError):
        figure.says("02 tears")
    with pytest.raises(KeyError):
        figure.says("02 tear", worst="4.0")  # a place that nothing fills


def test_every_lessons_findings_can_be_read_and_said():
    lessons = sorted(file.stem for file in (Path(look.__file__).parent / "findings").glob("*.toml"))
    assert lessons
    for lesson in lessons:
        for name, text in look.findings(lesson).items():
            assert isinstance(text, str) and len(text) >= 40, (lesson, name)


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


def test_colour_images_are_drawn_in_their_colours_on_the_same_fixed_scale(caplog):
    figure = plotting.show_rows({"grey": IMAGES, "colour": COLOUR, "too much": 3 * COLOUR - 1}, columns=3)
    expected = [*COLOUR[:3].permute(0, 2, 3, 1), *(3 * COLOUR[:3] - 1).clamp(0, 1).permute(0, 2, 3, 1)]
    assert all(np.allclose(p.get_array(), e) for p, e in zip(drawn(figure)[3:], expected, strict=True))
    assert all(np.allclose(p.get_array(), e) for p, e in zip(drawn(figure)[:3], IMAGES[:3, 0], strict=True))
    assert "grey, colour, too much" in figure.alt and not caplog.records  # or matplotlib complains below each cell
    for picture in drawn(plotting.show_rows({"faint": 0.1 * COLOUR})):
        assert picture.to_rgba(picture.get_array())[..., :3].max() < 0.11


def test_the_grid_stands_as_its_axes_say():
    """Image i of the list has z_2 in row i // side from below, z_1 in column i % side."""
    images = torch.arange(6.0)[:4].view(4, 1, 1, 1).expand(4, 1, 2, 2) / 4
    (picture,) = drawn(plotting.show_grid(images, 2, (0.0, 1.0, 0.0, 1.0)))
    assert picture.get_array()[::2, ::2].tolist() == [[0.5, 0.75], [0.0, 0.25]] and picture.origin == "upper"


@pytest.mark.parametrize("labels", [None, ("share of the prior", "share, too")])
def test_the_grids_axes_have_the_names_that_are_given(labels):
    (ax,) = plotting.show_grid(IMAGES[:4], 2, (0.0, 1.0, 2.0, 5.0), *([labels] if labels else [])).axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == (labels or ("$z_1$", "$z_2$"))
    # the middles of the outer images stand at 0 and 1, at 2 and 5
    assert (ax.get_xlim(), ax.get_ylim()) == ((-0.5, 1.5), (0.5, 6.5))
    assert drawn(ax.figure)[0].get_extent() == [-0.5, 1.5, 0.5, 6.5]


def test_circles_of_a_backdrop_stand_around_0_over_the_codes_and_hide_none():
    corners = (-1.0, 3.0, -2.0, 2.0)
    (ax,) = plotting.pad_backdrop(X, LABELS, corners, (1, 2.5)).axes
    assert [(tuple(circle.center), circle.radius) for circle in ax.patches] == [((0, 0), 1), ((0, 0), 2.5)]
    assert not any(circle.get_fill() for circle in ax.patches)
    assert min(circle.get_zorder() for circle in ax.patches) > max(codes.get_zorder() for codes in ax.collections)
    assert (*ax.get_xlim(), *ax.get_ylim()) == corners  # a circle that is larger does not move the map
    assert len(plotting.pad_backdrop(X, LABELS, corners).axes[0].patches) == 0


def limits(figure) -> set:
    return {(ax.get_xlim(), ax.get_ylim()) for ax in figure.axes}


def test_compared_panels_have_equal_limits_unless_told_otherwise():
    views = {"a": {"x": X}, "b": {"x": 2 * X + 1}}
    assert len(limits(plotting.show_planes(views))) == 1
    assert len(limits(plotting.show_planes(views, share=False))) == 2
    codes = {"a": (X, LABELS), "b": (3 * X, LABELS)}
    assert len(limits(plotting.show_codes(codes))) == 1
    assert len(limits(plotting.show_codes(codes, share=False))) == 2
    assert len(limits(plotting.show_codes({"a": (X, LABELS), "b": (9 * X, LABELS)}))) == 2  # one would be a dot


def test_codes_have_the_priors_circles_in_square_panels():
    figure = plotting.show_codes({"a": (X + 2, LABELS), "b": (0.1 * X, LABELS)}, circles=(1, 3), share=True)
    ((x, y),) = limits(figure)
    assert x[1] - x[0] == pytest.approx(y[1] - y[0]) and x[0] < -3 and x[1] > 3
    for ax in figure.axes:
        assert ax.get_aspect() == 1 and [circle.radius for circle in ax.patches] == [1, 3]


def test_class_numbers_that_would_lie_on_each_other_move_apart():
    figure = plotting.show_codes({"one place": (0.01 * X, LABELS)})
    figure.draw_without_rendering()
    names = [text for text in figure.axes[0].texts if text.get_text()]
    assert sorted(name.get_text() for name in names) == list("0123456789")
    rings = [name.get_bbox_patch() for name in names]
    assert not any(box(a).overlaps(box(b)) for a, b in itertools.combinations(rings, 2))


def test_rows_have_titles_over_their_columns_and_frames_around_marked_images():
    figure = plotting.show_rows({"x": IMAGES, "y": IMAGES}, 8, titles=["left", "right"], marked={"y": [False, True]})
    figure.draw_without_rendering()
    middles = [(text.get_window_extent().x0 + text.get_window_extent().x1) / 2 for text in figure.texts]
    tops = [ax.get_window_extent() for ax in figure.axes[:8]]
    expected = [(tops[0].x0 + tops[3].x1) / 2, (tops[4].x0 + tops[7].x1) / 2]
    assert [text.get_text() for text in figure.texts] == ["left", "right"] and middles == pytest.approx(expected, abs=2)
    framed = [any(side.get_visible() for side in ax.spines.values()) for ax in figure.axes]
    assert framed == [False] * 9 + [True] + [False] * 6
    assert "left, right" in figure.alt


def test_titles_can_stand_over_shares_that_differ():
    figure = plotting.show_rows({"x": IMAGES}, 6, titles={"one": 1, "five": 5})
    figure.draw_without_rendering()
    tops = [ax.get_window_extent() for ax in figure.axes]
    middles = [(box(text).x0 + box(text).x1) / 2 for text in figure.texts]
    expected = [(tops[0].x0 + tops[0].x1) / 2, (tops[1].x0 + tops[5].x1) / 2]
    assert middles == pytest.approx(expected, abs=2) and "Columns: one, five" in figure.alt


def test_bars_are_bars_on_a_logarithmic_axis():
    values = {"a": [1e-3, 1.0, 20.0], "b": [0.5, 0.1, 2.0]}
    (ax,) = plotting.show_bars(values, ("layer", "length")).axes
    tops = [[bar.get_y() + bar.get_height() for bar in bars] for bars in ax.containers]
    assert np.allclose(tops, list(values.values())) and ax.get_yscale() == "log"
    places = [bar.get_x() + bar.get_width() / 2 for bars in ax.containers for bar in bars]
    assert np.round(places).tolist() == [1, 2, 3, 1, 2, 3] and len(set(places)) == 6
    assert len({bars[0].get_hatch() for bars in ax.containers}) == 2  # never by colour alone


@pytest.mark.parametrize("most", [0.09, 0.45, 2.0, 30.0, 1e5])
def test_the_numbers_of_bars_do_not_crowd(most):
    figure = plotting.show_bars({"a": [0.02, most], "b": [0.03, most / 2]}, ("code", "variance"))
    figure.draw_without_rendering()
    (low, high), ticks = (
        figure.axes[0].get_ylim(),
        [figure.axes[0].yaxis.get_major_ticks(), figure.axes[0].yaxis.get_minor_ticks()],
    )
    boxes = [box(t.label1) for each in ticks for t in each if t.label1.get_text() and low <= t.get_loc() <= high]
    boxes.sort(key=lambda one: one.y0)
    assert len(boxes) >= 2 and all(a.y1 + 2 < b.y0 for a, b in itertools.pairwise(boxes))


def test_no_line_lies_on_an_axis():
    (ax,) = plotting.show_curves({"a": [45.0, 26.0, 22.0]}, levels={"best": 21.5}).axes
    low, high = ax.get_ylim()
    assert (21.5 - low) / (high - low) > 0.03


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("worst", [math.nan, math.inf, 0.0, -1.0])
def test_a_training_that_diverged_can_be_shown(log, worst, recwarn):
    figures = [
        plotting.show_curves({"fine": [3.0, 2.0], "diverged": [3.0, worst]}, log=log, levels={"PCA": 1.5}),
        plotting.show_curves({"diverged": [worst, worst], "too": [worst]}, log=log),
        plotting.show_tradeoff({"a": [(1.0, 2.0), (2.0, worst)]}, ("units", "error"), notes={"a": [1, 2]}, log=log),
        plotting.show_bars({"a": [1.0, worst], "b": [worst, worst]}, ("layer", "length")),
        plotting.show_ladder(torch.linspace(52, 1, 785), {"fine": (30, 3.0), "diverged": (30, worst)}),
    ]
    assert all(len(figure.png(20)) > 500 for figure in figures) and not recwarn.list
    texts = [text.get_text() for text in figures[-1].findobj(Text)]
    assert {"fine: 3.00", f"diverged: {worst:.2f}"} <= set(texts)


def test_what_lies_under_another_thing_is_larger():
    (ax,) = plotting.show_planes({"": {"x": X, "x_hat": X}}).axes
    sizes = [float(points.get_sizes()[0]) for points in ax.collections]
    assert sizes[0] > 2 * sizes[1] and ax.collections[0].get_zorder() < ax.collections[1].get_zorder()
    (ax, _) = plotting.show_arrows({"a": (1.3 * X, X), "b": (X, X)}, X).axes
    assert ax.collections[0].get_zorder() > ax.get_lines()[0].get_zorder()


def test_the_ladder_is_logarithmic_and_names_its_models_beside_them():
    models = {"AE": (30, 3.0), "lowered": (30, 3.2), "top": (100, 8.0)}
    figure = plotting.show_ladder(torch.linspace(52, 1, 785), models)
    (ax,) = figure.axes
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert {text.get_text(): text.xy for text in ax.texts} == {f"{n}: {e:.2f}": (c, e) for n, (c, e) in models.items()}


@pytest.mark.parametrize("wanted", [[0.5, 0.5, 0.5], [0.0, 0.01, 1.0], [0.9, 0.1, 0.95, 0.92], [0.3], []])
def test_names_spread_to_their_gap_in_their_order(wanted):
    places = keys.spread(wanted, 0.1)
    assert sorted(range(len(wanted)), key=lambda i: wanted[i]) == sorted(range(len(wanted)), key=lambda i: places[i])
    ordered = sorted(places)
    assert all(b - a >= 0.1 - 1e-9 for a, b in itertools.pairwise(ordered))
    assert not places or (0 <= ordered[0] and ordered[-1] <= 1)


def test_names_that_are_apart_stay_where_they_are():
    assert keys.spread([0.9, 0.2, 0.5], 0.1) == pytest.approx([0.9, 0.2, 0.5])


# --- diagrams -----------------------------------------------------------------------------------------------------


def on(figure) -> set[str]:
    return {text.get_text() for text in figure.axes[0].texts}


@pytest.mark.parametrize("biases", [True, False])
def test_the_bottlenecks_parameters_are_those_of_its_two_layers(biases):
    layers = torch.nn.Sequential(torch.nn.Linear(7, 3, bias=biases), torch.nn.Linear(3, 7, bias=biases))
    total = sum(parameter.numel() for parameter in layers.parameters())
    figure = plotting.show_bottleneck(7, 3, biases=biases)
    assert f"{total} parameters in all" in on(figure) and f"{total} parameters" in figure.alt
    assert {"W1: 3 x 7 = 21", "W2: 7 x 3 = 21", "x", "z", "x_hat"} <= on(figure)
    assert ({"b1: 3", "b2: 7"} <= on(figure)) == biases


def test_the_layers_parameters_are_those_of_the_net():
    sizes = [784, 128, 64, 32, 2, 32, 64, 128, 784]
    counts = [sum(p.numel() for p in torch.nn.Linear(a, b).parameters()) for a, b in itertools.pairwise(sizes)]
    figure = plotting.show_layers(sizes, "sigmoid")
    assert {f"{count:,}" for count in counts} <= on(figure)
    assert f"{sum(counts):,} parameters" in figure.alt and "784 - 128 - 64 - 32 - 2 - 32" in figure.alt


def test_the_code_is_the_smallest_layer_between_the_ends():
    assert "its code the 1024 at place 2" in plotting.show_layers([784, 1024, 784], "ReLU").alt
    assert "its code the 9 at place 3" in plotting.show_layers([9, 9, 9, 9], "ReLU", code=2).alt
    with pytest.raises(ValueError, match="at least one layer"):
        plotting.show_layers([784, 784], "ReLU")


def test_layers_are_as_high_as_the_logarithm_of_their_size():
    heights = [diagrams.tall(size, 784) for size in (2, 32, 64, 128, 784)]
    steps = np.diff(heights) / np.diff(np.log([2, 32, 64, 128, 784]))
    assert np.allclose(steps, steps[0]) and steps[0] > 0


def test_weights_are_drawn_on_a_scale_with_zero_in_the_middle():
    """All of a row share it, and it stands beside the row: a weak picture looks weak."""
    rows = {"f": IMAGES[:3] - 0.2, "g": torch.cat([0.1 * IMAGES[:2], 0.4 * IMAGES[:1]])}
    figure = plotting.show_features(rows, columns=3)
    scales = [picture.get_clim() for picture in drawn(figure)]
    assert np.allclose(scales, [(-0.8, 0.8)] * 3 + [(-0.4, 0.4)] * 3)
    assert [ax.get_ylabel() for ax in figure.axes[::3]] == ["f\n±0.8", "g\n±0.4"]


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


@pytest.mark.parametrize(
    ("x_scale", "x", "words"),
    [
        ("linear", [1.0, 20.0, 3000.0], {}),
        ("log", [1.0, 20.0, 3000.0], {1.0: "1", 10.0: "10", 1000.0: "1000"}),
        ("logit", [1e-5, 0.3, 1 - 1e-5], {0.01: "0.01", 0.5: "0.5", 0.99: "0.99", 1e-6: "$10^{-6}$"}),
    ],
)
def test_the_axis_of_curves_can_be_stretched_and_its_numbers_are_the_datas(x_scale, x, words):
    figure = plotting.show_curves({"a": [1.0, 2.0, 0.5]}, x, x_scale=x_scale)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    assert ax.get_xscale() == x_scale and ax.get_yscale() == "linear"
    assert [list(values) for values in ax.get_lines()[0].get_data()] == [x, [1.0, 2.0, 0.5]]
    texts = dict(zip(ax.get_xticks(), (label.get_text() for label in ax.get_xticklabels()), strict=True))
    assert {at: texts[at] for at in words} == words


def test_curves_lie_on_a_plain_axis_unless_told():
    assert plotting.show_curves({"a": [1.0, 2.0]}).axes[0].get_xscale() == "linear"


def stems(ax):
    """{place: line} of the upright lines with a marker at one end."""
    return {line.get_xdata()[0]: line for line in ax.get_lines() if line.get_markevery() is not None}


def test_stems_run_from_0_to_their_numbers_on_one_scale():
    values = {"AE": torch.tensor([0.5, -2.0, 0.0, 1.0], requires_grad=True), "PCA": torch.tensor([0.1, 0.1, 0.2, -0.1])}
    figure = plotting.show_stems(values, ("input", "weight"), marks=[1, 3])
    assert len({ax.get_ylim() for ax in figure.axes}) == len({ax.get_xlim() for ax in figure.axes}) == 1
    for ax, (name, numbers) in zip(figure.axes, values.items(), strict=True):
        found = stems(ax)
        assert ax.get_ylabel() == name and list(found) == [0, 1, 2, 3]
        for j, number in enumerate(numbers.tolist()):
            assert list(found[j].get_xdata()) == [j, j] and list(found[j].get_ydata()) == [0, number]
            assert found[j].get_markevery() == [1]  # the marker stands at the number, not at 0
        looks = [(line.get_color(), line.get_marker()) for line in found.values()]
        assert looks[0] == looks[2] and looks[1] == looks[3]
        assert all(a != b for a, b in zip(looks[0], looks[1], strict=True))  # never by colour alone
    assert figure.axes[-1].get_xlabel() == "input"
    assert all(word in figure.alt for word in ("weight", "input", "AE, PCA"))


def same_points(line, points) -> bool:
    return np.allclose(np.transpose(line.get_data()), points)


def test_a_tradeoff_joins_its_points():
    notes = {"L1": [0.1, 0.3], "k-sparse": ["k = 80", "k = 20", "k = 10"]}
    figure = plotting.show_tradeoff(TRADE, ("units", "error"), notes=notes)
    (ax,) = figure.axes
    assert ax.get_xscale() == "log" and ax.get_yscale() == "linear"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("units", "error")
    lines = ax.get_lines()
    assert [line.get_label() for line in lines] == list(TRADE)
    assert all(same_points(line, points) for line, points in zip(lines, TRADE.values(), strict=True))
    assert len({line.get_marker() for line in lines}) == len({line.get_linestyle() for line in lines}) == 2
    said = [(text.get_text(), text.xy) for text in ax.texts]
    assert said == [(str(note), xy) for name in TRADE for note, xy in zip(notes[name], TRADE[name], strict=True)]
    assert all(word in figure.alt for word in ("units", "error", "L1, k-sparse"))


def test_a_tradeoff_without_notes_is_its_lines():
    (ax,) = plotting.show_tradeoff(TRADE, ("units", "error")).axes
    assert len(ax.texts) == 0
    names = [text.get_text() for text in ax.figure.findobj(Text) if text.get_text() in TRADE]
    assert sorted(names) == sorted(TRADE)


def test_the_scene_of_a_sparse_code_shows_the_digit_its_reconstruction_the_units_and_the_choice():
    faint, features = IMAGES[:1] * 0.1, torch.stack([(i + 1) * (IMAGES[i] - 0.3) for i in range(8)])
    figure = plotting.show_sparse(faint, IMAGES[1:2], features, TRADE, ("units", "error"), (50, 3.5), "L1, step 3")
    x, x_hat, *units = drawn(figure)
    assert np.allclose(x.get_array(), faint[0, 0]) and np.allclose(x_hat.get_array(), IMAGES[1, 0])
    assert x.get_clim() == x_hat.get_clim() == (0, 1)
    assert [x.axes.get_title(), x_hat.axes.get_title()] == ["x", "x_hat"]
    for unit, image in zip(units, features, strict=True):
        assert np.allclose(unit.get_array(), image[0])
        assert unit.get_clim() == pytest.approx((-float(image.abs().max()), float(image.abs().max())))
    (ax,) = [each for each in figure.axes if not each.get_images()]
    assert all(same_points(line, points) for line, points in zip(ax.get_lines(), TRADE.values(), strict=True))
    assert len({line.get_marker() for line in ax.get_lines()}) == 2
    assert ax.get_xscale() == "log" and (ax.get_xlabel(), ax.get_ylabel()) == ("units", "error")
    assert [ring.get_offsets().tolist() for ring in ax.collections] == [[[50, 3.5]]]
    assert figure.get_suptitle() == "L1, step 3" and figure.alt.startswith("L1, step 3")


def test_arrows_run_from_start_to_end_over_the_curve_in_equal_panels():
    views = {"little": (1.3 * X, X), "much": (0.2 * X[:7] + 0.1, (0.9 * X[:7]).requires_grad_())}
    figure = plotting.show_arrows(views, X)
    for ax, (title, (start, end)) in zip(figure.axes, views.items(), strict=True):
        (arrows,) = ax.collections
        assert np.allclose(arrows.get_offsets(), start)
        tips = np.asarray(arrows.get_offsets()) + np.stack([arrows.U, arrows.V], 1)
        assert np.allclose(tips, end.detach(), atol=1e-6)
        assert (arrows.angles, arrows.scale_units, arrows.scale) == ("xy", "xy", 1)  # as long as the axes say
        assert same_points(ax.get_lines()[0], X)
        assert ax.get_title() == title and ax.get_aspect() == 1
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in figure.axes}) == 1
    assert "little, much" in figure.alt


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
    for one, other in itertools.combinations(plotting.COLOURS, 2):
        assert math.dist(lab(one, blindness), lab(other, blindness)) > 15, f"{one} and {other}"


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_the_colours_of_the_ten_classes_stay_apart(blindness):
    for one, other in itertools.combinations(look.CLASSES, 2):
        assert math.dist(lab(one, blindness), lab(other, blindness)) > 25, f"{one} and {other}"


@pytest.mark.parametrize("colour", look.COLOURS + look.CLASSES)
def test_each_colour_is_seen_on_white(colour):
    """WCAG's contrast for what isn't text."""
    rgb = np.array(to_rgb(colour))
    luminance = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    assert 1.05 / (luminance + 0.05) >= 3


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
