"""Pictures as tensors in memory: MNIST where it can be had, the digits that ship with scikit-learn where not.

`digits()` looks in the folder that the variable COURSE_DATA names (torchvision's layout: MNIST/raw/...; the word
`embedded` asks for the embedded digits), then in the cache, then on the network (never with COURSE_OFFLINE=1).
A relative folder is seen from the project's folder, whichever notebook asks.
"""

import errno
import hashlib
import math
import os
import socket
import sys
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import torch
import torchvision
from torch import Tensor
from torchvision.datasets.mnist import read_image_file, read_label_file

from course_lib.ground import ROOT, switch

from .drawn import _embedded, _rendered_letters

FILES = {  # the shape in each file, the same for FashionMNIST, and the MD5 of MNIST's original
    "train-images-idx3-ubyte": ((60_000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
    "train-labels-idx1-ubyte": ((60_000,), "a25bea736e30d166cdddb491f175f624"),
    "t10k-images-idx3-ubyte": ((10_000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
    "t10k-labels-idx1-ubyte": ((10_000,), "27ae3e4e09519cfbb04c329615203637"),
}
INSTEAD = {
    "MNIST": "using the 1,797 digits that ship with scikit-learn, enlarged",
    "FashionMNIST": "drawing letters with the fonts that ship with matplotlib",
}
TIMEOUT = 10  # seconds of silence after which a mirror is given up
_failed: dict[tuple[str, Path], str] = {}  # downloads that this process won't try again, and why


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
    root = _find("MNIST", say=print)
    if root is None:
        name, tensors = "embedded digits", _embedded()
    else:
        raw, name = root / "MNIST" / "raw", "MNIST"
        tensors = [_pixels(raw / file) if "images" in file else read_label_file(raw / file) for file in FILES]
    return Digits(name, *(tensor.to(device) for tensor in tensors))


def other_pictures(n: int = 2000, device: torch.device | str = "cpu") -> tuple[str, Tensor]:
    """Pictures that are not digits, with their name: FashionMNIST's first n test images, else rendered letters.

    Shapes: (n, 1, 28, 28) float32, pixels in [0, 1]. Looks and prints as `digits` does.
    Raises: ValueError where n isn't a whole number from 1 to 10,000.
    """
    if not isinstance(n, int) or not 1 <= n <= 10_000:
        raise ValueError(f"n = {n}: there are 1 to 10,000 pictures to be had")
    root = _find("FashionMNIST", say=print)
    if root is None:
        return "rendered letters", _rendered_letters(n).to(device)
    return "FashionMNIST", _pixels(root / "FashionMNIST" / "raw" / "t10k-images-idx3-ubyte")[:n].to(device)


def source() -> str:
    """Which digits `digits()` returns now, "MNIST" or "embedded digits"; downloads like it, prints only the bar."""
    return "embedded digits" if _find("MNIST") is None else "MNIST"


def mnist_folder() -> Path | None:
    """The folder in torchvision's layout where MNIST lies, verified, or None; downloads and prints nothing."""
    return next((root for root in _places() if _fault(root, "MNIST") is None), None)


def cache_folder() -> Path:
    """Where downloads and trained models are kept: COURSE_CACHE, else this user's cache. Not made by the call."""
    if os.environ.get("COURSE_CACHE"):
        return _folder(os.environ["COURSE_CACHE"])
    usual = {"win32": ("LOCALAPPDATA", "~/AppData/Local"), "darwin": ("", "~/Library/Caches")}
    variable, default = usual.get(sys.platform, ("XDG_CACHE_HOME", "~/.cache"))
    return Path(os.environ.get(variable) or default).expanduser() / "autoencoder-course"


def _places() -> list[Path]:
    """The folders to look in, in this order; none where the embedded digits are asked for."""
    wanted, cache = os.environ.get("COURSE_DATA"), cache_folder() / "data"
    if wanted == "embedded":
        return []
    return [_folder(wanted, or_here=True), cache] if wanted else [cache]


def _folder(name: str, or_here: bool = False) -> Path:
    """The folder that a variable names; where it is relative, seen from the project's folder, whichever notebook asks.

    With `or_here` the working folder is tried next. An accented letter is one character or two (a letter and its
    accent): where a folder isn't there in one spelling, the other is tried.
    """
    seen_from = [ROOT, Path.cwd()] if or_here else [ROOT]
    folders = [base / Path(name).expanduser() for base in seen_from]
    spelt = [Path(unicodedata.normalize(form, str(each))) for each in folders for form in ("NFC", "NFD")]
    return next((each for each in [*folders, *spelt] if os.path.isdir(each)), folders[0])


def _find(name: str, say=lambda line: None) -> Path | None:
    """The root under which a data set lies, verified, downloaded if need be; None if it can't be had. Says why."""
    places = _places()
    for root in places:
        fault = _fault(root, name)
        if fault is None:
            return root
        should_be_there = name == "MNIST" and root != places[-1]  # in COURSE_DATA; the cache may be empty
        if should_be_there or os.path.isdir(root / name / "raw"):
            say(fault)
    why = _download(name, places[-1]) if places else "COURSE_DATA=embedded"
    if why is None:
        return places[-1]
    say(f"{name} not found ({why}): {INSTEAD[name]}. Set COURSE_DATA to a folder with {name}/raw/ for it.")
    return None


def _fault(root: Path, name: str) -> str | None:
    """What is wrong with the first bad one of a data set's four files, and what to do; None if nothing is."""
    for file, (shape, md5) in FILES.items():
        path = root / name / "raw" / file
        header = bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)
        expected = len(header) + math.prod(shape)
        remedy = f"Put the original, unpacked file of {expected:,} bytes there; looking further."
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return f"{path} is missing. {remedy}"
        except OSError as error:
            return f"{path} can't be read ({error.strerror}). {remedy}"
        if len(content) != expected:
            return f"{path} has {len(content):,} bytes instead of {expected:,}: cut short or another file. {remedy}"
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if name == "MNIST" and found != md5:
            return f"{path} was altered: its MD5 is {found}, expected {md5}. {remedy}"
        if not content.startswith(header):
            return f"{path} was altered: its header isn't that of {shape} bytes. {remedy}"
    return None


def _download(name: str, root: Path) -> str | None:
    """Fetch a data set through torchvision into root: None when it lies there, else why not, in a few words.

    Everything is fetched and verified in a temporary folder beside the destination, then moved file by file in one
    step each: whoever reads there meanwhile, or after an interrupt, sees a whole file or none.
    """
    if switch("COURSE_OFFLINE"):
        return "COURSE_OFFLINE is set"
    if (name, root) in _failed:
        return _failed[name, root]
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".new-", ignore_cleanup_errors=True) as temporary:
            getattr(torchvision.datasets, name)(temporary, download=True)
            if _fault(Path(temporary), name):
                raise RuntimeError("corrupted")
            raw = Path(name, "raw")
            (root / raw).mkdir(parents=True, exist_ok=True)
            for file in FILES:
                os.replace(temporary / raw / file, root / raw / file)
    except Exception as error:  # whatever a mirror, a disk or a library comes up with: the course goes on
        if _fault(root, name):
            _failed[name, root] = _in_words(error, root)
    finally:
        socket.setdefaulttimeout(timeout)
    return _failed.get((name, root))


def _in_words(error: Exception, root: Path) -> str:
    """Why a download failed; torchvision wraps what its mirrors said into the text of one RuntimeError."""
    number, text = getattr(error, "errno", None), str(error)
    if number in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk with {root} is full"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.ENOENT):
        return f"{root} can't be written to"
    if "corrupted" in text:
        return "the download was not the original"
    if "timed out" in text or isinstance(error, TimeoutError):
        return f"no answer from the network in {TIMEOUT} seconds"
    if "certificate" in text.lower():
        return "the server's certificate was refused: a proxy or an old system may be in between"
    if "407" in text and ("proxy" in text.lower() or "tunnel" in text.lower()):
        return "the proxy asks for a password: set HTTPS_PROXY with one"
    if isinstance(error, RuntimeError | ConnectionError):
        return "the server refused" if "HTTP Error" in text or "Tunnel connection failed" in text else "no network"
    return f"the download failed with {type(error).__name__}"


def _pixels(path: Path) -> Tensor:
    """The images in one file: () -> (N, 1, 28, 28), bytes scaled to [0, 1]."""
    return read_image_file(path).unsqueeze(1).float().div_(255)
