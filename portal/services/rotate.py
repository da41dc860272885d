"""Renew the key that signs receipts, certificates and checkpoints; what earlier keys signed can still be checked."""

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import people_with, require_steward
from portal.domain.actors import Actor
from portal.domain.roles import STEWARDS, Permission
from portal.ports import Deps
from portal.vault.mails import queue_mail


def rotate_key(deps: Deps, actor: Actor) -> str:
    """Let a new key sign from now on and return its id; every steward gets a mail. Raises NotFound, OSError.

    The trail says before that it is about to happen, so that no key begins without a word, whatever is killed; a
    checkpoint by the new key follows right after.
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.rotate_keys)
        append(session, actor, "signing.rotation-began", deps.clock.now())
    made = deps.signer.rotate()
    with writing(deps.engine) as session:
        append(session, actor, "signing.rotated", deps.clock.now(), subject=made)
        for person in people_with(session, STEWARDS):
            queue_mail(session, deps, person.id, None, "key-renewed", occasion=made)
    return made
