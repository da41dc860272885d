"""Second factors by their rows, in the caller's transaction: codes of an authenticator app, and recovery codes."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.db.credentials import RecoveryCode, Totp
from portal.vault.own import open_own

PERIOD: Final = 30
"""Seconds that a code of an app lasts (RFC 6238)."""
RECOVERY_CODES: Final = 10
_PURPOSE: Final = "totp"
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Nothing that is easily read as something else."""
_LENGTH: Final = 16


def app_of(session: Session, person: UUID, *, confirmed: bool, lock: bool = False) -> Totp | None:
    """Return somebody's authenticator app, or the one that they are setting up."""
    state = Totp.confirmed_at.is_not(None) if confirmed else Totp.confirmed_at.is_(None)
    statement = select(Totp).where(Totp.person_id == person, state)
    return session.scalar(statement.with_for_update() if lock else statement)


def secret_of(secret: bytes, app: Totp) -> str:
    """Return the app's secret in base32. Raises SealBroken."""
    return open_own(secret, _PURPOSE, app.id.bytes, app.sealed_secret).decode()


def use_code(secret: bytes, app: Totp, code: str, now: datetime) -> bool:
    """Say whether a code fits now, or in the period before or after, and was not used: it is used from now on.

    The row must be locked: of two that give one code at once, one is refused (RFC 6238 §5.2).
    """
    maker = pyotp.TOTP(secret_of(secret, app), interval=PERIOD)
    at = int(now.timestamp()) // PERIOD
    typed = "".join(code.split())
    fits = [
        counter for counter in (at - 1, at, at + 1) if hmac.compare_digest(maker.generate_otp(counter), _ascii(typed))
    ]
    fresh = [counter for counter in fits if app.last_counter is None or counter > app.last_counter]
    if fresh:
        app.last_counter = fresh[-1]
    return bool(fresh)


def _ascii(typed: str) -> str:
    """Return what was typed, or nothing: a digit of another script is not compared, and fits none."""
    return typed if typed.isascii() else ""


def make_recovery_codes(session: Session, secret: bytes, person: UUID, now: datetime) -> list[str]:
    """Return ten new codes of 79 bits, such as "K7QM-2XBD-…", in place of those before; only hashes are kept."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(person_id=person, code_hash=_recovery_hash(secret, person, code), made_at=now) for code in codes
    )
    return ["-".join(code[start : start + 4] for start in range(0, _LENGTH, 4)) for code in codes]


def use_recovery_code(session: Session, secret: bytes, person: UUID, code: str, now: datetime) -> bool:
    """Say whether a recovery code fits and was not used: it is used from now on."""
    typed = "".join(each for each in code.upper() if each in _LETTERS)
    digest = _recovery_hash(secret, person, typed)
    row = session.scalar(select(RecoveryCode).where(RecoveryCode.code_hash == digest).with_for_update())
    if row is None or row.used_at is not None:
        return False
    row.used_at = now
    return True


def recovery_codes_left(session: Session, person: UUID) -> int:
    """Return how many recovery codes somebody has left."""
    unused = select(func.count()).where(RecoveryCode.person_id == person, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def _recovery_hash(secret: bytes, person: UUID, code: str) -> bytes:
    # Keyed, and with 79 bits in the code: slow hashing would add nothing.
    return hmac.new(secret, b"evidence-portal recovery v1 " + person.bytes + code.encode(), hashlib.sha256).digest()
