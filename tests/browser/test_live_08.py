"""Lesson 08's explorer in a browser: strings that are typed, shuffled and looked at; the numbers are PyTorch's."""

import pytest
import torch
from torch import nn

from course_lib.data import strings
from course_lib.live import store
from course_lib.models import GRUSeq2Seq, free_running
from course_lib.widgets.looking import layers

from . import live


@pytest.fixture(scope="module")
def networks():
    """The two networks with the page's rounded weights, in double precision as there."""
    (config,) = store.numbers("08").values()
    found = []
    for each in config["networks"]:
        packed = [step for step in live.network(each["network"]) if isinstance(step, nn.Linear)]
        model = GRUSeq2Seq(packed[0].in_features, attention=len(packed) == 7)
        for own, stored in zip(layers(model), packed, strict=True):
            own.weight.data.copy_(stored.weight)
            if own.bias is not None:
                own.bias.data.copy_(stored.bias)
        found.append(model.double().requires_grad_(False))
    return found


def asked(state):
    """Source and target of what the page has read: 2 x (1, n + 1)."""
    source = torch.tensor([[*state["read"], strings.END]])
    return source, strings.turned(source)


def agrees(state, networks):
    """What is written, its logits and where attention looks, all of it PyTorch's."""
    source, target = asked(state)
    for model, wrote, logits, z in zip(networks, state["wrote"], state["logits"], state["z"], strict=True):
        said = torch.tensor([wrote])
        assert said.equal(free_running(model, source, target.shape[1])[:, : len(wrote)])
        live.same(logits, model(source, strings.shifted_right(said))[0])
        live.same(z, model.f(source)[2][0])
    live.same(state["looks"], networks[1].look(source, strings.shifted_right(torch.tensor([state["wrote"][1]])))[0])


def test_typed_strings_are_written_as_pytorch_writes_them(awake, networks):
    host = awake("08")
    field = host.get_by_label("string to read")
    for typed in ("734499398", "7", "27272772272", "0123456789 0123456789"):
        field.fill(typed)
        state = live.state(host)
        assert "".join(map(str, state["read"])) == typed.replace(" ", "")
        agrees(state, networks)
    assert field.input_value() == "01234567890123456789"


def test_shuffles_are_counted(awake, networks):
    host = awake("08")
    before = live.state(host)["read"]
    host.get_by_role("button", name="shuffle", exact=True).press("Enter")
    state = live.state(host)
    assert state["read"] != before and sorted(state["read"]) == sorted(before)
    agrees(state, networks)
    host.get_by_role("button", name="try 100 shuffles").click()
    one, looking = live.state(host)["tried"]["right"]
    assert one < 60 < looking, "attention turns most shuffles round, one vector far fewer"
    host.get_by_label("only 2 and 7").check()
    assert set(live.state(host)["read"]) <= {2, 7} and live.state(host)["tried"] is None


def test_a_row_is_chosen_by_pointer_and_by_keys(awake, tab):
    host = awake("08")
    live.drag(tab, host.locator("svg"), [(0.5, 0.25), (0.5, 0.6)])
    assert (pulled := live.state(host)["step"]) > 2
    host.get_by_role("slider", name="symbol written").press("ArrowLeft")
    assert live.state(host)["step"] == pulled - 1
    host.get_by_role("slider", name="digits").press("ArrowRight")
    assert len(live.state(host)["read"]) == 10
    weight = live.state(host)["looks"][pulled - 1]
    said = f"{max(weight):.2f} of its weight is on the state after symbol"
    host.locator("[role=status]", has_text=said).wait_for(state="attached")


def test_it_fits_and_everything_has_a_name(awake, tab):
    host = awake("08")
    live.named(host)
    host.get_by_label("string to read").fill("27272772272727272277")
    live.fits(tab, host, 1000, 560)
    live.fits(tab, host, 390, 2000)
    live.phone(tab, awake, "08")
