"""`fit`: the one training loop of the course. Whole data on the device, seeded, interruptible, cached on request."""

import contextlib
import dis
import functools
import hashlib
import inspect
import json
import math
import os
import pickle
import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm.auto import tqdm

Objective = Callable[[nn.Module, Tensor], dict[str, Tensor]]


class TrainingDiverged(RuntimeError):
    """The loss or a weight stopped being a finite number; the message says when, and what to try."""

    def __init__(self, epoch: int, means: dict[str, float], lr: float) -> None:
        super().__init__(
            f"the loss or a weight is no longer a finite number in epoch {epoch} ({means}). The model is as it was "
            f"before. Try a smaller lr than {lr:g}, and look for log(0), a division by 0 or NaN in the data."
        )


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

    Each epoch visits every row once. Order and noise come from `seed`: the same call gives the same numbers on the same
    machine, with or without validation. The step size rises over the first `warmup` share of the steps, then follows
    `schedule` ("constant", "linear" or "cosine" to zero). Ctrl-C (in a notebook: the stop button) keeps what was learnt
    so far. With `cache`, a folder, the trained model is stored and found again while nothing that made it has changed.

    Shapes: data (N, ...) -> batches (B, ...) for objective(model, x), B = batch_size or what is left.
    Raises: TrainingDiverged where the loss or a weight is no finite number at the end of an epoch (the model is set
    back to the epoch before); ValueError where the data or a setting can't be used.
    """
    check_settings(data, validation, epochs, batch_size, schedule)
    model.to(data.device).eval()
    for layer in model.modules():
        if data.device.type == "cpu" and isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.to(memory_format=torch.channels_last)  # a quarter less time; on GPUs it depends on the model
    settings = (epochs, batch_size, lr, SCHEDULES[schedule], warmup, seed, validation, fit.__code__.co_code)
    made_by = describe((model, data, objective, optimizer, settings), {}) if cache else ""
    file = cache and Path(cache) / f"{hashlib.blake2b(made_by.encode(), digest_size=12).hexdigest()}.safetensors"
    if file and os.path.exists(file) and (history := load(file, model)):
        return history
    history, start, step, steps = History(), time.perf_counter(), 0, epochs * math.ceil(len(data) / batch_size)
    order = torch.Generator().manual_seed(seed)
    hidden = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")
    bar = tqdm(total=steps, desc=name, unit="step", mininterval=0.25, leave=False, disable=hidden)
    with bar, seeded(seed, data.device):
        optimizers = optimizer(model, lr)
        try:
            for epoch in range(1, epochs + 1):
                model.train()
                last_good = {key: value.clone() for key, value in model.state_dict().items()}
                sums: dict[str, Tensor] = {}
                for rows in torch.randperm(len(data), generator=order).to(data.device).split(batch_size):
                    rise = min(1.0, (step + 1) / max(1.0, warmup * steps))
                    parts = objective(model, data[rows])
                    model.zero_grad()
                    parts["loss"].backward()
                    for each in optimizers:
                        for group in each.param_groups:
                            group["lr"] = lr * rise * SCHEDULES[schedule](step / steps)
                        each.step()
                    for key, value in parts.items():
                        sums[key] = sums.get(key, 0.0) + value.detach() * len(rows)
                    step += 1
                    bar.update()
                means = {key: float(value) / len(data) for key, value in sums.items()}
                if not (math.isfinite(means["loss"]) and all(p.isfinite().all() for p in model.parameters())):
                    model.load_state_dict(last_good)
                    raise TrainingDiverged(epoch, means, lr)
                if validation is not None:
                    with seeded(seed, data.device):
                        history.validation.append(evaluate(model, validation, objective, batch_size))
                history.train.append(means)
                bar.set_postfix_str(f"loss {means['loss']:.4g}", refresh=False)
        except KeyboardInterrupt:
            history.interrupted = True
        finally:
            model.eval()
    history.seconds = time.perf_counter() - start
    if history.interrupted:
        print(f"Interrupted after {step} of {steps} steps: the model keeps what it has learnt so far.")
    elif file:
        store(file, model, history)
    return history


def check_settings(data: Tensor, validation: Tensor | None, epochs: int, batch_size: int, schedule: str) -> None:
    """Raises: ValueError where `fit` can't start, in words that say what to change."""
    for name, x in {"data": data, "validation": data if validation is None else validation}.items():
        if not isinstance(x, Tensor) or not x.is_floating_point() or x.ndim == 0 or x.numel() == 0:
            what = f"{tuple(x.shape)} of {x.dtype}" if isinstance(x, Tensor) else type(x).__name__
            raise ValueError(f"{name} must be a tensor of floats with at least one row (an example); this is {what}")
    if min(epochs, batch_size) < 1:
        raise ValueError(f"epochs and batch_size must be at least 1; they are {epochs} and {batch_size}")
    if schedule not in SCHEDULES:
        raise ValueError(f"unknown schedule {schedule!r}: one of {', '.join(SCHEDULES)}")


@contextlib.contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """PyTorch's global generators start at `seed` inside; afterwards they are as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


@torch.no_grad()
def evaluate(model: nn.Module, data: Tensor, objective: Objective, batch_size: int = 1000) -> dict[str, float]:
    """The objective's means over all rows of `data`, in evaluation mode: data (N, ...) -> one number a part."""
    model.eval()
    parts = [(objective(model, x), len(x)) for x in data.split(batch_size)]
    return {key: float(sum(each[key] * rows for each, rows in parts)) / len(data) for key in parts[0][0]}


def describe(thing: object, seen: dict[int, tuple[int, object]]) -> str:
    """A text that is equal for equal things, in this process and in the next; `seen` starts empty.

    Tensors are told by value; functions by byte code, defaults, what they enclose and the globals they use; classes by
    their functions; objects, models too, by their attributes. What others wrote is told by name or as it is pickled.
    """
    if isinstance(thing, str | bytes | int | float | None):
        return repr(thing)
    if isinstance(thing, Tensor):
        raw = thing.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
        return f"{thing.dtype} {tuple(thing.shape)} {thing.requires_grad} {hashlib.blake2b(raw).hexdigest()}"
    if isinstance(thing, tuple | list | dict | set | frozenset):
        texts = [describe(part, seen) for part in (thing.items() if isinstance(thing, dict) else thing)]
        return f"({', '.join(sorted(texts) if isinstance(thing, set | frozenset) else texts)})"
    if id(thing) in seen:
        return f"as {seen[id(thing)][0]}"
    seen[id(thing)] = len(seen), thing  # kept, so that nothing new gets its id
    if inspect.iscode(thing):
        inside = thing.co_code, thing.co_names, thing.co_consts
    elif isinstance(thing, functools.partial | staticmethod | classmethod | property | types.MethodType):
        inside = [getattr(thing, name, None) for name in ("func", "args", "keywords", "__func__", "__self__", "fget")]
    elif inspect.ismodule(thing):
        inside = thing.__name__, inspect.getsource(thing) if thing.__name__.startswith(__package__) else ""
    elif foreign(thing) and not isinstance(thing, nn.Module):
        inside = repr(thing)  # for what can't be pickled; with an address in it the model is trained again next time
        with contextlib.suppress(Exception):
            inside = pickle.dumps(thing)
    elif inspect.isfunction(thing):
        enclosed = [cell.cell_contents for cell in thing.__closure__ or () if cell != types.CellType()]
        used = {name: thing.__globals__[name] for name in global_names(thing.__code__) if name in thing.__globals__}
        inside = thing.__code__, thing.__defaults__, thing.__kwdefaults__, enclosed, used
    elif inspect.isclass(thing):
        inside = thing.__bases__, {k: v for k, v in vars(thing).items() if k[:2] != "__" or inspect.isfunction(v)}
    else:
        inside = type(thing), thing.__getstate__()
    return f"{type(thing).__name__} {describe(inside, seen)}"


def foreign(thing: object) -> bool:
    """True for functions, classes and objects that come with Python or with an installed package."""
    home = thing if inspect.isfunction(thing) or inspect.isclass(thing) else type(thing)
    top = (home.__module__ or "__main__").partition(".")[0]
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    return top not in (__package__, "__main__") and (top in sys.stdlib_module_names or "-packages" in file)


def global_names(code: types.CodeType) -> list[str]:
    """The globals that a function's code, and all code inside it, asks for."""
    found = {each.argval for each in dis.get_instructions(code) if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return sorted(found.union(*(global_names(part) for part in code.co_consts if inspect.iscode(part))))


def load(file: Path, model: nn.Module) -> History | None:
    """Fill the model from a stored one and return its history; None where it can't be read."""
    try:
        with safe_open(file, "pt") as stored:
            history = History(**{**json.loads(stored.metadata()["history"]), "cached": True})
            model.load_state_dict({key: stored.get_tensor(key) for key in stored.keys()})
        return history
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        print(f"The stored model {file.name} can't be read ({type(error).__name__}): training it again.")


def store(file: Path, model: nn.Module, history: History) -> None:
    """Write the model beside its place, then move it there: a half-written file is never found. Says so if it can't."""
    part = file.with_suffix(f".{os.getpid()}.{time.time_ns()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        tensors = {key: value.clone(memory_format=torch.contiguous_format) for key, value in model.state_dict().items()}
        part.write_bytes(save(tensors, metadata={"history": json.dumps(asdict(history))}))
        os.replace(part, file)
    except (SafetensorError, OSError) as error:
        print(f"The trained model could not be stored in {file.parent.name} ({error}): next time it is trained again.")
    with contextlib.suppress(OSError):
        part.unlink()
