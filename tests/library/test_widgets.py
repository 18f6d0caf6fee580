"""The code pad without a browser: its buttons, menus and slider are turned by hand, and what it would show is read."""

import base64
import io

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image

from course_lib import plotting
from course_lib.models import MLPAutoencoder
from course_lib.widgets import CodePad, code_pad, data_url

BOUNDS = [-6.0, 4.0, -3.0, 5.0]
LABELS = torch.arange(40) % 10
Z = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
STATIC = plotting.show_curves({"instead": [1.0, 2.0]})
MAPS = {name: plotting.pad_backdrop(scale * Z, LABELS, BOUNDS) for name, scale in (("1", 1.0), ("10", 0.3))}
ENDS = {
    "1": {"zero": torch.tensor([-1.0, 2.0]), "one": torch.tensor([3.0, 1.0]), "two": torch.tensor([0.5, -2.0])},
    "10": {"zero": torch.tensor([-0.1, 0.2]), "one": torch.tensor([0.3, 0.1]), "two": torch.tensor([0.0, -0.2])},
}


@pytest.fixture(autouse=True)
def a_reader_is_there(monkeypatch):
    monkeypatch.delenv("COURSE_HEADLESS", raising=False)


@pytest.fixture
def decoders():
    torch.manual_seed(0)
    return {name: MLPAutoencoder(2, (16,), gain=3.0).g for name in MAPS}


def inside(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """The widget and all that it holds, from top to bottom."""
    return [widget, *(each for child in getattr(widget, "children", ()) for each in inside(child))]


def parts(widget: ipywidgets.Widget, kind: type) -> list:
    return [each for each in inside(widget) if isinstance(each, kind)]


def shows(pad: CodePad, decode, z: list[float]) -> bool:
    """True where the pad stands at z, and its picture is what the decoder makes of z."""
    head, picture = pad.image.split(",")
    assert head == "data:image/png;base64"
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))))
    expected = decode(torch.tensor([z])).detach()[0, 0] * 255
    assert expected.std() > 1  # or all pictures would be alike
    return pad.z == pytest.approx(z) and pixels.shape == (28, 28) and np.allclose(pixels, expected, atol=0.51)


def background(name: str) -> str:
    return data_url(MAPS[name].png())


def test_a_pad_of_one_decoder_is_the_pad_alone_and_decodes_where_it_is_moved(decoders):
    pad = code_pad(decoders["1"], MAPS["1"], BOUNDS, STATIC)
    assert isinstance(pad, CodePad) and pad.bounds == BOUNDS
    assert pad.background == background("1") and pad.label == MAPS["1"].alt
    assert shows(pad, decoders["1"], [-1.0, 1.0])  # the middle
    pad.z = [2.0, -0.5]
    assert shows(pad, decoders["1"], [2.0, -0.5])


def test_a_dict_of_one_needs_no_buttons(decoders):
    assert isinstance(code_pad({"1": decoders["1"]}, {"1": MAPS["1"]}, BOUNDS, STATIC, choice="beta"), CodePad)


def test_a_button_switches_background_and_picture_and_leaves_the_place(decoders):
    box = code_pad(decoders, MAPS, BOUNDS, STATIC, choice="beta")
    (pad,), (buttons,) = parts(box, CodePad), parts(box, ipywidgets.ToggleButtons)
    assert buttons.description == "beta" and list(buttons.options) == ["1", "10"] and buttons.value == "1"
    assert inside(box).index(buttons) < inside(box).index(pad)  # above the pad
    assert not parts(box, ipywidgets.Dropdown) and not parts(box, ipywidgets.FloatSlider)
    pad.z = [2.0, -0.5]
    for name in ("10", "1", "10"):
        buttons.value = name
        assert pad.background == background(name) and shows(pad, decoders[name], [2.0, -0.5])
    assert background("1") != background("10")
    pad.z = [1.0, 1.0]  # moving on decodes with the chosen one
    assert shows(pad, decoders["10"], [1.0, 1.0]) and not shows(pad, decoders["1"], [1.0, 1.0])


def walker(decoders) -> tuple:
    box = code_pad(decoders, MAPS, BOUNDS, STATIC, choice="beta", ends=ENDS)
    (pad,), (buttons,) = parts(box, CodePad), parts(box, ipywidgets.ToggleButtons)
    start, end = parts(box, ipywidgets.Dropdown)
    (slider,) = parts(box, ipywidgets.FloatSlider)
    return pad, buttons, start, end, slider


def test_the_menus_hold_the_named_codes_and_start_with_the_first_and_the_last(decoders):
    _, _, start, end, slider = walker(decoders)
    assert list(start.options) == list(end.options) == ["zero", "one", "two"]
    assert (start.description, start.value) == ("from", "zero") and (end.description, end.value) == ("to", "two")
    assert (slider.min, slider.max, slider.value) == (0, 1, 0)


@pytest.mark.parametrize("share", [0.5, 0.24, 1.0])
def test_the_slider_walks_on_the_straight_line(decoders, share):
    pad, _, _, _, slider = walker(decoders)
    slider.value = share
    expected = [(1 - share) * a + share * b for a, b in ((-1.0, 0.5), (2.0, -2.0))]
    assert shows(pad, decoders["1"], expected)
    slider.value = 0.0
    assert shows(pad, decoders["1"], [-1.0, 2.0])


def test_another_digit_moves_its_end_of_the_line(decoders):
    pad, _, start, end, slider = walker(decoders)
    start.value = "one"
    assert shows(pad, decoders["1"], [3.0, 1.0])  # the slider is at 0: all of the start
    end.value = "zero"
    assert shows(pad, decoders["1"], [3.0, 1.0])
    slider.value = 0.5
    assert shows(pad, decoders["1"], [1.0, 1.5])
    start.value = "two"
    assert shows(pad, decoders["1"], [-0.25, 0.0])


def test_each_decoder_has_its_own_codes_of_the_names(decoders):
    pad, buttons, _, end, slider = walker(decoders)
    end.value, slider.value = "one", 0.5
    assert shows(pad, decoders["1"], [1.0, 1.5])
    buttons.value = "10"
    assert pad.background == background("10") and shows(pad, decoders["10"], [0.1, 0.15])
    buttons.value = "1"
    assert pad.background == background("1") and shows(pad, decoders["1"], [1.0, 1.5])


def test_after_a_walk_the_pad_can_still_be_dragged(decoders):
    pad, _, _, _, slider = walker(decoders)
    slider.value = 0.5
    pad.z = [2.0, -0.5]
    assert shows(pad, decoders["1"], [2.0, -0.5])


def test_one_decoder_can_have_ends_too(decoders):
    box = code_pad(decoders["1"], MAPS["1"], BOUNDS, STATIC, ends={"": ENDS["1"]})
    (pad,), (slider,) = parts(box, CodePad), parts(box, ipywidgets.FloatSlider)
    assert not parts(box, ipywidgets.ToggleButtons) and len(parts(box, ipywidgets.Dropdown)) == 2
    slider.value = 0.5
    assert shows(pad, decoders["1"], [-0.25, 0.0])


@pytest.mark.parametrize(("said", "static"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_where_nobody_can_drag_the_static_figure_stands_in(decoders, monkeypatch, said, static):
    monkeypatch.setenv("COURSE_HEADLESS", said)
    assert (code_pad(decoders, MAPS, BOUNDS, STATIC, choice="beta", ends=ENDS) is STATIC) == static
    assert (code_pad(decoders["1"], MAPS["1"], BOUNDS, STATIC) is STATIC) == static


def test_a_place_that_was_dragged_to_stays_when_the_decoder_changes(decoders):
    pad, buttons, _, _, slider = walker(decoders)
    slider.value = 0.5
    pad.z = [2.0, -0.5]
    buttons.value = "10"
    assert pad.background == background("10") and shows(pad, decoders["10"], [2.0, -0.5])
