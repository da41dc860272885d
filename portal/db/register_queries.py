"""The SELECTs of the registers: programmes, agencies with their member authorities, and added bank holidays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.db.queries import NOT_FOUND, roles_of
from portal.db.registers import AgencyMember, BankHoliday
from portal.db.tables import Agency, Inspection
from portal.domain.actors import Actor
from portal.domain.deadline import Holidays
from portal.domain.errors import NotFound
from portal.domain.lifecycle import InspectionState
from portal.domain.roles import Permission, may
from portal.domain.times import london_midnight
from portal.ports import Deps
from schemas.texts import say

PAGE_ROWS = 25
MOVED_SHOWN = 100
"""Inspections that a bank holiday's page names; a programme has six."""
T = TypeVar("T")


@dataclass(frozen=True)
class Paged(Generic[T]):
    """The rows of one page of a list; pages count from 1, and there is always one."""

    rows: Sequence[T]
    page: int
    pages: int


def paged(session: Session, statement: Select[*tuple[Any, ...]], page: int) -> Paged[Any]:
    """Return one page of the rows, scalars where one thing is selected; beyond the end the last. The order is given."""
    count = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    pages = max(1, -(-count // PAGE_ROWS))
    page = min(max(1, page), pages)
    chosen = statement.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    single = len(statement.column_descriptions) == 1
    return Paged((session.scalars(chosen) if single else session.execute(chosen)).all(), page, pages)


def steward_may(session: Session, actor: Actor, permission: Permission) -> bool:
    """Say whether the actor has this permission beyond any single inspection."""
    return any(may(role, permission) for role in roles_of(session, actor).get(None, frozenset()))


def _on(day: date) -> ColumnElement[bool]:
    return (AgencyMember.from_on <= day) & or_(AgencyMember.until_on.is_(None), AgencyMember.until_on >= day)


def members_on(session: Session, agency_id: UUID, day: date) -> list[str]:
    """Return the local authorities that are members of the agency on this day, in the order of their names.

    The last day of a membership counts. Who may ask is decided before: a leader is asked for her own agency alone.
    """
    statement = select(AgencyMember.authority).where(AgencyMember.agency_id == agency_id, _on(day))
    return list(session.scalars(statement.order_by(AgencyMember.authority)).all())


def agencies(day: date) -> Select[Agency, int]:
    """Return the statement of every agency with the number of its members on a day, by name."""
    number = select(func.count()).where(AgencyMember.agency_id == Agency.id, _on(day)).scalar_subquery()
    return select(Agency, number).order_by(Agency.name, Agency.code)


def agency_by_code(session: Session, code: str, *, lock: bool = False) -> Agency:
    """Return an agency by its code; `lock` keeps others from changing its memberships meanwhile. Raises NotFound."""
    statement = select(Agency).where(Agency.code == code)
    agency = session.scalar(statement.with_for_update() if lock else statement)
    if agency is None:
        raise NotFound(say("There is no agency {code}. `portal agency list` shows those there are.", code=code))
    return agency


def memberships(session: Session, agency_id: UUID) -> Sequence[AgencyMember]:
    """Return all memberships of an agency, by authority, the newest first."""
    return session.scalars(
        select(AgencyMember)
        .where(AgencyMember.agency_id == agency_id)
        .order_by(AgencyMember.authority, AgencyMember.from_on.desc())
    ).all()


def membership_in(session: Session, agency_id: UUID, membership_id: UUID) -> AgencyMember:
    """Return one membership of this agency. Raises NotFound."""
    row = session.scalar(
        select(AgencyMember).where(AgencyMember.id == membership_id, AgencyMember.agency_id == agency_id)
    )
    if row is None:
        raise NotFound(NOT_FOUND)
    return row


def elsewhere(session: Session, agency_id: UUID) -> list[tuple[AgencyMember, str]]:
    """Return the memberships, in other agencies, of the authorities of this one, with the other agency's name."""
    mine = select(func.lower(AgencyMember.authority)).where(AgencyMember.agency_id == agency_id)
    rows = session.execute(
        select(AgencyMember, Agency.name)
        .join(Agency, Agency.id == AgencyMember.agency_id)
        .where(AgencyMember.agency_id != agency_id, func.lower(AgencyMember.authority).in_(mine))
        .order_by(AgencyMember.authority, AgencyMember.from_on)
        .limit(200)
    )
    return [(row, name) for row, name in rows]


def holidays_now(session: Session, deps: Deps) -> Holidays:
    """Return the bank holidays that are published with the portal and those that were added since (R7).

    Whatever counts working days asks for these: `deps.holidays` alone stands still while the portal runs.
    """
    titles = {row.on: row.title for row in added_holidays(session)}
    known = deps.holidays
    return replace(known, days=known.days | titles.keys(), titles={**titles, **known.titles})


def added_holidays(session: Session) -> Sequence[BankHoliday]:
    """Return the bank holidays that were added, oldest first; there has been about one a year."""
    return session.scalars(select(BankHoliday).order_by(BankHoliday.on)).all()


def collecting_around(session: Session, day: date) -> Sequence[Inspection]:
    """Return the inspections that still collect, were announced by this day, and have a date to keep on it or later."""
    later = or_(Inspection.starts_on >= day, Inspection.deadline_at >= london_midnight(day))
    return session.scalars(
        select(Inspection)
        .where(
            Inspection.state == InspectionState.announced,
            Inspection.announced_at < london_midnight(day),
            later,
        )
        .order_by(Inspection.deadline_at, Inspection.reference)
        .limit(MOVED_SHOWN)
    ).all()
