"""Calendars to simulate: what will happen to a programme in two to three years, drawn from a seed.

Most of it is near what decides: the publication, the end of the notice, the day on which disposal is due.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple

DAY = timedelta(days=1)


class Happening(NamedTuple):
    """What happens at an instant of true time."""

    at: datetime
    order: int
    kind: str
    value: Any


class Fact(NamedTuple):
    """What an onlooker wrote down, at an instant of true time: all that the oracle is told."""

    at: datetime
    kind: str
    value: Any = None
    which: int | None = None
    """The inspection; None for the programme, or the clock."""


@dataclass
class Calendar:
    """What will happen."""

    seed: int
    start: datetime
    end: datetime
    standing: bool
    """Whether the programme's plans need nobody's approval."""
    last_days: list[date]
    happenings: list[Happening] = field(default_factory=list)


class Draft:
    """A calendar in the making."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.start = datetime(2022, 1, 1, 8, 30, tzinfo=UTC) + self.random.randrange(8 * 365) * DAY
        self.length = self.random.randint(730, 1095)
        self.published = self.random.randint(61, 400)
        """The day, from the start, on which the report is meant to come out."""
        self.number = count()
        self.happenings: list[Happening] = []

    def at(self, days: float, kind: str, value: object = None) -> None:
        """Let something happen so many days from the start."""
        if 0 <= days < self.length:
            self.happenings.append(Happening(self.start + days * DAY, next(self.number), kind, value))

    def near(self) -> float:
        """Return a day: mostly one near publication, the end of the notice or the day that disposal is due."""
        random, published = self.random, self.published
        anchor = random.choice((published, published + 14, published + 366, published + 366))
        spread = random.choice((0.02, 1.5, 20))
        return random.choice((anchor + random.uniform(-spread, spread), random.uniform(1, 900)))

    def publication(self) -> None:
        """The date: entered, corrected by one person or two, retracted and entered again; or none, and a long-stop."""
        random = self.random
        if random.random() < 0.93:
            self.at(self.published + random.random(), "enter", random.choice((0, 0, 1, 5, 20)))
        for _ in range(random.choice((0, 0, 1, 2))):
            self.at(self.near(), "later", random.randint(1, 40))
        if random.random() < 0.15:
            self.at(self.near(), "earlier", random.randint(1, 300))
        if random.random() < 0.15:
            gone = self.near()
            self.at(gone, "retract")
            self.at(gone + random.randint(1, 120), "enter", random.choice((0, 3, 200)))
        if random.random() < 0.2:
            self.at(random.uniform(300, 700), "long stop", random.randint(1, 400))

    def holds(self, which: int | None) -> None:
        """Holds on one inspection, or on the programme."""
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            placed = self.near()
            self.at(placed, "hold", which)
            self.at(placed + self.random.uniform(0.1, 90), "lift", which)

    def conduct(self, which: int) -> None:
        """One inspection: deferred, announced anew, cancelled, closed, decided on by two, its plan approved."""
        random = self.random
        if random.random() < 0.15:
            deferred = random.uniform(0, 50)
            self.at(deferred, "defer", which)
            self.at(deferred + random.randint(10, 100), "announce", which)
        if random.random() < 0.15:
            self.at(random.uniform(0, self.published * 1.5), "cancel", which)
        self.at(random.uniform(1, 90), "close", which)
        if random.random() < 0.2:
            decided = random.choice((self.near(), random.uniform(30, self.length)))
            self.at(decided, "decide", which)
            self.at(decided + random.uniform(0, 9), "by hand", which)
        for offset in (-14, 2, 40, 200, 500):
            self.at(self.published + 366 + offset + random.uniform(0, 12), "approve", which)

    def machine(self) -> None:
        """The worker that pauses for hours, days or weeks, and the clock that leaps or falls back."""
        random = self.random
        for _ in range(random.choice((0, 1, 2, 3))):
            away, paused = self.near(), random.choice((0.2, 0.9, 3, 14, 45))
            self.at(away, "pause")
            self.at(away + paused * random.random(), "resume")
        for _ in range(random.choice((0, 1, 2, 3))):
            wrong = self.near()
            forward = timedelta(hours=random.choice((25, 26, 24 * 15, 24 * 400)))
            back = -timedelta(minutes=random.choice((1, 90, 60 * 24 * 3, 60 * 24 * 60)))
            kind = random.choice(("jump", "jump within a round"))
            self.at(wrong, kind, random.choice((forward, forward, back)))
            self.at(wrong + random.uniform(0.1, 20), "right the clock")


def make_calendar(seed: int) -> Calendar:
    """Return the calendar of this seed."""
    draft = Draft(seed)
    random = draft.random
    last_days = [draft.start.date() + random.randint(7, 60) * DAY for _ in range(random.choice((1, 1, 1, 2, 3)))]
    draft.publication()
    for which in range(len(last_days)):
        draft.conduct(which)
        draft.holds(which)
    draft.holds(None)
    draft.machine()
    end = draft.start + draft.length * DAY
    return Calendar(seed, draft.start, end, random.random() < 0.7, last_days, draft.happenings)
