"""Invitations: how long one can be used, and who reads out the code that it needs beside the mailed link."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from portal.domain.roles import STEWARDS, TEAM, Permission, Role, may

WRONG_CODES = 5
"""The wrong code that ends an invitation: of 887 million codes nobody finds one in four tries."""
_READ_OUT_BY: Mapping[Role, Permission] = MappingProxyType(
    {
        Role.leader: Permission.let_read,  # a head of the team, who makes the call of §16; no administrator
        Role.contributor: Permission.invite_contributor,
        **dict.fromkeys([*TEAM, *STEWARDS], Permission.manage_accounts),
    }
)


def is_usable(used_at: datetime | None, expires_at: datetime, wrong_codes: int, now: datetime) -> bool:
    """Say whether an invitation can be accepted now."""
    return used_at is None and expires_at > now and wrong_codes < WRONG_CODES


def may_read_out(readers: Iterable[Role], invited: Role) -> bool:
    """Say whether somebody with these roles, in the inspection or as a steward, reads the code to who is invited.

    Whoever can restore access in an inspection reads out to everybody in it, but never to a steward.
    """
    needed = {_READ_OUT_BY[invited]}
    if invited not in STEWARDS:
        needed.add(Permission.restore_access)
    return any(may(role, permission) for role in readers for permission in needed)
