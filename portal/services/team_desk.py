"""The team's desk: the list of one's inspections, a page of it at a time, whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from portal.db.engine import reading
from portal.db.team_queries import (
    COUNTED_AT_MOST,
    Filters,
    Listed,
    Standing,
    count_mine,
    list_mine,
    standings,
)
from portal.domain.actors import Actor
from portal.domain.checklist import Gap, GapKind, Held, progress
from portal.domain.extras import extra_item
from portal.domain.lifecycle import InspectionState
from portal.domain.teamwords import say_completeness, say_late, say_left, say_state
from portal.domain.times import say_deadline, say_moment
from portal.ports import Deps
from schemas.definitions import load_checklist

View = dict[str, Any]
PER_PAGE = 25


@dataclass(frozen=True)
class Page:
    """One page of a list: `number` from 1."""

    rows: Sequence[View]
    number: int
    total: int
    """How many there are; where `many`, one more than were counted."""
    many: bool = False

    @property
    def last(self) -> int | None:
        """The number of the last page; None where nobody counted them."""
        return None if self.many else max(1, -(-self.total // PER_PAGE))

    @property
    def more(self) -> bool:
        """Whether another page follows."""
        return len(self.rows) == PER_PAGE if self.last is None else self.number < self.last


def team_list(
    deps: Deps, actor: Actor, filters: Filters | None = None, page: int = 1, *, counted: int = COUNTED_AT_MOST
) -> Page:
    """Return one page of the inspections in whose team the actor is, as team/inspections.html takes them, with `id`.

    A page beyond the last is the last. More than `counted` are said to be so many and more.
    """
    filters, now = filters or Filters(), deps.clock.now()
    with reading(deps.engine) as session:
        total = count_mine(session, actor, filters, counted)
        many = total > counted
        found = Page((), page, total, many)
        number = max(1, page if found.last is None else min(page, found.last))
        inspections = list_mine(session, actor, filters, limit=PER_PAGE, offset=PER_PAGE * (number - 1), many=many)
        stand = standings(session, actor, [each.id for each in inspections])
    return replace(found, number=number, rows=[_row(each, stand[each.id], now) for each in inspections])


def _row(inspection: Listed, standing: Standing, now: datetime) -> View:
    state = InspectionState(inspection.state)
    moments = [standing.newest, inspection.declared_at, *(given_at for _item, _kind, given_at in standing.gaps)]
    newest = max((each for each in moments if each is not None), default=None)
    return {
        "id": inspection.id,
        "reference": inspection.reference,
        "agency": inspection.agency,
        "programme": inspection.programme,
        "state_words": say_state(state, cancelled=inspection.cancelled_at is not None),
        "deadline_words": say_deadline(inspection.deadline_at),
        "left_words": say_left(now, inspection.deadline_at) if state is InspectionState.announced else None,
        "summary": _summary(inspection, standing),
        "late": standing.late,
        "late_words": say_late(standing.late, standing.accepted),
        "new": standing.new,
        "last_activity_words": say_moment(newest) if newest else None,
        "declared": inspection.declared_at is not None,
    }


def _summary(inspection: Listed, standing: Standing) -> str:
    """Say how complete an inspection is, without its key: how many of a kind have come makes no difference here."""
    return _complete(
        inspection.checklist_version,
        standing.slots,
        frozenset((item, kind) for item, kind, _given_at in standing.gaps),
        tuple(standing.extras),
    )


@lru_cache(maxsize=4096)
def _complete(
    version: str,
    slots: frozenset[str],
    gaps: frozenset[tuple[str, str]],
    extras: tuple[tuple[str, bool], ...],
) -> str:
    """Most inspections of a list lack the same things, or nothing: it is worked out once for all that do."""
    checklist = load_checklist(version)
    if extras:
        more = [extra_item(code, 0, "", "", ended=ended) for code, ended in extras]
        checklist = replace(checklist, items=(*checklist.items, *more))
    said = [Gap(item, GapKind(kind)) for item, kind in gaps]
    held = [Held(item, slot, on_time=True) for item, _colon, slot in (each.partition(":") for each in slots)]
    return say_completeness(progress(checklist, held, said))
