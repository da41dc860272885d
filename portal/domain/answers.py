"""What a provider says of an item that is not sent as asked: from what was typed to what is kept (§20)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from portal.domain.checklist import GapKind, check_gap_words
from portal.domain.errors import Refused
from portal.domain.times import say_deadline
from portal.domain.typed import london_instant, read_date, read_time
from schemas.definitions import Item
from schemas.texts import say, together

LONGEST_NAME = 200
"""Characters in the name of what was sent instead."""
FOLLOWS_WITHIN = timedelta(days=28)
"""How far ahead something can be promised: the inspection itself is over by then."""
END_OF_DAY = time(23, 59)


@dataclass(frozen=True)
class When:
    """A date and a time in London as they were typed."""

    day: str = ""
    month: str = ""
    year: str = ""
    time: str = ""


@dataclass(frozen=True)
class Said:
    """What is kept, sealed, of an answer: words, the name of an equivalent, and by when something follows (UTC)."""

    words: str = ""
    name: str = ""
    by: datetime | None = None

    @property
    def in_words(self) -> str:
        """Say it in one line: "By midday on Wednesday 11 October 2023. The board approves it that day."."""
        by = say("By {deadline}", deadline=say_deadline(self.by)) if self.by else ""
        return together([part for part in (by, self.name, self.words) if part], ". ")


def kinds_for(item: Item) -> tuple[GapKind, ...]:
    """Return the answers that an item takes; that there is none to report is one for meetings alone."""
    return tuple(kind for kind in GapKind if kind is not GapKind.none or item.form == "meetings")


def check_kind(item: Item, kind: str) -> GapKind:
    """Return the kind of answer. Raises Refused where none was chosen, or one that the item does not take."""
    if kind not in kinds_for(item):
        raise Refused(say("Select why the item is not complete"), "kind")
    return GapKind(kind)


def check_said(kind: GapKind, words: str, now: datetime, *, name: str | None = None, when: When | None = None) -> Said:
    """Return what was said, each part where its kind has it.

    `name` and `when` are None for a form that does not ask for them: then words alone must do. Raises Refused with the
    field (words, name, by_day, by_time).
    """
    if kind is GapKind.none:
        return Said()
    called = _name(name) if kind is GapKind.equivalent and name is not None else ""
    by = check_by(when, now) if kind is GapKind.to_follow and when is not None else None
    if not words.strip() and (called or by):
        return Said(name=called, by=by)
    return Said(check_gap_words(words), called, by)


def check_by(when: When, now: datetime) -> datetime:
    """Return, in UTC, by when something follows; no time means the end of the day. Raises Refused."""
    day = read_date(when.day, when.month, when.year, say("date on which it follows"), "by_day")
    at = read_time(when.time, "by_time") if when.time.strip() else END_OF_DAY
    by = london_instant(day, at, "by_time")
    if by <= now:
        raise Refused(say("The date and time by which it follows must be in the future"), "by_day")
    if by > now + FOLLOWS_WITHIN:
        raise Refused(
            say(
                "The date on which it follows must be within {days} days. "
                "If you cannot say when, choose that you do not hold it.",
                days=FOLLOWS_WITHIN.days,
            ),
            "by_day",
        )
    return by


def _name(raw: str) -> str:
    name = " ".join(raw.split())
    if not name:
        raise Refused(say("Enter the name of what you have sent instead"), "name")
    if len(name) > LONGEST_NAME:
        raise Refused(say("The name must be {most} characters or fewer", most=LONGEST_NAME), "name")
    return name
