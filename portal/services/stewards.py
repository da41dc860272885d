"""Stewards: who is given a stewardship, and whose ends; never the last one who can act."""

from uuid import UUID

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.people_queries import person_of, posts_of
from portal.db.queries import NOT_FOUND, require_steward
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.roles import STEWARDS, Permission, Role, say_role
from portal.ports import Deps
from portal.vault.appointments import account_for, appoint, check_free_for, dismiss, steward_who_may_leave
from portal.vault.invitations import tell_of_role
from schemas.texts import say


def add_steward(deps: Deps, actor: Actor, email: str, name: str, role: Role) -> UUID:
    """Give a person a stewardship, and an invitation if they have no password.

    Raises NotFound, Refused (role, address, name, takes part in an inspection), Conflict (has it already).
    """
    if role not in STEWARDS:
        raise Refused(say("Only an administrator or a data protection officer is added in this way."), "role")
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        now = deps.clock.now()
        person = account_for(session, email, name, now)
        if any(post.role is role for post in posts_of(session, person.id)):
            raise Conflict(say("This person has that role already."))
        check_free_for(session, person, role)
        appoint(session, person, role, None, now)
        tell_of_role(session, deps, person, None, "steward")
        append(session, actor, "role.given", now, subject=person.id, role=role)
        return person.id


def end_steward(deps: Deps, actor: Actor, person_id: UUID, role: Role) -> None:
    """End a stewardship, from the person's next request on.

    Raises NotFound (nobody, no such stewardship), Conflict (the last who can act; one's own last).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        member = steward_who_may_leave(session, person_id, role) if role in STEWARDS else None
        if member is None:
            raise NotFound(NOT_FOUND)
        person = person_of(session, person_id)
        remain = {post.role for post in posts_of(session, person.id)} & STEWARDS - {role}
        if actor.person == person.id and not remain:
            raise Conflict(
                say("You cannot end your own role as {role}. Ask another administrator.", role=say_role(role))
            )
        now = deps.clock.now()
        if remain:
            member.assignment.ended_at = now  # the link, if there is one, is for the other stewardship too
        else:
            dismiss(session, member, now)
        append(session, actor, "role.ended", now, subject=person.id, role=role)
