"""What a kernel may call of the operating system, as a filter: everything that `calls` doesn't list is refused.

The filter is classic BPF, as seccomp(2) describes it; bubblewrap loads it (--seccomp) before anything runs inside.
Its --disable-userns is no substitute: it is about one call, and root's sandbox has no user namespace. libseccomp
would know the numbers as well, but it is a library of the system, which an instructor's machine may lack.
"""

import errno
import platform
import struct
import tempfile
from typing import IO

from course_lib.grading.sandbox.calls import (
    ALLOWED,
    BY_ARGUMENT,
    FREE,
    MACHINES,
    MAP_ANONYMOUS,
    MAP_SHARED,
    NEW_NAMESPACES,
    numbers,
)  # fmt: skip

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; both machines are little-endian
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000


def program(machine: str = "") -> list[list[int]]:
    """The filter as [code, jump if true, jump if false, constant]; empty for a machine that we don't know."""
    machine = machine or platform.machine()
    if machine not in MACHINES:
        return []
    lines = [[LOAD, 0, 0, MACHINE], [EQUAL, 1, 0, AUDIT[machine]], [RETURN, 0, 0, KILL], [LOAD, 0, 0, NUMBER]]
    if machine == "x86_64":
        lines += [[AT_LEAST, 0, 1, X32], [RETURN, 0, 0, KILL]]  # the same calls under other numbers
    for first, last in ranges(sorted(numbers(FREE, machine).values())):
        lines += [[AT_LEAST, 0, 2, first], [AT_LEAST, 1, 0, last + 1], [RETURN, 0, 0, ALLOW]]
    for name, number in numbers(BY_ARGUMENT, machine).items():
        body = flags() if name == "clone" else shared() if name == "mmap" else values(*ALLOWED[name])
        lines += [[EQUAL, 0, len(body), number], *body]
    return [*lines, [RETURN, 0, 0, ERROR | errno.ENOSYS]]  # as an older system would say: callers have another way


def flags() -> list[list[int]]:
    """Whether clone makes a process or a thread, no namespace. (clone3, whose flags can't be seen, isn't listed.)"""
    return [[LOAD, 0, 0, ARGUMENTS], [ANY_BIT, 0, 1, NEW_NAMESPACES], [RETURN, 0, 0, ERROR | errno.EPERM],
            [RETURN, 0, 0, ALLOW]]  # fmt: skip


def shared() -> list[list[int]]:
    """Whether mmap gives a process memory of its own, or a file's; what is shared without a file is refused."""
    return [[LOAD, 0, 0, ARGUMENTS + 8 * 3], [ANY_BIT, 0, 2, MAP_SHARED], [ANY_BIT, 0, 1, MAP_ANONYMOUS],
            [RETURN, 0, 0, ERROR | errno.EPERM], [RETURN, 0, 0, ALLOW]]  # fmt: skip


def values(argument: int, allowed: set[int], error: str) -> list[list[int]]:
    """A call whose argument must have one of these values; Linux takes its lower half alone, and so does this."""
    lines = [[LOAD, 0, 0, ARGUMENTS + 8 * argument]]
    for value in sorted(allowed):
        lines += [[EQUAL, 0, 1, value], [RETURN, 0, 0, ALLOW]]
    return [*lines, [RETURN, 0, 0, ERROR | getattr(errno, error)]]


def ranges(numbers: list[int]) -> list[list[int]]:
    """Sorted numbers as pairs of the first and the last without a gap."""
    pairs: list[list[int]] = []
    for number in numbers:
        if pairs and number == pairs[-1][1] + 1:
            pairs[-1][1] = number
        else:
            pairs.append([number, number])
    return pairs


def opened() -> IO[bytes]:
    """The filter as a file to be handed on to bubblewrap; empty for a machine that we don't know."""
    file = tempfile.TemporaryFile()
    file.write(b"".join(struct.pack("HBBI", *line) for line in program()))
    file.seek(0)
    return file
