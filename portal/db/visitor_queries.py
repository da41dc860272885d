"""What is looked up of whoever is signed in, at every request."""

from uuid import UUID

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from portal.db.queries import roles_at
from portal.db.tables import Assignment
from portal.domain.actors import Actor
from portal.domain.roles import TEAM, Role


def roles_here(session: Session, actor: Actor, inspection_id: UUID | None) -> dict[UUID | None, frozenset[Role]]:
    """Return a person's roles by place, of as many as a page needs: here, as a steward (None), and one in some team."""
    mine = select(Assignment.inspection_id, Assignment.role).where(Assignment.person_id == actor.person)
    team = mine.where(Assignment.role.in_(sorted(TEAM)), Assignment.ended_at.is_(None)).limit(1).subquery()
    here = [roles_at(actor, inspection_id)] if inspection_id else []
    roles: dict[UUID | None, set[Role]] = {}
    for place, role in session.execute(union_all(roles_at(actor, None), *here, select(team))):
        roles.setdefault(place, set()).add(Role(role))
    return {place: frozenset(held) for place, held in roles.items()}
