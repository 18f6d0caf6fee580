"""nbval as the course needs it: numbers with a tolerance, `;` as in JupyterLab, no waiting for the dead.

Loaded with `-p tests.commands.nbval_plugin`. It patches nbval 0.11.0, to which pyproject.toml is pinned;
test_nbval_plugin.py shows that each patch still bites.

- Floats are compared within 2 % (a tag such as `rtol-0.05` sets it for a cell) or one unit in the last digit
  that is printed; integers and all other text exactly, but for the width of columns. stderr and pictures are
  not compared.
- With --nbval, a cell that was never executed fails: there is nothing that it could be compared with.
- A dead kernel, or a cell that takes too long, ends its notebook at once.
- With --again, a notebook's cells run once more from the top in the same kernel, and must say what they said before:
  readers run cells again.
- With COURSE_BRIEF, trainings on pictures take one epoch, so what a lesson asserts about their results is not asked.
"""

import copy
import math
import os
import re
import time
from queue import Empty

import pytest

from course_lib.live.page import MIME

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?!\w)")
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
BRIEF = """
class NoAsserts(__import__("ast").NodeTransformer):
    def visit_Assert(self, node):
        import ast
        return ast.copy_location(ast.Pass(), node)

get_ipython().ast_transformers.append(NoAsserts())
del NoAsserts
"""
NOT_COMPARED = ("stderr", "text/html", "image/svg+xml", "application/pdf", MIME)


class KernelDied(Exception):
    """The kernel's process is gone."""


class Near(str):
    """A text that equals another if all but the floats is the same, and the floats are near each other."""

    rtol = 0.02
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        mine, theirs = (ADDRESS.sub("0x", str.__str__(text)) for text in (self, other))
        if words(mine) != words(theirs):
            return False
        pairs = zip(NUMBER.findall(mine), NUMBER.findall(theirs), strict=True)
        return all(a == b or near(a, b, self.rtol) for a, b in pairs)

    def __ne__(self, other: object) -> bool:
        return not self == other


def words(text: str) -> list[str]:
    """What stands between the numbers, without the blanks and rules that only fill a column."""
    return [re.sub(r"-{3,}", "---", re.sub(" +", " ", piece)).strip(" ") for piece in NUMBER.split(text)]


def near(a: str, b: str, rtol: float) -> bool:
    """Whether two printed numbers may be the same: floats with tolerance, integers only if equal."""
    if not re.search(r"[.eE]", a + b):
        return False
    return math.isclose(float(a), float(b), rel_tol=rtol, abs_tol=1.01 * max(last_digit(a), last_digit(b)))


def last_digit(number: str) -> float:
    """The worth of one unit in a float's last digit: "13.87" -> 0.01, "2.50e-3" -> 1e-5; 0 for an integer."""
    mantissa, _, exponent = number.lower().partition("e")
    _, point, decimals = mantissa.partition(".")
    return 10.0 ** (int(exponent or 0) - len(decimals)) if point else 0.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """The second round."""
    words = "run each notebook's cells once more in the same kernel: they must say the same"
    parser.addoption("--again", action="store_true", help=words)


def pytest_configure(config: pytest.Config) -> None:
    """Patch nbval's cell and kernel (once: pytest in pytest would do it again)."""
    from nbval.kernel import RunningKernel
    from nbval.plugin import IPyNbCell, IPyNbFile

    if getattr(IPyNbCell, "_course", False):
        return
    IPyNbCell._course = True
    sanitize, runtest, collect, setup = IPyNbCell.sanitize, IPyNbCell.runtest, IPyNbFile.collect, IPyNbFile.setup

    def one_or_two_rounds(self):
        cells = list(collect(self))
        yield from cells
        for first in cells if self.config.getoption("--again") else []:
            cell = copy.deepcopy(first.cell)
            options = first.options.copy()
            options["check"] = "nbval-ignore-output" not in cell.metadata.get("tags", [])
            again = IPyNbCell.from_parent(
                self, name=f"{first.name} again", cell_num=first.cell_num, cell=cell, options=options
            )
            again.first = first
            yield again

    def start(self):
        setup(self)
        if os.environ.get("COURSE_BRIEF"):
            self.kernel.await_reply(self.kernel.kc.execute(BRIEF, silent=True), timeout=60)

    def near_text(self, text):
        text = sanitize(self, text)
        if not isinstance(text, str):
            return text
        text = Near(text)
        for tag in self.cell.metadata.get("tags", []):
            if tag.startswith("rtol-"):
                text.rtol = float(tag.removeprefix("rtol-"))
        return text

    def skip_after_end(self):
        if self.parent.timed_out:
            pytest.skip("an earlier cell ended this notebook")

    def run_to_an_end(self):
        if first := getattr(self, "first", None):
            if first.test_outputs is None or any(output.output_type == "error" for output in first.test_outputs):
                pytest.skip("it failed in the first round")
            self.cell.outputs, self.cell.execution_count = first.test_outputs, 1
        try:
            runtest(self)
        except KernelDied as death:
            self.parent.timed_out = True
            self.raise_cell_error(str(death))
        executed = self.cell.execution_count is not None or not self.cell.source.strip()
        if self.parent.compare_outputs and not executed and not self.options["skip"]:
            self.raise_cell_error("Never executed: run the notebook from the top, store it with its outputs.")

    def execute(self, source, allow_stdin=None):  # with history: else IPython shows values that end in `;`
        return self.kc.execute(source, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)

    def get_message(self, stream, timeout=None):  # in steps, with a look at the kernel between them
        channel = {"iopub": self.kc.get_iopub_msg, "shell": self.kc.get_shell_msg}[stream]
        end = time.monotonic() + (math.inf if timeout is None else timeout)
        while True:
            alive = self.is_alive()
            try:
                return channel(timeout=max(0.0, min(1.0, end - time.monotonic())))
            except Empty:
                if not alive:
                    raise KernelDied("The kernel died (out of memory, or a crash in compiled code)") from None
                if time.monotonic() >= end:
                    raise

    IPyNbCell.sanitize, IPyNbCell.setup, IPyNbCell.runtest = near_text, skip_after_end, run_to_an_end
    IPyNbFile.collect, IPyNbFile.setup = one_or_two_rounds, start
    RunningKernel.execute_cell_input, RunningKernel.get_message = execute, get_message


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Say what of a notebook's outputs is not compared."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += NOT_COMPARED
