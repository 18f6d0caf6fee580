"""Stored models: found again while nothing has changed, never a wrong one, and never a training that goes otherwise."""

import errno
import functools
import importlib
import itertools
import os
import random
import subprocess
import sys
import textwrap
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.utils import parametrizations

from course_lib import cache, losses, models, training
from course_lib.cache import telling
from course_lib.ground import ROOT
from course_lib.losses import reconstruction, squared_error
from course_lib.models import MLPAutoencoder
from course_lib.training import adam, fit, sgd
from tests.library import kinds
from tests.library.test_training import net, noisy, rows, run

NOT_STORED, NOT_KEPT = "could not be stored", "isn't kept for next time"


pytestmark = pytest.mark.usefixtures("one_thread", "no_bar")


def told(thing: object) -> str:
    return cache.Telling([]).of(thing)


def untrained(*args, **kwargs):
    raise AssertionError("trained again")


def hit(folder: Path, monkeypatch, **call) -> bool:
    """True where `run` with these words takes the stored model."""
    files = set(folder.iterdir())
    _, history = run(cache=folder, **call)
    assert (set(folder.iterdir()) == files) == history.cached
    return history.cached


def test_a_stored_model_is_found_again_with_its_history(tmp_path, capsys):
    first, one = run(objective=noisy, cache=tmp_path / "new" / "folder", validation=rows(5))
    model = net()
    before = torch.get_rng_state()
    again, two = run(model, objective=noisy, cache=str(tmp_path / "new" / "folder"), validation=rows(5))
    assert torch.equal(first, again) and not model.training and torch.equal(torch.get_rng_state(), before)
    assert two.cached and not one.cached
    assert (one.train, one.validation, one.seconds) == (two.train, two.validation, two.seconds)
    (file,) = (tmp_path / "new" / "folder").iterdir()
    assert file.suffix == ".safetensors" and set(load_file(file)) == set(model.state_dict())
    assert capsys.readouterr().out == ""


def test_a_found_model_is_not_trained(tmp_path, monkeypatch):
    run(cache=tmp_path)
    monkeypatch.setattr(training, "ask", untrained)
    assert run(cache=tmp_path)[1].cached


def changed(x):
    y = x.clone()
    y[5, 1] += 1e-6
    return y


def frozen():
    model = net()
    model.f.requires_grad_(False)
    return model


@pytest.mark.parametrize(
    "change",
    {
        "data value": {"data": changed(rows())},
        "data order": {"data": rows().flip(0)},
        "data type": {"data": rows().double(), "model": net().double()},
        "model width": {"model": net(hidden=9)},
        "initial weights": {"model": net(seed=1)},
        "frozen part": {"model": frozen()},
        "objective": {"objective": losses.reconstruction_l1},
        "optimiser": {"optimizer": sgd},
        "optimiser's keyword": {"optimizer": functools.partial(adam)},
        "epochs": {"epochs": 4},
        "batch size": {"batch_size": 11},
        "lr": {"lr": 2e-3},
        "schedule": {"schedule": "linear"},
        "warm-up": {"warmup": 0.1},
        "seed": {"seed": 1},
        "validation": {"validation": rows(4)},
    }.items(),
    ids=lambda item: item[0],
)
def test_any_change_trains_anew(tmp_path, monkeypatch, change):
    assert not hit(tmp_path, monkeypatch)
    assert not hit(tmp_path, monkeypatch, **change[1])
    assert hit(tmp_path, monkeypatch)


def test_the_name_of_the_bar_is_no_change(tmp_path, monkeypatch):
    assert not hit(tmp_path, monkeypatch, name="a")
    assert hit(tmp_path, monkeypatch, name="b")


def cell(source: str, **names) -> object:
    """What a notebook cell defines as `made`: there is no file to read its source from."""
    space = {
        "squared_error": squared_error,
        "torch": torch,
        "nn": nn,
        "functools": functools,
        "losses": losses,
        **names,
    }
    space["__name__"] = "__main__"
    exec(textwrap.dedent(source), space)
    return space["made"]


class Weighted:
    """An objective with a setting of its own."""

    def __init__(self, weight):
        self.weight = weight

    def __call__(self, model, x):
        return {"loss": self.weight * squared_error(model(x), x)}

    def objective(self, model, x):
        return self(model, x)


def enclosing(weight):
    def objective(model, x):
        return {"loss": squared_error(model(x), x) * weight}

    return objective


def outer_global(value):
    return cell("def made(model, x): return {'loss': WEIGHT * squared_error(model(x), x)}", WEIGHT=value)


def two_lambdas():
    return [lambda m, x: {"loss": squared_error(m(x), x)}, lambda m, x: {"loss": 2 * squared_error(m(x), x)}]


def helper_of(body):
    return cell(f"def helper(e): return {body}\ndef made(m, x): return {{'loss': helper(squared_error(m(x), x))}}")


def one(text, **names):
    return cell(f"def made(model, x): return {{'loss': {text}}}", **names)


PAIRS = {
    "a constant in a cell": (one("1 * squared_error(model(x), x)"), one("2 * squared_error(model(x), x)")),
    "a method in a cell": (one("model(x).sum()"), one("model(x).mean()")),
    "what encloses it": (enclosing(1.0), enclosing(2.0)),
    "a tensor that encloses it": (enclosing(torch.tensor(1.0)), enclosing(torch.tensor(2.0))),
    "a large array": (enclosing(np.ones(3000)), enclosing(np.r_[np.ones(1500), 2, np.ones(1499)])),
    "a global": (outer_global(1.0), outer_global(2.0)),
    "a global in a comprehension": tuple(
        one("sum([W * squared_error(model(x), x) for _ in range(2)])", W=w) for w in (1.0, 2.0)
    ),
    "a helper": (helper_of("e"), helper_of("e * 2")),
    "a partial's argument": tuple(
        functools.partial(lambda w, m, x: {"loss": w * squared_error(m(x), x)}, w) for w in (1, 2)
    ),
    "a partial's keyword": tuple(
        functools.partial(lambda m, x, w: {"loss": w * squared_error(m(x), x)}, w=w) for w in (1, 2)
    ),
    "a default": tuple(
        cell(f"W = {w}\ndef made(model, x, w=W): return {{'loss': w * squared_error(model(x), x)}}") for w in (1, 2)
    ),
    "a keyword's default": tuple(
        cell(f"W = {w}\ndef made(model, x, *, w=W): return {{'loss': w * squared_error(model(x), x)}}") for w in (1, 2)
    ),
    "one of two lambdas in one line": tuple(two_lambdas()),
    "an object that is called": (Weighted(1.0), Weighted(2.0)),
    "an object's method": (Weighted(1.0).objective, Weighted(2.0).objective),
    "how far images are shifted": tuple(losses.shifted(losses.reconstruction, pixels=n) for n in (1, 2)),
    "a generator's state": tuple(enclosing(torch.Generator().manual_seed(seed).initial_seed()) for seed in (1, 2)),
    "a teacher": (enclosing(net(seed=3)), enclosing(net(seed=4))),
    "an optimiser's keyword": (functools.partial(sgd, momentum=0.0), functools.partial(sgd, momentum=0.5)),
    "an optimiser in a cell": tuple(
        cell(f"made = lambda model, lr: [torch.optim.SGD(model.parameters(), lr, weight_decay={w})]")
        for w in (0.1, 0.2)
    ),
    "a model's method": tuple(
        cell(f"class made(nn.Linear):\n    def forward(self, x): return super().forward(x) {sign} x") for sign in "+-"
    ),
    "a model's parent": tuple(
        cell(
            f"class P(nn.Linear):\n    def forward(self, x): return super().forward(x) {sign} x\nclass made(P): pass",
        )
        for sign in "+-"
    ),
    "a model's property": tuple(
        cell(f"class made(nn.Linear):\n    @property\n    def size(self): return {n}") for n in (1, 2)
    ),
    "a model's static method": tuple(
        cell(f"class made(nn.Linear):\n    @staticmethod\n    def h(x): return x * {n}") for n in (1, 2)
    ),
    "a class's constant": tuple(cell(f"class made(nn.Linear):\n    top = {n}") for n in (1, 2)),
    "a set": (enclosing({"a", "b"}), enclosing({"a", "c"})),
    "under no_grad": tuple(
        cell(f"@torch.no_grad()\ndef helper(x): return x * {n}\ndef made(m, x): return helper(m(x))") for n in (1, 2)
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_description_changes_with_what_a_function_does(name):
    one, two = (told(thing) for thing in PAIRS[name])
    assert one != two
    assert told(PAIRS[name][0]) == one


def test_plain_attributes_of_a_model_count_and_its_mode_does_not(tmp_path, monkeypatch):
    class Sparse(MLPAutoencoder):
        def __init__(self, k):
            super().__init__(2, (8,), x_shape=(3,))
            self.k = k

    def made(k, training=True):
        torch.manual_seed(0)
        return Sparse(k).train(training)

    assert not hit(tmp_path, monkeypatch, model=made(1))
    assert not hit(tmp_path, monkeypatch, model=made(2))
    assert hit(tmp_path, monkeypatch, model=made(1, training=False))


def test_running_a_function_often_does_not_change_its_description():
    """Python specialises byte code that runs hot: the key must not see that."""
    model, x = net(), rows()
    before = told(noisy)
    for _ in range(200):
        noisy(model, x)
    assert told(noisy) == before


def test_cycles_and_things_that_cannot_be_pickled_are_described():
    def objective(model, x):
        return later(objective, lock, model, x)

    lock = threading.Lock()
    assert told(objective)  # `later` isn't there yet

    def later(*args):
        return objective, args

    assert told(objective) == told(objective)
    assert "truncated" not in told(cell("def made(m, x): return made(m, nowhere)"))


def fill(file: Path, how: str) -> None:
    content = file.read_bytes()
    if how == "other tensors":
        save_file({"a": torch.ones(2)}, file, metadata={"history": "{}"})
    elif how == "no history":
        save_file(load_file(file), file)
    else:
        cut = {"truncated": content[: len(content) // 2], "garbage": b"\x07" * 5000, "empty": b""}
        file.write_bytes(cut[how])


@pytest.mark.parametrize("how", ["truncated", "garbage", "empty", "other tensors", "no history"])
def test_a_stored_file_that_cannot_be_read_is_replaced_with_one_line(tmp_path, capsys, how):
    first, _ = run(cache=tmp_path)
    (file,) = tmp_path.iterdir()
    fill(file, how)
    second, history = run(cache=tmp_path)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1 and "can't be read" in printed and "training it again" in printed
    assert not history.cached and torch.equal(first, second)
    assert run(cache=tmp_path)[1].cached and capsys.readouterr().out == ""


def test_a_full_disk_costs_the_stored_model_only(tmp_path, monkeypatch, capsys):
    def full(path, content):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        model_weights, history = run(cache=tmp_path)
    printed = capsys.readouterr().out
    assert NOT_STORED in printed and "No space left" in printed and printed.count("\n") == 1
    assert list(tmp_path.iterdir()) == [] and len(history.train) == 3 and model_weights.isfinite().all()


def test_a_folder_that_cannot_be_one_costs_the_stored_model_only(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        _, history = run(cache=folder)
        assert (
            len(history.train) == 3 and NOT_STORED in (printed := capsys.readouterr().out) and printed.count("\n") == 1
        )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser and Windows write everywhere")
def test_a_folder_without_the_right_to_write_costs_the_stored_model_only(tmp_path, capsys):
    tmp_path.chmod(0o500)
    _, history = run(cache=tmp_path)
    tmp_path.chmod(0o700)
    assert len(history.train) == 3 and NOT_STORED in capsys.readouterr().out and list(tmp_path.iterdir()) == []


def test_denied_rights_cost_the_stored_model_only(tmp_path, monkeypatch, capsys):
    def denied(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    assert len(run(cache=tmp_path / "x")[1].train) == 3
    assert "Permission denied" in capsys.readouterr().out


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs that catches exceptions."""


def test_a_kill_before_the_move_leaves_nothing_that_is_read(tmp_path, monkeypatch):
    def kill(source, target):
        assert load_file(source) and not Path(target).exists()  # whole before it gets its name
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(os, "replace", kill)
        run(cache=tmp_path)
    assert list(tmp_path.glob("*.safetensors")) == []
    assert not run(cache=tmp_path)[1].cached
    assert run(cache=tmp_path)[1].cached


def test_storing_leaves_no_open_file_and_one_others_may_read(tmp_path):
    open_files = Path("/proc/self/fd")
    before = len(list(open_files.iterdir())) if open_files.exists() else 0
    for seed in range(5):
        run(cache=tmp_path, seed=seed, epochs=1)
    assert not open_files.exists() or len(list(open_files.iterdir())) <= before
    (tmp_path / "plain").write_text("")
    assert {file.stat().st_mode for file in tmp_path.iterdir()} == {(tmp_path / "plain").stat().st_mode}


WORKER = """
import hashlib, sys
from pathlib import Path
from tests.library import test_cache as t
made_by = t.told([list(t.PAIRS.items()), t.net(), t.nn.LSTM(2, 3), t.nn.TransformerEncoderLayer(4, 2)][:2])
others = [t.told(make(1)) for make in t.kinds.ALL.values()]
print(hashlib.sha256(f"{{made_by}} {{others}}".encode()).hexdigest(), flush=True)
sys.stdin.readline()
for i in range(100):
    kept = t.cache.Kept({folder!r}, t.net(), ())
    kept.store({{"seconds": float(i)}})
    assert kept.load()
"""


def test_two_processes_agree_on_the_key_and_may_store_at_once(tmp_path):
    code = WORKER.format(folder=str(tmp_path))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = []
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"}
        workers.append(subprocess.Popen([sys.executable, "-c", code], env=environment, **pipes))
    keys = [each.stdout.readline() for each in workers]
    assert keys[0] == keys[1] != ""
    for each in workers:
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [each.communicate(timeout=120)[0] for each in workers]
    assert [each.returncode for each in workers] == [0, 0] and said == ["", ""]
    assert len(list(tmp_path.iterdir())) == 1
    assert cache.Kept(tmp_path, net(), ()).load() == {"seconds": 99.0}


def test_tied_weights_and_buffers_are_stored_whole(tmp_path):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.a, self.norm = nn.Linear(3, 3), nn.BatchNorm1d(3)
            self.b = self.a

        def forward(self, x):
            return self.b(self.norm(self.a(x)))

    first, second = Tied(), Tied()
    assert not run(first, cache=tmp_path)[1].cached and run(second, cache=tmp_path)[1].cached
    assert all(
        torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    )
    assert first.norm.num_batches_tracked > 0


# --- code that changes --------------------------------------------------------------------------------------------

MODULE = """
import functools
import math
import torch
import helpers_of_mine as helpers
from helpers_of_mine import deeper

SCALE = 1.0

class Net(torch.nn.Module):
    power = 2

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.f = torch.nn.Linear(3, 3)

    def forward(self, x):
        return self.f(x)

def error(x_hat, x):
    return (x_hat - x).square().sum() / len(x)

def logged(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner

@logged
def decorated(x_hat, x):
    return error(x_hat, x)

class Objective:
    def __init__(self, function=error):
        self.function = function
    def __call__(self, model, x):
        return {"loss": self.function(model(x), x)}
    def method(self, model, x):
        return self(model, x)

def by_import(model, x):
    from helpers_of_mine import scaled
    return {"loss": scaled(error(model(x), x))}

def by_module_import(model, x):
    import helpers_of_mine
    return {"loss": helpers_of_mine.scaled(error(model(x), x))}

def by_getattr(model, x):
    return {"loss": getattr(helpers, "scaled")(error(model(x), x))}

TABLE = {"mine": error}
def by_table(model, x):
    return {"loss": TABLE["mine"](model(x), x)}
"""
HELPERS = """
def scaled(x):
    return x * 1.0

def deeper(x):
    return helper_of_helper(x)

def helper_of_helper(x):
    return x * 1.0
"""
OBJECTIVES = {
    "an attribute of a module": "def made(m, x): return {'loss': mine.error(m(x), x)}",
    "an attribute of a module's module": "def made(m, x): return {'loss': mine.helpers.scaled(mine.error(m(x), x))}",
    "a name from a module": "from model_of_mine import error\ndef made(m, x): return {'loss': error(m(x), x)}",
    "a helper's helper": "def made(m, x): return {'loss': mine.deeper(mine.error(m(x), x))}",
    "a decorated function": "def made(m, x): return {'loss': mine.decorated(m(x), x)}",
    "an object that is called": "made = mine.Objective()",
    "an object's bound method": "made = mine.Objective().method",
    "a partial": "made = functools.partial(lambda f, m, x: {'loss': f(m(x), x)}, mine.error)",
    "a lambda's default": "made = lambda m, x, f=mine.error: {'loss': f(m(x), x)}",
    "a function in a dict": "made = mine.by_table",
    "an import inside": "made = mine.by_import",
    "an import of the module inside": "made = mine.by_module_import",
    "getattr on a module": "made = mine.by_getattr",
    "a vmap": "F = torch.func.vmap(mine.error)\ndef made(m, x): return {'loss': F(m(x)[:, None], x[:, None]).mean()}",
    "installed objects that hold it": "from types import SimpleNamespace\nS = SimpleNamespace(f=mine.error)\n"
    "def made(m, x): return {'loss': S.f(m(x), x)}",
}


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A learner's two modules in a folder; calling it writes a change and loads them again."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def load(change=("", ""), helpers_change=("", "")):
        assert change[0] in MODULE and helpers_change[0] in HELPERS
        (tmp_path / "helpers_of_mine.py").write_text(HELPERS.replace(*helpers_change), "utf-8")
        (tmp_path / "model_of_mine.py").write_text(MODULE.replace(*change), "utf-8")
        for name in ("helpers_of_mine", "model_of_mine"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module("model_of_mine")

    yield load
    for name in ("helpers_of_mine", "model_of_mine"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("what", OBJECTIVES)
def test_a_changed_function_in_a_learners_module_is_seen(tmp_path, mine, what):
    changes = [("", ""), ("/ len(x)", "/ len(x) * 2")], [("", ""), ("x * 1.0", "x * 2.0")]
    helped = what in ("an attribute of a module's module", "a helper's helper")
    helped = helped or what.startswith(("an import", "getattr"))
    found = []
    for each in changes[helped] + changes[helped][:1]:
        module = mine(**{"helpers_change" if helped else "change": each})
        objective = cell(OBJECTIVES[what], mine=module)
        found.append(run(module.Net(), objective=objective, cache=tmp_path / "store")[1])
    assert [each.cached for each in found] == [False, False, True]
    assert found[1]["loss"] != found[0]["loss"] == found[2]["loss"]


@pytest.mark.parametrize("change", [("self.f(x)", "self.f(x) * 1.5"), ("power = 2", "power = 3")])
def test_a_changed_class_in_a_learners_module_is_seen(tmp_path, mine, change):
    found = [run(mine(each).Net(), cache=tmp_path / "store")[1].cached for each in (("", ""), change, ("", ""))]
    assert found == [False, False, True]


def test_a_function_that_is_put_into_a_module_by_hand_is_seen(tmp_path, mine):
    module = mine()
    objective = cell("def made(m, x): return {'loss': mine.error(m(x), x)}", mine=module)
    assert not run(module.Net(), objective=objective, cache=tmp_path / "store")[1].cached
    module.error = lambda x_hat, x: (x_hat - x).abs().sum()
    assert not run(module.Net(), objective=objective, cache=tmp_path / "store")[1].cached


def test_what_the_librarys_own_modules_do_is_seen(monkeypatch):
    """Not only how a layer is made: what it computes, whatever package it lives in."""
    before = told(models.KLargest(2)), told(reconstruction), told(models.MLPAutoencoder)
    for owner, name in ((models.KLargest, "forward"), (losses, "squared_error"), (models.dense, "activate")):
        monkeypatch.setattr(owner, name, lambda *args: None)
    after = told(models.KLargest(2)), told(reconstruction), told(models.MLPAutoencoder)
    assert all(one != two for one, two in zip(before, after, strict=True))


def test_an_installed_class_that_somebody_changed_is_seen(monkeypatch):
    before = told(nn.Linear(2, 2)), telling.surroundings(set(), set())
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: x)
    monkeypatch.setattr(nn.functional, "relu", lambda x: x)
    assert told(nn.Linear) not in before[0] and telling.surroundings(set(), set()) != before[1]


def test_a_docstring_and_a_comment_are_no_change():
    one, two = (cell(f'def made(m, x):\n    """{text}"""\n    return {{"loss": 1}}') for text in ("a", "b"))
    assert told(one) == told(two)
    one, two = (cell(f'def made(m, x):\n    "{text}"\n    return "{text}"') for text in ("a", "b"))
    assert told(one) != told(two)


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr(torch, "__version__", "9.9"),
        lambda patch: (torch.set_float32_matmul_precision("medium"), patch.context),
        lambda patch: patch.setattr(torch.backends.cudnn, "benchmark", True),
        lambda patch: torch.use_deterministic_algorithms(True),
        lambda patch: torch.set_default_dtype(torch.float64),
    ],
)
def test_settings_that_change_the_numbers_are_seen(monkeypatch, change):
    before = told(telling.surroundings({"numpy"}, {"cpu"}))
    try:
        change(monkeypatch)
        assert told(telling.surroundings({"numpy"}, {"cpu"})) != before
    finally:
        torch.set_float32_matmul_precision("highest")
        torch.use_deterministic_algorithms(False)
        torch.set_default_dtype(torch.float32)


def test_the_version_of_a_package_counts_where_it_is_used(monkeypatch, tmp_path):
    objective = one("squared_error(model(x), x) * float(np.float32(1))", np=np)
    assert not run(objective=objective, cache=tmp_path)[1].cached
    assert run(objective=objective, cache=tmp_path)[1].cached
    monkeypatch.setattr(np, "__version__", "9.9")
    assert not run(objective=objective, cache=tmp_path)[1].cached and run(cache=tmp_path)[1].cached is False


def test_tied_weights_are_another_model_than_equal_ones():
    one, two = (nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)) for _ in range(2))
    for each in (one, two):
        each[1].load_state_dict(each[0].state_dict())
    two.load_state_dict(one.state_dict())
    two[1].weight = two[0].weight
    assert told(one) != told(two)
    shared = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    shared.load_state_dict(one.state_dict())
    shared[1].weight = nn.Parameter(shared[0].weight.data)
    assert told(shared) != told(one)


# --- what can't be told -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "def made(m, x): return {'loss': squared_error(m(x), x) * eval('1')}",
        "def made(m, x): return {'loss': squared_error(m(x), x) * (1 + 0 * time.time())}",
        "def made(m, x): return {'loss': squared_error(m(x), x) * (1 if os.environ else 2)}",
        "def made(m, x): return {'loss': squared_error(m(x), x) * float(open('/dev/null').read() or 1)}",
        "def made(m, x): return {'loss': squared_error(m(x), x) * torch.load(FILE)}",
        "def made(m, x): return {'loss': squared_error(m(x), x) * float(FILE.read_text())}",
        "G = (1.0 for _ in range(1000))\ndef made(m, x): return {'loss': squared_error(m(x), x) * next(G)}",
        "made = lambda m, x: {'loss': squared_error(m(x), x) * S.to_dense()[0, 0]}",
    ],
)
def test_what_cannot_be_told_is_trained_and_not_stored_and_one_line_says_so(tmp_path, capsys, code):
    (tmp_path / "number").write_text("1.0")
    names = {"time": __import__("time"), "os": os, "FILE": tmp_path / "number", "S": torch.eye(2).to_sparse()}
    torch.save(1.0, tmp_path / "saved")
    if "torch.load" in code:
        names["FILE"] = tmp_path / "saved"
    objective = cell(code, **names)
    for _ in range(2):
        _, history = run(objective=objective, cache=tmp_path / "store")
        printed = capsys.readouterr().out
        assert NOT_KEPT in printed and printed.count("\n") == 1 and len(history.train) == 3 and not history.cached
    assert not (tmp_path / "store").exists()


def counting(calls):
    def objective(model, x):
        calls.append(len(x))
        return reconstruction(model, x)

    return objective


def test_a_training_with_a_side_effect_has_it_every_time(tmp_path, capsys):
    """A loaded model would leave the list empty."""
    for _ in range(2):
        calls = []
        assert not run(objective=counting(calls), cache=tmp_path)[1].cached and len(calls) == 12
        assert "changes more than the model's weights" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["iterator", "torch", "numpy", "random"])
def test_a_generator_of_ones_own_goes_on_as_it_does_without_a_cache(tmp_path, kind):
    def objective():
        made = {
            "iterator": lambda: itertools.count(1).__next__,
            "torch": lambda: functools.partial(torch.rand, 1, generator=torch.Generator().manual_seed(0)),
            "numpy": lambda: np.random.default_rng(0).random,
            "random": lambda: random.Random(0).random,
        }[kind]()
        return lambda model, x: {"loss": squared_error(model(x), x) * float(made())}

    one = objective()
    plain = [run(objective=one)[0] for _ in range(2)]
    two = objective()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # itertools can be copied until Python 3.14
        kept = [run(objective=two, cache=tmp_path)[0] for _ in range(2)]
    assert not torch.equal(*plain) and all(torch.equal(a, b) for a, b in zip(plain, kept, strict=True))


# --- strangers' models --------------------------------------------------------------------------------------------


class Running(nn.Module):
    """Counts its steps in a plain attribute, and the count matters."""

    def __init__(self):
        super().__init__()
        self.f, self.steps = nn.Linear(3, 3), 0

    def forward(self, x):
        self.steps += self.training
        return self.f(x) / (1 + 0.01 * self.steps)


class PlainMean(nn.Module):
    """Keeps a running mean in a tensor that is neither parameter nor buffer."""

    def __init__(self):
        super().__init__()
        self.f, self.mean = nn.Linear(3, 3), torch.zeros(3)

    def forward(self, x):
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
        return self.f(x - self.mean)


class Hidden(nn.Module):
    """A buffer that state_dict() leaves out, and a state_dict of its own that leaves out more."""

    def __init__(self):
        super().__init__()
        self.f = nn.Linear(3, 3)
        self.register_buffer("mean", torch.zeros(3), persistent=False)

    def state_dict(self, *args, **kwargs):
        return {}

    def forward(self, x):
        if self.training:
            self.mean.lerp_(x.mean(0), 0.1)
        return self.f(x - self.mean)


class Unpicklable(nn.Module):
    """Holds what can't be pickled, and forbids it."""

    def __init__(self):
        super().__init__()
        self.f, self.act, self.lock = nn.Linear(3, 3), lambda x: x.tanh(), threading.Lock()

    def __reduce_ex__(self, protocol):
        raise TypeError("never")

    def forward(self, x):
        with self.lock:
            return self.act(self.f(x))


class Slow(nn.Module):
    """Weights made new in each call of forward, frozen ones, and a parameter that is used nowhere."""

    def __init__(self):
        super().__init__()
        self.low, self.high = nn.Parameter(torch.randn(3, 1)), nn.Parameter(torch.randn(1, 3))
        self.fixed = nn.Parameter(torch.randn(3), requires_grad=False)
        self.unused = nn.Parameter(torch.randn(2))

    def forward(self, x):
        return x @ (self.low @ self.high) + self.fixed


def hooked():
    model = nn.Sequential(nn.Linear(3, 3))
    model.handle = model[0].register_forward_hook(lambda module, inputs, output: output * 0.5)
    return model


def frozen_norm():
    model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Dropout(0.2))
    model[0].weight.requires_grad_(False)
    return model


def halves():
    return net().to(torch.bfloat16)


STRANGERS = {
    "weight norm": lambda: nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 3))),
    "spectral norm": lambda: nn.Sequential(parametrizations.spectral_norm(nn.Linear(3, 3))),
    "orthogonal": lambda: nn.Sequential(parametrizations.orthogonal(nn.Linear(3, 3))),
    "a running count": Running,
    "a plain running mean": PlainMean,
    "a hidden buffer": Hidden,
    "unpicklable": Unpicklable,
    "low rank": Slow,
    "a hook": hooked,
    "a frozen layer and a norm": frozen_norm,
    "compiled": lambda: torch.compile(nn.Linear(3, 3), backend="eager"),
    "lazy": lambda: nn.Sequential(nn.LazyLinear(3)),
    "bfloat16": halves,
    "recurrent": lambda: nn.ModuleDict({"f": nn.LSTM(3, 3)}),
    "a parameter list": lambda: nn.ParameterList([torch.ones(3)]),
    "a transformer": lambda: nn.TransformerEncoderLayer(3, 1, 4, batch_first=True),
    "a double": lambda: nn.Linear(3, 3).double(),
}
STORED = {"a hidden buffer", "unpicklable", "low rank", "a hook", "a frozen layer and a norm", "bfloat16", "recurrent",
          "weight norm", "spectral norm", "orthogonal", "a parameter list", "a transformer", "a double"}  # fmt: skip


class Stranger:
    """A model of a kind and what it is trained with."""

    @staticmethod
    def named(name: str):
        torch.manual_seed(0)
        model = STRANGERS[name]()
        data = rows().to({"bfloat16": torch.bfloat16, "a double": torch.float64}.get(name, torch.float32))
        if name == "a transformer":
            data = data[:, None]
        objective = {"recurrent": by_lstm, "a parameter list": by_list}.get(name, reconstruction)
        return model, data, objective


def by_lstm(model, x):
    return {"loss": squared_error(model["f"](x)[0], x)}


def by_list(model, x):
    return {"loss": squared_error(x * model[0], x)}


def state(model: nn.Module) -> list:
    """All that a model is: tensors, plain attributes, flags."""
    tensors = {**cache.tensors_of(model), **{k: v for k, v in vars(model).items() if isinstance(v, torch.Tensor)}}
    plain = {k: v for k, v in vars(model).items() if isinstance(v, int | float | str | bool) and k[0] != "_"}
    return [{k: (v.tolist(), v.dtype, v.requires_grad, v.grad) for k, v in tensors.items()}, plain]


@pytest.mark.parametrize("name", STRANGERS)
def test_a_cache_never_changes_a_training(tmp_path, capsys, name):
    ends = []
    for folder in (None, tmp_path, tmp_path):
        model, data, objective = Stranger.named(name)
        generators = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
        history = fit(model, data, objective, epochs=3, batch_size=10, validation=data[:5], cache=folder)
        after = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
        assert torch.equal(generators[0], after[0]) and generators[1:] == after[1:]
        with torch.no_grad():
            ends.append((state(model), history.train, history.validation, objective(model.eval(), data)["loss"]))
    assert ends[0] == ends[1] == ends[2]
    said = capsys.readouterr().out
    assert history.cached == (name in STORED) and (NOT_KEPT in said) == (name not in STORED)


@pytest.mark.parametrize("name", sorted(STORED))
def test_a_found_model_can_be_trained_on(tmp_path, name):
    ends = []
    for folder in (None, tmp_path, tmp_path):
        model, data, objective = Stranger.named(name)
        for _ in range(2):
            fit(model, data, objective, epochs=1, batch_size=10, cache=folder)
        ends.append(state(model))
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize("where", ["weights", "history"])
def test_one_changed_bit_on_the_disk_is_noticed(tmp_path, capsys, where):
    first, _ = run(cache=tmp_path)
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    at = len(content) - 3 if where == "weights" else content.index(b"seconds") + 12
    content[at] ^= 1
    file.write_bytes(content)
    second, history = run(cache=tmp_path)
    assert not history.cached and torch.equal(first, second) and "can't be read" in capsys.readouterr().out


def test_objects_of_ones_own_that_hide_something_from_pickle_hide_nothing_from_the_key():
    class Sly:
        def __init__(self, weight):
            self.weight = weight

        def __getstate__(self):
            return None

    assert told(Sly(1)) != told(Sly(2))


class Plain(torch.optim.Optimizer):
    """A learner's own optimiser: PyTorch wraps its step when the first one is made."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for weight in group["params"]:
                weight -= group["lr"] * weight.grad


def test_an_optimiser_of_ones_own_is_stored_from_its_first_training_on(tmp_path):
    found = [run(optimizer=lambda m, lr: [Plain(m.parameters(), lr)], cache=tmp_path)[1].cached for _ in range(2)]
    assert found == [False, True]


@pytest.mark.parametrize("name", kinds.ALL)
def test_things_of_every_kind_are_told_apart_and_again(name):
    first, other, again = (told(kinds.ALL[name](n)) for n in (1, 2, 1))
    assert first == again != other
