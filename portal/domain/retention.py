"""The end of life: when disposal is due, what stops it, and whether the clock can be trusted (R8, R9, R13)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from portal.domain.errors import Conflict, Refused
from portal.domain.proposals import Kind, TakesTwo
from portal.domain.times import as_utc, london_midnight, say_date
from schemas.texts import say

NOTICE = timedelta(days=14)
"""After any entry or change of the publication date nothing is disposed of for this long (R9)."""
LONGEST_SILENCE = timedelta(hours=24)
"""A heartbeat older than this means that the clock has leapt, or that nobody was watching (R13)."""
CLOCK_ALARM = "clock"
"""The kind of alarm that stops disposal; others, such as that of a mail in doubt, do not."""

VerdictState = Literal["unpublished", "retained", "in notice", "held", "due"]


@dataclass(frozen=True)
class Publication:
    """When the final report was published, and when somebody last entered or changed that date."""

    published_on: date | None
    entered_at: datetime | None

    def __post_init__(self) -> None:
        if self.published_on is not None and self.entered_at is None:
            raise ValueError("a publication date without the time of its entry cannot show that its notice has run")


@dataclass(frozen=True)
class Verdict:
    """What retention says at one instant. Both instants are in UTC, and None as long as nothing is published."""

    state: VerdictState
    due_at: datetime | None
    """When the retention period has ended (R8)."""
    earliest_at: datetime | None
    """When the notice has run too (R9): the first instant at which disposal may happen."""


class ClockVerdict(StrEnum):
    """Whether the clock can be trusted to dispose of anything (R13)."""

    steady = "steady"
    leapt = "leapt"
    behind = "behind"


def due_at(published_on: date) -> datetime:
    """Return the instant, in UTC, at which disposal is due: as the day after the anniversary begins in London (R8)."""
    return london_midnight(_anniversary(published_on) + timedelta(days=1))


def disposal_verdict(publication: Publication, held: bool, now: datetime) -> Verdict:
    """Say whether disposal is due at `now` and, if not, what stands in its way (R8, R9). Raises ValueError (naive).

    The first reason that applies is given; a hold is one only once everything else has run out.
    """
    now = as_utc(now)
    if publication.published_on is None or publication.entered_at is None:
        return Verdict("unpublished", None, None)
    due = due_at(publication.published_on)
    earliest = max(due, as_utc(publication.entered_at) + NOTICE)
    state: VerdictState
    if now < due:
        state = "retained"
    elif now < earliest:
        state = "in notice"
    else:
        state = "held" if held else "due"
    return Verdict(state, due, earliest)


def check_publication_date(
    new: date | None,
    *,
    today: date,
    last_day_on_site: date | None,
    current: date | None,
    retracted: date | None = None,
    two_people: bool = False,
) -> None:
    """Check an entry (`new`) or a retraction (None) of the publication date; all dates are London's (R9).

    `retracted` is the latest date that two people ever took back: entering an earlier one brings disposal nearer too.
    Raises Refused (no date, in the future, before the last day on site), TakesTwo (earlier, or retracted, by one).
    """
    if new is None:
        if current is None:
            raise Refused(say("Enter the date on which the final report was published."), "published_on")
        if not two_people:
            raise TakesTwo(
                say("Removing the publication date takes two people. Propose it on the programme’s page."),
                Kind.retracted_publication,
            )
        return
    if new > today:
        raise Refused(say("The publication date must be today or in the past."), "published_on")
    if last_day_on_site is not None and new < last_day_on_site:
        raise Refused(
            say(
                "The publication date must be on or after the last day on site, {day}.", day=say_date(last_day_on_site)
            ),
            "published_on",
        )
    if not two_people and takes_two(new, current=current, retracted=retracted):
        words = say("Making the publication date earlier takes two people. Propose it on the programme’s page.")
        if retracted is not None and (current is None or new >= current):
            words = say(
                "The publication date {day} was removed before. Entering an earlier one takes two people. "
                "Propose it on the programme’s page.",
                day=say_date(retracted),
            )
        raise TakesTwo(words, Kind.earlier_publication)


def takes_two(new: date | None, *, current: date | None, retracted: date | None) -> bool:
    """Say whether one person may not enter this date: it is none, or earlier than one that stood or stands (R9)."""
    if new == current:
        return False
    return new is None or any(each is not None and new < each for each in (current, retracted))


def check_early(publication: Publication, held: bool, now: datetime, *, undated: bool = False) -> None:
    """Let an inspection be disposed of before it is due, where nothing but that stands in the way (R8, R9).

    `undated`: two people may decide though nothing was published, because the long-stop was reached or the inspection
    cancelled. Raises Conflict (not published, in the notice after a change of that date, held, or due anyway).
    """
    if publication.published_on is None and not undated:
        raise Conflict(
            say("Nothing is disposed of before the final report is published, or the programme’s long-stop is reached.")
        )
    if held:
        raise Conflict(say("It is held. Nothing is disposed of until the hold is lifted."))
    if publication.entered_at is not None and as_utc(now) < as_utc(publication.entered_at) + NOTICE:
        raise Conflict(say("The publication date was entered or changed less than 14 days ago. Wait until then."))
    if disposal_verdict(publication, held, now).state not in ("retained", "unpublished"):
        raise Conflict(say("Its disposal is due anyway."))


def clock_verdict(last_heartbeat: datetime | None, now: datetime) -> ClockVerdict:
    """Compare the clock with the last heartbeat; with none yet there is nothing to doubt (R13). Raises ValueError."""
    now = as_utc(now)
    if last_heartbeat is None:
        return ClockVerdict.steady
    since = now - as_utc(last_heartbeat)
    if since < timedelta():
        return ClockVerdict.behind
    return ClockVerdict.leapt if since > LONGEST_SILENCE else ClockVerdict.steady


def _anniversary(day: date) -> date:
    """Return the corresponding date of the next year; that of 29 February is 28 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
