"""What stands on the page of notebook 8 and what the library does give the same numbers."""

from functools import partial

import pytest
import torch
from torch import nn

from course_lib import losses, models, repro
from course_lib.data import strings
from course_lib.training import fit

from . import pages

on_the_page = partial(pages.on_the_page, "08", strings=strings)


@pytest.fixture
def pairs():
    return strings.pairs(strings.turned, 24, 1, 6, seed=0)


def test_the_step_on_the_page_is_pytorchs():
    repro.seed_everything(0)
    cell, x, h = nn.GRUCell(5, 4), torch.randn(3, 5), torch.randn(3, 4)
    torch.testing.assert_close(on_the_page("the-gru")["gru_step"](x, h, *cell.parameters()), cell(x, h))


def test_the_model_and_the_objective_on_the_page_are_the_librarys(pairs):
    page = on_the_page("the-model", "the-objective")
    found, curves = [], []
    for build, objective in (
        (page["OneVector"], page["teacher_forcing"]),
        (models.GRUSeq2Seq, losses.teacher_forcing),
    ):
        repro.seed_everything(0)
        found.append(build(8))
        curves.append(fit(found[-1], pairs, objective, epochs=3, batch_size=7)["loss"])
    assert curves[0] == pytest.approx(curves[1], rel=1e-4) and curves[0][-1] < curves[0][0]
    logits = [model(pairs[:, 0], strings.shifted_right(pairs[:, 1])) for model in found]
    torch.testing.assert_close(*logits, rtol=1e-3, atol=1e-3)


def test_attention_on_the_page_is_the_librarys_and_pytorchs():
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, n, 4, generator=generator) for n in (3, 5, 5))
    seen = torch.rand(2, 3, 5, generator=generator) < 0.7
    seen[..., 0] = True
    for mask in (None, seen):
        by_hand = on_the_page("the-attention")["attend"](q, k, v, mask)
        torch.testing.assert_close(by_hand, models.attend(q, k, v, mask))
        torch.testing.assert_close(by_hand, nn.functional.scaled_dot_product_attention(q, k, v, mask))


@pytest.mark.parametrize("cross", [False, True])
def test_the_block_on_the_page_is_the_librarys(cross):
    page = on_the_page("the-attention", "the-heads", "the-block")
    repro.seed_everything(0)
    ours, theirs = page["Block"](8, 2, cross), models.Block(8, 2, cross)
    theirs.load_state_dict(ours.state_dict())
    x, memory = torch.randn(3, 5, 8), torch.randn(3, 4, 8)
    seen, memory_seen = torch.ones(5, 5, dtype=torch.bool).tril(), torch.ones(3, 1, 1, 4, dtype=torch.bool)
    given = (x, seen, memory, memory_seen) if cross else (x, seen)
    torch.testing.assert_close(ours(*given), theirs(*given))
