"""Asking whoever downloaded to delete their copies, by rows, in the caller's transaction: again only where needed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.endings import CopyNotice
from portal.db.tables import Inspection
from portal.db.team_queries import downloads_of
from portal.domain.actors import WORKER, Actor
from portal.domain.times import iso
from portal.ports import Deps
from portal.vault.copies import Taker, notices_of, takers_of
from portal.vault.mails import queue_mail


def to_ask(session: Session, inspection_id: UUID, planned_at: datetime) -> list[Taker]:
    """Return who is to be asked now, for a plan of this time.

    Whoever was not asked yet; who downloaded after having confirmed; and who has not confirmed and was asked for an
    earlier plan, because that named another day.
    """
    notices = {each.person_id: each for each in notices_of(session, inspection_id)}
    takers = takers_of(session, downloads_of(session, inspection_id))
    return [each for each in takers if _asks(notices.get(each.person), each, planned_at)]


def _asks(notice: CopyNotice | None, taker: Taker, planned_at: datetime) -> bool:
    if notice is None:
        return True
    if notice.confirmed_at is not None:
        return taker.last_at > notice.confirmed_at
    return notice.asked_at < planned_at


def ask(
    session: Session,
    deps: Deps,
    inspection: Inspection,
    takers: Sequence[Taker],
    due_at: datetime | None,
    actor: Actor = WORKER,
) -> None:
    """Ask these people to delete their copies, by mail too; the inspection must be locked.

    `due_at` is until when; None for at once, as where that has passed.
    """
    now = deps.clock.now()
    notices = {each.person_id: each for each in notices_of(session, inspection.id)}
    facts = {"deadline": iso(due_at)} if due_at is not None and due_at > now else {}
    for each in takers:
        notice = notices.get(each.person) or CopyNotice(inspection_id=inspection.id, person_id=each.person)
        notice.downloads, notice.asked_at, notice.confirmed_at = each.downloads, now, None
        session.add(notice)
        occasion = f"{inspection.id}:{iso(now)}"
        queue_mail(session, deps, each.person, inspection.id, "copies", occasion=occasion, facts=facts)
    append(session, actor, "copies.asked", now, inspection=inspection.id, people=len(takers))
