"""When mails are due, how long to wait for the next try, and how a mail in the outbox stands."""

from datetime import datetime, time, timedelta
from enum import StrEnum

from portal.domain.times import LONDON, as_utc, london_date

REMINDER_GRACE = timedelta(minutes=30)
"""A reminder that is later than this would mislead: it is left out."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
CLAIM_LIFE = timedelta(minutes=10)
"""Longer than any handing over takes; a claim that is older was left behind by a worker that died."""
MAIL_ALARM = "mail"
REFUSED = "refused"
IN_DOUBT = "in doubt"
OVERTAKEN = "overtaken"
GIVEN_UP = "given up"
UNDECIDED = (REFUSED, IN_DOUBT)
"""How the failures begin that a person must decide on."""

_DAY = timedelta(days=1)
_BEFORE_DEADLINE = (timedelta(hours=3), timedelta(hours=1))
_NINE_AT_LEAST = timedelta(hours=4)


class MailState(StrEnum):
    """How a mail in the outbox stands."""

    sent = "sent"
    waiting = "waiting"
    on_its_way = "on its way"
    refused = REFUSED
    """The carrier will never take it as it is."""
    in_doubt = IN_DOUBT
    """Handed over, perhaps: the carrier cannot tell, so a person decides."""
    overtaken = OVERTAKEN
    """No longer true or of use when its turn came."""
    given_up = GIVEN_UP


def mail_state(sent_at: datetime | None, claimed_at: datetime | None, failure: str | None) -> MailState:
    """Return how a mail stands. One that is claimed is out of the queue: while it is handed over, or for good."""
    if sent_at is not None:
        return MailState.sent
    if claimed_at is None:
        return MailState.waiting
    for state in (MailState.refused, MailState.in_doubt, MailState.overtaken, MailState.given_up):
        if failure is not None and failure.startswith(state.value):
            return state
    return MailState.on_its_way


def next_wait(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts: a minute, then twice as long each time, up to an hour."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 10)), LONGEST_WAIT)


def reminder_moments(announced_at: datetime, deadline_at: datetime) -> tuple[datetime, ...]:
    """Return when an agency is reminded, in UTC and in order, between announcement and deadline.

    At 9am on the day after the announcement and on the deadline's own day (usually the same), and 3 hours and 1 hour
    before the deadline. 9am is left out where the 3 hours come within the hour after it.
    """
    nines = {_at(announced_at, 1, time(9)), _at(deadline_at, 0, time(9))}
    moments = {nine for nine in nines if nine + _NINE_AT_LEAST <= deadline_at}
    moments |= {deadline_at - before for before in _BEFORE_DEADLINE}
    return tuple(sorted(as_utc(moment) for moment in moments if announced_at < moment < deadline_at))


def reminder_due(announced_at: datetime, deadline_at: datetime, now: datetime) -> datetime | None:
    """Return the moment whose reminder is to be sent now; None between them, and from the deadline on."""
    if now >= deadline_at:
        return None
    past = [each for each in reminder_moments(announced_at, deadline_at) if each <= now]
    return past[-1] if past and now < past[-1] + REMINDER_GRACE else None


def quiet_due(announced_at: datetime, deadline_at: datetime, now: datetime) -> bool:
    """Say whether to look now if anybody has signed in: from noon in London on the day after the announcement on."""
    noon = _at(announced_at, 1, time(12))
    return noon <= now < min(noon + REMINDER_GRACE, deadline_at)


def _at(day_of: datetime, days: int, clock: time) -> datetime:
    return as_utc(datetime.combine(london_date(day_of) + days * _DAY, clock, LONDON))
