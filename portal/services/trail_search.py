"""Looking through the trail: who downloaded what, and any entries by inspection, action, person and days."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.dpo_queries import Shown, Wanted, downloads_page, labels_of, names_of, references, trail_page
from portal.db.engine import reading, writing
from portal.db.people_queries import people_like, person_at
from portal.db.queries import require_steward
from portal.db.tables import AuditEntry, Inspection, Person
from portal.db.team_queries import DOCUMENT_OPENED, FINDINGS_TAKEN, GLANCE_TAKEN
from portal.domain.actors import Actor
from portal.domain.addresses import known_form
from portal.domain.errors import Refused
from portal.domain.roles import Permission
from portal.domain.times import london_midnight
from portal.domain.trail_words import say_act
from portal.ports import Deps
from schemas.texts import say

_SCOPES: Mapping[str, str] = {
    "all": say("Everything, as one bundle"),
    "item": say("One item, as a bundle"),
    "changes": say("What had changed, as a bundle"),
    "document": say("One document"),
    "findings": say("What was found in the A1 form, as a file"),
    "glance": say("The A1 form at a glance, without small numbers, as a file"),
}
_SCOPE_OF: Mapping[str, str] = {DOCUMENT_OPENED: "document", FINDINGS_TAKEN: "findings", GLANCE_TAKEN: "glance"}
"""What is taken by acts that do not say it themselves."""
NO_INSPECTION = say("There is no inspection of this reference. Check it, or leave it empty.")
NOBODY = say("No account has this name or address. Check the spelling, or leave it empty.")
SEVERAL = say("Several accounts have this in their name or address. Enter the whole email address.")
BACKWARDS = say("The last day must be the first day or later.")


@dataclass(frozen=True)
class Line:
    """One entry of the trail, with names of accounts as they are now, and references."""

    seq: int
    at: datetime
    action: str
    said: str
    """The action in words."""
    who: str
    reference: str
    details: Sequence[tuple[str, str]]
    """As the trail has them, name and value: codes and numbers, without names or content."""


@dataclass(frozen=True)
class Download:
    """One download that was begun."""

    seq: int
    at: datetime
    who: str
    reference: str
    what: str
    item: str
    """The item's code, or empty."""
    by_reading: bool
    """Whether it was a steward whom the team's head had let read."""


@dataclass(frozen=True)
class Found:
    """A page of lines or downloads, the newest first."""

    rows: Sequence[Any]
    older: int
    """What `before` is for the next page; 0 where there is none."""


@dataclass(frozen=True)
class Sought:
    """What somebody typed to search by; what is empty leaves all in. Both days are London's and count."""

    reference: str = ""
    action: str = ""
    person: str = ""
    first: date | None = None
    last: date | None = None
    before: int = 0


def downloads(deps: Deps, actor: Actor, reference: str = "", before: int = 0) -> Found:
    """Return a page of the downloads, of all inspections or of one. Raises NotFound, Refused (no such inspection)."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.export_audit)
        shown = downloads_page(session, Wanted(inspection=_inspection(session, reference), before=before))
        names, known = _around(session, shown)
    rows = [_download(each, names[each.actor], known.get(each.inspection, "")) for each in shown.rows]
    return Found(rows, shown.older)


def newest(deps: Deps, actor: Actor) -> Found:
    """Return the newest entries of the trail. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.export_audit)
        return _look(session, Sought())


def search(deps: Deps, actor: Actor, sought: Sought) -> Found:
    """Return a page of what somebody seeks; the first page leaves an entry that says by what, without what was typed.

    Raises NotFound, Refused (reference, person, last_day).
    """
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.export_audit)
        found = _look(session, sought)
    if not sought.before:
        by = sorted(name for name, value in vars(sought).items() if value)
        with writing(deps.engine) as session:
            append(session, actor, "trail.searched", deps.clock.now(), by=by)
    return found


def _look(session: Session, sought: Sought) -> Found:
    shown = trail_page(session, _wanted(session, sought), [sought.action] if sought.action else ())
    names, known = _around(session, shown)
    rows = [
        Line(
            each.seq,
            each.at,
            each.action,
            say_act(each.action, json.loads(each.details)),
            names[each.actor],
            known.get(each.inspection, ""),
            _details(each),
        )
        for each in shown.rows
    ]
    return Found(rows, shown.older)


def _details(row: AuditEntry) -> list[tuple[str, str]]:
    found = json.loads(row.details)
    return [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in found.items()]


def _around(session: Session, shown: Shown) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the names behind the actors of these entries, and the references of their inspections."""
    return (
        names_of(session, (each.actor for each in shown.rows)),
        references(session, (each.inspection for each in shown.rows)),
    )


def _wanted(session: Session, sought: Sought) -> Wanted:
    if sought.first and sought.last and sought.last < sought.first:
        raise Refused(BACKWARDS, "last_day")
    person = _person(session, sought.person) if sought.person else None
    return Wanted(
        inspection=_inspection(session, sought.reference),
        actors=labels_of(session, person) if person else (),
        about=str(person or ""),
        since=london_midnight(sought.first) if sought.first else None,
        until=london_midnight(sought.last + timedelta(days=1)) if sought.last and sought.last < date.max else None,
        before=sought.before,
    )


def _inspection(session: Session, reference: str) -> str:
    """Return the id of the inspection as the trail has it; nothing where none is asked for. Raises Refused."""
    if not reference:
        return ""
    found = session.scalar(select(Inspection.id).where(Inspection.reference == reference))
    if found is None:
        raise Refused(NO_INSPECTION, "reference")
    return str(found)


def _person(session: Session, typed: str) -> UUID:
    """Return the one account that has this address, or this in its name or address. Raises Refused."""
    address = known_form(typed)
    person = person_at(session, address) if address else None
    if person is not None:
        return person.id
    found = session.scalars(people_like(typed).where(Person.removed_at.is_(None)).limit(2)).all()
    if len(found) != 1:
        raise Refused(SEVERAL if found else NOBODY, "person")
    return found[0].id


def _download(row: AuditEntry, who: str, reference: str) -> Download:
    details = json.loads(row.details)
    scope = _SCOPE_OF.get(row.action) or details.get("scope", "all")
    what = _SCOPES.get(scope, _SCOPES["all"])
    return Download(row.seq, row.at, who, reference, what, details.get("item", ""), "proposal" in details)
