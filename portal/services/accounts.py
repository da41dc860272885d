"""What an administrator does with an account: send an invitation anew or withdraw it, disable, enable, correct."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.people_queries import person_at, person_of, posts_of, roles_held
from portal.db.queries import NOT_FOUND, require_steward
from portal.db.tables import Inspection, Person, WebSession
from portal.domain.actors import Actor
from portal.domain.addresses import check_address, check_name
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.roles import STEWARDS, TEAM, Permission, Role
from portal.ports import Deps
from portal.vault.appointments import check_not_over, mail_of, steward_who_may_leave
from portal.vault.invitations import invite, withdraw_all_invitations, withdraw_invitations
from portal.vault.mails import queue_mail
from portal.vault.tokens import revoke_tokens_of
from schemas.texts import say

NO_ROLE = say("This person has no such role now. Reload the page to see how it stands.")
NOBODY = say("There is no account with this address. `portal account list` shows those there are.")


def find_person(deps: Deps, actor: Actor, email: str) -> UUID:
    """Return whose account has this address. Raises NotFound, Refused (no address)."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        person = person_at(session, check_address(email))
        if person is None:
            raise NotFound(NOBODY)
        return person.id


def resend(deps: Deps, actor: Actor, person_id: UUID, inspection_id: UUID | None) -> None:
    """Mail the person anew about their role in the inspection, or (None) about their stewardship; old links are dead.

    Raises NotFound (person, role), Conflict (disabled, inspection over).
    """
    with writing(deps.engine) as session:
        person = _person(session, actor, person_id)
        template = _template(session, person, inspection_id)
        if person.disabled_at is not None:
            raise Conflict(say("This account is disabled, so nobody can accept an invitation to it. Enable it first."))
        invite(session, deps, person, inspection_id, template)
        now = deps.clock.now()
        append(session, actor, "invitation.sent", now, inspection=inspection_id, subject=person.id)


def revoke(deps: Deps, actor: Actor, person_id: UUID, inspection_id: UUID | None) -> None:
    """Make the person's link for this inspection, or (None) for their stewardship, a dead one. Raises NotFound."""
    with writing(deps.engine) as session:
        person = _person(session, actor, person_id)
        if inspection_id not in {post.inspection for post in posts_of(session, person.id)}:
            raise NotFound(NO_ROLE)
        withdraw_invitations(session, person.id, inspection_id)
        now = deps.clock.now()
        append(session, actor, "invitation.revoked", now, inspection=inspection_id, subject=person.id)


def disable(deps: Deps, actor: Actor, person_id: UUID) -> None:
    """Let nobody use the account from now on: every session and token of it ends, and no link opens it.

    Raises NotFound, Conflict (their own; the last administrator or data protection officer who can act).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        if actor.person == person_id:
            raise Conflict(say("You cannot disable your own account. Ask another administrator."))
        for role in sorted(STEWARDS):
            steward_who_may_leave(session, person_id, role)
        person = person_of(session, person_id, lock=True)
        now = deps.clock.now()
        if person.disabled_at is None:
            person.disabled_at = now
        session.execute(delete(WebSession).where(WebSession.person_id == person.id))
        # They would work again with the account.
        revoke_tokens_of(session, actor, person.id, now)
        append(session, actor, "account.disabled", now, subject=person.id)


def enable(deps: Deps, actor: Actor, person_id: UUID) -> None:
    """Let the account be used again, with the roles that it has. Raises NotFound."""
    with writing(deps.engine) as session:
        person = _person(session, actor, person_id)
        person.disabled_at = None
        append(session, actor, "account.enabled", deps.clock.now(), subject=person.id)


def correct(deps: Deps, actor: Actor, person_id: UUID, email: str, name: str, *, confirmed: bool) -> None:
    """Correct a person's name and address; with another address, links sent to the old one are dead.

    Both addresses are told (ASVS V6.3.7). Whoever reads mail at the new one comes in by nothing that was sent before:
    password and second step stay, and a new invitation has another code.

    Raises NotFound, Refused (address, name, somebody else's address; field `confirmed`: has to be confirmed).
    """
    address, name = check_address(email), check_name(name)
    if not confirmed:
        raise Refused(say("Confirm that this is the same person"), "confirmed")
    with writing(deps.engine) as session:
        person = _person(session, actor, person_id)
        before = person.email
        changed = [
            word
            for word, old, new in (("address", person.email, address), ("name", person.name, name))
            if old != new
        ]  # fmt: skip
        try:
            with session.begin_nested():
                person.email, person.name = address, name
        except IntegrityError:
            raise Refused(
                say("Another account has this address. Each account needs one of its own."), "email"
            ) from None
        if "address" in changed:
            withdraw_all_invitations(session, person.id)
            queue_mail(session, deps, person.id, None, "address-changed", to=before)
            queue_mail(session, deps, person.id, None, "address-changed")
        if changed:
            append(session, actor, "account.corrected", deps.clock.now(), subject=person.id, changed=changed)


def leads(deps: Deps, actor: Actor, person_id: UUID) -> list[str]:
    """Return the references of the inspections that this person leads, and that are not over. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        held = roles_held(session, person_of(session, person_id).id)
        led = [inspection for assignment, inspection in held if inspection and assignment.role == Role.leader]
        return sorted(each.reference for each in led if readable(InspectionState(each.state)))


def _person(session: Session, actor: Actor, person_id: UUID) -> Person:
    require_steward(session, actor, Permission.manage_accounts)
    return person_of(session, person_id, lock=True)


def _template(session: Session, person: Person, inspection_id: UUID | None) -> str:
    """Return the template of the mail about the person's role in the inspection. Raises NotFound, Conflict (over)."""
    if inspection_id is None:
        if not any(post.role in STEWARDS for post in posts_of(session, person.id)):
            raise NotFound(NO_ROLE)
        return "steward"
    inspection = session.get(Inspection, inspection_id)
    if inspection is None:
        raise NotFound(NOT_FOUND)
    roles = {post.role for post in posts_of(session, person.id) if post.inspection == inspection_id}
    if not roles:
        raise NotFound(NO_ROLE)
    check_not_over(inspection)
    if roles & TEAM:
        return "team"
    return mail_of(inspection, "leader" if Role.leader in roles else "invitation")
