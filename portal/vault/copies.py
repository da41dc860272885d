"""Who downloaded from an inspection, whom that makes the service ask to delete copies, and who confirmed that they did.

What was downloaded is known from the trail alone; a script's downloads are those of whoever made its token.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.behind import people_behind
from portal.db.endings import CopyNotice
from portal.db.tables import Person
from portal.db.team_queries import Download, downloads_of


@dataclass(frozen=True)
class Copies:
    """Downloads that were begun, and of how many the copies were said to be deleted: counts, without people.

    `downloads` is the sum of `confirmed` and `outstanding`.
    """

    downloads: int
    asked: int
    """How many people were asked to delete their copies."""
    confirmed: int
    """Downloads of people who said, after the last of them, that they deleted their copies."""
    outstanding: int


@dataclass(frozen=True)
class Taker:
    """Somebody who downloaded: how often, and when last."""

    person: UUID
    downloads: int
    last_at: datetime


def copies_of(session: Session, inspection_id: UUID) -> Copies:
    """Count the downloads of an inspection, and of how many the copies were said to be deleted.

    Once the trail is pruned, or a script's token gone, the notices still know of the downloads that they were about.
    """
    downloads, notices = downloads_of(session, inspection_id), notices_of(session, inspection_id)
    taken = {each.person: each for each in takers_of(session, downloads)}
    confirmed = sum(each.downloads for each in notices if _stands(each, taken.get(each.person_id)))
    total = max(len(downloads), sum(each.downloads for each in notices))
    return Copies(total, len(notices), confirmed, total - confirmed)


def _stands(notice: CopyNotice, taker: Taker | None) -> bool:
    """Say whether somebody confirmed, and downloaded nothing since."""
    return notice.confirmed_at is not None and (taker is None or taker.last_at <= notice.confirmed_at)


def notices_of(session: Session, inspection_id: UUID) -> Sequence[CopyNotice]:
    """Return whom the service asked to delete copies."""
    return session.scalars(select(CopyNotice).where(CopyNotice.inspection_id == inspection_id)).all()


def takers_of(session: Session, downloads: Sequence[Download]) -> list[Taker]:
    """Return the people whose accounts still stand, disabled ones too, among those who downloaded."""
    makers = people_behind(session, {each.actor for each in downloads})
    times: Counter[UUID] = Counter()
    last: dict[UUID, datetime] = {}
    for each in downloads:
        person = makers.get(each.actor)
        if person is not None:
            times[person] += 1
            last[person] = each.at
    standing = select(Person.id).where(Person.id.in_(list(times)), Person.removed_at.is_(None))
    return [Taker(person, times[person], last[person]) for person in session.scalars(standing.order_by(Person.id))]
