"""Hand out entries of the audit trail, of one inspection or all, and say in the trail that it was done."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.chain import append, entries, last_entry
from portal.db.engine import reading, writing
from portal.db.queries import admit, require_steward
from portal.domain.actors import Actor
from portal.domain.audit import Entry
from portal.domain.roles import Permission
from portal.domain.times import iso
from portal.formats.trail import trail_file
from portal.ports import Deps

ON_A_PAGE = 1000
"""Entries at most, so that a page takes a few hundred KiB."""


def export_entries(
    deps: Deps, actor: Actor, inspection_id: UUID, after: int = 0, limit: int = ON_A_PAGE
) -> list[dict[str, Any]]:
    """Return up to `limit` entries of the inspection after entry `after`, oldest first, each as it is hashed.

    The export's own entry names the inspection as its subject and is not among the inspection's: a script that reads
    until nothing is left would never come to an end. Raises NotFound, NotAllowed.
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.export_audit)
        found = [_stated(each) for each in islice(entries(session, inspection.id, after), min(limit, ON_A_PAGE))]
        now = deps.clock.now()
        append(session, actor, "trail.exported", now, subject=inspection.id, after=after, entries=len(found))
    return found


def export_file(deps: Deps, actor: Actor, kind: str, inspection_id: UUID | None = None) -> Iterator[bytes]:
    """Return the file of all entries up to now, of the inspection or of the whole trail; `kind` as in `formats/trail`.

    The export's own entry is committed before the first byte. Raises NotFound, NotAllowed.
    """
    with writing(deps.engine) as session:
        if inspection_id is None:
            require_steward(session, actor, Permission.export_audit)
        else:
            admit(session, actor, inspection_id, Permission.export_audit)
        last = last_entry(session)
        append(session, actor, "trail.exported", deps.clock.now(), subject=inspection_id or "", format=kind)
    return trail_file(_pages(deps, inspection_id, last.seq if last else 0), kind)


def _pages(deps: Deps, inspection: UUID | None, until: int) -> Iterator[dict[str, Any]]:
    """Yield entries up to number `until`. Each page is a transaction of its own: a slow reader must hold none open."""
    after = 0
    while True:
        with reading(deps.engine) as session:
            page = _page(session, inspection, after)
        yield from (_stated(each) for each in page if each.seq <= until)
        if len(page) < ON_A_PAGE or page[-1].seq >= until:
            return
        after = page[-1].seq


def _page(session: Session, inspection: UUID | None, after: int) -> list[Entry]:
    return list(islice(entries(session, inspection, after), ON_A_PAGE))


def _stated(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"at": iso(entry.at), "details": dict(entry.details)}
