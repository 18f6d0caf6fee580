"""Where data sets lie: looked for, verified file by file, downloaded with a bar, or not to be had and why."""

import errno
import hashlib
import math
import os
import socket
import sys
import tempfile
import unicodedata
from pathlib import Path

import torchvision
from torch import Tensor
from torchvision.datasets.mnist import read_image_file

from course_lib.ground import ROOT, switch

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


def cache_folder() -> Path:
    """Where downloads and trained models are kept: COURSE_CACHE, else this user's cache. Not made by the call."""
    if os.environ.get("COURSE_CACHE"):
        return folder(os.environ["COURSE_CACHE"])
    usual = {"win32": ("LOCALAPPDATA", "~/AppData/Local"), "darwin": ("", "~/Library/Caches")}
    variable, default = usual.get(sys.platform, ("XDG_CACHE_HOME", "~/.cache"))
    return Path(os.environ.get(variable) or default).expanduser() / "autoencoder-course"


def places() -> list[Path]:
    """The folders to look in, in this order; none where the embedded digits are asked for."""
    wanted, cache = os.environ.get("COURSE_DATA"), cache_folder() / "data"
    if wanted == "embedded":
        return []
    return [folder(wanted, or_here=True), cache] if wanted else [cache]


def folder(name: str, or_here: bool = False) -> Path:
    """The folder that a variable names; where it is relative, seen from the project's folder, whichever notebook asks.

    With `or_here` the working folder is tried next. An accented letter is one character or two (a letter and its
    accent): where a folder isn't there in one spelling, the other is tried.
    """
    seen_from = [ROOT, Path.cwd()] if or_here else [ROOT]
    folders = [base / Path(name).expanduser() for base in seen_from]
    spelt = [Path(unicodedata.normalize(form, str(each))) for each in folders for form in ("NFC", "NFD")]
    return next((each for each in [*folders, *spelt] if os.path.isdir(each)), folders[0])


def find(name: str, say=lambda line: None) -> Path | None:
    """The root under which a data set lies, verified, downloaded if need be; None if it can't be had. Says why."""
    roots = places()
    for root in roots:
        wrong = fault(root, name)
        if wrong is None:
            return root
        should_be_there = name == "MNIST" and root != roots[-1]  # in COURSE_DATA; the cache may be empty
        if should_be_there or os.path.isdir(root / name / "raw"):
            say(wrong)
    why = download(name, roots[-1]) if roots else "COURSE_DATA=embedded"
    if why is None:
        return roots[-1]
    say(f"{name} not found ({why}): {INSTEAD[name]}. Set COURSE_DATA to a folder with {name}/raw/ for it.")
    return None


def fault(root: Path, name: str) -> str | None:
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


def download(name: str, root: Path) -> str | None:
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
            if fault(Path(temporary), name):
                raise RuntimeError("corrupted")
            raw = Path(name, "raw")
            (root / raw).mkdir(parents=True, exist_ok=True)
            for file in FILES:
                os.replace(temporary / raw / file, root / raw / file)
    except Exception as error:  # whatever a mirror, a disk or a library comes up with: the course goes on
        if fault(root, name):
            _failed[name, root] = in_words(error, root)
    finally:
        socket.setdefaulttimeout(timeout)
    return _failed.get((name, root))


def in_words(error: Exception, root: Path) -> str:
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


def pixels(path: Path) -> Tensor:
    """The images in one file: () -> (N, 1, 28, 28), bytes scaled to [0, 1]."""
    return read_image_file(path).unsqueeze(1).float().div_(255)
