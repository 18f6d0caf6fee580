"""`fit`: the one training loop of the course. Whole data on the device, seeded, interruptible, cached on request."""

import contextlib
import inspect
import math
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer
from tqdm.auto import tqdm

from course_lib.cache import Kept, tensors_of
from course_lib.ground import NO, switch
from course_lib.optimisers import adam, sgd  # noqa: F401  (the lessons say `from course_lib.training import sgd`)
from course_lib.shapes import Objective

from . import masked as masked
from .asking import ask, check_settings, optimizers_for, single

ONE_AT_A_TIME = threading.RLock()  # the generators are the whole process's: two trainings would draw each other's noise


class TrainingDiverged(RuntimeError):
    """The loss or a weight stopped being a finite number; the message says when, and what to try."""

    def __init__(self, epoch: int, means: dict[str, float], lr: float, data: Tensor) -> None:
        bad = (~data.isfinite().flatten(1)).any(1).nonzero() if data.ndim > 1 else (~data.isfinite()).nonzero()
        tip = f"Try a smaller lr than {lr:g}, and look for log(0), a division by 0 or targets outside [0, 1]."
        if len(bad):
            tip = f"The data have NaN or infinite numbers in {len(bad)} rows, the first is row {int(bad[0, 0])}."
        super().__init__(
            f"the loss or a weight is no longer a finite number in epoch {epoch} ({means}). The model is as it was "
            f"before. {tip}"
        )


@dataclass
class History:
    """What `fit` saw: one dict of means per epoch, for the training data and, on request, for validation data."""

    train: list[dict[str, float]] = field(default_factory=list)
    validation: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False
    cached: bool = False

    def __getitem__(self, name: str) -> list[float]:
        """The training curve of one part of the objective, one number per epoch: history["loss"]."""
        return [epoch[name] for epoch in self.train]


SCHEDULES = {
    "constant": lambda progress: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: 0.5 * (1.0 + math.cos(math.pi * progress)),
}


def fit(
    model: nn.Module, data: Tensor, objective: Objective, *, epochs: int, batch_size: int = 256, lr: float = 1e-3,
    optimizer: Callable[[nn.Module, float], list[Optimizer]] = adam, schedule: str = "cosine", warmup: float = 0.05,
    validation: Tensor | None = None, seed: int = 0, cache: Path | None = None, name: str = "training",
) -> History:  # fmt: skip
    """Train `model` in place on the rows of `data`, where the data lies, and return the history.

    Each epoch visits every row once. The order comes from `seed`, and so does noise that the objective draws from the
    global generators of PyTorch, NumPy and `random`, which are put back afterwards: the same call gives the same
    numbers on the same machine, with or without validation. (A generator of the objective's own goes on from call to
    call.) The step size rises over the first `warmup` share of the steps, then follows `schedule` ("constant", "linear"
    or "cosine" to zero). Ctrl-C (in a notebook: the stop button) keeps what was learnt so far. In one process one
    training runs at a time.

    With `cache`, a folder, the trained model is stored and found again while nothing that made it has changed: data,
    model, settings, versions, and all code that isn't an installed package's. What can't be told isn't stored, and one
    line says so. Otherwise a training with `cache` is one without.

    Shapes: data (N, ...) -> batches (B, ...) for objective(model, x), B = batch_size or what is left.
    Raises: TrainingDiverged where the loss or a weight is no finite number at the end of an epoch (the model is set
    back to the epoch before); ValueError where the data, a setting or what the objective returns can't be used.
    """
    check_settings(data, validation, epochs, batch_size, schedule, warmup, lr, seed, SCHEDULES)
    epochs = 1 if in_brief(data) else epochs
    data, validation = data.detach(), None if validation is None else validation.detach()
    prepare(model, data.device)
    settings = (epochs, batch_size, lr, SCHEDULES[schedule], warmup, seed, validation, numbers_of_fit())
    kept = Kept(cache, model, (data, objective, optimizer, settings)) if cache else None
    if kept and (found := kept.load()):
        return History(**{**found, "cached": True})
    history, start, step, steps = History(), time.perf_counter(), 0, epochs * math.ceil(len(data) / batch_size)
    order = torch.Generator().manual_seed(seed)
    hidden = os.environ.get("TQDM_DISABLE", "").strip().lower() not in ("", *NO)
    bar = tqdm(total=steps, desc=name, unit="step", mininterval=0.25, leave=False, disable=hidden)
    with bar, ONE_AT_A_TIME, torch.enable_grad(), seeded(seed, data.device):
        optimizers = optimizers_for(model, optimizer, lr)
        try:
            for epoch in range(1, epochs + 1):
                model.train()
                last_good = {key: each.clone() for key, each in tensors_of(model).items() if not is_lazy(each)}
                sums, counts = {}, {}
                for rows in torch.randperm(len(data), generator=order, device="cpu").to(data.device).split(batch_size):
                    rise = min(1.0, (step + 1) / max(1.0, warmup * steps))
                    parts = ask(objective, model, data[rows])
                    model.zero_grad()
                    parts["loss"].backward()
                    for each in optimizers:
                        for group in each.param_groups:
                            group["lr"] = lr * rise * SCHEDULES[schedule](step / steps)
                        each.step()
                    for key, value in parts.items():
                        sums[key] = sums.get(key, 0.0) + single(value) * len(rows)
                        counts[key] = counts.get(key, 0) + len(rows)
                    step += 1
                    bar.update()
                means = {key: float(value) / counts[key] for key, value in sums.items()}
                if not (math.isfinite(means["loss"]) and all(p.isfinite().all() for p in model.parameters())):
                    restore(model, last_good)
                    raise TrainingDiverged(epoch, means, lr, data)
                if validation is not None:
                    with seeded(seed, data.device):
                        history.validation.append(evaluate(model, validation, objective, batch_size))
                history.train.append(means)
                bar.set_postfix_str(f"loss {means['loss']:.4g}", refresh=False)
        except KeyboardInterrupt:
            history.interrupted = True
        finally:
            model.eval()
            model.zero_grad()
    history.seconds = time.perf_counter() - start
    if history.interrupted:
        print(f"Interrupted after {step} of {steps} steps: the model keeps what it has learnt so far.")
    elif kept:
        kept.store(asdict(history))
    return history


def in_brief(data: Tensor) -> bool:
    """Whether one epoch is enough: COURSE_BRIEF asks only whether a lesson runs, and these are pictures, not points."""
    return switch("COURSE_BRIEF") and data[0].numel() >= 64


def prepare(model: nn.Module, device: torch.device) -> None:
    """Bring a model to where the data lies, in evaluation mode and without old gradients."""
    model.to(device)
    model.eval()
    model.zero_grad()
    for layer in model.modules():
        if device.type == "cpu" and isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and not is_lazy(layer.weight):
            layer.to(memory_format=torch.channels_last)  # a quarter less time; on GPUs it depends on the model


def restore(model: nn.Module, last_good: dict[str, Tensor]) -> None:
    """Set parameters and buffers back to their copies."""
    with torch.no_grad():
        for key, each in tensors_of(model).items():
            each.copy_(last_good[key])


@contextlib.contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """The global generators (PyTorch, NumPy, `random`) start at `seed` inside; afterwards they are as they were."""
    before = random.getstate(), numpy.random.get_state()
    try:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(seed)
            random.seed(seed)
            numpy.random.seed(seed % 2**32)
            yield
    finally:
        random.setstate(before[0])
        numpy.random.set_state(before[1])


@torch.no_grad()
def evaluate(model: nn.Module, data: Tensor, objective: Objective, batch_size: int = 1000) -> dict[str, float]:
    """The objective's means over the rows of `data`, in evaluation mode: data (N, ...) -> one number per part."""
    model.eval()
    parts = [(ask(objective, model, x), len(x)) for x in data.split(batch_size)]
    means = {}
    for key in dict.fromkeys(key for each, _ in parts for key in each):
        there = [(single(each[key]), rows) for each, rows in parts if key in each]
        means[key] = float(sum(value * rows for value, rows in there)) / sum(rows for _, rows in there)
    return means


def numbers_of_fit() -> tuple:
    """The code on which a training's numbers hang."""
    return History, *(inspect.unwrap(each).__code__ for each in (fit, prepare, seeded, evaluate, single))
