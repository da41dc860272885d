"""A conversation with a process of its own that nobody trusts: bytes in, bytes out, within a time; nothing is left."""

import os
import select
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from portal.ports.checking import CheckFailed

_AT_ONCE = 1024 * 1024
_PAUSE = 0.002


class Conversation:
    """Starts a process when the block begins, and has ended and reaped it, with all its group, when the block ends.

    `seconds` count only while it is waited for: what the caller does in between, such as opening the next part of a
    document, costs the process nothing. All methods raise CheckFailed.
    """

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._left = seconds
        try:
            # No variable, no descriptor but the two pipes, no terminal, no folder of ours.
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        except OSError:
            raise CheckFailed("not-started") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._feeding, self._reading = select.poll(), select.poll()
        self._feeding.register(self._in, select.POLLOUT)
        self._feeding.register(self._out, select.POLLIN)
        self._reading.register(self._out, select.POLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def feed(self, piece: bytes) -> None:
        """Hand over some bytes. An answer before the last of them is none."""
        view = memoryview(piece)
        while view:
            ready = dict(self._wait(self._feeding))
            if self._out in ready:
                raise CheckFailed("early" if ready[self._out] & select.POLLIN else "died")
            try:
                view = view[os.write(self._in, view[:_AT_ONCE]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise CheckFailed("died") from None

    def read(self, most: int) -> bytes:
        """Return what it says next, at most so many bytes, or none where it has said all."""
        self._wait(self._reading)
        return os.read(self._out, most)

    def exactly(self, size: int) -> bytes:
        """Return so many bytes."""
        said = bytearray()
        while len(said) < size:
            if not (more := self.read(size - len(said))):
                raise CheckFailed("cut-short")
            said += more
        return bytes(said)

    def end(self) -> None:
        """Wait until it has ended, by itself and well."""
        if self.read(1):
            raise CheckFailed("too-long")
        # Not reaped yet, so that its number still is its own and its group's.
        while os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if self._left <= 0:
                raise CheckFailed("time-out")
            sleep(_PAUSE)
            self._left -= _PAUSE
        self._kill()
        if status := self._process.returncode:
            raise CheckFailed(f"status-{status}" if status > 0 else f"signal-{-status}")

    def _wait(self, poll: select.poll) -> list[tuple[int, int]]:
        began = monotonic()
        ready = poll.poll(max(0.0, self._left) * 1000)
        self._left -= monotonic() - began
        if not ready:
            raise CheckFailed("time-out")
        return ready

    def _kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
