"""Lesson 07's explorer in a browser: skips cut, bottlenecks exchanged, images painted on; the numbers are PyTorch's."""

import pytest
import torch
from torch import nn

from course_lib.live import store
from course_lib.losses import squared_error
from course_lib.models import UNet
from course_lib.widgets.skipping import convolutions

from . import live

MEAN = "host => new Promise((done) => setInterval(() => host.state.mean && done(host.state.mean), 20))"


def unet(packed):
    """The U-Net of stored numbers, in double precision as in the page."""
    model = UNet()
    stored = [step for step in live.network(packed) if isinstance(step, nn.Linear)]
    for own, given in zip(convolutions(model), stored, strict=True):
        own.weight.data.copy_(given.weight)
        own.bias.data.copy_(given.bias)
    return model.double().requires_grad_(False)


@pytest.fixture(scope="module")
def tasks():
    """{task: (with skips, twin, what it is given, what it should return)}."""
    (config,) = store.numbers("07").values()
    images = live.values(config["images"]).view(-1, 1, 28, 28).double()
    found = {}
    for task in config["tasks"]:
        given = live.values(task["given"]).view_as(images).double() if task["given"] else images
        found[task["name"]] = unet(task["skips"]), unet(task["twin"]), given, images
    return found


def answered(model, x, other, swap, shares):
    """x through the model, its z mixed with the other's, each skip times its share (14 x 14, then 28 x 28)."""
    z, maps = model.f(x)
    z = torch.lerp(z, torch.zeros_like(z) if other is None else model.f(other)[0], swap)
    return model.g(z, [share * across for share, across in zip(shares, maps, strict=True)])


def agrees(state, task, other, swap=0.0, shares=(1, 1), wanted=None):
    """Both answers and both errors are PyTorch's."""
    skips, twin, _, _ = task
    x = torch.tensor(state["x_tilde"]).double().view(1, 1, 28, 28)
    own, bare = answered(skips, x, other, swap, shares), answered(twin, x, other, swap, (0, 0))
    live.same(state["x_hat"], own)
    live.same(state["twin"], bare)
    target = x if wanted is None else wanted
    live.same(state["errors"], torch.stack([squared_error(each, target) for each in (own, bare)]), 1e-4)


def test_skips_are_cut_and_bottlenecks_exchanged_by_keys(awake, tasks):
    host, copy = awake("07"), tasks["copy"]
    agrees(live.state(host), copy, copy[2][1:2])
    host.get_by_role("slider", name="skip 28").press("Home")
    agrees(cut := live.state(host), copy, copy[2][1:2], shares=(1, 0))
    assert cut["errors"][0] > 20, "without the skip at full size the copy is lost"
    host.get_by_role("slider", name="skip 28").press("End")
    host.get_by_role("slider", name="bottleneck exchanged").press("End")
    agrees(swapped := live.state(host), copy, copy[2][1:2], 1)
    assert swapped["errors"][0] < 8 < 40 < swapped["errors"][1], "the twin draws the other image"
    host.get_by_label("zeros").check()
    agrees(live.state(host), copy, None, 1)
    skips, twin, given, images = copy
    none = [answered(model, given, None, 1, shares) for model, shares in ((skips, (1, 1)), (twin, (0, 0)))]
    live.same(host.evaluate(MEAN), torch.stack([squared_error(each, images) for each in none]), 1e-4)


def test_a_repair_and_a_share_by_pointer(awake, tab, tasks):
    host = awake("07")
    for name, (_, _, given, _) in tasks.items():
        host.get_by_label(name).check()
        live.same(live.state(host)["x_tilde"], given[0])
    host.get_by_role("slider", name="other image").fill("5")
    live.drag(tab, host.get_by_role("slider", name="bottleneck exchanged"), [(0.02, 0.5), (0.6, 0.5)])
    live.drag(tab, host.get_by_role("slider", name="skip 14"), [(0.98, 0.5), (0.3, 0.5)])
    swap, share = (
        float(host.get_by_role("slider", name=name).input_value()) / 100 for name in ("bottleneck", "skip 14")
    )
    assert 0.4 < swap < 0.8 and 0.1 < share < 0.5
    agrees(live.state(host), tasks[name], given[4:5], swap, (share, 1), tasks[name][3][:1])


def test_an_image_is_painted_on_and_its_colours_exchanged(awake, tab, tasks):
    host, copy = awake("07"), tasks["copy"]
    live.drag(tab, host.locator("canvas.paint"), [(0.1, 0.9), (0.9, 0.9)])
    painted = torch.tensor(live.state(host)["x_tilde"]).view(28, 28)
    assert painted[25, 4:24].min() > 0.9 and painted[:20].equal(copy[2][0, 0, :20].float())
    agrees(live.state(host), copy, copy[2][1:2])
    host.get_by_role("button", name="exchange black and white").press("Enter")
    live.same(live.state(host)["x_tilde"], 1 - painted)
    agrees(live.state(host), copy, copy[2][1:2])
    host.get_by_role("button", name="undo").press("Enter")
    live.same(live.state(host)["x_tilde"], copy[2][0])


def test_it_fits_and_everything_has_a_name(awake, tab):
    host = awake("07")
    live.named(host)
    live.fits(tab, host, 1000, 560)
    live.fits(tab, host, 390, 1000)
    live.phone(tab, awake, "07")
    live.fits(tab, host, 640, 900)
