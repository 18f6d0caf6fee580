"""`fit`: the one training loop of the course. Whole data on the device, seeded, interruptible, cached on request."""

import contextlib
import functools
import hashlib
import inspect
import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm.auto import tqdm

Objective = Callable[[nn.Module, Tensor], dict[str, Tensor]]


class TrainingDiverged(RuntimeError):
    """The loss stopped being a finite number; the message says when, and what to try."""


@dataclass
class History:
    """What `fit` saw: one dict of means an epoch, for the training data and, on request, for validation data."""

    train: list[dict[str, float]] = field(default_factory=list)
    validation: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False
    cached: bool = False

    def __getitem__(self, name: str) -> list[float]:
        """The training curve of one part of the objective, one number an epoch: history["loss"]."""
        return [epoch[name] for epoch in self.train]


def adam(model: nn.Module, lr: float) -> list[Optimizer]:
    """Adam (Kingma & Ba 2015), all parameters updated in one fused step."""
    return [torch.optim.Adam(model.parameters(), lr=lr, fused=True)]


def sgd(model: nn.Module, lr: float, momentum: float = 0.0) -> list[Optimizer]:
    """Stochastic gradient descent: w <- w - lr * gradient, or its running sum where there is momentum."""
    return [torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum, fused=True)]


def muon(model: nn.Module, lr: float) -> list[Optimizer]:
    """Muon (Jordan et al. 2024) for the weight matrices, with steps of Adam's size (Liu et al. 2025); Adam for biases."""
    matrices = [p for p in model.parameters() if p.ndim == 2]
    others = [p for p in model.parameters() if p.ndim != 2]
    return [
        torch.optim.Muon(matrices, lr=lr, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"),
        torch.optim.Adam(others, lr=lr, fused=True),
    ]


SCHEDULES = {
    "constant": lambda progress: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: 0.5 * (1.0 + math.cos(math.pi * progress)),
}


def fit(
    model: nn.Module,
    data: Tensor,
    objective: Objective,
    *,
    epochs: int,
    batch_size: int = 256,
    lr: float = 1e-3,
    optimizer: Callable[[nn.Module, float], list[Optimizer]] = adam,
    schedule: str = "cosine",
    warmup: float = 0.05,
    validation: Tensor | None = None,
    seed: int = 0,
    cache: Path | None = None,
    name: str = "training",
) -> History:
    """Train `model` in place on the rows of `data`, where the data lies, and return the history.

    Each epoch visits every row once, in an order drawn from `seed`; noise in the objective comes from `seed` too, so
    the same call gives the same numbers on the same machine. The step size rises over the first `warmup` share of the
    steps, then follows `schedule` ("constant", "linear" or "cosine" to zero). Ctrl-C (in a notebook: the stop button)
    ends training and keeps what was learnt so far. With `cache`, a folder, the trained model is stored there, and
    found again as long as nothing that made it has changed. The model is left in evaluation mode.

    Shapes: data (N, ...) -> batches (B, ...) for objective(model, x), B = batch_size or what is left.
    Raises: TrainingDiverged where the loss is no finite number at the end of an epoch (the model is set back to the
    epoch before); ValueError where the data or a setting can't be used.
    """
    check_settings(data, epochs, batch_size, schedule)
    model.to(data.device)
    settings = (epochs, batch_size, lr, schedule, warmup, seed, validation)
    file = cache and Path(cache) / f"{fingerprint(model, data, objective, optimizer, settings)}.safetensors"
    if file and (history := load(file, model)):
        return history
    history, start, steps = History(), time.perf_counter(), epochs * math.ceil(len(data) / batch_size)
    order = torch.Generator().manual_seed(seed)
    with seeded(seed, data.device), progress_bar(steps, name) as bar:
        optimizers = optimizer(model, lr)
        step, last_good = 0, snapshot(model)
        try:
            for _ in range(epochs):
                model.train()
                sums: dict[str, Tensor] = {}
                for rows in torch.randperm(len(data), generator=order).to(data.device).split(batch_size):
                    rise = min(1.0, (step + 1) / max(1.0, warmup * steps))
                    set_lr(optimizers, lr * rise * SCHEDULES[schedule](step / steps))
                    parts = objective(model, data[rows])
                    for each in optimizers:
                        each.zero_grad()
                    parts["loss"].backward()
                    for each in optimizers:
                        each.step()
                    for key, value in parts.items():
                        sums[key] = sums.get(key, 0.0) + value.detach() * len(rows)
                    step += 1
                    bar.update()
                means = {key: float(value) / len(data) for key, value in sums.items()}
                if not math.isfinite(means["loss"]):
                    model.load_state_dict(last_good)
                    raise TrainingDiverged(diverged(len(history.train) + 1, means, lr))
                history.train.append(means)
                if validation is not None:
                    history.validation.append(evaluate(model, validation, objective, batch_size))
                last_good = snapshot(model)
                bar.set_postfix_str(f"loss {means['loss']:.4g}", refresh=False)
        except KeyboardInterrupt:
            history.interrupted = True
            print(f"Interrupted after {step} of {steps} steps: the model keeps what it has learnt so far.")
        finally:
            model.eval()
    history.seconds = time.perf_counter() - start
    if file and not history.interrupted:
        store(file, model, history)
    return history


def check_settings(data: Tensor, epochs: int, batch_size: int, schedule: str) -> None:
    """Raises: ValueError where `fit` can't start, in words that say what to change."""
    if not isinstance(data, Tensor) or not data.is_floating_point() or len(data) == 0:
        what = f"{tuple(data.shape)} of {data.dtype}" if isinstance(data, Tensor) else type(data).__name__
        raise ValueError(f"data must be a tensor of floats with at least one row, one example a row; this is {what}")
    if epochs < 1 or batch_size < 1:
        raise ValueError(f"epochs and batch_size must be at least 1; they are {epochs} and {batch_size}")
    if schedule not in SCHEDULES:
        raise ValueError(f"unknown schedule {schedule!r}: one of {', '.join(SCHEDULES)}")


@contextlib.contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """PyTorch's global generators start at `seed` inside; afterwards they are as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def progress_bar(steps: int, name: str) -> tqdm:
    """A bar with the time left, drawn at most four times a second; the variable TQDM_DISABLE=1 hides it."""
    hidden = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")
    return tqdm(total=steps, desc=name, unit="step", mininterval=0.25, leave=False, disable=hidden)


def set_lr(optimizers: list[Optimizer], lr: float) -> None:
    """Give every parameter group the step size `lr`."""
    for each in optimizers:
        for group in each.param_groups:
            group["lr"] = lr


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the model's parameters and buffers."""
    return {key: value.detach().clone() for key, value in model.state_dict().items()}


@torch.no_grad()
def evaluate(model: nn.Module, data: Tensor, objective: Objective, batch_size: int = 1000) -> dict[str, float]:
    """The objective's means over all rows of `data`, in evaluation mode: data (N, ...) -> one number a part."""
    model.eval()
    sums: dict[str, Tensor] = {}
    for x in data.split(batch_size):
        for key, value in objective(model, x).items():
            sums[key] = sums.get(key, 0.0) + value * len(x)
    return {key: float(value) / len(data) for key, value in sums.items()}


def diverged(epoch: int, means: dict[str, float], lr: float) -> str:
    """What to say, and to try, when the loss is no number."""
    parts = ", ".join(f"{key} = {value}" for key, value in means.items())
    return (
        f"the loss is no longer a finite number in epoch {epoch} ({parts}). The model is as it was before that epoch. "
        f"Try a smaller lr than {lr:g}, and look for log(0), a division by 0 or NaN in the data."
    )


def fingerprint(*things: object) -> str:
    """A name that changes with whatever is given: tensors by value, modules by class, layout and parameters, functions
    by source, by what they enclose and by the globals they use."""
    digest = hashlib.blake2b(digest_size=12)
    for part in (*map(describe, things), inspect.getsource(fit)):
        digest.update(part.encode())
    return digest.hexdigest()


def describe(thing: object, seen: frozenset[int] = frozenset()) -> str:
    """A text that is equal for equal things, in this process and in the next."""
    if id(thing) in seen:
        return "..."
    seen = seen | {id(thing)}
    if isinstance(thing, Tensor):
        raw = thing.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
        return f"{thing.dtype} {tuple(thing.shape)} {hashlib.blake2b(raw, digest_size=12).hexdigest()}"
    if isinstance(thing, nn.Module):
        return f"{source(type(thing))} {thing} {describe(thing.state_dict(), seen)}"
    if isinstance(thing, functools.partial):
        return f"{describe(thing.func, seen)} {describe(thing.args, seen)} {describe(thing.keywords, seen)}"
    if isinstance(thing, dict):
        return "{" + ", ".join(f"{key!r}: {describe(value, seen)}" for key, value in thing.items()) + "}"
    if isinstance(thing, list | tuple):
        return "[" + ", ".join(describe(value, seen) for value in thing) + "]"
    if inspect.isfunction(thing) and thing.__module__.partition(".")[0] != "torch":
        used = inspect.getclosurevars(thing)
        return f"{source(thing)} {describe(dict(used.nonlocals), seen)} {describe(dict(used.globals), seen)}"
    if callable(thing) or inspect.ismodule(thing):
        return getattr(thing, "__qualname__", None) or getattr(thing, "__name__", type(thing).__name__)
    return repr(thing)


def source(thing: Callable) -> str:
    """The source text of a class or function; where there is none, its name and byte code."""
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        code = getattr(thing, "__code__", None)
        return f"{thing.__qualname__} {code.co_code.hex() if code else ''} {code.co_consts if code else ''}"


def load(file: Path, model: nn.Module) -> History | None:
    """Fill the model from a stored one and return its history; None where there is none that can be read."""
    if not file.exists():
        return None
    try:
        with safe_open(file, "pt") as stored:
            history = History(**json.loads(stored.metadata()["history"]))
        model.load_state_dict(load_file(file))
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        print(f"The stored model {file.name} can't be read ({type(error).__name__}): training it again.")
        return None
    model.eval()
    return replace(history, cached=True)


def store(file: Path, model: nn.Module, history: History) -> None:
    """Write the model beside its place, then move it there: a half-written file is never found. Says so if it can't."""
    part = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkstemp(dir=file.parent, suffix=".part")[1])
        tensors = {key: value.contiguous() for key, value in snapshot(model).items()}
        save_file(tensors, part, metadata={"history": json.dumps(asdict(history))})
        os.replace(part, file)
    except (SafetensorError, OSError) as error:
        print(f"The trained model could not be stored in {file.parent.name} ({error}): next time it is trained again.")
    finally:
        if part and part.exists():
            part.unlink()
