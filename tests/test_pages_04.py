"""The model, the objectives and the layer on the page of notebook 4 give the library's numbers."""

import nbformat
import pytest
import torch

from course_lib import losses, repro
from course_lib.bootstrap import ROOT
from course_lib.models import KLargest, MLPAutoencoder
from course_lib.training import fit

CODES = 16


@pytest.fixture(scope="module")
def page():
    """What the tagged cells define, as the reader has it."""
    names, wanted = {"torch": torch}, {"the-model", "the-objective", "the-kl-objective", "the-layer"}
    book = nbformat.read(ROOT / "notebooks" / "04_sparse.ipynb", as_version=4)
    found = [(wanted & set(cell.metadata.get("tags", [])), cell.source) for cell in book.cells]
    assert set().union(*(tags for tags, _ in found)) == wanted
    for tags, source in found:
        if tags:
            assert len([line for line in source.splitlines() if line.strip()]) <= 14
            exec(source, names)
    return names


def images(rows=64):
    return torch.rand(rows, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def both(page, code, library_code, seed=0):
    """The page's model and the library's, made with the same seed."""
    repro.seed_everything(seed)
    ours = page["SparseAutoencoder"](CODES, code)
    repro.seed_everything(seed)
    return ours, MLPAutoencoder(CODES, (), code=library_code)


def trained(model, objective):
    return fit(model, images(), objective, epochs=2, batch_size=16, lr=1e-2)


def test_the_model_on_the_page_is_the_librarys(page):
    ours, theirs = both(page, torch.nn.ReLU(), "relu")
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, other)
    x = images(5)
    assert torch.equal(ours.f(x), theirs.f(x)) and torch.equal(ours(x), theirs(x)) and ours(x).shape == x.shape


def test_the_l1_objective_on_the_page_is_the_librarys(page):
    ours, theirs = both(page, torch.nn.ReLU(), "relu")
    for name, value in page["l1_objective"](ours, images(), 0.1).items():
        assert float(value) == pytest.approx(float(losses.sparse_l1(0.1)(theirs, images())[name]), rel=1e-5)
    one = trained(ours, lambda model, x: page["l1_objective"](model, x, 0.1))
    two = trained(theirs, losses.sparse_l1(0.1))
    assert one["loss"] == pytest.approx(two["loss"], rel=1e-4)


def test_the_kl_objective_on_the_page_is_the_librarys_and_its_other_order_is_the_other(page):
    ours, theirs = both(page, torch.nn.Sigmoid(), "sigmoid")
    for name, value in page["kl_objective"](ours, images(), 0.05, 0.7).items():
        assert float(value) == pytest.approx(float(losses.sparse_kl(0.05, 0.7)(theirs, images())[name]), rel=1e-5)
    one = trained(ours, lambda model, x: page["kl_objective"](model, x, 0.05))
    assert one["loss"] == pytest.approx(trained(theirs, losses.sparse_kl(0.05, 1.0))["loss"], rel=1e-4)
    coins = torch.distributions.Bernoulli(theirs.f(images()).mean(0)), torch.distributions.Bernoulli(torch.tensor(0.05))
    other = page["kl_objective"](theirs, images(), 0.05, swapped=True)["kl"]
    assert float(other) == pytest.approx(float(torch.distributions.kl_divergence(*coins).sum()), rel=1e-4)


def test_the_layer_on_the_page_is_the_librarys(page):
    z = torch.randn(7, CODES, generator=torch.Generator().manual_seed(0))
    assert torch.equal(page["KSparse"](3)(z), KLargest(3)(z))
    ours, theirs = both(page, page["KSparse"](3), KLargest(3))
    one, two = (trained(model, losses.reconstruction)["loss"] for model in (ours, theirs))
    assert one == pytest.approx(two, rel=1e-4)
