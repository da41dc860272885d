"""Deliver the outbox. Mails name inspections by reference and nothing else: no documents, children or adopters."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.engine import writing
from portal.db.tables import Inspection, OutboxMail, Person
from portal.domain.times import say_deadline
from portal.ports import Deps, Mail
from portal.vault.invitations import invitation_token

log = structlog.get_logger()

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
_COME_IN: Final = "{way_in}\n\nThe service is at {public_url}. It never asks for your password by mail or telephone.\n"
TEMPLATES: Final[Mapping[str, tuple[str, str]]] = {
    "announcement": (
        "{reference}: your inspection is announced – send information by {deadline}",
        "Dear {name},\n\nThe inspection {reference} of your agency is announced. Send the requested information by "
        "{deadline}.\n\n" + _COME_IN,
    ),
    "team": (
        "{reference}: you are in the inspection team",
        "Dear {name},\n\nThe inspection {reference} is announced, and you are in its team. The agency has until "
        "{deadline} to send its information.\n\n" + _COME_IN,
    ),
    "steward": (
        "Your account in the evidence portal",
        "Dear {name},\n\nYou were given a steward's role.\n\n" + _COME_IN,
    ),
    "receipt": (
        "{reference}: your declaration was received",
        "Dear {name},\n\nThe declaration for {reference} was received. Sign in to see and keep the receipt.\n\n"
        + _COME_IN,
    ),
    "publication": (
        "A publication date was entered or changed",
        "Dear {name},\n\nA final report's publication date was entered or changed. Nothing is disposed of for 14 days. "
        "Sign in to check the date.\n\n" + _COME_IN,
    ),
    "clock-alarm": (
        "Alarm: the clock is not to be trusted",
        "Dear {name},\n\nThe server's clock has leapt or runs behind. Nothing is disposed of until a person "
        "has checked and confirmed it.\n\n" + _COME_IN,
    ),
}


def deliver(deps: Deps) -> int:
    """Send what is due; return how many were sent. One that fails is tried again later, and says why it failed.

    A mail is claimed, handed over outside any transaction, and marked. Killed in between, the same mail id is handed
    over again after a wait, which the carrier can tell.
    """
    sent = 0
    while (mail := _claim(deps)) is not None:
        try:
            deps.mailer.send(mail)
        except OSError as error:
            _mark(deps, mail.id, failure=type(error).__name__)
            log.warning("mail.failed", mail=str(mail.id), failure=type(error).__name__)
        else:
            _mark(deps, mail.id, failure=None)
            sent += 1
    return sent


def _claim(deps: Deps) -> Mail | None:
    """Take the oldest mail that is due, and put its next try off, so that nobody else takes it meanwhile."""
    with writing(deps.engine) as session:
        now = deps.clock.now()
        row = session.scalar(
            select(OutboxMail)
            .where(OutboxMail.sent_at.is_(None), OutboxMail.next_try_at <= now)
            .order_by(OutboxMail.created_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        row.attempts += 1
        row.next_try_at = now + min(FIRST_WAIT * 2 ** min(row.attempts - 1, 10), LONGEST_WAIT)
        return _mail(session, deps, row)


def _mark(deps: Deps, mail_id: UUID, failure: str | None) -> None:
    with writing(deps.engine) as session:
        row = session.get(OutboxMail, mail_id)
        if row is not None:  # disposal deletes the mails of its inspection
            row.failure = failure
            row.sent_at = None if failure else deps.clock.now()


def _mail(session: Session, deps: Deps, row: OutboxMail) -> Mail:
    person = session.get_one(Person, row.person_id)
    inspection = session.get(Inspection, row.inspection_id) if row.inspection_id else None
    subject, body = TEMPLATES[row.template]
    words = {
        "name": person.name,
        "reference": inspection.reference if inspection else "",
        "deadline": say_deadline(inspection.deadline_at) if inspection else "",
        "way_in": _way_in(deps, row),
        "public_url": deps.public_url,
    }
    return Mail(row.id, person.email, subject.format(**words), body.format(**words))


def _way_in(deps: Deps, row: OutboxMail) -> str:
    invitation = json.loads(row.facts).get("invitation")
    if invitation is None:
        return f"Sign in at {deps.public_url}/sign-in"
    token = invitation_token(deps.secret, UUID(invitation))
    return f"To accept the invitation and set your password, open\n{deps.public_url}/invitations/{token}"
