"""Explain a gap: what is sent instead, why it is not held, or when it follows. What is typed is sealed."""

from uuid import UUID, uuid4

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import admit, current_answers, current_documents
from portal.db.tables import Answer
from portal.domain.actors import Actor
from portal.domain.answers import When, check_kind, check_said
from portal.domain.checklist import GapKind
from portal.domain.errors import Conflict, NotFound
from portal.domain.lifecycle import InspectionState
from portal.domain.roles import Permission
from portal.domain.taking import check_collects
from portal.ports import Deps
from portal.vault.asked import checklist_of
from portal.vault.receipts import receipt_after_change
from portal.vault.records import inspection_key, seal_said
from schemas.texts import say

CLOSED = say("This inspection is closed, so answers can no longer be given. Ask the lead inspector.")


def take_back_answer(deps: Deps, actor: Actor, inspection_id: UUID, item: str) -> None:
    """Take back what was said of an item: what was sent for it is what was asked for, or it is still to come.

    Raises NotFound (inspection), NotAllowed, Conflict (closed, deferred; nothing was said of it).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.explain_gap, lock=True)
        check_collects(InspectionState(inspection.state), CLOSED)
        answer = next((each for each in current_answers(session, inspection.id) if each.item == item), None)
        if answer is None:
            raise Conflict(say("What was said of this item was taken back already. Go back to your list."))
        now = deps.clock.now()
        answer.superseded_at = now
        receipt_after_change(session, deps, inspection, "answer taken back", now)
        append(session, actor, "answer.taken-back", now, inspection=inspection.id, subject=answer.id, item=item)


def explain_gap(
    deps: Deps,
    actor: Actor,
    inspection_id: UUID,
    item: str,
    kind: str,
    words: str,
    *,
    name: str | None = None,
    when: When | None = None,
) -> None:
    """Give, or give anew, the answer for an item that is not (wholly) sent.

    `name` (of an equivalent) and `when` (by when it follows, London's) are None where they were not asked for. Raises
    NotFound (inspection, item), NotAllowed, Conflict (closed, deferred; none to report although files were sent),
    Refused (no kind chosen, or a part of it missing or wrong).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.explain_gap, lock=True)
        key = inspection_key(deps, inspection)
        wanted = next((each for each in checklist_of(session, key, inspection).items if each.code == item), None)
        if wanted is None:
            raise NotFound(say("There is no such item on the checklist. Go back to the task list."))
        check_collects(InspectionState(inspection.state), CLOSED)
        now = deps.clock.now()
        given = check_kind(wanted, kind)
        said = check_said(given, words, now, name=name, when=when)
        if given is GapKind.none and any(each.item == item for each in current_documents(session, inspection.id)):
            raise Conflict(say("You have sent a list for this item. Withdraw it first, then say that there is none."))
        for earlier in current_answers(session, inspection.id):
            if earlier.item == item:
                earlier.superseded_at = now
        session.flush()
        answer = Answer(
            id=uuid4(), inspection_id=inspection.id, item=item, kind=given, given_by=actor.person, given_at=now
        )
        answer.sealed_words = seal_said(key, inspection.id, answer.id, said)
        session.add(answer)
        receipt_after_change(session, deps, inspection, "gap explained", now)
        append(session, actor, "gap.explained", now, inspection=inspection.id, subject=answer.id, item=item, gap=given)
