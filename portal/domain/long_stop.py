"""What no publication date decides: the alarm after nine months, and the long-stop, at which a person decides (R9).

Nothing here disposes of anything: a long-stop that is reached asks for a decision, and lets two people make it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.errors import Conflict, Refused
from portal.domain.times import say_date
from schemas.texts import say

NO_PUBLICATION_ALARM = "no-publication"
LONG_STOP_ALARM = "long-stop"
KINDS = (NO_PUBLICATION_ALARM, LONG_STOP_ALARM)
MONTHS_TO_ALARM = 9
MONTHS_TO_LONG_STOP = 18
_FURTHEST_YEARS = 10


@dataclass(frozen=True)
class OnSite:
    """One inspection's last day on site, and whether it was called off."""

    last_day_on: date
    cancelled: bool = False


@dataclass(frozen=True)
class Unpublished:
    """How a programme stands while its report is not published; dates are London's."""

    published_on: date | None
    last_day_on: date | None
    """The last day on site of all its inspections; None where nothing was announced."""
    long_stop_on: date | None
    """What the data protection officer set; None for the suggested day."""
    remains: bool = True
    """Whether anything of it is left to dispose of."""

    @property
    def decides_on(self) -> date | None:
        """The long-stop: the day that was set, or else the suggested one."""
        if self.long_stop_on is not None or self.last_day_on is None:
            return self.long_stop_on
        return suggested_long_stop(self.last_day_on)

    def alarms(self, today: date) -> frozenset[str]:
        """Return the kinds of alarm that should stand on this day."""
        if self.published_on is not None or self.last_day_on is None or not self.remains:
            return frozenset()
        since = {
            NO_PUBLICATION_ALARM: months_after(self.last_day_on, MONTHS_TO_ALARM),
            LONG_STOP_ALARM: self.decides_on or date.max,
        }
        return frozenset(kind for kind, day in since.items() if today >= day)

    def passed(self, today: date) -> bool:
        """Say whether the long-stop is reached, so that two people may decide to dispose of what nothing dates."""
        return LONG_STOP_ALARM in self.alarms(today)


def last_day_on_site(inspections: Iterable[OnSite]) -> date | None:
    """Return the last day on site of the inspections that were not cancelled; None where there is none (R9)."""
    return max((each.last_day_on for each in inspections if not each.cancelled), default=None)


def last_day_to_count(inspections: Iterable[OnSite]) -> date | None:
    """Return the day that alarm and long-stop count from.

    Where all were cancelled, it is the last day that was planned: what was sent must not be forgotten.
    """
    found = list(inspections)
    return last_day_on_site(found) or max((each.last_day_on for each in found), default=None)


def months_after(day: date, months: int) -> date:
    """Return the corresponding date so many months later, or the last day of a month that has no such date."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    beyond = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (beyond - timedelta(days=1)).day))


def suggested_long_stop(last_day: date) -> date:
    """Return the day that counts as the long-stop where none was set: 18 months after the last day on site (R9)."""
    return months_after(last_day, MONTHS_TO_LONG_STOP)


def check_long_stop(new: date | None, stands: Unpublished, today: date) -> date:
    """Return a long-stop that is fit to be set. Raises Refused (none, not in the future), Conflict (published)."""
    if stands.published_on is not None:
        raise Conflict(say("The final report is published, so that its date decides. There is no long-stop to set."))
    if new is None:
        raise Refused(say("Enter the date of the long-stop"), "long_stop_day")
    first = max(today, stands.last_day_on or today) + timedelta(days=1)
    last = months_after(today, 12 * _FURTHEST_YEARS)
    if not first <= new <= last:
        raise Refused(
            say("The long-stop must be from {first} to {last}", first=say_date(first), last=say_date(last)),
            "long_stop_day",
        )
    return new


def alarm_words(kind: str, programme: str, day: date) -> str:
    """Say what an alarm of one of these kinds is about: a programme's code, and the day that it stands since."""
    if kind == NO_PUBLICATION_ALARM:
        return say(
            "No publication date was entered for {programme}, {months} months after its last day on site, {day}. "
            "Enter the date on the programme’s page if its final report is published.",
            programme=programme, months=MONTHS_TO_ALARM, day=say_date(day),
        )  # fmt: skip
    return say(
        "The long-stop of {programme} was reached on {day} and no report is published. Nothing is disposed of by this. "
        "Decide: set a later long-stop, or propose the disposal of its inspections.",
        programme=programme, day=say_date(day),
    )  # fmt: skip
