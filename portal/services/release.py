"""A document that a check flagged or withheld: what was found in it, for the team, and its release by a head of it."""

from typing import Any
from uuid import UUID

from portal.db.chain import append
from portal.db.check_queries import checks_of
from portal.db.engine import reading, writing
from portal.db.queries import NOT_FOUND, admit, document_in, people_in, roles_in
from portal.db.tables import Document
from portal.domain.actors import Actor
from portal.domain.check_words import WITHHELD
from portal.domain.checks import Withheld
from portal.domain.deadline import check_reason
from portal.domain.errors import Conflict, NotFound
from portal.domain.lifecycle import DocumentState
from portal.domain.roles import Permission, may
from portal.domain.times import say_moment
from portal.ports import Deps
from portal.vault.cases import document_view, open_case
from portal.vault.check_said import reason_view, release_view
from portal.vault.checks import (
    check_view,
    findings_view,
    mark_of,
    open_answer,
    release_of,
    seal_check_words,
    withheld_row,
)
from portal.vault.records import inspection_key
from schemas.texts import say

View = dict[str, Any]
NOT_NOW = say("There is nothing to release: the document is handed out, or was released already. Reload the page.")
CHECKED_AGAIN = say("The document was checked again meanwhile. Read what is known of it now, then release it.")
NO_REASON = say("Enter why you release it")


def document_page(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> View:
    """Return one document as the team sees it, with what was found and said of it.

    `may_release`: the actor may release it; `lead_alone`: not they, who may release others, but the lead inspector.
    Raises NotFound (also where it counts no longer), NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_inspection)
        document = next((each for each in case.current if each.id == document_id), None)
        if document is None:
            raise NotFound(NOT_FOUND)
        row = checks_of(session, inspection_id, [document.id]).get(document.id)
        roles = roles_in(session, actor, inspection_id)
        names = people_in(session, inspection_id)
    checked, needed = check_view(deps, row), release_of(deps, row)

    def allowed(permission: Permission) -> bool:
        return any(may(role, permission) for role in roles)

    return {
        "reference": case.inspection.reference,
        "document": {**document_view(case, document), **checked},
        "findings": findings_view(open_answer(case.key, row)),
        "withheld_words": WITHHELD[checked["withheld"]] if checked["withheld"] else None,
        "checked_words": say_moment(row.checked_at) if row and row.checked_at else None,
        "scans": deps.scanner is not None,
        "may_release": needed is not None and allowed(needed),
        "lead_alone": needed is not None and not allowed(needed) and allowed(Permission.release_document),
        "shown": mark_of(row),
        "reason": reason_view(case.key, row, names),
        "released": release_view(case.key, row, names),
    }


def release(
    deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID, reason: str, *, shown: str | None = None
) -> None:
    """Release a document that is flagged or withheld: from then on it is handed out, and warned of no more.

    Malware never is (ASVS V5.4.3). Where nothing unscanned is handed out, what is not scanned is the lead inspector's
    alone to release. `shown` is what the page knew of the check (`shown` of `document_page`), None where nobody looked
    at a page. Raises NotFound, NotAllowed, Refused (no reason, too long), Conflict (malware, not flagged or withheld,
    released already, checked again since it was shown), KeyRemoved, KeyUnavailable.
    """
    reason = check_reason(reason, NO_REASON)
    with writing(deps.engine) as session:
        # Locked, as by whatever changes what counts: a download holds it before, or it is new to the next one.
        inspection = admit(session, actor, inspection_id, Permission.release_document, lock=True)
        document = _current(document_in(session, inspection.id, document_id))
        row = checks_of(session, inspection.id, [document.id]).get(document.id)
        if withheld_row(deps, row) is Withheld.malware:
            raise Conflict(WITHHELD[Withheld.malware])
        needed = release_of(deps, row)
        if row is None or needed is None:
            raise Conflict(NOT_NOW)
        admit(session, actor, inspection_id, needed)
        if shown is not None and shown != mark_of(row):
            raise Conflict(CHECKED_AGAIN)
        now, key = deps.clock.now(), inspection_key(deps, inspection)
        row.sealed_release = seal_check_words(key, inspection.id, document.id, "release", reason)
        row.released_by, row.released_at = actor.person, now
        append(
            session,
            actor,
            "document.released",
            now,
            inspection=inspection.id,
            subject=document.id,
            state=row.state,
            scan=row.scan,
        )


def _current(document: Document) -> Document:
    if document.state != DocumentState.received:
        raise NotFound(NOT_FOUND)
    return document
