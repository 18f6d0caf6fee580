"""Ctrl-C and kill -9, at any moment: nothing of a grading goes on, nothing lies about, and --resume does the rest."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from course_lib.ground import ROOT
from tests import needs

needs.nbgrader()

from course_lib.grading import records  # noqa: E402
from course_lib.grading.autograde import pool, scratch  # noqa: E402
from course_lib.grading.autograde.crew import Gone, Worker  # noqa: E402
from tests.conftest import until, variables  # noqa: E402
from tests.grading import crowd, hostile  # noqa: E402
from tests.grading.hostile import NAME  # noqa: E402

SLOW = "import time\nfor _ in range(60):\n    time.sleep(0.5)\n"
MARK = "COURSE_TEST_OF_ENDINGS"  # every process that the grading starts outside the sandbox has it


# -- temporary files ----------------------------------------------------------------------------------------------


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files, short enough for sockets."""
    monkeypatch.setattr(scratch.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(scratch, "ROOM", 200)
    return tmp_path


def holder(place):
    """A process that has such a folder, and its child that outlives it for a while."""
    code = (
        "import sys, subprocess, tempfile, time\n"
        "from course_lib.grading.autograde import scratch\n"
        f"scratch.tempfile.gettempdir, scratch.ROOM = (lambda: {str(place)!r}), 200\n"
        "with scratch.scratch() as (here, lock):\n"
        "    (here / 'k-1').mkdir(); (here / 'k-1' / 'kernel.json').write_text('key')\n"
        "    child = subprocess.Popen(['sleep', '60'], pass_fds=[lock])\n"
        "    print(here, child.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=variables(), stdout=-1, text=True)
    here, child = process.stdout.readline().split()
    return process, here, int(child)


def test_what_a_killed_grading_left_is_cleared_at_the_next_start_and_no_sooner(temporary):
    process, here, child = holder(temporary)
    with scratch.scratch() as (own, _):
        assert os.path.exists(here) and own.exists(), "the other one lives"
    assert not own.exists()
    process.kill()
    process.wait()
    assert scratch.clear(temporary) == [], "a worker of it still lives"
    os.kill(child, signal.SIGKILL)
    until(lambda: scratch.clear(temporary) or not os.path.exists(here))
    assert not os.path.exists(here) and not list(temporary.glob("cg-*"))


def test_what_is_not_ours_stays(temporary):
    (temporary / "cg-of-another-program").mkdir()
    (temporary / "cg-a-file").write_text("x")
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / scratch.HELD).touch()
    (temporary / "cg-link").symlink_to(temporary / "elsewhere")
    (temporary / "cg-with-link").mkdir()
    (temporary / "cg-with-link" / scratch.HELD).symlink_to(temporary / "elsewhere" / scratch.HELD)
    before = sorted(temporary.rglob("*"))
    assert scratch.clear(temporary) == [] and sorted(temporary.rglob("*")) == before


def test_another_users_folder_stays(temporary, monkeypatch):
    (temporary / "cg-theirs").mkdir()
    (temporary / "cg-theirs" / scratch.HELD).touch()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert scratch.clear(temporary) == []


# -- a worker process ------------------------------------------------------------------------------------------------


def test_a_worker_ends_when_whoever_asks_it_is_killed(tmp_path):
    code = (
        "import time; from pathlib import Path; from course_lib.grading.autograde.crew import Worker\n"
        f"worker = Worker(None, Path({str(tmp_path)!r}), [])\nprint(worker.process.pid, flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=variables(), stdout=-1, text=True)
    worker = int(process.stdout.readline())
    time.sleep(1)
    process.kill()
    process.wait()
    until(lambda: not lives(worker), 5)


def test_a_worker_that_is_asked_too_much_is_gone_and_ends(tmp_path):
    worker = Worker(tmp_path / "log", tmp_path, [])
    with pytest.raises(Gone, match="it ended"):
        worker.ask({"do": "something else"}, 60)
    worker.kill()
    assert not lives(worker.process.pid) and "KeyError" in (tmp_path / "log").read_text()


def lives(number):
    """Whether that process goes on."""
    import psutil

    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


# -- a whole grading ---------------------------------------------------------------------------------------------------


def marked(mark):
    """The processes of the grading with this mark, in and out of the sandbox."""
    import psutil

    found = {}
    for one in psutil.process_iter():
        try:
            if one.environ().get(MARK) == mark and one.status() != psutil.STATUS_ZOMBIE:
                for each in [one, *one.children(recursive=True)]:
                    found[each.pid] = each
        except psutil.Error:
            continue
    return list(found.values())


def commands(processes):
    """Their command lines."""
    import psutil

    said = []
    for one in processes:
        try:
            said.append(" ".join(one.cmdline()))
        except psutil.Error:
            continue
    return said


class Grading:
    """The command in a session of its own, on a class whose submissions take half a minute each."""

    def __init__(self, course, folder, jobs=2):
        self.mark, self.course, self.tmp = str(time.monotonic_ns()), course, folder
        command = [sys.executable, "-m", "course_lib", "grade", "autograde", "--jobs", str(jobs)]
        command += ["--folder", str(course.home), "--sources", str(course.sources)]
        env = variables(ROOT, TMPDIR=str(folder), **{MARK: self.mark})
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip

    def has(self, word):
        """Whether a process of it has this in its command line."""
        return any(word in line for line in commands(marked(self.mark)))

    def end(self, sign, group):
        """Send the signal; what the command said, its status, and the seconds until the last process had ended."""
        family, begin = marked(self.mark), time.monotonic()
        (os.killpg if group else os.kill)(self.process.pid, sign)
        said = self.process.communicate(timeout=30)[0]
        until(
            lambda: not marked(self.mark) and not any(one.is_running() and one.status() != "zombie" for one in family)
        )
        return said, self.process.returncode, time.monotonic() - begin


def slow(course, count):
    """Hand in for so many students, each half a minute at work."""
    for student in crowd.class_of_tiny(course, count):
        make_slow(course, student)


MOMENTS = {  # what is there by then
    "as it begins": lambda one: time.sleep(0.7) or True,
    "while workers start": lambda one: one.has("autograde.worker"),
    "while kernels start": lambda one: one.has("bwrap"),
    "while cells run": lambda one: one.has("ipykernel_launcher") and (time.sleep(6) or True),
}


@pytest.fixture
def short(tmp_path_factory):
    """A folder for temporary files with a short path."""
    folder = scratch.tempfile.mkdtemp(prefix="e-")
    yield scratch.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)


class TestEndings:
    @pytest.fixture(autouse=True, scope="class")
    def sandbox(self):
        needs.sandbox()

    @pytest.mark.parametrize("group", [True, False], ids=["the group", "the process alone"])
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_ctrl_c(self, tiny, short, moment, group):
        slow(tiny, 3)
        grading = Grading(tiny, short)
        until(lambda: MOMENTS[moment](grading))
        said, status, took = grading.end(signal.SIGINT, group)
        assert status == 130 and "Traceback" not in said and "Interrupted" in said, said
        assert took < 3, f"{took:.1f} s"
        left = {records.read(tiny, *pair).status for pair in tiny.submissions()}
        assert left <= {"", records.RUNNING} and pool.todo(tiny, tiny.submissions(), True) == tiny.submissions()
        assert not list(short.rglob("*")), "temporary files"
        assert not list(tiny.home.rglob("*.[0-9]*.[0-9]*")), "half-written files"

    def test_a_second_ctrl_c_changes_nothing(self, tiny, short):
        slow(tiny, 2)
        grading = Grading(tiny, short)
        until(lambda: grading.has("ipykernel_launcher"))
        os.killpg(grading.process.pid, signal.SIGINT)
        time.sleep(0.05)
        said, status, took = grading.end(signal.SIGINT, True)
        assert status in (130, -2) and took < 3

    def test_kill_and_resume(self, tiny, short):
        """After kill -9 the kernels end, the next start clears what lies about, and only the rest is graded."""
        expected = crowd.class_of_tiny(tiny, 1)
        last = tiny.home / "submitted" / "z.last" / NAME
        shutil.copytree(tiny.home / "submitted" / "student.0000" / NAME, last)
        quick = (last / f"{NAME}.ipynb").read_text("utf-8")
        make_slow(tiny, "z.last")
        grading = Grading(tiny, short, jobs=1)
        until(lambda: records.read(tiny, NAME, "student.0000").status == records.GRADED)
        until(lambda: grading.has("ipykernel_launcher"))
        os.kill(grading.process.pid, signal.SIGKILL)
        grading.process.communicate()
        until(lambda: not marked(grading.mark), 5)
        assert list(short.glob("cg-*")), "what is to be cleared"
        (last / f"{NAME}.ipynb").write_text(quick, "utf-8")
        env = variables(ROOT, TMPDIR=str(short))
        answer = crowd.autograde(tiny, "--resume", env=env)
        assert "1 of 2 are graded already" in answer.stdout, answer.stdout + answer.stderr
        assert not list(short.rglob("*")) and crowd.marks(tiny)["student.0000"] == expected["student.0000"]
        assert records.read(tiny, NAME, "z.last").status == records.GRADED


def make_slow(course, student):
    """Let that submission take half a minute."""
    file = course.home / "submitted" / student / NAME / f"{NAME}.ipynb"
    notebook = json.loads(file.read_text("utf-8"))
    notebook["cells"].insert(2, hostile.cell("code", SLOW))
    file.write_text(json.dumps(notebook))
