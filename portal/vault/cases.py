"""One inspection opened for reading: what was received in it, with the names, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.check_queries import checks_in
from portal.db.checks import DocumentCheck
from portal.db.queries import admit, current_answers, people_in, unfinished_uploads
from portal.db.tables import Answer, Document, Inspection
from portal.domain.actors import Actor
from portal.domain.answers import Said
from portal.domain.checklist import Gap, GapKind, Held, Progress, ask_about_dates, progress
from portal.domain.checks import Withheld
from portal.domain.deadline import lateness_words
from portal.domain.intake import display_name
from portal.domain.lifecycle import DocumentState, InspectionState, collects
from portal.domain.roles import Permission
from portal.domain.times import say_date, say_moment
from portal.ports import Deps
from portal.vault.asked import checklist_of, due_times
from portal.vault.checks import check_view, handed_out_at, withheld_row
from portal.vault.records import open_details, open_said, open_words, readable_key
from schemas.definitions import Checklist
from schemas.texts import say, together

View = dict[str, Any]
GAP_WORDS: Mapping[GapKind, str] = {
    GapKind.equivalent: say("We have sent something equivalent"),
    GapKind.not_held: say("We do not hold it"),
    GapKind.to_follow: say("It will follow"),
    GapKind.none: say("None arranged"),
}
A_COLLEAGUE = say("a colleague")
"""Sent it, where nobody can say who it was any more."""


@dataclass(frozen=True)
class Case:
    """One inspection with all that was received in it, whatever became of it since."""

    deps: Deps
    inspection: Inspection
    checklist: Checklist
    key: bytes
    received: Sequence[Document]
    answers: Sequence[Answer]
    people: Mapping[UUID, str]
    now: datetime
    due: Mapping[str, datetime] = field(default_factory=dict)
    """When each extra item is due, by code."""
    checks: Mapping[UUID, DocumentCheck] = field(default_factory=dict)
    """How the documents were found, by id, without what was found."""

    @cached_property
    def current(self) -> list[Document]:
        """The documents that count now, oldest first."""
        return [each for each in self.received if each.state == DocumentState.received]

    @cached_property
    def said(self) -> Mapping[str, Said]:
        """What was typed with the answers that count now, by item."""
        return {each.item: open_said(self.key, each) for each in self.answers}

    @cached_property
    def progress(self) -> Progress:
        """How far the checklist is, by what counts now."""
        held = [Held(each.item, each.slot, bool(each.on_time)) for each in self.current]
        gaps = [Gap(each.item, GapKind(each.kind), self.said[each.item].by) for each in self.answers]
        return progress(self.checklist, held, gaps)

    def date_questions(self, code: str) -> tuple[str, ...]:
        """Question the meeting dates of one item's documents, where two are the same."""
        item = self.checklist.item(code)
        if not any(slot.dated for slot in item.slots):
            return ()
        dates = [open_details(self.key, each).meeting_date for each in self.current if each.item == code]
        return ask_about_dates(item, [date.fromisoformat(each) for each in dates if each])

    def withheld(self, document: Document) -> Withheld | None:
        """Say why a document is not handed out to the team, or None if it is."""
        return withheld_row(self.deps, self.checks.get(document.id))

    def handed_out_at(self, document: Document) -> datetime:
        """Return since when a document that is not withheld has been handed out."""
        return handed_out_at(self.deps, document, self.checks.get(document.id))

    @property
    def open(self) -> bool:
        """Whether documents and answers are still taken."""
        return collects(InspectionState(self.inspection.state))

    @property
    def deferred(self) -> bool:
        """Whether the inspection waits to be announced anew."""
        return self.inspection.state == InspectionState.deferred

    @property
    def cancelled(self) -> bool:
        """Whether the inspection was called off, so that nothing more is due."""
        return self.inspection.cancelled_at is not None


def open_case(session: Session, deps: Deps, actor: Actor, inspection_id: UUID, permission: Permission) -> Case:
    """Read one inspection. Raises NotFound, NotAllowed, KeyRemoved (also where only the job has not run yet)."""
    inspection = admit(session, actor, inspection_id, permission)
    now = deps.clock.now()
    key = readable_key(deps, inspection, now)
    received = select(Document).where(Document.inspection_id == inspection.id, Document.received_at.is_not(None))
    return Case(
        deps=deps,
        inspection=inspection,
        checklist=checklist_of(session, key, inspection),
        due=due_times(session, inspection),
        key=key,
        received=session.scalars(received.order_by(Document.received_at, Document.id)).all(),
        answers=current_answers(session, inspection.id),
        people=people_in(session, inspection.id),
        now=now,
        checks=checks_in(session, inspection.id),
    )


def gap_words(key: bytes, answer: Answer | None) -> str | None:
    """Say an explained gap in one line, or nothing where there is none."""
    if answer is None:
        return None
    kind, typed = GAP_WORDS[GapKind(answer.kind)], open_words(key, answer)
    return together((kind, typed), ": ") if typed else kind


def interrupted_uploads(session: Session, case: Case) -> list[View]:
    """Return the uploads that ended before all of the file had come; one still on its way is none."""
    return [
        {
            "item": each.item,
            "item_label": case.checklist.item(each.item).label,
            "name": name_of(case, each),
            "words": say(
                "{name}: the upload did not finish, so nothing of it was kept. Choose the file again",
                name=name_of(case, each),
            ),
        }
        for each in unfinished_uploads(session, case.inspection.id)
        if each.state == DocumentState.abandoned or each.lease_until <= case.now
    ]


def name_of(case: Case, document: Document) -> str:
    """Return a document's name as pages show it."""
    return display_name(open_details(case.key, document).name)


def document_view(case: Case, document: Document) -> View:
    """Return what any page shows of a received document; `size` in bytes."""
    details, item = open_details(case.key, document), case.checklist.item(document.item)
    return {
        "id": document.id,
        "item": item.code,
        "item_label": item.label,
        "name": display_name(details.name),
        "size": document.size or 0,
        "version": document.version or 1,
        "sha256": (document.sha256 or b"").hex(),
        "started_words": say_moment(document.began_at),
        "received_words": say_moment(document.received_at or document.began_at),
        "on_time": bool(document.on_time),
        "on_time_words": lateness_words(document),
        **check_view(case.deps, case.checks.get(document.id)),
        "sender": case.people.get(document.sent_by, A_COLLEAGUE),
        "meeting_on": details.meeting_date,
        "meeting_words": say_date(date.fromisoformat(details.meeting_date)) if details.meeting_date else "",
    }
