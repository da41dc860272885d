"""The two clocks of a running portal."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from portal.ports import Clock


class SystemClock(Clock):
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present instant in UTC, cut to the millisecond, which is what receipts and the trail can say."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


class DevelopmentClock(Clock):
    """The clock of the machine and an offset that is read anew each time; for the development profile alone."""

    def __init__(self, read_offset: Callable[[], timedelta]) -> None:
        self._read_offset = read_offset

    def now(self) -> datetime:
        """Return the present instant, moved by the offset, in UTC."""
        return SystemClock().now() + self._read_offset()
