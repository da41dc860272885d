"""Wrong second steps of a session that only had the password: counted on the device, or else on account and network."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from portal.db.tables import Person, WebSession
from portal.domain.browsers import Browser
from portal.domain.errors import Refused
from portal.domain.throttle import FREE_TRIES
from portal.ports import Deps
from portal.vault.devices import Counted, counted_on
from portal.vault.mails import queue_mail
from portal.vault.throttles import count_failure, must_wait, throttle_key
from schemas.texts import say

OVER: Final = say("You were signed out. Sign in again.")
TOO_MANY: Final = say("There were too many wrong tries, so you have to begin again. Wait a few minutes, then sign in.")


class SignInEnded(Refused):
    """The session that was to be confirmed is no more."""


def tries_of(session: Session, deps: Deps, row: WebSession, browser: Browser) -> Sequence[Counted]:
    """Return what a wrong second step is counted on, whichever step it is."""
    person = session.get_one(Person, row.person_id)
    return counted_on(deps.secret, "second factor", str(person.id), person, browser)


def has_to_wait(session: Session, deps: Deps, tries: Sequence[Counted]) -> bool:
    """Say whether a second step has to wait now."""
    return must_wait(session, [each.key for each in tries], deps.clock.now())


def count_wrong(session: Session, deps: Deps, row: WebSession, tries: Sequence[Counted]) -> bool:
    """Count a wrong second step; say whether it was one too many: then the session is over, and its owner is told.

    To go on they need the password again, so that whoever has it cannot keep its owner out.
    """
    now = deps.clock.now()
    for each in tries:
        count_failure(session, each.key, now, each.allowance)
    ended = count_failure(session, throttle_key(deps.secret, "session", str(row.id)), now) >= FREE_TRIES
    if ended:
        session.delete(row)
        queue_mail(session, deps, row.person_id, None, "codes-refused", occasion=str(row.id))
    return ended
