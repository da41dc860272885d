"""What follows when somebody is signed in to the end: the device is known from now on, its owner is told of oddities.

A mail goes out where the device was not known before, and where wrong tries came before the right one (ASVS 6.3.5).
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import Throttle
from portal.db.engine import writing
from portal.db.tables import Person, WebSession
from portal.domain.actors import person_actor
from portal.domain.browsers import Browser
from portal.domain.errors import NotFound
from portal.domain.sessions import Factor
from portal.domain.throttle import FORGOTTEN_AFTER, FREE_TRIES
from portal.domain.times import iso
from portal.ports import Deps
from portal.vault.devices import device_of, with_device
from portal.vault.mails import queue_mail
from portal.vault.throttles import throttle_key


@dataclass(frozen=True)
class Arrival:
    """What the browser is given: the device cookie, and what its forms' tokens are made of."""

    devices: str
    form_secret: str
    """The same each time the same person signs in with this browser, so that a form that was open before still goes."""


def arrive(deps: Deps, session_id: UUID, browser: Browser, *, first: bool = False) -> Arrival:
    """Take note that a session became full in this browser; `first`: right after enrolment. Raises NotFound."""
    with writing(deps.engine) as session:
        row = session.get(WebSession, session_id)
        if row is None:
            raise NotFound
        person = session.get_one(Person, row.person_id)
        device = device_of(deps.secret, person, browser.devices)
        devices = browser.devices if device else with_device(deps.secret, person, browser.devices)
        known = device or device_of(deps.secret, person, devices) or ""
        after = _wrong_tries_until(session, deps, person, device)
        # Whoever comes by the directory is told by it.
        if row.factor != Factor.directory and not first:
            if after is not None:
                queue_mail(session, deps, person.id, None, "tries-before", occasion=after)
            if device is None:
                queue_mail(session, deps, person.id, None, "new-device", occasion=str(row.id))
        if device is None:
            append(session, person_actor(person.id), "device.added", deps.clock.now())
    said = f"evidence-portal forms v1 {person.id} {known}".encode()
    return Arrival(devices, hmac.new(deps.secret, said, hashlib.sha256).hexdigest())


def _wrong_tries_until(session: Session, deps: Deps, person: Person, device: str | None) -> str | None:
    """Return when the last of many wrong tries was made in the last day, or None."""
    kinds = [("account", person.email), ("second factor", str(person.id))]
    kinds += [("account device", device), ("second factor device", device)] if device else []
    rows = [session.get(Throttle, throttle_key(deps.secret, kind, what)) for kind, what in kinds]
    since = deps.clock.now() - FORGOTTEN_AFTER
    at = [row.last_at for row in rows if row is not None and row.failures >= FREE_TRIES and row.last_at > since]
    return iso(max(at)) if at else None
