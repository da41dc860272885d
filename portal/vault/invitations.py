"""Invitations: the link's token, computed from the invitation's id so that it is kept nowhere but in the mail."""

import base64
import hashlib
import hmac
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.db.tables import Invitation, Person
from portal.ports import Deps
from portal.vault.mails import queue_mail


def invitation_token(secret: bytes, invitation: UUID) -> str:
    """Return the 43-character token of an invitation: HMAC-SHA256 of its id under the portal's secret."""
    digest = hmac.new(secret, b"evidence-portal invitation v1 " + invitation.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a token, of an invitation or a session: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def tell_of_role(session: Session, deps: Deps, person: Person, inspection: UUID | None, template: str) -> None:
    """Queue the mail about a new role; whoever has no password yet gets an invitation with it."""
    now = deps.clock.now()
    facts: dict[str, str] = {}
    if person.password_hash is None:
        invitation_id = uuid4()
        session.add(
            Invitation(
                id=invitation_id,
                person_id=person.id,
                inspection_id=inspection,
                created_at=now,
                token_hash=token_hash(invitation_token(deps.secret, invitation_id)),
                expires_at=now + deps.policy.invitation_life,
            )
        )
        facts = {"invitation": str(invitation_id)}
    queue_mail(session, deps, person.id, inspection, template, facts=facts)
