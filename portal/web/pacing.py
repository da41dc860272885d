"""Request bodies at a minimum pace, so that a stalled sender cannot keep a thread (rule 12).

Wraps cheroot's body reader. Each read waits at most the connection's time limit for the next bytes; over the whole body
the sender must keep a minimum rate, after a grace period in which a slow start is forgiven. What is read here goes
straight into the caller's memory: nothing is spooled.
"""

import io
from collections.abc import Callable
from socket import socket
from time import monotonic
from typing import Any

from portal.domain.errors import Interrupted
from schemas.texts import say

GRACE_SECONDS = 30.0
PIECE = 1024 * 1024
TOO_SLOW = say("The file came too slowly, so we stopped waiting. Check your connection, then send it again.")
CUT = say("The connection broke before the whole file had arrived. Check your connection, then send it again.")


class PacedBody(io.RawIOBase):
    """A request body of known length. Reads return what has arrived, up to what was asked; b"" only at the end.

    Raises Interrupted when the sender stops early, stalls, or falls below the minimum rate.
    """

    def __init__(
        self,
        source: Any,  # noqa: ANN401 -- cheroot has no types
        connection: socket,
        length: int,
        minimum_rate: int,
        time: Callable[[], float] = monotonic,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        """`source` is cheroot's reader over `connection`; `length` in bytes, `minimum_rate` in bytes a second.

        `before` is called before each read: it tells a sender who waits for a word to begin.
        """
        super().__init__()
        self._source = source
        self._connection = connection
        self._left = length
        self._taken = 0
        self._minimum_rate = minimum_rate
        self._time = time
        self._before = before
        self._began = time()

    @property
    def left(self) -> int:
        """How many bytes of the body have not been read yet."""
        return self._left

    def readable(self) -> bool:
        """Bodies can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return some bytes; all that is left for a negative size."""
        if size < 0:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        wanted = min(size, self._left, PIECE)
        if wanted == 0:
            return b""
        got = self._some(wanted)
        if not got:
            raise Interrupted(CUT)
        self._left -= len(got)
        self._taken += len(got)
        self._keep_pace()
        return got

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 -- as in io.RawIOBase
        """Fill some of the buffer."""
        got = self.read(len(buffer))
        buffer[: len(got)] = got
        return len(got)

    def _some(self, wanted: int) -> bytes:
        """Take what the reader has buffered, then pieces straight from the socket, past its 8 KiB steps."""
        try:
            self._before()
            if self._source.has_data():
                buffered: bytes = self._source.read1(wanted)
                return buffered
            return self._connection.recv(wanted)
        except TimeoutError:
            raise Interrupted(TOO_SLOW) from None
        except OSError:
            raise Interrupted(CUT) from None

    def _keep_pace(self) -> None:
        elapsed = self._time() - self._began
        if elapsed > GRACE_SECONDS and self._taken < (elapsed - GRACE_SECONDS) * self._minimum_rate:
            raise Interrupted(TOO_SLOW)
