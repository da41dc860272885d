"""Accept an invitation: the link's page may be opened any number of times, its form uses it up once."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.tables import Agency, Assignment, Inspection, Invitation, Person
from portal.domain.actors import STRANGER, person_actor
from portal.domain.errors import NotFound, Refused
from portal.domain.invitations import WRONG_CODES
from portal.domain.roles import PROVIDER, ROLE_TITLES, Role
from portal.domain.sessions import Stage
from portal.ports import Deps
from portal.vault.directory import is_staff
from portal.vault.entering import context_of, tell_of_end
from portal.vault.invitations import code_fits, token_hash
from portal.vault.open_invitations import open_invitation
from portal.vault.passwords import check_new_password, hash_password
from portal.vault.sessions import begin, has_factor
from schemas.texts import say, say_count

GONE = say("This link was used already, or is too old. Sign in if you have a password, or ask for a new link.")

WORK_ACCOUNT = say("You sign in with your work account. Enter the code, then continue with your work account.")


@dataclass(frozen=True)
class Invited:
    """What the invitation's page says."""

    reference: str
    agency: str
    role: str
    email: str
    staff: bool = False
    """Whether they may accept with a work account, where there is a directory."""


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
        role = Role(assignment.role)
        reference = inspection.reference if inspection else ""
        return Invited(reference, agency, ROLE_TITLES[role], person.email, role not in PROVIDER)


def accept_invitation(deps: Deps, token: str, code: str, password: str, browser: str = "") -> str:
    """Set the person's password, use the invitation up and begin a session, not yet full; return the session's token.

    The mailed link is worth nothing without the code that was read out; the fifth wrong one ends the invitation. Of two
    at once one makes a password. Raises NotFound (used, old, ended, unknown), Refused (password, code).
    """
    with reading(deps.engine) as session:
        invitation = _open_invitation(session, deps, token)  # first, so that a made-up link costs no hashing
        if deps.policy.staff_by_directory and is_staff(session, invitation.person_id):
            raise Refused(WORK_ACCOUNT, "code")
        check_new_password(password, context_of(session, deps, invitation.person_id), deps.breached)
    check_code(deps, token, code)
    hashed = hash_password(password)
    with writing(deps.engine) as session:
        invitation = _open_invitation(session, deps, token, lock=True)
        now = deps.clock.now()
        person = session.get_one(Person, invitation.person_id)
        person.password_hash = hashed
        invitation.used_at = now
        stage = Stage.challenged if has_factor(session, person.id) else Stage.enrolling
        begun = begin(session, person.id, stage, now, browser=browser)
        append(
            session,
            person_actor(person.id),
            "invitation.accepted",
            now,
            inspection=invitation.inspection_id,
            subject=invitation.id,
        )
        return begun


def check_code(deps: Deps, token: str, code: str) -> UUID:
    """Return the invitation's id if the code is right, and count it otherwise. Raises NotFound, Refused.

    One at a time: no two are compared before the wrong one of them is counted.
    """
    with writing(deps.engine) as session:
        invitation = _open_invitation(session, deps, token, lock=True)
        if code_fits(deps.secret, invitation.id, code):
            return invitation.id
        now = deps.clock.now()
        invitation.wrong_codes += 1
        left = WRONG_CODES - invitation.wrong_codes
        if not left:
            tell_of_end(session, deps, invitation)
        action = "invitation.code_refused" if left else "invitation.ended"
        append(session, STRANGER, action, now, inspection=invitation.inspection_id, subject=invitation.id)
    if not left:
        raise NotFound(GONE)
    raise Refused(
        say_count(
            left,
            "Check the code that was read out to you. You can try {count} more time; then the invitation ends.",
            "Check the code that was read out to you. You can try {count} more times; then the invitation ends.",
        ),
        "code",
    )


def _open_invitation(session: Session, deps: Deps, token: str, *, lock: bool = False) -> Invitation:
    """Return an invitation that can be accepted now. Raises NotFound."""
    which = Invitation.token_hash == token_hash(token)
    invitation = open_invitation(session, which, deps.clock.now(), lock=lock)
    if invitation is None:
        raise NotFound(GONE)
    return invitation
