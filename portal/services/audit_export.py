"""Hand out one inspection's entries of the audit trail, a page at a time, and say in the trail that it was done."""

from dataclasses import asdict
from itertools import islice
from typing import Any
from uuid import UUID

from portal.db.chain import append, entries
from portal.db.engine import writing
from portal.db.queries import admit
from portal.domain.actors import Actor
from portal.domain.audit import Entry
from portal.domain.roles import Permission
from portal.domain.times import iso
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


def _stated(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"at": iso(entry.at), "details": dict(entry.details)}
