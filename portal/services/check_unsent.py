"""An A1 form looked at without being sent: the same rules, and nothing is kept, not even that it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import structlog

from portal.db.engine import reading
from portal.db.queries import NOT_FOUND
from portal.db.visitor_queries import first_places
from portal.domain.a1.findings import without_notes
from portal.domain.actors import Actor
from portal.domain.errors import NotFound
from portal.domain.times import london_date
from portal.ports import Deps
from portal.ports.checking import Body, Checker
from portal.vault.asks import a1_ask
from schemas.a1 import load_a1
from schemas.checking import A1Ask, Answer, Ask

log = structlog.get_logger()

View = dict[str, Any]
_OFFERED = 25
WORKBOOK, CSV = "xlsx", "csv"


@dataclass(frozen=True)
class Unsent:
    """A form in hand: one workbook, or CSV files that are named by their sheets."""

    bodies: tuple[bytes, ...] = field(repr=False)
    sheets: tuple[str, ...] = ()


def agencies_to_choose(deps: Deps, actor: Actor) -> list[View]:
    """Return the inspections in which the actor has a role, by whose agency and period a form can be checked."""
    with reading(deps.engine) as session:
        return [
            {"id": str(each.id), "reference": each.reference, "agency": each.agency.name}
            for each, _roles in first_places(session, actor, _OFFERED)
        ]


def check_unsent(deps: Deps, actor: Actor, unsent: Unsent, inspection: UUID | None = None) -> Answer:
    """Return what is found in a form, checked as one of this inspection, or of no agency in particular.

    Of the file itself it tells only what would be more than noted if it were sent. Raises NotFound (the inspection is
    none of theirs), CheckFailed.
    """
    today = london_date(deps.clock.now())
    asked = general_ask(deps.policy.a1_definition, today, unsent.sheets)
    if inspection is not None:
        with reading(deps.engine) as session:
            places = {each.id: each for each, _roles in first_places(session, actor, _OFFERED)}
            if inspection not in places:
                raise NotFound(NOT_FOUND)
            asked = a1_ask(session, deps, places[inspection], today, unsent.sheets)
    answer = look_at(deps.checker, unsent.bodies, asked)
    if answer.a1 and answer.a1.faults:
        log.error("a1.rule-failed", codes=list(answer.a1.faults))
    return without_notes(answer, deps.effects)


def look_at(checker: Checker, bodies: Sequence[bytes], asked: A1Ask, ending: str = "") -> Answer:
    """Hand a form to the checker, outside any transaction; `ending`: of its name, where that is known.

    Raises CheckFailed.
    """
    accepted = CSV if asked.sheets else WORKBOOK
    ask = Ask(ending or accepted, (accepted,), tuple(map(len, bodies)), asked)
    return checker.check(ask, [Body(len(body), lambda body=body: [body]) for body in bodies])  # type: ignore[misc]


def general_ask(definition: str, today: date, sheets: Sequence[str] = ()) -> A1Ask:
    """Return an ask about no agency in particular: which it is, and which authorities it serves, is not checked.

    Raises what `load_a1` does.
    """
    own = load_a1(definition)
    period = own.first_day.isoformat(), own.last_day.isoformat()
    return A1Ask(definition, period, "", {}, today.isoformat(), sheets=tuple(sheets))
