"""A steward reads one inspection, once a head of its team let them: for a while, each reading in the trail.

Otherwise a steward reads nothing. What is read goes through the team's own services, under an actor that carries the
reading: `db/queries.py` lets it into this inspection alone, and every entry that it leaves names the proposal.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.proposal_queries import reading_by
from portal.db.queries import admit, require_steward
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, NotAllowed
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.proposals import Kind
from portal.domain.roles import Permission
from portal.domain.times import say_moment
from portal.ports import Deps
from portal.vault.proposals import propose
from schemas.texts import say

View = dict[str, Any]
NO_READING = say("You may not read this inspection. Ask to read it: a head of its team decides.")


def look_at_asking(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return what the page shows on which a steward asks to read: reference, agency, and a reading that lasts.

    Raises NotFound, NotAllowed.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.ask_to_read)
        row = reading_by(session, actor.person, inspection_id) if actor.person else None
        lasts = row is not None and deps.clock.now() < row.expires_at
        return {
            "reference": inspection.reference,
            "agency": inspection.agency.name,
            "until_words": say_moment(row.expires_at) if row and lasts else None,
            "proposal": row.id if row and lasts else None,
        }


def ask_to_read(deps: Deps, actor: Actor, inspection_id: UUID, reason: str) -> UUID:
    """Ask a head of the team to let the steward read; return the proposal's id.

    Raises NotFound, NotAllowed, Refused (the reason), Conflict (asked already, disposal has begun, reads already).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.ask_to_read, lock=True)
        if not readable(InspectionState(inspection.state)):
            raise Conflict(say("Disposal of this inspection has begun, so nobody can read it any more."))
        row = reading_by(session, actor.person, inspection_id) if actor.person else None
        if row is not None and deps.clock.now() < row.expires_at:
            raise Conflict(say("You may read this inspection already."))
        return propose(session, deps, actor, Kind.break_glass, inspection, reason)


def begin_reading(deps: Deps, actor: Actor, inspection_id: UUID, what: UUID | str = "") -> Actor:
    """Return the actor under whom the steward reads, having put it into the trail: a page, or one document.

    Raises NotFound (no steward, unknown), NotAllowed (never asked, not approved, over, ended).
    """
    with writing(deps.engine) as session:
        admit(session, actor, inspection_id, Permission.ask_to_read)
        reader = _reader(deps, actor, reading_by(session, actor.person, inspection_id) if actor.person else None)
        if reader is None:
            append(session, actor, "reading.refused", deps.clock.now(), inspection=inspection_id, subject=what)
        else:
            append(session, reader, "reading.used", deps.clock.now(), inspection=inspection_id, subject=what)
    if reader is None:
        raise NotAllowed(NO_READING)
    return reader


def _reader(deps: Deps, actor: Actor, row: Any) -> Actor | None:  # noqa: ANN401 -- a row, or none
    if row is None or deps.clock.now() >= row.expires_at:
        return None
    return replace(actor, reading=row.id)


def while_it_lasts(deps: Deps, reader: Actor, inspection_id: UUID, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass on what the steward reads, having looked before each piece that the reading lasts. Raises NotAllowed."""
    for chunk in chunks:
        with reading(deps.engine) as session:
            require_steward(session, reader, Permission.ask_to_read)
            row = reading_by(session, reader.person, inspection_id) if reader.person else None
            if _reader(deps, reader, row) is None:
                raise NotAllowed(NO_READING)
        yield chunk
