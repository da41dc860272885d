"""What is looked up to prune the trail: how far its own retention reaches, and a segment of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.db.endings import Anchoring, CheckpointRow, TrailBase
from portal.db.tables import AuditEntry, Inspection
from portal.domain.lifecycle import InspectionState


def first_needed(session: Session, before: datetime) -> int | None:
    """Return the first entry that is younger than `before` or of an inspection that is not disposed of, if any is."""
    living = session.scalars(select(Inspection.id).where(Inspection.state != InspectionState.disposed)).all()
    needed = (AuditEntry.at >= before) | AuditEntry.inspection.in_([str(each) for each in living])
    # In order, so that it ends at the first that is found: as a rule that is the first of all.
    return session.scalar(select(AuditEntry.seq).where(needed).order_by(AuditEntry.seq).limit(1))


def last_checkpoint_between(
    session: Session, after: int, before: int | None, anchors: Collection[str]
) -> CheckpointRow | None:
    """Return the newest checkpoint of an entry after `after`, and before `before`, that all of these anchors took."""
    kept = (
        select(Anchoring.name)
        .where(Anchoring.anchor.in_(sorted(anchors)), Anchoring.kept_at.is_not(None))
        .group_by(Anchoring.name)
        .having(func.count() == len(anchors))
    )
    chosen = select(CheckpointRow).where(CheckpointRow.seq > after, CheckpointRow.name.in_(kept))
    if before is not None:
        chosen = chosen.where(CheckpointRow.seq < before)
    return session.scalars(chosen.order_by(CheckpointRow.seq.desc()).limit(1)).first()


def pruned_at(session: Session) -> datetime | None:
    """Return when the trail was last pruned, if it was."""
    return session.scalar(select(func.max(TrailBase.pruned_at)))


def remove_entries(session: Session, up_to: int) -> int:
    """Delete the entries up to this number; return how many they were."""
    return session.execute(delete(AuditEntry).where(AuditEntry.seq <= up_to)).rowcount  # type: ignore[attr-defined, no-any-return]
