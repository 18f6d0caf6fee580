"""`fit`: the numbers of a plain loop, the same again from a seed, and every way a run can go wrong."""

import functools
import math
import random
import re
import threading

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import training
from course_lib.losses import reconstruction, squared_error
from course_lib.models import LinearAutoencoder, MLPAutoencoder, linear_layers
from course_lib.optimisers import muon
from course_lib.training import TrainingDiverged, adam, evaluate, fit, sgd

pytestmark = pytest.mark.usefixtures("one_thread", "no_bar")


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


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"epochs": 1.5}, "epochs must be a whole number; it is 1.5"),
        ({"epochs": 1, "batch_size": "32"}, "batch_size must be a whole number; it is '32'"),
        ({"epochs": 1, "seed": None}, "seed must be a whole number; it is None"),
        ({"epochs": 1, "lr": -1e-3}, "lr must be a number of at least 0; it is -0.001"),
        ({"epochs": 1, "lr": math.nan}, "lr must be a number of at least 0; it is nan"),
        ({"epochs": 1, "lr": "fast"}, "lr must be a number of at least 0; it is 'fast'"),
        ({"epochs": 1, "warmup": math.inf}, "warmup must be a number of at least 0; it is inf"),
    ],
)
def test_numbers_that_are_none_are_named(setting, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        fit(net(), rows(), reconstruction, **setting)


RETURNED = {
    "a float": (lambda m, x: 1.0, 'must return a dict with "loss" in it, as {"loss": error}; this is a float'),
    "a tensor": (lambda m, x: squared_error(m(x), x), 'a dict with "loss" in it.*; this is a Tensor'),
    "nothing": (lambda m, x: None, "this is a NoneType"),
    "no loss": (lambda m, x: {"error": m(x).sum(), "kl": 1}, "this is a dict of 'error', 'kl'"),
    "an error of each row": (lambda m, x: {"loss": (m(x) - x).square().sum(1)}, r"'loss' must be one number.*\(10,\)"),
    "a part of each row": (lambda m, x: {"loss": m(x).sum(), "kl": m(x)}, r"'kl' must be one number.*\(10, 3\)"),
    "a list": (lambda m, x: {"loss": m(x).sum(), "kl": [1.0]}, "'kl' must be one number.*it is a list"),
    "item()": (lambda m, x: {"loss": squared_error(m(x), x).item()}, r'"loss" has no gradient.*\.item\(\)'),
    "detach()": (lambda m, x: {"loss": squared_error(m(x), x).detach()}, r'"loss" has no gradient.*\.detach\(\)'),
    "under no_grad": (torch.no_grad()(reconstruction), '"loss" has no gradient.*torch.no_grad'),
}


@pytest.mark.parametrize("what", RETURNED)
def test_what_the_objective_should_return_is_said(what):
    objective, said = RETURNED[what]
    with pytest.raises(ValueError, match=said):
        run(objective=objective)


def test_frozen_weights_are_a_loss_without_gradient():
    model = net().requires_grad_(False)
    with pytest.raises(ValueError, match="all of the model's weights are frozen"):
        run(model, optimizer=lambda m, lr: [torch.optim.SGD(m.parameters(), lr)])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (torch.optim.SGD, "optimizer must be a function such as adam.*; this is the class SGD"),
        (torch.optim.Adam(net().parameters()), "this is an object of Adam"),
        ("adam", "this is an object of str"),
        (lambda m, lr: None, "must return a list of PyTorch's optimisers.*; it is empty"),
        (lambda m, lr: [], "it is empty"),
        (lambda m, lr: m, "it is MLPAutoencoder"),
        (lambda m, lr: [torch.optim.LBFGS(m.parameters(), lr=lr)], "LBFGS evaluates the loss several times per step"),
    ],
)
def test_what_an_optimiser_should_be_is_said(given, said):
    with pytest.raises(ValueError, match=said):
        run(optimizer=given)


def test_one_optimiser_is_as_good_as_a_list_of_one():
    one, _ = run(optimizer=lambda m, lr: torch.optim.SGD(m.parameters(), lr=lr))
    assert torch.equal(one, run(optimizer=lambda m, lr: [torch.optim.SGD(m.parameters(), lr=lr)])[0])


def test_types_that_do_not_meet_are_named_and_an_objective_that_converts_is_not_stopped():
    with pytest.raises(ValueError, match="data are torch.float64, the model's weights torch.float32.*data.float()"):
        run(data=rows().double())
    run(data=rows().double(), objective=lambda m, x: reconstruction(m, x.float()))


# --- numbers that would be wrong in silence -----------------------------------------------------------------------


def test_a_part_that_only_some_batches_return_is_the_mean_over_their_rows():
    def objective(model, x):
        parts = reconstruction(model, x)
        return {**parts, "few": x.mean() * 0 + 5.0} if len(x) < 10 else parts

    _, history = run(objective=objective, validation=rows(13))
    assert history["few"] == pytest.approx([5.0] * 3)
    assert [each["few"] for each in history.validation] == pytest.approx([5.0] * 3)


def test_sums_of_halves_are_kept_in_single_precision():
    x, model = torch.rand(4096, 3), nn.Linear(3, 3)
    _, history = run(model, x, lambda m, v: {"loss": m(v).sum(), "part": torch.tensor(30.1).bfloat16()}, batch_size=16)
    assert history["part"] == pytest.approx([float(torch.tensor(30.1).bfloat16())] * 3, rel=1e-6)


def test_a_part_may_be_a_plain_number():
    _, history = run(objective=lambda m, x: {**reconstruction(m, x), "rows": len(x), "half": 0.5})
    assert history["half"] == [0.5] * 3


def test_data_that_ask_for_gradients_collect_none():
    x, held_out = rows().requires_grad_(), rows(5).requires_grad_()
    again, _ = run(data=x, validation=held_out)
    assert x.grad is None and held_out.grad is None and x.requires_grad and torch.equal(again, run()[0])


def test_no_gradients_are_left_and_old_ones_do_not_count():
    def objective(model, x):
        seen.append(any(each.grad is not None for each in model.parameters()))
        return reconstruction(model, x)

    seen, model = [], net()
    reconstruction(model, rows())["loss"].backward()
    fit(model, rows(), objective, epochs=1, batch_size=10)
    assert seen == [False, True, True, True] and all(each.grad is None for each in model.parameters())


@pytest.mark.parametrize(
    "draw", [lambda: random.gauss(0, 1), lambda: np.random.randn(), lambda: float(np.random.choice([1.0, 2.0, 3.0]))]
)
def test_noise_from_pythons_and_numpys_generators_is_seeded_and_they_are_left_as_they_were(draw):
    def objective(model, x):
        return {"loss": squared_error(model(x + 0.1 * draw()), x)}

    ends = []
    for before in (1, 2):
        random.seed(before)
        np.random.seed(before)
        states = random.getstate(), np.random.get_state()[1].tolist()
        ends.append(run(objective=objective, validation=rows(5) if before == 2 else None)[0])
        assert states == (random.getstate(), np.random.get_state()[1].tolist())
    assert torch.equal(*ends) and not torch.equal(ends[0], run(objective=objective, seed=1)[0])


def test_two_threads_do_not_draw_each_others_noise():
    alone = [run(objective=noisy, seed=seed, epochs=20)[0] for seed in (0, 1)]
    found = {}

    def work(seed):
        torch.set_num_threads(1)
        model = models[seed]
        fit(model, rows(), noisy, epochs=20, batch_size=10, seed=seed)
        found[seed] = weights(model)

    models = [net(), net()]
    workers = [threading.Thread(target=work, args=(seed,)) for seed in (0, 1)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert all(torch.equal(alone[seed], found[seed]) for seed in (0, 1))


def test_a_training_may_train_inside():
    inner = net(seed=4)

    def objective(model, x):
        fit(inner, rows(), noisy, epochs=1, seed=5)
        return noisy(model, x)

    assert torch.equal(run(objective=objective)[0], run(objective=noisy)[0])


def test_defaults_that_somebody_set_change_no_number():
    expected, history = run(validation=rows(5))
    for change in (
        lambda: torch.set_default_dtype(torch.float64),
        lambda: torch.set_grad_enabled(False),
    ):
        model, data, held_out = net(), rows(), rows(5)
        try:
            change()
            again = fit(model, data, reconstruction, epochs=3, batch_size=10, validation=held_out)
        finally:
            torch.set_default_dtype(torch.float32)
            torch.set_grad_enabled(True)
        assert torch.equal(weights(model), expected)
        assert again.train == history.train and again.validation == history.validation


@pytest.mark.parametrize("layout", [lambda x: x.t().contiguous().t(), lambda x: x.repeat(1, 2)[:, ::2][:, :3]])
def test_strided_data_train_as_their_copies_do(layout):
    x = layout(rows())
    assert torch.allclose(run(data=x)[0], run(data=x.clone(memory_format=torch.contiguous_format))[0], atol=1e-6)
    run(data=rows(1).expand(20, -1))


def test_rows_that_are_no_numbers_are_named_when_the_training_stops():
    x = rows()
    x[17, 1] = math.nan
    with pytest.raises(TrainingDiverged, match="NaN or infinite numbers in 1 rows, the first is row 17"):
        run(data=x)


def test_a_model_whose_train_returns_nothing_is_trained():
    """A usual slip in models that freeze a part in train()."""

    class Net(nn.Linear):
        def train(self, mode=True):
            super().train(mode)

    assert len(run(Net(3, 3))[1].train) == 3


# --- the bar ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "shown"), [("1", False), ("0", True), ("", True)])
def test_the_bar_has_the_runs_name_and_can_be_hidden(monkeypatch, capsys, value, shown):
    monkeypatch.setenv("TQDM_DISABLE", value)
    monkeypatch.setattr(training, "tqdm", __import__("tqdm").tqdm)  # the terminal's
    run(name="my model", epochs=40)
    printed = capsys.readouterr()
    assert printed.out == "" and ("my model" in printed.err) == shown
    assert shown == ("160" in printed.err)


# --- the course's yardstick ---------------------------------------------------------------------------------------


def test_a_linear_autoencoder_reaches_pcas_error():
    torch.manual_seed(0)
    x = torch.randn(200, 5) @ torch.diag(torch.tensor([3.0, 2.0, 0.5, 0.3, 0.1]))
    model = LinearAutoencoder(2, (5,))
    history = fit(model, x, reconstruction, epochs=300, batch_size=200, lr=3e-2)
    least = torch.linalg.eigvalsh((x - x.mean(0)).T @ (x - x.mean(0)) / 200)[:3].sum().item()
    assert least <= history["loss"][-1] * 1.0001 and history["loss"][-1] < 1.02 * least
    assert len(linear_layers(model)) == 2


def test_a_default_device_that_somebody_set_changes_nothing():
    x = torch.rand(20, 3, generator=torch.Generator().manual_seed(0))
    curves = []
    for device in ("cpu", "meta"):
        torch.manual_seed(0)
        model = nn.Linear(3, 3)
        torch.set_default_device(device)
        try:
            curves.append(fit(model, x, reconstruction, epochs=2, batch_size=8)["loss"])
        finally:
            torch.set_default_device(None)
    assert curves[0] == curves[1]
