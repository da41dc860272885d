"""Explain a gap: what is sent instead, why it is not held, or when it follows. What is typed is sealed."""

from uuid import UUID, uuid4

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import admit, current_answers
from portal.db.tables import Answer
from portal.domain.actors import Actor
from portal.domain.checklist import GapKind, check_gap_words
from portal.domain.errors import NotFound, Refused
from portal.domain.lifecycle import InspectionState
from portal.domain.roles import Permission
from portal.domain.taking import check_collects
from portal.ports import Deps
from portal.vault.receipts import receipt_after_change
from portal.vault.records import inspection_key, seal_words
from schemas.definitions import load_checklist

CLOSED = "This inspection is closed, so answers can no longer be given. Ask the lead inspector."


def explain_gap(deps: Deps, actor: Actor, inspection_id: UUID, item: str, kind: str, words: str) -> None:
    """Give, or give anew, the answer for an item that is not (wholly) sent.

    Raises NotFound (inspection, item), NotAllowed, Conflict (closed), Refused (no kind chosen, no words, too many).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.explain_gap, lock=True)
        if item not in {each.code for each in load_checklist(inspection.checklist_version).items}:
            raise NotFound("There is no such item on the checklist. Go back to the task list.")
        check_collects(InspectionState(inspection.state), CLOSED)
        if kind not in set(GapKind):
            raise Refused("Select why the item is not complete", "kind")
        words = check_gap_words(words)
        now = deps.clock.now()
        for earlier in current_answers(session, inspection.id):
            if earlier.item == item:
                earlier.superseded_at = now
        session.flush()
        answer = Answer(
            id=uuid4(), inspection_id=inspection.id, item=item, kind=GapKind(kind), given_by=actor.person, given_at=now
        )
        answer.sealed_words = seal_words(inspection_key(deps, inspection), inspection.id, answer.id, words)
        session.add(answer)
        receipt_after_change(session, deps, inspection, "gap explained", now)
        append(session, actor, "gap.explained", now, inspection=inspection.id, subject=answer.id, item=item, gap=kind)
