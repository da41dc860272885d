"""Whether the owner of a session may still come in: the directory is asked every few minutes, by one request at a time.

Whoever is disabled there, or is no staff any more, is out within five minutes; so is everybody whose directory does not
answer for that long.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import DirectoryVisit
from portal.db.engine import reading, writing
from portal.db.tables import WebSession
from portal.domain.actors import person_actor
from portal.domain.directory import Errand, Why
from portal.ports import Admitted, Deps, DirectoryRefused, DirectoryUnreachable
from portal.vault.directory import identity_at, keep, kept, must_be_asked, still_counts
from portal.vault.invitations import token_hash
from portal.vault.tokens import revoke_tokens_of

log = structlog.get_logger()

CLAIM_LIFE: Final = timedelta(seconds=30)
"""After this whoever was to ask is taken to have died; longer than the directory has time to answer."""
_LOOKS: Final = 100
_PAUSE: Final = 0.1
"""Seconds between two looks whether another request has its answer."""


def still_in(deps: Deps, session_id: UUID, pause: Callable[[float], None] = time.sleep) -> bool:
    """Say whether the owner of a session by the directory may go on; whoever may not is signed out.

    Of several requests at once one asks. The others go on with the last answer while that counts, or else wait.
    """
    for _ in range(_LOOKS):
        row = _row(deps, session_id)
        if row is None:
            return False
        now = deps.clock.now()
        if not must_be_asked(row, now):
            return True
        if _claim(deps, session_id):
            return _ask(deps, session_id)
        if still_counts(row, now):
            return True
        pause(_PAUSE)
    return False


def _row(deps: Deps, session_id: UUID) -> WebSession | None:
    with reading(deps.engine) as session:
        return session.get(WebSession, session_id)


def _ask(deps: Deps, session_id: UUID) -> bool:
    """Ask the directory, outside any transaction, and write down what it says."""
    row = _row(deps, session_id)  # as it is now: another may have asked just before
    if row is None:
        return False
    counts = still_counts(row, deps.clock.now())
    if not must_be_asked(row, deps.clock.now()):
        return _not_now(deps, session_id, counts=counts)
    known = kept(deps.secret, row)
    try:
        if deps.directory is None or known is None:
            raise DirectoryRefused("not-kept")
        admitted = deps.directory.ask_again(known)
        if not admitted.roles:
            raise DirectoryRefused(Why.no_role)
    except DirectoryUnreachable as error:
        log.warning("directory.unreachable", reason=str(error))
        return _not_now(deps, session_id, counts=counts)
    except DirectoryRefused as error:
        log.warning("directory.refused", reason=str(error))
        _end(deps, session_id, str(error))
        return False
    return _go_on(deps, session_id, admitted)


def _not_now(deps: Deps, session_id: UUID, *, counts: bool) -> bool:
    with writing(deps.engine) as session:
        _let_go(session, session_id)
    return counts


def _go_on(deps: Deps, session_id: UUID, admitted: Admitted) -> bool:
    with writing(deps.engine) as session:
        # The session first, then what hangs on it: signing out locks them in this order too.
        row = session.get(WebSession, session_id, with_for_update=True)
        if row is None:  # signed out meanwhile
            return False
        _let_go(session, session_id)
        identity = identity_at(session, admitted)
        if identity is not None and identity.person_id == row.person_id:
            keep(deps.secret, row, admitted, deps.clock.now())
            return True
    _end(deps, session_id, Why.other)
    return False


def _end(deps: Deps, session_id: UUID, reason: str) -> None:
    with writing(deps.engine) as session:
        row = session.get(WebSession, session_id, with_for_update=True)
        if row is None:
            return
        session.delete(row)  # and with it the claim
        revoke_tokens_of(session, person_actor(row.person_id), row.person_id, deps.clock.now())
        append(session, person_actor(row.person_id), "session.ended", deps.clock.now(), reason=reason)


def _claim(deps: Deps, session_id: UUID) -> bool:
    """Be the one who asks; the row's key lets in one, on whatever machine."""
    with writing(deps.engine) as session:
        now = deps.clock.now()
        before = now - CLAIM_LIFE
        mine = DirectoryVisit.state_hash == _key(session_id)
        session.execute(delete(DirectoryVisit).where(mine, DirectoryVisit.made_at <= before))
        try:
            with session.begin_nested():
                session.add(
                    DirectoryVisit(
                        state_hash=_key(session_id),
                        sealed_flow=b"",
                        session_id=session_id,
                        purpose=f"{Errand.check}:",
                        next_path="",
                        made_at=now,
                    )
                )
        except IntegrityError:  # another asks already, or the session was signed out
            return False
    return True


def _let_go(session: Session, session_id: UUID) -> None:
    session.execute(delete(DirectoryVisit).where(DirectoryVisit.state_hash == _key(session_id)))


def _key(session_id: UUID) -> bytes:
    return token_hash(f"directory check {session_id}")
