"""The programme's end of life: the publication date that starts the retention clock, and the hold that stops it."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import admit, people_with, programme_by_code, require_steward
from portal.db.states import move_inspection
from portal.db.tables import Inspection
from portal.domain.actors import Actor
from portal.domain.errors import Conflict
from portal.domain.lifecycle import InspectionState
from portal.domain.retention import Publication, Verdict, check_publication_date, disposal_verdict
from portal.domain.roles import STEWARDS, Permission
from portal.domain.times import london_date
from portal.ports import Deps
from portal.vault.mails import queue_mail
from schemas.texts import say


def publish(deps: Deps, actor: Actor, code: str, published_on: date | None) -> Verdict:
    """Enter or move the final report's publication date; inspections that still collect are closed (§53, §65, R9).

    Nothing is disposed of for 14 days after any entry or change. Raises NotFound, Refused (future, before the last day
    on site), NotAllowed (earlier or retracted: that takes two people), Conflict (disposal has begun).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code, lock=True)
        inspections = session.scalars(
            # In one order, as everyone locks who locks several.
            select(Inspection)
            .where(Inspection.programme_id == programme.id)
            .order_by(Inspection.id)
            .with_for_update(of=Inspection)
        ).all()
        now = deps.clock.now()
        check_publication_date(
            published_on,
            today=london_date(now),
            last_day_on_site=max((each.last_day_on for each in inspections), default=None),
            current=programme.published_on,
        )
        if any(each.state in (InspectionState.disposing, InspectionState.disposed) for each in inspections):
            raise Conflict(say("Disposal in this programme has begun, so its publication date can no longer change."))
        if programme.published_on != published_on:
            programme.published_on, programme.publication_entered_at = published_on, now
            for inspection in inspections:
                if inspection.state in (InspectionState.announced, InspectionState.deferred):
                    move_inspection(inspection, InspectionState.closed)
                    inspection.closed_at = now
                    append(session, actor, "inspection.closed", now, inspection=inspection.id)
            for person in people_with(session, STEWARDS):
                queue_mail(session, deps, person.id, None, "publication")
            append(session, actor, "publication.entered", now, subject=programme.id, published_on=str(published_on))
        publication = Publication(programme.published_on, programme.publication_entered_at)
        return disposal_verdict(publication, programme.held, now)


def set_hold(deps: Deps, actor: Actor, inspection_id: UUID, *, held: bool) -> None:
    """Place or lift the hold on one inspection. Raises NotFound, NotAllowed, Conflict (disposal has begun)."""
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_retention, lock=True)
        if inspection.state in (InspectionState.disposing, InspectionState.disposed):
            raise Conflict(say("Disposal of this inspection has begun, so it can no longer be held."))
        inspection.held = held
        append(session, actor, "hold.placed" if held else "hold.lifted", deps.clock.now(), inspection=inspection.id)


def set_programme_hold(deps: Deps, actor: Actor, code: str, *, held: bool) -> None:
    """Place or lift the hold on a whole programme; what is being disposed of is past it. Raises NotFound."""
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code, lock=True)
        programme.held = held
        append(session, actor, "hold.placed" if held else "hold.lifted", deps.clock.now(), subject=programme.id)
