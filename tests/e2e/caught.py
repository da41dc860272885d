"""Checker processes of a running server or worker, caught and stopped where a kill is to meet them."""

import fcntl
import os
import signal
import termios
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any


def until(what: Callable[[], Any], pause: float = 0.02) -> Any:
    """Wait until something is there, and return it."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(pause)
    raise AssertionError("it did not come to that")


def checkers(process: Popen[bytes]) -> list[int]:
    """Return the checker processes that a server or worker has now."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            if parent == process.pid and b"portal.checking" in (path.parent / "cmdline").read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def end_checkers(process: Popen[bytes]) -> None:
    """End the checker processes of a server or worker, stopped ones too."""
    for checker in checkers(process):
        os.kill(checker, signal.SIGKILL)


def state(pid: int) -> str:
    """Return the letter of a process's state; none where it has ended, whether or not somebody has reaped it."""
    try:
        letter = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
    return "" if letter in "ZX" else letter


def stop(pid: int) -> None:
    """Stop a process and wait until it stands still."""
    os.kill(pid, signal.SIGSTOP)
    until(lambda: state(pid) == "T")


def catch(process: Popen[bytes]) -> int:
    """Wait for the checker that a server or worker starts, and stop it while it still imports what it needs.

    By then it has been told what is asked, and the document has begun to come.
    """
    [checker] = until(lambda: checkers(process), pause=0.001)
    stop(checker)
    until(lambda: is_half_full(Path(f"/proc/{checker}/fd/0")))
    return int(checker)


def is_half_full(pipe: Path) -> bool:
    """Say whether half of what a pipe holds is waiting to be read."""
    waiting = array("i", [0])
    with pipe.open("rb", buffering=0) as end:
        fcntl.ioctl(end, termios.FIONREAD, waiting)
        return waiting[0] * 2 > fcntl.fcntl(end, fcntl.F_GETPIPE_SZ)


def is_shut_in(checker: int) -> bool:
    """Say whether a checker has taken the layers of its sandbox."""
    return "NoNewPrivs:\t1" in Path(f"/proc/{checker}/status").read_text()


def let_read(process: Popen[bytes], checker: int) -> None:
    """Let a checker shut itself in and read half of the document, and stop it there, as well as who feeds it."""
    stop(process.pid)
    os.kill(checker, signal.SIGCONT)
    until(lambda: is_shut_in(checker) and state(checker) == "S")
    stop(checker)
