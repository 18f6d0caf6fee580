"""The same numbers again: seeds, the device, the two speeds, and the line that says where a notebook ran."""

import os
import random

import torch

from course_lib.ground import switch


def seed_everything(seed: int = 0) -> None:
    """Seed Python's and PyTorch's generators (CPU and every accelerator)."""
    random.seed(seed)
    torch.manual_seed(seed)


def pick_device() -> torch.device:
    """CUDA where there is one, else Apple's MPS, else the CPU; the variable COURSE_DEVICE overrides it.

    On CUDA convolutions then count in full float32, as matrix products do. PyTorch's own setting rounds their
    factors to 10 bits (TF32), and the mean of four pixels is no convolution any more to the sixth digit.
    Raises: ValueError where COURSE_DEVICE names a device that this machine doesn't have.
    """
    wish = os.environ.get("COURSE_DEVICE")
    if wish:
        try:
            torch.zeros(1, device=wish).cpu()
        except (RuntimeError, AssertionError, ImportError) as error:
            raise ValueError(
                f"COURSE_DEVICE={wish} can't be used on this machine. Unset it, or say cpu, cuda or mps."
            ) from error
        return torch.device(wish)
    if torch.cuda.is_available():
        torch.backends.cudnn.allow_tf32 = False
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def fast_mode() -> bool:
    """True (minutes on two CPU cores) unless the variable COURSE_FULL asks for the published numbers.

    Raises: ValueError where COURSE_FULL is neither yes nor no.
    """
    return not switch("COURSE_FULL")


def where(data: str) -> str:
    """One line for the top of a notebook: versions, device, data, mode; another where Python skips asserts."""
    device = pick_device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    mode = "fast mode" if fast_mode() else "full mode"
    checked = "" if __debug__ else "\nPython skips asserts (-O or PYTHONOPTIMIZE): nothing on this page is checked."
    return f"PyTorch {torch.__version__} on {device.type} ({name}), data: {data}, {mode}{checked}"
