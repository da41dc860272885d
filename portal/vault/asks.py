"""What the checker is asked about a document: what its place accepts and, of an A1 form, what its rows are read by."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.queries import current_documents
from portal.db.registers import AgencyMember
from portal.db.tables import Document, Inspection
from portal.domain.intake import limit_for, say_size
from portal.domain.policy import MIB
from portal.domain.times import london_date
from portal.ports import Deps
from portal.vault.asked import checklist_of
from schemas.a1 import Definition, load_a1
from schemas.checking import A1Ask, Ask
from schemas.definitions import Item
from schemas.texts import Text, say

A1_FORM: Final = "a1-form"
"""The item whose files are read as A1 forms."""


def ask_about(session: Session, deps: Deps, inspection: Inspection, document: Document) -> Ask:
    """Return what is asked about one document on its own."""
    item = checklist_of(session, None, inspection).item(document.item)
    a1 = None
    if document.item == A1_FORM:
        sheet = sheets_by_slot(deps).get(document.slot)
        a1 = a1_ask(session, deps, inspection, london_date(document.began_at), (sheet,) if sheet else ())
    return Ask(document.extension, item.accepted_in(item.slot(document.slot)), (document.size or 0,), a1)


def ask_together(session: Session, deps: Deps, inspection: Inspection, documents: Sequence[Document]) -> Ask:
    """Return what is asked about the CSV files of one A1 form, in the order of their sheets."""
    day, sheets = london_date(max(each.began_at for each in documents)), sheets_by_slot(deps)
    a1 = a1_ask(session, deps, inspection, day, tuple(sheets[each.slot] for each in documents))
    return Ask("csv", ("csv",), tuple(each.size or 0 for each in documents), a1)


def sheets_with(session: Session, deps: Deps, document: Document) -> Sequence[Document]:
    """Return the CSV files of the A1 form that count now, one for each sheet, this one among them; or nothing."""
    if document.item != A1_FORM:
        return ()
    found = _files(session, deps, document)
    return found if len(found) == len(sheets_by_slot(deps)) and document in found else ()


def others_with(session: Session, deps: Deps, document: Document) -> Sequence[Document]:
    """Return the CSV files of the A1 form that count beside this one, where it is one of them itself."""
    if document.item != A1_FORM or document.slot not in sheets_by_slot(deps):
        return ()
    return [each for each in _files(session, deps, document) if each.id != document.id]


def _files(session: Session, deps: Deps, document: Document) -> Sequence[Document]:
    current = {each.slot: each for each in current_documents(session, document.inspection_id) if each.item == A1_FORM}
    return [current[slot] for slot in sheets_by_slot(deps) if slot in current]


def sheets_by_slot(deps: Deps) -> dict[str, str]:
    """Return the sheet that each place for a CSV file of the A1 form takes, in the definition's order."""
    return {each.slot: each.code for each in _definition(deps).sheets}


def limit_words(deps: Deps, item: Item) -> Text:
    """Say how large a file of an item may be, and of the A1 form how much of that can be checked."""
    most = limit_for(item, deps.policy.max_file_bytes)
    checked = _definition(deps).limits.zipped_mb * MIB if item.code == A1_FORM else most
    if checked >= most:
        return say("Up to {size}", size=say_size(most))
    return say(
        "Up to {checked}. A larger one, of up to {size}, is received too but cannot be checked",
        checked=say_size(checked),
        size=say_size(most),
    )


def _definition(deps: Deps) -> Definition:
    return load_a1(deps.policy.a1_definition)


def a1_ask(session: Session, deps: Deps, inspection: Inspection, today: date, sheets: Sequence[str] = ()) -> A1Ask:
    """Return what an A1 form of this inspection is read against, on the London day of its upload."""
    programme, agency, definition = inspection.programme, inspection.agency, _definition(deps)
    first, last = programme.data_from or definition.first_day, programme.data_until or definition.last_day
    members = select(AgencyMember).where(AgencyMember.agency_id == agency.id, AgencyMember.code.is_not(None))
    authorities: dict[str, list[list[str]]] = {}
    for each in session.scalars(members.order_by(AgencyMember.code, AgencyMember.from_on)):
        spell = [each.from_on.isoformat(), each.until_on.isoformat() if each.until_on else ""]
        authorities.setdefault(each.code or "", []).append(spell)
    return A1Ask(
        definition=deps.policy.a1_definition,
        period=(first.isoformat(), last.isoformat()),
        raa_code=agency.code,
        authorities=authorities,
        today=today.isoformat(),
        id_words=tuple(agency.id_words.split()),
        sheets=tuple(sheets),
    )
