"""Pictures as tensors in memory: MNIST where it can be had, the digits that ship with scikit-learn where not.

`digits()` looks in the folder that the variable COURSE_DATA names (torchvision's layout: MNIST/raw/...; the word
`embedded` asks for the embedded digits), then in the cache, then on the network (never with COURSE_OFFLINE=1).
"""

import errno
import hashlib
import math
import os
import random
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor
from torchvision.datasets.mnist import read_image_file, read_label_file

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
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Italic",
         "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "cmr10", "cmss10", "cmtt10")  # fmt: skip
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
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

    Shapes: (n, 1, 28, 28) float32, pixels in [0, 1]. Looks and prints as `digits` does. Raises: ValueError, n > 10,000.
    """
    if not 1 <= n <= 10_000:
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
        return Path(os.environ["COURSE_CACHE"]).expanduser()
    usual = {"win32": ("LOCALAPPDATA", "~/AppData/Local"), "darwin": ("", "~/Library/Caches")}
    variable, default = usual.get(sys.platform, ("XDG_CACHE_HOME", "~/.cache"))
    return Path(os.environ.get(variable) or default).expanduser() / "autoencoder-course"


def _places() -> list[Path]:
    """The folders to look in, in this order; none where the embedded digits are asked for."""
    wanted, cache = os.environ.get("COURSE_DATA"), cache_folder() / "data"
    if wanted == "embedded":
        return []
    return [Path(wanted).expanduser(), cache] if wanted else [cache]


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
    if os.environ.get("COURSE_OFFLINE", "0") not in ("", "0"):
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
    if isinstance(error, RuntimeError | ConnectionError):
        return "the server refused" if "HTTP Error" in text else "no network"
    return f"the download failed with {type(error).__name__}"


def _pixels(path: Path) -> Tensor:
    """The images in one file: () -> (N, 1, 28, 28), bytes scaled to [0, 1]."""
    return read_image_file(path).unsqueeze(1).float().div_(255)


def _embedded(augmented_to: int = 12_000) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """scikit-learn's 8 x 8 digits as train, train_labels, test, test_labels; 4 in 5 of each class train.

    The first 1,437 training images are the originals, the others their slightly turned, scaled and shifted copies.
    """
    small, labels = (torch.from_numpy(array) for array in load_digits(return_X_y=True))
    large = F.interpolate(small.float().view(-1, 1, 8, 8) / 16, scale_factor=3, mode="bicubic")
    images = F.pad(large.clamp(0, 1), (2, 2, 2, 2))  # (1797, 1, 28, 28)
    train, test = train_test_split(range(len(labels)), test_size=360, stratify=labels, random_state=0)
    chosen = torch.tensor(train)[torch.arange(augmented_to) % len(train)]
    copies = _moved(images[chosen[len(train) :]], torch.Generator().manual_seed(0))
    return torch.cat([images[train], copies]), labels[chosen], images[test], labels[test]


def _moved(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned by up to 10 degrees, scaled by 0.9 to 1.1, shifted by up to 1 pixel: like in, like out."""
    angle, size, right, down = 2 * torch.rand(4, len(images), generator=generator) - 1
    angle, size = math.radians(10) * angle, 1 + 0.1 * size
    cos, sin, pixel = angle.cos() / size, angle.sin() / size, 2 / images.shape[-1]
    rows = [cos, -sin, pixel * right, sin, cos, pixel * down]
    grid = F.affine_grid(torch.stack(rows, dim=1).view(-1, 2, 3), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bicubic", align_corners=False).clamp_(0, 1)


def _rendered_letters(n: int) -> Tensor:
    """Letters in 11 typefaces, white on black, a little turned, scaled, shifted: () -> (n, 1, 28, 28)."""
    fonts = [ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/{font}.ttf", 80) for font in FONTS]
    chance, pictures = random.Random(0), torch.empty(n, 1, 28, 28)
    for i in range(n):
        letter, font = LETTERS[i % len(LETTERS)], chance.choice(fonts)
        left, top, right, bottom = font.getbbox(letter)
        longest = chance.uniform(64, 80)  # 16 to 20 pixels of 28: drawn four times as large, then averaged
        font = font.font_variant(size=80 * longest / max(right - left, bottom - top))
        left, top, right, bottom = font.getbbox(letter)
        x, y = 56 + chance.uniform(-8, 8), 56 + chance.uniform(-8, 8)  # the middle, give or take 2 pixels
        canvas = Image.new("L", (112, 112))
        corner = x - (left + right) / 2, y - (top + bottom) / 2
        ImageDraw.Draw(canvas).text(corner, letter, fill=255, font=font)
        canvas = canvas.rotate(chance.uniform(-12, 12), Image.Resampling.BICUBIC).reduce(4)
        pictures[i, 0] = torch.frombuffer(bytearray(canvas.tobytes()), dtype=torch.uint8).view(28, 28) / 255
    return pictures
