"""Dispose of what is due: fence, key, objects, columns, confirm, certify; each step can be done again.

Killed anywhere, the next run takes it up where it was; nothing is certified before it was confirmed by reading back.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.ending_queries import certificate_of, disposal_of, undisposed
from portal.db.endings import Certificate, Disposal
from portal.db.engine import reading, writing
from portal.db.queries import admit, require_steward
from portal.db.states import move_document, move_inspection
from portal.db.tables import Document, Inspection
from portal.domain.actors import Actor
from portal.domain.certificates import disposal_certificate
from portal.domain.errors import Conflict, NotFound, PortalError, StoreUnavailable
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.domain.retention import Verdict
from portal.domain.roles import Permission
from portal.formats.canonical import canonical_json
from portal.ports import Deps
from portal.vault.blanking import blank_columns, columns_left
from portal.vault.fencing import grounds_for, steady_now
from portal.vault.parts import inspection_prefix
from portal.vault.proposals import decision_behind
from portal.vault.records import sign_body, verdict_of
from schemas.texts import say

NOT_ALL_GONE = say("Not everything of the inspection is gone yet. The next run tries again.")


@dataclass(frozen=True)
class Due:
    """One inspection that is not disposed of, and how it stands with retention."""

    inspection: UUID
    reference: str
    state: InspectionState
    verdict: Verdict

    @property
    def now(self) -> bool:
        """Whether the next run takes it up: it is due, or its disposal was begun and not finished."""
        return self.verdict.state == "due" or self.state == InspectionState.disposing


def list_due(deps: Deps, actor: Actor) -> list[Due]:
    """Return every inspection that is not disposed of, with its verdict. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.view_certificates)
        return _list(session, deps)


def _list(session: Session, deps: Deps) -> list[Due]:
    now = deps.clock.now()
    return [
        Due(each.id, each.reference, InspectionState(each.state), verdict_of(each, now)) for each in undisposed(session)
    ]


def dispose_due(deps: Deps, actor: Actor) -> Iterator[dict[str, Any]]:
    """Dispose of everything that is due, and finish what was begun; yield each certificate as it is made.

    Raises ClockSuspect, StoreUnavailable or KeyUnavailable, but only after every other inspection had its turn: one
    whose store fails keeps no neighbour from its disposal. The next run goes on.
    """
    with reading(deps.engine) as session:
        waiting = [each.inspection for each in _list(session, deps) if each.now]
    failure: PortalError | OSError | None = None
    for inspection in waiting:
        try:
            yield dispose(deps, actor, inspection)
        except (PortalError, OSError) as error:
            failure = failure or error
    if failure is not None:
        raise failure


def dispose(deps: Deps, actor: Actor, inspection_id: UUID) -> dict[str, Any]:
    """Dispose of one inspection and return its signed certificate; done already, the same certificate.

    Raises NotFound, NotAllowed, Conflict (not due, held), ClockSuspect, StoreUnavailable, KeyUnavailable.
    """
    done = _fence(deps, actor, inspection_id)
    if done is not None:
        return done
    deps.fault_point("disposal.fenced")
    _remove_key(deps, actor, inspection_id)
    deps.fault_point("disposal.key-removed")
    _remove_objects(deps, actor, inspection_id)
    deps.fault_point("disposal.objects-removed")
    _blank_columns(deps, actor, inspection_id)
    deps.fault_point("disposal.columns-blanked")
    return _certify(deps, actor, inspection_id)


def read_certificate(deps: Deps, actor: Actor, inspection_id: UUID) -> dict[str, Any]:
    """Return the signed certificate of a disposed inspection. Raises NotFound, NotAllowed, Conflict (none yet)."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_certificates)
        certificate = certificate_of(session, inspection.id)
        if certificate is None:
            raise Conflict(say("This inspection was not disposed of yet, so there is no certificate."))
        signed: dict[str, Any] = json.loads(certificate.body)
        return signed


def _fence(deps: Deps, actor: Actor, inspection_id: UUID) -> dict[str, Any] | None:
    """Commit *disposing*, after which every reader and writer is refused; return the certificate if all is done."""
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.dispose, lock=True)
        certificate = certificate_of(session, inspection.id)
        if certificate is not None:
            signed: dict[str, Any] = json.loads(certificate.body)
            return signed
        # Anew, now that the inspection is locked: PostgreSQL read the programme before the wait for that lock, and a
        # later publication date or a hold may have been committed meanwhile.
        session.refresh(inspection.programme)
        now = steady_now(session, deps)
        if inspection.state == InspectionState.disposing:
            return None
        grounds = grounds_for(session, deps, actor, inspection, now)
        move_inspection(inspection, InspectionState.disposing)
        pending = select(Document).where(
            Document.inspection_id == inspection.id, Document.state == DocumentState.pending
        )
        for document in session.scalars(pending).all():
            move_document(document, DocumentState.abandoned)
            document.ended_at = now
            append(
                session,
                actor,
                "document.abandoned",
                now,
                inspection=inspection.id,
                subject=document.id,
                reason="disposal",
            )
        session.add(Disposal(inspection_id=inspection.id, due_at=grounds.due_at, started_at=now, actor=actor.label))
        append(session, actor, "disposal.began", now, inspection=inspection.id, **grounds.decision)
        return None


def _step(session: Session, inspection_id: UUID) -> Disposal:
    """Return the record of the steps, locked: of two who dispose at once, one waits and finds the step done."""
    disposal = disposal_of(session, inspection_id, lock=True)
    if disposal is None:
        raise NotFound(say("The disposal of this inspection was not begun."))
    return disposal


def _remove_key(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Remove the inspection's key and look again; from here on nothing it sealed can be opened."""
    removal = deps.custodian.remove(inspection_id, deps.clock.now())
    if deps.custodian.state(inspection_id) != "removed":
        raise StoreUnavailable(say("The key custodian still has the inspection's key. The next run tries again."))
    with writing(deps.engine) as session:
        disposal = _step(session, inspection_id)
        if disposal.key_removed_at is None:
            disposal.key_removed_at, disposal.key_removed_how = removal.removed_at, removal.how
            append(session, actor, "disposal.key-removed", deps.clock.now(), inspection=inspection_id)


def _remove_objects(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Delete every version of every object, and read back that nothing is left."""
    prefix = inspection_prefix(inspection_id)
    removed = deps.store.empty(prefix)
    if deps.store.remains(prefix):
        raise StoreUnavailable(say("The store still holds objects of the inspection. The next run tries again."))
    with writing(deps.engine) as session:
        disposal = _step(session, inspection_id)
        # Summed over runs: one that was killed has not said how many it removed, so this is a lower bound then.
        disposal.objects += removed
        if disposal.objects_removed_at is None:
            disposal.objects_removed_at = deps.clock.now()
            append(session, actor, "disposal.objects-removed", deps.clock.now(), inspection=inspection_id)


def _blank_columns(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Blank every sealed column, name digest and plaintext digest; delete the mails and invitations tied to it."""
    with writing(deps.engine) as session:
        disposal = _step(session, inspection_id)
        if disposal.columns_blanked_at is not None:
            return
        now = deps.clock.now()
        disposal.documents += blank_columns(session, inspection_id)
        disposal.columns_blanked_at = now
        append(session, actor, "disposal.columns-blanked", now, inspection=inspection_id)


def _confirm_outside(deps: Deps, inspection_id: UUID) -> None:
    """Look once more at key and store. Raises StoreUnavailable: then nothing is certified."""
    if deps.custodian.state(inspection_id) != "removed" or deps.store.remains(inspection_prefix(inspection_id)):
        raise StoreUnavailable(NOT_ALL_GONE)


def _certify(deps: Deps, actor: Actor, inspection_id: UUID) -> dict[str, Any]:
    """Confirm, then commit the state, the trail's entry and the certificate together."""
    _confirm_outside(deps, inspection_id)
    with writing(deps.engine) as session:
        inspection = session.get_one(Inspection, inspection_id, with_for_update={"of": Inspection})
        existing = certificate_of(session, inspection_id)
        if existing is not None:
            signed: dict[str, Any] = json.loads(existing.body)
            return signed
        if columns_left(session, inspection_id):
            raise StoreUnavailable(NOT_ALL_GONE)
        disposal, now = _step(session, inspection_id), deps.clock.now()
        move_inspection(inspection, InspectionState.disposed)
        inspection.disposed_at = now
        certificate_id = uuid4()
        body = disposal_certificate(
            certificate=str(certificate_id),
            inspection=str(inspection.id),
            reference=inspection.reference,
            programme=inspection.programme.code,
            published_on=inspection.programme.published_on,
            due_at=disposal.due_at,
            began_at=disposal.started_at,
            key_removed_at=disposal.key_removed_at,
            key_removed_how=disposal.key_removed_how or "",
            objects_removed_at=disposal.objects_removed_at,
            objects=disposal.objects,
            columns_blanked_at=disposal.columns_blanked_at,
            documents=disposal.documents,
            certified_at=now,
            key_backup_days=deps.policy.key_backup_days,
            began_by=disposal.actor,
            certified_by=actor.label,
            early=decision_behind(session, disposal),
        )
        certificate = sign_body(deps.signer, body)
        text = canonical_json(certificate).decode()
        session.add(Certificate(id=certificate_id, inspection_id=inspection.id, made_at=now, body=text))
        append(
            session, actor, "disposal.certified", now, inspection=inspection.id, subject=certificate_id,
            documents=disposal.documents,
        )  # fmt: skip
        return certificate
