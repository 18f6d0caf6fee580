"""A backup is whole or is none, and a folder out of it works as the one it was made of, at any path."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import zipfile

import pytest

from course_lib.ground import ROOT
from tests import needs
from tests.conftest import posix, variables

needs.nbgrader()

from course_lib.grading.course import BUSY, Course  # noqa: E402
from course_lib.grading.upkeep import archive, schema  # noqa: E402
from course_lib.grading.upkeep import backup as backups  # noqa: E402
from tests.grading.conftest import command, placed  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402
from tests.grading.test_nothing_lost import PAIR, grade, snapshot  # noqa: E402


@pytest.fixture(scope="module")
def saved(template, tmp_path_factory):
    """A graded course, and its backup."""
    base = tmp_path_factory.mktemp("saved")
    course = placed(template, base)
    grade(course)
    (course.home / "submitted" / "bob" / "empty").mkdir(parents=True)
    assert command(course, "backup", str(base / "all.zip")) == 0
    return course, base / "all.zip"


def restored(saved, tmp_path, *words):
    """The command's status, and the course at its new place."""
    there = Course(tmp_path / "another machine" / "grades of 2026", saved[0].sources)
    there.home.parent.mkdir(exist_ok=True)
    return command(there, "restore", str(saved[1]), *words), there


def left(folder):
    """What lies in a folder, by name."""
    return sorted(one.name for one in folder.iterdir())


# -- there and back -------------------------------------------------------------------------------------------------


def test_a_restored_folder_is_the_same_and_gives_the_same_marks_and_pages(saved, tmp_path):
    course, _ = saved
    status, there = restored(saved, tmp_path)
    assert status == 0
    before, after = snapshot(course), snapshot(there)
    assert before.pop("gradebook.db") and after.pop("gradebook.db") and before == after
    with schema.reading(course.database) as one, schema.reading(there.database) as other:
        assert list(one.iterdump()) == list(other.iterdump())
    for each in (course, there):
        assert command(each, "report") in (0, 3) and command(each, "feedback") == 0
    for name in ("marks.csv", "canvas.csv", "moodle.csv", "attention.csv"):
        assert (course.home / "report" / name).read_bytes() == (there.home / "report" / name).read_bytes()
    page = f"feedback/{PAIR[1]}/{NAME}/{NAME}.html"
    assert (course.home / page).read_text() == (there.home / page).read_text()
    assert (there.home / "submitted" / "bob" / "empty").is_dir()


@posix
def test_nobody_else_may_read_it_or_what_comes_out_of_it(saved, tmp_path):
    _, there = restored(saved, tmp_path)
    for place in (saved[1], there.home / "secret", there.home / "keys" / f"{NAME}.json", there.database, there.home):
        assert not stat.S_IMODE(place.stat().st_mode) & 0o077, place
    page = there.home / "autograded" / PAIR[1] / NAME / f"{NAME}.ipynb"
    assert stat.S_IMODE(page.stat().st_mode) == 0o444


def test_a_command_that_writes_meanwhile_does_not_tear_it(saved, tmp_path):
    course, stop = Course(tmp_path / "term" / "grading", saved[0].sources), threading.Event()
    shutil.copytree(saved[0].home, course.home)

    def writer():
        connection = sqlite3.connect(course.database, timeout=60)
        number = 0
        while not stop.is_set():
            number, began = number + 1, time.monotonic()
            with connection:  # both or none
                connection.execute("UPDATE student SET first_name = ?", [f"{number}" * 500])
                connection.execute("UPDATE student SET last_name = ?", [f"{number}" * 500])
            time.sleep(time.monotonic() - began)  # a slow disk must not leave a reader without a turn
        connection.close()

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        for number in range(3):
            assert command(course, "backup", str(tmp_path / f"{number}.zip")) == 0
    finally:
        stop.set()
        thread.join()
    for number in range(3):
        _, there = restored((course, tmp_path / f"{number}.zip"), tmp_path, "--replace")
        with schema.reading(there.database) as book:
            assert all(first == last for first, last in book.execute("SELECT first_name, last_name FROM student"))


@posix
def test_what_a_stranger_put_there_is_not_followed(saved, tmp_path, capsys):
    course = Course(tmp_path / "term" / "grading", saved[0].sources)
    shutil.copytree(saved[0].home, course.home)
    (tmp_path / "private").write_text("not for the backup")
    place = course.home / "submitted" / "eve" / NAME
    place.mkdir(parents=True)
    (place / f"{NAME}.ipynb").symlink_to(tmp_path / "private")
    (place / "all").symlink_to("/", target_is_directory=True)
    os.mkfifo(place / "pipe")
    (place / "ok\udcff.txt").write_text("an odd name")
    assert command(course, "backup", str(tmp_path / "all.zip")) == 0
    said = capsys.readouterr().out
    assert said.count("Left out: ") == 3 and "eve/tiny/pipe (no ordinary file)" in said
    assert b"not for the backup" not in b"".join(
        zipfile.ZipFile(tmp_path / "all.zip").read(one) for one in zipfile.ZipFile(tmp_path / "all.zip").namelist()
    )
    _, there = restored((course, tmp_path / "all.zip"), tmp_path)
    assert left(there.home / "submitted" / "eve" / NAME) == ["ok\udcff.txt"]


def test_leftovers_of_killed_commands_stay_out(saved, tmp_path):
    course = Course(tmp_path / "term" / "grading", saved[0].sources)
    shutil.copytree(saved[0].home, course.home)
    (course.home / ".release-abc").mkdir()
    (course.home / ".release-abc" / "big").write_text("x")
    (course.home / "report").mkdir(exist_ok=True)
    (course.home / "report" / ".marks.csv.999999.140").write_text("half")
    assert command(course, "backup", str(tmp_path / "all.zip")) == 0
    assert not [one for one in zipfile.ZipFile(tmp_path / "all.zip").namelist() if "release-" in one or "999999" in one]


@pytest.mark.parametrize(
    "place, said",
    [
        ("{home}/all.zip", "is inside the folder that it is to save"),
        ("{home}/keys/all.zip", "is inside the folder that it is to save"),
        ("{base}/there.zip", "is there already: name another file"),
        ("{base}/nowhere/all.zip", "there is no folder"),
    ],
)
def test_a_backup_that_can_not_be_made_there_is_said(saved, tmp_path, capsys, place, said):
    (tmp_path / "there.zip").write_text("mine")
    assert command(saved[0], "backup", place.format(home=saved[0].home, base=tmp_path)) == 1
    assert said in capsys.readouterr().err and left(tmp_path) == ["there.zip"]
    assert (tmp_path / "there.zip").read_text() == "mine"


def test_a_backup_without_a_name_lies_beside_the_folder_and_names_the_time(saved, tmp_path):
    course = Course(tmp_path / "grading", saved[0].sources)
    shutil.copytree(saved[0].home, course.home)
    (tmp_path / "disk").mkdir()
    assert command(course, "backup") == 0 and command(course, "backup", str(tmp_path / "disk")) == 0
    names = [*left(tmp_path)[:3], *left(tmp_path / "disk")]
    assert names[1] == "grading" and names[2].startswith("grading-2") and names[3].startswith("grading-2")


@pytest.mark.parametrize("where", ["copied", "check"])
def test_a_backup_that_is_cut_off_leaves_nothing(saved, tmp_path, monkeypatch, where):
    def full(*rest):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(archive, where, full)
    assert command(saved[0], "backup", str(tmp_path / "all.zip")) == 1
    assert left(tmp_path) == [] and not list(saved[0].home.parent.glob(".*"))


# -- what is no backup -------------------------------------------------------------------------------------------


def rewritten(file, to, change=None, more=(), manifest=None):
    """A backup's copy in which members and the manifest are other ones. change: (path, content) -> content."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(to, "w") as target:
        said = json.loads(source.read(archive.MANIFEST))
        for one in said["files"]:
            raw = source.read(one["member"])
            target.writestr(one["member"], change(one["path"], raw) if change else raw)
        for name, raw in more:
            target.writestr(name, raw)
        said = manifest(said) if manifest else said
        target.writestr(archive.MANIFEST, said if isinstance(said, (str, bytes)) else json.dumps(said))


def entry(path, member="x", content=b"x"):
    import hashlib

    sha = hashlib.sha256(content).hexdigest()
    return {"path": path, "member": member, "sha256": sha, "size": len(content), "mode": 0o600}


def with_path(path):
    """A manifest with one more file, which the archive has: where would it be written?"""
    return {"more": [("x", b"x")], "manifest": lambda said: said | {"files": [*said["files"], entry(path)]}}


def linked(kind):
    info = zipfile.ZipInfo("x")
    info.external_attr = (kind | 0o777) << 16
    one = entry("link", "x", b"/etc/passwd")
    return {"more": [(info, b"/etc/passwd")], "manifest": lambda said: said | {"files": [*said["files"], one]}}


TRICKS = {
    **{f"the path {path!r}": with_path(path) for path in (
        "../evil", "/tmp/evil", "a/../../evil", "a//b", "./a", "", "a/", "C:/evil", "C:evil", "..\\evil", "a\\b",
        "a\0b", "con", "state/nul.json", "x" * 300, "secret", "SECRET", "secret/x", "keys", ".lock",
    )},
    "a folder outside": {"manifest": lambda said: said | {"folders": ["../evil"]}},
    "a folder of a wrong kind": {"manifest": lambda said: said | {"folders": [3]}},
    "a link": linked(stat.S_IFLNK),
    "a pipe": linked(stat.S_IFIFO),
    "a member that nobody lists": {"more": [("y", b"y")]},
    "a byte that changed": {"change": lambda path, raw: raw[:-1] + b"?" if path.startswith("keys") else raw},
    "a member that grew": {"change": lambda path, raw: raw + bytes(9) if path == "secret" else raw},
    "no manifest that can be read": {"manifest": lambda said: "{"},
    "a deep manifest": {"manifest": lambda said: "[" * 99_999},
    "a list for a manifest": {"manifest": lambda said: [said]},
    "another kind": {"manifest": lambda said: said | {"kind": "letters"}},
    "a newer format": {"manifest": lambda said: said | {"version": 99}},
    "no files": {"manifest": lambda said: said | {"files": {}}},
    "half an entry": {"manifest": lambda said: said | {"files": [{"path": "secret"}]}},
    "a file that is missing": {"manifest": lambda said: said | {"files": [*said["files"], entry("a", "none")]}},
    "another secret": {"secret": True},
    "no secret": {"drop": "secret"},
    "no gradebook": {"drop": "gradebook.db"},
}  # fmt: skip


def tricked(saved, tmp_path, trick):
    """The backup that isn't what it says."""
    about, bad = dict(TRICKS[trick]), tmp_path / "bad.zip"
    drop, other = about.pop("drop", ""), about.pop("secret", False)
    if not drop and not other:
        rewritten(saved[1], bad, **about)
        return bad
    course = tmp_path / "course"  # whole in its form: what it holds is no folder that works
    shutil.copytree(saved[0].home, course)
    (course / drop).unlink() if drop else (course / "secret").write_text("f" * 32)
    with open(bad, "wb") as out:
        found = [one for one in backups.found(course, [])[0]]
        names = {path: file.read_bytes() for path, file in found}
        with zipfile.ZipFile(out, "w") as target:
            for path, raw in names.items():
                target.writestr(path, raw)
            files = [entry(path, path, raw) for path, raw in names.items()]
            whole = {"kind": archive.KIND, "version": 1, "made": "", "files": files, "folders": []}
            target.writestr(archive.MANIFEST, json.dumps(whole))
    return bad


@pytest.mark.parametrize("trick", TRICKS)
def test_what_is_no_backup_of_ours_is_refused_before_anything_is_touched(saved, tmp_path, capfd, trick):
    bad, place = tricked(saved, tmp_path, trick), tmp_path / "place"
    place.mkdir()
    there = Course(place / "grading", saved[0].sources)
    there.folder()
    (there.home / "mine").write_text("mine")
    assert command(there, "restore", str(bad), "--replace") == 1
    out, err = capfd.readouterr()
    assert len(err.splitlines()) == 1 and "Traceback" not in err, err
    assert left(place) == ["grading"] and left(there.home) == ["mine"]
    assert not (tmp_path / "evil").exists() and not (place / "evil").exists()


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "missing", "a folder", "byte"])
def test_a_file_that_is_damaged_is_said(saved, tmp_path, capfd, damage):
    raw, file = saved[1].read_bytes(), tmp_path / "bad.zip"
    if damage == "a folder":
        file.mkdir()
    elif damage != "missing":
        middle = len(raw) // 2
        file.write_bytes({"empty": b"", "text": b"no zip" * 99, "cut": raw[:-99],
                          "byte": raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :]}[damage])  # fmt: skip
    there = Course(tmp_path / "grading", saved[0].sources)
    assert command(there, "restore", str(file)) == 1
    _, err = capfd.readouterr()
    assert len(err.splitlines()) == 1 and "Traceback" not in err and not there.home.exists()


def test_a_member_that_says_it_is_small_is_read_no_further(saved, tmp_path, capfd):
    """A header may lie about sizes: what is read is bounded by what the manifest says."""
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("secret", bytes(50 * 2**20))
        whole = {"kind": archive.KIND, "version": 1, "made": "", "files": [entry("secret", "secret")], "folders": []}
        target.writestr(archive.MANIFEST, json.dumps(whole))
    raw = bytearray(file.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = raw.index(signature) + offset
        raw[at : at + 4] = (1).to_bytes(4, "little")
    file.write_bytes(raw)
    there = Course(tmp_path / "grading", saved[0].sources)
    assert command(there, "restore", str(file)) == 1 and not there.home.exists()
    assert len(capfd.readouterr().err.splitlines()) == 1


# -- in place of something ---------------------------------------------------------------------------------------


def test_a_folder_that_is_not_empty_stays_unless_one_says_so_and_is_then_kept(saved, tmp_path, capsys):
    status, there = restored(saved, tmp_path)
    (there.home / "secret").write_text("another\n")
    assert restored(saved, tmp_path)[0] == 1
    assert "is not empty: name a new place with --folder, or take --replace" in capsys.readouterr().err
    assert (there.home / "secret").read_text() == "another\n"
    assert restored(saved, tmp_path, "--replace")[0] == 0
    assert there.secret == saved[0].secret
    [kept] = there.home.parent.glob("grades of 2026-before-*")
    assert (kept / "secret").read_text() == "another\n" and "is kept in" in capsys.readouterr().out


@pytest.mark.parametrize("where", ["unpack", "sound", "swap", "os.rename"])
def test_a_restore_that_fails_anywhere_leaves_what_was_there(saved, tmp_path, monkeypatch, where):
    _, there = restored(saved, tmp_path)
    before, rename, times = snapshot(there), os.rename, []

    def full(*rest):
        raise OSError(28, "No space left on device", "somewhere")

    def second(*places):
        times.append(places)
        return full() if len(times) == 2 else rename(*places)

    if where == "os.rename":  # the old folder is aside, the new one can't take its place
        monkeypatch.setattr(backups.os, "rename", second)
    else:
        monkeypatch.setattr(backups, where, full)
    assert restored(saved, tmp_path, "--replace")[0] == 1
    assert snapshot(there) == before and left(there.home.parent) == ["grades of 2026"]


@posix
def test_a_command_that_is_at_work_there_is_waited_for(saved, tmp_path, capsys):
    import fcntl

    _, there = restored(saved, tmp_path)
    handle = os.open(there.home / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    timer = threading.Timer(1.0, os.close, [handle])
    timer.start()
    assert restored(saved, tmp_path, "--replace")[0] == 0
    timer.join()
    assert BUSY in capsys.readouterr().out


def test_a_backup_shows_a_bar_where_somebody_looks(saved, tmp_path):
    """On a terminal only."""
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    line = [sys.executable, "-m", "course_lib", "grade", "backup", str(tmp_path / "all.zip"), "--folder"]
    mine, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    env = variables(ROOT, TERM="xterm", PYTHONDONTWRITEBYTECODE="1") | {"TQDM_DISABLE": "0"}
    env.pop("TQDM_DISABLE")
    ran = subprocess.Popen([*line, str(saved[0].home)], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=theirs)
    out, _ = ran.communicate(timeout=120)
    os.close(theirs)
    shown = os.read(mine, 65536).decode()
    os.close(mine)
    assert ran.returncode == 0 and b"written and read back" in out
    assert "Backing up: 100%" in shown and "Reading it back: 100%" in shown
