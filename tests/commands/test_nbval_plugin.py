"""The comparison of notebooks with their stored outputs: what passes, what fails, on notebooks of our own."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_lib.commands.tests import NBVAL, PLUGINS
from course_lib.ground import ROOT
from tests.commands.nbval_plugin import Near

SHOW = """
class Figure:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": '<img alt="{ALT}" src="data:image/png;base64,bmV3">', "text/plain": "[figure] {ALT}"}
Figure(){END}"""


def said(text: str, name: str = "stdout"):
    """An output that a print left."""
    return new_output("stream", name=name, text=text)


def figure(alt: str):
    """An output that a figure left, with another picture than the one that comes now."""
    picture = f'<img alt="{alt}" src="data:image/png;base64,b2xk">'
    data = {"text/html": picture, "text/plain": f"[figure] {alt}"}
    return new_output("execute_result", data, execution_count=1)


def show(alt: str, end: str = "") -> str:
    """The source of a cell that shows a figure."""
    return SHOW.replace("{ALT}", alt).replace("{END}", end)


# name: source, stored outputs, tags, whether it passes, whether it passes without the plugin
CELLS = {
    "as stored": ("print('error', 13.87, 'of', 60000)", [said("error 13.87 of 60000\n")], [], True, True),
    "float near": ("print('error', 13.97)", [said("error 13.87\n")], [], True, False),
    "float far": ("print('error', 14.87)", [said("error 13.87\n")], [], False, False),
    "float far, tagged": ("print('error', 14.27)", [said("error 13.87\n")], ["rtol-0.05"], True, False),
    "float too far, tagged": ("print('error', 14.87)", [said("error 13.87\n")], ["rtol-0.05"], False, False),
    "column wider": ("print('a   10.01\\n--------')", [said("a  9.99\n-------\n")], [], True, False),
    "integer off by one": ("print(12561, 'parameters')", [said("12560 parameters\n")], [], False, False),
    "other text": ("print('worse', 0.5)", [said("better 0.5\n")], [], False, False),
    "more text": ("print('a')\nprint('b')", [said("a\n")], [], False, False),
    "nothing now": ("x = 1", [said("1\n")], [], False, False),
    "time": ("print('trained in 12.3 s')", [said("trained in 9 s\n")], [], True, True),
    "versions and device": (
        "print('PyTorch 2.13.0+cpu on cpu (2 threads)')",
        [said("PyTorch 2.12.1 on cuda (NVIDIA H200)\n")],
        [],
        True,
        True,
    ),
    "figure": (show("A circle."), [figure("A circle.")], [], True, False),
    "figure, other text": (show("A circle."), [figure("A line.")], [], False, False),
    "semicolon": (show("A circle.", ";"), [], [], True, False),
    "stderr": ("import sys; print('warning', file=sys.stderr)", [], [], True, False),
    "not compared": ("print(1)", [said("2\n")], ["nbval-ignore-output"], True, True),
}
NAMES = list(CELLS)


def write(path: Path, cells: list, executed: bool = True) -> None:
    """A notebook that looks as if it had been run from the top."""
    for n, cell in enumerate(cells, start=1):
        cell.execution_count = n if executed else None
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = n
    nbformat.write(new_notebook(cells=cells), path)


def results(folder: Path, *options: str, plugin: list[str] = PLUGINS) -> tuple[dict[str, str], str]:
    """What pytest says of each cell of the notebooks, {"book Cell 0": "passed"}, and all its output."""
    command = [sys.executable, "-m", "pytest", *plugin, *NBVAL, "-p", "no:cacheprovider", "--color=no"]
    env = dict(os.environ, PYTHONPATH=str(ROOT), IPYTHONDIR=str(folder / "ipython"), COLUMNS="200")
    command += [*options, f"--rootdir={folder}", f"--junitxml={folder / 'report.xml'}"]
    command += map(str, sorted(folder.glob("*.ipynb")))
    answer = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert answer.returncode in (0, 1), answer.stdout + answer.stderr
    found = {}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        fate = next((fault.tag for fault in case), "passed")
        found[f"{case.get('classname').removesuffix('.ipynb').rpartition('.')[2]} {case.get('name')}"] = fate
    return found, answer.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Notebooks of every fate."""
    folder = tmp_path_factory.mktemp("books")
    cells = [
        new_code_cell(source, outputs=outputs, metadata={"tags": tags}) for source, outputs, tags, *_ in CELLS.values()
    ]
    write(folder / "cells.ipynb", cells)
    write(folder / "fresh.ipynb", [new_code_cell("print(1)"), new_code_cell("")], executed=False)
    write(folder / "raises.ipynb", [new_code_cell("1 / 0"), new_code_cell("print(1)", outputs=[said("1\n")])])
    return folder


@pytest.fixture(scope="module")
def compared(folder):
    """The first pass: outputs are compared."""
    return results(folder, "--nbval")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_equal_enough(compared, name):
    passes = CELLS[name][3]
    assert compared[0][f"cells Cell {NAMES.index(name)}"] == ("passed" if passes else "failure"), compared[1]


def test_both_numbers_are_shown(compared):
    assert re.search(r"- error 14\.87.*\+ error 13\.87", compared[1].replace("\n", " ")), compared[1]


def test_a_notebook_that_was_never_executed_fails_and_says_so(compared):
    assert compared[0]["fresh Cell 0"] == "failure" and compared[0]["fresh Cell 1"] == "passed"
    assert "Never executed: run the notebook" in compared[1]


def test_an_exception_fails_and_later_cells_are_still_compared(compared):
    assert compared[0]["raises Cell 0"] == "failure" and compared[0]["raises Cell 1"] == "passed"


def test_the_second_pass_compares_nothing_but_an_exception_fails(folder):
    found, output = results(folder, "--nbval-lax")
    assert {name for name, result in found.items() if result != "passed"} == {"raises Cell 0"}, output
    assert "ZeroDivisionError" in output


def test_again_a_cell_that_says_something_else_the_second_time_fails(tmp_path):
    sources = ["n = globals().get('n', 0)", "n += 1\nprint('count', n)", "print('same')", "print(n)", "2", "1 / 0"]
    cells = [new_code_cell(source) for source in sources]
    cells[3].metadata["tags"] = ["nbval-ignore-output"]
    write(tmp_path / "count.ipynb", cells)
    found, output = results(tmp_path, "--nbval-lax", "--again")
    fates = [found[f"count Cell {n} again"] for n in range(6)]
    assert fates == ["passed", "failure", "passed", "passed", "passed", "skipped"], output
    assert [found[f"count Cell {n}"] for n in range(6)] == ["passed"] * 5 + ["failure"], output


def test_each_patch_is_still_needed_and_bites(folder, tmp_path):
    """Without the plugin nbval judges these cells otherwise; if a new one doesn't, a patch can go."""
    (tmp_path / "cells.ipynb").write_bytes((folder / "cells.ipynb").read_bytes())
    (tmp_path / "fresh.ipynb").write_bytes((folder / "fresh.ipynb").read_bytes())
    found, output = results(tmp_path, "--nbval", plugin=[])
    plain = {name: found[f"cells Cell {n}"] == "passed" for n, name in enumerate(NAMES)}
    assert plain == {name: cell[4] for name, cell in CELLS.items()}, output
    assert found["fresh Cell 0"] == "passed"


def test_a_dead_kernel_or_a_timeout_ends_a_notebook_at_once(tmp_path):
    die, hang = "import os; os._exit(1)", "import time; time.sleep(60)"
    for name, source in {"dead": die, "hangs": hang}.items():
        write(tmp_path / f"{name}.ipynb", [new_code_cell(text) for text in ("x = 1", source, "x", "x")])
    start = time.monotonic()
    found, output = results(tmp_path, "--nbval-lax", "--nbval-cell-timeout=6")
    for name in ("dead", "hangs"):
        fates = [found[f"{name} Cell {n}"] for n in range(4)]
        assert fates == ["passed", "failure", "skipped", "skipped"], output
    assert "The kernel died" in output and "Timeout of 6 seconds" in output
    assert time.monotonic() - start < 110  # a busy machine; without the patch nbval waits for half an hour


@pytest.mark.parametrize(
    "stored, now, equal",
    [
        ("loss 0.0010", "loss 0.0011", True),  # one unit in the last digit: the rounding tipped over
        ("loss 0.0010", "loss 0.0012", False),
        ("1.250e-03", "1.270e-03", True),
        ("1.250e-03", "1.250e-02", False),
        ("-0.50", "0.50", False),
        ("16 codes", "16.0 codes", True),
        ("v1.2.3", "v1.2.4", False),
        ("28x28", "28x29", False),
        ("<at 0x7f3a5c0012b0>", "<at 0x7f3a5c99ffff>", True),
        ("nan", "0.5", False),
        ("1, 2, 3", "1, 2", False),
        ("a b", "ab", False),
    ],
)
def test_texts_near_each_other(stored, now, equal):
    assert (Near(stored) == Near(now)) is equal and (Near(stored) != Near(now)) is not equal
