"""Seeds, the device and the line at the top of a notebook."""

import random
import subprocess
import sys

import pytest
import torch

from course_lib import repro
from course_lib.ground import ROOT


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


WORDS = [(None, True), ("", True), ("0", True), ("no", True), ("False", True), ("off", True)]
WORDS += [("1", False), ("yes", False), ("TRUE", False), (" on ", False)]


@pytest.mark.parametrize(("value", "fast"), WORDS)
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


def test_a_switch_that_says_neither_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_FULL", "maybe")
    with pytest.raises(ValueError, match="COURSE_FULL=maybe is neither yes nor no: set it to 1 or 0"):
        repro.fast_mode()


def test_where_says_that_nothing_is_checked_without_asserts():
    code = "from course_lib import repro; print(repro.where('x'))"
    said = [
        subprocess.run([sys.executable, *flags, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout
        for flags in ([], ["-O"])
    ]
    assert "nothing on this page is checked" not in said[0] and "nothing on this page is checked" in said[1]
