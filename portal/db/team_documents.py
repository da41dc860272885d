"""The documents of one inspection as the team's page counts them, read once for as long as nothing happens in it."""

from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.checks import DocumentCheck
from portal.db.tables import AuditEntry, Document
from portal.db.team_queries import Download, downloads_of
from portal.domain.checks import CheckState, Scan, handed_out_from, withheld
from portal.domain.lifecycle import DocumentState

_Mark: TypeAlias = tuple[str | None, int]
REMEMBERED = 100_000
"""Documents in all, of which each takes some 300 bytes."""


class Sent(NamedTuple):
    """One document that counts now: nothing that is sealed."""

    id: UUID
    item: str
    slot: str
    size: int
    received_at: datetime
    on_time: bool
    accepted: bool
    """It was late, and accepted."""
    handed_out_at: datetime | None
    """Since when the team can have it; None while it is withheld."""
    flagged: bool
    """It is handed out, something was found in it, and nobody has released it."""


@dataclass(frozen=True)
class Received:
    """What was received in an inspection, and who downloaded of it."""

    current: Sequence[Sent]
    """Oldest first."""
    ended: Mapping[str, int]
    """By item: how many documents were replaced or withdrawn."""
    recalled: int
    downloads: Sequence[Download]

    @cached_property
    def by_item(self) -> Mapping[str, Sequence[Sent]]:
        """What counts now of each item, oldest first."""
        found: dict[str, list[Sent]] = {}
        for each in self.current:
            found.setdefault(each.item, []).append(each)
        return found

    @cached_property
    def alike(self) -> Mapping[tuple[str, str, bool], int]:
        """How many documents there are of each item and slot, on time or late."""
        return Counter((each.item, each.slot, each.on_time) for each in self.current)

    @cached_property
    def accepted(self) -> Mapping[str, int]:
        """By item: how many were late and accepted."""
        return Counter(each.item for each in self.current if each.accepted)

    @cached_property
    def handed_out(self) -> Sequence[datetime]:
        """Since when each document that is not withheld has been handed out, in that order."""
        return _handed_out(self.current)

    @cached_property
    def handed_out_of(self) -> Mapping[str, Sequence[datetime]]:
        """As `handed_out`, by item."""
        return {item: _handed_out(each) for item, each in self.by_item.items()}

    @cached_property
    def flagged(self) -> Mapping[str, int]:
        """By item: how many are flagged."""
        return Counter(each.item for each in self.current if each.flagged)

    @cached_property
    def withheld(self) -> Mapping[str, int]:
        """By item: how many are withheld."""
        return Counter(each.item for each in self.current if each.handed_out_at is None)

    @cached_property
    def size(self) -> int:
        """Of all that is handed out, in bytes."""
        return sum(each.size for each in self.current if each.handed_out_at)


def _handed_out(documents: Sequence[Sent]) -> Sequence[datetime]:
    return sorted(each.handed_out_at for each in documents if each.handed_out_at)


def count_new(handed_out: Sequence[datetime], since: datetime | None) -> int:
    """Count what was handed out, of which the instants are in order, from an instant on; None: all of it."""
    return len(handed_out) if since is None else len(handed_out) - bisect_left(handed_out, since)


class Memory:
    """What was read of each inspection, and how its trail ended then.

    The trail's newest entry names the state that an inspection is in: whatever changes it leaves an entry in the same
    transaction, and no two entries have the same hash. So what was read is true as long as that entry is the newest;
    the number of rows is compared too. Nothing that is sealed is kept here.
    """

    def __init__(self, most: int = REMEMBERED, *, scanner_needed: bool = False) -> None:
        """With `scanner_needed` what no scanner called clean is withheld, as `Policy` says."""
        self._most, self._scanner_needed = most, scanner_needed
        self._kept: OrderedDict[UUID, tuple[_Mark, Received]] = OrderedDict()
        self._lock = Lock()

    def received(self, session: Session, inspection_id: UUID) -> Received:
        """Return what was received in the inspection, of which the actor must have been admitted to."""
        mark = _mark(session, inspection_id)
        with self._lock:
            kept = self._kept.get(inspection_id)
            if kept and kept[0] == mark:
                self._kept.move_to_end(inspection_id)
                return kept[1]
        found = read_received(session, inspection_id, scanner_needed=self._scanner_needed)
        with self._lock:
            self._kept[inspection_id] = (mark, found)
            self._kept.move_to_end(inspection_id)
            while len(self._kept) > 1 and sum(len(each.current) for _mark, each in self._kept.values()) > self._most:
                self._kept.popitem(last=False)
        return found


def _mark(session: Session, inspection_id: UUID) -> _Mark:
    newest = select(AuditEntry.hash).where(AuditEntry.inspection == str(inspection_id))
    rows = select(func.count()).select_from(Document).where(Document.inspection_id == inspection_id)
    entry, count = session.execute(
        select(newest.order_by(AuditEntry.seq.desc()).limit(1).scalar_subquery(), rows.scalar_subquery())
    ).one()
    return entry, count


def read_received(session: Session, inspection_id: UUID, *, scanner_needed: bool) -> Received:
    """Read every received document of the inspection, without what is sealed, and its downloads: two queries."""
    columns = (Document.id, Document.item, Document.slot, Document.size, Document.received_at, Document.on_time)
    check = (DocumentCheck.state, DocumentCheck.scan, DocumentCheck.checked_at, DocumentCheck.released_at)
    rows = session.execute(
        select(*columns, Document.accepted_at, Document.state, *check)
        .outerjoin(DocumentCheck, DocumentCheck.document_id == Document.id)
        .where(Document.inspection_id == inspection_id, Document.received_at.is_not(None))
        .order_by(Document.received_at, Document.id)
    )
    current, ended, recalled = [], Counter[str](), 0
    for document, item, slot, size, received_at, on_time, accepted_at, state, *checked in rows:
        if state == DocumentState.received and received_at is not None:
            late_but_accepted = not on_time and accepted_at is not None
            out = _handed_out_at(received_at, *checked, scanner_needed=scanner_needed)
            flagged = out is not None and checked[0] == CheckState.flagged and checked[3] is None
            current.append(
                Sent(document, item, slot, size or 0, received_at, bool(on_time), late_but_accepted, out, flagged)
            )
        elif state == DocumentState.recalled:
            recalled += 1
        else:
            ended[item] += 1
    return Received(current, ended, recalled, downloads_of(session, inspection_id))


def _handed_out_at(
    received_at: datetime,
    state: str | None,
    scan: str | None,
    checked_at: datetime | None,
    released_at: datetime | None,
    *,
    scanner_needed: bool,
) -> datetime | None:
    checked = CheckState(state or CheckState.waiting), Scan(scan or Scan.unscanned)
    if withheld(*checked, released=released_at is not None, scanner_needed=scanner_needed):
        return None
    return handed_out_from(received_at, checked_at, released_at, *checked, scanner_needed=scanner_needed)


def documents_by_id(session: Session, inspection_id: UUID, ids: Sequence[UUID]) -> Sequence[Document]:
    """Return these documents of the inspection, in the order of their ids."""
    rows = session.scalars(select(Document).where(Document.inspection_id == inspection_id, Document.id.in_(ids)))
    found = {each.id: each for each in rows}
    return [found[each] for each in ids if each in found]
