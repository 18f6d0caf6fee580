"""Run one notebook in a fresh kernel, steadily: what `python -m course_lib run` and `test` share."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path


def headless(scratch: Path) -> dict[str, str]:
    """Environment variables for kernels without a reader: static pictures, no bars, no start-up files, asserts on."""
    env = dict(os.environ, COURSE_HEADLESS="1", TQDM_DISABLE="1", PYTHONHASHSEED="0")
    env |= {"PYDEVD_DISABLE_FILE_VALIDATION": "1", "JUPYTER_PREFER_ENV_PATH": "1"}
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        env[variable] = str(scratch / variable.lower())
    if not home_is_writable():
        env |= elsewhere(scratch)
    for variable in ("MPLBACKEND", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "PYTHONOPTIMIZE"):
        env.pop(variable, None)
    return env


def home_is_writable() -> bool:
    """Whether programs can keep their files in the user's home: not in some containers and class rooms."""
    try:
        with tempfile.TemporaryFile(dir=Path.home()):
            return True
    except (OSError, RuntimeError):  # read-only, full, not there; or no home at all
        return False


def elsewhere(folder: Path) -> dict[str, str]:
    """Variables that make Jupyter, IPython and matplotlib keep their files under this folder and not in the home."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")
    for name in names:
        (folder / name.lower()).mkdir(parents=True, exist_ok=True)
    return {name: str(folder / name.lower()) for name in names}


def steady() -> None:
    """Make nbclient (so nbconvert and nbgrader too) ask for a cell's reply again each second.

    While a cell draws into an ipywidgets Output, nbclient sends on the socket that it also waits on, and on a
    busy machine it can miss the reply: the cell then hangs until its timeout (nbclient issue 312).
    """
    from queue import Empty

    from jupyter_client.utils import ensure_async
    from nbclient import NotebookClient

    if getattr(NotebookClient, "_steady", False):
        return
    stock = NotebookClient._async_poll_for_reply

    async def poll(self, msg_id, cell, timeout, *tasks):
        channel = self.kc.shell_channel
        ask = channel.get_msg

        async def get_msg(timeout=None):
            end = time.monotonic() + (float("inf") if timeout is None else timeout)
            while True:
                left = end - time.monotonic()
                try:
                    return await ensure_async(ask(timeout=min(1.0, max(0.0, left))))
                except Empty:
                    if left <= 0:
                        raise

        channel.get_msg = get_msg
        try:
            return await stock(self, msg_id, cell, timeout, *tasks)
        finally:
            del channel.get_msg

    NotebookClient._async_poll_for_reply, NotebookClient._steady = poll, True


def code_cells(notebook) -> list[int]:
    """The positions of the cells that run; the n-th of them is In [n] on the page."""
    return [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]


class Unwanted(Exception):
    """Raised by the one who watches a notebook run: nobody waits for it any more."""


def drive(
    notebook, folder: Path, env: dict[str, str], tick: Callable[[], None], log: int = subprocess.DEVNULL, **how
) -> BaseException | None:
    """Execute a notebook in a fresh kernel of this very Python; what ended it before its end, or None.

    how: nbclient's traits. A thread drives the kernel, so that this one moves a bar (`tick`) and hears Ctrl-C
    (KeyboardInterrupt) or that nobody wants it any more (Unwanted, raised by `tick`). What the kernel's process says
    on stderr goes into `log`, an open file's number.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.utils import ensure_async
    from nbclient import NotebookClient

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=50"]

    class ThisPython(AsyncKernelManager):
        """Starts the running interpreter, whatever kernel the user has registered as python3."""

        kernel_spec = KernelSpec(argv=command, language="python")

    steady()
    quiet = logging.getLogger(__name__)
    quiet.addHandler(logging.NullHandler())  # whoever plays says it in plain words
    client = NotebookClient(
        notebook, startup_timeout=120, iopub_timeout=10, record_timing=False, kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(folder)}}, log=quiet, **how,
    )  # fmt: skip

    async def go() -> None:
        try:
            await client.async_execute(env=env, stderr=log)
        finally:  # nbclient leaves a kernel that was still starting, and its watchers
            if client.km is not None and client.km.has_kernel:
                await ensure_async(client.km.shutdown_kernel(now=True))
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for one in left:
                one.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    loop = asyncio.new_event_loop()
    task = loop.create_task(go())
    with contextlib.closing(loop), ThreadPoolExecutor(1) as pool:
        job = pool.submit(loop.run_until_complete, task)
        try:
            while not wait([job], timeout=0.4).done:
                tick()
        except (KeyboardInterrupt, Unwanted) as end:
            if isinstance(end, KeyboardInterrupt):
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # the kernel is ended in peace
            client.shutdown_kernel = "immediate"
            loop.call_soon_threadsafe(task.cancel)
            wait([job])
            raise
        return job.exception()


def play(notebook, folder: Path, env: dict[str, str], timeout: int, tick: Callable[[int], None], log: int) -> str:
    """Execute all cells, each within `timeout` seconds; what went wrong, in plain words, or ''. See `drive`."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    numbers, now = {index: n for n, index in enumerate(code_cells(notebook), start=1)}, [0]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    error = drive(
        notebook, folder, env, lambda: tick(now[0]), log, timeout=timeout, coalesce_streams=True,
        on_cell_execute=lambda cell, cell_index: now.__setitem__(0, numbers[cell_index]),
    )  # fmt: skip
    if error is None:
        return ""
    if isinstance(error, CellTimeoutError):
        why = f"still running after {timeout} s, stopped (--timeout)"
    elif isinstance(error, DeadKernelError):
        why = "the kernel died (out of memory, or a crash in compiled code)"
    elif isinstance(error, CellExecutionError):
        why = f"{error.ename}: {(error.evalue.strip().splitlines() or [''])[0]}"
    else:  # whatever it is, it is a line in the table and the next notebook's turn
        why = f"{type(error).__name__}: {last_line(error)}"
    return f"{f'cell {now[0]}' if now[0] else 'the kernel did not start'}: {why}"[:200]


def last_line(error: BaseException) -> str:
    """What an error says at its end; "" where it says nothing."""
    return (str(error).strip().splitlines() or [""])[-1]
