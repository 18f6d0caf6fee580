"""Masked reconstruction on patches: who sees what, and that both networks of lesson 8 learn."""

import pytest
import torch
from torch import nn

from course_lib import training
from course_lib.training import masked
from tests.notebooks.pages import on_the_page


def networks() -> dict:
    """The two networks, as they stand on the page."""
    found = on_the_page("08", "the-masked-transformer", "the-masked-mlp", training=training)
    return {name: found[name] for name in ("MaskedTransformer", "MaskedMLP")}


@pytest.mark.parametrize("name", ["MaskedTransformer", "MaskedMLP"])
def test_what_is_hidden_is_not_seen(name):
    torch.manual_seed(0)
    model, patches = networks()[name](), torch.rand(3, 49, 16)
    keep = masked.draw(3, patches.device)
    other = torch.where(masked.away(keep), torch.rand(3, 49, 16), patches)
    assert masked.away(keep).sum() == 3 * 37 and keep.shape == (3, 12)
    torch.testing.assert_close(model(patches, keep), model(other, keep))
    assert model(patches, keep).shape == patches.shape
    assert not torch.allclose(model(patches, keep), model(patches, keep.roll(1, 0))), "it sees what is visible"


@pytest.mark.parametrize("name", ["MaskedTransformer", "MaskedMLP"])
def test_pretraining_fills_in_better_than_black(name):
    torch.manual_seed(0)
    patches = torch.full((64, 49, 16), 0.5)  # always the same: both must learn it at once
    build = networks()[name]
    before = masked.hidden_psnr(build(), patches)
    model = masked.pretrain(build, patches, steps=25, batch=32)
    assert masked.hidden_psnr(model, patches) > before + 3
    codes = masked.frozen(model, patches)
    assert codes.shape == (64, 128 if name == "MaskedTransformer" else 256) and not codes.requires_grad


def test_the_psnr_of_the_hidden_is_the_formulas():
    class Half(nn.Module):
        def forward(self, patches, keep):
            return torch.full_like(patches, 0.5)

    patches = torch.ones(1500, 49, 16)
    assert masked.hidden_psnr(Half(), patches) == pytest.approx(6.0206, abs=1e-3), "10 log10(1 / 0.25)"
