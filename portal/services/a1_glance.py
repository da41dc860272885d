"""The A1 form at a glance, for the team: what the check counted in the original, opened from where it is sealed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.checks import DocumentCheck
from portal.db.engine import writing
from portal.db.queries import admit, current_documents
from portal.db.registers import AgencyMember
from portal.db.tables import Document, Inspection
from portal.domain.a1.glance import STEPS
from portal.domain.actors import Actor
from portal.domain.errors import NotFound
from portal.domain.roles import Permission
from portal.domain.times import say_moment
from portal.formats.a1_glance import glance_csv
from portal.ports import Deps
from portal.vault.asks import A1_FORM
from portal.vault.checks import open_answer, withheld_row
from portal.vault.records import readable_key
from schemas.a1 import Definition, load_a1
from schemas.a1_glance import Glance
from schemas.texts import say, say_count, together

View = dict[str, Any]
WIDEST = 100
"""Of a bar, in hundredths of the chart."""
_NOT_STATED = say("Not stated")
_OUTSIDE, _ELSEWHERE = "999", say("outside the agency’s area")
"""What stands for the home of an adopter who lives in none of the member authorities."""
_NONE = say("There is no A1 form yet that can be counted: none was received, or it is still being checked.")


@dataclass(frozen=True)
class _Seen:
    inspection: Inspection
    document: Document
    glance: Glance
    names: Mapping[str, str]
    definition: Definition
    """What is in use: its words stand for the codes that were counted, or a code for itself."""


def glance_page(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return the `view` of a1/glance.html; without a form to count, `seen` in it is false.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable, SealBroken.
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_inspection)
        head = {"reference": inspection.reference, "agency": inspection.agency.name}
        seen = _seen(session, deps, actor, inspection)
    if seen is None:
        return {**head, "seen": False, "why": _NONE}
    return {
        **head,
        "seen": True,
        "illustrative": seen.definition.illustrative,
        "received_words": say_moment(seen.document.received_at or seen.document.began_at),
        "sheets": list(seen.glance.rows),
        "authorities": _authorities(seen),
        "statuses": _statuses(seen),
        "steps": _steps(seen.glance),
    }


def glance_file(deps: Deps, actor: Actor, inspection_id: UUID) -> tuple[str, bytes]:
    """Return name and bytes of the file to take out of the team, small numbers suppressed (§64).

    Raises NotFound (no form to count either), NotAllowed, KeyRemoved, KeyUnavailable, SealBroken.
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_inspection)
        seen = _seen(session, deps, actor, inspection)
    if seen is None:
        raise NotFound(_NONE)
    return f"{inspection.reference}-a1-at-a-glance.csv", glance_csv(seen.definition, seen.glance, seen.names)


def _seen(session: Session, deps: Deps, actor: Actor, inspection: Inspection) -> _Seen | None:
    """Open the newest A1 form that was counted and is not withheld; the trail says that it was looked at."""
    key = readable_key(deps, inspection, deps.clock.now())
    forms = [each for each in current_documents(session, inspection.id) if each.item == A1_FORM]
    for document in reversed(forms):
        row = session.get(DocumentCheck, document.id)
        answer = None if withheld_row(deps, row) else open_answer(key, row)
        if answer and answer.glance:
            names = _names(session, inspection)
            append(
                session, actor, "a1.glance-opened", deps.clock.now(), inspection=inspection.id, subject=document.id,
                item=document.item,
            )  # fmt: skip
            return _Seen(inspection, document, answer.glance, names, load_a1(deps.policy.a1_definition))
    return None


def _names(session: Session, inspection: Inspection) -> dict[str, str]:
    statement = select(AgencyMember.code, AgencyMember.authority).where(
        AgencyMember.agency_id == inspection.agency_id, AgencyMember.code.is_not(None)
    )
    return {_OUTSIDE: _ELSEWHERE} | {code: authority for code, authority in session.execute(statement) if code}


def _authorities(seen: _Seen) -> list[View]:
    """Return a row for each authority: its name, and how many rows each sheet has of it, with the bar of each."""
    rows = seen.glance.rows
    codes = sorted({code for counts in rows.values() for code in counts}, key=lambda code: (not code, code))
    most = _most([count for counts in rows.values() for count in counts.values()])
    return [
        {
            "label": together((code, seen.names[code])) if code in seen.names else code or _NOT_STATED,
            "counts": [_bar(sheet, counts.get(code, 0), most) for sheet, counts in rows.items()],
        }
        for code in codes
    ]


def _statuses(seen: _Seen) -> list[View]:
    meanings = {each.code: each.meaning for each in seen.definition.sheet("Children").column("status").values}
    most = _most(seen.glance.statuses.values())
    return [_bar(meanings.get(code, code or _NOT_STATED), count, most) for code, count in seen.glance.statuses.items()]


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
