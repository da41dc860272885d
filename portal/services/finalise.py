"""The second step of a certificate: final, once no backup of the key can be left, and all was seen to be gone again."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from portal.db.certificate_queries import provisional_since
from portal.db.ending_queries import certificate_of, disposal_of, standing_alarm
from portal.db.endings import Certificate
from portal.db.engine import reading, writing
from portal.db.queries import admit
from portal.domain.actors import Actor
from portal.domain.errors import PortalError, StoreUnavailable
from portal.domain.roles import Permission
from portal.domain.times import london_date
from portal.ports import Deps
from portal.vault.alarms import raise_alarm
from portal.vault.blanking import columns_left
from portal.vault.certifying import certify
from portal.vault.fencing import steady_now
from portal.vault.parts import inspection_prefix
from schemas.texts import say

KEY_BACK = "key-back"
"""The kind of alarm that keeps a certificate from becoming final; its subject is the inspection."""
BACK = say(
    "A key that was removed is in the key folder again, or is not known to be removed. "
    "Its certificate stays provisional until a person has seen to it, and cleared this alarm."
)
NOT_GONE = say("Something of the inspection is there again, so its certificate stays provisional.")


def finalise_due(deps: Deps, actor: Actor) -> Iterator[dict[str, Any]]:
    """Make the final certificate of every disposal whose last key backup has expired; yield each as it is made.

    Raises ClockSuspect, StoreUnavailable or KeyUnavailable, but only after every other had its turn.
    """
    with reading(deps.engine) as session:
        backups = timedelta(days=deps.policy.key_backup_days)
        waiting = provisional_since(session, deps.clock.now() - backups)
    failure: PortalError | OSError | None = None
    for inspection in waiting:
        try:
            made = _finalise(deps, actor, inspection)
        except (PortalError, OSError) as error:
            failure = failure or error
        else:
            if made is not None:
                yield made
    if failure is not None:
        raise failure


def _finalise(deps: Deps, actor: Actor, inspection_id: UUID) -> dict[str, Any] | None:
    """Look again at key and store, outside any transaction, then at the columns; certify, or say what came back.

    Once a key came back copies of it may be anywhere, so that a person looks first, though it was removed once more.
    The clock must be steady: one that leapt would let a certificate state what is not so yet (R13).
    """
    came_back = deps.custodian.has_key(inspection_id) or deps.custodian.state(inspection_id) != "removed"
    if not came_back and deps.store.remains(inspection_prefix(inspection_id)):
        raise StoreUnavailable(NOT_GONE)
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.dispose, lock=True)
        before, disposal = certificate_of(session, inspection_id), disposal_of(session, inspection_id, lock=True)
        if before is None or before.final or disposal is None:
            return None  # somebody else was quicker
        if came_back:
            raise_alarm(session, deps, KEY_BACK, BACK, subject=str(inspection_id))
        if standing_alarm(session, KEY_BACK, str(inspection_id)) is not None:
            return None
        if london_date(steady_now(session, deps)) < _expected_on(before):
            return None
        if columns_left(session, inspection_id):
            raise StoreUnavailable(NOT_GONE)
        return certify(session, deps, actor, inspection, disposal, final=True)


def _expected_on(before: Certificate) -> date:
    """Return the day that the provisional certificate names, which stands though backups live shorter by now."""
    return date.fromisoformat(json.loads(before.body)["body"].get("expected_final_on") or date.min.isoformat())
