"""A key that is there again after it was removed: a backup of the key folder brought it back, and it goes once more."""

from typing import Final
from uuid import UUID

from portal.db.chain import append
from portal.db.engine import writing
from portal.domain.actors import WORKER
from portal.ports import Deps
from portal.vault.alarms import raise_alarm
from schemas.texts import say

ALARM: Final = "key-back"
KEY_BACK: Final = say(
    "The key of an inspection that was disposed of was there again, as after a restore of the key folder. It was "
    "removed once more. Find out who restored it, and which copies of the key are left."
)


def put_key_away(deps: Deps, inspection_id: UUID) -> bool:
    """Look whether the key of a disposed inspection is there again, or its tombstone gone; say whether a key was.

    It is removed once more, and the tombstone written; the alarm stays for a person. To be asked only of what was
    disposed of to the end. Raises KeyUnavailable, and then the alarm stands already.
    """
    there, state = deps.custodian.has_key(inspection_id), deps.custodian.state(inspection_id)
    if not there and state == "removed":
        return False
    if there:
        with writing(deps.engine) as session:
            raise_alarm(session, deps, ALARM, KEY_BACK, subject=str(inspection_id))
    deps.custodian.remove(inspection_id, deps.clock.now())
    with writing(deps.engine) as session:
        append(
            session, WORKER, "key.removed-again", deps.clock.now(), inspection=inspection_id,
            found="key" if there else "no tombstone",
        )  # fmt: skip
    return there
