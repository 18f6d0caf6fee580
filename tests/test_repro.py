"""Seeds, the device and the line at the top of a notebook."""

import random

import pytest
import torch

from course_lib import repro


def draws() -> tuple:
    return random.random(), torch.rand(3).tolist()


def test_same_seed_same_numbers_another_seed_others():
    repro.seed_everything(1)
    first = draws()
    repro.seed_everything(1)
    assert draws() == first
    repro.seed_everything(2)
    second = draws()
    assert second[0] != first[0] and second[1] != first[1]


def test_the_variable_names_the_device(monkeypatch):
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert repro.pick_device() == torch.device("cpu")


@pytest.mark.parametrize("wish", ["banana", "cuda:99", "meta", "hpu", "mps:9", "xpu"])
def test_a_device_that_cannot_compute_here_is_named_in_the_error(monkeypatch, wish):
    monkeypatch.setenv("COURSE_DEVICE", wish)
    with pytest.raises(ValueError, match=f"COURSE_DEVICE={wish} can't be used.*cpu, cuda or mps"):
        repro.pick_device()


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu"), (True, False, "cuda")],
)
@pytest.mark.parametrize("wish", [None, ""])
def test_without_a_wish_cuda_then_mps_then_cpu(monkeypatch, cuda, mps, expected, wish):
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    if wish is not None:
        monkeypatch.setenv("COURSE_DEVICE", wish)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert repro.pick_device().type == expected


@pytest.mark.parametrize(("value", "fast"), [(None, True), ("", True), ("0", True), ("1", False), ("yes", False)])
def test_fast_unless_full_is_asked_for(monkeypatch, value, fast):
    monkeypatch.delenv("COURSE_FULL", raising=False)
    if value is not None:
        monkeypatch.setenv("COURSE_FULL", value)
    assert repro.fast_mode() is fast


def test_where_says_version_device_data_and_mode_in_one_line(monkeypatch):
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    monkeypatch.setenv("COURSE_FULL", "1")
    line = repro.where("MNIST, 60,000 images")
    assert "\n" not in line
    for part in (torch.__version__, "cpu", f"{torch.get_num_threads()} threads", "MNIST, 60,000 images", "full mode"):
        assert part in line
    monkeypatch.delenv("COURSE_FULL")
    assert "fast mode" in repro.where("x")
