"""Passwords: Argon2id, 15 characters or more, any characters, nothing else asked of them."""

import unicodedata
from base64 import b64encode
from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.domain.errors import Refused
from schemas.texts import say

MIN_LENGTH = 15
MAX_LENGTH = 128
_hasher = PasswordHasher()
# Each hash takes 64 MiB: a burst of sign-ins must wait rather than take the server's memory.
_turns = Semaphore(4)
# A hash that no password has, so that an account that does not exist costs as much time as one that does. It is spelt
# out rather than made: making it would cost every command a tenth of a second and 64 MiB.
_UNKNOWN = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    f"${b64encode(bytes(_hasher.salt_len)).decode().rstrip('=')}${b64encode(bytes(_hasher.hash_len)).decode().rstrip('=')}"
)


def hash_password(password: str) -> str:
    """Return the Argon2id hash in PHC format. Raises Refused (under 15 or over 128 characters)."""
    if len(password) < MIN_LENGTH:
        raise Refused(say("Password must have {count} characters or more", count=MIN_LENGTH), "password")
    if len(password) > MAX_LENGTH:
        raise Refused(say("Password must have {count} characters or fewer", count=MAX_LENGTH), "password")
    with _turns:
        return _hasher.hash(unicodedata.normalize("NFC", password))


def password_fits(stored: str | None, password: str) -> bool:
    """Say whether the password is the one stored; with none stored it takes the same time and says no."""
    with _turns:
        try:
            _hasher.verify(stored or _UNKNOWN, unicodedata.normalize("NFC", password[: MAX_LENGTH * 4]))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None
