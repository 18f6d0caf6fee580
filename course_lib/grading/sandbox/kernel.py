"""A student's kernel, driven from outside with bounds on time, memory and output."""

import asyncio
import contextlib
import errno
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.books.kernels import steady
from course_lib.grading.sandbox import guard, messages, relay, scope, seccomp, walls
from course_lib.grading.sandbox.kernel_side import MIME
from course_lib.grading.sandbox.outputs import add, brief, harmless
from course_lib.ground import ROOT

PAUSE = 5  # seconds before a kernel that did not start is tried again
SHOWN = ("stream", "display_data", "execute_result", "error")


class Stopped(Exception):
    """Why a kernel could not be asked to the end, in plain words."""


class NotStarted(Stopped):
    """Why a kernel did not start."""


class Bounded(NotebookClient):
    """An nbclient that takes from a kernel only plain text, pictures and values, and not too much of them."""

    allowance: int = 0  # bytes that are still kept
    patience: int = 0  # bytes after which the kernel is ended
    sent: list[str]
    flood: bool = False
    late: bool = False  # whether the last cell had to be interrupted
    raised: bool = False  # whether it raised, whatever it showed of that: some notebooks draw tracebacks of their own

    async def _async_handle_timeout(self, timeout: int, cell: Any = None) -> Any:
        self.late = True
        return await super()._async_handle_timeout(timeout, cell)

    async def _check_raise_for_error(self, cell: Any, cell_index: int, exec_reply: dict[str, Any] | None) -> None:
        self.raised = exec_reply is not None and exec_reply["content"]["status"] == "error"

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """One message of the kernel; comms, widgets and updates of earlier outputs are not listened to."""
        kind, content = msg.get("msg_type"), msg.get("content")
        if kind == "status":
            return super().process_message(msg, cell, cell_index)
        if not isinstance(content, dict):
            return None
        size = len(json.dumps(content, default=str)) if kind in SHOWN else 64
        if isinstance(content, messages.Unread):
            size = content.size
        self.patience -= size
        if self.patience < 0 and not self.flood:
            self.flood = True
            guard.kill(self.km)
        if self.flood:
            return None
        data = content.get("data")
        values = data.get(MIME) if kind == "display_data" and isinstance(data, dict) else None
        if values is not None:
            self.sent.append(values if isinstance(values, str) else "")
        elif output := harmless(kind, content):
            if size > self.allowance:
                output, size = brief(output) if kind == "error" else None, 0
            self.allowance -= size
            if output:
                add(cell.outputs, output)
        return None


class Kernel:
    """One student's kernel: `run` executes code and returns its outputs; `sent` holds the values it sent."""

    def __init__(self, client: Bounded, limits: walls.Limits) -> None:
        self.client, self.limits, self.index = client, limits, 0
        self.why = ""  # why it was ended
        self.first, self.open = 0, True  # the process that runs the student's code; whether it can be looked into
        self.folders: list[int] = []  # of the sandbox, in which it can write: open for the watch

    @property
    def sent(self) -> list[str]:
        """The values that the kernel has sent so far, as it wrote them."""
        return self.client.sent

    def run(self, code: str, seconds: float | None = None) -> tuple[list[Any], str]:
        """Execute one cell: its outputs and "ok", "error" or "timeout". Raises Stopped when the kernel is gone."""
        cell = new_code_cell(code)
        self.client.nb.cells.append(cell)
        self.index += 1
        self.client.late, self.client.raised, self.client.timeout = False, False, seconds or self.limits.cell
        try:
            self.client.execute_cell(cell, self.index - 1)
        except CellTimeoutError as error:
            guard.kill(self.client.km)
            late = f"a cell took longer than {seconds or self.limits.cell:g} s and could not be interrupted"
            raise Stopped(self.reason(late)) from error
        except DeadKernelError as error:
            raise Stopped(self.reason()) from error
        except (asyncio.CancelledError, Exception) as error:  # what it sends is the student's: it can be anything
            lost = f"its kernel broke the protocol, or sent too much at once ({type(error).__name__})"
            raise Stopped(self.reason(lost)) from error
        failed = self.client.raised or any(output.output_type == "error" for output in cell.outputs)
        if self.client.late:
            return cell.outputs, "timeout"
        return cell.outputs, "error" if failed else "ok"

    def cpu(self) -> float:
        """Seconds of CPU that its processes have used so far."""
        return guard.cpu(self.client.km)

    def end(self, why: str) -> None:
        """End it at once, for the first reason that is given."""
        self.why = self.why or why
        guard.kill(self.client.km)

    def reason(self, unknown: str = "its kernel died (a crash, os._exit, or too much memory)") -> str:
        """Why the kernel is gone."""
        if self.client.flood:
            return f"it printed more than {20 * self.limits.output} MB"
        return self.why or unknown


@contextlib.contextmanager
def start(
    files: dict[str, Path], modules: Sequence[str], limits: walls.Limits, trusted: bool = False
) -> Iterator[Kernel]:
    """A fresh kernel with these files beside it. Raises Stopped where it does not start, tried twice.

    Nothing of the student's has run by then: it is the machine's fault, or a neighbour's who floods it with processes.
    """
    with contextlib.ExitStack() as stack:
        try:
            kernel = stack.enter_context(start_once(files, modules, limits, trusted))
        except NotStarted:
            time.sleep(PAUSE)
            kernel = stack.enter_context(start_once(files, modules, limits, trusted))
        yield kernel


@contextlib.contextmanager
def start_once(files: dict[str, Path], modules: Sequence[str], limits: walls.Limits, trusted: bool) -> Iterator[Kernel]:
    """The same, tried once. Raises NotStarted."""
    steady()
    with contextlib.ExitStack() as stack:
        place = Path(tempfile.mkdtemp(prefix="k-"))  # short: the path of a socket has 107 bytes at most
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        connection, work = place / "kernel.json", place / "work"  # (ours.json says the same, as the sockets are for us)
        work.mkdir()
        sieve = stack.enter_context(seccomp.opened())
        wires = relay.Relay(place / "w", 24 * limits.output * walls.MB, lambda why: kernel.end(why))
        stack.callback(wires.stop)
        command = [sys.executable, "-P", "-c", relay.LAUNCH, relay.ADDRESS, ",".join(map(str, wires.inherited)),
                   "--log-level=50", "--IPKernelApp.ignore_cwd=True",
                   "-f", str(connection) if trusted else walls.CONNECTION]  # fmt: skip
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
        if trusted:
            for name, file in files.items():
                shutil.copy(file, work / name)
            (work / "course_lib").symlink_to(ROOT / "course_lib")
            place.chmod(0o711)
            walls.hand_over(work)
            line, env = walls.starter(limits, command), env | walls.variables(str(work), str(work))
        else:
            line = scope.within(limits, walls.wrapped(command, limits, files, modules, connection, sieve))
            env |= scope.variables()
        session = messages.Bounded()
        session.told = lambda why: kernel.end(why)
        manager = managed(line, connection, connection_file=str(place / "ours.json"), transport="ipc",
                          ip=wires.address, session=session, **relay.PORTS)  # fmt: skip
        client = Bounded(
            new_notebook(), km=manager, timeout=limits.cell, startup_timeout=60, allow_errors=True,
            iopub_timeout=max(5, int(limits.cell)),  # a quick writer's last words may still be on their way
            interrupt_on_timeout=True, error_on_timeout={"ename": "CellTimeoutError", "evalue": "", "traceback": []},
            record_timing=False, coalesce_streams=False, raise_on_iopub_timeout=True,
        )  # fmt: skip
        client.owns_km = True  # it ends the kernel; it keeps the history in memory by itself
        client.sent, client.allowance, client.patience = [], limits.output * walls.MB, 20 * limits.output * walls.MB
        kernel, done = Kernel(client, limits), threading.Event()
        stack.callback(guard.kill, manager)
        try:
            with open(os.devnull, "r+b") as nothing:
                stack.enter_context(
                    client.setup_kernel(
                        env=env,
                        cwd=str(work),
                        stdin=nothing,
                        stdout=nothing,
                        stderr=nothing,
                        pass_fds=[sieve.fileno(), *wires.inherited],
                    )  # fmt: skip
                )
            wires.given()
            kernel.first = guard.first(manager)
            kernel.open = not any(map(guard.hides, guard.family(manager)))
            if not trusted:
                kernel.folders = guard.folders(kernel.first, walls.SCRATCH)
                stack.callback(guard.close, kernel.folders)
        except (RuntimeError, OSError) as error:
            if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                raise  # the disk's fault: nobody else's kernel will start either
            raise NotStarted(f"its kernel did not start ({error})") from error
        client.nb.metadata.language_info = {"name": "python"}
        watcher = threading.Thread(target=guard.watch, args=(kernel, done), daemon=True)
        watcher.start()
        stack.callback(watcher.join)
        stack.callback(done.set)
        client.shutdown_kernel = "immediate"
        yield kernel


def managed(line: list[str], connection: Path, **settings: Any) -> AsyncKernelManager:
    """What starts this one command line and talks to it over the wires; the kernel reads `connection`."""

    class Manager(AsyncKernelManager):
        """The kernel is told other addresses than we."""

        kernel_spec = KernelSpec(argv=line, language="python", interrupt_mode="message")

        def write_connection_file(self, **kwargs: Any) -> None:
            super().write_connection_file(**kwargs)
            told = json.loads(Path(self.connection_file).read_text("utf-8"))
            connection.write_text(json.dumps(told | {"ip": relay.ADDRESS}), "utf-8")
            connection.chmod(0o600)
            walls.hand_over(connection)

    manager = Manager(**settings)
    manager.context.setsockopt(zmq.MAXMSGSIZE, relay.LARGEST)
    return manager
