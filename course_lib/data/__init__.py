"""Pictures as tensors in memory: MNIST where it can be had, the digits that ship with scikit-learn where not.

`digits()` looks in the folder that the variable COURSE_DATA names (torchvision's layout: MNIST/raw/...; the word
`embedded` asks for the embedded digits), then in the cache, then on the network (never with COURSE_OFFLINE=1).
A relative folder is seen from the project's folder, whichever notebook asks.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets.mnist import read_label_file

from course_lib.ground import switch

from . import mnist, standins
from .mnist import cache_folder

__all__ = ["Digits", "cache_folder", "digits", "mnist_folder", "other_pictures", "source"]


@dataclass(frozen=True)
class Digits:
    """Digit images and their labels, all on one device.

    Shapes: train, test (N, 1, 28, 28) float32, pixels in [0, 1]; train_labels, test_labels (N,) int64, 0 to 9.
    """

    name: str  # "MNIST" or "embedded digits"
    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor

    @property
    def is_mnist(self) -> bool:
        """Whether published MNIST numbers apply."""
        return self.name == "MNIST"


def digits(device: torch.device | str = "cpu") -> Digits:
    """MNIST (60,000 + 10,000 images), or the embedded digits (12,000 + 360) where it can't be had.

    Prints nothing about an MNIST that is as it should be; one line for each thing that is wrong, one that says what
    is used instead. Raises nothing for data: missing or damaged files, network, full disk all end in the fallback.
    """
    root = mnist.find("MNIST", say=print)
    if root is None:
        name, tensors = "embedded digits", standins.embedded(2_000 if switch("COURSE_BRIEF") else 12_000)
    else:
        files, name = [root / "MNIST" / "raw" / file for file in mnist.FILES], "MNIST"
        tensors = [mnist.pixels(file) if "images" in file.name else read_label_file(file) for file in files]
    return Digits(name, *(tensor.to(device) for tensor in tensors))


def other_pictures(n: int = 2000, device: torch.device | str = "cpu") -> tuple[str, Tensor]:
    """Pictures that are not digits, with their name: FashionMNIST's first n test images, else rendered letters.

    Shapes: (n, 1, 28, 28) float32, pixels in [0, 1]. Looks and prints as `digits` does.
    Raises: ValueError where n isn't a whole number from 1 to 10,000.
    """
    if not isinstance(n, int) or not 1 <= n <= 10_000:
        raise ValueError(f"n = {n}: there are 1 to 10,000 pictures to be had")
    root = mnist.find("FashionMNIST", say=print)
    if root is None:
        return "rendered letters", standins.rendered_letters(n).to(device)
    return "FashionMNIST", mnist.pixels(root / "FashionMNIST" / "raw" / "t10k-images-idx3-ubyte")[:n].to(device)


def source() -> str:
    """Which digits `digits()` returns now, "MNIST" or "embedded digits"; downloads like it, prints only the bar."""
    return "embedded digits" if mnist.find("MNIST") is None else "MNIST"


def mnist_folder() -> Path | None:
    """The folder in torchvision's layout where MNIST lies, verified, or None; downloads and prints nothing."""
    return next((root for root in mnist.places() if mnist.fault(root, "MNIST") is None), None)
