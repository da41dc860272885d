"""The SELECTs of what takes two people."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.db.proposals import Proposal
from portal.db.tables import Inspection, Programme
from portal.domain.proposals import TERMS, Kind, Outcome
from portal.domain.roles import Permission

STEWARDS_DECIDE = sorted(kind for kind, terms in TERMS.items() if terms.approves is Permission.approve)


def waiting_about(session: Session, kind: Kind, thing: Programme | Inspection) -> Proposal | None:
    """Return the proposal of this kind about a programme or an inspection that nobody decided yet."""
    about = Proposal.programme_id if isinstance(thing, Programme) else Proposal.inspection_id
    return session.scalar(
        select(Proposal).where(Proposal.kind == kind, about == thing.id, Proposal.outcome.is_(None)).with_for_update()
    )


def approved_about(session: Session, kind: Kind, inspection_id: UUID) -> Proposal | None:
    """Return the newest approved proposal of this kind about an inspection, whether or not it still counts."""
    return session.scalar(_approved(kind, inspection_id).limit(1))


def approved_among(session: Session, kind: Kind, inspections: Iterable[UUID]) -> set[UUID]:
    """Return those of the inspections about which a proposal of this kind was ever approved."""
    about = select(Proposal.inspection_id).where(
        Proposal.kind == kind, Proposal.outcome == Outcome.approved, Proposal.inspection_id.in_(inspections)
    )
    return {each for each in session.scalars(about) if each is not None}


def readings_of(session: Session, inspection_id: UUID, now: datetime) -> Sequence[Proposal]:
    """Return the readings of an inspection by stewards that are approved and last now."""
    return session.scalars(_approved(Kind.break_glass, inspection_id).where(Proposal.expires_at > now)).all()


def reading_by(session: Session, person_id: UUID, inspection_id: UUID) -> Proposal | None:
    """Return the newest approved reading of an inspection by this person, whether or not it lasts."""
    theirs = _approved(Kind.break_glass, inspection_id).where(Proposal.proposed_by == person_id)
    return session.scalar(theirs.limit(1))


def _approved(kind: Kind, inspection_id: UUID) -> Select[Proposal]:
    return (
        select(Proposal)
        .where(Proposal.kind == kind, Proposal.inspection_id == inspection_id, Proposal.outcome == Outcome.approved)
        .order_by(Proposal.decided_at.desc(), Proposal.id)
    )


def still_reads(session: Session, proposal_id: UUID | None, person_id: UUID | None, inspection_id: UUID) -> bool:
    """Say whether a reading was approved for this person and inspection, and nobody has ended it."""
    found = select(Proposal.id).where(
        Proposal.id == proposal_id,
        Proposal.kind == Kind.break_glass,
        Proposal.proposed_by == person_id,
        Proposal.inspection_id == inspection_id,
        Proposal.outcome == Outcome.approved,
    )
    return session.scalar(found) is not None


def run_out(session: Session, now: datetime, *, lock: bool = False) -> Sequence[Proposal]:
    """Return the proposals whose time is over and that nobody decided; locked, those that nobody is deciding on now."""
    statement = select(Proposal).where(Proposal.outcome.is_(None), Proposal.expires_at <= now).order_by(Proposal.id)
    return session.scalars(statement.with_for_update(skip_locked=True) if lock else statement).all()


def newest_first() -> Select[Proposal]:
    """Select all proposals: those that wait on top, then by time."""
    return select(Proposal).order_by(Proposal.outcome.is_not(None), Proposal.proposed_at.desc(), Proposal.id)


def count_waiting(session: Session, person_id: UUID | None, now: datetime) -> int:
    """Count the proposals that stewards decide and this one may: others' that still wait."""
    waiting = select(func.count()).where(
        Proposal.outcome.is_(None),
        Proposal.expires_at > now,
        Proposal.kind.in_(STEWARDS_DECIDE),
        Proposal.proposed_by.is_distinct_from(person_id),
    )
    return session.scalar(waiting) or 0
