"""What the explorers are given: pictures, copies along training, bytes and errors measured in Python."""

import base64
import io

import numpy
import pytest
import torch
from PIL import Image

from course_lib import plotting
from course_lib.baselines import codecs, pca
from course_lib.losses import reconstruction, squared_error
from course_lib.models import MLPAutoencoder
from course_lib.training import fit
from course_lib.widgets import drawn, filmed, thirty

X = torch.rand(50, 1, 28, 28, generator=torch.Generator().manual_seed(0))
STATIC = plotting.show_curves({"instead": [1.0, 2.0]})


def test_a_sheet_holds_its_images_in_four_greys_row_by_row():
    url = drawn.sheet(X)
    sheet = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("L")
    assert sheet.size == (25 * 28, 2 * 28)
    second_row = torch.from_numpy(numpy.array(sheet.crop((28, 28, 56, 56)))) / 255
    assert (second_row - X[26, 0]).abs().max() < 0.17  # the 27th image, in steps of a third


def test_a_film_keeps_the_model_as_it_is_before_each_step_and_changes_nothing():
    nets = []
    watched, frames = filmed(reconstruction, (0, 2))
    for objective in (reconstruction, watched):
        torch.manual_seed(0)
        nets.append(MLPAutoencoder(1, (4,), x_shape=(2,), output="linear"))
        fit(nets[-1], X.flatten()[:100].view(50, 2), objective, epochs=3, batch_size=50, seed=0)
    torch.manual_seed(0)
    start = MLPAutoencoder(1, (4,), x_shape=(2,), output="linear")
    assert list(frames) == [0, 2]
    assert torch.equal(frames[0].g[0].weight, start.g[0].weight)
    assert torch.equal(nets[0].g[0].weight, nets[1].g[0].weight)
    assert not torch.equal(frames[2].g[0].weight, nets[1].g[0].weight)


@pytest.mark.parametrize("at", [0, 5])
def test_what_thirty_numbers_cost_is_measured_as_the_lesson_does(at, monkeypatch):
    monkeypatch.setattr(thirty, "MOST", 40)
    net, full = MLPAutoencoder(30, (8,)), pca(X, 784)
    config = thirty.thirty_numbers(full, {"net": net}, X, X[:10], [(70.0, 4.0)], STATIC).config
    step, first = config["steps"][at], full.first(30)
    z = first.f(X)
    unit = step * float(z.std())
    symbols = codecs.quantise(z, unit) if step else None
    error = squared_error(first.g(symbols * unit if step else z).view_as(X), X)
    found = config["pca"]
    assert found["left"][30] + sum(found["lost"][at][:30]) == pytest.approx(float(error), rel=1e-3)
    size = codecs.coded_bytes(symbols) / 50 if step else 120
    assert sum(found["bytes"][at][:30]) == pytest.approx(size, rel=1e-3)
    assert config["nets"][0]["tested"][at][1] > 0
