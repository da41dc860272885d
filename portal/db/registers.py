"""The rows that stewards keep beside programmes: which authorities an agency serves when, and proclaimed holidays."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.tables import Base, Id, unique_where


class AgencyMember(Base):
    """A local authority in a regional adoption agency, from the first day to the last; None: still."""

    __tablename__ = "agency_member"
    id: Mapped[Id]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    authority: Mapped[str]
    code: Mapped[str | None] = mapped_column(String(3))
    """The authority's number at the Department for Education, three digits, by which the A1 form names it."""
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="in_order"),
        unique_where("until_on IS NULL", "uq_agency_member_current", "agency_id", "authority"),
    )


class BankHoliday(Base):
    """A bank holiday proclaimed after the published list was made (R7)."""

    __tablename__ = "bank_holiday"
    on: Mapped[date] = mapped_column("day", primary_key=True)
    title: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
