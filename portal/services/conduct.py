"""Conduct an inspection: move its deadline, defer it, announce it anew, accept what was late, close it (R3, §19)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.conduct_queries import ever_late, inspectors_in, late_documents, taking_place_in
from portal.db.engine import reading, writing
from portal.db.exchanges import Message
from portal.db.queries import admit, document_in, people_with
from portal.db.register_queries import holidays_now
from portal.db.states import move_inspection
from portal.db.tables import Document, Inspection
from portal.domain.actors import Actor
from portal.domain.announcing import Asked, Dates, Seen, plan_dates, settle
from portal.domain.deadline import DeadlinePolicy, check_move, check_reason, is_on_time
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.domain.lifecycle import DocumentState, InspectionState, readable
from portal.domain.roles import PROVIDER, TEAM, Permission
from portal.domain.times import iso, say_deadline
from portal.ports import Deps
from portal.vault.asked import checklist_of, due_times
from portal.vault.invitations import tell_of_role
from portal.vault.mails import queue_mail
from portal.vault.receipts import receipt_after_change
from portal.vault.records import GONE, inspection_key, seal_message_words
from schemas.texts import say

NOT_OPEN = say("Only an inspection that still takes documents can be closed.")
_ALREADY = {
    InspectionState.deferred: say("This inspection is deferred already. Reload the page to see how it stands now."),
    InspectionState.closed: say("This inspection is closed already. Reload the page to see how it stands now."),
    InspectionState.disposing: say("This inspection is disposing already. Reload the page to see how it stands now."),
    InspectionState.disposed: say("This inspection is disposed already. Reload the page to see how it stands now."),
}


def move_deadline(deps: Deps, actor: Actor, inspection_id: UUID, new: datetime, reason: str) -> str:
    """Move the deadline later, for all that is still to come and all that began by it; return it in words (R3).

    What was late and began by the new deadline is on time from here on; receipts made before say what held then.
    Raises NotFound, NotAllowed, Conflict (deferred, closed), Refused (not later, not in the future, the reason),
    ValueError (naive).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.move_deadline, lock=True)
        if inspection.state != InspectionState.announced:
            raise Conflict(
                say("This inspection is deferred, so it has no deadline to move: announce it anew.")
                if inspection.state == InspectionState.deferred
                else say("This inspection is closed, so its deadline can no longer be moved.")
            )
        now, old, later = deps.clock.now(), inspection.deadline_at, due_times(session, inspection)
        reason = check_move(old, new, reason, now)
        inspection.deadline_at = new
        for document in ever_late(session, inspection.id):
            document.on_time = is_on_time(document.began_at, later.get(document.item, new))
        words = say_deadline(new)
        message = _say(session, deps, actor, inspection, "deadline", f"The deadline is now {words}. {reason}", now)
        _tell_all(session, deps, inspection, "deadline-moved", message)
        receipt_after_change(session, deps, inspection, "deadline moved", now)
        append(
            session, actor, "deadline.moved", now, inspection=inspection.id, subject=message, old=iso(old), new=iso(new)
        )
        return words


def defer(deps: Deps, actor: Actor, inspection_id: UUID, reason: str) -> None:
    """Defer the inspection: nothing is taken, all stays readable, and the deadline's clock ends (§19).

    Raises NotFound, NotAllowed, Conflict (not announced), Refused (the reason).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.defer, lock=True)
        if inspection.state != InspectionState.announced:
            raise Conflict(_ALREADY[InspectionState(inspection.state)])
        reason = check_reason(reason, say("Enter the reason for the deferral."))
        now = deps.clock.now()
        move_inspection(inspection, InspectionState.deferred)
        inspection.deferred_at = now
        message = _say(session, deps, actor, inspection, "deferral", f"The inspection is deferred. {reason}", now)
        _tell_all(session, deps, inspection, "deferred", message)
        append(session, actor, "inspection.deferred", now, inspection=inspection.id, subject=message)


def preview_again(deps: Deps, actor: Actor, inspection_id: UUID, asked: Asked) -> Dates:
    """Return the dates that a new announcement would have now; nothing is stored. Raises as `announce_anew`."""
    with reading(deps.engine) as session:
        return _dates(session, deps, _deferred(session, actor, inspection_id), asked)


def announce_anew(deps: Deps, actor: Actor, inspection_id: UUID, asked: Asked, seen: Seen) -> str:
    """Announce a deferred inspection anew and return its deadline in words; what was sent before stays as labelled.

    Raises NotFound, NotAllowed, Conflict (not deferred), Refused (an unmade choice, a warning that nobody confirmed,
    dates that changed since they were shown).
    """
    with writing(deps.engine) as session:
        inspection = _deferred(session, actor, inspection_id, lock=True)
        dates = _dates(session, deps, inspection, asked)
        policy, deadline_at = settle(dates, seen)
        now = dates.at
        move_inspection(inspection, InspectionState.announced)
        inspection.announced_at, inspection.deadline_at, inspection.deadline_policy = now, deadline_at, policy
        inspection.starts_on, inspection.last_day_on = dates.starts_on, dates.last_day_on
        words = say_deadline(deadline_at)
        said = f"The inspection is announced anew. The information is due by {words}."
        message = _say(session, deps, actor, inspection, "announcement", said, now)
        # As at first: an invitation that nobody has used may have run out meanwhile.
        for roles, template in ((PROVIDER, "announcement"), (TEAM, "team")):
            for person in people_with(session, roles, inspection.id):
                tell_of_role(session, deps, person, inspection.id, template)
        receipt_after_change(session, deps, inspection, "announced anew", now)
        append(
            session, actor, "inspection.announced-anew", now, inspection=inspection.id, subject=message,
            policy=str(policy), deadline=iso(deadline_at),
        )  # fmt: skip
        return words


def accept_late(
    deps: Deps, actor: Actor, inspection_id: UUID, *, items: Collection[str] = (), documents: Collection[UUID] = ()
) -> int:
    """Accept what came late: whole items as they stand, or single documents; return how many were accepted just now.

    What was accepted before stays as it was. Raises NotFound (inspection, item, document), NotAllowed, Conflict (on
    time; withdrawn or replaced meanwhile), Refused (nothing chosen), KeyRemoved.
    """
    if not items and not documents:
        raise Refused(say("Select what you accept"), "late")
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.accept_late, lock=True)
        if not readable(InspectionState(inspection.state)):
            raise Conflict(GONE)
        known = {each.code for each in checklist_of(session, None, inspection).items}
        if not set(items) <= known:
            raise NotFound(say("There is no such item on the checklist. Go back to the inspection."))
        late = {each.id: each for item in items for each in late_documents(session, inspection.id, item)}
        for document_id in documents:
            document = _late_document(session, inspection, document_id)
            if document.accepted_at is None:
                late[document.id] = document
        now = deps.clock.now()
        for document in late.values():
            document.accepted_at, document.accepted_by = now, actor.person
        if late:
            _note_acceptance(session, deps, actor, inspection, list(late.values()), now)
        return len(late)


def close(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Close an inspection, also one that is deferred: it takes no more documents.

    Raises NotFound, NotAllowed, Conflict (closed already).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.close, lock=True)
        if inspection.state not in (InspectionState.announced, InspectionState.deferred):
            raise Conflict(NOT_OPEN)
        now = deps.clock.now()
        move_inspection(inspection, InspectionState.closed)
        inspection.closed_at = now
        append(session, actor, "inspection.closed", now, inspection=inspection.id)


def _deferred(session: Session, actor: Actor, inspection_id: UUID, *, lock: bool = False) -> Inspection:
    inspection = admit(session, actor, inspection_id, Permission.announce, lock=lock)
    if actor.person is None:
        raise NotAllowed(say("Somebody has to announce it: name the person on whose decision it is done."))
    if inspection.state != InspectionState.deferred:
        raise Conflict(say("Only a deferred inspection is announced anew. Reload the page to see how it stands now."))
    return inspection


def _dates(session: Session, deps: Deps, inspection: Inspection, asked: Asked) -> Dates:
    programme = inspection.programme
    window = (programme.window_from, programme.window_until)
    return plan_dates(
        deps.clock.now(),
        asked,
        usual=DeadlinePolicy(programme.deadline_policy),
        window=(window[0], window[1]) if window[0] and window[1] else None,
        inspections=taking_place_in(session, programme.id),
        inspectors=inspectors_in(session, inspection.id),
        holidays=holidays_now(session, deps),
    )


def _late_document(session: Session, inspection: Inspection, document_id: UUID) -> Document:
    document = document_in(session, inspection.id, document_id)
    if document.state != DocumentState.received:
        raise Conflict(
            say("A document that you chose was withdrawn or replaced meanwhile. Look again at what there is.")
        )
    if document.on_time:
        raise Conflict(say("A document that you chose is on time, so there is nothing to accept. Look again."))
    return document


def _note_acceptance(
    session: Session, deps: Deps, actor: Actor, inspection: Inspection, late: list[Document], now: datetime
) -> None:
    """Say in the thread and on the next receipt what was accepted; the trail names each document."""
    checklist = checklist_of(session, inspection_key(deps, inspection), inspection)
    items = {each.item: checklist.item(each.item).label for each in late}
    one = next(iter(items)) if len(items) == 1 else None
    said = f"Accepted although late: {'; '.join(items.values())}."
    message = _say(session, deps, actor, inspection, "acceptance", said, now, item=one)
    receipt_after_change(session, deps, inspection, "late documents accepted", now)
    for document in late:
        append(
            session, actor, "document.accepted-late", now, inspection=inspection.id, subject=document.id,
            item=document.item, message=str(message),
        )  # fmt: skip


def _say(
    session: Session,
    deps: Deps,
    actor: Actor,
    inspection: Inspection,
    kind: str,
    words: str,
    now: datetime,
    *,
    item: str | None = None,
) -> UUID:
    """Put a message into the thread, sealed; return its id. Raises NotAllowed for an actor who is no person."""
    if actor.person is None:
        raise NotAllowed(say("Somebody has to say it: name the person on whose decision it is done."))
    message = Message(
        id=uuid4(), inspection_id=inspection.id, kind=kind, item=item, written_by=actor.person, written_at=now
    )
    message.sealed_words = seal_message_words(inspection_key(deps, inspection), inspection.id, message.id, words)
    session.add(message)
    session.flush()
    return message.id


def _tell_all(session: Session, deps: Deps, inspection: Inspection, template: str, message: UUID) -> None:
    """Queue a mail to everyone on both sides, once for this message."""
    for person in people_with(session, PROVIDER | TEAM, inspection.id):
        queue_mail(session, deps, person.id, inspection.id, template, occasion=str(message))
