"""A download ends with what let its reader in: a session that is signed out, a token that is revoked."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.db.engine import writing
from portal.domain.errors import NotFound
from portal.services.sign_in import sign_out, who_is
from portal.services.tokens import revoke_token
from portal.vault.looking import LOOK_EVERY
from portal.vault.sessions import lock_own, renew
from tests.web.clients import sign_in
from tests.web.scripts import ScriptClient, token_for
from tests.world import PART, World, sample, session_for, upload

LONG = sample(size=6 * PART)


@pytest.fixture(autouse=True)
def _sent(world: World) -> None:
    upload(world.deps, world.leader.actor, world.a.inspection, data=LONG)


def _begun(answer: TestResponse) -> Iterator[bytes]:
    """Return what is left of an answer once its first bytes came."""
    chunks = answer.iter_encoded()
    assert (200, True) == (answer.status_code, bool(next(chunks)))
    return chunks


def test_a_download_ends_with_its_session(world: World, app: Flask) -> None:
    """Signed out in another window, it is broken off; with a session whose token was only changed it goes on."""
    deps, path = world.deps, f"/team/inspections/{world.a.inspection}/bundle"
    ended, kept = (sign_in(app, deps, None) for _ in range(2))
    tokens = [session_for(deps, world.inspector.id) for _ in range(2)]
    for client, token in zip((ended, kept), tokens, strict=True):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
    broken, whole = (_begun(client.get(path, buffered=False)) for client in (ended, kept))
    sign_out(deps, tokens[0])
    found = who_is(deps, tokens[1])
    assert found is not None
    with writing(deps.engine) as session:
        row = lock_own(session, found.session)
        assert row is not None
        renew(row)
    world.fakes.clock.advance(LOOK_EVERY)
    with pytest.raises(NotFound):
        next(broken)
    assert sum(map(len, whole)) > 5 * PART


def test_a_download_ends_with_its_token(world: World, app: Flask) -> None:
    """Once it is revoked a script reads no further."""
    made = token_for(world, "read")
    rest = _begun(ScriptClient(app, made.token).ask("/bundle", buffered=False))
    revoke_token(world.deps, world.lead_inspector.actor, world.a.inspection, made.id)
    world.fakes.clock.advance(LOOK_EVERY)
    with pytest.raises(NotFound):
        next(rest)
