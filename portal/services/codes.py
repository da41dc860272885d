"""Reading out the code of an invitation: who sees it, and that each look at it is in the trail.

Nobody sees the code of their own invitation, and none of a person or an inspection that is not theirs to let in.
"""

from typing import Any
from uuid import UUID

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.people_queries import invitations_of, members_in, posts_of
from portal.db.queries import NOT_FOUND, roles_in
from portal.db.tables import Inspection, Person
from portal.db.ways_in import without_way_in
from portal.domain.actors import OPERATOR, Actor
from portal.domain.errors import Conflict, NotAllowed, NotFound
from portal.domain.invitations import is_usable, may_read_out
from portal.domain.roles import PROVIDER, ROLE_TITLES
from portal.domain.times import say_deadline
from portal.ports import Deps
from portal.vault.invitations import invitation_code
from schemas.texts import say

NOT_YOURS = say("Somebody else reads this code out. Ask whoever invited this person.")
NONE_OPEN = say("There is no invitation that can be used now. Send it anew, then read out its new code.")


def show_code(deps: Deps, actor: Actor, person_id: UUID, inspection_id: UUID | None) -> dict[str, Any]:
    """Return the code of a person's invitation, to read it out: code, name, email, role_words, reference, until_words.

    A leader sees no name: only its owner's acts put one beside an address (R12). Raises NotFound (inspection, person,
    role), NotAllowed, Conflict (none that can be used).
    """
    with writing(deps.engine) as session:
        held = roles_in(session, actor, inspection_id, None)
        person = session.get(Person, person_id) if held else None
        roles = (
            [post.role for post in posts_of(session, person.id) if post.inspection == inspection_id] if person else []
        )
        if person is None or not roles:
            raise NotFound(NOT_FOUND)
        role = roles[0]
        if actor.person == person.id or not (actor == OPERATOR or any(may_read_out(held, each) for each in roles)):
            raise NotAllowed(NOT_YOURS)
        invitation = invitations_of(session, person.id).get(inspection_id)
        now = deps.clock.now()
        if invitation is None or not is_usable(invitation.used_at, invitation.expires_at, invitation.wrong_codes, now):
            raise Conflict(NONE_OPEN)
        inspection = session.get(Inspection, inspection_id) if inspection_id else None
        append(session, actor, "invitation.code_shown", now, inspection=inspection_id, subject=invitation.id)
        return {
            "code": invitation_code(deps.secret, invitation.id),
            "name": "" if held & PROVIDER else person.name,
            "email": person.email,
            "role_words": ROLE_TITLES[role],
            "reference": inspection.reference if inspection else "",
            "until_words": say_deadline(invitation.expires_at),
        }


def codes_to_print(deps: Deps, inspection_id: UUID | None, person_id: UUID | None = None) -> dict[str, str]:
    """Return by address the codes that the command line prints: of one person, or of all who wait in an inspection.

    Whoever has a way in uses it, and has none.
    """
    with reading(deps.engine) as session:
        if person_id is not None:
            people = [session.get_one(Person, person_id)]
        else:
            people = [each.person for each in members_in(session, inspection_id)] if inspection_id else []
        waiting = sorted(without_way_in(session, people))
    found = [show_code(deps, OPERATOR, person, inspection_id) for person in waiting]
    return {each["email"]: each["code"] for each in found}
