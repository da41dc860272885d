"""What is looked up after a restore: inspections and certificates that the database knows, and what the trail says."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.db.endings import Certificate
from portal.db.tables import AuditEntry, Inspection
from portal.domain.lifecycle import InspectionState


def states(session: Session) -> dict[UUID, InspectionState]:
    """Return the state of every inspection; columns alone, because every start asks."""
    return {each: InspectionState(state) for each, state in session.execute(select(Inspection.id, Inspection.state))}


def certified(session: Session) -> dict[UUID, set[int]]:
    """Return the numbers of every inspection's certificates."""
    found: dict[UUID, set[int]] = {}
    for inspection, number in session.execute(select(Certificate.inspection_id, Certificate.number)):
        found.setdefault(inspection, set()).add(number)
    return found


def inspection_with(session: Session, inspection_id: UUID) -> Inspection | None:
    """Return an inspection, locked and read anew, if the database knows it."""
    return session.get(Inspection, inspection_id, with_for_update={"of": Inspection}, populate_existing=True)


def was_said(session: Session, inspection_id: UUID, action: str) -> bool:
    """Say whether the trail has an entry of this action about an inspection."""
    about = (AuditEntry.inspection == str(inspection_id), AuditEntry.action == action)
    return bool(session.scalar(select(exists().where(*about))))


def told(session: Session, action: str) -> Sequence[Mapping[str, Any]]:
    """Return the details of every entry of an action that is rare, in order; what was altered may say nothing."""
    details = select(AuditEntry.details).where(AuditEntry.action == action).order_by(AuditEntry.seq)
    found = []
    for each in session.scalars(details):
        with suppress(ValueError, RecursionError):
            found.append(json.loads(each))
    return [each for each in found if isinstance(each, dict)]


def told_at(session: Session, action: str, subject: str) -> int | None:
    """Return the number of the first entry of an action about a subject."""
    about = (AuditEntry.action == action, AuditEntry.subject == subject)
    return session.scalar(select(func.min(AuditEntry.seq)).where(*about))


def hash_of(session: Session, seq: int) -> str | None:
    """Return the hash of an entry of the trail, if it is there."""
    return session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == seq))
