"""The A1 form at a glance, for the team: what the check counted in the original, opened from where it is sealed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.checks import DocumentCheck
from portal.db.engine import writing
from portal.db.queries import admit, current_documents, people_in
from portal.db.registers import AgencyMember
from portal.db.tables import Inspection
from portal.db.team_queries import GLANCE_TAKEN
from portal.domain.a1.glance import STEPS, joined, part_of, status_words
from portal.domain.actors import Actor
from portal.domain.checks import CheckState
from portal.domain.errors import NotFound
from portal.domain.intake import display_name
from portal.domain.roles import Permission
from portal.domain.times import say_moment
from portal.formats.a1_glance import glance_csv
from portal.ports import Deps
from portal.vault.asks import A1_FORM, sheets_by_slot
from portal.vault.check_said import reason_view
from portal.vault.checks import check_view, findings_view, open_answer, titles_of, withheld_row
from portal.vault.records import open_details, readable_key
from schemas.a1 import Definition, read_by
from schemas.a1_glance import Glance
from schemas.checking import Answer
from schemas.texts import Text, say, say_count, together

View = dict[str, Any]
WIDEST = 100
"""Of a bar, in hundredths of the chart."""
_NOT_STATED = say("Not stated")
_OUTSIDE, _ELSEWHERE = "999", say("outside the agency’s area")
"""What stands for the home of an adopter who lives in none of the member authorities."""
_NONE = say("No A1 form was received yet.")
_NOTHING = say("The A1 form was received, but nothing in it is counted. Beside each file stands why.")
_UNCOUNTED = say("Nothing in the A1 form is counted: its page says why.")


@dataclass(frozen=True)
class _Seen:
    inspection: Inspection
    files: Sequence[View]
    """Each file of the form that counts, the newest first: id, slot, name, received_words, check_words, found, reason
    (or none) and what of it was counted (sheets, counted)."""
    glance: Glance | None
    """Each sheet as the newest file says that has it; None where nothing was counted."""
    names: Mapping[str, str]
    definition: Definition
    """What it was read by: its words stand for the codes that were counted, or a code for itself."""


def glance_page(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return the `view` of a1/glance.html; where nothing was counted, `seen` in it is false.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable, SealBroken.
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_inspection)
        head: View = {"reference": inspection.reference, "agency": inspection.agency.name}
        seen = _seen(session, deps, actor, inspection)
    glance, head["files"] = seen.glance, seen.files
    if glance is None:
        return {**head, "seen": False, "why": _NOTHING if seen.files else _NONE}
    return {
        **head,
        "seen": True,
        "illustrative": seen.definition.illustrative,
        "lacking": _lacking(deps, seen, glance),
        "sheets": list(glance.rows),
        "authorities": _authorities(seen, glance),
        "totals": [{"label": sheet, "count": sum(counts.values())} for sheet, counts in glance.rows.items()],
        "statuses": _statuses(seen, glance),
        "steps": _steps(glance),
    }


def glance_file(deps: Deps, actor: Actor, inspection_id: UUID) -> tuple[str, bytes]:
    """Return name and bytes of the file to take out of the team, small numbers suppressed (§64).

    Raises NotFound (nothing counted either), NotAllowed, KeyRemoved, KeyUnavailable, SealBroken.
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_inspection)
        seen = _seen(session, deps, actor, inspection)
        if counted := [each["id"] for each in seen.files if each["sheets"]]:
            append(
                session, actor, GLANCE_TAKEN, deps.clock.now(), inspection=inspection.id, subject=counted[0],
                item=A1_FORM, documents=len(counted),
            )  # fmt: skip
    if seen.glance is None:
        raise NotFound(_UNCOUNTED if seen.files else _NONE)
    return f"{inspection.reference}-a1-at-a-glance.csv", glance_csv(seen.definition, seen.glance, seen.names)


def _seen(session: Session, deps: Deps, actor: Actor, inspection: Inspection) -> _Seen:
    """Open the files of the A1 form that count and are not withheld; the trail says which were looked at.

    What CSV files showed together is kept with each, so that of each its own sheet alone is taken: another may be gone.
    """
    key = readable_key(deps, inspection, deps.clock.now())
    slots, taken, files = sheets_by_slot(deps), list[Glance](), list[View]()
    people = people_in(session, inspection.id)
    forms = [each for each in current_documents(session, inspection.id) if each.item == A1_FORM]
    for document in reversed(forms):
        row = session.get(DocumentCheck, document.id)
        answer = None if withheld_row(deps, row) else open_answer(key, row)
        has = list(answer.glance.rows) if answer and answer.glance else []
        mine = [each for each in has if slots.get(document.slot, each) == each]
        new = [sheet for sheet in mine if not any(sheet in each.rows for each in taken)]
        if answer and answer.glance and new:
            taken.append(part_of(answer.glance, new))
            append(
                session, actor, "a1.glance-opened", deps.clock.now(), inspection=inspection.id, subject=document.id,
                item=document.item,
            )  # fmt: skip
        files.append(
            {
                "id": document.id,
                "slot": document.slot,
                "name": display_name(open_details(key, document).name),
                "received_words": say_moment(document.received_at or document.began_at),
                "check_words": check_view(deps, row)["check_words"],
                "found": titles_of(findings_view(answer)),
                "reason": reason_view(key, row, people),
                "sheets": new,
                "counted": together(new, ", ") if new else _why_not(deps, row, answer, older=bool(mine)),
            }
        )
    glance = joined(taken, list(slots.values()))
    definition = read_by(glance.definition if glance else "", deps.policy.a1_definition)
    return _Seen(inspection, files, glance, _names(session, inspection), definition)


def _why_not(deps: Deps, row: DocumentCheck | None, answer: Answer | None, *, older: bool) -> Text:
    """Say why nothing of a file was counted."""
    if older:
        return say("Nothing: a newer file has the same sheets")
    if withheld_row(deps, row):
        return say("Nothing: it is withheld")
    if row is None or row.state == CheckState.waiting:
        return say("Not yet: it is being checked")
    if answer and answer.a1 and not answer.a1.complete:
        return say("Nothing: something stops the check")
    return say("Nothing: it could not be read as an A1 form")


def _lacking(deps: Deps, seen: _Seen, glance: Glance) -> list[Text]:
    """Say which sheets are not counted, so that nobody takes what is shown for the whole form."""
    uncounted = {each["slot"] for each in seen.files if not each["sheets"]}
    said = []
    for slot, sheet in sheets_by_slot(deps).items():
        if sheet in glance.rows:
            continue
        if uncounted - (sheets_by_slot(deps).keys() - {slot}):  # its own file, or a whole workbook
            said.append(say("{sheet} was sent, but it could not be counted.", sheet=sheet))
        else:
            said.append(say("{sheet} was not sent.", sheet=sheet))
    return said


def _names(session: Session, inspection: Inspection) -> dict[str, str]:
    statement = select(AgencyMember.code, AgencyMember.authority).where(
        AgencyMember.agency_id == inspection.agency_id, AgencyMember.code.is_not(None)
    )
    return {_OUTSIDE: _ELSEWHERE} | {code: authority for code, authority in session.execute(statement) if code}


def _authorities(seen: _Seen, glance: Glance) -> list[View]:
    """Return a row for each authority: its name, and how many rows each sheet has of it, with the bar of each."""
    rows = glance.rows
    codes = sorted({code for counts in rows.values() for code in counts}, key=lambda code: (not code, code))
    most = _most([count for counts in rows.values() for count in counts.values()])
    return [
        {
            "label": together((code, seen.names[code])) if code in seen.names else code or _NOT_STATED,
            "counts": [_bar(sheet, counts.get(code, 0), most) for sheet, counts in rows.items()],
        }
        for code in codes
    ]


def _statuses(seen: _Seen, glance: Glance) -> list[View]:
    meanings = status_words(seen.definition)
    most = _most(glance.statuses.values())
    return [_bar(meanings.get(code, code or _NOT_STATED), count, most) for code, count in glance.statuses.items()]


def _steps(glance: Glance) -> list[View]:
    """Return the medians, in weeks and days, under the sheet that each is taken from."""
    words = {each.code: each for each in STEPS}
    most = _most([each.days or 0 for each in glance.medians])
    return [
        {
            **_bar(words[each.step].words, each.days or 0, most),
            "sheet": words[each.step].sheet,
            "spans": each.count,
            "days_words": None if each.days is None else _days(each.days),
        }
        for each in glance.medians
        if each.step in words
    ]


def _days(days: float) -> str:
    number = f"{days:,.1f}".removesuffix(".0")
    return say_count(1 if days == 1 else 2, "{number} day", "{number} days", number=number)


def _most(counts: Iterable[float]) -> float:
    return max([1.0, *counts])


def _bar(label: str, count: float, most: float) -> View:
    """Return one bar: `width` in hundredths of the longest one."""
    return {"label": label, "count": count, "width": round(WIDEST * max(count, 0) / most, 1)}
