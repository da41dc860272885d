"""What the pages of the declaration and of the receipts show, read in a fixed number of queries; nothing is changed.

Views are dicts as the templates take them, with ids in place of addresses: those are the web layer's to make.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from portal.db.check_queries import checks_of
from portal.db.checks import DocumentCheck
from portal.db.engine import reading
from portal.db.queries import admit, document_in, latest_receipt, people_with, receipt_numbered
from portal.db.tables import Document
from portal.domain.actors import Actor
from portal.domain.answers import kinds_for
from portal.domain.checklist import GapKind, ItemProgress
from portal.domain.deadline import lateness_words
from portal.domain.errors import Conflict, NotFound
from portal.domain.lifecycle import DocumentState
from portal.domain.receipts import Stated
from portal.domain.roles import Permission, Role
from portal.domain.times import parse_iso, say_deadline, say_moment
from portal.ports import Deps
from portal.vault.cases import GAP_WORDS, Case, document_view, gap_words, name_of, open_case
from portal.vault.checks import is_explained, is_problem, own_findings, sender_view, titles_of
from portal.vault.receipts import portable, signed_receipt_of, still_holds
from portal.vault.records import check_not_recalled, open_receipt, readable_key
from portal.vault.signatures import fingerprint
from portal.vault.standing import declared_words, heading, missing_words, rest_words
from portal.vault.whole_form import files_beside, whole_form_view
from schemas.definitions import Item
from schemas.texts import say, together

View = dict[str, Any]
NAMES_SHOWN = 20
"""How many files of one item are named to be checked; the rest are counted."""
FOUND_SHOWN = 50
"""Of how many files the declaration says what was found; the rest have a link to it."""
NO_RECEIPT = say("The declaration was not sent yet, so there is no receipt. Go back to the task list.")
TOO_LATE = say("This inspection takes no declaration now. What was received counts without it. Ask the lead inspector.")
RECALLED = say("Sent in error, and recalled since")
_CAUSES: Mapping[str, str] = {
    each: each
    for each in (
        say("document received"),
        say("document replaced"),
        say("document withdrawn"),
        say("document recalled"),
        say("gap explained"),
        say("answer taken back"),
        say("late documents accepted"),
        say("deadline moved"),
        say("announced anew"),
    )
}
"""A receipt keeps its cause as plain words: how each is said."""
_CONTACTS = frozenset({Role.lead_inspector, Role.quality_assurance_officer})


def received_page(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> View:
    """Return one received document (`document`) and what is still missing, as document_received.html takes them.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_task_list)
        document = next((each for each in case.received if each.id == document_id), None)
        if document is None:
            raise NotFound(say("There is no such document. Go back to the task list."))
        beside = [each.id for each in files_beside(case, document)]
        checks = checks_of(session, inspection_id, [document_id, *beside])
    check_not_recalled(DocumentState(document.state))
    standing = next(each for each in case.progress.items if each.item.code == document.item)
    return {
        "document": {**document_view(case, document), "slot": document.slot},
        "check": sender_view(deps, case.key, checks.get(document_id))
        if document.state == DocumentState.received
        else None,
        "form": whole_form_view(case, checks, document),
        "same_words": _same_words(case, document),
        "replaceable": case.open and document.state == DocumentState.received,
        "rest": rest_words(standing),
        "receipt_number": f"{case.inspection.reference}/{str(document.id)[:8]}",
        "missing": missing_words(case.progress),
        "questions": case.date_questions(document.item),
        "declared": case.inspection.declared_at is not None,
        "recallable": case.open or case.deferred,
    }


def _same_words(case: Case, document: Document) -> str:
    """Say which file that came before has the same bytes (D06 of the A1 form, and as useful of any other), or ""."""
    at = document.received_at
    before = [each for each in case.received if each.received_at and at and each.received_at < at]
    same = [each for each in before if document.sha256 is not None and each.sha256 == document.sha256]
    if not same:
        return ""
    item, moment = case.checklist.item(same[-1].item).label, say_moment(same[-1].received_at or same[-1].began_at)
    return say("This is the same file as the one that was received on {moment} for {item}.", moment=moment, item=item)


def document_receipt(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> View:
    """Return the signed receipt of one document, with its key. Raises NotFound, NotAllowed, KeyRemoved (recalled)."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_receipt)
        document = document_in(session, inspection.id, document_id)
        check_not_recalled(DocumentState(document.state))
        readable_key(deps, inspection, deps.clock.now())  # what is to be disposed of has no receipt any more
        return portable(deps.signer, signed_receipt_of(deps, inspection, document))


def declaration_page(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return what declare.html shows; `receipt` is the newest receipt's number, or None before the declaration.

    Raises NotFound, NotAllowed, Conflict (closed or deferred before it was sent), KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.declare)
        receipt = latest_receipt(session, inspection_id)
        wrong = [each.id for each in case.current if is_problem(case.checks.get(each.id))]
        found = checks_of(session, inspection_id, wrong[:FOUND_SHOWN])
    if receipt is None and not case.open:
        raise Conflict(TOO_LATE)
    answers = {each.item: each for each in case.answers if still_holds(case.progress, each)}
    sent: dict[str, list[Document]] = {}
    for document in case.current:
        sent.setdefault(document.item, []).append(document)
    groups: dict[str, View] = {}
    for each in case.progress.items:
        group = groups.setdefault(each.item.group, {"title": each.item.group, "rows": [], "gaps": []})
        row = _row(case, found, each, sent.get(each.item.code, []))
        group["rows"].append(row | {"gap_words": gap_words(case.key, answers.get(each.item.code))})
        if each in case.progress.unexplained:
            group["gaps"].append(_gap(each))
    return {
        **heading(case),
        "receipt": receipt.number if receipt else None,
        "groups": list(groups.values()),
        "gaps": sum(len(group["gaps"]) for group in groups.values()),
        "problems": len(wrong),
        "unexplained": sum(not is_explained(case.checks.get(each)) for each in wrong),
    }


def _row(
    case: Case, found: Mapping[UUID, DocumentCheck], standing: ItemProgress, documents: Sequence[Document]
) -> View:
    """Return a line of the declaration: the files in which something was found are named first."""
    documents = sorted(documents, key=lambda each: not is_problem(case.checks.get(each.id)))
    shown = [
        {
            **document_view(case, each),
            "words": together((lateness_words(each), say_moment(each.received_at or each.began_at)), ", "),
            "found": titles_of(own_findings(case.key, found.get(each.id))),
        }
        for each in documents[:NAMES_SHOWN]
    ]
    return {
        "code": standing.item.code,
        "label": standing.item.label,
        "documents": shown,
        "more": len(documents) - len(shown),
        "rest": rest_words(standing),
    }


def _gap(standing: ItemProgress) -> View:
    return {
        "code": standing.item.code,
        "label": together(filter(None, (standing.item.label, rest_words(standing))), ": "),
        "kind": standing.gap or "",
        "words": "",
        "options": [{"value": str(kind), "text": GAP_WORDS[kind]} for kind in kinds_for(standing.item)],
    }


def _place(item: Item, slot: str) -> str:
    return together((item.label, item.slot(slot).label), ": ") if len(item.slots) > 1 else item.label


def receipt_page(deps: Deps, actor: Actor, inspection_id: UUID, number: int | None = None) -> View:
    """Return the `receipt` of receipt.html, the newest unless a number is given.

    What it says is what was signed, whatever became of a document or the deadline since. Raises NotFound, NotAllowed,
    Conflict (the declaration was not sent yet), KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_receipt)
        newest = latest_receipt(session, inspection_id)
        receipt = newest if number is None else receipt_numbered(session, inspection_id, number)
        contacts = people_with(session, _CONTACTS, inspection_id)
    if receipt is None or newest is None:
        raise Conflict(NO_RECEIPT)
    signed = open_receipt(case.key, receipt)
    body, rows = signed["body"], {str(each.id): each for each in case.received}
    return {
        **heading(case),
        "number": body["number"],
        "newest": newest.number,
        "cause": _CAUSES.get(body["cause"], body["cause"]),
        "summary": _summary(case, body["summary"]),
        "made_words": say_moment(parse_iso(body["made_at"])),
        "deadline_words": say_deadline(parse_iso(body["deadline_at"])),
        "declared_words": declared_words(case),
        "declared": body["declared_at"] is not None,
        "documents": [_stated(case, rows[each["document"]], each) for each in body["documents"]],
        "gaps": [
            {
                "item_label": case.checklist.item(each["item"]).label,
                "kind_words": GAP_WORDS[GapKind(each["kind"])],
                "words": each["words"],
            }
            for each in body["gaps"]
        ],
        "key_id": signed["key_id"],
        "fingerprint": fingerprint(deps.signer.public_keys()[signed["key_id"]]),
        "contacts": sorted({f"{each.name}, {each.email}" for each in contacts}),
    }


def _summary(case: Case, signed: str) -> str:
    """Return the summary that was signed: as a text of the catalogue for as long as things stand as they stood."""
    now = case.progress.summary
    return now if now == signed else signed


def _stated(case: Case, document: Document, stated: Mapping[str, Any]) -> View:
    """Return a document as a receipt states it; its name alone is not on the receipt, and goes with a recall."""
    recalled = document.state == DocumentState.recalled
    return {
        "item_label": _place(case.checklist.item(stated["item"]), stated["slot"]),
        "name": RECALLED if recalled else name_of(case, document),
        "version": stated["version"],
        "size": stated["size"],
        "sha256": stated["sha256"],
        "started_words": say_moment(parse_iso(stated["began_at"])),
        "received_words": say_moment(parse_iso(stated["received_at"])),
        "on_time_words": lateness_words(Stated.of(stated)),
    }
