"""What the process that looks into one file may use, and what keeps it in."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from portal.domain.policy import MIB

MOST_MEMBERS = 20_000
"""Files that one file may hand out for scanning."""
MOST_MEMBER_BYTES = 1024 * MIB
"""All of them together: a file of the largest size, unpacked to twice its size."""


class Layer(StrEnum):
    """One thing that keeps the process in. Each holds by itself, as far as it goes; not every host has all."""

    limits = "limits"
    """Memory, processor time, descriptors, processes, and not a byte into a file (`setrlimit`)."""
    no_new_privileges = "no-new-privileges"
    """Nothing that it could start would be more than it is; no other process looks into it."""
    no_rights = "no-rights"
    """It is not root, and has none of root's rights."""
    own_network = "own-network"
    """A network of its own in which there is nothing (namespaces)."""
    landlock = "landlock"
    """No file or folder can be opened, whoever owns it."""
    system_calls = "system-calls"
    """The kernel is asked for memory, time and the two pipes, and for nothing else (seccomp)."""


@dataclass(frozen=True)
class Limits:
    """What one process may use: `memory` in bytes of address space, `processor` and `clock` in seconds."""

    memory: int
    processor: int
    clock: int


def limits_for(size: int) -> Limits:
    """Return the limits for bodies of `size` bytes together.

    Memory: 512 MiB and four times the size. Processor: 15 seconds and one for each 4 MiB. Clock: three times that,
    since the process gives way to all others.
    """
    processor = 15 + ceil(size / (4 * MIB))
    return Limits(memory=512 * MIB + 4 * size, processor=processor, clock=3 * processor)
