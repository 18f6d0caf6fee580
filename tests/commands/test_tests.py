"""`python -m course_lib test`: --quick, where the time went, and the pass that only asks whether lessons run."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from nbformat.v4 import new_code_cell

from course_lib import __main__ as launcher
from course_lib.commands import tests
from course_lib.ground import ROOT
from course_lib.losses import reconstruction
from course_lib.models import LinearAutoencoder
from course_lib.training import fit

from .test_nbval_plugin import results, write


def test_quick_is_the_library_the_rules_and_one_lesson(tmp_path, monkeypatch, capsys):
    (tmp_path / "notebooks").mkdir()
    for name in ("02_b", "01_a"):
        (tmp_path / "notebooks" / f"{name}.ipynb").touch()
    calls = []
    monkeypatch.setattr(tests, "ROOT", tmp_path)
    monkeypatch.setattr(tests, "environment", lambda *groups, **more: sys.executable)
    monkeypatch.setattr(tests, "ask_data", lambda python, env: ("MNIST from there", "there"))
    monkeypatch.setattr(tests, "call", lambda command, env: calls.append((command, env)) or 0)
    assert launcher.main(["test", "--quick"]) == 0
    [(command, env)] = calls
    assert command[-4:] == ["--nbval", "notebooks/01_a.ipynb", "tests/library", "tests/test_house.py"]
    assert env["COURSE_DATA"] == "there" and "COURSE_BRIEF" not in env
    said = capsys.readouterr().out
    assert "Pass 1 of 1" in said and "set-up 0 s, pass 1 passed (0 s)" in said
    assert all((ROOT / selected).exists() for selected in tests.QUICK)


def test_where_the_time_went_is_said(tmp_path):
    (tmp_path / "test_slow.py").write_text("import time\ndef test_it(): time.sleep(5.1)\n")
    (tmp_path / "test_quick.py").write_text("def test_it(): pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.commands.timing", "-p", "no:cacheprovider", "-n", "2"]
    command += [f"--rootdir={tmp_path}", str(tmp_path)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = answer.stdout.partition("where the time went, in seconds")[2].splitlines()
    assert lines[1].split()[1] == "test_slow.py" and float(lines[1].split()[0]) >= 5.1, answer.stdout


@pytest.mark.parametrize(("numbers", "epochs"), [(784, 1), (2, 3)])
def test_in_brief_trainings_on_pictures_take_one_epoch_and_those_on_points_all(monkeypatch, numbers, epochs):
    monkeypatch.setenv("COURSE_BRIEF", "1")
    history = fit(LinearAutoencoder(1, (numbers,)), torch.rand(8, numbers), reconstruction, epochs=3)
    assert len(history["loss"]) == epochs


def test_in_brief_nothing_is_asserted_of_what_a_training_found(tmp_path: Path, monkeypatch):
    claims = new_code_cell("def f():\n    assert False\nf()\nassert 1 > 2")
    write(tmp_path / "book.ipynb", [claims, new_code_cell("1 / 0")])
    found, _ = results(tmp_path, "--nbval-lax")
    assert found == {"book Cell 0": "failure", "book Cell 1": "failure"}
    monkeypatch.setenv("COURSE_BRIEF", "1")
    found, _ = results(tmp_path, "--nbval-lax")
    assert found == {"book Cell 0": "passed", "book Cell 1": "failure"}
