"""Before handing in: is the notebook whole, and does it run from the top? (`python -m course_lib check FILE`)

A front room: it may import other modules of the library. It changes nothing and sends nothing.
"""

import ast
import hashlib
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from course_lib.handin import SHEET, sheet
from course_lib.kernels import steady

LARGEST = 20 * 2**20  # bytes: more is not graded


class NotReady(Exception):
    """Why a file can't be checked at all, and what to do."""


def load(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The notebook and what its assignment asks for. Raises NotReady."""
    if not file.is_file():
        raise NotReady(f"there is no file {file}")
    if file.stat().st_size > LARGEST:
        raise NotReady(
            f"{file.name} has {file.stat().st_size / 2**20:.0f} MB, 20 at most: clear its outputs and save it"
        )
    try:
        notebook = json.loads(file.read_text("utf-8"))
        list(map(text, notebook["cells"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotReady(f"{file.name} is damaged or no notebook: open it in JupyterLab and save it again") from error
    try:
        wanted = sheet(file.parent)
    except ValueError as error:
        raise NotReady(f"{SHEET} beside it is damaged: take it from the assignment again") from error
    if not wanted:
        raise NotReady(f"there is no {SHEET} beside {file.name}: check it in the assignment's folder")
    if file.stem != wanted["assignment"]:
        raise NotReady(f"the file must be called {wanted['assignment']}.ipynb, as it was handed out")
    return notebook, wanted


def text(cell: dict[str, Any]) -> str:
    """A cell's source."""
    return "".join(cell["source"])


def name_of(cell: dict[str, Any]) -> str:
    """The id that the assignment gave the cell, or ""."""
    mark = (cell.get("metadata") or {}).get("nbgrader") or {}
    return mark.get("grade_id", "")


def shape(notebook: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """What is wrong with the cells: missing, double, changed, foreign."""
    there = Counter(filter(None, map(name_of, notebook["cells"])))
    by_name = {name_of(cell): cell for cell in notebook["cells"]}
    faults = []
    if not there:
        return [
            "none of the cells has its mark any more (some editors drop them): copy your answers into a fresh copy "
            "of the notebook, and edit it in JupyterLab"
        ]
    for cell in wanted["cells"]:
        name = cell["id"]
        if not there[name]:
            what = {"answer": "your answer", "written": "your written answer"}.get(cell["kind"], "a fixed cell")
            faults.append(f"the cell {name!r} is missing ({what}): take it from a fresh copy of the notebook")
        elif there[name] > 1:
            faults.append(
                f"the cell {name!r} is there {there[name]} times: only the last one counts, delete the others"
            )
        elif cell["sha256"] and digest(text(by_name[name])) != cell["sha256"]:
            faults.append(f"the fixed cell {name!r} was changed: the original is graded, so restore it")
    known = {cell["id"] for cell in wanted["cells"]}
    faults += [
        f"the cell {name!r} has an id that isn't the assignment's: it isn't graded" for name in there.keys() - known
    ]
    return faults


def digest(source: str) -> str:
    """What a cell's text is recognised by."""
    return hashlib.sha256(source.strip().encode()).hexdigest()


def content(notebook: dict[str, Any], wanted: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What would go wrong in grading, and the answers that are still as they were handed out."""
    faults, stubs = [], {cell["id"]: cell["stub"] for cell in wanted["cells"] if cell["kind"] != "fixed"}
    empty = [name for cell in notebook["cells"] if digest(text(cell)) == stubs.get(name := name_of(cell), "")]
    for number, cell in enumerate((one for one in notebook["cells"] if one["cell_type"] == "code"), start=1):
        code = text(cell)
        if re.search(r"^\s*STUDENT\s*=\s*(\"\s*\"|'\s*')\s*$", code, re.MULTILINE):
            faults.append("STUDENT is empty: write your own name for this course, your numbers depend on it")
        if re.search(r"^\s*[!%]|\binput\(", code, re.MULTILINE) and not name_of(cell):
            faults.append(f"code cell {number} uses input(), ! or %: nobody can answer it when it is graded")
        faults += [
            f"code cell {number} imports course_lib.{module}: the grader doesn't have it"
            for module in sorted(imports(code) - set(wanted["modules"]))
        ]
    return faults, empty


def imports(code: str) -> set[str]:
    """The modules of course_lib that this code imports."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "course_lib":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course_lib."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {name.name.split(".")[1] for name in node.names if name.name.startswith("course_lib.")}
    return found


def play(file: Path, wanted: dict[str, Any], empty: list[str]) -> tuple[list[str], float]:
    """Run a copy from the top in a fresh kernel: what fails (answers not attempted aside), and the seconds."""
    import nbformat
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    class ThisPython(AsyncKernelManager):
        """Starts the running interpreter, whatever kernel is registered as python3."""

        kernel_spec = KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=50"]
        )

    steady()
    notebook, start = nbformat.read(file, as_version=4), time.monotonic()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook, timeout=wanted["seconds_a_cell"], allow_errors=True, kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(file.parent)}},
    )  # fmt: skip
    try:
        client.execute()
    except CellTimeoutError:
        return [f"a cell takes longer than {wanted['seconds_a_cell']} s: it would be stopped"], time.monotonic() - start
    except DeadKernelError:
        return ["the kernel died (out of memory, exit, a crash): nothing would be graded"], time.monotonic() - start
    faults = []
    for number, cell in enumerate((one for one in notebook.cells if one.cell_type == "code"), start=1):
        for output in cell.outputs:
            name = name_of(cell)
            if output.output_type == "error" and name.removesuffix("-test") not in empty:
                where = f"the test {name!r}" if name.endswith("-test") else f"code cell {number} {name}".strip()
                faults.append(
                    f"{where}: {output.ename}: {output.evalue.splitlines()[0] if output.evalue else ''}"[:200]
                )
    return faults, time.monotonic() - start


def main(argv: list[str]) -> int:
    """Check one file; 0 when it is ready to be handed in."""
    if len(argv) != 1 or argv[0].startswith("-"):
        print("python -m course_lib check FILE.ipynb    is it whole, does it run, what is still empty?")
        return 0 if argv[:1] in (["-h"], ["--help"]) else 2
    file = Path(argv[0]).resolve()
    try:
        notebook, wanted = load(file)
    except NotReady as reason:
        print(f"✗ {reason}")
        return 1
    faults = shape(notebook, wanted)
    more, empty = content(notebook, wanted)
    print("Running it from the top in a fresh kernel ...", flush=True)
    failed, seconds = play(file, wanted, empty)
    if seconds > wanted["seconds"]:
        failed.append(f"it took {seconds:.0f} s, {wanted['seconds']} at most")
    for fault in [*faults, *more]:
        print(f"✗ {fault}")
    for name in empty:
        print(f"○ {name}: not attempted")
    for fault in failed:
        print(f"✗ {fault}")
    if faults or more or failed or empty:
        count = len(faults + more + failed)
        print(f"{count} things to look at, {len(empty)} answers missing. You can hand it in as it is.")
        return 1
    print(f"✓ Ready to hand in: all cells are there, it runs from the top in {seconds:.0f} s, the visible tests pass.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
