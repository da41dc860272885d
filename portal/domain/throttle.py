"""How long somebody has to wait after wrong tries: of an account, of an address, or of a device that is known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
"""A right password forgets nothing, or whoever knows one could try others for ever: only time does."""


@dataclass(frozen=True)
class Allowance:
    """How many wrong tries are free, and how long after the last one all are forgotten."""

    free: int = FREE_TRIES
    forgotten_after: timedelta = FORGOTTEN_AFTER


EACH: Final = Allowance()
"""Of an account or a device."""
NETWORK: Final = Allowance(free=50, forgotten_after=timedelta(hours=1))
"""Of a network address: a whole office may be behind one."""


@dataclass(frozen=True)
class Tries:
    """Wrong tries so far, and until when the next one has to wait."""

    failures: int
    waits_until: datetime | None
    last_at: datetime

    def waits(self, now: datetime) -> bool:
        """Say whether a try has to wait now."""
        return self.waits_until is not None and now < self.waits_until


def one_more(before: Tries | None, now: datetime, allowance: Allowance = EACH) -> Tries:
    """Return the tries after another wrong one; from the last free one on, the wait doubles up to the longest."""
    free = allowance.free
    failures = 1 if before is None or now - before.last_at >= allowance.forgotten_after else before.failures + 1
    if failures < free:
        return Tries(failures, None, now)
    return Tries(failures, now + min(FIRST_WAIT * 2 ** min(failures - free, 10), LONGEST_WAIT), now)
