"""When the information is due, and what to warn of before an inspection is announced (§15, §20, R2 to R7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from portal.domain.errors import Refused
from portal.domain.times import LONDON, UTC, as_utc, london_date, say_date, say_deadline
from schemas.texts import say, say_count

DUE = time(16)
"""4pm in London: an hour that no clock change skips or repeats."""
NOTICE_DAYS = 5
"""Working days between the notice and the start on site (§15)."""
_EARLIEST, _LATEST = time(7), time(18)
_LONGEST_REASON = 2_000
LONGEST_AHEAD = timedelta(days=366)


class DeadlinePolicy(StrEnum):
    """How "the day after" is read; a programme has one (R2)."""

    next_day = "next_day"
    next_working_day = "next_working_day"


@dataclass(frozen=True)
class Holidays:
    """The bank holidays of England and Wales, known up to the end of `last_year` (R7)."""

    days: frozenset[date]
    last_year: int
    titles: Mapping[date, str] = field(default_factory=dict, compare=False)
    """What people call a day, where it is known."""


@dataclass(frozen=True)
class Readings:
    """The deadline under either policy, in UTC."""

    next_day: datetime
    next_working_day: datetime

    @property
    def differ(self) -> bool:
        """Say whether somebody has to choose between them (R2)."""
        return self.next_day != self.next_working_day

    def under(self, policy: DeadlinePolicy) -> datetime:
        """Return the deadline that this policy makes."""
        return self.next_day if policy is DeadlinePolicy.next_day else self.next_working_day


def is_working_day(day: date, holidays: Holidays) -> bool:
    """Say whether `day` is a Monday to Friday and no bank holiday in England and Wales."""
    return day.weekday() < 5 and day not in holidays.days


def nth_working_day_after(day: date, n: int, holidays: Holidays) -> date:
    """Return the `n`th working day strictly after `day`. Raises ValueError if `n` is under 1."""
    return _nth_working_day(day, n, timedelta(days=1), holidays)


def nth_working_day_before(day: date, n: int, holidays: Holidays) -> date:
    """Return the `n`th working day strictly before `day`. Raises ValueError if `n` is under 1."""
    return _nth_working_day(day, n, timedelta(days=-1), holidays)


def working_days_between(announced_on: date, start_on: date, holidays: Holidays) -> int:
    """Count the working days after `announced_on` up to and including `start_on`."""
    days = (announced_on + timedelta(days=n) for n in range(1, (start_on - announced_on).days + 1))
    return sum(is_working_day(day, holidays) for day in days)


def last_day_on_site(starts_on: date, days: int, holidays: Holidays) -> date:
    """Return the last of so many days on site, the first among them and only working days after it (§12)."""
    return nth_working_day_after(starts_on, days - 1, holidays) if days > 1 else starts_on


def deadline(announced_at: datetime, policy: DeadlinePolicy, holidays: Holidays) -> datetime:
    """Return the deadline in UTC: 4pm London on the day that `policy` names (§20, R2). Raises ValueError (naive)."""
    announced_on = london_date(announced_at)
    if policy is DeadlinePolicy.next_day:
        due_on = announced_on + timedelta(days=1)
    else:
        due_on = nth_working_day_after(announced_on, 1, holidays)
    return datetime.combine(due_on, DUE, LONDON).astimezone(UTC)


def readings(announced_at: datetime, holidays: Holidays) -> Readings:
    """Return the deadline under both policies, so that a person can choose where they differ (R2)."""
    return Readings(
        next_day=deadline(announced_at, DeadlinePolicy.next_day, holidays),
        next_working_day=deadline(announced_at, DeadlinePolicy.next_working_day, holidays),
    )


def is_on_time(began_at: datetime, deadline_at: datetime) -> bool:
    """Say whether a request that began then was on time, the deadline itself included (R4). Raises ValueError."""
    return as_utc(began_at) <= as_utc(deadline_at)


def notice_warnings(announced_on: date, start_on: date, holidays: Holidays) -> tuple[str, ...]:
    """Return a sentence for each way in which the start on site departs from five working days' notice (§15, R5)."""
    warnings = []
    if not is_working_day(start_on, holidays):
        warnings.append(
            say("The start, {day}, is not a working day. Check the date before you go on.", day=say_date(start_on))
        )
    expected = nth_working_day_after(announced_on, NOTICE_DAYS, holidays)
    if start_on != expected:
        count = working_days_between(announced_on, start_on, holidays)
        notice = nth_working_day_before(start_on, NOTICE_DAYS, holidays)
        warnings.append(
            say_count(
                count,
                "The start is {count} working day after the notice, and should be {expected}. "
                "Start on {start}, or give notice on {notice}.",
                "The start is {count} working days after the notice, and should be {expected}. "
                "Start on {start}, or give notice on {notice}.",
                expected=NOTICE_DAYS,
                start=say_date(expected),
                notice=say_date(notice),
            )
        )
    return tuple(warnings)


def announcement_warnings(announced_at: datetime, holidays: Holidays) -> tuple[str, ...]:
    """Return a sentence for each reason to think again before announcing at this instant (R6, R7).

    Raises ValueError (naive).
    """
    local = as_utc(announced_at).astimezone(LONDON)
    warnings = []
    if not is_working_day(local.date(), holidays):
        day = say_date(local.date())
        warnings.append(say("{day} is not a working day. Check that you want to announce on it.", day=day))
    if local.time() < _EARLIEST:
        warnings.append(say("It is before 7am in London. Check that you want to announce this early."))
    if local.time() > _LATEST:
        warnings.append(say("It is after 6pm in London. Check that you want to announce this late."))
    if nth_working_day_after(local.date(), NOTICE_DAYS, holidays).year > holidays.last_year:
        warnings.append(
            say(
                "Bank holidays are known only to the end of {year}. "
                "Check by hand that no bank holiday changes the dates.",
                year=holidays.last_year,
            )
        )
    return tuple(warnings)


class Punctual(Protocol):
    """A received document, as far as it can be late."""

    @property
    def on_time(self) -> bool | None:
        """Whether it began by the deadline that holds now."""
        ...

    @property
    def accepted_at(self) -> datetime | None:
        """When the team accepted it although it was late."""
        ...


def lateness_words(document: Punctual) -> str:
    """Say whether a document was on time, as every page and the bundle's index say it (R4)."""
    if document.on_time:
        return say("On time")
    if document.accepted_at is None:
        return say("Received after the deadline")
    return say("Received after the deadline, accepted on {day}", day=say_date(london_date(document.accepted_at)))


def check_move(current: datetime, new: datetime, reason: str, now: datetime) -> str:
    """Allow a deadline to move later, never earlier and never to what has passed; return the reason, trimmed (R3).

    Raises Refused, ValueError (naive).
    """
    if as_utc(new) <= as_utc(current):
        raise Refused(
            say("The new deadline must be later than {deadline}.", deadline=say_deadline(current)), "deadline"
        )
    if as_utc(new) <= as_utc(now):
        raise Refused(say("The new deadline must be in the future."), "deadline")
    check_not_remote(new, now, "deadline")
    return check_reason(reason, say("Enter the reason for the new deadline."))


def check_not_remote(due_at: datetime, now: datetime, field: str) -> None:
    """Refuse a due time more than a year ahead: a slip in the year could not be taken back (R3). Raises Refused."""
    if as_utc(due_at) - as_utc(now) > LONGEST_AHEAD:
        raise Refused(say("The date must be within a year from now. Check the year."), field)


def check_reason(reason: str, missing: str) -> str:
    """Return a reason without surrounding space. Raises Refused with `missing`, or if over 2,000 characters."""
    reason = reason.strip()
    if not reason:
        raise Refused(missing, "reason")
    if len(reason) > _LONGEST_REASON:
        raise Refused(say("The reason must be {most} characters or fewer.", most=f"{_LONGEST_REASON:,}"), "reason")
    return reason


def _nth_working_day(day: date, n: int, step: timedelta, holidays: Holidays) -> date:
    if n < 1:
        raise ValueError("working days are counted from 1")
    while n:
        day += step
        n -= is_working_day(day, holidays)
    return day
