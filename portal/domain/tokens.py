"""What a script's token lets in: one inspection, for one purpose, for a few days.

A token has no rights of its own: it borrows those of whoever made it, as they are at each use, and of these only what
its purpose needs.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from portal.domain.errors import Conflict, Refused
from portal.domain.roles import MATRIX, Permission, Role, may
from schemas.texts import say, say_count

PREFIX: Final = "evp_"
"""Told by it, a token that lies where none should be is found by whoever looks for secrets."""
SECRET_BYTES: Final = 32
MOST_LIVE: Final = 10
"""Tokens of one purpose that work at once in one inspection: enough for any script, and a bound for the page."""
LIFE_BY_DIRECTORY: Final = timedelta(days=1)
"""The longest life of a token made by whoever came by the directory, which cannot be asked about those signed out."""
USED_EVERY: Final = timedelta(minutes=1)
"""How exactly it is kept when a token was last used."""
SITTING: Final = timedelta(hours=1)
"""A token that was silent for so long begins anew: the trail says so once, and not at every request."""
_SHAPE: Final = re.compile(r"evp_[A-Za-z0-9_-]{43}")


class Purpose(StrEnum):
    """What a token is for; it is of no use for another."""

    send = "send"
    """Send documents and answers, and see what is missing."""
    read = "read"
    """See what was sent, and download it."""
    audit = "audit"
    """Read the inspection's entries of the audit trail."""


PERMISSIONS: Mapping[Purpose, frozenset[Permission]] = MappingProxyType(
    {
        Purpose.send: frozenset(
            {Permission.view_task_list, Permission.upload, Permission.explain_gap, Permission.view_receipt}
        ),
        Purpose.read: frozenset({Permission.view_inspection, Permission.view_receipt, Permission.download_bundle}),
        Purpose.audit: frozenset({Permission.export_audit}),
    }
)
PURPOSE_WORDS: Mapping[Purpose, str] = MappingProxyType(
    {
        Purpose.send: say("Send documents and answers"),
        Purpose.read: say("Read and download what was sent"),
        Purpose.audit: say("Read the audit trail of this inspection"),
    }
)


def new_token() -> str:
    """Return a new token: the prefix, and 256 random bits in base64url."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def has_shape(token: str) -> bool:
    """Say whether this can be a token at all."""
    return _SHAPE.fullmatch(token) is not None


def may_make(roles: Iterable[Role], purpose: Purpose) -> bool:
    """Say whether one of these roles makes tokens, and may itself do all that the purpose needs."""
    return any(may(role, Permission.manage_tokens) and PERMISSIONS[purpose] <= MATRIX[role] for role in roles)


def purposes_of(roles: Iterable[Role]) -> tuple[Purpose, ...]:
    """Return the purposes that tokens of somebody with these roles can have."""
    held = frozenset(roles)
    return tuple(purpose for purpose in Purpose if may_make(held, purpose))


def longest_life(life: timedelta, *, by_directory: bool) -> timedelta:
    """Return how long a token may work at most."""
    return min(life, LIFE_BY_DIRECTORY) if by_directory else life


def check_days(raw: str, life: timedelta) -> timedelta:
    """Return for how long a token is to work, from whole days as typed. Raises Refused."""
    typed = raw.strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 4) or not 1 <= int(typed) <= life.days:
        raise Refused(
            say_count(
                life.days,
                "The number of days must be 1",
                "The number of days must be a whole number from 1 to {count}",
            ),
            "days",
        )
    return timedelta(days=int(typed))


def check_room(live: int) -> None:
    """Let another token be made beside those that work. Raises Conflict."""
    if live >= MOST_LIVE:
        raise Conflict(
            say("{most} tokens for this purpose work already. Revoke one that you do not need.", most=MOST_LIVE)
        )


def works(expires_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    """Say whether a token has neither ended nor been revoked."""
    return revoked_at is None and now < expires_at
