"""`python -m course_lib run --scheduler`: throw-away notebooks on a dask cluster, of which workers are killed."""

import sys
import threading

import psutil
import pytest

from tests import needs

needs.nbgrader()  # (the cluster of the grading's tests is used)
distributed = pytest.importorskip("distributed", reason="dask.distributed isn't installed: no cluster is tested")

from course_lib.__main__ import main  # noqa: E402
from course_lib.commands import elsewhere, notebooks  # noqa: E402
from course_lib.commands import run as running  # noqa: E402
from course_lib.setup import processes  # noqa: E402
from tests.commands.test_run import make, printed, rows  # noqa: E402
from tests.conftest import until  # noqa: E402
from tests.grading import crowd  # noqa: E402


@pytest.fixture(autouse=True)
def this_process(monkeypatch, tmp_path):
    """The command runs in this process: it leaves the environment variables alone, and looks for no data. Which library
    is used counts nothing: it may be edited meanwhile."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path / "no library")
    monkeypatch.setattr(running, "environment", lambda: sys.executable)
    monkeypatch.setattr(running, "ask_data", lambda python, env: ("any", ""))
    monkeypatch.setattr(processes, "with_library", dict)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two workers as processes."""
    with crowd.Crowd(tmp_path_factory.mktemp("crowd"), 2) as there:
        yield there


def run(*arguments):
    return main(["run", *map(str, arguments)])


def test_notebooks_of_every_fate(cluster, tmp_path, capsys):
    books = [
        make(tmp_path, "01_good", "import sys; print('hello'); print('to the log', file=sys.stderr)"),
        make(tmp_path, "02_bad", "print('before')", "raise ValueError('no')", "print('after')"),
        make(tmp_path, "03_slow", "import time; time.sleep(60)"),
        make(tmp_path, "04_dead", "import os; os._exit(1)"),
        make(tmp_path, "05_full", "import os; print(os.environ.get('COURSE_FULL'))"),
    ]
    out = tmp_path / "out"
    assert run(*books, "--out", out, "--scheduler", cluster.address, "--timeout", "3", "--full") == 1
    said = rows(capsys.readouterr().out)
    assert said["01_good"].endswith("passed") and "ValueError: no" in said["02_bad"]
    assert "stopped (--timeout)" in said["03_slow"] and "the kernel died" in said["04_dead"]
    assert "hello" in printed(out / "01_good.ipynb")
    assert printed(out / "02_bad.ipynb") == "before\n" and printed(out / "05_full.ipynb") == "1\n"
    assert run(books[0], "--out", out, "--scheduler", cluster.address, "--full") == 0
    assert "done before" in capsys.readouterr().out
    assert run(books[0], "--out", out, "--full") == 0
    assert "done before" in capsys.readouterr().out, "the same key here and there"


def test_a_killed_worker_costs_nothing(cluster, tmp_path, capsys):
    """Whichever has the notebook: both are killed, one after the other, and the notebook is run again."""
    started = tmp_path / "started"
    code = (
        f"import os, time; open({str(started)!r}, 'a').write('x')\nwhile not os.path.exists({str(started)!r} + '-go'):"
    )
    notebook = make(tmp_path, "01_waits", code + "\n    time.sleep(0.1)\nprint('done')")

    def kill():
        until(started.exists)
        for _ in range(cluster.size):
            cluster.kill()
        (tmp_path / "started-go").touch()

    killer = threading.Thread(target=kill)
    killer.start()
    assert run(notebook, "--out", tmp_path / "out", "--scheduler", cluster.address) == 0, capsys.readouterr().out
    killer.join()
    assert printed(tmp_path / "out" / "01_waits.ipynb") == "done\n" and len(started.read_text()) >= 2


def test_what_is_under_way_ends_when_nobody_waits_for_it_any_more(cluster, tmp_path):
    """Ctrl-C here ends the kernels there: they went on for as long as their notebooks took."""
    started = tmp_path / "started"
    code = f"import os, pathlib, time\npathlib.Path({str(started)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    text = make(tmp_path, "01_sleeps", code).read_text("utf-8")
    playing = elsewhere.played(cluster.address, {"it": (text, ".")}, False, 900)
    until(lambda: next(playing) and started.exists() and started.read_text())
    playing.close()
    until(lambda: not psutil.pid_exists(int(started.read_text())))


def test_nobody_there_is_one_line(tmp_path, capsys):
    import dask

    notebook = make(tmp_path, "01_good", "1")
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        assert run(notebook, "--out", tmp_path / "out", "--scheduler", "nonsense://x") == 1
    said = capsys.readouterr().err.strip()
    assert "no scheduler answers at nonsense://x" in said.splitlines()[-1] and "Traceback" not in said
