"""Incidents: the alarms that stand and those that were cleared, and a person's word that one is dealt with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.dpo_queries import abouts, alarms_cleared, names_of
from portal.db.ending_queries import standing_alarms
from portal.db.endings import Alarm
from portal.db.engine import reading, writing
from portal.db.queries import NOT_FOUND, require_steward
from portal.db.register_queries import Paged
from portal.domain.actors import Actor
from portal.domain.errors import NotFound
from portal.domain.incidents import AlarmKind, check_by_hand, kind_of
from portal.domain.roles import Permission
from portal.ports import Deps
from portal.vault.alarms import clear_alarm

STANDING_SHOWN = 100


@dataclass(frozen=True)
class Incident:
    """One alarm: what kind, what it says, what it is about, since when, and who cleared it when."""

    id: UUID
    kind: str
    about: AlarmKind
    words: str
    subject: str
    """An inspection's reference, a programme's code, or what the alarm itself names; it may be empty."""
    subject_id: str
    """As the alarm has it: an id, a name, or nothing."""
    raised_at: datetime
    cleared_at: datetime | None
    cleared_by: str


@dataclass(frozen=True)
class Incidents:
    """What the page of incidents shows."""

    standing: Sequence[Incident]
    cleared: Paged[Incident]


def incidents_page(deps: Deps, actor: Actor, page: int = 1) -> Incidents:
    """Return the incidents that stand, and a page of those that were cleared. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        cleared = alarms_cleared(session, page)
        return Incidents(
            _said(session, standing_alarms(session)[:STANDING_SHOWN]),
            Paged(_said(session, cleared.rows), cleared.page, cleared.pages),
        )


def _said(session: Session, alarms: Sequence[Alarm]) -> list[Incident]:
    subjects = abouts(session, [each.subject for each in alarms])
    names = names_of(session, [each.cleared_by for each in alarms if each.cleared_by])
    return [
        Incident(
            each.id,
            each.kind,
            kind_of(each.kind),
            each.words,
            subjects.get(each.subject, ""),
            each.subject,
            each.raised_at,
            each.cleared_at,
            names.get(each.cleared_by or "", ""),
        )
        for each in alarms
    ]


def settle_incident(deps: Deps, actor: Actor, alarm_id: UUID) -> None:
    """Clear an alarm that a person has dealt with; one that is cleared already stays as it is.

    Raises NotFound, Conflict (of a kind that goes with its cause alone).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        alarm = session.get(Alarm, alarm_id, with_for_update=True)  # of two at once the second finds it cleared
        if alarm is None:
            raise NotFound(NOT_FOUND)
        check_by_hand(alarm.kind)
        if alarm.cleared_at is None:
            clear_alarm(session, deps, actor, alarm.kind, subject=alarm.subject)
