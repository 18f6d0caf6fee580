"""Trained models on disk, found again while nothing that made them has changed; never a wrong one."""

import hashlib
import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from course_lib.ground import write

from .telling import Telling, surroundings
from .uses import Untold

__all__ = ["Kept", "Telling", "Untold", "tensors_of"]


class Kept:
    """The place in `folder` of the model that `made_by` makes, and what was true before it was made.

    `made_by` is everything that training hangs on besides the model as it is now. What can't be told (`Untold`) is
    neither looked for nor stored, and one line says why; nothing here ever changes or stops a training.
    """

    def __init__(self, folder: Path | str, model: nn.Module, made_by: tuple) -> None:
        self.model, self.made_by, self.file, self.before = model, made_by, None, ""
        try:
            self.before, values = self.told()
            name = hashlib.blake2b(f"{self.before} {values}".encode(), digest_size=12).hexdigest()
            self.file = Path(folder).expanduser() / f"{name}.safetensors"
        except Exception as error:
            print(f"This training isn't kept for next time: {reason(error)}.")

    def told(self) -> tuple[str, list[str]]:
        """All that the numbers hang on, as a text without the weights' values, and these."""
        weights = tensors_of(self.model)
        for name, each in weights.items():
            if is_lazy(each):
                raise Untold(f"{name} has no size before the first batch")
            overlaps = any(step == 0 and size > 1 for step, size in zip(each.stride(), each.shape, strict=True))
            if each.is_inference() or overlaps:
                raise Untold(f"{name} can't be written to, since its numbers share their memory")
        telling = Telling(list(weights.values()))
        text = telling.of((self.model, self.made_by))
        return f"{text} {telling.of(surroundings(telling.packages, telling.devices))}", telling.values

    def load(self) -> dict | None:
        """Fill the model from the stored one and return its history; None where there is none, or it can't be read."""
        if self.file is None or not os.path.isfile(self.file):
            return None
        try:
            with safe_open(self.file, "pt") as stored:
                about, tensors = stored.metadata(), {key: stored.get_tensor(key) for key in stored.keys()}
            if about["digest"] != fingerprint(about["history"], tensors):
                raise ValueError("it was altered")
            history, weights = json.loads(about["history"]), tensors_of(self.model)
            if forms(weights) != forms(tensors):
                raise ValueError("it is another model's")
        except Exception as error:
            print(f"The stored model {self.file.name} can't be read ({type(error).__name__}): training it again.")
            return None
        with torch.no_grad():
            for key, each in weights.items():
                each.copy_(tensors[key])
        return history

    def store(self, history: dict) -> None:
        """Write the model beside its place, then move it there: a half-written file is never found.

        Where training changed something that a stored model wouldn't bring back (a counter, a list, a generator that
        somebody else goes on with), it isn't stored. Where nothing is stored, one line says why.
        """
        if self.file is None:
            return
        try:
            if self.told()[0] != self.before:
                raise Untold("it changes more than the model's weights, and only these can be stored")
            weights = tensors_of(self.model).items()
            tensors = {key: each.detach().cpu().clone(memory_format=torch.contiguous_format) for key, each in weights}
            text = json.dumps(history)
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write(self.file, save(tensors, metadata={"history": text, "digest": fingerprint(text, tensors)}))
        except Untold as error:
            print(f"This training isn't kept for next time: {error}.")
        except Exception as error:
            where = f"stored in {self.file.parent.name} ({error})"
            print(f"The trained model could not be {where}: next time it is trained again.")


def reason(error: Exception) -> str:
    """Why something can't be told, in a line."""
    return str(error) if isinstance(error, Untold) else f"it can't be told from another ({type(error).__name__})"


def tensors_of(model: nn.Module) -> dict[str, Tensor]:
    """Every parameter and buffer by name, those that are tied under each of their names."""
    return {
        **dict(nn.Module.named_parameters(model, remove_duplicate=False)),
        **dict(nn.Module.named_buffers(model, remove_duplicate=False)),
    }


def forms(tensors: dict[str, Tensor]) -> dict[str, tuple]:
    """Name, shape and type of each."""
    return {key: (each.shape, each.dtype) for key, each in tensors.items()}


def fingerprint(history: str, tensors: dict[str, Tensor]) -> str:
    """The digest of what is stored."""
    found = hashlib.blake2b(history.encode(), digest_size=16)
    for name in sorted(tensors):
        each = tensors[name].detach().cpu().contiguous()
        found.update(f"{name} {each.dtype} {tuple(each.shape)}".encode())
        found.update(each.flatten().view(torch.uint8).numpy())
    return found.hexdigest()
