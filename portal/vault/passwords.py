"""Passwords: Argon2id, 15 characters or more, of any kind, that nobody who knows their owner or a list would guess."""

import hashlib
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Iterable
from threading import Semaphore
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from portal.domain.errors import Refused
from portal.domain.passwords import is_weak
from portal.vault.common_passwords import common_passwords
from schemas.texts import say

MIN_LENGTH: Final = 15
MAX_LENGTH: Final = 256
TIME_COST: Final = 3
MEMORY_KIB: Final = 64 * 1024
LANES: Final = 4
"""With the two above the second of the parameter sets that RFC 9106 §4 recommends (ASVS V11.4.2)."""
WEAK = say(
    "Choose a password that is harder to guess. This one is mostly a common password, a pattern, or words of the "
    "service, your agency or your name. Three or four words that do not belong together will do"
)
KNOWN = say("This password is in a list of stolen passwords. Choose another, that you use nowhere else")
_hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)
# Each hash takes 64 MiB: a burst of sign-ins must wait rather than take the server's memory.
_turns = Semaphore(4)
# A hash that no password has, so that an account that does not exist costs as much time as one that does. It is spelt
# out rather than made: making it would cost every command a tenth of a second and 64 MiB.
_UNKNOWN = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    f"${b64encode(bytes(_hasher.salt_len)).decode().rstrip('=')}${b64encode(bytes(_hasher.hash_len)).decode().rstrip('=')}"
)


def check_new_password(
    password: str, context: Iterable[str], breached: Callable[[str], bool], field: str = "password"
) -> None:
    """Let somebody have this password. `context` is what others know of them, in words (V6.2.11).

    `breached` says whether a SHA-1, in 40 upper-case hexadecimal digits, is that of a stolen password. Raises Refused
    (under 15 or over 256 characters; easily guessed; stolen elsewhere).
    """
    plain = _normal(password)
    if len(plain) < MIN_LENGTH:
        raise Refused(say("Password must have {count} characters or more", count=MIN_LENGTH), field)
    if len(plain) > MAX_LENGTH:
        raise Refused(say("Password must have {count} characters or fewer", count=MAX_LENGTH), field)
    if is_weak(plain, common_passwords(), context):
        raise Refused(WEAK, field)
    # Lists of stolen passwords have no better hash; nothing here relies on its strength.
    if breached(hashlib.sha1(plain.encode(), usedforsecurity=False).hexdigest().upper()):
        raise Refused(KNOWN, field)


def hash_password(password: str) -> str:
    """Return the Argon2id hash in PHC format, of a password that `check_new_password` let pass."""
    with _turns:
        return _hasher.hash(_normal(password))


def password_fits(stored: str | None, password: str) -> bool:
    """Say whether the password is exactly the one stored (V6.2.8); with none stored it takes the same time."""
    too_long = len(password) > MAX_LENGTH * 4
    with _turns:
        try:
            _hasher.verify(stored or _UNKNOWN, _normal(password[: MAX_LENGTH * 4]))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None and not too_long


def is_outdated(stored: str) -> bool:
    """Say whether a hash was made with other parameters than new ones are, and is to be made anew at sign-in."""
    try:
        return _hasher.check_needs_rehash(stored)
    except InvalidHashError:
        return False


def _normal(password: str) -> str:
    """Keyboards differ in how they send an accented letter: it is the same letter (NFC)."""
    return unicodedata.normalize("NFC", password)
