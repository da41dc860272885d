"""Entering a publication date, in the caller's transaction: what one person's entry and two people's change share."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.ending_queries import clock_row, standing_alarm
from portal.db.queries import people_with
from portal.db.states import move_inspection
from portal.db.tables import Inspection, Programme
from portal.domain.actors import Actor
from portal.domain.errors import Conflict
from portal.domain.lifecycle import InspectionState
from portal.domain.long_stop import OnSite, last_day_on_site
from portal.domain.retention import CLOCK_ALARM, check_publication_date
from portal.domain.roles import STEWARDS
from portal.domain.times import london_date
from portal.ports import Deps
from portal.vault.long_stop import settle_alarms
from portal.vault.mails import queue_mail
from schemas.texts import say

A_MINUTE = timedelta(minutes=1)
CLOCK_IN_DOUBT = say(
    "The clock of the service is in doubt, and the 14 days in which nothing is disposed of would begin by it. "
    "Check the clock and confirm it on the page of retention first."
)


def check_publication(
    session: Session, deps: Deps, programme: Programme, published_on: date | None, *, two_people: bool
) -> list[Inspection]:
    """Let the date be entered, and return the programme's inspections, locked; the programme must be locked first.

    Not while the clock is in doubt: the notice of 14 days would begin at a time that is not so (R9, R13).

    Raises Refused (no date, in the future, before the last day on site), TakesTwo, Conflict (disposal has begun, the
    clock).
    """
    _check_clock(session, deps)
    inspections = session.scalars(
        # In one order, as everyone locks who locks several.
        select(Inspection)
        .where(Inspection.programme_id == programme.id)
        .order_by(Inspection.id)
        .with_for_update(of=Inspection)
    ).all()
    check_publication_date(
        published_on,
        today=london_date(deps.clock.now()),
        last_day_on_site=last_day_on_site(
            OnSite(each.last_day_on, each.cancelled_at is not None) for each in inspections
        ),
        current=programme.published_on,
        retracted=programme.retracted_on,
        two_people=two_people,
    )
    if any(each.state in (InspectionState.disposing, InspectionState.disposed) for each in inspections):
        raise Conflict(say("Disposal in this programme has begun, so its publication date can no longer change."))
    return list(inspections)


def _check_clock(session: Session, deps: Deps) -> None:
    heartbeat = clock_row(session).heartbeat_at
    # Read before the clock, and not to the minute: another process's heartbeat must not seem to be in the future.
    behind = heartbeat is not None and deps.clock.now() < heartbeat - A_MINUTE
    if behind or standing_alarm(session, CLOCK_ALARM) is not None:
        raise Conflict(CLOCK_IN_DOUBT)


def enter_publication(
    session: Session,
    deps: Deps,
    actor: Actor,
    programme: Programme,
    published_on: date | None,
    inspections: list[Inspection],
    **why: str,
) -> None:
    """Enter or change the date: inspections that still collect are closed, the notice begins, stewards are told (R9).

    Retracted, the latest date that was ever taken back is kept. `why` goes into the trail.
    """
    now = deps.clock.now()
    if published_on is None:
        taken_back = [each for each in (programme.published_on, programme.retracted_on) if each]
        programme.retracted_on = max(taken_back, default=None)
    programme.published_on, programme.publication_entered_at = published_on, now
    for inspection in inspections:
        if inspection.state in (InspectionState.announced, InspectionState.deferred):
            move_inspection(inspection, InspectionState.closed)
            inspection.closed_at = now
            append(session, actor, "inspection.closed", now, inspection=inspection.id)
    for person in people_with(session, STEWARDS):
        queue_mail(session, deps, person.id, None, "publication")
    session.flush()
    settle_alarms(session, deps, actor, programme)
    append(
        session, actor, "publication.entered", now, inspection=None, subject=programme.id,
        published_on=str(published_on), **why,
    )  # fmt: skip
