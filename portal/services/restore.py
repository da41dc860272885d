"""Restoring access on two channels: whoever lost password or second factor begins anew, by a mailed link and a code.

The quality assurance officer alone does it, for people of her inspection; she neither sees nor sets a secret of theirs.
Stewards are restored on the host: who keeps the accounts is not let in by who inspects, nor the other way round.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.people_queries import Member, invitations_in, members_in, person_of, posts_of
from portal.db.queries import NOT_FOUND, admit
from portal.db.tables import Inspection, Person
from portal.domain.actors import OPERATOR, Actor
from portal.domain.errors import Conflict, Refused
from portal.domain.invitations import is_usable
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.people import Post
from portal.domain.roles import ROLE_TITLES, STEWARDS, Permission, Role
from portal.ports import Deps
from portal.vault.appointments import DISABLED, check_not_over, member_among
from portal.vault.restoring import restore
from schemas.texts import say

View = dict[str, Any]
STEWARD = say(
    "This person keeps the service too, so only whoever runs it can restore their access, by `portal account restore`. "
    "Ask another administrator to have it done."
)
OWN = say("You cannot restore your own access: you are signed in. Change your password or second step on your account.")
NOT_SPOKEN = say("Confirm that you have spoken to this person")
NO_ROLE = say("This person has no role now, so there is nothing to restore.")


def people_page(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return everybody in the inspection, with whether each can sign in. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.restore_access)
        found = members_in(session, inspection.id)
        invitations = invitations_in(session, inspection.id, [each.person.id for each in found])
        now, order = deps.clock.now(), list(Role)
        people = []
        for each in sorted(found, key=lambda member: order.index(member.role)):
            row = invitations.get(each.person.id)
            waits = row is not None and is_usable(row.used_at, row.expires_at, row.wrong_codes, now)
            people.append(_view(each, actor) | {"code_waits": waits and each.person.password_hash is None})
        return {**_heading(inspection), "people": people}


def person_page(deps: Deps, actor: Actor, inspection_id: UUID, person_id: UUID) -> View:
    """Return whose access is to be restored. Raises NotFound, NotAllowed, Conflict (steward, own, disabled, over)."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.restore_access)
        member = _whom(session, actor, inspection, person_id)
        return {**_heading(inspection), **_view(member, actor)}


def restore_access(deps: Deps, actor: Actor, inspection_id: UUID, person_id: UUID, *, spoken: bool) -> None:
    """Let a person of the inspection begin anew; all by which they came in until now is gone, and they are told.

    `spoken`: she has heard or seen that it is they (ASVS V6.4.4). Raises as `person_page`, Refused (`confirmed`).
    """
    if not spoken:
        raise Refused(NOT_SPOKEN, "confirmed")
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.restore_access, lock=True)
        _whom(session, actor, inspection, person_id)
        person = person_of(session, person_id, lock=True)
        _check(actor, person, posts_of(session, person.id))  # once more, now that nobody changes their roles
        restore(session, deps, person, inspection.id, "restored")
        append(session, actor, "access.restored", deps.clock.now(), inspection=inspection.id, subject=person.id)


def restore_on_host(deps: Deps, person_id: UUID) -> UUID | None:
    """Let anybody begin anew, as the operator at the command line; return the inspection they are invited for.

    Stewards, and quality assurance officers themselves, have no other way. Raises NotFound, Conflict (disabled, none).
    """
    with writing(deps.engine) as session:
        person = person_of(session, person_id, lock=True)
        if person.disabled_at is not None:
            raise Conflict(DISABLED)
        places = {post.inspection for post in posts_of(session, person.id)}
        if not places:
            raise Conflict(NO_ROLE)
        place = None if None in places else min(filter(None, places))
        restore(session, deps, person, place, "restored" if place else "account-restored")
        append(session, OPERATOR, "access.restored", deps.clock.now(), inspection=place, subject=person.id)
        return place


def _whom(session: Session, actor: Actor, inspection: Inspection, person_id: UUID) -> Member:
    check_not_over(inspection)
    member = member_among(members_in(session, inspection.id), person_id, NOT_FOUND)
    _check(actor, member.person, posts_of(session, person_id))
    return member


def _check(actor: Actor, person: Person, posts: list[Post]) -> None:
    if person.id == actor.person:
        raise Conflict(OWN)
    if any(post.role in STEWARDS for post in posts):
        raise Conflict(STEWARD)
    if person.disabled_at is not None:
        raise Conflict(DISABLED)


def _heading(inspection: Inspection) -> View:
    over = not readable(InspectionState(inspection.state))
    return {"reference": inspection.reference, "agency": inspection.agency.name, "open": not over}


def _view(member: Member, actor: Actor) -> View:
    person = member.person
    if person.disabled_at is not None:
        state = say("The account is disabled")
    else:
        state = say("Can sign in") if person.password_hash else say("Has not set a password yet")
    return {
        "id": person.id,
        "role": member.role,
        "role_words": ROLE_TITLES[member.role],
        "name": person.name,
        "email": person.email,
        "state_words": state,
        "own": person.id == actor.person,
    }
