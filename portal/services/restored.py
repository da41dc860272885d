"""After a restore: what was disposed of since the backup is disposed of again, before anything is served.

The tombstone of a key, or an anchored certificate that we signed, proves that it was done, and so that it was lawful:
no verdict, hold or alarm is asked again. First every such inspection is fenced, so that nobody can read it whatever
comes after; then come the steps of any disposal, and the certificate that it had, or else one that says so.
The trail's new entry names that certificate's digest: the entries that did may be among those that were lost.
"""

import hashlib
from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.endings import Certificate, Disposal
from portal.db.engine import reading, writing
from portal.db.restored_queries import certified, inspection_with, states, was_said
from portal.db.states import move_inspection
from portal.domain.actors import WORKER
from portal.domain.errors import PortalError, StoreUnavailable
from portal.domain.lifecycle import InspectionState
from portal.domain.times import parse_iso
from portal.formats.canonical import canonical_json
from portal.ports import Deps
from portal.vault.alarms import clear_alarm, raise_alarm
from portal.vault.anchoring import certificate_name, queue_statement
from portal.vault.blanking import columns_left
from portal.vault.certifying import certify
from portal.vault.disposing import (
    NOT_ALL_GONE,
    STUCK,
    begin,
    carry_out,
    confirm_outside,
    empty_store,
    remove_key,
    steps_of,
)
from portal.vault.gone import AGAIN, Original, Outside, look_outside, originals
from portal.vault.keyback import put_key_away
from portal.vault.parts import inspection_prefix
from portal.vault.records import verdict_of
from schemas.texts import say

log = structlog.get_logger()
ALARM: Final = "restored"
NOT_YET: Final = say(
    "An inspection that was disposed of is in the database again, from a backup, and could not be disposed of again "
    "yet. Nobody can open it, and the worker tries again each round."
)
UNSIGNED: Final = say(
    "An anchor has a certificate of an inspection that is not disposed of, and no key of ours signed it. Nothing was "
    "done to the inspection. Find out who wrote to the anchor."
)
NO_ANCHOR: Final = say("An anchor that may have the certificate does not answer. The next run tries again.")


def dispose_again(deps: Deps) -> list[UUID]:
    """Do again what a restored database does not know; return the inspections with which it could not be done yet.

    With nothing to do that is one listing of tombstones, one of certificates in each anchor, and two queries.
    Raises KeyUnavailable: the custodian cannot say what was removed, and nothing may be served on hope.
    """
    outside = look_outside(deps)
    with reading(deps.engine) as session:
        known, numbers = states(session), certified(session)
    named = outside.named()
    standing = [each for each in named if known.get(each, InspectionState.disposed) != InspectionState.disposed]
    # All of them first: what takes long for one must not leave another open meanwhile.
    fenced = [each for each in standing if _fence(deps, outside, each)]
    deps.fault_point("restored.fenced")
    certain = [each for each in named if known.get(each) == InspectionState.disposed]
    jobs: list[tuple[UUID, Callable[[Deps, Outside, UUID], None]]] = [
        *((each, _finish) for each in fenced),
        *((each, _put_back_missing) for each in certain if outside.numbers(each) - numbers.get(each, set())),
        *((each, _empty) for each in named if each not in known),
    ]
    return [each for each, job in jobs if not _done(deps, outside, each, job)]


def _done(deps: Deps, outside: Outside, inspection_id: UUID, job: Callable[[Deps, Outside, UUID], None]) -> bool:
    """Do one job; where it fails, raise the alarm, so that one inspection keeps neither the others nor the server."""
    try:
        job(deps, outside, inspection_id)
    except (PortalError, OSError, SQLAlchemyError) as error:
        log.warning("restored.not-yet", inspection=str(inspection_id), failure=type(error).__name__)
        with writing(deps.engine) as session:
            raise_alarm(session, deps, ALARM, NOT_YET, subject=str(inspection_id))
        return False
    return True


def _fence(deps: Deps, outside: Outside, inspection_id: UUID) -> bool:
    """Commit *disposing* for what was disposed of before; say whether what follows is for us to do."""
    found = originals(deps, outside, inspection_id)
    with writing(deps.engine) as session:
        inspection = inspection_with(session, inspection_id)
        if inspection is None or inspection.state == InspectionState.disposed:
            return False
        if was_said(session, inspection_id, AGAIN):
            return True
        begun = inspection.state == InspectionState.disposing
        if begun and not found:
            return False  # it was fenced before its key went: the ordinary run goes on with it
        if not found and inspection_id not in outside.tombstones:
            raise_alarm(session, deps, ALARM, UNSIGNED, subject=str(inspection_id))
            return False
        now = deps.clock.now()
        if not begun:
            begin(session, WORKER, inspection, now, verdict_of(inspection, now).due_at)
        append(
            session, WORKER, AGAIN, now, inspection=inspection_id, tombstone=inspection_id in outside.tombstones,
            certificates=len(found),
        )  # fmt: skip
        return True


def _finish(deps: Deps, outside: Outside, inspection_id: UUID) -> None:
    """Do every step again, and end in the certificate. Raises KeyUnavailable, StoreUnavailable, OSError."""
    found = originals(deps, outside, inspection_id)
    if found:
        put_key_away(deps, inspection_id)
    # Before anything else: what the store has again is no longer what a digest was once taken of.
    remove_key(deps, WORKER, inspection_id)
    carry_out(deps, WORKER, inspection_id)
    confirm_outside(deps, inspection_id)
    if not found and outside.unreadable:
        raise StoreUnavailable(NO_ANCHOR)
    with writing(deps.engine) as session:
        inspection = inspection_with(session, inspection_id)
        if inspection is None or inspection.state == InspectionState.disposed:
            return
        if columns_left(session, inspection_id):
            raise StoreUnavailable(NOT_ALL_GONE)
        disposal, now = steps_of(session, inspection_id), deps.clock.now()
        move_inspection(inspection, InspectionState.disposed)
        if found:
            _take_over(disposal, found[0])
            inspection.disposed_at = parse_iso(found[0].body["certified_at"])
            _put_back(session, deps, inspection_id, found)
            body = found[-1].body
        else:
            inspection.disposed_at = now
            body = certify(session, deps, WORKER, inspection, disposal, again=True)["body"]
        for kind in (ALARM, STUCK):
            clear_alarm(session, deps, WORKER, kind, subject=str(inspection_id))
        append(
            session, WORKER, "disposal.reapplied", now, inspection=inspection_id, subject=str(body["certificate"]),
            original=bool(found), body_sha256=hashlib.sha256(canonical_json(body)).hexdigest(),
        )  # fmt: skip


def _take_over(disposal: Disposal, first: Original) -> None:
    """Let the record of the steps say who began it when, and how much it was, as the first certificate does.

    When key, objects and columns were gone is what was seen now: they may have been there again meanwhile.
    """
    body = first.body
    disposal.started_at, disposal.actor = parse_iso(body["began_at"]), body["began_by"]
    disposal.due_at = parse_iso(body["due_at"]) if body["due_at"] else None
    disposal.objects, disposal.documents = body["objects_deleted"], body["documents"]
    if body["format"] > 1:
        disposal.accounts, disposal.ciphertext_bytes = body["accounts_removed"], body["ciphertext_bytes"]
        digest = body["ciphertext_sha256"]
        disposal.ciphertext_sha256 = digest if len(digest) == 64 else None


def _put_back(session: Session, deps: Deps, inspection_id: UUID, found: list[Original]) -> None:
    """Add the rows of certificates that the database lost, each with its own id, number and text."""
    for each in found:
        session.add(
            Certificate(
                id=UUID(each.body["certificate"]),
                inspection_id=inspection_id,
                number=each.number,
                final=each.body.get("status") == "final",
                made_at=parse_iso(each.body["certified_at"]),
                body=each.text,
            )
        )
        queue_statement(session, deps, certificate_name(inspection_id, each.number), each.text.encode())


def _put_back_missing(deps: Deps, outside: Outside, inspection_id: UUID) -> None:
    """Put back what the database lost of the certificates of an inspection that it knows to be disposed of."""
    with writing(deps.engine) as session:
        inspection_with(session, inspection_id)
        there = certified(session).get(inspection_id, set())
        lost = [each for each in originals(deps, outside, inspection_id) if each.number not in there]
        if not lost:
            return
        _put_back(session, deps, inspection_id, lost)
        append(
            session, WORKER, "certificate.put-back", deps.clock.now(), inspection=inspection_id,
            subject=str(lost[-1].body["certificate"]),
        )  # fmt: skip


def _empty(deps: Deps, outside: Outside, inspection_id: UUID) -> None:
    """Delete what is there again of an inspection that was announced, and disposed of, after the backup."""
    if inspection_id not in outside.tombstones and not originals(deps, outside, inspection_id):
        return
    key_back = put_key_away(deps, inspection_id)
    if not key_back and not deps.store.remains(inspection_prefix(inspection_id)):
        return
    removed = empty_store(deps, inspection_id)
    with writing(deps.engine) as session:
        clear_alarm(session, deps, WORKER, ALARM, subject=str(inspection_id))
        append(
            session, WORKER, "disposal.reapplied", deps.clock.now(), inspection=inspection_id, objects=removed,
            known=False,
        )  # fmt: skip
