"""Declare: the leader's word that she has sent what she has. Never a gate: documents count when they are received."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.queries import admit, latest_receipt, provider_people, receipt_numbered
from portal.db.tables import Answer, Inspection, Receipt
from portal.domain.actors import Actor
from portal.domain.answers import check_said, kinds_for
from portal.domain.checklist import GapKind
from portal.domain.errors import Conflict, Refused
from portal.domain.lifecycle import InspectionState
from portal.domain.roles import Permission
from portal.domain.taking import check_collects
from portal.ports import Deps
from portal.vault.mails import queue_mail
from portal.vault.receipts import issue_receipt, portable, progress_of
from portal.vault.records import inspection_key, open_receipt, readable_key, seal_said
from schemas.definitions import Item
from schemas.texts import say, together

CLOSED = say("This inspection is closed, so the declaration can no longer be sent. Ask the lead inspector.")


class GapsUnexplained(Refused):
    """The declaration waits for a word on each of these items; `faults` has a sentence by item code.

    `wordless` are the items whose reason is chosen, and whose words are missing or wrong.
    """

    def __init__(self, faults: Mapping[str, str], wordless: frozenset[str] = frozenset()) -> None:
        super().__init__(together(faults.values()))
        self.faults = faults
        self.wordless = wordless


@dataclass(frozen=True)
class Explanation:
    """What was typed beside the declaration for one item."""

    kind: str
    words: str


def declare(deps: Deps, actor: Actor, inspection_id: UUID, explanations: Mapping[str, Explanation]) -> int:
    """Send the declaration, with a word on each gap that has none yet; return the newest receipt's number.

    Sent again, or fifty times at once, it makes no second receipt. Raises NotFound, NotAllowed, Conflict (closed,
    deferred), GapsUnexplained (nothing is changed, and what was received stands).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.declare, lock=True)
        latest = latest_receipt(session, inspection.id)
        if latest is not None:
            return latest.number
        check_collects(InspectionState(inspection.state), CLOSED)
        now = deps.clock.now()
        faults: dict[str, str] = {}
        wordless: set[str] = set()
        answers: list[Answer] = []
        key = inspection_key(deps, inspection)
        for gap in progress_of(session, inspection, key).unexplained:
            given = explanations.get(gap.item.code, Explanation("", ""))
            try:
                answers.append(_answer(inspection, key, actor, gap.item, given, now))
            except Refused as refused:
                faults[gap.item.code] = together((gap.item.label, str(refused)), ": ")
                wordless |= {gap.item.code} if refused.field == "words" else set()
        if not faults:
            session.add_all(answers)
            session.flush()
            # An item promised as an equivalent still lacks its file.
            faults = {
                gap.item.code: say(
                    "{item}: send the equivalent, or say why it is not held or when it follows", item=gap.item.label
                )
                for gap in progress_of(session, inspection, key).unexplained
            }
        if faults:
            session.rollback()
            raise GapsUnexplained(faults, frozenset(wordless))
        inspection.declared_at, inspection.declared_by = now, actor.person
        receipt = issue_receipt(session, deps, inspection, "declaration", now)
        for person in provider_people(session, inspection.id):
            queue_mail(session, deps, person.id, inspection.id, "receipt")
        for answer in answers:
            append(
                session, actor, "gap.explained", now, inspection=inspection.id, subject=answer.id, item=answer.item,
                gap=answer.kind,
            )  # fmt: skip
        append(session, actor, "declaration.sent", now, inspection=inspection.id, subject=receipt.id)
        return receipt.number


def _answer(inspection: Inspection, key: bytes, actor: Actor, item: Item, given: Explanation, now: datetime) -> Answer:
    if given.kind not in kinds_for(item):
        raise Refused(say("select why it is not complete"), "kind")
    kind = GapKind(given.kind)
    answer = Answer(
        id=uuid4(),
        inspection_id=inspection.id,
        item=item.code,
        kind=kind,
        given_by=actor.person,
        given_at=now,
    )
    said = check_said(kind, given.words, answer.given_at)
    answer.sealed_words = seal_said(key, inspection.id, answer.id, said)
    return answer


def read_receipt(deps: Deps, actor: Actor, inspection_id: UUID, number: int | None = None) -> dict[str, Any]:
    """Return a signed receipt of the whole inspection with its key, the newest unless a number is given.

    Raises NotFound, NotAllowed, Conflict (the declaration was not sent yet), KeyRemoved.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_receipt)
        receipt: Receipt | None
        if number is None:
            receipt = latest_receipt(session, inspection.id)
        else:
            receipt = receipt_numbered(session, inspection.id, number)
        if receipt is None:
            raise Conflict(say("The declaration was not sent yet, so there is no receipt. Go back to the task list."))
        return portable(deps.signer, open_receipt(readable_key(deps, inspection, deps.clock.now()), receipt))
