"""Holds by their rows, in the caller's transaction: placed, reviewed and lifted, with their reasons sealed.

`held` on a programme or an inspection is what disposal looks at: it says whether any hold stands there, and is written
here alone, while the row that has it is locked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.endings import Hold
from portal.db.hold_queries import Thing, lock_hold, standing_on
from portal.db.queries import people_with
from portal.db.tables import Inspection
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, Refused
from portal.domain.holds import REVIEW_ALARM, Terms, check_terms
from portal.domain.proposals import check_same_state
from portal.domain.roles import STEWARDS
from portal.domain.times import iso, london_date, parse_iso
from portal.ports import Deps
from portal.vault.alarms import clear_alarm
from portal.vault.own import open_own, seal_own
from portal.vault.texts import open_text, seal_text
from schemas.texts import say

LIFTED = say("This hold was lifted already.")
_PURPOSE = "hold"


@dataclass(frozen=True)
class Note:
    """Why a hold stands, as somebody typed it when it was placed or reviewed."""

    at: datetime
    by: str
    """The actor's label."""
    words: str


def place(session: Session, deps: Deps, actor: Actor, thing: Thing, key: bytes | None, terms: Terms) -> UUID:
    """Place a hold on a thing, which must be locked and not begun to be disposed of; return the hold's id.

    `key` is the inspection's; None for a programme. Where an inspection's cannot be had, the reason is not kept, and
    the hold is to be reviewed at once. Raises Refused (reason, owner, review date).
    """
    now = deps.clock.now()
    reason, review_on = check_terms(terms, london_date(now))
    inspection = thing.id if isinstance(thing, Inspection) else None
    sealable = inspection is None or key is not None
    hold = Hold(
        id=uuid4(),
        programme_id=None if inspection else thing.id,
        inspection_id=inspection,
        owner_id=_owner(session, actor, terms.owner),
        review_on=review_on if sealable else None,
        placed_by=actor.label,
        placed_at=now,
    )
    if sealable:
        hold.sealed_reason = _seal(deps, hold, key, [Note(now, actor.label, reason)])
    session.add(hold)
    thing.held = True
    append(session, actor, "hold.placed", now, inspection=inspection, subject=hold.id, **_about(hold))
    return hold.id


def review(session: Session, deps: Deps, actor: Actor, hold: Hold, key: bytes | None, terms: Terms) -> None:
    """Look at a hold again: why it still stands, who answers for it, and when it is looked at next; its alarm goes.

    What was said before is kept. Raises Refused (reason, owner, review date), Conflict (lifted), SealBroken.
    """
    check_stands(hold)
    now = deps.clock.now()
    reason, review_on = check_terms(terms, london_date(now))
    notes = [*open_notes(deps, hold, key), Note(now, actor.label, reason)]
    hold.owner_id, hold.review_on = _owner(session, actor, terms.owner), review_on
    hold.sealed_reason = _seal(deps, hold, key, notes)
    clear_alarm(session, deps, actor, REVIEW_ALARM, subject=str(hold.id))
    append(session, actor, "hold.reviewed", now, inspection=hold.inspection_id, subject=hold.id, **_about(hold))


def lift_proposed(
    session: Session, deps: Deps, actor: Actor, thing: Thing, proposal: UUID, details: Mapping[str, str]
) -> None:
    """Lift the one hold that a proposal names; the thing, which must be locked, is held as long as another stands.

    Raises Conflict (lifted, or reviewed since it was proposed).
    """
    # One that was proposed when a thing had one hold at most names none: then two decide anew, on the hold itself.
    check_same_state({"names": str("hold" in details)}, {"names": str(True)})
    hold, locked = lock_hold(session, UUID(details["hold"]))
    if locked is not thing:
        raise ValueError("A proposal names a hold on what it is about.")
    check_stands(hold)
    state, now = hold_state(hold), deps.clock.now()
    check_same_state({name: details[name] for name in state}, state)
    hold.lifted_at = now
    thing.held = any(each.id != hold.id for each in standing_on(session, thing))
    clear_alarm(session, deps, actor, REVIEW_ALARM, subject=str(hold.id))
    append(
        session, actor, "hold.lifted", now, inspection=hold.inspection_id, subject=hold.id, **_programme(hold),
        proposal=str(proposal),
    )  # fmt: skip


def check_stands(hold: Hold) -> None:
    """Pass for a hold that stands. Raises Conflict (lifted)."""
    if hold.lifted_at is not None:
        raise Conflict(LIFTED)


def hold_state(hold: Hold) -> dict[str, str]:
    """Return that on which it is proposed to lift a hold: once it is reviewed, two decide anew."""
    return {"hold": str(hold.id), "review_on": str(hold.review_on), "owner": str(hold.owner_id)}


def open_notes(deps: Deps, hold: Hold, key: bytes | None) -> list[Note]:
    """Return what was typed about a hold, the oldest first; nothing of one that was placed before that was asked.

    `key` is the inspection's; None for a programme. Raises SealBroken.
    """
    if hold.sealed_reason is None:
        return []
    theirs = _theirs(hold, key)
    if theirs is None:
        text = open_own(deps.secret, _PURPOSE, hold.id.bytes, hold.sealed_reason).decode()
    else:
        text = open_text(*theirs, hold.id, _PURPOSE, hold.sealed_reason)
    return [Note(parse_iso(each["at"]), each["by"], each["words"]) for each in json.loads(text)]


def _seal(deps: Deps, hold: Hold, key: bytes | None, notes: list[Note]) -> bytes:
    text = json.dumps([{"at": iso(each.at), "by": each.by, "words": each.words} for each in notes])
    theirs = _theirs(hold, key)
    if theirs is None:
        return seal_own(deps.secret, _PURPOSE, hold.id.bytes, text.encode())
    return seal_text(*theirs, hold.id, _PURPOSE, text)


def _theirs(hold: Hold, key: bytes | None) -> tuple[bytes, UUID] | None:
    """Return an inspection's key and id; None for a programme's hold, which the portal's own key seals."""
    if hold.inspection_id is None:
        return None
    if key is None:
        raise ValueError("What is typed about an inspection is sealed by its key.")
    return key, hold.inspection_id


def _owner(session: Session, actor: Actor, owner: UUID | None) -> UUID:
    wanted = owner or actor.person
    if wanted is None:
        raise Refused(say("Say which steward answers for the hold"), "owner")
    if all(each.id != wanted for each in people_with(session, STEWARDS)):
        raise Refused(say("Choose a steward, who answers for the hold"), "owner")
    return wanted


def _programme(hold: Hold) -> dict[str, str]:
    return {"programme": str(hold.programme_id)} if hold.programme_id else {}


def _about(hold: Hold) -> dict[str, str]:
    """Return what the trail says of a hold: ids and a date, never why it stands."""
    return _programme(hold) | {"owner": str(hold.owner_id), "review_on": str(hold.review_on)}
