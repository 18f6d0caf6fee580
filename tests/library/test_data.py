"""The data: right shapes and numbers, and every fault ends in a sentence and the fallback, never in a traceback.

The network is never used: a small data set of 40 + 20 random images stands in for the 70,000, and `Mirror` serves
it in place of urllib. Only the tests under "the real MNIST" read the real files, and skip where there are none.
"""

import errno
import functools
import gzip
import hashlib
import io
import math
import multiprocessing
import os
import socket
import sys
import time
import unicodedata
import urllib.error
import urllib.request
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision.datasets.utils as torchvision_utils
from sklearn.datasets import make_moons, make_swiss_roll
from torchvision.datasets import MNIST, FashionMNIST

from course_lib import data
from course_lib.data import curves, mnist, standins

FALLBACK = "using the 1,797 digits that ship with scikit-learn, enlarged."
TRAIN_IMAGES, TEST_LABELS = "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


# --- a small data set, its mirror, a place to keep it -------------------------------------------------------------


SHAPES = {name: ({60_000: 40, 10_000: 20}[shape[0]], *shape[1:]) for name, (shape, _) in mnist.FILES.items()}
URLOPEN = urllib.request.urlopen
embedded_once = functools.cache(standins.embedded)


def small_files() -> dict[str, bytes]:
    """Four files in MNIST's format with 40 and 20 images of noise, always the same."""
    random = np.random.default_rng(0)
    contents = {}
    for name, shape in SHAPES.items():
        header = bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)
        contents[name] = header + random.integers(0, 10, math.prod(shape), dtype=np.uint8).tobytes()
    return contents


class Mirror:
    """Stands in for urllib's urlopen: serves gzipped files after the faults that a test asks for."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.files = {name + ".gz": gzip.compress(content, mtime=0) for name, content in contents.items()}
        self.calls, self.fault, self.timeouts = 0, None, set()

    def __call__(self, request, *_, **__):
        self.calls += 1
        self.timeouts.add(socket.getdefaulttimeout())
        content = self.files[request.full_url.rsplit("/", 1)[1]]
        if self.fault:
            content = self.fault(content)
        response = io.BytesIO(content)
        response.url, response.length = request.full_url, len(content)
        return nullcontext(response)


def stand_in(patch) -> Mirror:
    """Replace the real data sets by the small one, and the network by its mirror."""
    contents = small_files()
    mirror = Mirror(contents)
    facts = {name: (SHAPES[name], hashlib.md5(content).hexdigest()) for name, content in contents.items()}
    resources = [(name, hashlib.md5(content).hexdigest()) for name, content in mirror.files.items()]
    patch.setattr(mnist, "FILES", facts)
    patch.setattr(mnist, "_failed", {})
    for dataset in (MNIST, FashionMNIST):
        patch.setattr(dataset, "resources", resources)
    patch.setattr(torchvision_utils.urllib.request, "urlopen", mirror)
    return mirror


def write_raw(root: Path, name: str = "MNIST") -> Path:
    raw = root / name / "raw"
    raw.mkdir(parents=True)
    for file, content in small_files().items():
        (raw / file).write_bytes(content)
    return raw


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty cache, COURSE_DATA unset, downloads forbidden until a test asks for a mirror."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(standins, "embedded", embedded_once)
    return tmp_path


@pytest.fixture
def mirror(home, monkeypatch) -> Mirror:
    monkeypatch.delenv("COURSE_OFFLINE")
    return stand_in(monkeypatch)


@pytest.fixture
def given(home, monkeypatch) -> Path:
    """A whole small MNIST in COURSE_DATA, no network: the raw folder, for a test to break."""
    stand_in(monkeypatch)
    monkeypatch.setenv("COURSE_DATA", str(home / "given"))
    return write_raw(home / "given")


def lines_of(capsys) -> list[str]:
    return capsys.readouterr().out.splitlines()


def nothing_left(home: Path) -> bool:
    """No file, whole or half, in the cache."""
    return not [path for path in (home / "cache").rglob("*") if path.is_file()]


# --- the embedded digits ------------------------------------------------------------------------------------------


def test_embedded_digits_are_small_mnist(home, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", "embedded")
    digits = data.digits()
    assert lines_of(capsys) == [
        f"MNIST not found (COURSE_DATA=embedded): {FALLBACK} Set COURSE_DATA to a folder with MNIST/raw/ for it."
    ]
    assert digits.name == "embedded digits" and not digits.is_mnist
    assert data.source() == "embedded digits" and data.mnist_folder() is None
    assert digits.train.shape == (12_000, 1, 28, 28) and digits.test.shape == (360, 1, 28, 28)
    for images, labels in ((digits.train, digits.train_labels), (digits.test, digits.test_labels)):
        assert images.dtype == torch.float32 and labels.dtype == torch.int64 and len(images) == len(labels)
        assert images.min() == 0 and 0.95 < images.max() <= 1
        share = labels.bincount(minlength=10) / len(labels)
        assert share.min() > 0.095 and share.max() < 0.105


def test_embedded_digits_are_the_same_bits_every_time():
    first, second = standins.embedded(), standins.embedded()
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    state = torch.get_rng_state()
    standins.embedded()
    assert torch.equal(state, torch.get_rng_state())  # the caller's generator is not touched


def test_embedded_originals_come_first_and_no_test_image_is_trained_on():
    train, train_labels, test, test_labels = standins.embedded()
    originals, copies = train[:1437], train[1437:]
    whole = torch.cat([originals, test])
    assert len(whole.unique(dim=0)) == len(whole) == 1797
    assert torch.equal(train_labels[:1437], train_labels[1437 : 2 * 1437])
    distance = (copies[:1437] - originals).square().sum((1, 2, 3))
    stranger = (copies[:1437] - originals.roll(1, 0)).square().sum((1, 2, 3))
    assert 0 < distance.median() < stranger.median() / 3  # moved a little, still the same digit
    frame = torch.ones(28, 28, dtype=torch.bool)
    frame[2:-2, 2:-2] = False
    assert whole[:, 0, frame].max() == 0  # two pixels of padding


def test_embedded_digits_are_quick():
    standins.embedded()
    start = time.process_time()
    standins.embedded()
    assert time.process_time() - start < 3  # CPU seconds on a shared machine; about 0.5 on a quiet one


# --- looking in folders -------------------------------------------------------------------------------------------


def test_whole_files_are_read_in_silence(given, capsys):
    digits = data.digits()
    files = small_files()
    assert digits.is_mnist and data.source() == "MNIST" and data.mnist_folder() == given.parent.parent
    pixels = torch.frombuffer(bytearray(files[TRAIN_IMAGES][16:]), dtype=torch.uint8).view(40, 1, 28, 28)
    assert torch.equal(digits.train, pixels / 255)
    assert digits.test_labels.tolist() == list(files[TEST_LABELS][8:]) and digits.test_labels.dtype == torch.int64
    assert lines_of(capsys) == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (cut, "has 1,000 bytes instead of 31,376: cut short"),
        (alter, "was altered: its MD5 is"),
        (Path.unlink, "is missing. Put the original, unpacked file of 31,376 bytes there"),
        (lambda path: (path.unlink(), path.mkdir()), "can't be read ("),
    ],
    ids=["truncated", "altered", "missing", "a folder"],
)
def test_bad_file_is_named_once_then_the_fallback(given, capsys, damage, says):
    damage(given / TRAIN_IMAGES)
    digits = data.digits()
    first, second = lines_of(capsys)
    assert first.startswith(str(given / TRAIN_IMAGES)) and says in first and "looking further" in first
    assert second.startswith("MNIST not found (COURSE_OFFLINE is set): " + FALLBACK)
    assert digits.name == data.source() == "embedded digits" and data.mnist_folder() is None
    assert lines_of(capsys) == []  # source and mnist_folder print nothing


def test_unreadable_file(given, capsys, monkeypatch):
    read_bytes = Path.read_bytes

    def denied(path):
        if path.name == TEST_LABELS:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert not data.digits().is_mnist
    first, second = lines_of(capsys)
    assert first.startswith(f"{given / TEST_LABELS} can't be read (Permission denied). Put the original")


def test_course_data_is_no_folder(home, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", str(home / "typo"))
    assert not data.digits().is_mnist
    first, second = lines_of(capsys)
    assert first.startswith(f"{home / 'typo' / 'MNIST' / 'raw' / TRAIN_IMAGES} is missing.")
    assert second.startswith("MNIST not found (COURSE_OFFLINE is set)")


def test_bad_course_data_then_good_cache(given, home, capsys):
    write_raw(home / "cache" / "data")
    alter(given / TEST_LABELS)
    assert data.digits().is_mnist and data.mnist_folder() == home / "cache" / "data"
    (line,) = lines_of(capsys)
    assert line.startswith(f"{given / TEST_LABELS} was altered: its MD5 is")


def test_every_fallback_is_one_line_each_time(home, capsys):
    for _ in range(2):
        data.digits()
        (line,) = lines_of(capsys)
        assert line.startswith("MNIST not found (COURSE_OFFLINE is set)") and "MNIST/raw/" in line


def test_cache_folder_follows_the_platform(home, monkeypatch):
    assert data.cache_folder() == home / "cache" and not data.cache_folder().exists()
    monkeypatch.delenv("COURSE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "xdg"))
    monkeypatch.setenv("LOCALAPPDATA", str(home / "local"))
    for platform, base in (
        ("linux", home / "xdg"),
        ("win32", home / "local"),
        ("darwin", Path("~/Library/Caches").expanduser()),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        assert data.cache_folder() == base / "autoencoder-course"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert data.cache_folder() == Path("~/.cache/autoencoder-course").expanduser()


# --- downloading --------------------------------------------------------------------------------------------------


def test_download_fills_the_cache_once(mirror, home, capsys):
    before = socket.getdefaulttimeout()
    assert data.mnist_folder() is None and mirror.calls == 0  # looks, doesn't download
    assert data.source() == "MNIST" and data.digits().is_mnist
    assert lines_of(capsys) == []
    assert mirror.calls == 8 and mirror.timeouts == {10}  # four files, a look and a fetch each
    assert socket.getdefaulttimeout() == before
    raw = home / "cache" / "data" / "MNIST" / "raw"
    assert data.mnist_folder() == home / "cache" / "data"
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == small_files()
    assert [path.name for path in raw.parent.parent.iterdir()] == ["MNIST"]  # no temporary folder is left


def test_damaged_cache_is_mended_by_a_download(mirror, home, capsys):
    raw = write_raw(home / "cache" / "data")
    cut(raw / TRAIN_IMAGES)
    assert data.digits().is_mnist
    (line,) = lines_of(capsys)
    assert "cut short" in line
    assert data.digits().is_mnist and lines_of(capsys) == []


def raising(error):
    def fault(content):
        raise error

    return fault


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (raising(urllib.error.URLError(socket.gaierror(-2, "Name or service not known"))), "no network"),
        (
            raising(urllib.error.URLError(TimeoutError("timed out"))),
            "no answer from the network in 10 seconds",
        ),
        (raising(TimeoutError("The read operation timed out")), "no answer from the network in 10 seconds"),
        (raising(ConnectionResetError(errno.ECONNRESET, "reset")), "no network"),
        (raising(urllib.error.HTTPError("", 403, "Forbidden", None, None)), "the server refused"),
        (lambda content: b"<html>please log in</html>", "the download was not the original"),
        (lambda content: content[: len(content) // 2], "the download was not the original"),
        (raising(LookupError("surprise")), "the download failed with LookupError"),
    ],
    ids=["no network", "connect timeout", "read timeout", "reset", "refused", "garbage", "half", "surprise"],
)
def test_failed_download_says_why_and_is_not_tried_again(mirror, home, capsys, fault, says):
    mirror.fault = fault
    assert not data.digits().is_mnist
    expected = f"MNIST not found ({says}): {FALLBACK} Set COURSE_DATA to a folder with MNIST/raw/ for it."
    assert lines_of(capsys) == [expected]
    calls, mirror.fault = mirror.calls, None
    assert data.source() == "embedded digits" and not data.digits().is_mnist
    assert mirror.calls == calls and lines_of(capsys) == [expected]
    assert nothing_left(home) and data.mnist_folder() is None
    assert socket.getdefaulttimeout() is None


def test_server_that_never_answers(home, capsys, monkeypatch):
    stand_in(monkeypatch)
    monkeypatch.setattr(torchvision_utils.urllib.request, "urlopen", URLOPEN)
    monkeypatch.delenv("COURSE_OFFLINE")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(mnist, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        assert not data.digits().is_mnist
    (line,) = lines_of(capsys)
    assert line.startswith("MNIST not found (no answer from the network in 0.3 seconds): ")


def test_full_disk_in_the_middle(mirror, home, capsys, monkeypatch):
    def full(url, filename, **_):
        Path(filename).write_bytes(b"half a file")
        raise OSError(errno.ENOSPC, "No space left on device", filename)

    monkeypatch.setattr(torchvision_utils, "_urlretrieve", full)
    assert not data.digits().is_mnist
    (line,) = lines_of(capsys)
    assert line.startswith(f"MNIST not found (the disk with {home / 'cache' / 'data'} is full): ")
    assert nothing_left(home)


def test_full_disk_while_unpacking(mirror, home, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(torchvision_utils, "extract_archive", full)
    assert not data.digits().is_mnist
    assert "is full" in capsys.readouterr().out and nothing_left(home)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS], ids=["permission", "read-only"])
def test_read_only_cache(mirror, home, capsys, monkeypatch, number):
    def denied(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(mnist.tempfile, "TemporaryDirectory", denied)
    assert not data.digits().is_mnist
    (line,) = lines_of(capsys)
    assert line.startswith(f"MNIST not found ({home / 'cache' / 'data'} can't be written to): ")
    assert mirror.calls == 0


def test_cache_is_a_file(mirror, home, capsys):
    (home / "cache").write_text("not a folder")
    assert not data.digits().is_mnist
    (line,) = lines_of(capsys)
    assert "can't be written to" in line


@pytest.mark.parametrize("calls_before", [1, 5, 7])
def test_interrupt_leaves_nothing_half_written(mirror, home, capsys, calls_before):
    def interrupt(content):
        if mirror.calls > calls_before:
            raise KeyboardInterrupt
        return content

    mirror.fault = interrupt
    with pytest.raises(KeyboardInterrupt):
        data.digits()
    assert nothing_left(home) and socket.getdefaulttimeout() is None
    mirror.fault = None
    assert data.digits().is_mnist and lines_of(capsys) == []  # a second call starts afresh


def test_interrupt_between_two_moves(mirror, home, capsys, monkeypatch):
    replace, moved = os.replace, []

    def interrupted(old, new):
        if len(moved) == 2:
            raise KeyboardInterrupt
        moved.append(new)
        replace(old, new)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        data.digits()
    raw = home / "cache" / "data" / "MNIST" / "raw"
    assert all(small_files()[path.name] == path.read_bytes() for path in raw.iterdir())  # whole files only
    assert data.mnist_folder() is None
    monkeypatch.setattr(os, "replace", replace)
    assert data.digits().is_mnist
    (line,) = lines_of(capsys)
    assert "t10k-images-idx3-ubyte is missing" in line


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "the server's certificate was refused"),
        ("Tunnel connection failed: 407 Proxy Authentication Required", "the proxy asks for a password: set"),
        ("HTTP Error 407: Proxy Authentication Required", "the proxy asks for a password"),
        ("Tunnel connection failed: 403 Forbidden", "the server refused"),
        ("[Errno -2] Name or service not known", "no network"),
    ],
)
def test_what_stands_between_is_named(mirror, home, capsys, said, words):
    def fault(content):
        raise urllib.error.URLError(said)

    mirror.fault = fault
    assert not data.digits().is_mnist
    (line,) = lines_of(capsys)
    assert f"MNIST not found ({words}" in line and ("no network" in line) == (words == "no network")


def test_a_relative_folder_is_the_same_for_every_notebook(home, monkeypatch, tmp_path, capsys):
    stand_in(monkeypatch)
    monkeypatch.setattr(mnist, "ROOT", tmp_path / "project")
    (tmp_path / "project" / "notebooks" / "assignments").mkdir(parents=True)
    write_raw(tmp_path / "project" / "mine")
    monkeypatch.setenv("COURSE_DATA", "mine")
    monkeypatch.setenv("COURSE_CACHE", "kept")
    for folder in ("project", "project/notebooks", "project/notebooks/assignments", "."):
        monkeypatch.chdir(tmp_path / folder)
        assert data.mnist_folder() == tmp_path / "project" / "mine"
        assert data.cache_folder() == tmp_path / "project" / "kept"
    write_raw(tmp_path / "here")
    monkeypatch.setenv("COURSE_DATA", "here")
    monkeypatch.chdir(tmp_path)
    assert data.mnist_folder() == tmp_path / "here"  # where the project's folder has none
    monkeypatch.setenv("COURSE_DATA", "nowhere")
    data.digits()
    assert str(tmp_path / "project" / "nowhere") in capsys.readouterr().out


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_accented_folders_are_found_in_both_spellings(home, monkeypatch, forms):
    stand_in(monkeypatch)
    on_disk, asked = (unicodedata.normalize(form, str(home / "José" / "données")) for form in forms)
    write_raw(Path(on_disk))
    monkeypatch.setenv("COURSE_DATA", asked)
    assert data.mnist_folder() is not None and data.digits().is_mnist


@pytest.mark.parametrize(("word", "offline"), [("no", False), ("off", False), ("0", False), ("1", True), ("YES", True)])
def test_the_offline_switch_says_yes_or_no(mirror, monkeypatch, capsys, word, offline):
    monkeypatch.setenv("COURSE_OFFLINE", word)
    assert data.digits().is_mnist != offline and (mirror.calls == 0) == offline


@pytest.mark.parametrize(
    "switch", [lambda: torch.set_default_dtype(torch.float64), lambda: torch.set_default_device("meta")]
)
def test_defaults_that_somebody_set_change_no_picture_and_no_curve(home, switch):
    def made():
        chance = torch.Generator().manual_seed(0)
        moved = standins.moved(torch.ones(2, 1, 28, 28, dtype=torch.float32, device="cpu"), chance)
        points = [each(5, noise=0.1)[0] for each in (curves.line, curves.spiral, curves.two_moons, curves.swiss_roll)]
        return [moved, standins.rendered_letters(3), curves.circle(5)[0], curves.circle(5, seed=1)[0], *points]

    expected = made()
    try:
        switch()
        found = made()
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
    assert all(torch.equal(one, two) and one.dtype == torch.float32 for one, two in zip(found, expected, strict=True))


@pytest.mark.parametrize("n", [0, -1, 2.5, "3"])
def test_points_are_counted_and_noise_is_not_negative(n):
    for curve in (curves.line, curves.circle, curves.swiss_roll):
        with pytest.raises(ValueError, match="n must be a whole number of at least 1"):
            curve(n)
    with pytest.raises(ValueError, match="standard deviation of at least 0"):
        curves.line(3, noise=-1.0)


def test_another_process_was_faster(mirror, home, capsys, monkeypatch):
    def taken(old, new):  # Windows refuses to replace a file that another process reads
        for file, content in small_files().items():
            (new.parent / file).write_bytes(content)
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(os, "replace", taken)
    assert data.digits().is_mnist and lines_of(capsys) == []


def look(barrier, answers) -> None:
    """What each of two processes does: start together, then put down what it found."""
    barrier.wait(timeout=20)
    answers.put(mnist.find("MNIST"))


@pytest.mark.skipif(sys.platform != "linux", reason="forks: a fresh process would import torch for seconds")
def test_two_processes_at_once(mirror, home):
    mirror.fault = lambda content: (time.sleep(0.1), content)[1]
    fork = multiprocessing.get_context("fork")
    barrier, answers = fork.Barrier(2), fork.Queue()
    processes = [fork.Process(target=look, args=(barrier, answers)) for _ in range(2)]
    for process in processes:
        process.start()
    root = home / "cache" / "data"
    assert [answers.get(timeout=20) for _ in processes] == [root, root]
    for process in processes:
        process.join(timeout=20)
    files = {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert files == small_files()  # four whole files, no temporary ones


# --- other pictures -----------------------------------------------------------------------------------------------


def test_letters_where_there_is_no_fashion(home, capsys):
    name, letters = data.other_pictures(520)
    assert name == "rendered letters" and letters.shape == (520, 1, 28, 28) and letters.dtype == torch.float32
    (line,) = lines_of(capsys)
    assert line.startswith("FashionMNIST not found (COURSE_OFFLINE is set): drawing letters")
    assert letters.min() == 0 and letters.max() == 1
    ink = letters.sum((1, 2, 3))
    assert ink.min() > 15 and 70 < ink.mean() < 110  # MNIST's mean is 102: about as much white
    border = torch.cat([letters[:, 0, [0, -1]].flatten(1), letters[:, 0, :, [0, -1]].flatten(1)], dim=1)
    assert border.max() < 0.05  # no letter is cut off
    assert len(letters.unique(dim=0)) == 520
    assert torch.equal(letters, data.other_pictures(520)[1])
    assert torch.equal(letters[:7], data.other_pictures(7)[1])


def test_fashion_from_course_data_and_by_download(mirror, home, monkeypatch, capsys):
    name, pictures = data.other_pictures(15)
    assert name == "FashionMNIST" and pictures.shape == (15, 1, 28, 28) and lines_of(capsys) == []
    assert (home / "cache" / "data" / "FashionMNIST" / "raw" / TRAIN_IMAGES).exists()
    monkeypatch.setenv("COURSE_DATA", str(home / "given"))
    raw = write_raw(home / "given", "FashionMNIST")
    calls = mirror.calls
    assert torch.equal(data.other_pictures(15)[1], pictures) and mirror.calls == calls
    alter(raw / TEST_LABELS)  # no checksum is known of the unpacked files ...
    assert data.other_pictures(15)[0] == "FashionMNIST" and lines_of(capsys) == []
    (raw / TRAIN_IMAGES).write_bytes(b"\0" * 31_376)  # ... but their headers are
    assert data.other_pictures(15)[0] == "FashionMNIST"
    (line,) = lines_of(capsys)
    assert line.startswith(f"{raw / TRAIN_IMAGES} was altered: its header")


def test_fashion_that_cannot_be_fetched(mirror, home, capsys):
    mirror.fault = raising(urllib.error.URLError("no route"))
    assert data.other_pictures(3)[0] == "rendered letters"
    (line,) = lines_of(capsys)
    assert line.startswith("FashionMNIST not found (no network): drawing letters")
    mirror.fault = None
    assert data.digits().is_mnist  # the one's failure isn't the other's


@pytest.mark.parametrize("n", [0, 10_001])
def test_number_of_other_pictures(home, n):
    with pytest.raises(ValueError, match=f"n = {n}"):
        data.other_pictures(n)


# --- the real MNIST -----------------------------------------------------------------------------------------------


def test_the_real_mnist(capsys):
    if data.mnist_folder() is None:
        pytest.skip("MNIST lies neither in COURSE_DATA nor in the cache")
    digits = data.digits()
    assert lines_of(capsys) == [] and digits.is_mnist
    assert digits.train.shape == (60_000, 1, 28, 28) and digits.test.shape == (10_000, 1, 28, 28)
    assert digits.train_labels[:5].tolist() == [5, 0, 4, 1, 9] and digits.test_labels[:5].tolist() == [
        7,
        2,
        1,
        0,
        4,
    ]
    assert digits.test_labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert digits.train.min() == 0 and digits.train.max() == 1 and digits.train.dtype == torch.float32
    mean_image = digits.train.double().mean(0)
    error = (digits.test.double() - mean_image).square().sum((1, 2, 3)).mean()
    assert round(error.item(), 2) == 52.90  # the yardstick's upper end, as published


# --- toy curves ---------------------------------------------------------------------------------------------------

RANDOM = [curves.line, curves.spiral, curves.two_moons, curves.swiss_roll]


@pytest.mark.parametrize("curve", RANDOM, ids=lambda curve: curve.__name__)
def test_curves_are_seeded_and_shaped(curve):
    state = torch.get_rng_state()
    x, t = curve(200, noise=0.1, seed=3)
    assert x.shape == (200, 3 if curve is curves.swiss_roll else 2) and t.shape == (200,)
    assert x.dtype == t.dtype == torch.float32 and bool((t.diff() >= 0).all())
    assert all(torch.equal(a, b) for a, b in zip((x, t), curve(200, noise=0.1, seed=3), strict=True))
    assert not torch.equal(x, curve(200, noise=0.1, seed=4)[0])
    clean, same_t = curve(200, seed=3)
    assert torch.equal(t, same_t) and abs((x - clean).std().item() - 0.1) < 0.02
    assert torch.equal(state, torch.get_rng_state())
    with pytest.raises(ValueError, match="n must be a whole number of at least 1; it is 0"):
        curve(0)


def test_line_is_the_lectures():
    x, a = curves.line(500)
    assert torch.equal(x, torch.stack([2 * a, a], 1)) and -1 <= a.min() < -0.97 and 0.97 < a.max() <= 1
    z = x @ torch.tensor([1.0, -1.0])
    torch.testing.assert_close(z[:, None] * torch.tensor([2.0, 1.0]), x)  # w = (1, -1), w_hat = (2, 1)


def test_circle_is_even_or_random():
    x, t = curves.circle(8)
    torch.testing.assert_close(t, torch.arange(-4, 4) * math.pi / 4)
    torch.testing.assert_close(x, torch.stack([t.sin(), t.cos()], 1))
    torch.testing.assert_close(x.T @ x / 8, torch.eye(2) / 2)  # PCA leaves 0.5 a point
    x, t = curves.circle(100, seed=1)
    assert -math.pi <= t.min() and t.max() < math.pi and t.diff().std() > 0.01
    torch.testing.assert_close(x.norm(dim=1), torch.ones(100))
    assert torch.equal(x, curves.circle(100, seed=1)[0])


def test_spiral_turns_as_often_as_told():
    x, t = curves.spiral(2000, turns=3)
    assert 6 * math.pi * 0.999 < t.max() <= 6 * math.pi and x.norm(dim=1).max() <= 1
    torch.testing.assert_close(x.norm(dim=1), t / (6 * math.pi), atol=1e-5, rtol=0)
    within = (x.norm(dim=1) < 0.5).float().mean()
    assert abs(within - 0.25) < 0.03  # a quarter of the disc, a quarter of the points


def test_two_moons_are_scikit_learns():
    x, t = curves.two_moons(1000)
    theirs, moon = make_moons(1000, shuffle=False)
    theirs = torch.from_numpy(theirs).float() - torch.tensor([0.5, 0.25])
    ours = [x[t.floor() == number] for number in (0, 1)]
    for number in (0, 1):
        assert torch.cdist(ours[number], theirs[moon == number]).min(1).values.max() < 0.01
        assert 400 < len(ours[number]) < 600
    assert x[:, 0].abs().max() <= 1.5 and x[:, 1].abs().max() <= 0.75 + 1e-6


def test_swiss_roll_is_scikit_learns():
    x, t = curves.swiss_roll(1000)
    theirs, their_t = make_swiss_roll(4000, random_state=0)
    assert x.abs().max() <= 1 and 1.5 * math.pi <= t.min() and t.max() < 4.5 * math.pi
    theirs = torch.from_numpy(theirs[:, [0, 2]]).float() / (4.5 * math.pi)
    assert torch.cdist(x[:, [0, 2]], theirs).min(1).values.max() < 0.02
    torch.testing.assert_close(x[:, [0, 2]].norm(dim=1) * 4.5 * math.pi, t)
    assert abs(np.corrcoef(x[:, 1], t)[0, 1]) < 0.1 and x[:, 1].std() > 0.5
