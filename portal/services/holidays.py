"""Proclaimed bank holidays: added and removed by an administrator; deadlines already set do not move (R7)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.queries import NOT_FOUND, require_steward
from portal.db.register_queries import MOVED_SHOWN, added_holidays, collecting_around, holidays_now
from portal.db.registers import BankHoliday
from portal.domain.actors import Actor
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, NotFound
from portal.domain.registers import check_holiday, check_title, moved_by
from portal.domain.roles import Permission
from portal.domain.times import london_date
from portal.ports import Deps
from schemas.texts import say


@dataclass(frozen=True)
class Holiday:
    """One bank holiday; those that were added can be removed as long as they lie ahead."""

    on: date
    title: str
    added: bool
    removable: bool


@dataclass(frozen=True)
class Moved:
    """An inspection some of whose dates the holiday would have put later, each in a sentence."""

    reference: str
    agency: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Effect:
    """What one bank holiday does to inspections that are under way; `more` where not all of them are named."""

    holiday: Holiday
    moved: tuple[Moved, ...]
    more: bool


def list_holidays(deps: Deps, actor: Actor, year: int) -> list[Holiday]:
    """Return the bank holidays of a year, published and added, in order. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        known = holidays_now(session, deps)
        added = {row.on for row in added_holidays(session)}
    today = london_date(deps.clock.now())
    return [
        Holiday(day, known.titles.get(day, say("Bank holiday")), day in added, day in added and day > today)
        for day in sorted(known.days)
        if day.year == year
    ]


def add_holiday(deps: Deps, actor: Actor, on: date | None, title: str) -> Effect:
    """Add a proclaimed bank holiday; return the inspections whose dates it would have put later.

    Raises NotFound, Refused (title, date), Conflict (somebody has just added it).
    """
    title = check_title(title)
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        now = deps.clock.now()
        on = check_holiday(on, today=london_date(now), known=holidays_now(session, deps))
        session.add(BankHoliday(on=on, title=title, added_at=now, added_by=actor.person))
        try:
            session.flush()
        except IntegrityError as error:
            raise Conflict(say("This bank holiday has just been added. Look at the list again.")) from error
        append(session, actor, "holiday.added", now, subject=on.isoformat())
    return holiday_effect(deps, actor, on)


def holiday_effect(deps: Deps, actor: Actor, on: date) -> Effect:
    """Return an added bank holiday and the inspections whose dates it would have put later. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        row = _added(session, on)
        known, around = holidays_now(session, deps), collecting_around(session, on)
        moved = (
            Moved(
                each.reference,
                each.agency.name,
                moved_by(
                    on,
                    known,
                    announced_at=each.announced_at,
                    policy=DeadlinePolicy(each.deadline_policy),
                    deadline_at=each.deadline_at,
                    starts_on=each.starts_on,
                ),
            )
            for each in around
        )
        holiday = Holiday(row.on, row.title, True, row.on > london_date(deps.clock.now()))
        return Effect(holiday, tuple(each for each in moved if each.words), len(around) == MOVED_SHOWN)


def remove_holiday(deps: Deps, actor: Actor, on: date) -> None:
    """Remove a bank holiday that was added by mistake. Raises NotFound, Conflict (it is not ahead any more)."""
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        row, now = _added(session, on), deps.clock.now()
        if row.on <= london_date(now):
            raise Conflict(say("Only a bank holiday that lies ahead can be removed: this one has counted already."))
        session.delete(row)
        append(session, actor, "holiday.removed", now, subject=on.isoformat())


def _added(session: Session, on: date) -> BankHoliday:
    row = session.get(BankHoliday, on)
    if row is None:
        raise NotFound(NOT_FOUND)
    return row


def year_of(deps: Deps, raw: str) -> int:
    """Return the year that an address asks for, this one unless it is among those that can be shown."""
    this = london_date(deps.clock.now()).year
    first = min(deps.holidays.days, default=date(this, 1, 1)).year
    last = max(this, deps.holidays.last_year) + 2
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) == 4 and first <= int(raw) <= last else this
