"""What is looked up to anchor the trail: the newest checkpoint, statements by name, and what an anchor lacks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.db.endings import Anchoring, Certificate, CheckpointRow
from portal.db.tables import AuditEntry


def newest_checkpoint(session: Session) -> CheckpointRow | None:
    """Return the checkpoint of the newest entry that has one."""
    return session.scalars(select(CheckpointRow).order_by(CheckpointRow.seq.desc()).limit(1)).first()


def checkpoint_from(session: Session, seq: int) -> CheckpointRow | None:
    """Return the first checkpoint at entry `seq` or after it."""
    after = select(CheckpointRow).where(CheckpointRow.seq >= seq)
    return session.scalars(after.order_by(CheckpointRow.seq, CheckpointRow.name).limit(1)).first()


def checkpoints(session: Session) -> Sequence[CheckpointRow]:
    """Return every checkpoint, by name and so by entry."""
    return session.scalars(select(CheckpointRow).order_by(CheckpointRow.name)).all()


def oldest_after(session: Session, seq: int) -> datetime | None:
    """Return the time of the first entry after entry `seq`, if there is one."""
    return session.scalar(select(AuditEntry.at).where(AuditEntry.seq > seq).order_by(AuditEntry.seq).limit(1))


def any_after(session: Session, seq: int, actions: Collection[str]) -> bool:
    """Say whether there is an entry of one of these actions after entry `seq`."""
    found = exists().where(AuditEntry.seq > seq, AuditEntry.action.in_(sorted(actions)))
    return bool(session.scalar(select(found)))


def stated_checkpoint(session: Session, name: str) -> str | None:
    """Return the text of the checkpoint of this name."""
    return session.scalar(select(CheckpointRow.body).where(CheckpointRow.name == name))


def stated_certificate(session: Session, inspection: UUID, number: int) -> str | None:
    """Return the text of an inspection's certificate by its number."""
    one = (Certificate.inspection_id == inspection, Certificate.number == number)
    return session.scalar(select(Certificate.body).where(*one))


def waiting_for(session: Session, anchor: str, limit: int) -> Sequence[str]:
    """Return the names of statements that the anchor does not have yet, in the order in which they were queued."""
    waits = select(Anchoring.name).where(Anchoring.anchor == anchor, Anchoring.kept_at.is_(None))
    return session.scalars(waits.order_by(Anchoring.queued_at, Anchoring.name).limit(limit)).all()


def known_to(session: Session, anchor: str) -> bool:
    """Say whether anything was ever queued for this anchor."""
    return bool(session.scalar(select(exists().where(Anchoring.anchor == anchor))))


def queued_statements(session: Session) -> Sequence[tuple[str, datetime]]:
    """Return the name of every statement that was queued for any anchor, and when."""
    rows = session.execute(select(Anchoring.name, func.min(Anchoring.queued_at)).group_by(Anchoring.name))
    return [(name, at) for name, at in rows]


def anchor_counts(session: Session, anchor: str) -> dict[str, Any]:
    """Return how many statements an anchor has, how many wait for it, and why the first of these was not taken."""
    kept = select(func.count(Anchoring.kept_at), func.count()).where(Anchoring.anchor == anchor)
    has, queued = session.execute(kept).one()
    failed = (Anchoring.anchor == anchor, Anchoring.kept_at.is_(None), Anchoring.failure.is_not(None))
    failure = session.scalar(select(Anchoring.failure).where(*failed).order_by(Anchoring.queued_at).limit(1))
    return {"kept": has, "waiting": queued - has, "failure": failure or ""}


def handed_over(session: Session) -> set[tuple[str, str]]:
    """Return statement and anchor of all that was handed over."""
    rows = session.execute(select(Anchoring.name, Anchoring.anchor).where(Anchoring.kept_at.is_not(None)))
    return {(name, anchor) for name, anchor in rows}
