"""What is looked up where no publication date decides: a programme's days on site, and what is left of it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.endings import Alarm
from portal.db.tables import Inspection, Programme
from portal.domain.lifecycle import InspectionState
from portal.domain.long_stop import KINDS, OnSite, Unpublished, last_day_to_count


def unpublished(session: Session, programme: Programme) -> Unpublished:
    """Return how a programme stands while nothing is published."""
    columns = (Inspection.last_day_on, Inspection.cancelled_at, Inspection.state)
    rows = session.execute(select(*columns).where(Inspection.programme_id == programme.id)).all()
    return Unpublished(
        published_on=programme.published_on,
        last_day_on=last_day_to_count(OnSite(each.last_day_on, each.cancelled_at is not None) for each in rows),
        long_stop_on=programme.long_stop_on,
        remains=any(each.state != InspectionState.disposed for each in rows),
    )


def programmes_to_watch(session: Session) -> Sequence[Programme]:
    """Return the programmes without a publication date, and those about which an alarm stands."""
    standing = session.scalars(select(Alarm.subject).where(Alarm.kind.in_(KINDS), Alarm.cleared_at.is_(None)))
    alarmed = [UUID(each) for each in standing]
    watched = or_(Programme.published_on.is_(None), Programme.id.in_(alarmed))
    return session.scalars(select(Programme).where(watched).order_by(Programme.id)).all()
