"""Holds as the stewards' pages show them: on what they stand and why, who answers for them, when to look again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.endings import Hold
from portal.db.engine import reading
from portal.db.hold_queries import Thing, hold_by_id, past_holding, standing, standing_on
from portal.db.queries import admit, people_with, programme_by_code, require_steward
from portal.db.register_queries import Paged, paged, steward_may
from portal.db.tables import Inspection, Person, Programme
from portal.domain.actors import Actor
from portal.domain.errors import KeyRemoved, KeyUnavailable, SealBroken
from portal.domain.holds import overdue, to_review
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.retention import Publication, disposal_verdict
from portal.domain.roles import STEWARDS, Permission
from portal.domain.times import iso, london_date, say_date, say_moment
from portal.ports import Deps
from portal.vault.holds import Note, open_notes
from portal.vault.records import inspection_key
from schemas.texts import say

View = dict[str, Any]
log = structlog.get_logger()
_NAMELESS = say("somebody whose account is gone")
_NO_OWNER = say("Nobody yet")
_NO_REASON = say("No reason was kept when it was placed. Give one by reviewing it.")
_BROKEN = say("The reason is not what was sealed. Tell the administrator.")
_NOT_NOW = say("The reason cannot be read now. Try again later.")
_DESTROYED = say("The reason was destroyed with the inspection.")


@dataclass(frozen=True)
class Held:
    """One inspection or programme, the holds that stand on it, and who could answer for another."""

    name: str
    code: str
    """The reference, or the programme's code."""
    programme: bool
    begun: bool
    """Whether disposal has begun, so that nothing more can be held."""
    holds: Sequence[View]
    stewards: Sequence[tuple[UUID, str]]


@dataclass(frozen=True)
class _Row:
    """A hold, read together with what it is on."""

    hold: Hold
    thing: Thing


def holds_page(deps: Deps, actor: Actor, page: int = 1) -> Paged[View]:
    """Return one page of the holds that stand, those to be reviewed first on top, with reasons. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.approve)
        found = paged(session, standing(), page)
        rows = _with_things(session, found.rows)
        names = _names(session, rows)
    return Paged([_view(deps, each, names) for each in rows], found.page, found.pages)


def hold_page(deps: Deps, actor: Actor, hold_id: UUID) -> View:
    """Return one hold with all that was said of it, the newest first, for a steward. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.approve)
        [row] = _with_things(session, [hold_by_id(session, hold_id)])
        names, stewards = _names(session, [row]), _stewards(session)
        keeps = steward_may(session, actor, Permission.manage_retention)
        past = past_holding(session, row.hold.programme_id) if row.hold.programme_id else ()
    notes = _notes(deps, row)
    before = notes[-2::-1] if isinstance(notes, list) else []
    earlier = [{"words": each.words, "said_words": _by(each.by, each.at, names)} for each in before]
    due = _due(row.thing, deps.clock.now())
    more = {"earlier": earlier, "keeps": keeps, "stewards": stewards, "past": past, "due": due}
    return _view(deps, row, names, notes) | more


def _due(thing: Thing, now: datetime) -> bool:
    """Say whether nothing but holds keeps a thing from being disposed of now."""
    programme = thing.programme if isinstance(thing, Inspection) else thing
    publication = Publication(programme.published_on, programme.publication_entered_at)
    return disposal_verdict(publication, held=True, now=now).state == "held"


def held_inspection(deps: Deps, actor: Actor, inspection_id: UUID) -> Held:
    """Return an inspection with its holds, for whoever places one. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_retention)
        rows = [_Row(each, inspection) for each in standing_on(session, inspection)]
        names, stewards = _names(session, rows), _stewards(session)
    return Held(
        name=say("{reference}, {agency}", reference=inspection.reference, agency=inspection.agency.name),
        code=inspection.reference,
        programme=False,
        begun=not readable(InspectionState(inspection.state)),
        holds=[_view(deps, each, names) for each in rows],
        stewards=stewards,
    )


def held_programme(deps: Deps, actor: Actor, code: str) -> Held:
    """Return a programme with its holds, for whoever places one. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code)
        rows = [_Row(each, programme) for each in standing_on(session, programme)]
        names, stewards = _names(session, rows), _stewards(session)
    holds = [_view(deps, each, names) for each in rows]
    return Held(programme.title, code, programme=True, begun=False, holds=holds, stewards=stewards)


def list_holds(deps: Deps, actor: Actor, page: int = 1) -> Paged[View]:
    """Return one page of the holds that stand by identifiers and dates, for the command line. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.approve)
        found = paged(session, standing(), page)
        today = london_date(deps.clock.now())
        rows = [
            {
                "hold": str(each.hold.id),
                "on": each.thing.reference if isinstance(each.thing, Inspection) else each.thing.code,
                "owner": str(each.hold.owner_id or ""),
                "review on": str(each.hold.review_on or ""),
                "to be reviewed now": to_review(each.hold.review_on, today),
                "placed": iso(each.hold.placed_at),
            }
            for each in _with_things(session, found.rows)
        ]
    return Paged(rows, found.page, found.pages)


def _with_things(session: Session, holds: Sequence[Hold]) -> list[_Row]:
    """Return holds with what they are on, in two queries however many there are."""
    inspections = select(Inspection).where(Inspection.id.in_([each.inspection_id for each in holds]))
    programmes = select(Programme).where(Programme.id.in_([each.programme_id for each in holds]))
    things: dict[UUID | None, Thing] = {each.id: each for each in session.scalars(inspections)}
    things |= {each.id: each for each in session.scalars(programmes)}
    return [_Row(each, things[each.inspection_id or each.programme_id]) for each in holds]


def _names(session: Session, rows: Iterable[_Row]) -> Mapping[UUID, str]:
    """Return the names of the owners of these holds, and of all stewards, who place and review them."""
    people = {each.hold.owner_id for each in rows} | {_person(each.hold.placed_by) for each in rows}
    found = session.scalars(select(Person).where(Person.id.in_([each for each in people if each])))
    return {each.id: each.name for each in found} | dict(_stewards(session))


def _stewards(session: Session) -> list[tuple[UUID, str]]:
    return sorted(((each.id, each.name) for each in people_with(session, STEWARDS)), key=lambda each: each[1])


def _person(label: str) -> UUID | None:
    """Return the person whom an actor's label names, if it names one."""
    _before, found, person = label.rpartition("person:")
    return UUID(person) if found else None


def _who(label: str, names: Mapping[UUID, str]) -> str:
    person = _person(label)
    return names.get(person, _NAMELESS) if person else say("the command line")


def _by(label: str, at: datetime, names: Mapping[UUID, str]) -> str:
    return say("{name}, {when}", name=_who(label, names), when=say_moment(at))


def _notes(deps: Deps, row: _Row) -> list[Note] | str:
    """Return what was typed about a hold, or a sentence that says why it cannot be read."""
    try:
        key = inspection_key(deps, row.thing) if isinstance(row.thing, Inspection) else None
        return open_notes(deps, row.hold, key) or _NO_REASON
    except KeyRemoved:
        return _DESTROYED
    except KeyUnavailable:
        return _NOT_NOW
    except SealBroken:
        # One that was altered hides no other hold, and nobody need read it to lift it.
        log.error("alarm.seal-broken", hold=str(row.hold.id))
        return _BROKEN


def _view(deps: Deps, row: _Row, names: Mapping[UUID, str], notes: list[Note] | str | None = None) -> View:
    hold, today = row.hold, london_date(deps.clock.now())
    found = notes if notes is not None else _notes(deps, row)
    return {
        "id": hold.id,
        "inspection": hold.inspection_id,
        "programme": row.thing.code if isinstance(row.thing, Programme) else None,
        "about": _say_thing(row.thing),
        "reason": found if isinstance(found, str) else found[-1].words,
        "placed_words": _by(hold.placed_by, hold.placed_at, names),
        "owner": hold.owner_id,
        "owner_words": names.get(hold.owner_id, _NAMELESS) if hold.owner_id else _NO_OWNER,
        "review_on": hold.review_on,
        "review_words": say_date(hold.review_on) if hold.review_on else say("No date yet"),
        "now_words": _now(hold.review_on, today) if hold.lifted_at is None else "",
        "lifted_words": say_moment(hold.lifted_at) if hold.lifted_at else None,
    }


def _say_thing(thing: Thing) -> str:
    """Say what a hold is on."""
    if isinstance(thing, Inspection):
        return say("Inspection {reference}, {agency}", reference=thing.reference, agency=thing.agency.name)
    return say("Programme {code}, {title}", code=thing.code, title=thing.title)


def _now(review_on: date | None, today: date) -> str:
    if overdue(review_on, today):
        return say("To be reviewed now: its date has passed") if review_on else say("To be reviewed now")
    return say("To be reviewed now: today is its date") if to_review(review_on, today) else ""
