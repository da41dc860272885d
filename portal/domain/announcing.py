"""What an announcement decides of dates, and what must be seen and chosen before it is made (§12, §15, R2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.deadline import (
    NOTICE_DAYS,
    DeadlinePolicy,
    Holidays,
    Readings,
    announcement_warnings,
    last_day_on_site,
    notice_warnings,
    nth_working_day_after,
    readings,
)
from portal.domain.errors import Refused
from portal.domain.registers import MAX_DAYS_ON_SITE, limit_warnings
from portal.domain.times import london_date, say_deadline
from schemas.texts import say, together

LONGEST_ON_SITE = 20
"""Days: more is a slip of the keyboard."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the dates: None where it is left to the programme, or to the rule."""

    policy: DeadlinePolicy | None = None
    starts_on: date | None = None
    days_on_site: int | None = None


@dataclass(frozen=True)
class Seen:
    """What the announcer has seen: every warning (`all_warnings`) or these, and the two deadlines as they were shown.

    A page names what it showed, because the clock may have gone past midnight since; a command shows nothing first.
    """

    all_warnings: bool = False
    warnings: Collection[str] = ()
    shown: Readings | None = None


@dataclass(frozen=True)
class Dates:
    """The dates of an announcement made at `at`; `policy` is None where somebody has to choose (R2)."""

    at: datetime
    both: Readings
    policy: DeadlinePolicy | None
    starts_on: date
    last_day_on: date
    warnings: tuple[str, ...]


def first_day(at: datetime, holidays: Holidays) -> date:
    """Return the start on site that five working days' notice gives (§15)."""
    return nth_working_day_after(london_date(at), NOTICE_DAYS, holidays)


def plan_dates(
    at: datetime,
    asked: Asked,
    *,
    usual: DeadlinePolicy,
    window: tuple[date, date] | None,
    inspections: int,
    inspectors: int,
    holidays: Holidays,
) -> Dates:
    """Work out the dates and gather all that is to be warned of; the counts are those of `limit_warnings`.

    Raises Refused (days on site), ValueError (naive).
    """
    days = MAX_DAYS_ON_SITE if asked.days_on_site is None else asked.days_on_site
    if not 1 <= days <= LONGEST_ON_SITE:
        raise Refused(say("The days on site must be a number from 1 to {most}", most=LONGEST_ON_SITE), "days_on_site")
    today, both = london_date(at), readings(at, holidays)
    starts_on = asked.starts_on or first_day(at, holidays)
    if starts_on < today:
        raise Refused(say("The start on site must be today or later"), "starts_on")
    last_day_on = last_day_on_site(starts_on, days, holidays)
    warnings = (
        *announcement_warnings(at, holidays),
        *notice_warnings(today, starts_on, holidays),
        *limit_warnings(
            inspections=inspections,
            inspectors=inspectors,
            days_on_site=days,
            starts_on=starts_on,
            last_day_on=last_day_on,
            window=window,
        ),
    )
    return Dates(at, both, asked.policy or (None if both.differ else usual), starts_on, last_day_on, warnings)


def settle(dates: Dates, seen: Seen) -> tuple[DeadlinePolicy, datetime]:
    """Return the policy and the deadline to freeze, if all was seen and chosen. Raises Refused."""
    both = dates.both
    if seen.shown is not None and seen.shown != both:
        raise Refused(
            say(
                "The dates have changed since the page was made: the deadline would now be {deadline}. "
                "Check them, then announce.",
                deadline=_either(both),
            ),
            "shown",
        )
    if dates.policy is None:
        raise Refused(
            say(
                "“The day after” can be read in two ways: {next_day} (next_day) or {next_working_day} "
                "(next_working_day). Choose one.",
                next_day=say_deadline(both.next_day),
                next_working_day=say_deadline(both.next_working_day),
            ),
            "policy",
        )
    unseen = [each for each in dates.warnings if not seen.all_warnings and each not in seen.warnings]
    if unseen:
        raise Refused(together((*unseen, say("Confirm that you want to announce now."))), "confirmed")
    return dates.policy, both.under(dates.policy)


def _either(both: Readings) -> str:
    words = say_deadline(both.next_day)
    if not both.differ:
        return words
    return say("{deadline} or {other}", deadline=words, other=say_deadline(both.next_working_day))
