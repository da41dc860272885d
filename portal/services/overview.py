"""Lists of inspections for the team and the stewards, in a fixed number of queries however many there are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.db.engine import reading
from portal.db.queries import inspections_of, require_steward, roles_of, standing_alarms
from portal.db.tables import Answer, Certificate, Document, Inspection, Programme
from portal.domain.actors import Actor
from portal.domain.checklist import Gap, GapKind, Held, progress
from portal.domain.lifecycle import DocumentState
from portal.domain.retention import Publication, disposal_verdict
from portal.domain.roles import TEAM, Permission, Role, say_role
from portal.domain.times import say_date, say_deadline, say_moment
from portal.ports import Deps
from schemas.definitions import load_checklist

View = dict[str, Any]
_STATES = {
    "unpublished": "Report not published yet",
    "retained": "Kept until disposal is due",
    "in notice": "In notice after the publication date was entered",
    "held": "Held",
    "due": "Disposal is due",
}


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


def steward_overview(deps: Deps, actor: Actor) -> View:
    """Return what steward/overview.html shows, each certificate with its `inspection` id. Raises NotFound."""
    now = deps.clock.now()
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.view_certificates)
        programmes = session.scalars(select(Programme).order_by(Programme.code)).all()
        inspections: dict[UUID, list[Inspection]] = {}
        for each in session.scalars(select(Inspection).order_by(Inspection.reference)):
            inspections.setdefault(each.programme_id, []).append(each)
        certificates = session.execute(
            select(Certificate.id, Certificate.inspection_id, Certificate.made_at, Inspection.reference)
            .join(Inspection, Inspection.id == Certificate.inspection_id)
            .order_by(Certificate.made_at.desc())
        ).all()
        alarms = [alarm.words for alarm in standing_alarms(session)]
    rows = []
    for programme in programmes:
        own = inspections.get(programme.id, [])
        publication = Publication(programme.published_on, programme.publication_entered_at)
        verdict = disposal_verdict(publication, programme.held or any(each.held for each in own), now)
        held = "The whole programme" if programme.held else ", ".join(each.reference for each in own if each.held)
        gone = bool(own) and all(each.disposed_at for each in own)
        rows.append(
            {
                "title": f"{programme.title} ({programme.code})",
                "publication_words": say_date(programme.published_on) if programme.published_on else None,
                "due_words": say_deadline(verdict.earliest_at) if verdict.earliest_at else None,
                "held_words": held or None,
                "state_words": "Disposed of" if gone else _STATES[verdict.state],
                "inspections": [{"reference": each.reference, "state_words": each.state} for each in own],
            }
        )
    return {
        "alarms": alarms,
        "programmes": rows,
        "certificates": [
            {
                "number": f"Certificate {str(each.id)[:8]}",
                "reference": each.reference,
                "disposed_words": say_moment(each.made_at),
                "inspection": each.inspection_id,
            }
            for each in certificates
        ],
    }
