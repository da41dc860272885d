"""Who a script is: a token is looked up anew at every request, and worth what its maker may at this moment."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import update

from portal.db.chain import append
from portal.db.credentials import ApiToken
from portal.db.engine import reading, writing
from portal.db.token_queries import roles_held_since, token_at
from portal.domain.actors import Actor, Reach, token_actor
from portal.domain.errors import NotFound
from portal.domain.throttle import NETWORK
from portal.domain.tokens import PERMISSIONS, SITTING, USED_EVERY, Purpose, has_shape, may_make, works
from portal.ports import Deps
from portal.vault.invitations import token_hash
from portal.vault.throttles import count_failure, must_wait, throttle_key

log = structlog.get_logger()


@dataclass(frozen=True)
class Script:
    """A script that showed a token which works."""

    actor: Actor
    token: UUID
    inspection: UUID
    purpose: Purpose


def whose_token(deps: Deps, raw: str) -> Script | None:
    """Return the script that holds this token; None, whatever was wrong with it.

    It works as long as it has neither ended nor been revoked, and its maker's account is enabled and has not lost, for
    however short a time, the role that could make it. That it is used is kept once a minute.
    """
    if not has_shape(raw):
        return None
    now = deps.clock.now()
    with reading(deps.engine) as session:
        # Looked for by its hash: how long that takes says nothing of a token.
        found = token_at(session, token_hash(raw))
        if found is None:
            return None
        row, maker = found
        purpose = Purpose(row.purpose)
        held = roles_held_since(session, maker.id, row.inspection_id, row.made_at)
        if not works(row.expires_at, row.revoked_at, now) or maker.disabled_at or not may_make(held, purpose):
            return None
        script = Script(_actor(row), row.id, row.inspection_id, purpose)
        before = row.last_used_at
    if before is None or now - before >= USED_EVERY:
        _note_use(deps, script, begins=before is None or now - before >= SITTING)
    return script


def _actor(row: ApiToken) -> Actor:
    return token_actor(row.id, row.made_by, Reach(row.inspection_id, PERMISSIONS[Purpose(row.purpose)]))


def check_unrevoked(deps: Deps, token_id: UUID) -> None:
    """Let go on what a script began with a token. Raises NotFound (it was revoked, or has ended)."""
    with reading(deps.engine) as session:
        row = session.get_one(ApiToken, token_id)
        if not works(row.expires_at, row.revoked_at, deps.clock.now()):
            raise NotFound("The token works no more.")


def _note_use(deps: Deps, script: Script, *, begins: bool) -> None:
    now = deps.clock.now()
    with writing(deps.engine) as session:
        session.execute(update(ApiToken).where(ApiToken.id == script.token).values(last_used_at=now))
        if begins:
            append(session, script.actor, "token.used", now, inspection=script.inspection, subject=script.token)


def refuse_token(deps: Deps, raw: str, network: str) -> bool:
    """Count a token that does not work on its sender's network address; say whether that address has to wait now.

    A token that works is never made to wait by others that do not: nobody guesses 256 bits, and an office behind one
    address must not be locked out by its one script that has not noticed that its token has ended.
    """
    key = throttle_key(deps.secret, "script", network)
    with writing(deps.engine) as session:
        now = deps.clock.now()
        if must_wait(session, [key], now):
            return True
        count_failure(session, key, now, NETWORK)
        found = token_at(session, token_hash(raw)) if has_shape(raw) else None
        if found is not None:
            row, _maker = found
            append(session, _actor(row), "token.refused", now, inspection=row.inspection_id, subject=row.id)
    log.info("token.refused", known=found is not None)
    return False
