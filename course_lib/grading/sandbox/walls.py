"""The sandbox: a student's kernel in bubblewrap, without network, home, other people's files, or much of anything.

Inside there are: the system's and Python's own files (read-only), the assignment's files and the few modules of
course_lib that the assignment imports (read-only) and small scratch folders that vanish: nothing outside can be
written. What a process may use (memory, processes, files, seconds of CPU) is limited as well, and of the system calls
only those can be made that are listed.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from course_lib.books.modules import needed
from course_lib.grading.sandbox import probe, seccomp

NOBODY = 65534
MB = 2**20
HOME, WORK = "/tmp/home", "/sub"
SCRATCH = ("/tmp", "/dev/shm", WORK)  # where something can be written
CONNECTION = "/run/kernel.json"
SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"]
SYSTEM += ["/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives"]
STARTER = """
import json, os, resource, sys
limits, uid = json.loads(sys.argv[1])
if os.geteuid() == 0 and uid:
    os.setgroups([]), os.setresgid(uid, uid, uid), os.setresuid(uid, uid, uid)
for name, value in limits.items():
    hard = resource.getrlimit(getattr(resource, name))[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(getattr(resource, name), (value, value))
os.execv(sys.argv[2], sys.argv[2:])
"""


class NoSandbox(Exception):
    """Why submissions can't be run safely here, and what to do about it."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    seconds: float = 120  # wall clock, from the kernel's start to its end
    cell: float = 20  # wall clock of one cell
    memory: int = 4096  # MB, of all its processes together; also the addresses of one process, CUDA's aside
    processes: int = 128
    file: int = 64  # MB
    output: int = 2  # MB that a kernel may print, pictures included; 20 times as much ends it

    def of_a_process(self) -> dict[str, int]:
        """The limits as the operating system knows them."""
        return {
            "RLIMIT_AS": (self.memory + 4096) * MB,  # addresses, not memory: PyTorch maps 3 GB that it does not use
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_FSIZE": self.file * MB,
            "RLIMIT_CPU": int(self.seconds) + 5,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": 256,
            "RLIMIT_SIGPENDING": 256,  # timers too
            "RLIMIT_MSGQUEUE": 0,
            "RLIMIT_NICE": 0,  # what the watch puts last stays there
            "RLIMIT_RTPRIO": 0,
        }


def superuser() -> bool:
    """Whether we run as root: then every worker gives its kernels to a user of their own."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def stranger() -> int:
    """The user as whom root runs a kernel. Limits on a user's processes are for one worker's kernels alone.

    The numbers 61184 to 65519 are those that systemd gives to services for a while; nothing else has them.
    """
    return 61184 + os.getpid() % (65520 - 61184)


def namespaces() -> list[str]:
    """What the sandbox is cut off from. Root needs no user namespace: the starter becomes another user inside."""
    if superuser():
        apart = [f"--unshare-{what}" for what in ("ipc", "pid", "net", "uts", "cgroup-try")]
        return [*apart, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    as_nobody = ["--uid", str(NOBODY), "--gid", str(NOBODY)]
    return ["--unshare-user", "--unshare-all", *as_nobody, "--cap-drop", "ALL", "--disable-userns"]


def hand_over(*places: Path) -> None:
    """Give these files and folders to the user as whom a kernel runs."""
    if superuser():
        for place in places:
            os.chown(place, stranger(), stranger())


def variables(home: str, folder: str) -> dict[str, str]:
    """The environment of a kernel: nothing of ours."""
    path = f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin"
    return {
        "HOME": home, "PATH": path, "LANG": "C.UTF-8", "TMPDIR": home, "MPLCONFIGDIR": home, "IPYTHONDIR": home,
        "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1", "COURSE_OFFLINE": "1", "COURSE_DATA": "embedded",
        "NBGRADER_EXECUTION": "autograde", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": folder,
    }  # fmt: skip


def starter(limits: Limits, command: Sequence[str]) -> list[str]:
    """The command, started by an ordinary user after its limits are set."""
    means = [limits.of_a_process(), stranger() if superuser() else 0]
    return [sys.executable, "-I", "-S", "-c", STARTER, json.dumps(means), *command]


def wrapped(
    command: Sequence[str], limits: Limits, files: dict[str, Path], modules: Sequence[str], connection: Path | None,
    sieve: IO[bytes],
) -> list[str]:  # fmt: skip
    """The command line that runs `command` inside the sandbox.

    files: what stands in the working folder, by name; modules: those of course_lib that the assignment imports;
    sieve: seccomp.opened(), a file that the line's process must inherit;
    connection: the file that tells a kernel its key and its sockets (which it inherits: see `relay`).
    """
    line = [
        "bwrap", *namespaces(), "--die-with-parent", "--new-session", "--hostname", "grading",
        "--clearenv", "--proc", "/proc", "--dev", "/dev", "--ro-bind", "/dev/null", "/dev/zero",
        "--perms", "1777", "--size", str(64 * MB), "--tmpfs", "/dev/shm",
        "--perms", "1777", "--size", str(256 * MB), "--tmpfs", "/tmp",
        "--perms", "0777", "--dir", HOME, "--perms", "1777", "--size", str(64 * MB), "--tmpfs", WORK,
        "--perms", "0755", "--dir", "/run",
    ]  # fmt: skip
    if os.fstat(sieve.fileno()).st_size:
        line += ["--seccomp", str(sieve.fileno())]
    places = [*SYSTEM, sys.base_prefix, sys.prefix, f"{WORK}/course_lib/any"]
    for parent in dict.fromkeys(str(above) for place in places for above in reversed(Path(place).parents)):
        if parent not in ("/", "/usr", "/tmp", WORK):
            line += ["--perms", "0755", "--dir", parent]
    for folder in dict.fromkeys([*SYSTEM, sys.base_prefix, sys.prefix]):
        if os.path.islink(folder):
            line += ["--symlink", os.readlink(folder), folder]
        elif os.path.exists(folder) and not folder.startswith("/usr/"):
            line += ["--ro-bind", folder, folder]
    for name, file in files.items():
        line += ["--ro-bind", str(file), f"{WORK}/{name}"]
    for place in needed(modules):
        line += ["--ro-bind", str(place), f"{WORK}/course_lib/{place.name}"]
    if connection:
        line += ["--ro-bind", str(connection), CONNECTION]
    line += ["--remount-ro", "/dev", "--remount-ro", "/proc", "--remount-ro", "/", "--chdir", WORK]
    for name, value in variables(HOME, WORK).items():
        line += ["--setenv", name, value]
    return [*line, "--", *starter(limits, command)]


def check(hidden: Sequence[Path], limits: Limits | None = None) -> None:
    """Try the sandbox out. Raises NoSandbox where it isn't there, or lets anything through.

    hidden: files that must not be seen from inside (the gradebook, the sources).
    """
    if sys.platform != "linux":
        raise NoSandbox("submissions are hostile code, and the sandbox (bubblewrap) exists on Linux only")
    if not shutil.which("bwrap"):
        raise NoSandbox("bubblewrap isn't installed (on Debian and Ubuntu: sudo apt install bubblewrap)")
    if not seccomp.program():
        here, known = platform.machine(), " and ".join(seccomp.AUDIT)
        raise NoSandbox(f"the filter of system calls is missing for this machine, {here}: it is for {known}")
    ask = [sys.executable, "-P", "-c", probe.PROBE, json.dumps([str(path) for path in hidden])]
    try:
        with seccomp.opened() as sieve:
            line = wrapped(ask, limits or Limits(), {}, ["handin"], None, sieve)
            answer = subprocess.run(
                line, capture_output=True, text=True, timeout=60, cwd="/", stdin=subprocess.DEVNULL,
                pass_fds=[sieve.fileno()],
            )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise NoSandbox("the sandbox did not answer within a minute") from error
    try:
        found = json.loads(answer.stdout)
    except ValueError as error:
        why = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise NoSandbox(f"the sandbox does not start here: {why}{probe.advice(why)}") from error
    if holes := probe.holes(found):
        raise NoSandbox(f"the sandbox has holes: {'; '.join(holes)}")
