"""What is due when, from the rows, in the caller's transaction: for the desk's list and for calendars."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.db.dpo_queries import provisional, standing_holds, unpublished_programmes
from portal.db.ending_queries import undisposed
from portal.db.long_stop_queries import unpublished
from portal.db.tables import Inspection
from portal.domain.lifecycle import InspectionState
from portal.domain.retention import NOTICE
from portal.domain.timeline import CANCELLED, Event, Happening, in_order
from portal.domain.times import london_date
from portal.vault.records import verdict_of


def timeline(session: Session, now: datetime) -> list[Event]:
    """Return every event about what is not disposed of, or not finally certified; each inspection has one at least."""
    found = [event for inspection in undisposed(session) for event in _of_inspection(inspection, now)]
    return in_order([*found, *_holds(session, now), *_long_stops(session), *_key_backups(session)])


def _of_inspection(inspection: Inspection, now: datetime) -> Iterator[Event]:
    verdict, programme = verdict_of(inspection, now), inspection.programme
    begun = inspection.state == InspectionState.disposing
    due, entered = verdict.due_at, programme.publication_entered_at
    waits = CANCELLED if due is None and inspection.cancelled_at is not None else verdict.state
    stands = Event(
        kind=Happening.disposal if due else Happening.undated,
        reference=inspection.reference,
        about=inspection.id,
        on=london_date(due) if due else None,
        verdict=inspection.state if begun else waits,
        held=inspection.held or programme.held,
        inspection=inspection.id,
        programme=programme.code,
    )
    yield stands
    if programme.published_on and entered and entered + NOTICE > now:
        ends = entered + NOTICE
        yield replace(stands, kind=Happening.notice, on=london_date(ends), at=ends)


def _holds(session: Session, now: datetime) -> Iterator[Event]:
    for hold, name, inspection, programme in standing_holds(session):
        # A hold of the time before they had review dates is to be looked at now.
        day = hold.review_on or london_date(now)
        yield Event(Happening.hold_review, name, hold.id, day, held=True, inspection=inspection, programme=programme)


def _long_stops(session: Session) -> Iterator[Event]:
    for programme in unpublished_programmes(session):
        stands = unpublished(session, programme)
        if stands.remains and stands.decides_on is not None:
            yield Event(Happening.long_stop, programme.code, programme.id, stands.decides_on, programme=programme.code)


def _key_backups(session: Session) -> Iterator[Event]:
    for inspection, reference, body in provisional(session):
        # As the certificate has it: that day stands, though backups may be kept for another time by now.
        stated = json.loads(body)["body"].get("expected_final_on")
        if stated is not None:
            ends = date.fromisoformat(stated)
            yield Event(Happening.key_backup, reference, inspection, ends, inspection=inspection)
