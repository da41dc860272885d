"""Devices that somebody has signed in with to the end, known by a cookie (OWASP: device cookies).

Wrong tries that others make must not keep the owner of an account from it: a try from a device that is known for this
account counts on the device alone, any other on account and network address. The cookie says nothing about whose it is,
opens nothing, and is void once the password is another.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.db.tables import Person
from portal.domain.browsers import Browser
from portal.domain.networks import counted_network
from portal.domain.throttle import EACH, NETWORK, Allowance
from portal.vault.throttles import throttle_key

MOST: Final = 4
"""People whom one browser is known for; a fifth takes the place of the first."""
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True)
class Counted:
    """What a wrong try is counted on."""

    key: bytes
    allowance: Allowance = EACH


def device_of(secret: bytes, person: Person | None, cookie: str) -> str | None:
    """Return the id of this device if it is known for the account; an account that does not exist takes as long."""
    found = None
    for entry in cookie.split(".")[:MOST]:
        device, _, proof = entry.partition("-")
        if (
            hmac.compare_digest(_proof(secret, person, device).encode(), proof.encode(errors="replace"))
            and person is not None
        ):
            found = device
    return found


def with_device(secret: bytes, person: Person, cookie: str) -> str:
    """Return the cookie with a device that is known for this account from now on."""
    device = secrets.token_hex(16)
    others = [entry for entry in cookie.split(".") if entry][-MOST + 1 :]
    return ".".join([*others, f"{device}-{_proof(secret, person, device)}"])


def counted_on(secret: bytes, kind: str, what: str, person: Person | None, browser: Browser) -> Sequence[Counted]:
    """Return what a wrong try is counted on: the device alone where it is known, else the account and the network."""
    device = device_of(secret, person, browser.devices)
    if device is not None:
        return [Counted(throttle_key(secret, f"{kind} device", device))]
    on = [Counted(throttle_key(secret, kind, what))]
    if browser.address:
        on.append(Counted(throttle_key(secret, "network", counted_network(browser.address)), NETWORK))
    return on


def _proof(secret: bytes, person: Person | None, device: str) -> str:
    whose = person.id if person else _NOBODY
    password = hashlib.sha256(((person.password_hash if person else None) or "").encode()).hexdigest()
    said = f"evidence-portal device v1 {whose} {password} {device}".encode(errors="replace")
    return hmac.new(secret, said, hashlib.sha256).hexdigest()
