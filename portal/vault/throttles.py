"""Counting wrong tries by the row of what they were made on, in the caller's transaction."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.credentials import Throttle
from portal.domain.throttle import EACH, Allowance, Tries, one_more


def throttle_key(secret: bytes, kind: str, what: str) -> bytes:
    """Return the row's key of an account's address, a network address or a device: nobody reads it back from there."""
    return hmac.new(secret, f"evidence-portal throttle v1 {kind} {what}".encode(), hashlib.sha256).digest()


def must_wait(session: Session, keys: Iterable[bytes], now: datetime) -> bool:
    """Say whether any of these has to wait, with their rows locked."""
    rows = [_row(session, key) for key in keys]
    return any(row is not None and _tries(row).waits(now) for row in rows)


def count_failure(session: Session, key: bytes, now: datetime, allowance: Allowance = EACH) -> int:
    """Count a wrong try and return how many there are now; a try during the wait is not counted."""
    row = _row(session, key)
    before = _tries(row) if row else None
    if row is not None and before is not None and before.waits(now):
        return row.failures
    after = one_more(before, now, allowance)
    if row is None:
        try:
            with session.begin_nested():
                session.add(Throttle(key=key, failures=after.failures, waits_until=after.waits_until, last_at=now))
        except IntegrityError:  # the first wrong try of two at the same instant
            return count_failure(session, key, now, allowance)
    else:
        row.failures, row.waits_until, row.last_at = after.failures, after.waits_until, now
    return after.failures


def _row(session: Session, key: bytes) -> Throttle | None:
    return session.get(Throttle, key, with_for_update=True)


def _tries(row: Throttle) -> Tries:
    return Tries(row.failures, row.waits_until, row.last_at)
