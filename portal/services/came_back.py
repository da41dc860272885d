"""What is there again of inspections that were disposed of long ago: a key, or objects, from a backup of their own."""

from uuid import UUID

import structlog

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.restored_queries import states
from portal.domain.actors import WORKER
from portal.domain.errors import PortalError
from portal.domain.lifecycle import InspectionState
from portal.ports import Deps
from portal.vault.disposing import empty_store
from portal.vault.keyback import put_key_away
from portal.vault.parts import inspection_prefix

log = structlog.get_logger()


def put_away(deps: Deps) -> list[UUID]:
    """Look at key and store of every disposed inspection, and remove again what is there; return of which it was.

    A key raises an alarm that stands for a person. Objects without their key are nobody's to read: they go, and the
    trail says so. Raises KeyUnavailable, StoreUnavailable or OSError, but only after every other had its turn.
    """
    with reading(deps.engine) as session:
        gone = sorted(each for each, state in states(session).items() if state == InspectionState.disposed)
    found, failure = [], None
    for inspection in gone:
        try:
            if any((put_key_away(deps, inspection), _put_objects_away(deps, inspection))):
                found.append(inspection)
        except (PortalError, OSError) as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return found


def _put_objects_away(deps: Deps, inspection_id: UUID) -> bool:
    if not deps.store.remains(inspection_prefix(inspection_id)):
        return False
    removed = empty_store(deps, inspection_id)
    log.warning("disposal.objects-back", inspection=str(inspection_id), objects=removed)
    with writing(deps.engine) as session:
        append(
            session, WORKER, "disposal.objects-removed-again", deps.clock.now(), inspection=inspection_id,
            objects=removed,
        )  # fmt: skip
    return True
