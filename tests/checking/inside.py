"""Shut this process in as the checker does, then try to get out: `python -m tests.checking.inside WHAT PORT [LAYER]`.

WHAT is `tries` (prints what became of each as JSON), `spin` or `grow`. With a layer, that one alone is taken. With
`--user` it first becomes somebody without any rights, as the service's own user is.
"""

import codecs
import contextlib
import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from portal.checking.sandbox import shut_in, step_back, take
from portal.domain.checker import Layer, Limits

LIMITS = Limits(memory=300 * 1024 * 1024, processor=1, clock=30)
_C = ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: int) -> int:
    found = _C.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    if found < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return int(found)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
    os.wait()


def _thread() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def _connect(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


def _write() -> None:
    path = Path(f"/tmp/written-from-inside-{os.getpid()}")
    try:
        with path.open("wb", buffering=0) as file:
            file.write(b"x")
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def _make_folder() -> None:
    path = Path(f"/tmp/made-from-inside-{os.getpid()}")
    path.mkdir()
    path.rmdir()


def _import() -> None:
    import ftplib  # noqa: F401 -- nothing else here has loaded it


def _open_many() -> None:
    for _ in range(9):
        os.dup(0)


def _dump_core() -> None:
    if resource.getrlimit(resource.RLIMIT_CORE) == (0, 0):
        raise OSError("no room for it")


def attempts(port: int) -> dict[str, Callable[[], object]]:
    """Return what to try, by name; each has to raise."""
    return {
        "open": lambda: Path("/etc/passwd").read_bytes(),
        "open root's": lambda: Path("/etc/shadow").read_bytes(),
        "open own code": lambda: Path(__file__).read_bytes(),
        "write": _write,
        "make folder": _make_folder,
        "look up": lambda: Path("/etc/passwd").stat(),
        "list": lambda: list(Path("/").iterdir()),
        "list descriptors": lambda: list(Path("/proc/self/fd").iterdir()),
        "read environment": lambda: Path("/proc/self/environ").read_bytes(),
        "read parent": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        "connect": lambda: _connect(port),
        "socket": lambda: socket.socket(socket.AF_UNIX),
        "pair": socket.socketpair,
        "resolve": lambda: socket.getaddrinfo("localhost", port),
        "fork": _fork,
        "thread": _thread,
        "signal others": lambda: os.kill(os.getppid(), 0),
        "signal itself": lambda: os.kill(os.getpid(), signal.SIGCONT),
        "be root": lambda: os.setuid(0),
        "raise limits": lambda: __import__("resource").setrlimit(7, (99, 99)),
        "unshare": lambda: _call(272, 0x10000000),
        "trace": lambda: _call(101, 2, os.getppid(), 0, 0),
        "ring": lambda: _call(425, 4, 0),
        "memory file": lambda: os.memfd_create("x"),
        "executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
        "import": _import,
        "open many": _open_many,
        "dump core": _dump_core,
        "grow": lambda: bytes(LIMITS.memory),
    }


def tried(attempt: Callable[[], object]) -> str:
    """Return what became of it: the kind of the error, or nothing."""
    try:
        attempt()
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- whatever refuses it
        return type(error).__name__
    return ""


def _is_open(number: int) -> bool:
    """Ask for one, since they cannot be listed."""
    try:
        os.lseek(number, 0, os.SEEK_CUR)
    except OSError as error:
        return error.errno != errno.EBADF
    return True


def _status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def main() -> None:
    """Do it."""
    arguments = [each for each in sys.argv[1:] if each != "--user"]
    what, port, only = arguments[0], int(arguments[1]), [Layer(name) for name in arguments[2:]]
    codecs.lookup("idna")  # which looking up a name loads
    step_back()
    if "--user" in sys.argv:
        os.setgroups([])
        os.setresgid(12345, 12345, 12345)
        os.setresuid(12345, 12345, 12345)
    if only == [Layer.no_new_privileges]:
        print(json.dumps({"held": take(only[0], LIMITS), "status": _status()["NoNewPrivs"], "dump": _C.prctl(3)}))
        return
    back = {"nice": os.getpriority(os.PRIO_PROCESS, 0), "oom": Path("/proc/self/oom_score_adj").read_text().strip()}
    held = {layer for layer in only if take(layer, LIMITS)} if only else shut_in(LIMITS)
    if what == "tries":
        outcomes = {name: tried(attempt) for name, attempt in attempts(port).items()}
        opened = [number for number in range(256) if _is_open(number)]
        print(json.dumps({"held": sorted(held), "tries": outcomes, "descriptors": opened, **back}), flush=True)
        # Last, for if it were done nothing could be told.
        print(tried(lambda: os.execv("/bin/true", ["true"])))
    while what == "spin":
        pass


if __name__ == "__main__":
    main()
