"""Holds: placed on an inspection or a programme by one person, and looked at again by their review date.

Lifting one takes two people: `propose.py` and `decide.py`.
"""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from portal.db.engine import reading, writing
from portal.db.hold_queries import held_thing, hold_by_id, lock_hold
from portal.db.queries import admit, programme_by_code, require_steward
from portal.db.tables import Inspection
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, KeyUnavailable, SealBroken
from portal.domain.holds import Terms
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.proposals import Kind, TakesTwo
from portal.domain.roles import Permission
from portal.ports import Deps
from portal.vault.holds import check_stands, place, review
from portal.vault.records import inspection_key
from schemas.texts import say

LIFTING = say(
    "Lifting a hold takes two people. Propose it on the hold’s page, under Holds, and another steward decides."
)
BEGUN = say("Disposal of this inspection has begun, so it can no longer be held.")
ALL_BEGUN = say("Disposal of every inspection in this programme has begun, so it can no longer be held.")


@dataclass(frozen=True)
class Placed:
    """A hold on a programme, and what it came too late for."""

    hold: UUID
    past: tuple[str, ...]
    """The references of the inspections whose disposal had begun before; the hold keeps the others."""


def place_hold(deps: Deps, actor: Actor, inspection_id: UUID, terms: Terms) -> UUID:
    """Place a hold on one inspection; return the hold's id.

    A key that cannot be had stops no disposal from beginning, so it stops no hold either: then the reason is not kept,
    and the hold is to be reviewed at once. Raises NotFound, NotAllowed, Refused (reason, owner, review date), Conflict
    (disposal has begun).
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_retention)
    key = None
    with suppress(KeyUnavailable, SealBroken):
        key = _key_of(deps, inspection)
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_retention, lock=True)
        _check_not_begun(inspection)
        return place(session, deps, actor, inspection, key, terms)


def _check_not_begun(inspection: Inspection) -> None:
    if not readable(InspectionState(inspection.state)):
        raise Conflict(BEGUN)


def _key_of(deps: Deps, inspection: Inspection) -> bytes:
    """Return the key that seals what is typed; asked for outside any transaction, since a key service is far."""
    _check_not_begun(inspection)
    return inspection_key(deps, inspection)


def place_programme_hold(deps: Deps, actor: Actor, code: str, terms: Terms) -> Placed:
    """Place a hold on a whole programme; what is being disposed of is past it, and said to be.

    Raises NotFound, Refused (reason, owner, review date), Conflict (disposal of all of it has begun).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code, lock=True)
        # Locked too, in one order: a disposal that has locked one is waited for; one that comes later sees the hold.
        within = select(Inspection).where(Inspection.programme_id == programme.id).order_by(Inspection.id)
        inspections = session.scalars(within.with_for_update(of=Inspection)).all()
        past = sorted(each.reference for each in inspections if not readable(InspectionState(each.state)))
        if past and len(past) == len(inspections):
            raise Conflict(ALL_BEGUN)
        return Placed(place(session, deps, actor, programme, None, terms), tuple(past))


def review_hold(deps: Deps, actor: Actor, hold_id: UUID, terms: Terms) -> None:
    """Look at a hold again: why it still stands, who answers for it, and when it is looked at next.

    Raises NotFound, Refused (reason, owner, review date), Conflict (lifted, disposal has begun), KeyUnavailable.
    """
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        hold = hold_by_id(session, hold_id)
        check_stands(hold)
        thing = held_thing(session, hold)
    key = _key_of(deps, thing) if isinstance(thing, Inspection) else None
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        hold, _thing = lock_hold(session, hold_id)
        review(session, deps, actor, hold, key, terms)


def refuse_lifting() -> None:
    """Tell whoever wants to lift a hold alone how it is done. Raises TakesTwo."""
    raise TakesTwo(LIFTING, Kind.lift_hold)
