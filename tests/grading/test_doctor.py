"""What `doctor` sees in a folder, what it mends when it is told to, and that it touches nothing else."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from tests import needs
from tests.conftest import posix

needs.nbgrader()

from course_lib.grading import records  # noqa: E402
from course_lib.grading.course import Course  # noqa: E402
from course_lib.grading.records import Record  # noqa: E402
from course_lib.grading.sandbox import walls  # noqa: E402
from course_lib.grading.upkeep import doctor as doctors  # noqa: E402
from course_lib.grading.upkeep import leftovers  # noqa: E402
from tests.grading.conftest import command, placed  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402
from tests.grading.test_nothing_lost import PAIR, database, grade, instead  # noqa: E402


@pytest.fixture(scope="module")
def well(template, tmp_path_factory):
    """A graded course in which all is well."""
    base = tmp_path_factory.mktemp("well")
    grade(placed(template, base))
    return base / "term"


@pytest.fixture
def course(well, tmp_path, monkeypatch):
    """A copy of it, to harm."""
    monkeypatch.setattr(walls, "check", lambda *rest: None)
    return placed(well, tmp_path)


def everything(course):
    """Each file with its digest and mode."""
    files = [file for file in sorted(course.home.rglob("*")) if file.is_file() and not file.is_symlink()]
    return {str(file): (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mode) for file in files}


def told(course, capsys, *words):
    """The doctor's status and lines."""
    capsys.readouterr()
    status = command(course, "doctor", *words)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return status, out.splitlines()


def older(place):
    """As if nobody had touched it for a day."""
    os.utime(place, (time.time() - 86400,) * 2)


def record(course, **about):
    kept = records.read(course, *PAIR)
    records.keep(course, *PAIR, Record(**{**vars(kept), **about}))


def stranger(course, name):
    (course.home / "submitted" / name / NAME).mkdir(parents=True)


def moved(course):
    """The hand-in lies in somebody else's folder, and that one's in this."""
    home = course.home / "submitted"
    command(course, "students", "--add", "somebody")
    shutil.copytree(home / PAIR[1], home / "somebody")
    file = home / PAIR[1] / NAME / f"{NAME}.ipynb"
    file.write_text(file.read_text() + "\n")


def cut(course):
    """As a disk that filled up leaves it."""
    [file] = (course.home / "autograded").rglob("*.ipynb")
    file.write_bytes(file.read_bytes()[:-20])


HARMS = {
    "a grading cut off": (lambda c: record(c, status="running"), "honest-good in tiny: its grading was cut off"),
    "other points": (lambda c: database(c, "UPDATE grade SET auto_score = 0"), "the gradebook doesn't hold the points"),
    "a hand-in gone": (lambda c: shutil.rmtree(c.home / "submitted"), "graded, but what was handed in is gone"),
    "a mistyped folder": (lambda c: stranger(c, "honest-god"), "of nobody in the list of students (did you mean"),
    "a folder that is no id": (lambda c: stranger(c, "é\x1b[31m"), "no student's id; it isn't graded"),
    "a zip cut off": (lambda c: (c.home / "release" / f"{NAME}.zip").write_bytes(b"PK"), "tiny.zip is damaged"),
    "a zip gone": (lambda c: (c.home / "release" / f"{NAME}.zip").unlink(), "tiny.zip is missing"),
    "settings": (lambda c: (c.home / "course.toml").write_text("[dues]"), "there is no section [dues]"),
    "no settings": (lambda c: (c.home / "course.toml").unlink(), "course.toml is missing"),
    "a gradebook of others": (lambda c: database(c, "DELETE FROM notebook", "DELETE FROM assignment"),
                              "gradebook.db knows nothing of tiny"),
    "a record lost": (lambda c: records.place(c, *PAIR).unlink(), "a grading whose record is gone"),
    "two hand-ins swapped": (lambda c: moved(c), "lies in submitted/somebody now: put the folders back"),
    "a graded notebook cut off": (lambda c: cut(c), "gone or cut off, and no page can be made of it"),
    "a graded notebook gone": (lambda c: shutil.rmtree(c.home / "autograded"), "autograde --student honest-good tiny"),
    "records that are folders": (lambda c: instead(records.place(c, *PAIR)), "honest-good.json is a folder, where"),
}  # fmt: skip


def test_all_is_well_and_nothing_is_touched(course, capsys):
    before = everything(course)
    status, lines = told(course, capsys)
    assert status == 0 and lines[-1] == "All is well." and not [one for one in lines if one.startswith("✗")]
    assert lines[-2].startswith("· Python 3.") and everything(course) == before


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("words", [(), ("--fix",)], ids=["look", "fix"])
def test_what_is_wrong_is_one_line_and_no_matter_of_fixing(course, capsys, harm, words):
    do, said = HARMS[harm]
    do(course)
    before = everything(course)
    status, lines = told(course, capsys, *words)
    assert status == 3 and lines[-1].endswith("to be put right.") and everything(course) == before
    assert [one for one in lines if one.startswith("✗ ") and said in one], lines
    assert all(one.isprintable() for one in lines)


@posix
@pytest.mark.parametrize("place", ["secret", f"keys/{NAME}.json", "."])
def test_what_others_may_read_is_closed_when_told(course, capsys, place):
    file = course.home / place
    file.chmod(0o755 if file.is_dir() else 0o644)
    status, lines = told(course, capsys)
    assert status == 3 and "others may read" in lines[0] and "chmod" in lines[0] and file.stat().st_mode & 0o044
    status, lines = told(course, capsys, "--fix")
    assert status == 0 and lines[0].endswith(" - done") and not file.stat().st_mode & 0o077
    assert told(course, capsys)[0] == 0


@posix
def test_leftovers_go_when_told_and_what_is_in_use_stays(course, capsys):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    gone = [course.home / ".release-ab12", course.home / "work", course.home.parent / ".grading-restore-abcdefgh"]
    for one in gone:
        one.mkdir()
        (one / "file").write_text("x")
        older(one)
    gone.append(course.home / "keys" / f".{NAME}.json.{dead.pid}.140")
    stay = [
        course.home / "keys" / f".{NAME}.json.{os.getpid()}.140",
        course.home.parent / ".grading-restore-12345678",
        course.home / "submitted" / PAIR[1] / f".a.{dead.pid}.1",
        course.home.parent / ".grading-notes",
    ]
    for one in (gone[-1], stay[0], stay[2], stay[3]):
        one.write_text("x")
    stay[1].mkdir()  # a restore that is under way now
    status, lines = told(course, capsys)
    assert status == 3 and sum("was left by a command that was killed" in one for one in lines) == len(gone)
    assert all(one.exists() for one in gone)
    assert told(course, capsys, "--fix")[0] == 0
    assert not any(one.exists() for one in gone) and all(one.exists() for one in stay)


@posix
def test_nothing_of_a_command_that_is_at_work_is_a_leftover(course, capsys):
    import fcntl

    (course.home / ".release-ab12").mkdir()
    record(course, status="running")
    handle = os.open(course.home / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        assert leftovers.busy(course.home) and told(course, capsys, "--fix")[0] == 0
        assert (course.home / ".release-ab12").is_dir()
    finally:
        os.close(handle)
    assert not leftovers.busy(course.home) and told(course, capsys)[0] == 3


CUT_OFF = """
import os, sqlite3, sys
book = sqlite3.connect(sys.argv[1], isolation_level=None)
book.execute("PRAGMA cache_size = 1")
book.execute("BEGIN IMMEDIATE")
book.execute("UPDATE grade SET auto_score = 0, manual_score = 0")
book.executemany("INSERT INTO student (id, first_name) VALUES (?, ?)", [(str(i), "x" * 2000) for i in range(300)])
os._exit(9)
"""


def test_a_write_that_was_cut_off_is_put_back_by_the_next_command_and_not_by_the_doctor(course, capsys, tmp_path):
    command(course, "report")
    marks = (course.home / "report" / "marks.csv").read_bytes()
    subprocess.run([sys.executable, "-c", CUT_OFF, str(course.database)])
    assert course.database.with_name("gradebook.db-journal").stat().st_size
    before = everything(course)
    status, lines = told(course, capsys)
    assert status == 0 and "a write into gradebook.db was cut off" in lines[0] and everything(course) == before
    copied = Course(tmp_path / "copied" / "grading", course.sources)
    shutil.copytree(course.home, copied.home)
    assert command(copied, "backup", str(tmp_path / "all.zip")) == 0, "a backup puts it right too"
    assert command(course, "report") in (0, 3)
    assert (course.home / "report" / "marks.csv").read_bytes() == marks
    there = Course(tmp_path / "there", course.sources)
    assert command(there, "restore", str(tmp_path / "all.zip")) == 0 and command(there, "report") in (0, 3)
    assert (there.home / "report" / "marks.csv").read_bytes() == marks


def test_a_disk_that_is_nearly_full_and_a_sandbox_that_is_missing_are_said(course, capsys, monkeypatch):
    def none(*rest):
        raise walls.NoSandbox("bubblewrap isn't installed")

    monkeypatch.setattr(walls, "check", none)
    monkeypatch.setattr(doctors, "ROOM", 2**62)
    status, lines = told(course, capsys)
    assert status == 3 and [one for one in lines if "bubblewrap isn't installed" in one]
    assert [one for one in lines if "MB left: make room" in one]


def test_one_look_that_fails_keeps_no_other_back(course, capsys, monkeypatch):
    monkeypatch.setattr(doctors, "rubbish", lambda course: [][0])
    monkeypatch.setattr(doctors, "the_settings", lambda course: {}["nobody foresaw"])
    (course.home / "secret").chmod(0o644)
    status, lines = told(course, capsys)
    assert status == 3 and len([one for one in lines if "could not be looked at" in one]) == 2
    assert [one for one in lines if "others may read" in one]


def test_an_extra_course_that_is_not_ours_is_a_usage_error_or_one_line(course, capsys, tmp_path):
    """A folder of something else."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.txt").write_text("cat")
    status = command(Course(tmp_path / "photos", course.sources), "doctor")
    assert status == 1 and "is no grading folder yet" in capsys.readouterr().err
    assert json.dumps(sorted(one.name for one in (tmp_path / "photos").iterdir())) == '["cat.txt"]'
