"""Shut this process in, for good: called when all is imported and before the first byte of a file is looked at.

Every layer that the host has is taken; what is missing is told, and the others hold without it (`docs/security.md`).
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from portal.checking.seccomp import program
from portal.domain.checker import Layer, Limits

_NICE = 5
_NOBODY = 65534
# <linux/prctl.h>, <linux/seccomp.h>, <linux/sched.h>, <linux/landlock.h>
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_FILTER = 2
_NEW_UTS, _NEW_IPC, _NEW_USER, _NEW_NET = 0x04000000, 0x08000000, 0x10000000, 0x40000000
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446
_LANDLOCK_VERSION = 1
_CAPABILITIES = 0x20080522


def step_back() -> None:
    """Give way to every other process, in processor time and when memory runs out."""
    os.nice(_NICE)
    for name, value in (("autogroup", _NICE), ("oom_score_adj", 1000)):
        with suppress(OSError):
            Path(f"/proc/self/{name}").write_text(str(value), encoding="ascii")


def shut_in(limits: Limits) -> frozenset[Layer]:
    """Take every layer that there is and return which hold. What is open stays open, and nothing else can be."""
    return (
        frozenset(layer for layer in LAYERS if take(layer, limits)) if sys.platform.startswith("linux") else frozenset()
    )


def take(layer: Layer, limits: Limits) -> bool:
    """Take one layer; say whether it holds."""
    try:
        LAYERS[layer](limits)
    except (OSError, ValueError):
        return False
    return True


def _leave_network(_limits: Limits) -> None:
    # Root has no need of a new user, and some hosts let nobody else have one.
    others = _NEW_NET | _NEW_IPC | _NEW_UTS
    _call("unshare", others if os.geteuid() == 0 else others | _NEW_USER)


def _drop_rights(_limits: Limits) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    # In a user namespace of its own it got all the rights of root there. Without any there is nothing to drop.
    if _rights():
        _call("capset", ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITIES, 0)), bytes(24))
    if os.geteuid() == 0 or _rights():
        raise OSError("still root")


def _rights() -> int:
    """Return the set of rights (capabilities) that count now."""
    header, data = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITIES, 0)), ctypes.create_string_buffer(24)
    _call("capget", header, data)
    effective, permitted, _, more, more_permitted, _ = struct.unpack("=6I", data.raw)
    held: int = effective | permitted | more | more_permitted
    return held


def _stay_as_it_is(_limits: Limits) -> None:
    _call("prctl", _SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("prctl", _SET_DUMPABLE, 0, 0, 0, 0)
    _call("prctl", _SET_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)


def _leave_files(_limits: Limits) -> None:
    version = _call("syscall", _LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION)
    # All that this kernel can forbid, and no rule that allows any of it.
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    words = [files, 0b11, 0b11][: 1 if version < 4 else 2 if version < 6 else 3]
    attributes = struct.pack(f"={len(words)}Q", *words)
    ruleset = _call("syscall", _LANDLOCK_CREATE, ctypes.create_string_buffer(attributes), len(attributes), 0)
    try:
        _call("syscall", _LANDLOCK_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _limit(limits: Limits) -> None:
    wanted = {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_CPU: limits.processor,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NOFILE: 4,
        resource.RLIMIT_NPROC: 0,
    }
    for which, value in wanted.items():
        _, most = resource.getrlimit(which)
        least = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(which, (least, least))


def _allow_few_calls(_limits: Limits) -> None:
    code = program()
    if code is None:
        raise OSError("no list for this machine")
    lines = ctypes.create_string_buffer(code, len(code))
    whole = struct.pack("@HP", len(code) // 8, ctypes.addressof(lines))
    _call("prctl", _SET_SECCOMP, _SECCOMP_FILTER, ctypes.create_string_buffer(whole, len(whole)), 0, 0)


LAYERS: Mapping[Layer, Callable[[Limits], None]] = MappingProxyType(
    {
        Layer.own_network: _leave_network,
        Layer.no_rights: _drop_rights,
        Layer.no_new_privileges: _stay_as_it_is,
        Layer.landlock: _leave_files,
        Layer.limits: _limit,
        Layer.system_calls: _allow_few_calls,
    }
)
"""In order: a change of user undoes the signal at the parent's death, and the list of calls allows none of it."""


def _call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Call a function of the C library. Raises OSError if it is not there or fails."""
    library = ctypes.CDLL(None, use_errno=True)
    function = getattr(library, name, None)
    if function is None:
        raise OSError(f"no {name}")
    function.restype = ctypes.c_long
    # As long as a word each: the kernel reads all 64 bits of what C would pass as an int.
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    if (result := function(*given)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(result)
