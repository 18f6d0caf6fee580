"""`python -m course_lib`: set-up on a bare Python, its interruptions and messages, with fake installers."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import __main__ as launcher
from course_lib.books import kernels
from course_lib.commands import lab, tests
from course_lib.ground import ROOT
from course_lib.setup import environment as bootstrap
from course_lib.setup import installer, processes
from course_lib.setup.installer import SetupError
from tests.conftest import posix, pyproject, scratch_course, until, variables

WANTED = ["torch>=2.11", "torchvision>=0.26", "a-package-that-nobody-has>=1"]


@pytest.fixture
def house(tmp_path, monkeypatch):
    """An empty project, and an installer that only notes how it was called."""
    (tmp_path / "pyproject.toml").write_text(pyproject(*WANTED))
    venv = tmp_path / ".venv"
    places = {"ROOT": tmp_path, "VENV": venv, "PYTHON": venv / "python", "STAMP": venv / "stamp"}
    for name, value in places.items() | {"CUDA": (3.2, 6.8, 0.0), "SMALL": (0.4, 1.9, 0.0)}.items():
        monkeypatch.setattr(bootstrap, name, value)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    calls = []

    def fake(command, env):
        calls.append(command)
        if "venv" in command:
            (Path(command[-1]) / "python").touch()
        return 0

    monkeypatch.setattr(subprocess, "call", fake)
    return calls


def test_only_the_standard_library_is_needed_to_start():
    subprocess.run([sys.executable, "-S", "-c", "import course_lib.__main__"], cwd=ROOT, check=True)


def test_an_interpreter_that_has_everything_is_used_as_it_is(house, monkeypatch):
    monkeypatch.setattr(bootstrap, "satisfied", lambda wanted: True)
    assert bootstrap.environment() == sys.executable
    assert not house and not bootstrap.VENV.exists()


def test_satisfied_reads_versions_and_markers():
    assert bootstrap.satisfied(["pytest>=1", "nothing-such>=1; python_version < '3'"])
    assert not bootstrap.satisfied(["pytest>=999"])
    assert not bootstrap.satisfied(["a-package-that-nobody-has"])


def test_the_first_call_installs_all_at_once_and_the_second_nothing(house, capsys):
    assert bootstrap.environment() == str(bootstrap.PYTHON)
    make, fill, compiled, tried = house
    fresh = str(bootstrap.VENV.with_name(".vnew") / "python")
    assert make[1:3] == ["-m", "venv"] and fill[:4] == [fresh, "-m", "pip", "install"] and fill[-3:] == WANTED
    assert compiled == [fresh, "-c", installer.COMPILE] and tried == [fresh, installer.MISSING, "try", *WANTED]
    assert "GB to download" in capsys.readouterr().out
    bootstrap.environment()
    assert len(house) == 4 and sorted(path.name for path in bootstrap.ROOT.iterdir()) == [".venv", "pyproject.toml"]


def test_what_was_installed_is_compiled_and_what_is_no_python_is_passed_over(tmp_path):
    for name, text in {"good.py": "x = 1", "bad.py": "x = ="}.items():
        (tmp_path / name).write_text(text)
    paths = f"import sysconfig; sysconfig.get_path = lambda name: {str(tmp_path)!r}"
    subprocess.run([sys.executable, "-c", f"{paths}\n{installer.COMPILE}"], check=True)
    assert [file.name.split(".")[0] for file in (tmp_path / "__pycache__").iterdir()] == ["good"]


def test_uv_that_does_not_answer_installs_the_registry_s_pytorch(house, monkeypatch):
    def silent(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(shutil, "which", lambda name: "/somewhere/uv")
    monkeypatch.setattr(subprocess, "run", silent)
    bootstrap.environment()
    made, filled, _ = house
    assert made[:2] == ["/somewhere/uv", "venv"] and filled[:3] == ["/somewhere/uv", "pip", "install"]
    assert "--compile-bytecode" in filled and not [word for word in filled if "torch-backend" in word]


def test_changed_requirements_are_installed_anew(house):
    bootstrap.environment()
    (bootstrap.VENV / "old").mkdir()
    (bootstrap.ROOT / "pyproject.toml").write_text(pyproject(*WANTED, "one-more"))
    bootstrap.environment()
    assert len(house) == 8 and not (bootstrap.VENV / "old").exists() and not list(bootstrap.ROOT.glob(".v[on]*"))


def test_what_grading_needs_is_added_once_and_only_on_demand(house):
    bootstrap.environment("test")
    assert not any("grader" in command for command in house)
    for _ in range(2):
        bootstrap.environment("test", instructor=True)
    assert len(house) == 7 and house[-3][-1] == "grader"
    bootstrap.environment("test")
    assert len(house) == 7


@pytest.mark.parametrize("end", [KeyboardInterrupt, 1, 130])
@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize("before", [False, True])
def test_a_set_up_that_was_cut_short_leaves_what_worked(house, monkeypatch, end, at, before):
    """Cut in the making, the filling or the trying, with and without an environment of older requirements."""
    if before:
        bootstrap.environment()
        (bootstrap.VENV / "works").touch()
        (bootstrap.ROOT / "pyproject.toml").write_text(pyproject(*WANTED, "one-more"))
    good, wanted = subprocess.call, bootstrap.requirements("test")
    house.clear()

    def cut(command, env):
        good(command, env)
        if len(house) <= at:
            return 0
        if end is KeyboardInterrupt:
            raise end
        return end

    monkeypatch.setattr(subprocess, "call", cut)
    with pytest.raises(KeyboardInterrupt if end != 1 and (end != 130 or at != 3) else SetupError) as raised:
        bootstrap.environment()
    assert not bootstrap.whole(wanted) and not list(bootstrap.ROOT.glob(".v[on]*"))
    assert bootstrap.PYTHON.exists() == (bootstrap.VENV / "works").exists() == before
    assert ("is kept as it was" in str(raised.value)) == (before and raised.type is SetupError)
    monkeypatch.setattr(subprocess, "call", good)
    bootstrap.environment()
    assert bootstrap.whole(wanted) and not (bootstrap.VENV / "works").exists()


def test_an_older_environment_that_has_all_it_takes_is_signed_anew(house, monkeypatch):
    bootstrap.environment()
    (bootstrap.ROOT / "pyproject.toml").write_text(pyproject(*WANTED[1:]))
    monkeypatch.setattr(bootstrap, "has_all", lambda python, wanted: wanted == WANTED[1:])
    assert bootstrap.environment() == str(bootstrap.PYTHON)
    assert len(house) == 4 and bootstrap.whole(WANTED[1:])


def test_an_environment_is_asked_what_it_has():
    python = Path(sys.executable)
    assert installer.has_all(python, ["pytest>=1", "torch", "nothing-such>=1; python_version < '3'"])
    assert not installer.has_all(python, ["pytest>=1", "a-package-that-nobody-has"])
    assert not installer.has_all(Path("/nowhere/python"), [])


@pytest.mark.parametrize("swapped", [False, True])
def test_a_stop_in_the_middle_of_the_swap_loses_nothing(house, swapped):
    bootstrap.environment()
    bootstrap.VENV.rename(bootstrap.VENV.with_name(".vold"))
    if swapped:
        shutil.copytree(bootstrap.VENV.with_name(".vold"), bootstrap.VENV.with_name(".vnew"))
    assert bootstrap.environment() == str(bootstrap.PYTHON) and bootstrap.whole(WANTED) and len(house) == 4


def test_programs_know_where_they_will_live(tmp_path):
    fresh, home = tmp_path / ".vnew", tmp_path / ".venv"
    (fresh / "bin").mkdir(parents=True)
    (fresh / "pyvenv.cfg").write_text(f"command = python -m venv {fresh}")
    (fresh / "bin" / "tool").write_bytes(b"\x00#!" + os.fsencode(fresh / "bin" / "python") + b"\n\xff")
    installer.at_home(fresh, home, fresh / "bin")
    assert (fresh / "pyvenv.cfg").read_text() == f"command = python -m venv {home}"
    assert (fresh / "bin" / "tool").read_bytes() == b"\x00#!" + os.fsencode(home / "bin" / "python") + b"\n\xff"
    with pytest.raises(ValueError, match="equally long"):
        installer.at_home(fresh, tmp_path / "venv", fresh / "bin")


@posix
def test_foreign_pip_settings_never_make_an_empty_environment_that_is_taken_for_whole(tmp_path, monkeypatch):
    """The real pip, with nothing to download: variables are left out, a `target` in its file is found out."""
    elsewhere = tmp_path / "elsewhere"
    for name in ("PIP_TARGET", "PIP_PREFIX", "PYTHONPATH"):
        monkeypatch.setenv(name, str(elsewhere))
    assert not {"PIP_TARGET", "PIP_PREFIX", "PYTHONPATH"} & set(installer.clean_environment())
    python = tmp_path / ".vnew" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".vnew")], check=True)
    with pytest.raises(SetupError, match="target, prefix"):
        installer.verify(python, ["torch"])


def test_someone_elses_venv_is_left_alone(house):
    theirs = bootstrap.VENV / "theirs"
    theirs.mkdir(parents=True)
    with pytest.raises(SetupError, match="not made by this command"):
        bootstrap.environment()
    assert theirs.exists() and not house


def test_each_obstacle_is_named_before_anything_is_installed(house, monkeypatch):
    with monkeypatch.context() as now, pytest.raises(SetupError, match="Intel"):
        now.setattr(sys, "platform", "darwin")
        now.setattr("platform.machine", lambda: "x86_64")
        bootstrap.environment()
    with monkeypatch.context() as now, pytest.raises(SetupError, match="32-bit"):
        now.setattr(sys, "maxsize", 2**31 - 1)
        bootstrap.environment()
    with monkeypatch.context() as now, pytest.raises(SetupError, match="disk space.*has 0.0 GB free"):
        now.setattr(bootstrap, "SMALL", (0.4, 1.9, 3.5))
        now.setattr(bootstrap, "CUDA", (3.2, 6.8, 10.5))
        now.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**10, 10**10, 10**6))
        bootstrap.environment()
    with monkeypatch.context() as now, pytest.raises(SetupError, match="python3-venv"):
        now.setattr("importlib.util.find_spec", lambda name: None)
        bootstrap.environment()
    with monkeypatch.context() as now, pytest.raises(SetupError, match="could not make .venv: .*read-only"):
        now.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(OSError("read-only")))
        bootstrap.environment()
    assert not house


def old_python() -> str | None:
    """A Python between 3.6 and 3.10 on this machine."""
    names = [f"python3.{minor}" for minor in (6, 7, 8, 9, 10)]
    found = [shutil.which(name) for name in names]
    found += [str(path) for name in names for path in Path.home().glob(f".pyenv/versions/*/bin/{name}")]
    for python in filter(None, found):
        if subprocess.run([python, "--version"], capture_output=True).returncode == 0:
            return python
    return None


@pytest.mark.skipif(old_python() is None, reason="no old Python on this machine")
def test_an_old_python_is_told_so_in_one_line():
    answer = subprocess.run([old_python(), "-m", "course_lib", "test"], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 1 and "needs Python 3.11 or newer" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "argv, status, says",
    [
        (["--help"], 0, "Needs Python 3.11"),
        (["learn"], 2, "unknown command"),
        (["run", "99"], 2, "no notebook '99'"),
    ],
)
def test_help_and_wrong_words_need_no_set_up(house, capsys, argv, status, says):
    assert launcher.main(argv) == status
    assert says in "".join(capsys.readouterr()) and not house


def test_a_failed_set_up_is_one_line(house, monkeypatch, capsys):
    monkeypatch.setattr(subprocess, "call", lambda command, env: 2)
    assert launcher.main(["lab"]) == 1
    assert capsys.readouterr().err.startswith("course: pip ended with status 2")


# -- the real thing in a copy of the project, with a script in place of uv ---------------------------------

UV = """#!/bin/sh
echo "$@" >> "{log}"
if [ "$1" = venv ]; then
    for folder; do :; done
    mkdir -p "$folder/bin"
    printf '#!/bin/sh\\n[ "$2" = try ] && exit 0\\nexec "{python}" "$@"\\n' > "$folder/bin/python"
    chmod +x "$folder/bin/python"
elif [ "$2" = compile ]; then
    {choose}
else
    {install}
fi
"""


@pytest.fixture
def copy(tmp_path):
    """The launcher in a folder of its own, with requirements that no interpreter has."""
    file = scratch_course(tmp_path, *WANTED) / "course_lib" / "setup" / "environment.py"
    sizes = "CUDA, SMALL = (3.2, 6.8, 0.0), (0.4, 1.9, 0.0)"
    file.write_text(re.sub("^CUDA, SMALL = .*", sizes, file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    return tmp_path


def start(copy: Path, install: str, choose: str = "exit 2", **more: str) -> subprocess.Popen:
    """Call the launcher with a uv that does this to install, and that to choose a PyTorch."""
    (copy / "bin").mkdir(exist_ok=True)
    uv = copy / "bin" / "uv"
    uv.write_text(UV.format(log=copy / "log", python=sys.executable, install=install, choose=choose))
    uv.chmod(0o755)
    return subprocess.Popen(
        [sys.executable, "-m", "course_lib", "test", "--version"],
        cwd=copy,
        env=variables(None, PATH=f"{copy / 'bin'}{os.pathsep}{os.environ['PATH']}", **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def installed(copy: Path) -> list[str]:
    """The calls that installed packages."""
    log = copy / "log"
    return [line for line in log.read_text().splitlines() if line.startswith("pip install")] if log.exists() else []


@posix
@pytest.mark.parametrize("how, status", [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_set_up_that_was_stopped_begins_again(copy, how, status):
    first = start(copy, "exec sleep 60")  # a child of dash, if it had one, could miss the signal
    until(lambda: installed(copy))
    os.killpg(first.pid, how)
    said, _ = first.communicate(timeout=120)
    assert first.returncode == status and "Traceback" not in said
    second = start(copy, "true")
    said, _ = second.communicate(timeout=120)
    assert ("not finished" in said) == (how == signal.SIGKILL) and "Set up in" in said and "pytest" in said
    third = start(copy, "true")
    said, _ = third.communicate(timeout=120)
    assert "Setting up" not in said and len(installed(copy)) == 2


@posix
def test_two_calls_at_once_set_up_once(copy):
    both = [start(copy, "sleep 1") for _ in range(2)]
    said = [one.communicate(timeout=120)[0] for one in both]
    assert len(installed(copy)) == 1 and any("waiting for it" in text for text in said), said


REFUSE = 'case "$*" in *torch-backend*) exit 2;; esac'
CPU, CUDA = "echo torch==2.15.0+cpu; echo torchvision==0.30.0+cpu", "echo torch==2.15.0+cu130"
REGISTRY = "registry (the README tells of a smaller one), with GPU libraries: in all about\n3.2 GB"
CHOICES = {  # what uv does when it chooses and when it installs; the builds that are tried, and what is said
    "no GPU": (CPU, "true", ["auto"], "PyTorch 2.15.0+cpu: in all about\n0.4 GB"),
    "a GPU": (CUDA, "true", ["auto"], "PyTorch 2.15.0+cu130, with GPU libraries: in all about\n3.2 GB"),
    "an old uv": ("echo unexpected argument >&2; exit 2", REFUSE, [""], REGISTRY),
    "index out of reach": ("echo request failed >&2; exit 2", REFUSE, [""], REGISTRY),
    "files out of reach": (CPU, REFUSE, ["auto", ""], "That PyTorch can't be fetched: trying the registry's.\n"),
}


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the registry's PyTorch is the small one")
@pytest.mark.parametrize("choose, install, backends, says", CHOICES.values(), ids=CHOICES)
def test_uv_chooses_the_pytorch_where_it_can(copy, choose, install, backends, says):
    said, _ = start(copy, install, choose).communicate(timeout=120)
    assert says in said and "Set up in" in said, said
    assert [line.partition("--torch-backend=")[2].partition(" ")[0] for line in installed(copy)] == backends
    assert all("--compile-bytecode" in line for line in installed(copy))


@posix
def test_a_backend_of_the_user_s_choice_is_kept(copy):
    seen = 'echo "variable=$UV_TORCH_BACKEND." >> log'
    start(copy, f"{seen}; exit 2", "echo torch==2.15.0+cpu", UV_TORCH_BACKEND="cpu").communicate(timeout=120)
    first, second = installed(copy)
    assert "--torch-backend=cpu" in first and "torch-backend" not in second
    assert (copy / "log").read_text().count("variable=.") == 2, "the variable would undo the fall back"


# -- what `test` does --------------------------------------------------------------------------------------


@pytest.fixture
def pytest_calls(monkeypatch, tmp_path):
    """The calls of pytest that `test` makes, and a project with one notebook."""
    (tmp_path / "notebooks" / "assignments").mkdir(parents=True)
    (tmp_path / "notebooks" / "01_a.ipynb").touch()
    (tmp_path / "notebooks" / "assignments" / "02_b.ipynb").touch()
    calls = []

    def call(command, env):
        calls.append((command[3:], env["COURSE_DATA"], Path(env["COURSE_CACHE"]).parent, env["COURSE_HEADLESS"]))
        assert calls[-1][2].is_dir()
        return int("--nbval-lax" in command)

    monkeypatch.setattr(tests, "ROOT", tmp_path)
    monkeypatch.setattr(tests, "call", call)
    monkeypatch.setattr(tests, "environment", lambda *groups, **more: sys.executable)
    return calls


def test_with_mnist_there_are_two_passes_and_either_can_fail(pytest_calls, monkeypatch, capsys):
    monkeypatch.setattr(tests, "ask_data", lambda python, env: ("MNIST from there", "there"))
    assert launcher.main(["test"]) == 1
    (first, data, cache, headless), (second, instead, _, _) = pytest_calls
    assert first[-3:] == ["--nbval", "notebooks/01_a.ipynb", "tests"] and data == "there" and headless == "1"
    assert second[-2:] == ["--nbval-lax", "notebooks/01_a.ipynb"] and instead == "embedded"
    assert "tests" not in second and not cache.exists()
    said = capsys.readouterr().out
    assert "Pass 1 of 2" in said and "pass 1 passed" in said and "pass 2 FAILED" in said


def test_without_mnist_there_is_one_pass_and_a_line_that_says_so(pytest_calls, monkeypatch, capsys):
    monkeypatch.setattr(tests, "ask_data", lambda python, env: ("embedded digits", ""))
    launcher.main(["test"])
    [(only, data, _, _)] = pytest_calls
    assert only[-3:] == ["--nbval-lax", "notebooks/01_a.ipynb", "tests"] and data == "embedded"
    assert "MNIST can't be had" in capsys.readouterr().out


def test_arguments_make_one_call_with_exactly_these(pytest_calls, monkeypatch):
    monkeypatch.setattr(tests, "ask_data", lambda python, env: ("embedded digits", ""))
    launcher.main(["test", "tests/library/test_data.py", "-k", "fault"])
    [(words, *_)] = pytest_calls
    assert words[-3:] == ["tests/library/test_data.py", "-k", "fault"] and set(words[:-3:2]) == {"-p"}


# -- what lies in the way, and output that nobody reads -----------------------------------------------------


@pytest.mark.parametrize("name", ["json.py", "subprocess.py", "tomllib/__init__.py", "torch.py", "notebooks/random.py"])
def test_a_module_in_the_way_is_named_and_never_run(tmp_path, name):
    (tmp_path / "notebooks").mkdir()
    scratch_course(tmp_path)
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("print('IT RAN')")
    command = [sys.executable, "-m", "course_lib", "--help"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    hidden = name.split("/")[-1].removesuffix(".py") if "__init__" not in name else "tomllib"
    assert answer.returncode == 1 and f"hides the module {hidden} that" in answer.stderr
    assert "IT RAN" not in answer.stdout and len(answer.stderr.splitlines()) == 1


def test_other_files_beside_the_readme_are_nobody_s_business(tmp_path):
    scratch_course(tmp_path)
    for name in ("mymodel.py", "json.txt", "random.ipynb", "data.py"):
        (tmp_path / name).write_text("print('IT RAN')")
    (tmp_path / "torch").mkdir()  # a folder without __init__.py hides nothing
    command = [sys.executable, "-m", "course_lib", "--help"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == 0 and "IT RAN" not in answer.stdout


@posix
@pytest.mark.parametrize("words", [[], ["run"], ["check"], ["grade"], ["grade", "release"]])
def test_a_reader_who_has_gone_is_no_error(words):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-u", "-m", "course_lib", *words, "--help"]
    answer = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert "Traceback" not in answer.stderr and "BrokenPipe" not in answer.stderr and answer.returncode in (0, 141)


def test_lab_s_kernels_have_their_asserts():
    env = processes.with_library({"PYTHONOPTIMIZE": "1", "OTHER": "2"})
    assert "PYTHONOPTIMIZE" not in env and env["OTHER"] == "2"


def test_without_a_home_that_can_be_written_to_files_go_elsewhere(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "not" / "there")
    assert not kernels.home_is_writable()
    env = kernels.headless(tmp_path / "scratch")
    assert Path(env["JUPYTER_RUNTIME_DIR"]).is_dir() and Path(env["MPLCONFIGDIR"]).is_dir()
    called = []
    monkeypatch.setattr(lab, "environment", lambda: sys.executable)
    monkeypatch.setattr(lab, "hand_over", lambda command, env: called.append(env) or 0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab.copies, "renew", lambda work, busy: [])
    with monkeypatch.context() as inside:
        inside.setattr(os, "environ", dict(os.environ, COURSE_WORK=str(tmp_path / "work")))
        assert launcher.main(["lab"]) == 0 and "home folder can't be written to" in capsys.readouterr().err
    assert Path(called[0]["JUPYTER_RUNTIME_DIR"]) == tmp_path / "work" / ".jupyter" / "jupyter_runtime_dir"
    assert Path(called[0]["JUPYTER_RUNTIME_DIR"]).is_dir()
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert kernels.home_is_writable() and "JUPYTER_RUNTIME_DIR" not in kernels.headless(tmp_path / "scratch")
