"""What is looked up of whoever is signed in, at every request."""

from uuid import UUID

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session

from portal.db.queries import roles_at, vouched_for
from portal.db.tables import Assignment, Inspection
from portal.domain.actors import Actor
from portal.domain.roles import PROVIDER, TEAM, Role

_LOOKED_THROUGH = 300


def roles_here(session: Session, actor: Actor, inspection_id: UUID | None) -> dict[UUID | None, frozenset[Role]]:
    """Return a person's roles by place, of as many places as a page needs.

    Those are the inspection that is asked about, stewardship (None), and for each role in a team one place, which is
    looked for among a few hundred: by it pages know what to offer, and never what to allow.
    """
    some = _in_inspections(actor).limit(_LOOKED_THROUGH).subquery()
    teams = [select(select(some).where(some.c.role == role).limit(1).subquery()) for role in sorted(TEAM)]
    here = [roles_at(actor, inspection_id)] if inspection_id else []
    roles: dict[UUID | None, set[Role]] = {}
    for place, role in session.execute(union_all(roles_at(actor, None), *here, *teams)):
        roles.setdefault(place, set()).add(Role(role))
    return {place: frozenset(held) for place, held in roles.items()}


def first_places(session: Session, actor: Actor, limit: int) -> list[tuple[Inspection, frozenset[Role]]]:
    """Return inspections in which the actor has roles, with these: of their own agency first, newest first in each."""
    mine = _in_inspections(actor)
    rows = [
        row
        for roles in (PROVIDER, TEAM)
        for row in session.execute(mine.where(Assignment.role.in_(sorted(roles))).limit(2 * limit))
    ]
    held: dict[UUID | None, set[Role]] = {}
    for place, role in rows:
        held.setdefault(place, set()).add(Role(role))
    found = session.scalars(
        select(Inspection).where(Inspection.id.in_(held)).order_by(Inspection.announced_at.desc(), Inspection.reference)
    )
    return sorted(((each, frozenset(held[each.id])) for each in found), key=lambda place: not place[1] & PROVIDER)[
        :limit
    ]


def _in_inspections(actor: Actor) -> Select[UUID | None, str]:
    mine = select(Assignment.inspection_id, Assignment.role).where(
        Assignment.person_id == actor.person, Assignment.inspection_id.is_not(None), Assignment.ended_at.is_(None)
    )
    return vouched_for(actor, mine)
