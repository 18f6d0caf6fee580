"""A copy of the notebook, run from the top in a fresh kernel with no more around it than the grader has."""

import logging
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from course_lib.books.handed_in import Cell
from course_lib.books.kernels import headless, steady
from course_lib.books.modules import needed
from course_lib.handin import SHEET

HINTS = {
    "FileNotFoundError": " (the grader has your notebook and no other file)",
    "StdinNotImplementedError": " (nobody is there to answer it)",
}


def play(cells: list[Cell], folder: Path, wanted: dict[str, Any], empty: list[str]) -> tuple[list[str], str]:
    """Run a copy from the top in a fresh kernel, with no more around it than the grader has.

    What fails (answers not attempted aside), and why it could not be run to its end, or "".
    """
    import nbformat.v4
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=50"]

    class ThisPython(AsyncKernelManager):
        """Starts the running interpreter, whatever kernel is registered as python3."""

        kernel_spec = KernelSpec(argv=command, language="python")

    steady()
    quiet = logging.getLogger(__name__)
    quiet.addHandler(logging.NullHandler())
    own = [cell for cell in cells if cell.number]
    slow = '__import__("torch"); None' if any("import torch" in cell.text for cell in own) else "None"
    codes = [slow, *(cell.text for cell in own)]  # on a busy machine the import takes long: no cell's limit pays for it
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in codes])
    failed, end = [], time.monotonic() + wanted["seconds"]
    with tempfile.TemporaryDirectory(prefix="check-", ignore_cleanup_errors=True) as scratch:
        place = around(Path(scratch) / "run", folder, wanted["modules"])
        client = NotebookClient(
            notebook, startup_timeout=120, allow_errors=True, log=quiet, record_timing=False,
            interrupt_on_timeout=True, error_on_timeout={"ename": "", "evalue": "", "traceback": []},
            iopub_timeout=10, raise_on_iopub_timeout=True, shutdown_kernel="immediate",
            kernel_manager_class=ThisPython, resources={"metadata": {"path": str(place)}},
        )  # fmt: skip
        cell = None
        try:
            env = dict(headless(Path(scratch)), PYTHONPATH=str(place))
            with client.setup_kernel(env=env, stderr=subprocess.DEVNULL):
                client.timeout = 90
                client.execute_cell(notebook.cells[0], 0)
                for index, cell in enumerate(own, start=1):
                    start = time.monotonic()
                    client.timeout = math.ceil(max(0.1, min(wanted["seconds_a_cell"], end - start)))
                    ran = client.execute_cell(notebook.cells[index], index)
                    if time.monotonic() > end:
                        return failed, f"it takes longer than {wanted['seconds']:g} s: it would be stopped"
                    if time.monotonic() - start >= client.timeout:
                        failed.append(f"{cell.where} takes longer than {client.timeout} s: it would be stopped")
                    else:
                        said = errors(cell, ran.outputs, empty)
                        failed += [line.replace(f"{place}{os.sep}", "") for line in said]
        except DeadKernelError:
            where = f"{cell.where}: the" if cell else "the"
            return failed, f"{where} kernel died (out of memory, exit, or a crash)"
        except CellTimeoutError:
            return failed, f"{cell.where if cell else 'PyTorch'} takes too long and doesn't let itself be stopped"
        except RuntimeError as error:
            return failed, f"the kernel could not be started: {str(error).strip().splitlines()[-1]}"
    return failed, ""


def around(place: Path, folder: Path, modules: list[str]) -> Path:
    """The folder in which the copy runs: the assignment's file, and of the library what the grader has."""
    (place / "course_lib").mkdir(parents=True)
    shutil.copy(folder / SHEET, place)
    for one in needed(modules):
        if one.is_dir():
            shutil.copytree(one, place / "course_lib" / one.name)
        elif one.is_file():
            shutil.copy(one, place / "course_lib")
    return place


def errors(cell: Cell, outputs: list[Any], empty: list[str]) -> list[str]:
    """What a cell raised, where that isn't the fault of an answer that was not attempted."""
    said = []
    for output in outputs:
        if output.output_type != "error" or cell.id.removesuffix("-test") in empty:
            continue
        name, value = str(output.ename), next(iter(str(output.evalue).strip().splitlines()), "")
        if name != "NotImplementedError":
            said.append(f"{cell.where}: {name}: {value[:200]}{HINTS.get(name, '')}")
        elif cell.id or not empty:
            said.append(f"{cell.where}: this answer, or one that it needs, isn't written yet")
    return said
