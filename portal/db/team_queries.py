"""What the team's desk asks: whose inspections, how they stand, and from the trail who downloaded what.

However many inspections or documents there are, a page costs a fixed number of queries over what it shows.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import Session

from portal.db.exchanges import ExtraItem
from portal.db.tables import Agency, Answer, Assignment, AuditEntry, Document, Inspection, Programme
from portal.db.types import UtcDateTime
from portal.domain.actors import Actor
from portal.domain.roles import TEAM
from portal.domain.times import parse_iso

Scope: TypeAlias = Literal["all", "item", "changes", "document"]
DOCUMENT_OPENED = "document.opened"
BUNDLE_OPENED = "bundle.opened"
FINDINGS_TAKEN, GLANCE_TAKEN = "a1.findings-downloaded", "a1.glance-downloaded"
"""Files that are made of an A1 form: what was found in it, and how it looks at a glance."""
BUNDLE_COMPLETED = "bundle.completed"
COUNTED_AT_MOST = 1_000
"""Counting more inspections than this would cost more than the page that says how many there are."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Download:
    """One download that was begun. Nothing but the trail knows of it."""

    seq: int
    """The trail's entry that was committed before the first byte."""
    at: datetime
    actor: str
    """The trail's label of who it was: `person:<id>`."""
    scope: Scope
    item: str = ""
    """Of what item; empty for everything and for changes."""
    document: str = ""
    """The id of the one document; empty for a bundle."""
    since: datetime | None = None
    """Changes alone: those received from this instant on; None for all of them."""
    completed: bool = False
    """Whether the last byte was handed over. A single document is not followed to its end: always False."""


def downloads_of(session: Session, inspection_id: UUID) -> Sequence[Download]:
    """Return every download that was begun in the inspection, oldest first, whoever it was."""
    return _downloads(session, [inspection_id]).get(inspection_id, ())


def last_whole(downloads: Sequence[Download], actor: Actor) -> Download | None:
    """Return the actor's last download of everything or of the changes that went to its end, if there was one.

    What was received before it began, the actor has: each download of changes follows on the one before.
    """
    return next(
        (
            each
            for each in reversed(downloads)
            if each.actor == actor.label and each.completed and each.scope in ("all", "changes")
        ),
        None,
    )


def _downloads(
    session: Session, inspections: Collection[UUID], actor: Actor | None = None
) -> Mapping[UUID, Sequence[Download]]:
    rows = select(
        AuditEntry.inspection,
        AuditEntry.seq,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.subject,
        AuditEntry.details,
    ).where(
        AuditEntry.inspection.in_([str(each) for each in inspections]),
        AuditEntry.action.in_([DOCUMENT_OPENED, BUNDLE_OPENED, BUNDLE_COMPLETED]),
    )
    if actor is not None:
        rows = rows.where(AuditEntry.actor == actor.label)
    found: dict[UUID, dict[int, Download]] = {}
    for row in session.execute(rows.order_by(AuditEntry.seq)):
        begun = found.setdefault(UUID(row.inspection), {})
        details = json.loads(row.details)
        if row.action == BUNDLE_COMPLETED:
            if details["opened"] in begun:
                begun[details["opened"]] = replace(begun[details["opened"]], completed=True)
        else:
            begun[row.seq] = _download(row, details)
    return {inspection: tuple(begun.values()) for inspection, begun in found.items()}


def _download(row: Any, details: Mapping[str, Any]) -> Download:  # noqa: ANN401 -- a row of several columns
    item = details.get("item", "")
    if row.action == DOCUMENT_OPENED:
        return Download(row.seq, row.at, row.actor, "document", item, document=row.subject)
    since = parse_iso(details["since"]) if details.get("since") else None
    return Download(row.seq, row.at, row.actor, details.get("scope", "all"), item, since=since)


@dataclass(frozen=True)
class Filters:
    """Which of one's inspections to list, and how: an empty field leaves all in."""

    state: str = ""
    programme: str = ""
    """Its code."""
    sort: Literal["newest", "deadline"] = "newest"


def count_mine(session: Session, actor: Actor, filters: Filters, most: int = COUNTED_AT_MOST) -> int:
    """Count the inspections in whose team the actor is, up to one more than `most`."""
    mine = _mine(actor).distinct()
    conditions = _conditions(filters)
    if conditions:
        mine = mine.join(Inspection, Inspection.id == Assignment.inspection_id).where(*conditions)
    return session.scalar(select(func.count()).select_from(mine.limit(most + 1).subquery())) or 0


class Listed(NamedTuple):
    """An inspection as a list shows it; to load it whole would cost more than all the rest of its line."""

    id: UUID
    reference: str
    agency: str
    programme: str
    state: str
    checklist_version: str
    deadline_at: datetime
    declared_at: datetime | None
    cancelled_at: datetime | None


_LISTED = (
    select(
        Inspection.id,
        Inspection.reference,
        Agency.name,
        Programme.code,
        Inspection.state,
        Inspection.checklist_version,
        Inspection.deadline_at,
        Inspection.declared_at,
        Inspection.cancelled_at,
    )
    .join(Agency, Agency.id == Inspection.agency_id)
    .join(Programme, Programme.id == Inspection.programme_id)
)


def list_mine(
    session: Session, actor: Actor, filters: Filters, *, limit: int, offset: int, many: bool
) -> Sequence[Listed]:
    """Return one page of the inspections in whose team the actor is. `many`: there are more than are counted.

    Of many, those that come first in order are looked through until the page is full: to find whose each of all the
    inspections is would take several times as long as to order them.
    """
    order = (
        (Inspection.deadline_at, Inspection.reference)
        if filters.sort == "deadline"
        else (Inspection.announced_at.desc(), Inspection.reference)
    )
    wanted = _LISTED.order_by(*order).limit(limit).offset(offset)
    if not many:
        mine = wanted.where(Inspection.id.in_(_mine(actor)), *_conditions(filters))
        return [Listed(*row) for row in session.execute(mine)]
    depth = 2 * (offset + limit)
    while True:
        first = select(Inspection.id).where(*_conditions(filters)).order_by(*order).limit(depth).subquery()
        theirs = _mine(actor).where(Assignment.inspection_id == first.c.id).exists()
        rows = session.execute(wanted.where(Inspection.id.in_(select(first.c.id).where(theirs))))
        found = [Listed(*row) for row in rows]
        if len(found) == limit or depth > session.scalars(select(func.count(Inspection.id))).one():
            return found
        depth *= 4


def _mine(actor: Actor) -> Select[UUID | None]:
    return select(Assignment.inspection_id).where(
        Assignment.person_id == actor.person,
        Assignment.inspection_id.is_not(None),
        Assignment.role.in_(sorted(TEAM if actor.only is None else TEAM & actor.only)),
        Assignment.ended_at.is_(None),
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [Inspection.state == filters.state] if filters.state else []
    if filters.programme:
        coded = select(Programme.id).where(Programme.code == filters.programme).scalar_subquery()
        conditions.append(Inspection.programme_id == coded)
    return conditions


@dataclass(frozen=True)
class Standing:
    """How one inspection of a list stands. Labels and reasons are sealed, and not read for a list."""

    slots: frozenset[str] = frozenset()
    """Where something was sent that counts: `item:slot`."""
    late: int = 0
    accepted: int = 0
    """How many of the late ones were accepted."""
    new: int = 0
    """How many documents came since the actor's last whole download."""
    newest: datetime | None = None
    gaps: Sequence[tuple[str, str, datetime]] = ()
    """Item, kind and when it was said."""
    extras: Sequence[tuple[str, bool]] = ()
    """Code of what was asked for later, and whether it was taken back."""


def standings(session: Session, actor: Actor, inspections: Collection[UUID]) -> Mapping[UUID, Standing]:
    """Return how each of the inspections stands, in four queries."""
    taken = {
        inspection: whole.at
        for inspection, mine in _downloads(session, inspections, actor).items()
        if (whole := last_whole(mine, actor)) is not None
    }
    sent = {
        inspection: Standing(frozenset(slots.split(",")), int(late), int(accepted), int(new), newest)
        for inspection, slots, late, accepted, new, newest in session.execute(_sent(inspections, taken))
    }
    gaps: dict[UUID, list[tuple[str, str, datetime]]] = {}
    answers = select(Answer.inspection_id, Answer.item, Answer.kind, Answer.given_at)
    current = answers.where(Answer.inspection_id.in_(inspections), Answer.superseded_at.is_(None))
    for inspection, item, kind, given_at in session.execute(current):
        gaps.setdefault(inspection, []).append((item, kind, given_at))
    extras: dict[UUID, list[tuple[str, bool]]] = {}
    more = select(ExtraItem.inspection_id, ExtraItem.code, ExtraItem.ended_at).order_by(ExtraItem.code)
    for inspection, code, ended_at in session.execute(more.where(ExtraItem.inspection_id.in_(inspections))):
        extras.setdefault(inspection, []).append((code, ended_at is not None))
    return {
        each: replace(sent.get(each, Standing()), gaps=gaps.get(each, ()), extras=extras.get(each, ()))
        for each in inspections
    }


def _sent(inspections: Collection[UUID], taken: Mapping[UUID, datetime]) -> Select[Any, *tuple[Any, ...]]:
    """Select a row for each inspection in which something counts: to read one for each document would cost more."""
    since: ColumnElement[datetime] = literal(_LONG_AGO, UtcDateTime())
    if taken:
        each = [(Document.inspection_id == key, literal(at, UtcDateTime())) for key, at in taken.items()]
        since = case(*each, else_=since)
    place = (Document.inspection_id, Document.item, Document.slot)
    slots = (
        select(
            *place,
            func.sum(case((Document.on_time.is_(True), 0), else_=1)).label("late"),
            func.count(Document.accepted_at).label("accepted"),
            func.sum(case((Document.received_at >= since, 1), else_=0)).label("new"),
            func.max(Document.received_at).label("newest"),
        )
        # What counts, said without its state: SQLite would search the index on states, through every inspection.
        .where(Document.inspection_id.in_(inspections), Document.received_at.is_not(None), Document.ended_at.is_(None))
        .group_by(*place)
        .subquery()
    )
    figures = slots.c
    return select(
        figures.inspection_id,
        func.aggregate_strings(figures.item + ":" + figures.slot, ","),
        func.sum(figures.late),
        func.sum(figures.accepted),
        func.sum(figures.new),
        func.max(figures.newest),
    ).group_by(figures.inspection_id)
