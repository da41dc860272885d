"""Accept an invitation: the link's page may be opened any number of times, its form uses it up once."""

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.tables import Agency, Assignment, Inspection, Invitation, Person
from portal.domain.actors import person_actor
from portal.domain.errors import NotFound
from portal.domain.roles import ROLE_TITLES, Role
from portal.ports import Deps
from portal.vault.invitations import token_hash
from portal.vault.passwords import hash_password
from schemas.texts import say

GONE = say("This link was used already, or is too old. Sign in if you have a password, or ask for a new link.")


@dataclass(frozen=True)
class Invited:
    """What the invitation's page says."""

    reference: str
    agency: str
    role: str
    email: str


def look_at_invitation(deps: Deps, token: str) -> Invited:
    """Return what an open invitation is for; changes nothing. Raises NotFound."""
    with reading(deps.engine) as session:
        invitation = _open_invitation(session, deps, token)
        person = session.get_one(Person, invitation.person_id)
        assignment = session.scalars(
            select(Assignment).where(
                Assignment.person_id == person.id,
                Assignment.inspection_id == invitation.inspection_id,
                Assignment.ended_at.is_(None),
            )
        ).first()
        if assignment is None:
            raise NotFound(GONE)
        inspection = session.get(Inspection, invitation.inspection_id) if invitation.inspection_id else None
        agency = session.get_one(Agency, inspection.agency_id).name if inspection else ""
        return Invited(
            inspection.reference if inspection else "", agency, ROLE_TITLES[Role(assignment.role)], person.email
        )


def accept_invitation(deps: Deps, token: str, password: str) -> str:
    """Set the person's password and use the invitation up; return their email address.

    Two at once make one password: the second is refused. Raises NotFound (used, old, unknown), Refused (password).
    """
    with reading(deps.engine) as session:
        _open_invitation(session, deps, token)  # first, so that a made-up link costs no hashing
    hashed = hash_password(password)
    with writing(deps.engine) as session:
        invitation = _open_invitation(session, deps, token, lock=True)
        now = deps.clock.now()
        person = session.get_one(Person, invitation.person_id)
        person.password_hash = hashed
        invitation.used_at = now
        append(
            session,
            person_actor(person.id),
            "invitation.accepted",
            now,
            inspection=invitation.inspection_id,
            subject=invitation.id,
        )
        return person.email


def _open_invitation(session: Session, deps: Deps, token: str, *, lock: bool = False) -> Invitation:
    """Return an invitation that can be accepted now; one whose role has ended, or account is disabled, cannot.

    An invitation sets a first password. Whoever was invited twice has two links, and the one that is left must not
    let a later finder of the mail set another password over the first.
    """
    role = exists().where(
        Assignment.person_id == Invitation.person_id,
        Assignment.inspection_id.is_not_distinct_from(Invitation.inspection_id),
        Assignment.ended_at.is_(None),
    )
    statement = (
        select(Invitation)
        .join(Person, Person.id == Invitation.person_id)
        .where(
            Invitation.token_hash == token_hash(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > deps.clock.now(),
            Person.disabled_at.is_(None),
            Person.password_hash.is_(None),
            role,
        )
    )
    # The person too: of two links for one account, used at once, the second must wait and find a password there.
    invitation = session.scalar(
        statement.with_for_update(of=[Invitation, Person], key_share=True) if lock else statement
    )
    if invitation is None:
        raise NotFound(GONE)
    return invitation
