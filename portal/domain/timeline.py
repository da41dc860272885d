"""What is due when, for the data protection officer: one event a day or instant, without names or content (R8, R9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from uuid import UUID, uuid5

from portal.domain.times import say_month
from schemas.texts import say


class Happening(StrEnum):
    """What there is to happen."""

    disposal = "disposal"
    notice = "notice"
    hold_review = "hold-review"
    long_stop = "long-stop"
    key_backup = "key-backup"
    undated = "undated"
    """Nothing of it has a date yet: it stands in the list so that it is not forgotten."""


@dataclass(frozen=True)
class Event:
    """One thing that happens, about an inspection by its reference or a programme by its code."""

    kind: Happening
    reference: str
    about: UUID
    """The row that it comes from, which tells events apart for ever."""
    on: date | None
    """The day in London; None for what has none yet."""
    at: datetime | None = None
    """The instant, where it is one and not a whole day."""
    verdict: str = ""
    """What retention says of the inspection just now (`domain/retention.py`), or that it was cancelled."""
    held: bool = False
    inspection: UUID | None = None
    programme: str = ""
    """The programme's code."""

    @property
    def uid(self) -> UUID:
        """The same for the same event each time, and another for every other."""
        return uuid5(self.about, self.kind)


@dataclass(frozen=True)
class Month:
    """The events of one month, in order."""

    title: str
    events: tuple[Event, ...]


HAPPENING_WORDS: Mapping[Happening, str] = MappingProxyType(
    {
        Happening.disposal: say("Disposal is due"),
        Happening.notice: say("The notice after a change of the publication date ends"),
        Happening.hold_review: say("A hold is to be looked at again"),
        Happening.long_stop: say("Long-stop: a decision is due, because no report is published"),
        Happening.key_backup: say("The last backup of the key ends, and the certificate can be final"),
        Happening.undated: say("Nothing has a date yet"),
    }
)
CANCELLED = "cancelled"
"""In place of a verdict: it does not take place, and no date decides about it yet."""
OVERDUE = say("Before today")
UNDATED = say("No date yet")


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return the events by day, those without one last."""
    return sorted(events, key=lambda each: (each.on is None, each.on or date.max, each.reference, each.kind))


def by_month(events: Iterable[Event], today: date) -> list[Month]:
    """Group events that are in order: what is past first, then each month, then what has no date."""

    def month(event: Event) -> tuple[int, int]:
        if event.on is None:
            return (date.max.year, 13)
        return (0, 0) if event.on < today else (event.on.year, event.on.month)

    groups = [tuple(found) for _month, found in groupby(events, key=month)]
    return [Month(_title(found[0].on, today), found) for found in groups]


def _title(on: date | None, today: date) -> str:
    if on is None:
        return UNDATED
    return OVERDUE if on < today else say_month(on)
