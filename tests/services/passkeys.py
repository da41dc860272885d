"""What tests of passkeys do again and again: a session at a stage, a passkey that is there, signing in with it."""

from typing import Any
from uuid import UUID

from portal.domain.errors import Refused
from portal.domain.sessions import Stage
from portal.ports import Deps
from portal.services.passkeys import (
    WRONG,
    ask_to_set_up,
    ask_to_sign_in,
    set_up,
    sign_in_by_passkey,
)
from portal.services.sign_in import who_is
from tests.passkeys import Authenticator
from tests.world import Someone, session_for


def session_at(deps: Deps, person: Someone, stage: Stage) -> UUID:
    """Return a new session of a person at this stage."""
    found = who_is(deps, session_for(deps, person.id, stage, "totp" if stage is Stage.full else None))
    assert found is not None
    return found.session


def with_passkey(deps: Deps, person: Someone, passkey: Authenticator | None = None) -> Authenticator:
    """Set a passkey up in a full session and return it."""
    passkey = passkey or Authenticator()
    session = session_at(deps, person, Stage.full)
    set_up(deps, session, "", passkey.make(ask_to_set_up(deps, session)))
    return passkey


def signs_in(deps: Deps, person: Someone, passkey: Authenticator, **wrong: Any) -> bool:
    """Say whether a passkey makes a new challenged session full; whatever is wrong is refused in the same words."""
    session = session_at(deps, person, Stage.challenged)
    try:
        token = sign_in_by_passkey(deps, session, passkey.sign(ask_to_sign_in(deps, session), **wrong))
    except Refused as refused:
        if (WRONG, "passkey") != (str(refused), refused.field):
            raise
        return False
    found = who_is(deps, token)
    return found is not None and found.stage is Stage.full
