"""What happened in an inspection, as its own people may see it: act, time and role, newest first, no ids of others."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.engine import reading
from portal.db.queries import admit
from portal.db.register_queries import Paged, paged
from portal.db.tables import Assignment, AuditEntry
from portal.domain.actors import Actor, person_actor
from portal.domain.roles import Permission, Role
from portal.domain.trail_words import say_act, say_actor
from portal.ports import Deps


@dataclass(frozen=True)
class Act:
    """One entry: its number in the trail, when, what in plain words, and by whom, as a role."""

    seq: int
    at: datetime
    what: str
    who: str


def trail_of_inspection(deps: Deps, actor: Actor, inspection_id: UUID, page: int) -> tuple[str, Paged[Act]]:
    """Return the inspection's reference and one page of its entries. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.read_trail)
        own = select(AuditEntry).where(AuditEntry.inspection == str(inspection.id)).order_by(AuditEntry.seq.desc())
        found = paged(session, own, page)
        roles = _roles(session, inspection.id)
        acts = [
            Act(
                each.seq,
                each.at,
                say_act(each.action, json.loads(each.details)),
                say_actor(each.actor, actor.label, roles),
            )
            for each in found.rows
        ]
    return inspection.reference, Paged(acts, found.page, found.pages)


def _roles(session: Session, inspection: UUID) -> dict[str, Role]:
    """Return the newest role of everybody who ever had one in the inspection, or has one as a steward, by label."""
    places = or_(Assignment.inspection_id == inspection, Assignment.inspection_id.is_(None))
    rows = session.execute(
        select(Assignment.person_id, Assignment.role).where(places).order_by(Assignment.created_at, Assignment.id)
    )
    return {person_actor(person).label: Role(role) for person, role in rows}
