"""The sandbox itself: what a kernel can reach, what it can make the grader do, and what it may take of the machine."""

import json
import mmap
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests import needs

needs.nbgrader()
needs.sandbox()

from course_lib.books import bounds  # noqa: E402
from course_lib.grading.sandbox import calls, counts, guard, messages, probe, relay, scope, seccomp, walls  # noqa: E402
from course_lib.grading.sandbox.kernel import Stopped, start  # noqa: E402
from course_lib.ground import ROOT  # noqa: E402
from tests.grading.hostile import brackets  # noqa: E402

MB = walls.MB
LIMITS = walls.Limits(seconds=40, cell=20, memory=1500)


def said(outputs) -> str:
    """All that a cell showed as text."""
    return "".join(one.get("text") or one.get("evalue") or one.get("data", {}).get("text/plain", "") for one in outputs)


def ended(code: str, limits: walls.Limits = LIMITS) -> tuple[str, int]:
    """Why a kernel that runs this was ended, and the bytes by which this process grew meanwhile."""
    here, most, done = psutil.Process(), [0], threading.Event()
    with start({}, [], limits) as kernel:
        before = here.memory_info().rss

        def look() -> None:
            while not done.wait(0.02):
                most[0] = max(most[0], here.memory_info().rss - before)

        looking = threading.Thread(target=look)
        looking.start()
        try:
            with pytest.raises(Stopped) as why:
                kernel.run(code)
                for _ in range(60):  # a quick one ends before the watch looks
                    time.sleep(0.1)
                    kernel.run("1")
        finally:
            done.set()
            looking.join()
    return str(why.value), most[0]


# -- the grader's own hand --------------------------------------------------------------------------------------

SWAPS = """
import os, re, socket, threading, time
names, folders = {f"{start}-{n}" for start in ("s", "wire", "k", "kernel") for n in range(1, 6)}, set()
for path in re.findall(r"(/\\S+)", open("/proc/net/unix").read()):
    folders.add(os.path.dirname(path)), names.add(os.path.basename(path))
folders |= {"/run/course-kernel", "/run", "/tmp", "/sub", os.path.expanduser("~"), "/dev/shm", "/tmp/k", "."}
def swap():
    while True:
        for folder in folders:
            for name in names:
                try:
                    if os.path.lexists(f"{folder}/{name}"):
                        os.remove(f"{folder}/{name}")
                    os.symlink("@HOST@", f"{folder}/{name}")
                except OSError:
                    pass
threading.Thread(target=swap, daemon=True).start()
time.sleep(0.5)
"""
CUT = """
import gc, socket, zmq
for number in range(3, 256):  # cut every wire: whoever connects again now meets the links
    try:
        one = socket.socket(fileno=os.dup(number))
        if one.getsockname() and not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
time.sleep(3)
"""


@pytest.fixture
def host(tmp_path):
    """A socket of the machine on which nobody but its owner should call; how often somebody did."""
    path, counted = tmp_path / "host", []
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))
        path.chmod(0o777)
        one.listen(100)
        one.settimeout(0.1)
        over = threading.Event()

        def count() -> None:
            while not over.is_set():
                try:
                    one.accept()[0].close()
                    counted.append(1)
                except TimeoutError:
                    pass

        counter = threading.Thread(target=count)
        counter.start()
        yield path, counted
        over.set()
        counter.join()


def test_links_in_place_of_sockets_lead_nowhere(host):
    path, counted = host
    swaps = SWAPS.replace("@HOST@", str(path))
    with start({}, [], LIMITS) as kernel:
        assert kernel.run(swaps)[1] == "ok"
        assert said(kernel.run("print(6 * 7)")[0]) == "42\n", "links alone change nothing"
        with pytest.raises(Stopped):
            kernel.run(CUT, seconds=8)
    assert not counted, f"the grader connected {len(counted)} times to a socket of the machine"


def test_a_wire_has_no_path_and_no_second_connection(tmp_path):
    """What the kernel inherits can't be reached by anybody else, and one end's loss isn't mended."""
    cut = []
    wires = relay.Relay(tmp_path / "w", MB, cut.append)
    try:
        assert {file.name for file in (tmp_path / "w").iterdir()} == {f"s-{port}" for port in relay.PORTS.values()}
        assert (tmp_path / "w").stat().st_mode & 0o777 == 0o700
        kernel_side = socket.socket(fileno=os.dup(wires.inherited[1]))
        kernel_side.settimeout(5)
        with socket.socket(socket.AF_UNIX) as ours, socket.socket(socket.AF_UNIX) as again:
            ours.connect(f"{wires.address}-2")
            theirs, _ = kernel_side.accept()
            ours.sendall(b"to the kernel")
            assert theirs.recv(100) == b"to the kernel"
            theirs.close()
            ours.settimeout(5)
            assert ours.recv(1) == b"", "the loss is passed on"
            again.settimeout(0.5)
            again.connect(f"{wires.address}-2")
            again.sendall(b"x")
            with pytest.raises(TimeoutError):
                again.recv(1)
            kernel_side.settimeout(0.5)
            with pytest.raises((TimeoutError, BlockingIOError)):
                kernel_side.accept()
        kernel_side.close()
    finally:
        wires.stop()
    assert not cut


# -- what comes over the wires ----------------------------------------------------------------------------------

HELLO = bytes([0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1]) + bytes(52)


@pytest.mark.parametrize("step", [1, 7, 64, 10**6])
def test_bytes_and_frames_are_counted_however_they_are_cut(step):
    meter = relay.Meter(MB)
    wire = relay.Wire(meter).count
    sent = HELLO + b"\0\3abc" + b"\2" + (300).to_bytes(8, "big") + bytes(300) + b"\1\0" * 5
    for at in range(0, len(sent), step):
        wire(sent[at : at + step])
    assert (meter.bytes, meter.frames) == (MB - len(sent), relay.FRAMES - 7)


@pytest.mark.parametrize(
    "sent, why",
    [
        (b"GET / HTTP/1.1\r\n", "broke the protocol"),
        (b"\1" * 11, "broke the protocol"),
        (HELLO[:10] + b"\1" + HELLO[11:], "broke the protocol"),  # an old version, whose frames look different
        (HELLO + b"\2" + (2**40).to_bytes(8, "big"), "MB at once"),
        (HELLO + b"\2" + b"\xff" * 8, "MB at once"),
        (HELLO + b"\1\0" * (relay.FRAMES + 1), "messages"),
        (HELLO + b"\2" + (2 * MB).to_bytes(8, "big") + bytes(2 * MB), "more than 1 MB"),
    ],
    ids=["another protocol", "version 1", "version 2", "a long frame", "longest", "many frames", "many bytes"],
)
def test_what_is_too_much_cuts_the_wire(sent, why):
    wire = relay.Wire(relay.Meter(MB)).count
    with pytest.raises(relay.Cut, match=why):
        for at in range(0, len(sent), 1000):
            wire(sent[at : at + 1000])


@pytest.mark.parametrize(
    "bad",
    [
        b"[" + b"[]," * 10**7 + b"[]]", b"[" * 10**6, b'{"a":' * 3000, b"[" + b"1," * 10**6 + b"1]", b'{"":' * 10**6,
        b'["' + b'","' * 10**6 + b'"]', b'"' * 10**6, b'["\\\\",' * 10**5, b'"' + b'\\"' * 10**6 + b'",' * 10**6,
        b'["x\\\\"' + b",[" * 200 + b"]" * 200 + b"]",
    ],
    ids=["lists", "deep", "deep names", "numbers", "names", "texts", "quotes", "backslash", "escaped", "hidden depth"],
)  # fmt: skip
def test_a_frame_of_a_bad_shape_is_never_parsed(bad):
    started = time.process_time()
    assert messages.pieces(bad, messages.PIECES) > messages.PIECES
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "good",
    [
        {"text": "x" * 10**7}, {"text": "[{,:" * 10**6}, {"text": '"' * 10**6 + "\\" * 10**6},
        {"a": ["\\", '"', "\\\\"]},
        {"data": {"image/png": "iVBOR" * 10**6}}, {"list": list(range(50_000))}, [[[[{"x": "[[[[" * 999}]]]], "", {},
        {"v": json.dumps({"shape": [64, 64], "data": [0.5] * 4096})},
    ],
    ids=["long", "brackets in a text", "quotes in a text", "escapes", "picture", "numbers", "nested", "empty", "none",
         "values"],
)  # fmt: skip
def test_what_honest_kernels_send_passes(good):
    for escaped in (True, False):
        frame = json.dumps(good, ensure_ascii=escaped).encode()
        assert messages.pieces(frame, messages.PIECES) <= messages.PIECES
        assert not messages.fault([b"signature", b"{}", b"{}", b"{}", frame])


def test_headers_and_parts_are_bounded():
    assert "protocol" in messages.fault([b"", b"{}", b"x" * 30_000, b"{}", b"{}"])
    assert "protocol" in messages.fault([b""] * 1000)
    assert "values" in messages.fault([b"", b"[" * 10_000, b"{}", b"{}", b"{}"])


PARTS = """
import time, zmq
thread = get_ipython().kernel.iopub_thread
def pour():
    for _ in range(3_000_000):
        thread.socket.send(b"", zmq.SNDMORE)
    thread.socket.send(b"")
thread.schedule(pour)
time.sleep(20)
"""


@pytest.mark.parametrize(
    "code, why, room",
    [(brackets(14), "held more than", 400), (PARTS, "messages|memory", 200)],
    ids=["large", "many parts"],
)
def test_a_message_cannot_fill_the_grader(code, why, room):
    reason, grown = ended(code)
    assert any(word in reason for word in why.split("|")), reason
    assert grown < room * MB, f"{grown / MB:.0f} MB"


CHART = "get_ipython().display_pub.publish({'application/vnd.plotly.v1+json': {'x': list(range(250_000))}})"


def test_a_chart_of_many_points_is_left_out_and_what_follows_runs():
    with start({}, [], LIMITS) as kernel:
        shown, state = kernel.run(CHART)
        assert state == "ok" and messages.UNREAD in str(shown)
        assert said(kernel.run("print(6 * 7)")[0]) == "42\n"
        with pytest.raises(Stopped, match="printed more than"):
            kernel.run(f"for _ in range(30):\n    {CHART}")
    assert walls.Limits().output * 20 * MB == bounds.MOST_SHOWN, "what `check` says"


def test_a_traceback_names_no_folder_of_the_machine():
    with start({}, [], LIMITS) as kernel:
        shown, state = kernel.run(
            "import torch, sys\nprint(sys.prefix, sys.base_prefix)\ntorch.zeros(2).view(3)\n1 / 0"
        )
        lines = str(shown) + str(kernel.run("import json\njson.loads('{')")[0])
    assert state == "error" and "json/decoder.py" in lines
    for place in (sys.prefix, sys.base_prefix, str(ROOT), str(Path.home())):
        assert place.startswith("/usr") or place not in lines


# -- what a kernel takes ----------------------------------------------------------------------------------------

FLOODS = {
    "files": "import os\nfor n in range(10**7):\n    os.close(os.open(f'/tmp/{n}', os.O_CREAT))",
    "folders": "import os\nfor n in range(10**7):\n    os.mkdir(f'/dev/shm/{n}')",
    "links": "import os\nfor n in range(10**7):\n    os.symlink('/', f'/sub/{n}')",
    "hard links": "import os\nopen('/tmp/x', 'w').close()\nfor n in range(10**7):\n    os.link('/tmp/x', f'/tmp/{n}')",
    "deep": "import os\nos.chdir('/tmp/home')\nfor n in range(10**7):\n    os.mkdir('d')\n    os.chdir('d')",
    "several": "import os\nfor n in range(10**7):\n    for place in ('/tmp', '/dev/shm', '/sub'):\n"
    "        os.close(os.open(f'{place}/{n}', os.O_CREAT))",
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_of_files_is_ended(kind):
    reason, _ = ended(FLOODS[kind])
    assert reason == f"it made more than {guard.MOST_FILES} files"


def test_open_sockets_are_counted():
    """Each holds what was sent and not yet read, which no process is charged for."""
    code = "import os, time\nfor _ in range(10):\n    if os.fork() == 0:\n"
    code += "        kept = [os.dup(0) for _ in range(180)]\n        time.sleep(20)\ntime.sleep(20)"
    assert ended(code)[0] == f"it held more than {guard.MOST_OPEN} files, pipes or sockets open"


MAPS = """
import mmap, time
kind = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
kept = [mmap.mmap(-1, 4096, kind, mmap.PROT_READ | (mmap.PROT_WRITE if n % 2 else 0)) for n in range(20_000)]
time.sleep(20)
"""


def test_pieces_of_memory_are_counted():
    """Each takes the system's memory, and the watch's time to look at it."""
    assert ended(MAPS)[0] == f"it mapped more than {counts.MOST_MAPPINGS} pieces of memory"


HIDES = """
import os, shutil, subprocess, time
shutil.copy("/bin/sleep", "/tmp/hidden")
os.chmod("/tmp/hidden", 0o111)
subprocess.run(["/tmp/hidden", "20"])
"""


@pytest.mark.skipif(walls.superuser(), reason="nothing hides from root")
def test_a_program_that_cannot_be_looked_into_is_ended():
    assert ended(HIDES)[0] == "one of its processes hides what it uses"


def test_what_hides_is_told_from_what_has_ended(monkeypatch):
    assert not guard.hides(psutil.Process())

    def refuse(place):
        raise refusals.pop()

    monkeypatch.setattr(guard.os, "listdir", refuse)
    for first, second, hidden in (
        (PermissionError, PermissionError, True), (PermissionError, ProcessLookupError, False),
        (FileNotFoundError, PermissionError, False),
    ):  # fmt: skip
        refusals = [second(), first()]
        assert guard.hides(psutil.Process()) == hidden


def test_a_watch_that_fails_ends_the_kernel():
    ends, kernel = [], type("", (), {"end": lambda self, why: ends.append(why), "limits": LIMITS, "client": None})()
    with pytest.raises(AttributeError):
        guard.watch(kernel, threading.Event())
    assert ends == ["it could not be watched (AttributeError)"]


@pytest.mark.parametrize("seen, more", [([9, 1], False), ([9, 9, 1], False), ([9, 9, 9], True), ([1], False)])
def test_one_count_that_is_too_large_ends_nobody(monkeypatch, seen, more):
    """A process that ends while the others are counted leaves its share to them: seen with eight helpers at once."""
    said = iter(seen)
    monkeypatch.setattr(guard, "memory", lambda processes, most: next(said))
    assert guard.takes_more([], 5) == more and not [*said]


def test_the_systems_tables_count_as_memory():
    """Pages that were only read are nobody's own; what maps them is."""
    block = mmap.mmap(-1, 1024 * MB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    before = counts.tables([psutil.Process()])
    block.madvise(mmap.MADV_NOHUGEPAGE)
    for at in range(0, len(block), 4096):
        block[at]
    assert counts.tables([psutil.Process()]) - before >= 2 * MB - 4096 * 8
    block.close()


BUSY = """
import os, time
for number in range(12):
    if os.fork() == 0:
        if number % 2:
            os.setsid()  # a share of its own, on systems that give one to each session
        end = time.time() + 30
        while time.time() < end:
            pass
        os._exit(0)
"""
BACK = """
import os
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
for call in (lambda: os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)), lambda: os.nice(-5),
             lambda: os.sched_setaffinity(0, {0}), lambda: os.open("/proc/self/autogroup", os.O_WRONLY)):
    try:
        call()
        print("DONE")
    except OSError:
        print("no")
print(os.sched_getscheduler(0) == os.SCHED_IDLE)
"""


def inside(code: str) -> str:
    """What a plain Python in the sandbox prints."""
    with seccomp.opened() as sieve:
        line = walls.wrapped([sys.executable, "-P", "-c", code], LIMITS, {}, [], None, sieve)
        done = subprocess.run(line, capture_output=True, text=True, timeout=100, cwd="/", pass_fds=[sieve.fileno()])
    return done.stdout + done.stderr


def test_many_busy_processes_yield_to_all_others():
    with start({}, [], LIMITS) as kernel:
        assert kernel.run(BUSY)[1] == "ok"
        for _ in range(150):
            family = [one.pid for one in guard.family(kernel.client.km)]
            policies = [os.sched_getscheduler(one) for one in family]
            own = [one for one in family if os.getsid(one) == one][-6:]  # those with a session of their own
            shares = [text.read_text() for one in own if (text := Path(f"/proc/{one}/autogroup")).exists()]
            small = all(share.endswith("nice 19\n") for share in shares)
            if policies.count(os.SCHED_IDLE) == 12 and small:
                break
            time.sleep(0.1)
        assert policies.count(os.SCHED_IDLE) == 12 and small, shares
        assert os.sched_getscheduler(kernel.first) == os.SCHED_OTHER, "its own work goes on as before"


def test_nobody_gets_back_from_there():
    assert inside(BACK).split() == ["no", "no", "no", "no", "True"]


def test_one_busy_process_does_not_yield():
    with start({}, [], LIMITS) as kernel:
        assert kernel.run("import time\nend = time.time() + 2\nwhile time.time() < end:\n    pass")[1] == "ok"
        assert {os.sched_getscheduler(one.pid) for one in guard.family(kernel.client.km)} == {os.SCHED_OTHER}


# -- system calls and families ----------------------------------------------------------------------------------

ALLOW, KILL = seccomp.ALLOW, seccomp.KILL


def answer(machine: str, number: int, *arguments: int, audit: int = 0) -> int:
    """What the filter says to this call, as the kernel would run it."""
    data = {0: number, 4: audit or seccomp.AUDIT[machine]}
    data |= {16 + 8 * at: value & 0xFFFFFFFF for at, value in enumerate([*arguments, *[0] * 6][:6])}
    lines, at, held = seccomp.program(machine), 0, 0
    while True:
        code, yes, no, constant = lines[at]
        at += 1
        if code == seccomp.LOAD:
            held = data[constant]
        elif code == seccomp.RETURN:
            return constant
        else:
            test = {seccomp.EQUAL: held == constant, seccomp.AT_LEAST: held >= constant}
            at += yes if test.get(code, held & constant) else no


FORBIDDEN = {  # by hand, from the kernel's tables
    "x86_64": {
        "shmget": 29, "shmat": 30, "semget": 64, "msgget": 68, "ptrace": 101, "syslog": 103, "mknod": 133,
        "personality": 135, "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "init_module": 175,
        "setxattr": 188, "io_setup": 206, "mq_open": 240, "add_key": 248, "request_key": 249, "keyctl": 250,
        "inotify_init": 253,
        "unshare": 272, "splice": 275, "tee": 276, "vmsplice": 278, "perf_event_open": 298, "fanotify_init": 300,
        "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "sched_setattr": 314, "sched_setaffinity": 203,
        "seccomp": 317, "memfd_create": 319, "bpf": 321, "execveat": 322, "userfaultfd": 323, "io_uring_setup": 425,
        "pidfd_getfd": 438, "landlock_create_ruleset": 444,
    },
    "aarch64": {
        "io_setup": 0, "setxattr": 5, "inotify_init1": 26, "mknodat": 33, "umount2": 39, "mount": 40, "pivot_root": 41,
        "chroot": 51, "vmsplice": 75, "splice": 76, "personality": 92, "unshare": 97, "init_module": 105, "ptrace": 117,
        "syslog": 116, "sched_setaffinity": 122, "msgget": 186, "semget": 190, "shmget": 194, "shmat": 196,
        "mq_open": 180, "add_key": 217, "keyctl": 219, "perf_event_open": 241, "fanotify_init": 262, "setns": 268,
        "process_vm_readv": 270, "sched_setattr": 274, "seccomp": 277, "memfd_create": 279, "bpf": 280, "execveat": 281,
        "userfaultfd": 282, "io_uring_setup": 425, "pidfd_getfd": 438,
    },
}  # fmt: skip
NEEDED = {
    "x86_64": {"read": 0, "openat": 257, "execve": 59, "futex": 202, "exit_group": 231, "getrandom": 318, "rseq": 334},
    "aarch64": {"read": 63, "openat": 56, "execve": 221, "futex": 98, "exit_group": 94, "getrandom": 278, "rseq": 293},
}


@pytest.mark.parametrize("machine", calls.MACHINES)
def test_only_listed_calls_pass(machine):
    listed = calls.numbers(calls.FREE, machine) | calls.numbers(calls.BY_ARGUMENT, machine)
    assert NEEDED[machine].items() <= listed.items() and not FORBIDDEN[machine].keys() & listed.keys()
    free = {number for number in range(600) if answer(machine, number, 2**32 - 1, 2**31) == ALLOW}
    passes = free - {calls.numbers(calls.BY_ARGUMENT, machine)["mmap"]}
    assert passes == set(calls.numbers(calls.FREE, machine).values())
    assert all(answer(machine, one) != ALLOW for one in FORBIDDEN[machine].values())
    other = seccomp.AUDIT[next(one for one in calls.MACHINES if one != machine)]
    assert answer(machine, NEEDED[machine]["read"], audit=other) == answer(machine, 0, audit=0x40000003) == KILL


def test_calls_are_judged_by_their_arguments():
    for machine in calls.MACHINES:
        number = calls.numbers(calls.BY_ARGUMENT, machine)
        for family in range(64):
            for call in ("socket", "socketpair"):
                assert (answer(machine, number[call], family) == ALLOW) == (family == socket.AF_UNIX)
        for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
            assert answer(machine, number["clone"], 0x11 | flag) != ALLOW
        assert answer(machine, number["clone"], 0x3D0F00) == answer(machine, number["clone"], 0x11) == ALLOW
        assert answer(machine, number["ioctl"], 0, 0x5401) == ALLOW
        for asked in (0x5412, 0x541C, 0x5423, 0x8910, 0x8912, 0x894C):  # TIOCSTI, TIOCLINUX, TIOCSETD, SIOCG*
            assert answer(machine, number["ioctl"], 0, asked) != ALLOW
        for option in (4, 8, 22, 35, 36):  # PR_SET_DUMPABLE, KEEPCAPS, SECCOMP, MM, CHILD_SUBREAPER
            assert answer(machine, number["prctl"], option) != ALLOW
        for command in (6, 7, 37, 38, 8, 1024, 1031, 1033):  # locks, owners, leases, larger pipes, seals
            assert answer(machine, number["fcntl"], 0, command) != ALLOW
        for option in (7, 8, 26, 32, 33, 50):  # buffers and filters
            assert answer(machine, number["setsockopt"], 0, 1, option) != ALLOW
        for kind, passes in ((0x01, True), (0x22, True), (0x21, False), (0x8021, False), (0x23, False), (0x12, True)):
            assert (answer(machine, number["mmap"], 0, 4096, 3, kind) == ALLOW) == passes
    assert answer("x86_64", 0x40000000 + 1) == KILL


def test_the_tables_are_those_of_the_headers():
    for machine, header in (("x86_64", "x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "asm-generic/unistd.h")):
        if not (file := Path("/usr/include") / header).exists():
            pytest.skip("the kernel's headers aren't installed")
        found = dict(line.split()[1:3] for line in file.read_text().splitlines() if line.startswith("#define __NR"))
        names = {name.replace("__NR3264_", "").replace("__NR_", ""): text for name, text in found.items()}
        for name, number in (calls.numbers(calls.FREE, machine) | calls.numbers(calls.BY_ARGUMENT, machine)).items():
            at = names[name]
            if at.startswith("__NR3264_"):  # one number under two names
                at = found[at]
            assert number == int(at), name


def test_the_filter_fits_the_file_that_bubblewrap_takes():
    for machine in calls.MACHINES:
        lines = seccomp.program(machine)
        for at, (code, yes, no, _) in enumerate(lines):
            jumps = code not in (seccomp.LOAD, seccomp.RETURN)
            assert max(yes, no) < 256 and (not jumps or at + 1 + max(yes, no) < len(lines))
    assert seccomp.program("a machine from the future") == []
    with seccomp.opened() as file:
        assert len(file.read()) == 8 * len(seccomp.program()), "bubblewrap takes 8 bytes for each line"


def test_an_open_family_or_a_missing_filter_stops_grading(monkeypatch):
    walls.check([])
    monkeypatch.setattr(seccomp, "program", lambda: [[seccomp.RETURN, 0, 0, ALLOW]])
    with pytest.raises(walls.NoSandbox, match="other families than AF_UNIX.*AF_INET.*system calls"):
        walls.check([])
    monkeypatch.setattr(seccomp, "program", lambda: [])
    with pytest.raises(walls.NoSandbox, match="filter of system calls is missing for this machine"):
        walls.check([])


def test_each_family_is_named():
    found = dict.fromkeys(probe.MEANS, False) | {"families": [40, 45]}
    assert probe.holes(found) == ["sockets of other families than AF_UNIX can be made inside: AF_VSOCK, 45"]
    assert not probe.holes(found | {"families": []})


KEEPS = """
import ctypes, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
print("BLOCK" if libc.mmap(None, 4096, 3, 0x21, -1, 0) != -1 else "no block")
try:
    print("BLOCK", mmap.mmap(os.open("/dev/zero", os.O_RDWR), 4096))
except OSError as error:
    print(error.strerror)
"""
OWN = """
import sys
get_ipython().set_custom_exc((KeyError,), lambda shell, kind, value, *rest, **more: print("as I like it:", value))
get_ipython().showtraceback = lambda *a, **k: print("also mine:", sys.exc_info()[1])
"""


def test_memory_that_stays_without_a_file_cannot_be_had():
    """A block that was filled and given back, but for one page, stayed whole, and the watch saw that page."""
    with start({}, [], LIMITS) as kernel:
        assert said(kernel.run(KEEPS)[0]).split("\n")[:2] == ["no block", "Permission denied"]
        assert said(kernel.run("import torch\nprint(torch.zeros(3).share_memory_().is_shared())")[0]) == "True\n"


def test_a_cell_that_raises_has_raised_however_its_author_shows_it():
    with start({}, [], LIMITS) as kernel:
        assert kernel.run(OWN)[1] == "ok"
        for code, says in (("{}['x']", "as I like it: 'x'\n"), ("assert 1 == 2, 'no'", "also mine: no\n")):
            outputs, state = kernel.run(code)
            assert (said(outputs), state) == (says, "error")
        assert kernel.run("1 + 1")[1] == "ok"


ORDINARY = """
import asyncio, concurrent.futures, multiprocessing, os, shutil, socket, sqlite3, subprocess, tempfile, threading, time
place = tempfile.mkdtemp()
open(f"{place}/a", "w").write("x")
shutil.copy2(f"{place}/a", f"{place}/b"), shutil.move(f"{place}/b", f"{place}/c"), shutil.rmtree(place)
print(subprocess.run(["echo", "a program"], capture_output=True, text=True).stdout, end="")
with concurrent.futures.ProcessPoolExecutor(2) as pool:
    print(list(pool.map(abs, [-1, -2])))
with multiprocessing.Pool(2) as pool:
    print(pool.map(abs, [-3, -4]))
child = multiprocessing.Process(target=print, args=("a child prints",))
child.start(), child.join()
thread = threading.Thread(target=print, args=("a thread",))
thread.start(), thread.join()
await asyncio.sleep(0.01)
print(sqlite3.connect(":memory:").execute("select 5").fetchall())
one, other = socket.socketpair()
one.send(b"a pair"), print(other.recv(9))
time.sleep(0.3)
"""


def test_ordinary_things_work_in_there():
    with start({}, [], LIMITS) as kernel:
        outputs, state = kernel.run(ORDINARY)
        shown = said(outputs)
        assert state == "ok", shown
        for one in ("a program", "[1, 2]", "[3, 4]", "a child prints", "a thread", "[(5,)]", "b'a pair'"):
            assert one in shown, shown
        assert said(kernel.run("!echo by the shell")[0]).strip() == "by the shell"
        outputs, state = kernel.run("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
        assert state == "ok" and "image/png" in outputs[-1].data


# -- a control group where there is one -------------------------------------------------------------------------

FAKE = """#!{python}
import os, sys
with open({log!r}, "a") as log:
    print(" ".join(sys.argv[1:]).replace(chr(10), " "), file=log)
{answer}
os.execvp(sys.argv[sys.argv.index("--") + 1], sys.argv[sys.argv.index("--") + 1:])
"""


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    """A systemd-run of our own, and what it was asked."""

    def made(answer: str = "") -> Path:
        file, log = tmp_path / "systemd-run", tmp_path / "log"
        file.write_text(FAKE.format(python=sys.executable, log=str(log), answer=answer))
        file.chmod(0o755)
        return log

    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(scope, "BOOTED", str(tmp_path))
    monkeypatch.setattr(scope, "PATIENCE", 1)
    scope.there.cache_clear()
    yield made
    scope.there.cache_clear()


def test_a_kernel_runs_in_a_group_of_its_own(systemd):
    log = systemd()
    with start({}, [], walls.Limits(memory=777, processes=99)) as kernel:
        assert said(kernel.run("print(6 * 7)")[0]) == "42\n"
        assert "XDG_RUNTIME_DIR" not in said(kernel.run("import os; print(dict(os.environ))")[0])

    asked, started = log.read_text().splitlines()
    manager = "--system" if walls.superuser() else "--user"
    bounds = f"-p MemoryMax=777M -p MemorySwapMax=0 -p TasksMax={99 + scope.TASKS} -p CPUWeight={scope.WEIGHT}"
    assert asked.startswith(f"{manager} --scope --quiet --collect -p MemoryMax=") and asked.endswith(" -- true")
    assert started.startswith(f"{manager} --scope --quiet --collect {bounds} -- bwrap ")


@pytest.mark.parametrize("answer", ["sys.exit(1)", "import time; time.sleep(60)"], ids=["refuses", "hangs"])
def test_without_a_manager_the_watch_alone_bounds_it(systemd, answer):
    log, started = systemd(answer), time.monotonic()
    assert scope.within(LIMITS, ["bwrap", "x"]) == scope.within(LIMITS, ["bwrap", "x"]) == ["bwrap", "x"]
    assert time.monotonic() - started < 5 and len(log.read_text().splitlines()) == 1, "it is asked once"


def test_where_systemd_does_not_run_it_is_not_asked(systemd, monkeypatch):
    log = systemd()
    monkeypatch.setattr(scope, "BOOTED", "/nowhere")
    assert scope.within(LIMITS, ["bwrap"]) == ["bwrap"] and not log.exists()
