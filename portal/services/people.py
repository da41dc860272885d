"""What an administrator sees of people: names, addresses, roles, invitations; nothing that was sent or typed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.db.engine import reading
from portal.db.people_queries import (
    MOST_ROLES,
    invitations_in,
    invitations_of,
    members,
    members_in,
    people_like,
    person_of,
    role_counts,
    roles_held,
)
from portal.db.queries import admit, require_steward
from portal.db.register_queries import Paged, paged
from portal.db.tables import Inspection, Invitation, Person
from portal.db.ways_in import has_way_in, without_way_in
from portal.domain.actors import Actor
from portal.domain.invitations import WRONG_CODES, is_usable
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.people import ALWAYS
from portal.domain.roles import ROLE_TITLES, STEWARDS, Permission, Role, say_role
from portal.domain.times import london_date, say_date, say_deadline, say_moment
from portal.ports import Deps
from schemas.texts import say, say_count, together

View = dict[str, Any]
NOBODY = say("Nobody")


def list_people(deps: Deps, actor: Actor, search: str = "", page: int = 1) -> Paged[View]:
    """Return a page of the people whose name or address has `search` in it, by name. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        found = paged(session, people_like(search.strip()), page)
        counts = role_counts(session, [each.id for each in found.rows])
        waiting = without_way_in(session, found.rows)
    rows = [
        {
            "id": each.id,
            "name": each.name,
            "email": each.email,
            "roles_words": _counted(counts.get(each.id, [])),
            "state_words": _account_words(each, waits=each.id in waiting),
        }
        for each in found.rows
    ]
    return replace(found, rows=rows)


def person_page(deps: Deps, actor: Actor, person_id: UUID) -> View:
    """Return one person with their current roles and invitations. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        person = person_of(session, person_id)
        held = roles_held(session, person.id)
        invitations = invitations_of(session, person.id)
        waits = not has_way_in(session, person)
    now = deps.clock.now()
    roles = []
    for assignment, inspection in held:
        invitation = invitations.get(inspection.id if inspection else None)
        roles.append(
            {
                "role": Role(assignment.role),
                "role_words": say_role(Role(assignment.role)),
                "inspection": inspection.id if inspection else None,
                "reference": inspection.reference if inspection else "",
                "since_words": say_moment(assignment.created_at),
                "invitation_words": _invitation_words(invitation, waits=waits, now_open=_is_open(invitation, now)),
                "may_resend": person.disabled_at is None
                and (inspection is None or readable(InspectionState(inspection.state))),
                "may_revoke": waits and _is_open(invitation, now),
            }
        )
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "state_words": _account_words(person, waits=waits),
        "disabled": person.disabled_at is not None,
        "own": actor.person == person.id,
        "roles": roles,
        "more": len(held) == MOST_ROLES,
    }


def inspection_people(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return everybody with a role in the inspection now, removed accounts too. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_accounts)
        found = members_in(session, inspection.id)
        invitations = invitations_in(session, inspection.id, [each.person.id for each in found])
        waiting = without_way_in(session, [each.person for each in found])
    now = deps.clock.now()
    order = list(Role)
    people = []
    for each in sorted(found, key=lambda member: order.index(member.role)):
        invitation = invitations.get(each.person.id)
        waits = each.person.id in waiting
        people.append(
            {
                "id": each.person.id,
                "role": each.role,
                "role_words": say_role(each.role),
                "name": each.person.name,
                "email": "" if each.person.removed_at else each.person.email,
                "since_words": say_moment(each.assignment.created_at),
                "state_words": _account_words(each.person, waits=waits),
                "invitation_words": _invitation_words(invitation, waits=waits, now_open=_is_open(invitation, now)),
                "code_waits": waits and _is_open(invitation, now),
                "may_leave": each.role not in ALWAYS and each.person.removed_at is None,
            }
        )
    return {
        "id": inspection.id,
        "reference": inspection.reference,
        "agency": inspection.agency.name,
        "open": readable(InspectionState(inspection.state)),
        "people": people,
    }


def list_teams(deps: Deps, actor: Actor, page: int = 1) -> Paged[View]:
    """Return a page of all inspections with leaders and lead inspectors, the newest first. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        newest = select(Inspection).order_by(Inspection.announced_at.desc(), Inspection.reference)
        found = paged(session, newest, page)
        there = members(session, [each.id for each in found.rows], ALWAYS)
    names = {(each.assignment.inspection_id, each.role): each.person.name for each in there}
    return replace(found, rows=[_team_row(each, names) for each in found.rows])


def _team_row(inspection: Inspection, names: dict[tuple[UUID | None, Role], str]) -> View:
    return {
        "id": inspection.id,
        "reference": inspection.reference,
        "agency": inspection.agency.name,
        "leader": names.get((inspection.id, Role.leader), NOBODY),
        "lead_inspector": names.get((inspection.id, Role.lead_inspector), NOBODY),
    }


def _account_words(person: Person, *, waits: bool) -> str:
    if person.removed_at is not None:
        return say("Removed on {day}, with the inspection", day=say_date(london_date(person.removed_at)))
    if person.disabled_at is not None:
        return say("Disabled since {moment}", moment=say_moment(person.disabled_at))
    return say("Invited, no password yet") if waits else say("Can sign in")


def _counted(counts: Sequence[tuple[Role, int]]) -> str:
    """Say roles with how many of each: "Administrator", "Inspector in 2 inspections"."""
    if not counts:
        return say("None")
    said = [say_role(role) if place else ROLE_TITLES[role] for place, (role, _number) in enumerate(counts)]
    return together(
        (
            words
            if role in STEWARDS
            else say_count(number, "{role} in {count} inspection", "{role} in {count} inspections", role=words)
            for words, (role, number) in zip(said, counts, strict=True)
        ),
        ", ",
    )


def _is_open(invitation: Invitation | None, now: datetime) -> bool:
    return invitation is not None and is_usable(invitation.used_at, invitation.expires_at, invitation.wrong_codes, now)


def _invitation_words(invitation: Invitation | None, *, waits: bool, now_open: bool) -> str:
    if not waits:
        return say("Not needed: the account has a password")
    if invitation is None or invitation.used_at is not None:
        return say("None")
    if invitation.wrong_codes >= WRONG_CODES:
        return say("Ended after five wrong codes")
    until = say_deadline(invitation.expires_at)
    return say("Can be used until {until}", until=until) if now_open else say("Ran out at {until}", until=until)
