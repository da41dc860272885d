"""The list of what the process may ask the kernel for: memory, time, and bytes of what is open already (seccomp-BPF).

All else fails with EPERM: opening, listing and looking up files, sockets, processes and threads, signals to others,
memory that can be executed. It is a list of what is allowed, so what a later kernel adds is refused too.
"""

import errno
import platform
import struct
import sys

# Of each call its number on x86_64 and on aarch64.
_ALLOWED = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "readv": (19, 65),
    "writev": (20, 66),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
}
_UNLESS_EXECUTABLE = {"mmap": (9, 222), "mprotect": (10, 226)}
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Which of the numbers, and what the kernel calls the machine (AUDIT_ARCH)."""

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_KILL, _REFUSE, _ALLOW = 0x80000000, 0x00050000 | errno.EPERM, 0x7FFF0000
_NUMBER, _MACHINE, _THIRD_ARGUMENT = 0, 4, 32
"""Where they are in the kernel's `struct seccomp_data`, little-endian."""
_PROT_EXEC = 4


def program() -> bytes | None:
    """Return the filter as an array of `struct sock_filter`, or None for a machine whose numbers are not known here."""
    if platform.machine() not in _MACHINES or sys.maxsize < 2**32:
        return None
    column, machine = _MACHINES[platform.machine()]
    allowed = [numbers[column] for numbers in _ALLOWED.values()]
    careful = [numbers[column] for numbers in _UNLESS_EXECUTABLE.values()]
    # The end: 0 refuse | 1 load the protection wanted, 2 look at it, 3 refuse, 4 allow.
    end = [(_RETURN, 0, 0, _REFUSE), (_LOAD, 0, 0, _THIRD_ARGUMENT), (_ANY_BIT, 0, 1, _PROT_EXEC)]
    end += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    tests = [(number, 1) for number in careful] + [(number, 4) for number in allowed]
    # A call by the numbers of another machine (32 bits) ends the process.
    lines = [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    for place, (number, target) in enumerate(tests):
        lines.append((_EQUAL, len(tests) - place - 1 + target, 0, number))
    return b"".join(struct.pack("<HBBI", *line) for line in lines + end)
