"""What is tried inside the sandbox before anything is graded, and what its answers mean."""

import socket
import sys
from typing import Any

PROBE = """
import ctypes, json, mmap, os, socket, sys
def does(thing):
    try:
        thing()
        return True
    except OSError:
        return False
def reach():
    with socket.socket() as s:
        s.settimeout(2); s.connect(("1.1.1.1", 53))
libc = ctypes.CDLL(None, use_errno=True)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "network": does(reach) or len(os.listdir("/sys/class/net") if os.path.isdir("/sys/class/net") else []) > 1,
    "files": any(os.path.exists(path) for path in json.loads(sys.argv[1])),
    "write": any(does(lambda: open(f"{place}/probe", "w")) for place in ("/", "/usr", "/etc", "/dev", sys.prefix)),
    "others": len([one for one in os.listdir("/proc") if one.isdigit()]) > 5,
    "root": os.geteuid() == 0,
    "families": sorted(number for number in range(64) if number != socket.AF_UNIX
                       and any(does(lambda: socket.socket(number, kind).close()) for kind in (1, 2, 3, 4, 5))),
    "calls": does(lambda: os.memfd_create("probe")) or libc.unshare(0x10000000) == 0
             or libc.syscall(425, 1, None) != -1 or ctypes.get_errno() not in (1, 38),
    "shared": does(lambda: mmap.mmap(-1, 4096)) or does(lambda: mmap.mmap(os.open("/dev/zero", os.O_RDWR), 4096)),
    "filter": int(status["Seccomp"]) != 2,
    "caps": int(status["CapEff"], 16) != 0,
}))
"""
MEANS = {
    "network": "the network can be reached from inside",
    "files": "the grading folder can be seen from inside",
    "write": "system files can be written from inside",
    "others": "other processes can be seen from inside",
    "root": "the code inside runs as the superuser",
    "families": "sockets of other families than AF_UNIX can be made inside",
    "calls": "system calls that get around the limits can be made inside",
    "shared": "memory that nobody is charged for can be had inside",
    "filter": "no filter of system calls is in force inside",
    "caps": "the code inside keeps special rights",
}


def holes(found: dict[str, Any]) -> list[str]:
    """What the probe found open, in words."""
    names = {one.value: one.name for one in socket.AddressFamily}
    families = ", ".join(names.get(one, str(one)) for one in found["families"])
    means = MEANS | {"families": f"{MEANS['families']}: {families}"}
    return [means[name] for name, yes in found.items() if yes]


def advice(why: str) -> str:
    """What helps against the usual reasons."""
    if "uid map" in why or "user namespace" in why or "Operation not permitted" in why:
        return (
            ". This machine forbids user namespaces to ordinary programs: Ubuntu from 24.04 on needs the AppArmor "
            "profile bwrap-userns-restrict, a container needs to be started with them allowed"
        )
    if "Permission denied" in why or "Can't find source path" in why or "execv" in why:
        return (
            f". Every user must be able to read the course's folder and Python ({sys.prefix}, {sys.base_prefix}): "
            "move them out of a private home, or run as an ordinary user"
        )
    return ""
