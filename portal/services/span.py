"""The span of an inspection's certificate: what shows an outsider that it stands in the trail, and nothing else."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.anchor_queries import checkpoint_from
from portal.db.chain import entries
from portal.db.endings import Certificate
from portal.db.engine import reading
from portal.db.queries import NOT_FOUND, admit
from portal.db.tables import AuditEntry
from portal.domain.actors import Actor
from portal.domain.audit import read_checkpoint
from portal.domain.errors import Conflict, NotFound
from portal.domain.roles import Permission
from portal.domain.spans import CERTIFIED, LONGEST_SPAN, make_span
from portal.ports import Deps
from schemas.texts import say

NO_CERTIFICATE = say("This inspection was not disposed of yet, so there is no certificate.")
NO_CHECKPOINT = say(
    "No signed checkpoint follows the certificate yet. One is made within minutes: try again a little later."
)
NOT_THERE = say("The entry of the certificate is not in the trail any more, or is older than salted entries.")


def read_span(deps: Deps, actor: Actor, inspection_id: UUID, number: int | None = None) -> dict[str, Any]:
    """Return the span from the entry of the inspection's newest certificate, or of one by number, to a checkpoint.

    The checkpoint is the next. It holds digests of all entries between, and shows only the first. Raises NotFound,
    NotAllowed, Conflict (there is no certificate, or no checkpoint yet, or the entry was pruned).
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_certificates)
        certified = (AuditEntry.inspection == str(inspection.id), AuditEntry.action == CERTIFIED)
        one = () if number is None else (AuditEntry.subject == _numbered(session, inspection.id, number),)
        seq = session.scalar(select(AuditEntry.seq).where(*certified, *one).order_by(AuditEntry.seq.desc()).limit(1))
        if seq is None:
            raise Conflict(NO_CERTIFICATE if inspection.disposed_at is None else NOT_THERE)
        row = checkpoint_from(session, seq)
        if row is None:
            raise Conflict(NO_CHECKPOINT)
        checkpoint = read_checkpoint(row.body.encode())
        if checkpoint.seq - seq >= LONGEST_SPAN:
            raise Conflict(NOT_THERE)
        found = []
        for entry in entries(session, after=seq - 1):
            if entry.seq > checkpoint.seq:
                break
            found.append(entry)
    if found[0].salt is None:
        raise Conflict(NOT_THERE)
    return make_span(found, checkpoint)


def _numbered(session: Session, inspection: UUID, number: int) -> str:
    """Return the id of an inspection's certificate, as the trail names it. Raises NotFound."""
    one = (Certificate.inspection_id == inspection, Certificate.number == number)
    found = session.scalar(select(Certificate.id).where(*one))
    if found is None:
        raise NotFound(NOT_FOUND)
    return str(found)
