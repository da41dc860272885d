"""Assign people to an inspection, and end their roles in it: the administrator's part."""

from uuid import UUID, uuid4

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.people_queries import Member, members_in
from portal.db.queries import NOT_FOUND, admit
from portal.db.tables import Person
from portal.domain.actors import Actor
from portal.domain.errors import Refused
from portal.domain.people import ONE_OF, assignment_warnings, check_leaves, check_room
from portal.domain.roles import TEAM, Permission, Role, say_role
from portal.ports import Deps
from portal.vault.appointments import (
    account_for,
    appoint,
    check_free_for,
    check_not_over,
    dismiss,
    mail_of,
    member_among,
)
from portal.vault.invitations import invite
from portal.vault.mails import queue_mail
from schemas.texts import say, together

ASSIGNED = frozenset({*TEAM, Role.contributor})
"""A leader is replaced instead, which the team may do too."""
_INSPECTORS = frozenset({Role.inspector, Role.lead_inspector})


def assign(
    deps: Deps, actor: Actor, inspection_id: UUID, role: Role, email: str, name: str, *, confirmed: bool = False
) -> tuple[str, ...]:
    """Give the person at an address a role in the inspection, and mail them; return the warnings that were confirmed.

    Of lead inspector and quality assurance officer there is one, who is replaced; a role that the person has in the
    team already ends. Raises NotFound, NotAllowed, Conflict (over, lead inspector, too many contributors), Refused
    (address, name, role, who cannot take part; field `confirmed`: what has to be confirmed).
    """
    if role not in ASSIGNED:
        raise Refused(say("Select a role in the team. A leader is replaced on a page of its own."), "role")
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_accounts, lock=True)
        check_not_over(inspection)
        now = deps.clock.now()
        person = account_for(session, email, name, now)
        present = members_in(session, inspection.id)
        own = [each for each in present if each.person.id == person.id]
        if any(each.role is role for each in own):
            raise Refused(say("This person is {role} of this inspection already.", role=say_role(role)), "email")
        check_free_for(session, person, role, inspection.programme_id)
        for each in own:
            check_leaves(each.role)
        replaced = [each for each in present if role in ONE_OF and each.role is role]
        if role is Role.contributor:
            check_room(sum(each.role is role for each in present))
        warnings = assignment_warnings(role, _inspectors(present, role, [*own, *replaced]), replaces=bool(replaced))
        if warnings and not confirmed:
            raise Refused(together((*warnings, say("Confirm that you want this."))), "confirmed")
        for each in (*own, *replaced):
            dismiss(session, each, now)
        appoint(session, person, role, inspection.id, now)
        template = "team" if role in TEAM else mail_of(inspection, "invitation")
        invite(session, deps, person, inspection.id, template)
        for other in _who_learns(present, role, actor, person):
            queue_mail(session, deps, other, inspection.id, "joined", occasion=str(uuid4()))
        ended = [str(each.person.id) for each in replaced]
        append(
            session, actor, "role.given", now, inspection=inspection.id, subject=person.id, role=role, replaces=ended
        )  # fmt: skip
        return warnings


def _who_learns(present: list[Member], role: Role, actor: Actor, new: Person) -> list[UUID]:
    """Return who is told of a new member, whoever they replace too: nobody joins a side without its knowing.

    An administrator reads no document; without this one could invent an inspector, and sign in as them unseen.
    """
    side = TEAM if role in TEAM else frozenset({Role.leader})
    told = {each.person.id for each in present if each.role in side} - {actor.person, new.id}
    return sorted(told)


def _inspectors(present: list[Member], role: Role, leaving: list[Member]) -> int:
    """Count the inspectors, the lead inspector among them, as there are when the role is given."""
    stay = sum(each.role in _INSPECTORS for each in present if each not in leaving)
    return stay + (role in _INSPECTORS)


def member_page(deps: Deps, actor: Actor, inspection_id: UUID, person_id: UUID) -> dict[str, object]:
    """Return whose roles are to end: name, address, roles in words. Raises NotFound, NotAllowed, Conflict (leaders)."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_accounts)
        own = _roles_in(members_in(session, inspection.id), person_id)
        return {
            "reference": inspection.reference,
            "name": own[0].person.name,
            "email": own[0].person.email,
            "roles": together((say_role(each.role) for each in own), ", "),
        }


def unassign(deps: Deps, actor: Actor, inspection_id: UUID, person_id: UUID) -> None:
    """End a person's roles in the inspection, from their next request on. What they sent stays.

    Raises NotFound, NotAllowed, Conflict (leader and lead inspector are replaced instead).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_accounts, lock=True)
        now = deps.clock.now()
        for each in _roles_in(members_in(session, inspection.id), person_id):
            dismiss(session, each, now)
            append(session, actor, "role.ended", now, inspection=inspection.id, subject=person_id, role=each.role)


def _roles_in(present: list[Member], person_id: UUID) -> list[Member]:
    member_among(present, person_id, NOT_FOUND)
    own = [each for each in present if each.person.id == person_id]
    for each in own:
        check_leaves(each.role)
    return own
