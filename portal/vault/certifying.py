"""Making a certificate of disposal of what stands in the rows, in the caller's transaction.

Whoever calls it has looked at key, store and columns and found nothing left. Two entries of the trail go with each
certificate, one right after the other: that all was seen to be gone, which the certificate names as its place in the
trail, and that it was certified, which names the SHA-256 of the certificate's body. So a certificate leads to the
next checkpoint by the hashes between, and nobody can put it there afterwards (`docs/certificates.md`).
"""

import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.db.chain import append, last_entry
from portal.db.ending_queries import certificate_of
from portal.db.endings import Certificate, Disposal
from portal.db.restored_queries import was_said
from portal.db.tables import Inspection
from portal.domain.actors import Actor
from portal.domain.certificates import ONE, STANDING, TWO, Approval, Copies, Facts, Making, disposal_certificate
from portal.domain.errors import Conflict
from portal.formats.canonical import canonical_json
from portal.ports import Deps
from portal.vault.anchoring import certificate_name, queue_statement
from portal.vault.copies import copies_of
from portal.vault.gone import AGAIN
from portal.vault.plans import STANDING as BY_POLICY
from portal.vault.plans import approval_of
from portal.vault.proposals import decision_behind
from portal.vault.receipts import portable
from portal.vault.records import sign_body
from schemas.texts import say

HAD_ONE = say("It is disposed of again after a restore. The worker looks for the certificate that it had.")
CONFIRMED, CERTIFIED = "disposal.confirmed", "disposal.certified"


def certify(
    session: Session,
    deps: Deps,
    actor: Actor,
    inspection: Inspection,
    disposal: Disposal,
    *,
    final: bool = False,
    again: bool = False,
) -> dict[str, Any]:
    """Make the next certificate of a disposed inspection, which is locked; return it signed.

    `again`: it is disposed of again after a restore, and no anchor has the certificate that it had.
    Raises ValueError (a step is not done, or it would be final too early), KeyUnavailable (nothing can be signed),
    Conflict (it had a certificate before a restore, and that is not for this caller to look for).
    """
    now, before = deps.clock.now(), certificate_of(session, inspection.id)
    reapplied = was_said(session, inspection.id, AGAIN)
    if reapplied and before is None and not again:
        raise Conflict(HAD_ONE)
    append(session, actor, CONFIRMED, now, inspection=inspection.id, final=final)
    place = last_entry(session)
    if place is None:
        raise ValueError("The trail has lost its newest entry.")
    making = Making(
        certificate=uuid4(),
        number=before.number + 1 if before else 1,
        supersedes=str(before.id) if before else None,
        certified_at=now,
        certified_by=actor.label,
        trail_seq=place.seq,
        trail_hash=place.hash,
        final=final,
    )
    facts = replace(_facts(session, deps, inspection, disposal, before), reapplied=reapplied)
    body = disposal_certificate(facts, making)
    signed = portable(deps.signer, sign_body(deps.signer, body))
    session.add(
        Certificate(
            id=making.certificate,
            inspection_id=inspection.id,
            number=making.number,
            final=final,
            made_at=now,
            body=canonical_json(signed).decode(),
        )
    )
    queue_statement(session, deps, certificate_name(inspection.id, making.number), canonical_json(signed))
    append(
        session,
        actor,
        CERTIFIED,
        now,
        inspection=inspection.id,
        subject=making.certificate,
        documents=disposal.documents,
        number=making.number,
        final=final,
        body_sha256=hashlib.sha256(canonical_json(body)).hexdigest(),
    )
    return signed


def _facts(
    session: Session, deps: Deps, inspection: Inspection, disposal: Disposal, before: Certificate | None
) -> Facts:
    return Facts(
        inspection=inspection.id,
        reference=inspection.reference,
        programme=inspection.programme.code,
        published_on=_published_on(inspection, before),
        due_at=disposal.due_at,
        approval=_approval(session, disposal),
        began_at=disposal.started_at,
        began_by=disposal.actor,
        key_removed_at=disposal.key_removed_at,
        key_removed_how=disposal.key_removed_how or "",
        objects_removed_at=disposal.objects_removed_at,
        objects=disposal.objects,
        ciphertext_bytes=disposal.ciphertext_bytes,
        ciphertext_sha256=disposal.ciphertext_sha256,
        columns_blanked_at=disposal.columns_blanked_at,
        documents=disposal.documents,
        accounts=disposal.accounts,
        compacted_at=disposal.compacted_at,
        copies=_copies(session, inspection.id),
        key_backup_days=deps.policy.key_backup_days,
        database_backup_days=deps.policy.database_backup_days,
    )


def _published_on(inspection: Inspection, before: Certificate | None) -> date | None:
    """The date by which it was disposed of: what an earlier certificate says, whatever became of the date since."""
    if before is None:
        return inspection.programme.published_on
    said = json.loads(before.body)["body"]["published_on"]
    return date.fromisoformat(said) if said else None


def _approval(session: Session, disposal: Disposal) -> Approval | None:
    plan, two = approval_of(session, disposal.inspection_id), decision_behind(session, disposal)
    at, digest = (plan.approved_at, plan.plan_sha256) if plan else (None, None)
    if two is not None:
        return Approval(TWO, (two["proposed_by"], two["approved_by"]), two["proposal"], at, digest)
    if plan is None:
        return None
    if plan.approved_by == BY_POLICY:
        return Approval(STANDING, at=at, plan_sha256=digest)
    return Approval(ONE, (plan.approved_by,), at=at, plan_sha256=digest)


def _copies(session: Session, inspection: UUID) -> Copies:
    found = copies_of(session, inspection)
    return Copies(found.downloads, found.confirmed, found.outstanding)
