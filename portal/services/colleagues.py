"""The leader's colleagues: she sees, invites and removes the contributors of her own inspection.

What she is shown and told never depends on whether an address has an account through anybody else (R12): a name
stands beside an address only once its owner has done something here.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.people_queries import Member, active_in, invitations_in, members_in
from portal.db.queries import NOT_FOUND, admit
from portal.db.tables import Inspection, Invitation
from portal.domain.actors import Actor
from portal.domain.errors import Refused
from portal.domain.invitations import WRONG_CODES, is_usable
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.people import MAX_CONTRIBUTORS, check_room
from portal.domain.roles import PROVIDER, Permission, Role
from portal.domain.times import say_deadline, say_moment
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
from schemas.texts import say

View = dict[str, Any]
CANNOT_INVITE = say("This person cannot take part for the agency. Give another address, or ask the lead inspector.")
HERE_ALREADY = say(
    "This person takes part already. To send their invitation again, use the button beside their address."
)


def list_colleagues(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return leader and contributors as people/colleagues.html takes them. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.invite_contributor)
        contributors = _views(session, deps, inspection, _contributors(session, inspection))
        leaders = members_in(session, inspection.id, {Role.leader})
        return {
            "reference": inspection.reference,
            "agency": inspection.agency.name,
            "leaders": [{"name": each.person.name, "email": each.person.email} for each in leaders],
            "contributors": contributors,
            "open": readable(InspectionState(inspection.state)),
            "room": len(contributors) < MAX_CONTRIBUTORS,
            "most": MAX_CONTRIBUTORS,
        }


def colleague(deps: Deps, actor: Actor, inspection_id: UUID, person_id: UUID) -> View:
    """Return one contributor, with `reference`. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.invite_contributor)
        member = member_among(_contributors(session, inspection), person_id, NOT_FOUND)
        return {"reference": inspection.reference, **_views(session, deps, inspection, [member])[0]}


def invite_contributor(deps: Deps, actor: Actor, inspection_id: UUID, email: str, name: str) -> None:
    """Give the person at an address the contributor's role, and mail them.

    Raises NotFound, NotAllowed, Refused (address, name, who cannot take part), Conflict (over, too many).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.invite_contributor, lock=True)
        check_not_over(inspection)
        now = deps.clock.now()
        person = account_for(session, email, name, now)
        present = members_in(session, inspection.id, PROVIDER)
        if any(each.person.id == person.id for each in present):
            raise Refused(HERE_ALREADY, "email")
        check_room(sum(each.role is Role.contributor for each in present))
        try:
            check_free_for(session, person, Role.contributor, inspection.programme_id)
        except Refused:
            # In the same words, whatever it is: who is a steward or in which team is not the agency's to learn.
            raise Refused(CANNOT_INVITE, "email") from None
        appoint(session, person, Role.contributor, inspection.id, now)
        invite(session, deps, person, inspection.id, mail_of(inspection, "invitation"))
        append(session, actor, "role.given", now, inspection=inspection.id, subject=person.id, role=Role.contributor)


def resend_to_contributor(deps: Deps, actor: Actor, inspection_id: UUID, person_id: UUID) -> None:
    """Mail a contributor once more; the link before is dead. Raises NotFound, NotAllowed, Conflict (over)."""
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.invite_contributor, lock=True)
        check_not_over(inspection)
        member = member_among(_contributors(session, inspection), person_id, NOT_FOUND)
        invite(session, deps, member.person, inspection.id, mail_of(inspection, "invitation"))
        append(session, actor, "invitation.sent", deps.clock.now(), inspection=inspection.id, subject=person_id)


def remove_contributor(deps: Deps, actor: Actor, inspection_id: UUID, person_id: UUID) -> None:
    """End a contributor's role, from their next request on; what they sent stays. Raises NotFound, NotAllowed."""
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.invite_contributor, lock=True)
        member = member_among(_contributors(session, inspection), person_id, NOT_FOUND)
        now = deps.clock.now()
        dismiss(session, member, now)
        append(session, actor, "role.ended", now, inspection=inspection.id, subject=person_id, role=Role.contributor)


def _contributors(session: Session, inspection: Inspection) -> list[Member]:
    return members_in(session, inspection.id, {Role.contributor})


def _views(session: Session, deps: Deps, inspection: Inspection, found: list[Member]) -> list[View]:
    people = [each.person.id for each in found]
    invitations = invitations_in(session, inspection.id, people)
    active = active_in(session, inspection.id, people)
    views = []
    for each in found:
        invitation = invitations.get(each.person.id)
        here = each.person.id in active or invitation is None
        views.append(
            {
                "id": each.person.id,
                "email": each.person.email,
                "name": each.person.name if here else "",
                "since_words": say_moment(each.assignment.created_at),
                "accepted": here,
                "code_waits": not here and invitation is not None and _usable(deps, invitation),
                "state_words": _state(deps, invitation, here=here),
            }
        )
    # By address: in the order of their names, a name that is not shown would show a little all the same.
    return sorted(views, key=lambda view: str(view["email"]))


def _usable(deps: Deps, invitation: Invitation) -> bool:
    now = deps.clock.now()
    return is_usable(invitation.used_at, invitation.expires_at, invitation.wrong_codes, now)


def _state(deps: Deps, invitation: Invitation | None, *, here: bool) -> str:
    if here or invitation is None:
        return say("Accepted")
    end = say_deadline(invitation.expires_at)
    if invitation.wrong_codes >= WRONG_CODES:
        return say("The invitation ended after five wrong codes. Send it again")
    if _usable(deps, invitation):
        return say("Invited; the invitation can be used until {end}", end=end)
    return say("The invitation ran out at {end}. Send it again", end=end)
