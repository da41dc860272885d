"""Lists of inspections for the team, in a fixed number of queries however many there are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.db.engine import reading
from portal.db.queries import inspections_of, roles_of
from portal.db.tables import Answer, Document, Inspection
from portal.domain.actors import Actor
from portal.domain.checklist import Gap, GapKind, Held, progress
from portal.domain.lifecycle import DocumentState
from portal.domain.roles import TEAM, Role, say_role
from portal.domain.times import say_deadline, say_moment
from portal.ports import Deps
from schemas.definitions import load_checklist

View = dict[str, Any]


def my_inspections(deps: Deps, actor: Actor) -> list[View]:
    """Return the inspections in which the actor has a role: id, reference, agency, `team` (bool) and roles in words."""
    with reading(deps.engine) as session:
        roles = roles_of(session, actor)
        inspections = [each for each in inspections_of(session, actor) if each.id in roles]
    return [
        {
            "id": each.id,
            "reference": each.reference,
            "agency": each.agency.name,
            "team": bool(roles[each.id] & TEAM),
            "hint": _roles_said(roles[each.id]),
        }
        for each in inspections
    ]


def _roles_said(roles: frozenset[Role]) -> str:
    return ", ".join(sorted(say_role(role) for role in roles)).capitalize()


def team_list(deps: Deps, actor: Actor) -> list[View]:
    """Return the inspections in whose team the actor is, as team/inspections.html takes them, with `id`."""
    with reading(deps.engine) as session:
        roles = roles_of(session, actor)
        inspections = [each for each in inspections_of(session, actor) if roles.get(each.id, frozenset()) & TEAM]
        ids = [each.id for each in inspections]
        current = select(Document.inspection_id, Document.item, Document.slot, Document.on_time, Document.received_at)
        current = current.where(Document.inspection_id.in_(ids), Document.state == DocumentState.received)
        documents: dict[UUID, list[Any]] = {}
        for row in session.execute(current):
            documents.setdefault(row.inspection_id, []).append(row)
        given = select(Answer.inspection_id, Answer.item, Answer.kind)
        gaps: dict[UUID, list[Gap]] = {}
        for answer in session.execute(given.where(Answer.inspection_id.in_(ids), Answer.superseded_at.is_(None))):
            gaps.setdefault(answer.inspection_id, []).append(Gap(answer.item, GapKind(answer.kind)))
    return [_team_row(each, documents.get(each.id, []), gaps.get(each.id, [])) for each in inspections]


def _team_row(inspection: Inspection, documents: Sequence[Any], gaps: Sequence[Gap]) -> View:
    held = [Held(each.item, each.slot, bool(each.on_time)) for each in documents]
    newest = max((each.received_at for each in documents), default=None)
    return {
        "id": inspection.id,
        "reference": inspection.reference,
        "agency": inspection.agency.name,
        "deadline_words": say_deadline(inspection.deadline_at),
        "summary": progress(load_checklist(inspection.checklist_version), held, gaps).summary,
        "late": sum(not each.on_time for each in held),
        "last_activity_words": say_moment(newest) if newest else None,
        "declared": inspection.declared_at is not None,
    }
