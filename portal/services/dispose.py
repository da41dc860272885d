"""Dispose of what is due: fence, key, objects, columns, confirm, certify; each step can be done again.

Killed anywhere, the next run takes it up where it was; nothing is certified before it was confirmed by reading back.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.db.certificate_queries import certificate_numbered
from portal.db.ending_queries import certificate_of, undisposed
from portal.db.engine import reading, writing
from portal.db.queries import admit, require_steward
from portal.db.states import move_inspection
from portal.db.tables import Inspection
from portal.domain.actors import Actor
from portal.domain.errors import ClockSuspect, Conflict, PortalError, StoreUnavailable
from portal.domain.lifecycle import InspectionState
from portal.domain.retention import Verdict
from portal.domain.roles import Permission
from portal.ports import Deps
from portal.vault.alarms import clear_alarm
from portal.vault.blanking import columns_left
from portal.vault.certifying import certify
from portal.vault.checkpoint_mails import tell_of_beginning
from portal.vault.disposing import (
    NOT_ALL_GONE,
    STUCK,
    begin,
    carry_out,
    confirm_outside,
    steps_of,
    tell_stuck,
)
from portal.vault.fencing import Unapproved, grounds_for, steady_now
from portal.vault.records import verdict_of
from schemas.texts import say


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
    whose store fails keeps no neighbour from its disposal. An alarm says which one does not get on; the next run goes
    on.
    """
    with reading(deps.engine) as session:
        waiting = [each.inspection for each in _list(session, deps) if each.now]
    failure: Exception | None = None
    for inspection in waiting:
        try:
            yield dispose(deps, actor, inspection)
        except Unapproved:
            continue  # it waits for a person, and has an alarm of its own
        except (PortalError, OSError, SQLAlchemyError) as error:
            failure = failure or error
            # The clock has an alarm of its own, which says what to do.
            if not isinstance(error, ClockSuspect):
                tell_stuck(deps, inspection)
    if failure is not None:
        raise failure


def begin_due(deps: Deps, actor: Actor) -> int:
    """Fence what is due; return how many were begun. The agency is then told before its accounts go.

    What stands in the way of one is for `dispose_due` to say.
    """
    with reading(deps.engine) as session:
        fresh = [each for each in _list(session, deps) if each.now and each.state != InspectionState.disposing]
    begun = 0
    for each in fresh:
        with suppress(PortalError, SQLAlchemyError):
            begun += _fence(deps, actor, each.inspection) is None
    return begun


def begin_one(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Fence one inspection that is due. The agency is then told before `dispose` takes its accounts.

    Raises NotFound, NotAllowed, Conflict (not due, held), ClockSuspect.
    """
    _fence(deps, actor, inspection_id)


def dispose(deps: Deps, actor: Actor, inspection_id: UUID) -> dict[str, Any]:
    """Dispose of one inspection and return its signed certificate; done already, the same certificate.

    Raises NotFound, NotAllowed, Conflict (not due, held), ClockSuspect, StoreUnavailable, KeyUnavailable.
    """
    done = _fence(deps, actor, inspection_id)
    if done is not None:
        return done
    carry_out(deps, actor, inspection_id)
    certificate = _certify(deps, actor, inspection_id)
    deps.fault_point("disposal.certified")
    return certificate


def read_certificate(deps: Deps, actor: Actor, inspection_id: UUID, number: int | None = None) -> dict[str, Any]:
    """Return a signed certificate of a disposed inspection: the newest, or the one of that number.

    Raises NotFound (also for a number that there is not), NotAllowed, Conflict (none yet).
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_certificates)
        certificate = certificate_of(session, inspection.id)
        if certificate is None:
            raise Conflict(say("This inspection was not disposed of yet, so there is no certificate."))
        if number is not None:
            certificate = certificate_numbered(session, inspection.id, number)
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
        grounds = grounds_for(session, actor, inspection, now)
        begin(session, actor, inspection, now, grounds.due_at, **grounds.decision)
        tell_of_beginning(session, deps, inspection)
        return None


def _certify(deps: Deps, actor: Actor, inspection_id: UUID) -> dict[str, Any]:
    """Confirm, then commit the state, the trail's entry and the certificate together."""
    confirm_outside(deps, inspection_id)
    with writing(deps.engine) as session:
        inspection = session.get_one(Inspection, inspection_id, with_for_update={"of": Inspection})
        existing = certificate_of(session, inspection_id)
        if existing is not None:
            signed: dict[str, Any] = json.loads(existing.body)
            return signed
        if columns_left(session, inspection_id):
            raise StoreUnavailable(NOT_ALL_GONE)
        move_inspection(inspection, InspectionState.disposed)
        inspection.disposed_at = deps.clock.now()
        clear_alarm(session, deps, actor, STUCK, subject=str(inspection_id))
        return certify(session, deps, actor, inspection, steps_of(session, inspection_id))
