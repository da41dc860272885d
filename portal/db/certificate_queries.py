"""What is looked up about certificates: which disposals wait for the final one, and one of several by its number."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from portal.db.endings import Certificate, Disposal
from portal.db.tables import Inspection
from portal.domain.errors import NotFound
from portal.domain.lifecycle import InspectionState


def provisional_since(session: Session, removed_by: datetime) -> Sequence[UUID]:
    """Return the disposed inspections whose key was removed by then and that have no final certificate, in order."""
    final = exists().where(Certificate.inspection_id == Disposal.inspection_id, Certificate.final)
    waiting = (
        select(Disposal.inspection_id)
        .join(Inspection, Inspection.id == Disposal.inspection_id)
        .where(Inspection.state == InspectionState.disposed, Disposal.key_removed_at <= removed_by, ~final)
        .order_by(Disposal.key_removed_at, Disposal.inspection_id)
    )
    return session.scalars(waiting).all()


def certificate_numbered(session: Session, inspection_id: UUID, number: int) -> Certificate:
    """Return one of the certificates of an inspection. Raises NotFound."""
    wanted = select(Certificate).where(Certificate.inspection_id == inspection_id, Certificate.number == number)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound
    return found


def certificates_of(session: Session, inspection_id: UUID) -> Sequence[Certificate]:
    """Return all certificates of an inspection, the newest first."""
    every = select(Certificate).where(Certificate.inspection_id == inspection_id)
    return session.scalars(every.order_by(Certificate.number.desc())).all()


def listed() -> Select[UUID, UUID, int, bool, datetime, str]:
    """Select every certificate with its inspection's reference, the newest first."""
    chosen = (Certificate.id, Certificate.inspection_id, Certificate.number, Certificate.final, Certificate.made_at)
    return (
        select(*chosen, Inspection.reference)
        .join(Inspection, Inspection.id == Certificate.inspection_id)
        .order_by(Certificate.made_at.desc(), Inspection.reference, Certificate.number.desc())
    )
