"""The SELECTs of the registers: which authorities an agency has on a day, and which bank holidays were added."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.db.registers import AgencyMember


def _on(day: date) -> ColumnElement[bool]:
    return (AgencyMember.from_on <= day) & or_(AgencyMember.until_on.is_(None), AgencyMember.until_on >= day)


def members_on(session: Session, agency_id: UUID, day: date) -> list[str]:
    """Return the local authorities that are members of the agency on this day, in the order of their names.

    The last day of a membership counts. Who may ask is decided before: a leader is asked for her own agency alone.
    """
    statement = select(AgencyMember.authority).where(AgencyMember.agency_id == agency_id, _on(day))
    return list(session.scalars(statement.order_by(AgencyMember.authority)).all())
