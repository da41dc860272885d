"""How everything stands with retention, for the stewards' pages: in words, a page at a time, without any content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from portal.db.ending_queries import standing_alarms
from portal.db.engine import reading
from portal.db.long_stop_queries import unpublished
from portal.db.proposal_queries import approved_among
from portal.db.queries import admit, require_steward
from portal.db.register_queries import Paged, paged, steward_may
from portal.db.tables import Inspection, Programme
from portal.domain.actors import Actor
from portal.domain.errors import Conflict
from portal.domain.lifecycle import InspectionState
from portal.domain.proposals import Kind
from portal.domain.registers import STATE_WORDS
from portal.domain.retention import Verdict
from portal.domain.roles import Permission
from portal.domain.times import london_date, say_date, say_deadline, say_moment
from portal.ports import Deps
from portal.vault.proposals import early_decision
from portal.vault.records import verdict_of
from schemas.texts import say

View = dict[str, Any]
VERDICT_WORDS = {
    "unpublished": say("Kept: the report is not published yet"),
    "retained": say("Kept until disposal is due"),
    "in notice": say(
        "In notice: disposal is due, but the publication date was entered or changed less than 14 days ago"
    ),
    "held": say("Held: disposal is due, and waits for the hold to be lifted"),
    "due": say("Disposal is due now"),
}
UNDUE = ("retained", "unpublished")
EARLY_WORDS = say("Not due, but two people decided that it can be disposed of now")
CANCELLED_WORDS = say("Kept: it was cancelled. Two people can decide that it is disposed of, or wait for publication")
PASSED_WORDS = say("Kept: the long-stop is reached and no report is published. Decide what becomes of it")
ALARMS_SHOWN = 20


@dataclass(frozen=True)
class Standing:
    """One inspection and how it stands with retention."""

    inspection: UUID
    reference: str
    agency: str
    programme: str
    state: InspectionState
    verdict: Verdict
    held: bool
    programme_held: bool
    published_words: str
    early: bool = False
    """Whether two people decided that it may go before it is due."""
    undated: bool = False
    """Whether two people may decide though nothing was published: it was cancelled, or the long-stop is reached."""
    cancelled: bool = False

    @property
    def disposable(self) -> bool:
        """Whether it can be disposed of now, or its disposal was begun and not finished."""
        return self.verdict.state == "due" or self.state == InspectionState.disposing or self.early

    @property
    def may_go_early(self) -> bool:
        """Whether it can be proposed to dispose of it before it is due; the proposal itself looks closer."""
        idle = self.state == InspectionState.closed and not (self.held or self.programme_held or self.early)
        return idle and (self.verdict.state == "retained" or self.undated)

    @property
    def begun(self) -> bool:
        """Whether disposal has begun, so that no hold can stop it."""
        return self.state in (InspectionState.disposing, InspectionState.disposed)

    @property
    def words(self) -> str:
        """How it stands, in a sentence's words."""
        if self.early:
            return EARLY_WORDS
        if self.begun:
            return STATE_WORDS[self.state]
        if not self.undated:
            return VERDICT_WORDS[self.verdict.state]
        return CANCELLED_WORDS if self.cancelled else PASSED_WORDS

    @property
    def due_words(self) -> str:
        """When disposal is due, and when the notice ends where that is later."""
        due, earliest = self.verdict.due_at, self.verdict.earliest_at
        if due is None or earliest is None:
            return say("No date yet")
        # Due as a day begins: "after" the last day on which it is kept is what no reader can take for the day before.
        if earliest == due:
            return say("After {due}", due=say_deadline(due))
        return say("After {due}; the notice ends on {end}", due=say_deadline(due), end=say_moment(earliest))

    @property
    def held_words(self) -> str:
        """What holds it."""
        if self.held:
            return say("Held, and so is the programme") if self.programme_held else say("Held")
        return say("The whole programme is held") if self.programme_held else say("No")


def due_page(deps: Deps, actor: Actor, page: int = 1) -> Paged[Standing]:
    """Return one page of what is not disposed of, those that are due first on top: a dry run. Raises NotFound."""
    now = deps.clock.now()
    statement = (
        select(Inspection)
        .join(Inspection.programme)
        .options(contains_eager(Inspection.programme))
        .where(Inspection.state != InspectionState.disposed)
        .order_by(Programme.published_on.is_(None), Programme.published_on, Inspection.reference)
    )
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        found = paged(session, statement, page)
        return Paged(_standings(session, found.rows, now), found.page, found.pages)


def standing_of(deps: Deps, actor: Actor, inspection_id: UUID) -> Standing:
    """Return how one inspection stands with retention. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_retention)
        [standing] = _standings(session, [inspection], deps.clock.now())
        return standing


def disposable(deps: Deps, actor: Actor, inspection_id: UUID) -> Standing:
    """Return the same of an inspection that can be disposed of now. Raises NotFound, NotAllowed, Conflict."""
    standing = standing_of(deps, actor, inspection_id)
    if standing.state == InspectionState.disposed:
        raise Conflict(
            say(
                "{reference} was disposed of already. Its certificate is in the list of certificates.",
                reference=standing.reference,
            )
        )
    if not standing.disposable:
        raise Conflict(
            say("{reference} cannot be disposed of now. {reason}.", reference=standing.reference, reason=standing.words)
        )
    return standing


def _standings(session: Session, inspections: Sequence[Inspection], now: datetime) -> list[Standing]:
    """Say how each stands, in as many queries for a page as for one: but for programmes that wait for a date."""
    decided = approved_among(session, Kind.early_disposal, [each.id for each in inspections])
    waiting = {each.programme_id: each.programme for each in inspections if each.programme.published_on is None}
    day = london_date(now)
    passed = {programme for programme, row in waiting.items() if unpublished(session, row).passed(day)}
    return [
        _standing(
            each,
            now,
            undated=each.cancelled_at is not None or each.programme_id in passed,
            early=each.id in decided and early_decision(session, each, now) is not None,
        )
        for each in inspections
    ]


def _standing(inspection: Inspection, now: datetime, *, undated: bool, early: bool) -> Standing:
    programme, verdict = inspection.programme, verdict_of(inspection, now)
    return Standing(
        inspection=inspection.id,
        reference=inspection.reference,
        agency=inspection.agency.name,
        programme=programme.code,
        state=InspectionState(inspection.state),
        verdict=verdict,
        held=inspection.held,
        programme_held=programme.held,
        published_words=say_date(programme.published_on) if programme.published_on else say("Not yet"),
        undated=verdict.state == "unpublished" and undated,
        cancelled=inspection.cancelled_at is not None,
        early=verdict.state in UNDUE and early,
    )


def list_alarms(deps: Deps, actor: Actor) -> list[View]:
    """Return the alarms that stand: kind, words, when it was raised. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.view_certificates)
        return _alarms(session)


def _alarms(session: Session) -> list[View]:
    return [
        {"kind": each.kind, "words": each.words, "raised_at": each.raised_at}
        for each in standing_alarms(session)[:ALARMS_SHOWN]
    ]


def steward_overview(deps: Deps, actor: Actor, page: int = 1) -> View:
    """Return what the stewards' first page shows: alarms, and one page of the programmes. Raises NotFound.

    `retention` and `registers` say whether the actor keeps them.
    """
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.view_certificates)
        return {
            "alarms": _alarms(session),
            "programmes": paged(session, select(Programme).order_by(Programme.code), page),
            "retention": steward_may(session, actor, Permission.manage_retention),
            "registers": steward_may(session, actor, Permission.manage_registers),
        }
