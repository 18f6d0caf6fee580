"""`fit`: the numbers of a plain loop, the same again from a seed, and every way a run or a stored one can go wrong."""

import errno
import functools
import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from course_lib import losses, training
from course_lib.losses import reconstruction, squared_error
from course_lib.models import LinearAutoencoder, MLPAutoencoder, linear_layers
from course_lib.muon import muon
from course_lib.training import TrainingDiverged, adam, evaluate, fit, sgd

ROOT = Path(training.__file__).parents[1]
FULL_CACHE = "could not be stored"


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """These networks are tiny: on a busy machine threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def no_bar(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")


def rows(n: int = 37, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, 3, generator=torch.Generator().manual_seed(seed))


def net(seed: int = 0, hidden: int = 8) -> MLPAutoencoder:
    torch.manual_seed(seed)
    return MLPAutoencoder(2, (hidden,), x_shape=(3,))


def noisy(model, x):
    return {"loss": squared_error(model(x + 0.1 * torch.randn_like(x)), x)}


def weights(model: nn.Module) -> torch.Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach().clone()


def run(model=None, data=None, objective=reconstruction, **settings):
    model = net() if model is None else model
    settings = {"epochs": 3, "batch_size": 10, **settings}
    history = fit(model, rows() if data is None else data, objective, **settings)
    return weights(model), history


# --- the loop -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", [reconstruction, noisy])
def test_same_seed_same_numbers_another_seed_others(objective):
    torch.manual_seed(11)
    first, one = run(objective=objective)
    torch.manual_seed(22)  # what was drawn before doesn't matter
    again, two = run(objective=objective)
    assert torch.equal(first, again) and one.train == two.train
    other, three = run(objective=objective, seed=1)
    assert not torch.equal(first, other) and one.train != three.train


def test_the_global_generator_is_left_as_it_was():
    model = net()
    before = torch.get_rng_state()
    fit(model, rows(), noisy, epochs=2, validation=rows(5))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_loop_on_the_page_gives_the_same_numbers():
    """Written anew: Adam, warm-up then cosine, shuffled batches, a short last one weighted by its rows."""
    x, epochs, size, lr, seed = rows(), 4, 10, 1e-2, 3
    ours, history = run(data=x, epochs=epochs, batch_size=size, lr=lr, seed=seed, warmup=0.25)
    model = net()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    order, total, curve = torch.Generator().manual_seed(seed), epochs * 4, []
    step = 0
    for _ in range(epochs):
        summed = 0.0
        permutation = torch.randperm(37, generator=order)
        for start in range(0, 37, size):
            batch = x[permutation[start : start + size]]
            warm = min(1, (step + 1) / (0.25 * total))
            optimizer.param_groups[0]["lr"] = lr * warm * (1 + math.cos(math.pi * step / total)) / 2
            loss = (model(batch) - batch).pow(2).sum(1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            summed += loss.item() * len(batch)
            step += 1
        curve.append(summed / 37)
    assert torch.allclose(ours, weights(model), atol=1e-6)
    assert history["loss"] == pytest.approx(curve, rel=1e-5)


def test_every_row_once_an_epoch_in_a_new_order_and_the_last_batch_is_what_is_left():
    x, seen = torch.arange(23.0)[:, None], []

    def objective(model, batch):
        seen.append(batch.flatten().tolist())
        return {"loss": model(batch).sum() * 0, "mean": batch.mean()}

    _, history = run(nn.Linear(1, 1), x, objective, epochs=2, batch_size=5)
    assert [len(batch) for batch in seen] == [5, 5, 5, 5, 3] * 2
    first, second = sum(seen[:5], []), sum(seen[5:], [])
    assert sorted(first) == sorted(second) == x.flatten().tolist() and first != second
    assert history["mean"] == pytest.approx([11.0, 11.0])  # the mean over rows, not over batches


def test_all_parts_of_the_objective_are_recorded_and_only_the_loss_is_followed():
    def objective(model, x):
        error = squared_error(model(x), x)
        return {"loss": 2 * error, "error": error, "codes": model.f(x).abs().mean()}

    _, history = run(objective=objective)
    assert set(history.train[0]) == {"loss", "error", "codes"} and len(history.train) == 3
    assert history["loss"] == pytest.approx([2 * e for e in history["error"]])
    assert history["loss"][-1] < history["loss"][0]
    assert history.seconds > 0 and not history.interrupted and not history.cached


@pytest.mark.parametrize("warmup", [0.0, 0.05, 0.5])
@pytest.mark.parametrize(
    ("schedule", "shape"),
    [
        ("constant", lambda t: 1.0),
        ("linear", lambda t: 1 - t),
        ("cosine", lambda t: math.cos(t * math.pi / 2) ** 2),
    ],
)
def test_the_step_size_rises_then_follows_the_schedule(schedule, shape, warmup):
    used = []

    class Recorded(torch.optim.SGD):
        def step(self):
            used.append([group["lr"] for group in self.param_groups])
            super().step()

    run(optimizer=lambda m, lr: [Recorded(m.parameters(), lr)], schedule=schedule, warmup=warmup, lr=0.5, epochs=10)
    total = 40
    rise = [min(1, (i + 1) / (warmup * total)) if warmup else 1 for i in range(total)]
    assert [lr for (lr,) in used] == pytest.approx([0.5 * rise[i] * shape(i / total) for i in range(total)])


def test_validation_is_measured_in_evaluation_mode_without_gradients_and_training_goes_on():
    modes = []

    def objective(model, x):
        modes.append((model.training, torch.is_grad_enabled(), len(x)))
        return {"loss": squared_error(model(x), x)}

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 3))
    held_out = rows(13, seed=1)
    _, history = run(model, objective=objective, epochs=2, validation=held_out)
    training_steps, validation_steps = (
        [(True, True, n) for n in (10, 10, 10, 7)],
        [(False, False, 10), (False, False, 3)],
    )
    assert modes == 2 * (training_steps + validation_steps)
    assert len(history.validation) == 2 and not model.training
    error = (model(held_out) - held_out).pow(2).sum(1).mean().item()
    assert history.validation[-1]["loss"] == pytest.approx(error, rel=1e-5)


def test_validation_changes_no_number_of_training_even_with_noise():
    alone, one = run(objective=noisy)
    watched, two = run(objective=noisy, validation=rows(9))
    assert torch.equal(alone, watched) and one.train == two.train


def test_evaluate_weights_the_short_last_batch():
    model, x = net(), rows(7)
    assert evaluate(model, x, reconstruction, batch_size=3)["loss"] == pytest.approx(
        (model(x) - x).pow(2).sum(1).mean().item(), rel=1e-5
    )


def test_the_model_goes_where_the_data_lies():
    asked = []

    class Net(nn.Linear):
        def to(self, device):
            asked.append(device)
            return super().to(device)

    run(Net(3, 3))
    assert asked == [torch.device("cpu")]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_model_on_the_cpu_is_trained_on_data_on_the_gpu():
    model = net()
    before = torch.cuda.get_rng_state()
    fit(model, rows().cuda(), noisy, epochs=2, validation=rows(5).cuda())
    assert next(model.parameters()).is_cuda and torch.equal(torch.cuda.get_rng_state(), before)


# --- optimisers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [adam, muon, functools.partial(sgd, momentum=0.9), sgd])
def test_each_optimiser_trains(optimizer):
    _, history = run(optimizer=optimizer, lr=3e-2, epochs=30)
    assert history["loss"][-1] < 0.97 * history["loss"][0]


def test_sgd_is_the_textbooks_step():
    model, x = nn.Linear(3, 3, bias=False), rows()
    start = model.weight.detach().clone()
    (gradient,) = torch.autograd.grad(squared_error(model(x), x), model.weight)
    fit(model, x, reconstruction, epochs=1, batch_size=37, lr=0.1, optimizer=sgd, schedule="constant", warmup=0)
    assert torch.allclose(model.weight, start - 0.1 * gradient, atol=1e-6)


# --- what stops a run ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["first epoch", "third epoch", "validation"])
def test_an_interrupt_leaves_a_usable_model_and_the_finished_epochs(tmp_path, capsys, where):
    calls = []
    stop = {"first epoch": 2, "third epoch": 2 * 5 + 2, "validation": 2 * 5 + 5}[where]

    def objective(model, x):
        calls.append(len(x))
        if len(calls) == stop:
            raise KeyboardInterrupt
        return {"loss": squared_error(model(x), x)}

    model = net()
    start = weights(model)
    history = fit(model, rows(), objective, epochs=50, batch_size=10, validation=rows(4), cache=tmp_path)
    finished = 0 if where == "first epoch" else 2
    assert history.interrupted and len(history.train) == len(history.validation) == finished
    assert not model.training and model(rows()).isfinite().all() and not torch.equal(weights(model), start)
    printed = capsys.readouterr().out
    steps = {"first epoch": 1, "third epoch": 9, "validation": 12}[where]
    assert printed == f"Interrupted after {steps} of 200 steps: the model keeps what it has learnt so far.\n"
    assert list(tmp_path.iterdir()) == []
    calls[:] = [0] * stop  # and it can be trained on
    assert not fit(model, rows(), objective, epochs=1).interrupted


def test_an_error_in_the_objective_is_passed_on_and_the_generator_is_put_back():
    def objective(model, x):
        raise RuntimeError("a learner's slip")

    model = net()
    before = torch.get_rng_state()
    with pytest.raises(RuntimeError, match="a learner's slip"):
        fit(model, rows(), objective, epochs=1)
    assert torch.equal(torch.get_rng_state(), before) and not model.training


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_with_advice_and_the_last_good_model(tmp_path, bad):
    calls, good = [], []

    def objective(model, x):
        calls.append(1)
        if len(calls) == 9:
            good.append(weights(model))
        return {"loss": squared_error(model(x), x) * (bad if len(calls) == 11 else 1), "share": x.mean()}

    model = net()
    with pytest.raises(TrainingDiverged) as error:
        fit(model, rows(), objective, epochs=50, batch_size=10, lr=0.5, cache=tmp_path)
    assert torch.equal(weights(model), good[0]) and not model.training  # as after epoch 2 of 4 batches
    for word in ("epoch 3", "smaller lr than 0.5", "'share'", "log(0)"):
        assert word in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_ruins_the_weights_after_a_finite_loss_is_noticed_at_once():
    """With one batch an epoch the loss is measured before the step: it's the weights that tell."""

    def objective(model, x):
        error = squared_error(model(x), x)
        return {"loss": error + (error * 0).sqrt()}  # the gradient of sqrt at 0 is infinite, times 0 no number

    model = net()
    start = weights(model)
    with pytest.raises(TrainingDiverged, match="epoch 1"):
        fit(model, rows(), objective, epochs=1, batch_size=37)
    assert torch.equal(weights(model), start)


def test_a_huge_step_size_diverges_with_a_model_that_is_still_made_of_numbers():
    torch.manual_seed(0)
    model = LinearAutoencoder(2, (3,))
    with pytest.raises(TrainingDiverged, match="smaller lr than 1000"):
        fit(model, rows(), reconstruction, epochs=500, batch_size=37, lr=1000, optimizer=sgd, schedule="constant")
    assert weights(model).isfinite().all()


@pytest.mark.parametrize("which", ["data", "validation"])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (torch.ones(4, 3, dtype=torch.long), r"\(4, 3\) of torch.int64"),
        (torch.ones(4, 3, dtype=torch.uint8), r"torch.uint8"),
        ([[0.0, 1.0, 2.0]], "list"),
        (np.ones((4, 3), np.float32), "ndarray"),
        (torch.empty(0, 3), r"\(0, 3\)"),
        (torch.tensor(1.0), r"\(\) of torch.float32"),
    ],
)
def test_data_that_cannot_be_used_is_named(which, wrong, said):
    given = {"data": rows(), "validation": rows(), which: wrong}
    with pytest.raises(ValueError, match=f"^{which} must be a tensor of floats with at least one row.*{said}"):
        fit(net(), given["data"], reconstruction, epochs=1, validation=given["validation"])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"epochs": 0}, "at least 1; they are 0 and 256"),
        ({"epochs": 1, "batch_size": 0}, "at least 1; they are 1 and 0"),
        ({"epochs": 1, "schedule": "step"}, "unknown schedule 'step': one of constant, linear, cosine"),
    ],
)
def test_settings_that_cannot_be_used_are_named(setting, said):
    with pytest.raises(ValueError, match=said):
        fit(net(), rows(), reconstruction, **setting)


# --- the bar ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "shown"), [("1", False), ("0", True), ("", True)])
def test_the_bar_has_the_runs_name_and_can_be_hidden(monkeypatch, capsys, value, shown):
    monkeypatch.setenv("TQDM_DISABLE", value)
    monkeypatch.setattr(training, "tqdm", __import__("tqdm").tqdm)  # the terminal's
    run(name="my model", epochs=40)
    printed = capsys.readouterr()
    assert printed.out == "" and ("my model" in printed.err) == shown
    assert shown == ("160" in printed.err)


# --- stored models ------------------------------------------------------------------------------------------------


def untrained(*args, **kwargs):
    raise AssertionError("trained again")


def hit(folder: Path, monkeypatch, **call) -> bool:
    """True where `run` with these words takes the stored model."""
    files = set(folder.iterdir())
    _, history = run(cache=folder, **call)
    assert (set(folder.iterdir()) == files) == history.cached
    return history.cached


def test_a_stored_model_is_found_again_with_its_history(tmp_path, capsys):
    calls = [0]
    objective = functools.partial(counted, Counter(calls))
    first, one = run(objective=objective, cache=tmp_path / "new" / "folder", validation=rows(5))
    trained, calls[0] = calls[0], 0
    model = net()
    before = torch.get_rng_state()
    again, two = run(model, objective=objective, cache=str(tmp_path / "new" / "folder"), validation=rows(5))
    assert trained == 3 * 5 and calls[0] == 0
    assert torch.equal(first, again) and not model.training and torch.equal(torch.get_rng_state(), before)
    assert two.cached and not one.cached
    assert (one.train, one.validation, one.seconds) == (two.train, two.validation, two.seconds)
    (file,) = (tmp_path / "new" / "folder").iterdir()
    assert file.suffix == ".safetensors" and set(load_file(file)) == set(model.state_dict())
    assert capsys.readouterr().out == ""


class Counter:
    """Counts calls without that being seen by the key."""

    def __init__(self, calls):
        self.calls = calls

    def __getstate__(self):
        return None


def counted(counter, model, x):
    counter.calls[0] += 1
    return reconstruction(model, x)


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
    one, two = (training.describe(thing, {}) for thing in PAIRS[name])
    assert one != two
    assert training.describe(PAIRS[name][0], {}) == one


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
    before = training.describe(noisy, {})
    for _ in range(200):
        noisy(model, x)
    assert training.describe(noisy, {}) == before


def test_cycles_and_things_that_cannot_be_pickled_are_described():
    def objective(model, x):
        return later(objective, lock, model, x)

    import threading

    lock = threading.Lock()
    assert training.describe(objective, {})  # `later` isn't there yet

    def later(*args):
        return objective, args

    assert training.describe(objective, {}) == training.describe(objective, {})
    assert "truncated" not in training.describe(cell("def made(m, x): return made(m, nowhere)"), {})


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
    assert FULL_CACHE in printed and "No space left" in printed and printed.count("\n") == 1
    assert list(tmp_path.iterdir()) == [] and len(history.train) == 3 and model_weights.isfinite().all()


def test_a_folder_that_cannot_be_one_costs_the_stored_model_only(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        _, history = run(cache=folder)
        assert (
            len(history.train) == 3 and FULL_CACHE in (printed := capsys.readouterr().out) and printed.count("\n") == 1
        )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser and Windows write everywhere")
def test_a_folder_without_the_right_to_write_costs_the_stored_model_only(tmp_path, capsys):
    tmp_path.chmod(0o500)
    _, history = run(cache=tmp_path)
    tmp_path.chmod(0o700)
    assert len(history.train) == 3 and FULL_CACHE in capsys.readouterr().out and list(tmp_path.iterdir()) == []


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
import sys
sys.path.insert(0, {tests!r})
import test_training as t
from pathlib import Path
model, rest = t.net(), [t.nn.LSTM(2, 3), t.nn.TransformerEncoderLayer(4, 2)]
for each in rest:
    [p.data.fill_(0.5) for p in each.parameters()]
made_by = t.training.describe([list(t.PAIRS.items()), model, rest], {{}})
print(t.training.hashlib.sha256(made_by.encode()).hexdigest(), flush=True)
sys.stdin.readline()
file = Path({folder!r}) / "model.safetensors"
for i in range(200):
    t.training.store(file, model, t.training.History(seconds=float(i)))
    assert t.training.load(file, model)
"""


def test_two_processes_agree_on_the_key_and_may_store_at_once(tmp_path):
    code = WORKER.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
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
    assert [file.name for file in tmp_path.iterdir()] == ["model.safetensors"]
    assert training.load(tmp_path / "model.safetensors", net()).seconds == 199


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


# --- the course's yardstick ---------------------------------------------------------------------------------------


def test_a_linear_autoencoder_reaches_pcas_error():
    torch.manual_seed(0)
    x = torch.randn(200, 5) @ torch.diag(torch.tensor([3.0, 2.0, 0.5, 0.3, 0.1]))
    model = LinearAutoencoder(2, (5,))
    history = fit(model, x, reconstruction, epochs=300, batch_size=200, lr=3e-2)
    least = torch.linalg.eigvalsh((x - x.mean(0)).T @ (x - x.mean(0)) / 200)[:3].sum().item()
    assert least <= history["loss"][-1] * 1.0001 and history["loss"][-1] < 1.02 * least
    assert len(linear_layers(model)) == 2
