"""The SELECTs of holds."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.db.endings import Hold
from portal.db.queries import NOT_FOUND
from portal.db.tables import Inspection, Programme
from portal.domain.errors import NotFound
from portal.domain.lifecycle import InspectionState

Thing = Programme | Inspection


def standing() -> Select[Hold]:
    """Select the holds that stand, those that are to be reviewed first on top."""
    return (
        select(Hold)
        .where(Hold.lifted_at.is_(None))
        .order_by(Hold.review_on.is_not(None), Hold.review_on, Hold.placed_at, Hold.id)
    )


def standing_on(session: Session, thing: Thing) -> Sequence[Hold]:
    """Return the holds that stand on one programme or inspection, in the same order."""
    about = Hold.programme_id if isinstance(thing, Programme) else Hold.inspection_id
    return session.scalars(standing().where(about == thing.id)).all()


def unreviewed(session: Session, until: date) -> Sequence[Hold]:
    """Return the holds that stand and whose review date is not after this day, or that never had one."""
    return session.scalars(standing().where(or_(Hold.review_on.is_(None), Hold.review_on <= until))).all()


def past_holding(session: Session, programme_id: UUID) -> Sequence[str]:
    """Return the references of a programme's inspections whose disposal has begun, so that no hold keeps them."""
    begun = Inspection.state.in_([InspectionState.disposing, InspectionState.disposed])
    references = select(Inspection.reference).where(Inspection.programme_id == programme_id, begun)
    return session.scalars(references.order_by(Inspection.reference)).all()


def hold_by_id(session: Session, hold_id: UUID) -> Hold:
    """Return a hold, lifted or not. Raises NotFound. Whoever asks must be a steward."""
    hold = session.get(Hold, hold_id)
    if hold is None:
        raise NotFound(NOT_FOUND)
    return hold


def held_thing(session: Session, hold: Hold, *, lock: bool = False) -> Thing:
    """Return what a hold is on; `lock` keeps others from placing or lifting one, or beginning a disposal, meanwhile."""
    if hold.programme_id is not None:
        return session.get_one(Programme, hold.programme_id, with_for_update=lock or None, populate_existing=lock)
    statement = select(Inspection).where(Inspection.id == hold.inspection_id)
    if lock:
        statement = statement.with_for_update(of=Inspection).execution_options(populate_existing=True)
    return session.scalars(statement).one()


def lock_hold(session: Session, hold_id: UUID) -> tuple[Hold, Thing]:
    """Return a hold and what it is on, both locked, the thing first, as everyone locks them. Raises NotFound."""
    thing = held_thing(session, hold_by_id(session, hold_id), lock=True)
    return session.get_one(Hold, hold_id, with_for_update=True, populate_existing=True), thing
