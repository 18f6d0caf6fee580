"""System calls that no exercise needs and that would get around the sandbox's bounds, as a filter for the kernel.

Memory that belongs to no process (memfd_create, shared memory of System V) is in no process's count; a user
namespace of one's own brings the superuser's rights over new mounts; the rest are doors that are better shut.
The filter is classic BPF, as seccomp(2) describes it; bubblewrap loads it (--seccomp) before anything runs inside.
Its --disable-userns is no substitute: it is about one call, and root's sandbox has no user namespace.
"""

import platform
import struct
import tempfile
from typing import IO

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS = 1, 38
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; both machines are little-endian
NEW_NAMESPACES = 0x7E020000  # clone's flags CLONE_NEW*
CLONE3, X32 = 435, 0x40000000
EVERYWHERE = {  # the same number on both machines
    "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432,
    "fspick": 433, "mount_setattr": 442, "memfd_secret": 447,
}  # fmt: skip
MACHINES = {  # the audit number of the machine, that of clone, and what is forbidden
    "x86_64": (0xC000003E, 56, {
        "shmget": 29, "shmat": 30, "msgget": 68, "ptrace": 101, "pivot_root": 155, "mount": 165, "umount2": 166,
        "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "setns": 308,
        "memfd_create": 319, "bpf": 321, "userfaultfd": 323,
    }),
    "aarch64": (0xC00000B7, 220, {
        "umount2": 39, "mount": 40, "pivot_root": 41, "unshare": 97, "ptrace": 117, "msgget": 186, "shmget": 194,
        "shmat": 196, "add_key": 217, "request_key": 218, "keyctl": 219, "perf_event_open": 241, "setns": 268,
        "memfd_create": 279, "bpf": 280, "userfaultfd": 282,
    }),
}  # fmt: skip


def program(machine: str = "") -> list[list[int]]:
    """The filter as [code, jump if true, jump if false, constant]; empty for a machine that we don't know."""
    machine = machine or platform.machine()
    if machine not in MACHINES:
        return []
    audit, clone, forbidden = MACHINES[machine]
    lines = [[LOAD, 0, 0, MACHINE], [EQUAL, 1, 0, audit], [RETURN, 0, 0, KILL], [LOAD, 0, 0, NUMBER]]
    if machine == "x86_64":
        lines += [[AT_LEAST, 0, 1, X32], [RETURN, 0, 0, KILL]]  # the same calls under other numbers
    for number in sorted([*forbidden.values(), *EVERYWHERE.values()]):
        lines += [[EQUAL, 0, 1, number], [RETURN, 0, 0, ERROR | EPERM]]
    lines += [[EQUAL, 0, 1, CLONE3], [RETURN, 0, 0, ERROR | ENOSYS]]  # its flags can't be seen; clone is used then
    lines += [[EQUAL, 0, 3, clone], [LOAD, 0, 0, FIRST_ARGUMENT], [ANY_BIT, 0, 1, NEW_NAMESPACES]]
    return [*lines, [RETURN, 0, 0, ERROR | EPERM], [RETURN, 0, 0, ALLOW]]


def opened() -> IO[bytes]:
    """The filter as a file to be handed on to bubblewrap; empty for a machine that we don't know."""
    file = tempfile.TemporaryFile()
    file.write(b"".join(struct.pack("HBBI", *line) for line in program()))
    file.seek(0)
    return file
