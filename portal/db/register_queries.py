"""The SELECTs of the registers: which authorities an agency has on a day, and which bank holidays were added."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.db.registers import AgencyMember, BankHoliday
from portal.domain.deadline import Holidays
from portal.ports import Deps


def _on(day: date) -> ColumnElement[bool]:
    return (AgencyMember.from_on <= day) & or_(AgencyMember.until_on.is_(None), AgencyMember.until_on >= day)


def members_on(session: Session, agency_id: UUID, day: date) -> list[str]:
    """Return the local authorities that are members of the agency on this day, in the order of their names.

    The last day of a membership counts. Who may ask is decided before: a leader is asked for her own agency alone.
    """
    statement = select(AgencyMember.authority).where(AgencyMember.agency_id == agency_id, _on(day))
    return list(session.scalars(statement.order_by(AgencyMember.authority)).all())


def holidays_now(session: Session, deps: Deps) -> Holidays:
    """Return the bank holidays that are published with the portal and those that were added since (R7).

    Whatever counts working days asks for these: `deps.holidays` alone stands still while the portal runs.
    """
    added = session.scalars(select(BankHoliday.on)).all()
    return replace(deps.holidays, days=deps.holidays.days | frozenset(added))
