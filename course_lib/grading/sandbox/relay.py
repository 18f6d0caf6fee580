"""The wires to a kernel: laid before it starts, and all that comes over them is counted before anything reads it.

A kernel inherits sockets that listen already. Each has its connection, to us, and no path any more: whatever a
submission puts into the place of a file or a socket, nothing of ours ever opens it or connects to it, and a cut wire
stays cut. Our own ZeroMQ talks to the other side of the relay, in a folder that the kernel doesn't see.
"""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from course_lib.grading.sandbox import walls

PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "hb_port": 4, "control_port": 5}
CONNECTIONS = {5: 2}  # the manager of the kernel has one of its own to `control`
ADDRESS = "/run/wire"  # of the kernel's sockets, as it is told: nothing is there
LAUNCH = """
import os, sys
def main():
    import zmq
    plain, to = zmq.Socket.bind, zmq.Socket.connect
    wires = {f"ipc://{sys.argv[1]}-{port}": int(one) for port, one in enumerate(sys.argv[2].split(","), 1)}
    pipes = {}  # what children print comes by TCP, of which there is none here
    def bind(self, address):
        if address in wires:
            self.setsockopt(zmq.USE_FD, wires[address])
            if self.type == zmq.XPUB:
                self.setsockopt(zmq.XPUB_NODROP, 1)  # a quick writer waits: else the word that it has ended may be lost
        return plain(self, address)
    def bind_to_random_port(self, address, *rest, **named):
        number = len(pipes) + 1
        pipes[f"{address}:{number}"] = pipe = f"ipc://@kernel-{os.getpid()}-{number}"
        self.bind(pipe)
        return number
    def connect(self, address):
        return to(self, pipes.get(address, address))
    zmq.Socket.bind, zmq.Socket.bind_to_random_port, zmq.Socket.connect = bind, bind_to_random_port, connect
    sys.argv[:3] = ["ipykernel_launcher"]
    sys.modules["debugpy"] = None  # nobody debugs here: it costs time
    from ipykernel.kernelapp import launch_new_instance
    launch_new_instance()
main()
"""
GREETING, GREETS = 64, 11  # bytes with which both sides of ZeroMQ begin, and those that say its version
LARGEST = 48 * walls.MB  # bytes of one frame
FRAMES = 200_000  # of one kernel; a message has about eight
CHUNK = 2**18


class Cut(Exception):
    """Why a wire was cut, in plain words."""


class Meter:
    """Counts what a kernel sends, on all its wires together: bytes and ZeroMQ's frames."""

    def __init__(self, bytes_: int) -> None:
        self.bytes, self.frames, self.most = bytes_, FRAMES, bytes_ // walls.MB

    def piece(self, size: int) -> None:
        """So many bytes more. Raises Cut."""
        self.bytes -= size
        if self.bytes < 0:
            raise Cut(f"it printed or sent more than {self.most} MB")

    def frame(self, size: int) -> int:
        """A frame more; its size. Raises Cut."""
        self.frames -= 1
        if self.frames < 0:
            raise Cut(f"it sent more than {FRAMES // 8} messages")
        if size > LARGEST:
            raise Cut(f"it printed or sent more than {LARGEST // walls.MB} MB at once")
        return size


class Wire:
    """One wire of a meter: where a frame ends and the next one begins."""

    def __init__(self, meter: Meter) -> None:
        self.meter, self.greeted, self.skip, self.head = meter, False, 0, b""

    def count(self, data: bytes) -> None:
        """The next piece that came, however it was cut. Raises Cut where it is too much, or no ZeroMQ."""
        self.meter.piece(len(data))
        data, at, skip = self.head + data, 0, self.skip
        while skip < len(data) - at:
            at += skip
            head = data[at : at + (9 if data[at] & 2 else 2)] if self.greeted else data[at : at + GREETS]
            if len(head) < (GREETS if not self.greeted else 9 if head[0] & 2 else 2):
                skip = 0
                break  # the rest of it comes with the next piece
            if self.greeted:
                skip = self.meter.frame(int.from_bytes(head[1:], "big"))
            elif (head[0], head[9] & 1) == (0xFF, 1) and head[10] >= 3:  # from version 3 on its frames look like this
                skip, self.greeted = GREETING - GREETS, True
            else:
                raise Cut("it broke the protocol")
            at += len(head)
        taken = min(skip, len(data) - at)
        self.skip, self.head = skip - taken, data[at + taken :]


class Relay:
    """Carries bytes between our sockets, at `address`, and those that a kernel inherits, `inherited`."""

    def __init__(self, place: Path, most: int, cut: Callable[[str], None]) -> None:
        """place: a new folder of ours alone; most: bytes that come in at most; cut: told why, once, in a thread."""
        place.mkdir(mode=0o700)
        self.address, self.meter, self.cut = str(place / "s"), Meter(most), cut
        self.theirs, self.ours = [], []  # (ours: pairs of one that listens and one that is connected to the kernel's)
        for port in PORTS.values():
            path = f"{place}/k"
            listens = listening(path)
            self.theirs.append(listens)
            self.ours.append((listening(f"{self.address}-{port}"), []))
            for _ in range(CONNECTIONS.get(port, 1)):
                wire = socket.socket(socket.AF_UNIX)
                wire.connect(path)
                wire.setblocking(False)
                self.ours[-1][1].append(wire)
            os.unlink(path)
        self.loop = asyncio.new_event_loop()
        self.work = self.loop.create_task(self.all())
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    @property
    def inherited(self) -> list[int]:
        """The descriptors of the sockets on which the kernel listens, in the order of its ports."""
        return [one.fileno() for one in self.theirs]

    def given(self) -> None:
        """The kernel has its sockets: ours of them are closed, so that its end is seen."""
        for one in self.theirs:
            one.close()

    def stop(self) -> None:
        """Cut all wires and wait until the thread has ended."""
        with contextlib.suppress(RuntimeError):  # it has ended
            self.loop.call_soon_threadsafe(self.work.cancel)
        self.thread.join()
        self.given()

    def run(self) -> None:
        """Carry until all wires are cut."""
        with contextlib.suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self.work)
        self.loop.close()
        for listens, wires in self.ours:
            for one in (listens, *wires):
                one.close()

    async def all(self) -> None:
        """Every wire; the first that brings too much cuts all."""
        try:
            async with asyncio.TaskGroup() as group:
                for listens, wires in self.ours:
                    for wire in wires:
                        group.create_task(self.one(listens, wire))
        except* Cut as cuts:
            self.cut(str(cuts.exceptions[0]))

    async def one(self, listens: socket.socket, wire: socket.socket) -> None:
        """One wire, from the moment when our ZeroMQ asks for it, to the kernel's end."""
        near, _ = await self.loop.sock_accept(listens)
        near.setblocking(False)
        up = self.loop.create_task(self.carry(near, wire, len))
        try:
            await self.carry(wire, near, Wire(self.meter).count)
        finally:
            up.cancel()
            await asyncio.gather(up, return_exceptions=True)
            near.close(), wire.close()

    async def carry(self, source: socket.socket, target: socket.socket, count: Callable[[bytes], object]) -> None:
        """One direction, until an end is closed."""
        with contextlib.suppress(OSError):
            while data := await self.loop.sock_recv(source, CHUNK):
                count(data)
                await self.loop.sock_sendall(target, data)


def listening(path: str) -> socket.socket:
    """A socket of ours that listens here."""
    one = socket.socket(socket.AF_UNIX)
    one.bind(path)
    one.listen(4)
    one.setblocking(False)
    return one
