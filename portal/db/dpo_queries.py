"""What the data protection officer's desk asks: holds and certificates with a date ahead, the trail, who somebody was.

Lists from the trail go by entry numbers, not by pages that are counted: it has millions of entries.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.db.credentials import ApiToken
from portal.db.endings import Alarm, Certificate, Hold
from portal.db.register_queries import Paged, paged
from portal.db.tables import AuditEntry, Inspection, OutboxMail, Person, Programme
from portal.db.team_queries import BUNDLE_OPENED, DOCUMENT_OPENED, FINDINGS_TAKEN, GLANCE_TAKEN
from schemas.texts import say

SHOWN: Final = 25
"""Entries on one page."""
REMOVED: Final = say("A removed account")
_NOBODYS: Final = {
    "worker": say("The service itself"),
    "operator": say("The operator at the command line"),
    "stranger": say("Somebody who is not known"),
}
"""The labels of the trail that are nobody's account."""


@dataclass(frozen=True)
class Wanted:
    """Which entries of the trail to show; an empty field leaves all in."""

    inspection: str = ""
    """Its id."""
    actors: tuple[str, ...] = ()
    """Labels of who did it, and `about`, the id of that person, whom it may be about instead."""
    about: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """The first instant that is not wanted any more."""
    before: int = 0
    """Entries with a lower number alone; 0 for the newest."""


@dataclass(frozen=True)
class Shown:
    """One page of entries, the newest first."""

    rows: Sequence[AuditEntry]
    older: int
    """What `before` is for the next page; 0 where there is none."""


def standing_holds(session: Session, ids: Collection[UUID] | None = None) -> Sequence[Row[Hold, str, UUID | None, str]]:
    """Return the holds that nobody lifted, or those with these ids, lifted or not.

    Each with what it is of, a reference or a programme's code, the inspection's id if it is of one, and the programme's
    code.
    """
    chosen = (
        select(Hold, func.coalesce(Inspection.reference, Programme.code), Inspection.id, Programme.code)
        .outerjoin(Inspection, Inspection.id == Hold.inspection_id)
        .outerjoin(Programme, Programme.id == func.coalesce(Hold.programme_id, Inspection.programme_id))
        .order_by(Hold.placed_at, Hold.id)
    )
    wanted = Hold.lifted_at.is_(None) if ids is None else Hold.id.in_(ids)
    return session.execute(chosen.where(wanted)).all()


def provisional(session: Session) -> Sequence[Row[UUID, str, str]]:
    """Return the inspections whose newest certificate is not final: id, reference, the certificate's signed JSON."""
    newest = (
        select(Certificate.inspection_id, func.max(Certificate.number).label("number"))
        .group_by(Certificate.inspection_id)
        .subquery()
    )
    return session.execute(
        select(Inspection.id, Inspection.reference, Certificate.body)
        .join(Certificate, Certificate.inspection_id == Inspection.id)
        .join(newest, (newest.c.inspection_id == Certificate.inspection_id) & (newest.c.number == Certificate.number))
        .where(Certificate.final.is_(False))
        .order_by(Inspection.reference)
    ).all()


def unpublished_programmes(session: Session) -> Sequence[Programme]:
    """Return the programmes without a publication date that have inspections."""
    there = select(Inspection.programme_id).where(Inspection.programme_id == Programme.id).exists()
    return session.scalars(
        select(Programme).where(Programme.published_on.is_(None), there).order_by(Programme.code)
    ).all()


def trail_page(session: Session, wanted: Wanted, actions: Collection[str] = ()) -> Shown:
    """Return a page of the entries that are wanted; of these actions alone, if any are named."""
    chosen = select(AuditEntry).where(*_conditions(wanted))
    if actions:
        chosen = chosen.where(AuditEntry.action.in_(sorted(actions)))
    rows = session.scalars(chosen.order_by(AuditEntry.seq.desc()).limit(SHOWN + 1)).all()
    return Shown(rows[:SHOWN], rows[SHOWN - 1].seq if len(rows) > SHOWN else 0)


def downloads_page(session: Session, wanted: Wanted) -> Shown:
    """Return a page of the entries that stand for a download that was begun."""
    return trail_page(session, wanted, (DOCUMENT_OPENED, BUNDLE_OPENED, FINDINGS_TAKEN, GLANCE_TAKEN))


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.inspection:
        yield AuditEntry.inspection == wanted.inspection
    if wanted.since:
        yield AuditEntry.at >= wanted.since
    if wanted.until:
        yield AuditEntry.at < wanted.until
    if wanted.before:
        yield AuditEntry.seq < wanted.before
    if wanted.about:
        yield or_(AuditEntry.actor.in_(wanted.actors), AuditEntry.subject == wanted.about)


def labels_of(session: Session, person: UUID) -> tuple[str, ...]:
    """Return every label under which the trail has somebody: themselves, at the command line, and their scripts."""
    made = session.scalars(select(ApiToken.id).where(ApiToken.made_by == person).order_by(ApiToken.id))
    return (f"person:{person}", f"operator:person:{person}", *(f"token:{each}" for each in made))


def names_of(session: Session, labels: Iterable[str]) -> Mapping[str, str]:
    """Return who stands behind each of these labels of the trail, in words; of accounts that are gone, just that."""
    ids = {label: _id_in(label) for label in set(labels)}
    tokens = {each for label, each in ids.items() if each and label.startswith("token:")}
    makers = _pairs(session, select(ApiToken.id, ApiToken.made_by).where(ApiToken.id.in_(tokens)))
    people = {makers.get(each, each) for each in ids.values() if each}
    known = select(Person.id, Person.name).where(Person.id.in_(people), Person.removed_at.is_(None))
    names = _pairs(session, known)
    found = {label: makers.get(each) if each in tokens else each for label, each in ids.items()}
    return {label: _who(label, names.get(each, REMOVED) if each else "") for label, each in found.items()}


def _pairs(session: Session, statement: Select[UUID, Any]) -> dict[UUID, Any]:
    """Return rows of two columns as a mapping."""
    return {key: value for key, value in session.execute(statement)}  # noqa: C416 -- a row is no tuple to mypy


def _id_in(label: str) -> UUID | None:
    _before, _colon, text = label.rpartition(":")
    try:
        return UUID(text)
    except ValueError:
        return None


def _who(label: str, name: str) -> str:
    if label.startswith("token:"):  # tokens go with their inspection
        return say("A script of {name}", name=name) if name else say("A script whose token is gone")
    if label.startswith("operator:"):
        return say("{name}, at the command line", name=name)
    return name or _NOBODYS.get(label, label)


def references(session: Session, inspections: Iterable[str]) -> Mapping[str, str]:
    """Return the references of the inspections with these ids, as the trail writes them."""
    ids = {each: found for each in set(inspections) if (found := _id_in(each)) is not None}
    mine = select(Inspection.id, Inspection.reference).where(Inspection.id.in_(set(ids.values())))
    known = _pairs(session, mine)
    return {text: known[each] for text, each in ids.items() if each in known}


def abouts(session: Session, subjects: Collection[str]) -> Mapping[str, str]:
    """Return what alarms are about: an inspection's reference, a programme's code, or what is no id, as it stands.

    Of an id that is nothing's any more there is nothing to say.
    """
    ids = {each: found for each in set(subjects) if (found := _id_in(each)) is not None}
    wanted = set(ids.values())
    mails = select(OutboxMail.id, Inspection.reference).join(Inspection, Inspection.id == OutboxMail.inspection_id)
    known: dict[UUID, str] = {
        **_pairs(session, mails.where(OutboxMail.id.in_(wanted))),
        **{hold.id: name for hold, name, _inspection, _code in standing_holds(session, wanted)},
        **_pairs(session, select(Programme.id, Programme.code).where(Programme.id.in_(wanted))),
        **_pairs(session, select(Inspection.id, Inspection.reference).where(Inspection.id.in_(wanted))),
    }
    named = {each: each for each in subjects if each not in ids}
    return named | {text: known[each] for text, each in ids.items() if each in known}


def alarms_cleared(session: Session, page: int) -> Paged[Alarm]:
    """Return a page of the alarms that were cleared, those cleared last first."""
    cleared = select(Alarm).where(Alarm.cleared_at.is_not(None)).order_by(Alarm.cleared_at.desc(), Alarm.id)
    return paged(session, cleared, page)
