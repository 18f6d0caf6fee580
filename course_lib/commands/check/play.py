"""A copy of the notebook, run from the top in a fresh kernel with no more around it than the grader has."""

import json
import math
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from course_lib.books import kernels
from course_lib.books.bounds import MOST_SHOWN
from course_lib.books.handed_in import Cell
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
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    own = [cell for cell in cells if cell.number]
    slow = '__import__("torch"); None' if any("import torch" in cell.text for cell in own) else "None"
    codes = [slow, *(cell.text for cell in own)]  # on a busy machine the import takes long: no cell's limit pays for it
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in codes])
    failed, end, now, start, limit, shown = [], time.monotonic() + wanted["seconds"], None, 0.0, 90, 0

    def begins(cell: Any, cell_index: int) -> None:
        nonlocal now, start, limit
        if cell_index:
            now, start = own[cell_index - 1], time.monotonic()
            limit = math.ceil(max(0.1, min(wanted["seconds_a_cell"], end - start)))

    def ended(cell: Any, cell_index: int, execute_reply: Any) -> None:
        nonlocal shown
        shown += len(json.dumps(cell.outputs))
        if shown > MOST_SHOWN:
            most = f"{MOST_SHOWN // 2**20} MB"
            raise TimeoutError(f"up to {now.where} it prints and draws more than {most}: it would be stopped")
        if cell_index and time.monotonic() > end:
            raise TimeoutError(f"it takes longer than {wanted['seconds']:g} s: it would be stopped")
        if cell_index and time.monotonic() - start >= limit:
            failed.append(f"{now.where} takes longer than {limit} s: it would be stopped")
        elif cell_index:
            failed.extend(line.replace(f"{place}{os.sep}", "") for line in errors(now, cell.outputs, empty))

    with tempfile.TemporaryDirectory(prefix="check-", ignore_cleanup_errors=True) as scratch:
        place = around(Path(scratch) / "run", folder, wanted["modules"])
        error = kernels.drive(
            notebook, place, dict(kernels.headless(Path(scratch)), PYTHONPATH=str(place)), lambda: None,
            allow_errors=True, interrupt_on_timeout=True, error_on_timeout={"ename": "", "evalue": "", "traceback": []},
            raise_on_iopub_timeout=True, shutdown_kernel="immediate", timeout_func=lambda cell: limit,
            on_cell_execute=begins, on_cell_executed=ended,
        )  # fmt: skip
    if error is None:
        return failed, ""
    if isinstance(error, DeadKernelError):
        return failed, f"{f'{now.where}: the' if now else 'the'} kernel died (out of memory, exit, or a crash)"
    if isinstance(error, CellTimeoutError):
        return failed, f"{now.where if now else 'PyTorch'} takes too long and doesn't let itself be stopped"
    if isinstance(error, TimeoutError):
        return failed, str(error)
    return failed, f"the kernel could not be started: {kernels.last_line(error)}"


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
