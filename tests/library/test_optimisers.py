"""Muon beside PyTorch's own, beside the singular value decomposition, and on the models of the course."""

import pytest
import torch
from torch import nn

from course_lib.losses import reconstruction
from course_lib.models import LinearAutoencoder
from course_lib.optimisers import BLOCK, Muon, direction, muon, orthogonalised
from course_lib.training import fit


def matrix(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def off(one, other):
    """How far two matrices are apart, relative to the second."""
    return float((one - other).norm() / other.norm())


@pytest.mark.parametrize("shape", [(5, 5), (3, 9), (64, 200)])
def test_orthogonalised_keeps_the_directions_and_levels_their_sizes(shape):
    u, s, vh = torch.linalg.svd(matrix(*shape), full_matrices=False)
    s[-1] = s[0] / 50  # a rare direction
    x = orthogonalised(u * s @ vh, rounds=10)
    core = u.T @ x @ vh.T
    sizes = core.diagonal()
    assert off(core, torch.diag(sizes)) < 1e-3 and off(u * sizes @ vh, x) < 1e-3
    assert 0.65 < sizes.min() and sizes.max() < 1.25


@pytest.mark.parametrize("shape", [(6, 10), (10, 6), (7, 7), (BLOCK, 300)])
def test_steps_are_those_of_pytorch_within_its_bfloat16(shape):
    ours, theirs = (nn.Parameter(matrix(*shape)) for _ in range(2))
    one = Muon([ours], lr=0.1)
    other = torch.optim.Muon([theirs], lr=0.1, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    for seed in range(3):
        ours.grad = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
        theirs.grad = ours.grad.clone()
        one.step(), other.step()
    start = matrix(*shape)
    assert off(ours.detach() - start, theirs.detach() - start) < 0.03


@pytest.mark.parametrize("shape", [(600, 700), (700, 600)])
def test_a_large_matrix_goes_in_blocks_of_its_shorter_side(shape):
    whole = matrix(*shape)
    step = direction(whole)
    assert step.shape == shape
    first = (slice(120), slice(None)) if shape[0] < shape[1] else (slice(None), slice(120))
    assert off(step[first], direction(whole[first])) < 1e-5, "600 rows are five blocks of 120"
    assert 0.15 < float(step.square().mean().sqrt()) < 0.22


def test_nothing_is_divided_by_a_gradient_of_zero():
    assert torch.equal(direction(torch.zeros(3, 4)), torch.zeros(3, 4))


def test_a_frozen_matrix_stays():
    weight = nn.Parameter(matrix(3, 4))
    Muon([weight], lr=0.1).step()
    assert torch.equal(weight, matrix(3, 4))


def test_muon_takes_the_matrices_and_adam_the_rest():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4, 5), nn.BatchNorm1d(5))
    matrices, rest = muon(model, 1e-3)
    assert isinstance(matrices, Muon) and isinstance(rest, torch.optim.Adam)
    given = [[p for group in each.param_groups for p in group["params"]] for each in (matrices, rest)]
    assert [id(p) for p in given[0]] == [id(model[2].weight)]
    assert {id(p) for p in given[0] + given[1]} == {id(p) for p in model.parameters()}
    assert len(given[1]) == 5


@pytest.mark.parametrize("model", [LinearAutoencoder(2, (3,), bias=False), nn.BatchNorm1d(3)])
def test_muon_takes_models_of_matrices_only_and_of_none(model):
    assert len(muon(model, 1e-3)) == 1
    fit(model, matrix(7, 3), reconstruction, epochs=1, optimizer=muon)
