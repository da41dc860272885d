"""Copies that people downloaded: what each was asked to delete, their word that they did, and the counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.endings import CopyNotice, DisposalPlan
from portal.db.engine import reading, writing
from portal.db.queries import NOT_FOUND, admit
from portal.db.tables import Inspection
from portal.db.team_queries import downloads_of
from portal.domain.actors import Actor
from portal.domain.errors import NotFound
from portal.domain.lifecycle import InspectionState
from portal.domain.roles import Permission
from portal.domain.times import parse_iso
from portal.ports import Deps
from portal.vault.copies import Copies, copies_of, takers_of
from portal.vault.plans import plan_of, read_plan
from portal.vault.proposals import early_decision


@dataclass(frozen=True)
class Notice:
    """What somebody was asked: to delete their copies of one inspection."""

    id: UUID
    reference: str
    agency: str
    downloads: int
    asked_at: datetime
    confirmed_at: datetime | None
    due_at: datetime | None
    """When the inspection goes; None once it is gone, or where nothing is due any more."""
    gone: bool
    """Whether the inspection was disposed of."""
    waits: bool
    """Whether it is held, or not due soon any more: nothing has to be deleted as long as that is so."""

    @property
    def open(self) -> bool:
        """Whether they still have to delete and confirm."""
        return self.confirmed_at is None and not self.waits


def my_copies(deps: Deps, actor: Actor) -> list[Notice]:
    """Return what the actor was asked to delete, what is still open first, then the newest."""
    with reading(deps.engine) as session:
        now = deps.clock.now()
        found = [_notice(session, *row, now) for row in _mine(session, actor)]
    return sorted(found, key=lambda each: (not each.open, -each.asked_at.timestamp()))


def open_copies(deps: Deps, actor: Actor) -> list[str]:
    """Return the references of the inspections of which the actor still has to delete copies."""
    with reading(deps.engine) as session:
        now = deps.clock.now()
        found = [_notice(session, *row, now) for row in _mine(session, actor, unconfirmed=True)]
    return sorted(each.reference for each in found if each.open)


def _mine(session: Session, actor: Actor, *, unconfirmed: bool = False) -> Sequence[tuple[CopyNotice, Inspection]]:
    statement = (
        select(CopyNotice, Inspection)
        .join(Inspection, Inspection.id == CopyNotice.inspection_id)
        .where(CopyNotice.person_id == actor.person)
    )
    if unconfirmed:
        statement = statement.where(CopyNotice.confirmed_at.is_(None))
    return [(notice, inspection) for notice, inspection in session.execute(statement)]


def _notice(session: Session, notice: CopyNotice, inspection: Inspection, now: datetime) -> Notice:
    state = InspectionState(inspection.state)
    begun = state in (InspectionState.disposing, InspectionState.disposed)
    plan = None if begun else plan_of(session, inspection.id)
    goes = begun or plan is not None or early_decision(session, inspection, now) is not None
    held = not begun and (inspection.held or inspection.programme.held)
    return Notice(
        id=notice.id,
        reference=inspection.reference,
        agency=inspection.agency.name,
        downloads=notice.downloads,
        asked_at=notice.asked_at,
        confirmed_at=notice.confirmed_at,
        due_at=_due(plan),
        gone=begun,
        waits=held or not goes,
    )


def _due(plan: DisposalPlan | None) -> datetime | None:
    due_at = read_plan(plan)["due_at"] if plan else None
    return parse_iso(due_at) if due_at else None


def confirm_copies(deps: Deps, actor: Actor, notice_id: UUID) -> None:
    """Take somebody's word that they deleted their copies; said already, nothing changes.

    Raises NotFound: there is no such notice, or it is another's.
    """
    with writing(deps.engine) as session:
        mine = select(CopyNotice).where(CopyNotice.id == notice_id, CopyNotice.person_id == actor.person)
        notice = session.scalar(mine.with_for_update())
        if notice is None or actor.person is None:
            raise NotFound(NOT_FOUND)
        if notice.confirmed_at is not None:
            return
        takers = takers_of(session, downloads_of(session, notice.inspection_id))
        counts = [each.downloads for each in takers if each.person == actor.person]
        notice.downloads = max([notice.downloads, *counts])
        notice.confirmed_at = now = deps.clock.now()
        append(
            session, actor, "copies.confirmed", now, inspection=notice.inspection_id, subject=notice.id,
            downloads=notice.downloads,
        )  # fmt: skip


def count_copies(deps: Deps, actor: Actor, inspection_id: UUID) -> Copies:
    """Return the counts of an inspection's downloads and confirmations. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        admit(session, actor, inspection_id, Permission.view_certificates)
        return copies_of(session, inspection_id)
