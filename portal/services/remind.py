"""What the passing of time asks to be mailed: reminders, silence at the agency, lateness, newer receipts.

Each is queued once, because its occasion is unique: two workers, or one that is killed and begins again, add nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.engine import reading, writing
from portal.db.mail_queries import any_came, collecting, late_items, newest_receipts, queued_occasions
from portal.db.queries import people_with, provider_people
from portal.db.tables import Inspection
from portal.domain.mails import quiet_due, reminder_due
from portal.domain.roles import TEAM, Role
from portal.domain.times import iso
from portal.ports import Deps
from portal.vault.mails import queue_mail
from portal.vault.mailtexts import something_missing

RECEIPT_RESTS: Final = timedelta(minutes=10)
"""A burst of changes makes many receipts and one mail: it waits until no newer one has come for this long."""


@dataclass(frozen=True)
class _Occasion:
    """One mail to each of these people, once."""

    template: str
    inspection: UUID
    occasion: str
    people: tuple[UUID, ...]
    facts: Mapping[str, str] = field(default_factory=dict)


def remind(deps: Deps) -> int:
    """Queue what has become due since the last round; return how many mails. Run again, it queues nothing more."""
    with reading(deps.engine) as session:
        inspections = collecting(session)
        due = [
            *_reminders(session, deps, inspections),
            *_silences(session, deps, inspections),
            *_late(session),
            *_receipts(session, deps),
        ]
    if due:
        with writing(deps.engine) as session:
            for each in due:
                for person in each.people:
                    queue_mail(
                        session, deps, person, each.inspection, each.template, occasion=each.occasion, facts=each.facts
                    )
    return sum(len(each.people) for each in due)


def _reminders(session: Session, deps: Deps, inspections: Sequence[Inspection]) -> list[_Occasion]:
    """Remind the agencies with something missing. The deadline is part of the occasion: when it moves, so do these."""
    now, found = deps.clock.now(), []
    moments = {each.id: reminder_due(each.announced_at, each.deadline_at, now) for each in inspections}
    due = [each for each in inspections if moments[each.id]]
    queued = queued_occasions(session, "reminder", [each.id for each in due])
    for each in due:
        moment = moments[each.id]
        if moment is None:
            continue
        occasion = f"{each.id}:{iso(each.deadline_at)}:{iso(moment)}"
        if occasion not in queued and something_missing(session, each):
            facts = {"deadline": iso(each.deadline_at), "moment": iso(moment)}
            found.append(_Occasion("reminder", each.id, occasion, _at_work(session, each.id), facts))
    return found


def _silences(session: Session, deps: Deps, inspections: Sequence[Inspection]) -> list[_Occasion]:
    """Tell the team where nobody of the agency has signed in by noon on the day after the announcement."""
    now = deps.clock.now()
    due = [each for each in inspections if quiet_due(each.announced_at, each.deadline_at, now)]
    queued = queued_occasions(session, "quiet", [each.id for each in due])
    found = []
    for each in due:
        occasion = f"{each.id}:{iso(each.announced_at)}"
        people = [person.id for person in provider_people(session, each.id)]
        if occasion not in queued and not any_came(session, each, people):
            found.append(_Occasion("quiet", each.id, occasion, _team(session, each.id)))
    return found


def _late(session: Session) -> list[_Occasion]:
    """Tell leader and team once for each item of which something was received after the deadline."""
    items = late_items(session)
    queued = queued_occasions(session, "late", [inspection for inspection, _item in items])
    return [
        _Occasion(
            "late",
            inspection,
            f"{inspection}:{item}",
            (*_leader(session, inspection), *_team(session, inspection)),
            {"item": item},
        )
        for inspection, item in items
        if f"{inspection}:{item}" not in queued
    ]


def _receipts(session: Session, deps: Deps) -> list[_Occasion]:
    """Tell the agency of the newest receipt, once nothing has changed for a while."""
    receipts = newest_receipts(session)
    rested = [each for each in receipts if each[2] <= deps.clock.now() - RECEIPT_RESTS]
    queued = queued_occasions(session, "receipt-changed", [inspection for inspection, _number, _at in rested])
    return [
        _Occasion("receipt-changed", inspection, f"{inspection}:{number}", _at_work(session, inspection))
        for inspection, number, _at in rested
        if f"{inspection}:{number}" not in queued
    ]


def _leader(session: Session, inspection: UUID) -> tuple[UUID, ...]:
    return tuple(person.id for person in people_with(session, frozenset({Role.leader}), inspection))


def _team(session: Session, inspection: UUID) -> tuple[UUID, ...]:
    return tuple(person.id for person in people_with(session, TEAM, inspection))


def _at_work(session: Session, inspection: UUID) -> tuple[UUID, ...]:
    """Return the leader, and the contributors who have accepted."""
    accepted = {person.id for person in provider_people(session, inspection) if person.password_hash is not None}
    return tuple(sorted(accepted | set(_leader(session, inspection))))
