"""What lives in the page, against PyTorch in a real browser: the same numbers, alive without a kernel or a network."""

import pytest
import torch
from torch import nn

from course_lib.live import page as pages
from course_lib.live import store
from course_lib.widgets import pack

sync_api = pytest.importorskip("playwright.sync_api", exc_type=ImportError)
STILL = '<img alt="a picture &lt;/script&gt;" src="data:,">'
ENGINE = "\n".join((pages.SCRIPTS / f"{name}.js").read_text("utf-8") for name in ("base", "engine"))
FORWARD = f"([net, xs]) => {{ {ENGINE}\nconst it = unpack(net); return xs.map((x) => Array.from(forward(it, x))); }}"


@pytest.mark.parametrize("activation", pack.NAMES)
def test_forward_is_pytorchs(tab, activation):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 17), activation(), nn.Linear(17, 5, bias=False), nn.Sigmoid())
    packed, x = pack.pack(net), 3 * torch.randn(20, 3)
    found = torch.tensor(tab.evaluate(FORWARD, [packed, x.tolist()]))
    torch.testing.assert_close(found, pack.unpacked(net)(x).detach(), atol=5e-6, rtol=0)


def test_layers_it_does_not_know_are_refused():
    with pytest.raises(TypeError, match="Conv2d"):
        pack.pack([nn.Conv2d(1, 1, 3)])


def test_an_unknown_kind_is_named():
    with pytest.raises(KeyError, match="no nonsense.js"):
        pages.html({"kind": "nonsense"}, STILL)


def test_where_a_script_fails_the_picture_stays(tab):
    tab.set_content(pages.html({"kind": "turn"}, STILL))
    assert tab.locator("img").get_attribute("alt") == "a picture </script>"
    sync_api.expect(tab.get_by_text("could not start")).to_be_visible()
    tab.faults.clear()


def test_numbers_are_kept_apart_and_wake_a_page(tmp_path):
    import nbformat

    figure = nbformat.v4.new_output("display_data", {"text/html": STILL, pages.MIME: {"kind": "turn"}})
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[figure], id="one")])
    found = store.taken(book)
    assert found == {"one": {"kind": "turn"}} and pages.MIME not in book.cells[0].outputs[0].data
    store.keep("01", found, tmp_path)
    assert store.numbers("01", tmp_path) == found and store.numbers("02", tmp_path) == {}
    store.wake(book, found)
    assert STILL in book.cells[0].outputs[0].data["text/html"]
    assert 'mount("' in book.cells[0].outputs[0].data["text/html"]
