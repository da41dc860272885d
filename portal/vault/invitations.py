"""Invitations: the mailed link's token and the code that is read out, both computed from the invitation's id.

The token is kept nowhere but in the mail, and the code nowhere at all: whoever has one of the two has nothing.
"""

import base64
import hashlib
import hmac
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.db.tables import Invitation, Person
from portal.db.ways_in import has_way_in
from portal.ports import Deps
from portal.vault.mails import queue_mail

CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Nothing that is easily read, or heard, as something else."""
CODE_LENGTH: Final = 6


def invitation_token(secret: bytes, invitation: UUID) -> str:
    """Return the 43-character token of an invitation: HMAC-SHA256 of its id under the portal's secret."""
    digest = hmac.new(secret, b"evidence-portal invitation v1 " + invitation.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def invitation_code(secret: bytes, invitation: UUID) -> str:
    """Return the code of an invitation, such as "K7Q-M2X" (29.7 bits): it is told on another channel than the link."""
    digest = hmac.new(secret, b"evidence-portal invitation code v1 " + invitation.bytes, hashlib.sha256).digest()
    rest, letters = int.from_bytes(digest), ""  # of 256 bits: no letter is likelier than another
    for _ in range(CODE_LENGTH):
        rest, chosen = divmod(rest, len(CODE_LETTERS))
        letters += CODE_LETTERS[chosen]
    return f"{letters[:3]}-{letters[3:]}"


def code_fits(secret: bytes, invitation: UUID, typed: str) -> bool:
    """Say whether this is the invitation's code, however it is spaced and cased; takes the same time for any other."""
    plain = "".join(each for each in typed.upper() if each.isalnum())
    return hmac.compare_digest(invitation_code(secret, invitation).replace("-", "").encode(), plain.encode())


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a token, of an invitation or a session: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def tell_of_role(session: Session, deps: Deps, person: Person, inspection: UUID | None, template: str) -> None:
    """Queue the mail about a new role; whoever has no way in yet gets an invitation with it."""
    facts = {} if has_way_in(session, person) else {"invitation": str(_invitation(session, deps, person, inspection))}
    queue_mail(session, deps, person.id, inspection, template, facts=facts)


def invite(session: Session, deps: Deps, person: Person, inspection: UUID | None, template: str) -> None:
    """Invite a person to a role, anew if need be: links that were sent for it before are dead from now on.

    Whoever has a way in is told to sign in instead, and yet has the same row: one agency must not see from its own
    list of colleagues that an address has an account through another (R12).
    """
    withdraw_invitations(session, person.id, inspection)
    invitation = _invitation(session, deps, person, inspection)
    facts = {} if has_way_in(session, person) else {"invitation": str(invitation)}
    queue_mail(session, deps, person.id, inspection, template, facts=facts)


def withdraw_invitations(session: Session, person: UUID, inspection: UUID | None) -> None:
    """Make an end of the links that nobody used yet; a mail that waits with one of them is not sent any more."""
    session.execute(
        delete(Invitation).where(
            Invitation.person_id == person,
            Invitation.inspection_id.is_not_distinct_from(inspection),
            Invitation.used_at.is_(None),
        )
    )


def withdraw_all_invitations(session: Session, person: UUID) -> None:
    """Make an end of every link to a person that nobody used yet."""
    session.execute(delete(Invitation).where(Invitation.person_id == person, Invitation.used_at.is_(None)))


def _invitation(session: Session, deps: Deps, person: Person, inspection: UUID | None) -> UUID:
    now, invitation = deps.clock.now(), uuid4()
    session.add(
        Invitation(
            id=invitation,
            person_id=person.id,
            inspection_id=inspection,
            created_at=now,
            token_hash=token_hash(invitation_token(deps.secret, invitation)),
            expires_at=now + deps.policy.invitation_life,
        )
    )
    return invitation
