"""Strings, encoder-decoders of sequences, and their loss."""

import math

import pytest
import torch
from torch import nn

from course_lib import losses, models, repro
from course_lib.data import strings
from course_lib.models.transformer import MultiHead

SEQUENCE_MODELS = {
    "one vector": lambda: models.GRUSeq2Seq(16),
    "attention": lambda: models.GRUSeq2Seq(16, attention=True),
    "Transformer": lambda: models.Transformer(16, 2, 2),
    "learned positions": lambda: models.Transformer(16, 2, 1, positions="learned", longest=30),
}
each_model = pytest.mark.parametrize("build", SEQUENCE_MODELS.values(), ids=SEQUENCE_MODELS)


@pytest.fixture
def pairs():
    return strings.pairs(strings.turned, 40, 1, 7, seed=3)


# -- strings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "made"),
    [
        (strings.copied, lambda text: text),
        (strings.turned, lambda text: text[::-1]),
        (strings.ascending, lambda text: "".join(sorted(text))),
    ],
)
def test_the_tasks_are_what_python_makes_of_the_text(task, made):
    x = strings.pairs(task, 200, 1, 9, seed=1)
    assert x.shape == (200, 2, 10) and x.dtype == torch.float32
    sources, targets = strings.text(x[:, 0]), strings.text(x[:, 1])
    assert targets == [made(text) for text in sources]
    for row, text in zip(x[:, 1], targets, strict=True):
        assert row.tolist() == [*map(float, text), strings.END, *[strings.PAD] * (9 - len(text))]


def test_lengths_are_uniform_and_seeds_count():
    x = strings.strings(6000, 2, 7, seed=0)
    counts = torch.bincount(strings.lengths_of(x))
    assert counts[:2].sum() == 0 and len(counts) == 8 and counts[2:].min() > 850
    assert torch.equal(x, strings.strings(6000, 2, 7, seed=0))
    assert not torch.equal(x, strings.strings(6000, 2, 7, seed=1))


def test_shifted_right_begins_with_start(pairs):
    given = strings.shifted_right(pairs[:, 1])
    assert (given[:, 0] == strings.START).all() and torch.equal(given[:, 1:], pairs[:, 1, :-1])


@pytest.mark.parametrize("wrong", [(0, 2, 3), (2, 0, 3), (2, 4, 3), (2.0, 2, 3)])
def test_wrong_numbers_are_told(wrong):
    with pytest.raises(ValueError, match="must be a whole number"):
        strings.strings(*wrong)


# -- the loss --------------------------------------------------------------------------------------------------------


def test_the_loss_of_a_model_that_knows_nothing_is_log_13_for_each_real_symbol(pairs):
    target = pairs[:, 1]
    value = losses.symbols_error(torch.zeros(*target.shape, strings.SYMBOLS), target)
    symbols = float((strings.lengths_of(target) + 1).float().mean())
    assert float(value) == pytest.approx(symbols * math.log(13), rel=1e-5)


def test_what_is_said_about_padding_is_not_heard(pairs):
    target = pairs[:, 1]
    logits = torch.randn(*target.shape, strings.SYMBOLS)
    other = torch.where((target == strings.PAD)[..., None], 100 * torch.randn_like(logits), logits)
    torch.testing.assert_close(losses.symbols_error(logits, target), losses.symbols_error(other, target))


def test_shapes_that_do_not_fit_are_told(pairs):
    with pytest.raises(ValueError, match="each symbol of the target needs a row of logits"):
        losses.symbols_error(torch.zeros(40, 7, 13), pairs[:, 1])


# -- models ----------------------------------------------------------------------------------------------------------


@each_model
def test_no_place_sees_what_comes_after_it(build, pairs):
    repro.seed_everything(0)
    model = build()
    given = strings.shifted_right(pairs[:, 1])
    other = given.clone()
    other[:, 4:] = torch.randint(0, 10, other[:, 4:].shape).float()
    with torch.no_grad():
        one, two = model(pairs[:, 0], given), model(pairs[:, 0], other)
    torch.testing.assert_close(one[:, :4], two[:, :4])
    assert not torch.allclose(one[:, 4:], two[:, 4:], atol=1e-3)


@each_model
def test_padding_changes_nothing(build, pairs):
    repro.seed_everything(0)
    model = build()
    given, wider = strings.shifted_right(pairs[:, 1]), nn.functional.pad(pairs[:, 0], (0, 9), value=strings.PAD)
    with torch.no_grad():
        torch.testing.assert_close(model(pairs[:, 0], given), model(wider, given), rtol=1e-4, atol=1e-5)


@each_model
def test_free_running_is_forcing_with_its_own_symbols(build, pairs):
    repro.seed_everything(0)
    model, source = build(), pairs[:, 0]
    said = models.free_running(model, source, 8)
    assert said.shape == (40, 8) and said.dtype == source.dtype
    with torch.no_grad():
        again = model(source, strings.shifted_right(said)).argmax(-1)
    ended = (said == strings.END).cumsum(1) - (said == strings.END).int() > 0
    assert torch.equal(again[~ended], said.long()[~ended]) and (said[ended] == strings.PAD).all()


def test_the_weights_of_attention_look_at_real_symbols_alone(pairs):
    model = models.GRUSeq2Seq(8, attention=True)
    weights = model.look(pairs[:, 0], strings.shifted_right(pairs[:, 1]))
    assert weights.shape == (40, 8, 8)
    torch.testing.assert_close(weights.sum(2), torch.ones(40, 8))
    assert (weights.mT[pairs[:, 0] == strings.PAD] == 0).all()
    with pytest.raises(ValueError, match="no attention"):
        models.GRUSeq2Seq(8).look(pairs[:, 0], pairs[:, 1])


def test_heads_are_pytorchs():
    repro.seed_everything(0)
    ours, theirs = MultiHead(12, 3), nn.MultiheadAttention(12, 3, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.q.weight, ours.k.weight, ours.v.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.q.bias, ours.k.bias, ours.v.bias]))
        theirs.out_proj.load_state_dict(ours.o.state_dict())
    x, memory = torch.randn(2, 4, 12), torch.randn(2, 6, 12)
    seen = torch.ones(2, 1, 1, 6, dtype=torch.bool)
    seen[0, ..., 4:] = False
    expected = theirs(x, memory, memory, key_padding_mask=~seen[:, 0, 0])[0]
    torch.testing.assert_close(ours(x, memory, seen), expected, rtol=1e-4, atol=1e-5)


def test_sinusoids_by_the_formula():
    table = models.sinusoids(5, 6)
    for p in range(5):
        for i in range(3):
            angle = p / 10_000 ** (2 * i / 6)
            assert table[p, 2 * i : 2 * i + 2].tolist() == pytest.approx([math.sin(angle), math.cos(angle)], abs=1e-5)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: models.sinusoids(4, 5), "must be even"),
        (lambda: MultiHead(10, 3), "3 heads can't share 10 numbers"),
        (lambda: models.Transformer(positions="none"), "unknown positions 'none'"),
        (lambda: models.Transformer(8, 2, 1, "learned", longest=3)(torch.zeros(1, 4), torch.zeros(1, 2)), "4 places"),
        (lambda: models.GRUSeq2Seq(0), "hidden must be a whole number"),
        (lambda: models.RowsAutoencoder(z_dim=0), "z_dim must be a whole number"),
        (lambda: models.free_running(models.GRUSeq2Seq(4), torch.full((1, 2), 12.0), 0), "length must be"),
    ],
)
def test_sizes_that_do_not_fit_are_told(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_rows_free_running_is_forcing_with_its_own_rows():
    repro.seed_everything(0)
    model, x = models.RowsAutoencoder(3, 8, width=5), torch.rand(4, 1, 6, 5)
    with torch.no_grad():
        z = model.f(x)
        x_hat = model(x)
        assert z.shape == (4, 3) and x_hat.shape == x.shape
        torch.testing.assert_close(model.forced(x_hat, z).sigmoid(), x_hat)
        torch.testing.assert_close(model.forced(x), model.forced(x, z))
        assert not torch.allclose(model.forced(x).sigmoid(), x_hat, atol=1e-4)
