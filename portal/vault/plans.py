"""The plan of a disposal, made ahead or at the latest when it begins, and its approval: by rows, for the caller."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.endings import DisposalPlan
from portal.db.exchanges import Message
from portal.db.tables import Document, Inspection, Receipt
from portal.domain.actors import Actor
from portal.domain.times import iso, parse_iso, say_deadline
from portal.formats.canonical import canonical_json
from portal.vault.copies import copies_of
from schemas.texts import say, together

STANDING = "policy:standing"
"""Who approved a plan where the programme's policy did."""


@dataclass(frozen=True)
class Approval:
    """Who approved which plan: `policy:standing`, the label of a person or the operator, or `proposal:<id>`."""

    plan_made_at: datetime
    plan_sha256: str
    approved_at: datetime
    approved_by: str


def approval_of(session: Session, inspection_id: UUID) -> Approval | None:
    """Return the approval by which an inspection is, or was, disposed of; None where its plan has none."""
    plan = plan_of(session, inspection_id)
    if plan is None or plan.approved_at is None or plan.approved_by is None:
        return None
    return Approval(plan.made_at, digest_of(plan), plan.approved_at, plan.approved_by)


def plan_of(session: Session, inspection_id: UUID, *, lock: bool = False) -> DisposalPlan | None:
    """Return the plan of an inspection's disposal, if it was made."""
    return session.get(DisposalPlan, inspection_id, with_for_update=lock, populate_existing=lock)


def read_plan(plan: DisposalPlan) -> Mapping[str, Any]:
    """Return what a plan says."""
    found: Mapping[str, Any] = json.loads(plan.body)
    return found


def digest_of(plan: DisposalPlan) -> str:
    """Return the SHA-256, in hex, of the plan's canonical JSON: whoever approves it names it by that."""
    return hashlib.sha256(plan.body.encode()).hexdigest()


def make_plan(
    session: Session, actor: Actor, inspection: Inspection, rule: str, due_at: datetime | None, now: datetime
) -> DisposalPlan:
    """Return the plan of a disposal by this rule at this time; one of another is replaced, its approval void with it.

    The inspection must be locked.
    """
    plan = plan_of(session, inspection.id, lock=True)
    if plan is not None and fits(plan, inspection, rule, due_at):
        return plan
    replaced = {"replaces": digest_of(plan)} if plan else {}
    body = canonical_json(plan_body(session, inspection, rule, due_at)).decode()
    plan = plan or DisposalPlan(inspection_id=inspection.id)
    plan.made_at, plan.body = now, body
    plan.approved_at = plan.approved_by = None
    session.add(plan)
    append(session, actor, "plan.made", now, inspection=inspection.id, plan=digest_of(plan), **replaced)
    return plan


def fits(plan: DisposalPlan, inspection: Inspection, rule: str, due_at: datetime | None) -> bool:
    """Say whether a plan is of a disposal by this rule at this time, for the publication date as it stands."""
    said, published_on = read_plan(plan), inspection.programme.published_on
    wanted = (rule, iso(due_at) if due_at else None, published_on.isoformat() if published_on else None)
    return wanted == (said["rule"], said["due_at"], said["published_on"])


def say_disposals(session: Session, facts: Mapping[str, str]) -> str:
    """Say what a mail's facts name is due when, a line each; what has no plan any more is left out."""
    plans = [plan_of(session, UUID(facts[name])) for name in facts if name.startswith("inspection-")]
    said = [read_plan(each) for each in plans if each is not None]
    due = sorted((each["due_at"], each["reference"]) for each in said if each["due_at"])
    lines = [
        say("{reference}: after {due}", reference=reference, due=say_deadline(parse_iso(due_at)))
        for due_at, reference in due
    ]
    return together(lines, "\n") if lines else ""


def drop_plan(session: Session, actor: Actor, plan: DisposalPlan, now: datetime) -> None:
    """Take back a plan whose time has gone: nothing is due soon any more."""
    session.delete(plan)
    append(session, actor, "plan.dropped", now, inspection=plan.inspection_id, plan=digest_of(plan))


def approve_plan(session: Session, actor: Actor, plan: DisposalPlan, by: str, now: datetime) -> None:
    """Record who approved a plan; it must be locked."""
    plan.approved_at, plan.approved_by = now, by
    append(session, actor, "plan.approved", now, inspection=plan.inspection_id, plan=digest_of(plan), by=by)


def plan_body(session: Session, inspection: Inspection, rule: str, due_at: datetime | None) -> dict[str, Any]:
    """Return what a disposal will do, as JSON-ready values, without names or content; sizes in bytes.

    `due_at` is the end of the year, or of the notice where that is later; None where nothing was published.
    """
    received = (Document.inspection_id == inspection.id, Document.received_at.is_not(None))
    documents, size = session.execute(
        select(func.count(), func.coalesce(func.sum(Document.size), 0)).select_from(Document).where(*received)
    ).one()
    published_on = inspection.programme.published_on
    return {
        "kind": "disposal-plan",
        "format": 1,
        "inspection": str(inspection.id),
        "reference": inspection.reference,
        "programme": inspection.programme.code,
        "rule": rule,
        "published_on": published_on.isoformat() if published_on else None,
        "due_at": iso(due_at) if due_at else None,
        "documents": documents,
        "bytes": int(size or 0),
        "receipts": _count(session, Receipt, inspection.id),
        "messages": _count(session, Message, inspection.id),
        "downloads": copies_of(session, inspection.id).downloads,
    }


def _count(session: Session, table: type[Receipt | Message], inspection_id: UUID) -> int:
    return session.scalars(select(func.count()).select_from(table).where(table.inspection_id == inspection_id)).one()
