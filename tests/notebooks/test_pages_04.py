"""What stands on the page of notebook 4 gives the library's numbers; controls that the page leaves out."""

import nbformat
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from course_lib import data, losses, repro
from course_lib.evaluate import apply, squared_error_per_image
from course_lib.ground import ROOT
from course_lib.models import KLargest, MLPAutoencoder
from course_lib.training import fit

CODES = 16


@pytest.fixture(scope="module")
def page():
    """What the tagged cells define, as the reader has it."""
    names = {"torch": torch, "DEVICE": "cpu"}
    wanted = {"the-model", "the-objective", "the-kl-objective", "the-layer", "the-world", "the-dictionary"}
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


# -- controls that the text tells and the page doesn't run ---------------------------------------------------------


def toy(all_matter):
    """Unseen error of L2 and of L1, each at its best strength: 80 examples, 100 inputs, 8 of which matter, or all."""
    generator = torch.Generator().manual_seed(0)
    w = torch.zeros(100)
    w[5:100:12] = torch.tensor([1.0, -1.0] * 4)
    w = 0.28 * torch.randn(100, generator=generator) if all_matter else w
    x = torch.randn(1080, 100, generator=generator)
    y, best = x @ w + 0.3 * torch.randn(1080, generator=generator), []
    for pull in (lambda w: w, torch.sign):
        errors = []
        for strength in (0.01, 0.03, 0.1):
            v = torch.zeros(100)
            for _ in range(2000):
                v = v - 0.02 * (x[:80].T @ (x[:80] @ v - y[:80]) / 80 + strength * pull(v))
            errors.append(float((x[80:] @ v - y[80:]).square().mean()))
        best.append(min(errors))
    return best


def test_l1_wins_by_far_where_few_inputs_matter_and_not_where_all_do():
    l2, l1 = toy(all_matter=False)
    assert l1 < 0.15 * l2
    l2, l1 = toy(all_matter=True)
    assert 0.7 * l2 < l1 < 1.3 * l2


def by_length(model, x):
    """L1 on the codes, each counted times the length of its atom."""
    z = model.f(x)
    error = losses.squared_error(model.g(z), x)
    return {"loss": error + 0.1 * (z * model.atoms.norm(dim=1)).sum() / len(x)}


def search(page, objective, codes, on=4, fixed=False):
    """How many atoms are found, and the mean length of the learnt ones."""
    atoms, z = page["world"](codes, active=on)
    repro.seed_everything(0)
    model = page["Dictionary"](codes, fixed=fixed)
    fit(model, (z @ atoms)[:19_000], objective, epochs=20, lr=5e-3)
    learnt = model.g(torch.eye(codes)).detach()
    near = (torch.nn.functional.normalize(learnt, dim=1) @ atoms.T).abs().amax(0)
    return int((near > 0.95).sum()), float(learnt.norm(dim=1).mean())


def test_free_atoms_grow_unless_their_length_costs_and_then_they_are_found(page):
    found, length = search(page, losses.sparse_l1(0.1), 100)
    assert found < 15 and length > 3
    found, length = search(page, by_length, 100)
    assert found > 70 and length < 2


def test_atoms_that_do_not_speak_a_few_at_a_time_are_not_found(page):
    assert search(page, losses.sparse_l1(0.1), 80, on=40, fixed=True)[0] < 5


mnist = pytest.mark.skipif(not data.mnist_folder(), reason="the numbers are MNIST's")


@mnist
def test_a_larger_step_does_what_four_restarts_do():
    digits, error = data.digits(), {}
    for name, parts, lr in (("one", 1, 2e-3), ("four", 4, 2e-3), ("one, twice the step", 1, 4e-3)):
        repro.seed_everything(0)
        model = MLPAutoencoder(256, (), code=KLargest(25))
        for _ in range(parts):
            fit(model, digits.train[:10_000], losses.reconstruction, epochs=8 // parts, lr=lr)
        error[name] = squared_error_per_image(model, digits.test[:2000])
        assert 0.6 < float((apply(model.f, digits.train[:10_000]).amax(0) < 0.01).float().mean()) < 0.8
    assert error["four"] < error["one"] - 2 and abs(error["one, twice the step"] - error["four"]) < 1.5


@mnist
def test_untrained_units_have_most_of_the_gain_over_pixels_unless_they_are_cut():
    digits, wrong = data.digits(), {}
    repro.seed_everything(0)
    relu = MLPAutoencoder(600, (), code="relu").f
    cut = torch.nn.Sequential(relu, KLargest(60))
    for name, encode in {"pixels": torch.nn.Flatten(), "all on": relu, "cut": cut}.items():
        z, z_test = (apply(encode, x).flatten(1) for x in (digits.train[:3000], digits.test[:4000]))
        model = LogisticRegression(C=0.1, max_iter=300, tol=1e-3).fit(z / z.std(), digits.train_labels[:3000])
        wrong[name] = 100 * (1 - model.score(z_test / z.std(), digits.test_labels[:4000]))
    assert wrong["all on"] < wrong["pixels"] - 2 and wrong["all on"] < wrong["cut"] - 2
