"""The one type for instants."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import StatementError

from portal.db.endings import ClockRow
from portal.db.engine import reading, writing

INSTANT = datetime(2023, 10, 29, 0, 30, 1, 123456, UTC)


def _store(engine: Engine, instant: datetime | None) -> datetime | None:
    with writing(engine) as session:
        session.execute(update(ClockRow).values(heartbeat_at=instant))
    with reading(engine) as session:
        return session.scalars(select(ClockRow.heartbeat_at)).one()


def test_a_naive_value_is_refused(engine: Engine) -> None:
    """What has no zone is no instant, and is never stored."""
    with pytest.raises(StatementError, match="naive"):
        _store(engine, datetime(2023, 10, 29, 0, 30))  # noqa: DTZ001 -- that is the point
    with reading(engine) as session:
        assert None is session.scalars(select(ClockRow.heartbeat_at)).one()


def test_an_instant_comes_back_to_the_microsecond_in_utc(engine: Engine) -> None:
    """In the hour that London has twice, the instant stays the same one."""
    stored = _store(engine, INSTANT)
    assert INSTANT == stored
    assert stored is not None
    assert UTC == stored.tzinfo


@pytest.mark.parametrize("hours", [-11, 1, 14])
def test_another_offset_is_brought_to_utc(engine: Engine, hours: int) -> None:
    """The same instant, told in another zone, is stored as the same."""
    stored = _store(engine, INSTANT.astimezone(timezone(timedelta(hours=hours))))
    assert INSTANT == stored
    assert stored is not None
    assert timedelta() == stored.utcoffset()


def test_instants_are_compared_as_instants(engine: Engine) -> None:
    """A query with an offset of its own finds what is earlier and later, not what sorts so as text."""
    _store(engine, INSTANT)
    east = timezone(timedelta(hours=9))
    second = timedelta(seconds=1)
    with reading(engine) as session:
        assert 1 == session.scalar(
            select(ClockRow.id).where(ClockRow.heartbeat_at < (INSTANT + second).astimezone(east))
        )
        assert None is session.scalar(
            select(ClockRow.id).where(ClockRow.heartbeat_at < (INSTANT - second).astimezone(east))
        )


def test_no_instant_stays_none(engine: Engine) -> None:
    """An empty column is empty on the way in and out."""
    assert None is _store(engine, None)
