"""What is looked up for the end of life: what is left to dispose of, how far it has come, alarms, and the clock."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine, exists, select
from sqlalchemy.orm import Session

from portal.db.endings import Alarm, Certificate, ClockRow, Disposal
from portal.db.engine import glancing
from portal.db.tables import AuditEntry, Inspection
from portal.domain.lifecycle import InspectionState

_CLOCK_SECONDS = select(ClockRow.__table__.c.offset_seconds)


def undisposed(session: Session) -> Sequence[Inspection]:
    """Return the inspections that are not disposed of yet, oldest announcement first."""
    return session.scalars(
        select(Inspection).where(Inspection.state != InspectionState.disposed).order_by(Inspection.announced_at)
    ).all()


def disposal_of(session: Session, inspection_id: UUID, *, lock: bool = False) -> Disposal | None:
    """Return how far the disposal of an inspection has come, if it was begun."""
    return session.get(Disposal, inspection_id, with_for_update=lock)


def was_told(session: Session, inspection_id: UUID, action: str) -> bool:
    """Say whether the trail has an entry of this action about an inspection."""
    about = (AuditEntry.inspection == str(inspection_id), AuditEntry.action == action)
    return bool(session.scalar(select(exists().where(*about))))


def certificate_of(session: Session, inspection_id: UUID) -> Certificate | None:
    """Return the newest certificate of an inspection, if it was disposed of."""
    numbered = select(Certificate).where(Certificate.inspection_id == inspection_id).order_by(Certificate.number.desc())
    return session.scalars(numbered.limit(1)).first()


def standing_alarm(session: Session, kind: str, subject: str = "") -> Alarm | None:
    """Return the alarm of this kind about this subject that nobody has cleared yet; there is one at most."""
    about = (Alarm.kind == kind, Alarm.subject == subject)
    return session.scalar(select(Alarm).where(*about, Alarm.cleared_at.is_(None)))


def standing_alarms(session: Session) -> Sequence[Alarm]:
    """Return the alarms that nobody has cleared yet."""
    return session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)).order_by(Alarm.raised_at)).all()


def clock_seconds(engine: Engine) -> float:
    """Return the development clock's offset in seconds; as cheap as can be, because every use of the clock asks."""
    with glancing(engine) as connection:
        return float(connection.execute(_CLOCK_SECONDS).scalar_one())


def clock_row(session: Session, *, lock: bool = False) -> ClockRow:
    """Return the one row of the clock table, which the first migration put there."""
    statement = select(ClockRow)
    return session.scalars(statement.with_for_update() if lock else statement).one()
