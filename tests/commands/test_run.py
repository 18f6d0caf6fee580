"""`python -m course_lib run` on throw-away notebooks that pass, fail, hang, die, are stopped and go on."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib.__main__ import main
from course_lib.books import files
from course_lib.commands import notebooks
from course_lib.commands import run as running
from course_lib.setup import processes
from tests.conftest import posix, scratch_course, until, variables

WIDGETS = """
import ipywidgets
from IPython.display import display
slider = ipywidgets.IntSlider()
display(slider, ipywidgets.interactive_output(lambda v: print("value", v), {"v": slider}))
"""


def make(folder: Path, name: str, *cells: str) -> Path:
    """A notebook with these code cells below a title."""
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell(f"# {name}"), *map(new_code_cell, cells)]), path)
    return path


@pytest.fixture(autouse=True)
def this_process(monkeypatch):
    """The command may run in this process: it leaves the environment variables alone, and looks for no data."""
    monkeypatch.setattr(running, "environment", lambda: sys.executable)
    monkeypatch.setattr(running, "ask_data", lambda python, env: ("any", ""))
    monkeypatch.setattr(processes, "with_library", dict)


def run(*arguments) -> int:
    """The command in this process."""
    return main(["run", *map(str, arguments)])


def printed(path: Path) -> str:
    """All that the cells of an executed notebook printed."""
    outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


def rows(text: str) -> dict[str, str]:
    """The table: notebook -> seconds and result."""
    lines = text[text.index("notebook ") :].splitlines()[1:]
    return {line.split()[0]: line for line in lines if line}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """One run over notebooks of every fate: folder, exit status, table."""
    folder = tmp_path_factory.mktemp("mixed")
    make(folder, "01_good", "import os, sys; print(sys.executable)", "print(os.getcwd(), dict(os.environ))")
    make(folder, "02_bad", "print('before')", "raise ValueError('no\\nmore')", "print('after')")
    make(folder, "03_slow", "import time; print('so far', flush=True); time.sleep(60)")
    make(folder, "04_dead", "print('alive')", "import os, time; time.sleep(0.5); os._exit(1)")
    make(folder, "05_widgets", WIDGETS, *["slider.value += 1"] * 15)
    (folder / "06_broken.ipynb").write_text('{"cells": [')
    command = [sys.executable, "-m", "course_lib", "run", "--timeout=3", "--out", str(folder / "out")]
    mine = folder / "jupyter" / "kernels" / "python3" / "kernel.json"  # a kernel of the user's, by the same name
    mine.parent.mkdir(parents=True)
    mine.write_text('{"argv": ["false"], "display_name": "mine", "language": "python"}')
    library = scratch_course(folder / "library", "nbclient")
    env = variables(library, MPLBACKEND="agg", JUPYTER_PATH=str(folder / "jupyter"))
    env.pop("TQDM_DISABLE", None)
    names = [str(path) for path in sorted(folder.glob("*.ipynb"))]
    answer = subprocess.run([*command, *names], env=env, capture_output=True, text=True, timeout=300)
    assert "Traceback" not in answer.stderr
    return folder, answer


def test_a_table_says_what_came_of_each_in_plain_words(mixed):
    folder, answer = mixed
    found = rows(answer.stdout)
    assert answer.returncode == 1
    assert found["01_good"].endswith("passed") and found["05_widgets"].endswith("passed")
    assert found["02_bad"].endswith("FAILED  cell 2: ValueError: no")
    assert "cell 1: still running after 3 s" in found["03_slow"]
    assert "cell 2: the kernel died" in found["04_dead"]
    assert "can't be read as a notebook" in found["06_broken"]


def test_the_bar_names_notebook_cell_and_time(mixed):
    assert "01_good  cell 0/2" in mixed[1].stderr and "00:0" in mixed[1].stderr


def test_copies_keep_the_outputs_up_to_the_failing_cell(mixed):
    out = mixed[0] / "out"
    assert printed(out / "02_bad.ipynb") == "before\n"
    assert printed(out / "03_slow.ipynb") == "so far\n"
    assert nbformat.read(out / "04_dead.ipynb", 4).metadata.course_run.status == "failed"
    assert not list(out.glob(".*"))


def test_kernels_are_this_python_in_the_notebooks_folder_and_headless(mixed):
    text = printed(mixed[0] / "out" / "01_good.ipynb")
    assert text.startswith(f"{sys.executable}\n{mixed[0].resolve()} ")
    assert "'COURSE_HEADLESS': '1'" in text and "'TQDM_DISABLE': '1'" in text and "COURSE_FULL" not in text
    assert "'MPLBACKEND': 'module://matplotlib_inline" in text or "MPLBACKEND" not in text


def test_what_is_done_is_not_done_again_until_something_changes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "ROOT", scratch_course(tmp_path / "library"))
    count = "n = open('n', 'a'); n.write('.'); n.close()"
    book, arguments = make(tmp_path, "01_a", count), ("--out", tmp_path / "out")

    def times(*more):
        assert run(book, *arguments, *more) == 0
        return len((tmp_path / "n").read_text())

    assert times() == 1 and times() == 1 and "done before" in capsys.readouterr().out
    make(tmp_path, "01_a", count + "  # changed")
    assert times() == 2 and times("--fresh") == 3


def test_the_key_knows_cells_data_mode_and_library(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "ROOT", scratch_course(tmp_path / "library"))
    one, other = (new_notebook(cells=[new_code_cell(source)]) for source in "12")
    keys = [notebooks.key(one, "MNIST", {}), notebooks.key(one, "MNIST", {"COURSE_FULL": "0"})]
    assert keys[0] == keys[1]
    keys += [notebooks.key(other, "MNIST", {}), notebooks.key(one, "embedded digits", {})]
    keys += [notebooks.key(one, "MNIST", {"COURSE_FULL": "1"})]
    (notebooks.ROOT / "course_lib" / "new.py").touch()
    keys += [notebooks.key(one, "MNIST", {})]
    assert len(set(keys)) == 5


@posix
def test_a_run_that_was_killed_then_interrupted_goes_on_and_leaves_no_kernel(tmp_path):
    wait = "import os, time; from pathlib import Path\nif not Path('go').exists():\n"
    write = "    Path('part').write_text(str(os.getpid())); os.rename('part', 'pid'); time.sleep(60)"
    books = [str(make(tmp_path, "01_a", "1")), str(make(tmp_path, "02_b", wait + write))]
    pid = tmp_path / "pid"
    killed, said, _ = stopped(books, tmp_path, signal.SIGKILL)
    assert killed == -9
    until(lambda: not alive(int(pid.read_text())))
    assert [path.name for path in (tmp_path / "out").glob("*.ipynb")] == ["01_a.ipynb"]
    pid.unlink()
    interrupted, said, errors = stopped(books, tmp_path, signal.SIGINT)
    assert interrupted == 130 and "Traceback" not in errors and "destroyed" not in errors
    assert "Interrupted in 02_b. The same command goes on" in said and "done before" in rows(said)["01_a"]
    until(lambda: not alive(int(pid.read_text())))
    (tmp_path / "go").touch()
    status, said, _ = stopped(books, tmp_path, None)
    assert status == 0 and rows(said)["02_b"].endswith("passed")


def stopped(books: list[str], folder: Path, how: signal.Signals | None) -> tuple[int, str, str]:
    """Run the command, send it this signal once the file `pid` is there: exit status, output, errors."""
    lib = folder / "library"
    if not lib.exists():
        scratch_course(lib, "nbclient")
    process = subprocess.Popen(
        [sys.executable, "-m", "course_lib", "run", *books, "--out", str(folder / "out")],
        env=variables(lib, TMPDIR=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    if how is not None:
        until((folder / "pid").exists)
        process.send_signal(how)
    said, errors = process.communicate(timeout=120)
    return process.returncode, said, errors


def alive(pid: int) -> bool:
    """Whether a process is there and not only waiting to be buried."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().split(") ")[1].startswith("Z"))


def test_in_place_writes_a_clean_notebook(tmp_path):
    path = make(tmp_path, "01_a", "import sys; print('kept'); print('dropped', file=sys.stderr)", "1 + 1")
    notebook = nbformat.read(path, 4)
    notebook.cells[1].metadata.update(tags=["parameters"], execution={"iopub.status.busy": "now"})
    notebook.metadata.update(widgets={}, kernelspec={"name": "mine", "display_name": "mine"})
    nbformat.write(notebook, path)
    ids = [cell.id for cell in notebook.cells]
    assert run(path, "--in-place", "--out", tmp_path / "out") == 0
    text, after = path.read_text("utf-8"), nbformat.read(path, 4)
    assert [cell.id for cell in after.cells] == ids and (after.nbformat, after.nbformat_minor) == (4, 5)
    assert after.cells[1].metadata == {"tags": ["parameters"]} and printed(path) == "kept\n"
    assert after.cells[2].outputs[0].data == {"text/plain": "2"} and after.cells[2].execution_count == 2
    assert set(after.metadata) == {"kernelspec", "language_info"}
    assert after.metadata.kernelspec.name == "python3" and after.metadata.language_info == {"name": "python"}
    assert text.startswith('{\n "cells"') and text.endswith("}\n") and not text.endswith("\n\n")


def test_in_place_never_loses_an_author_s_work(tmp_path, capsys):
    failing = make(tmp_path, "01_a", "1 / 0")
    edited = make(tmp_path, "02_b", "p = open('02_b.ipynb', 'a'); p.write('  '); p.close()")
    before = failing.read_bytes()
    assert run(failing, edited, "--in-place", "--out", tmp_path / "out") == 1
    assert failing.read_bytes() == before and "edited meanwhile" in capsys.readouterr().out
    assert nbformat.read(edited, 4).cells[1].execution_count is None


def test_cleaning_drops_views_of_widgets_that_are_gone():
    view = {"text/plain": "IntSlider()", "application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    cell = new_code_cell("slider", outputs=[new_output("display_data", data=view)])
    cleaned = files.cleaned(new_notebook(cells=[cell]))
    assert cleaned.cells[0].outputs[0].data == {"text/plain": "IntSlider()"}


def test_a_full_disk_is_said_in_the_table_and_spoils_nothing(tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    book, out = make(tmp_path, "01_a", "print('new')"), tmp_path / "out"
    old = new_code_cell("", outputs=[new_output("stream", text="old")])
    files.write(new_notebook(cells=[old]), out / "01_a.ipynb")
    monkeypatch.setattr(os, "replace", full)
    assert run(book, "--out", out, "--fresh") == 1
    assert "could not be written: No space left on device" in rows(capsys.readouterr().out)["01_a"]
    said = {"01_a.log"}  # (where its kernel has anything to say)
    assert {path.name for path in out.iterdir()} - said == {"01_a.ipynb"} and printed(out / "01_a.ipynb") == "old"


def test_names_choose_notebooks(tmp_path):
    for name in ("01_a", "02_b", "10_c", "scratch"):
        make(tmp_path, name)

    def chosen(*names):
        return [path.stem for path in notebooks.choose(list(names), tmp_path)]

    assert chosen() == ["01_a", "02_b", "10_c"]
    assert chosen("02", "01_a.ipynb", "scratch", "02_b") == ["02_b", "01_a", "scratch"]
    assert chosen(str(tmp_path / "10_c.ipynb")) == ["10_c"]
    with pytest.raises(notebooks.UnknownNotebook, match="no notebook '7'; there are: 01_a, 02_b, 10_c, scratch"):
        chosen("7")


def test_accented_names_are_found_in_either_unicode_form(tmp_path):
    make(tmp_path, "04_caf\u00e9")
    for name in ("04_caf\u00e9", "04_cafe\u0301", "04_CAFE\u0301.ipynb", "04"):
        assert [path.stem for path in notebooks.choose([name], tmp_path)] == ["04_caf\u00e9"]


def test_two_notebooks_of_one_name_keep_a_copy_each(tmp_path):
    books = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        books.append(make(tmp_path / folder, "01_same", f"print('from {folder}')"))
    out = tmp_path / "out"
    assert run(*books, "--out", out) == 0
    assert printed(out / "01_same.ipynb") == "from a\n" and printed(out / "01_same-2.ipynb") == "from b\n"
    assert run(books[1], "--out", out) == 0  # alone, it still doesn't take the other's place
    assert printed(out / "01_same.ipynb") == "from a\n" and len(list(out.glob("*.ipynb"))) == 2


def test_what_a_kernel_says_on_stderr_lies_in_a_log_beside_the_copy(tmp_path, capfd):
    book = make(tmp_path, "01_a", "import os; os.write(2, b'late words'); print('out')")
    assert run(book, "--out", tmp_path / "out") == 0
    said = capfd.readouterr()
    assert "late words" not in said.out + said.err and printed(tmp_path / "out" / "01_a.ipynb") == "out\n"
    assert (tmp_path / "out" / "01_a.log").read_text().count("late words") == 1
    quiet = make(tmp_path, "02_b", "1")
    assert run(quiet, "--out", tmp_path / "out") == 0 and not (tmp_path / "out" / "02_b.log").exists()


def test_asserts_are_on_whatever_the_user_has_set(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    assert run(make(tmp_path, "01_a", "assert False, 'seen'"), "--out", tmp_path / "out") == 1


def test_an_output_folder_that_can_t_be_is_one_line(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run(make(tmp_path, "01_a"), "--out", tmp_path / "file") == 1
    assert capsys.readouterr().err.startswith("course: can't write to")


@pytest.mark.parametrize("time_limit", ["0", "-1", "nan", "1e999", "9" * 12, ""])
def test_a_time_limit_that_makes_no_sense_is_one_line(tmp_path, capsys, time_limit):
    with pytest.raises(SystemExit) as ended:
        run(make(tmp_path, "01_a"), f"--timeout={time_limit}")
    assert ended.value.code == 2 and "write a whole number of seconds" in capsys.readouterr().err
