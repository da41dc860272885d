"""Passkeys by their rows, in the caller's transaction: challenges that are used once, adding and using."""

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.credentials import Passkey
from portal.db.tables import Person, WebSession
from portal.ports import Deps
from portal.vault.ceremonies import counter_of, creation_options, read_assertion, read_new, request_options, site_of
from portal.vault.mails import queue_mail

MOST: Final = 10
"""Passkeys that a person can have."""
CHALLENGE_LIFE: Final = timedelta(minutes=5)
SET_UP: Final = "set up"
SIGN_IN: Final = "sign in"
UNNAMED: Final = "Passkey"
_CHALLENGE_BYTES: Final = 32
_MADE_AT = struct.Struct(">d")


@dataclass(frozen=True)
class Use:
    """What came of showing a passkey."""

    fits: bool
    passkey: UUID | None = None
    """The passkey that was shown, where it is known whose it is."""
    copied: bool = False
    """The signature is the passkey's own, but its counter did not go on: somebody may have made a copy of it."""


def passkeys_of(session: Session, person: UUID) -> list[Passkey]:
    """Return somebody's passkeys, the oldest first."""
    return list(
        session.scalars(select(Passkey).where(Passkey.person_id == person).order_by(Passkey.created_at, Passkey.id))
    )


def new_challenge(row: WebSession, act: str, now: datetime) -> bytes:
    """Make a challenge of 32 bytes that waits in the session for its answer; it is good for this act alone.

    The row keeps, after the challenge, when it was made and for which act.
    """
    challenge = token_bytes(_CHALLENGE_BYTES)
    row.challenge = challenge + _MADE_AT.pack(now.timestamp()) + act.encode()
    return challenge


def take_challenge(row: WebSession, act: str, now: datetime) -> bytes | None:
    """Return the challenge that waits, used up whatever the answer is; None for one too old, or of another act.

    The row must be locked: of two that answer at once, one finds it gone.
    """
    kept, row.challenge = row.challenge, None
    if kept is None:
        return None
    challenge, rest = kept[:_CHALLENGE_BYTES], kept[_CHALLENGE_BYTES:]
    (made,) = _MADE_AT.unpack(rest[: _MADE_AT.size])
    fresh = 0 <= now.timestamp() - made < CHALLENGE_LIFE.total_seconds()
    return challenge if fresh and rest[_MADE_AT.size :] == act.encode() else None


def ask_for_new(session: Session, deps: Deps, row: WebSession) -> str:
    """Return, as JSON, what the browser is asked to make; those that are there already are not made twice."""
    person = session.get_one(Person, row.person_id)
    known = [each.credential_id for each in passkeys_of(session, person.id)]
    challenge = new_challenge(row, SET_UP, deps.clock.now())
    return creation_options(site_of(deps.public_url), challenge, person.id.bytes, person.email, person.name, known)


def add_passkey(session: Session, deps: Deps, row: WebSession, label: str, answer: str) -> Passkey | None:
    """Keep the passkey that the browser made; None where its answer does not hold, or the key is somebody's already.

    The person's row must be locked: two at once make no eleventh.
    """
    now = deps.clock.now()
    challenge = take_challenge(row, SET_UP, now)
    new = read_new(site_of(deps.public_url), challenge, answer) if challenge else None
    if new is None or count_passkeys(session, row.person_id) >= MOST:
        return None
    passkey = Passkey(
        id=uuid4(),
        person_id=row.person_id,
        credential_id=new.credential_id,
        public_key=new.public_key,
        counter=new.counter,
        label=label or UNNAMED,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(passkey)
    except IntegrityError:  # a passkey is one person's, for good
        return None
    return passkey


def count_passkeys(session: Session, person: UUID) -> int:
    """Return how many passkeys somebody has."""
    return session.scalar(select(func.count()).where(Passkey.person_id == person)) or 0


def ask_for_passkey(session: Session, deps: Deps, row: WebSession, act: str) -> str:
    """Return, as JSON, what the browser is asked to sign; the answer is good for this act alone."""
    known = [each.credential_id for each in passkeys_of(session, row.person_id)]
    return request_options(site_of(deps.public_url), new_challenge(row, act, deps.clock.now()), known)


def use_passkey(session: Session, deps: Deps, row: WebSession, act: str, answer: str) -> Use:
    """Say whether an answer shows a passkey of the session's owner; its counter goes on, and the challenge is used up.

    The session's row must be locked, and the transaction committed also where it does not fit: what was tried cannot
    be tried again, and a passkey that may have been copied is told to its owner (W3C WebAuthn §7.2).
    """
    now = deps.clock.now()
    challenge, given = take_challenge(row, act, now), read_assertion(answer)
    if challenge is None or given is None:
        return Use(fits=False)
    mine = select(Passkey).where(Passkey.person_id == row.person_id, Passkey.credential_id == given.raw_id)
    passkey = session.scalar(mine.with_for_update())
    if passkey is None:
        return Use(fits=False)
    counter = counter_of(site_of(deps.public_url), challenge, row.person_id.bytes, passkey.public_key, given)
    if counter is None:
        return Use(fits=False, passkey=passkey.id)
    if counter <= passkey.counter and (counter, passkey.counter) != (0, 0):
        queue_mail(session, deps, row.person_id, None, "passkey-copied")
        return Use(fits=False, passkey=passkey.id, copied=True)
    passkey.counter, passkey.last_used_at = counter, now
    return Use(fits=True, passkey=passkey.id)
