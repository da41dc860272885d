"""When mails are due, how long a failed one waits, and how one in the outbox stands."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.mails import (
    REMINDER_GRACE,
    MailState,
    mail_state,
    next_wait,
    quiet_due,
    reminder_due,
    reminder_moments,
)

MONDAY = datetime(2023, 10, 9, 8, 30, tzinfo=UTC)
TUESDAY_4PM = datetime(2023, 10, 10, 15, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


def _tuesday(hour: int, minute: int = 0) -> datetime:
    return datetime(2023, 10, 10, hour, minute, tzinfo=UTC)


def test_the_usual_notice_has_three_reminders() -> None:
    """At 9am, 1pm and 3pm in London on the day after the announcement."""
    assert (_tuesday(8), _tuesday(12), _tuesday(14)) == reminder_moments(MONDAY, TUESDAY_4PM)


@pytest.mark.parametrize(
    ("announced", "deadline", "expected"),
    [
        # Moved to Thursday: the day after the announcement and the deadline's own day have their 9am.
        (MONDAY, datetime(2023, 10, 12, 15, tzinfo=UTC), ["10 08:00", "12 08:00", "12 12:00", "12 14:00"]),
        # The clocks go back on Sunday 29 October: 9am and 4pm are by London's clock, the hours between by anyone's.
        (
            datetime(2023, 10, 27, 8, 30, tzinfo=UTC),
            datetime(2023, 10, 30, 16, tzinfo=UTC),
            ["28 08:00", "30 09:00", "30 13:00", "30 15:00"],
        ),
        # Midday: 9am is the moment 3 hours before, and is said once.
        (MONDAY, _tuesday(11), ["10 08:00", "10 10:00"]),
        # A deadline that is less than 3 hours away has what is left of them.
        (_tuesday(12, 30), TUESDAY_4PM, ["10 14:00"]),
    ],
)
def test_reminders_follow_the_deadline(announced: datetime, deadline: datetime, expected: list[str]) -> None:
    """None before the announcement, none from the deadline on."""
    assert expected == [f"{each:%d %H:%M}" for each in reminder_moments(announced, deadline)]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (_tuesday(8) - MOMENT, None),
        (_tuesday(8), _tuesday(8)),
        (_tuesday(8) + REMINDER_GRACE - MOMENT, _tuesday(8)),
        (_tuesday(8) + REMINDER_GRACE, None),
        (_tuesday(14, 10), _tuesday(14)),
        (TUESDAY_4PM, None),
    ],
)
def test_a_reminder_that_was_missed_is_left_out(now: datetime, due: datetime | None) -> None:
    """It is due for half an hour; later it would mislead."""
    assert due == reminder_due(MONDAY, TUESDAY_4PM, now)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (_tuesday(11) - MOMENT, False),
        (_tuesday(11), True),
        (_tuesday(11, 30) - MOMENT, True),
        (_tuesday(11, 30), False),
    ],
)
def test_silence_is_looked_for_from_noon(now: datetime, due: bool) -> None:
    """Noon in London, on the day after the announcement."""
    assert due == quiet_due(MONDAY, TUESDAY_4PM, now)
    assert not quiet_due(MONDAY, _tuesday(10), now), "not after the deadline"


def test_waits_grow_up_to_an_hour() -> None:
    """However often it was tried."""
    minutes = [next_wait(attempts) // timedelta(minutes=1) for attempts in (1, 2, 3, 6, 7, 8, 10_000)]
    assert [1, 2, 4, 32, 60, 60, 60] == minutes


@pytest.mark.parametrize(
    ("sent", "claimed", "failure", "state"),
    [
        (True, True, None, MailState.sent),
        (False, False, None, MailState.waiting),
        (False, False, "ConnectionRefusedError", MailState.waiting),
        (False, True, None, MailState.on_its_way),
        (False, True, "in doubt", MailState.in_doubt),
        (False, True, "refused: 550", MailState.refused),
        (False, True, "overtaken", MailState.overtaken),
        (False, True, "given up", MailState.given_up),
    ],
)
def test_a_mail_is_in_one_state(sent: bool, claimed: bool, failure: str | None, state: MailState) -> None:
    """It follows from when it was claimed and sent, and from what failed."""
    assert state == mail_state(MONDAY if sent else None, MONDAY if claimed else None, failure)
