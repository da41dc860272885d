"""Deliver the outbox: never twice, never lost, and honest about what failed.

A mail is claimed and the claim committed; it is handed over outside any transaction; then it is marked. A worker that
is killed in between leaves the claim behind. Then the carrier is asked whether it has the mail. Where it cannot tell
the mail stands in doubt, an alarm is raised, and a person decides.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.endings import Alarm
from portal.db.engine import reading, writing
from portal.db.mail_queries import any_mail_due, left_behind, lock_left_behind, next_mail
from portal.db.tables import OutboxMail
from portal.domain.actors import WORKER
from portal.domain.mails import CLAIM_LIFE, IN_DOUBT, MAIL_ALARM, OVERTAKEN, REFUSED, MailState, next_wait
from portal.ports import Deps, Mail, MailDelayed, MailInDoubt, MailRefused
from portal.vault.mailtexts import write_mail
from schemas.texts import say

log = structlog.get_logger()

ROUND = 200
"""Mails claimed in one round, so that the worker's other jobs have their turn."""
GIVE_UP_AFTER = 3
"""Failures in a row after which the round ends: a carrier that is down would make each wait for its timeout."""
ALARM_WORDS = say(
    "A mail was refused, or nobody can tell whether it was sent. Run `portal mail list`, then `portal mail retry` or "
    "`portal mail give-up` for each."
)


@dataclass(frozen=True)
class _Claimed:
    """A mail that is ours to hand over; None where there is nothing to send after all."""

    id: UUID
    attempts: int
    mail: Mail | None


def deliver(deps: Deps) -> int:
    """Send what is due; return how many were sent. One that fails holds up no other, and is tried again or listed."""
    now = deps.clock.now()
    with reading(deps.engine) as session:
        doubtful, due = left_behind(session, now - CLAIM_LIFE), any_mail_due(session, now)
    sent = sum(_settle(deps, mail_id) for mail_id in doubtful)
    delayed = 0
    for _ in range(ROUND if due or doubtful else 0):
        if delayed == GIVE_UP_AFTER:
            break
        claimed = _claim(deps)
        if claimed is None:
            break
        if claimed.mail is not None:
            outcome = _hand_over(deps, claimed.mail, claimed.attempts)
            sent += outcome is MailState.sent
            delayed = delayed + 1 if outcome in {MailState.waiting, MailState.in_doubt} else 0
    return sent


def _claim(deps: Deps) -> _Claimed | None:
    """Take the oldest mail that is due out of the queue, for good if it was overtaken."""
    with writing(deps.engine) as session:
        now = deps.clock.now()
        row = next_mail(session, now)
        if row is None:
            return None
        row.claimed_at, row.failure, row.attempts = now, None, row.attempts + 1
        mail = None
        try:
            mail = write_mail(session, deps, row)
        except MailRefused as refused:
            _not_sent(session, deps, row, f"{REFUSED}: {refused}")
        else:
            row.failure = None if mail else OVERTAKEN
        return _Claimed(row.id, row.attempts, mail)


def _hand_over(deps: Deps, mail: Mail, attempts: int) -> MailState:
    """Give the mail to the carrier and mark what came of it. A mail in doubt keeps its claim, and is settled later."""
    try:
        if attempts == 1 or not deps.mailer.was_sent(mail.id):
            deps.mailer.send(mail)
    except MailRefused as refused:
        with writing(deps.engine) as session:
            row = session.get(OutboxMail, mail.id)
            if row is not None:
                _not_sent(session, deps, row, f"{REFUSED}: {refused}")
        return MailState.refused
    except MailInDoubt:
        log.warning("mail.unanswered", mail=str(mail.id))
        return MailState.in_doubt
    except OSError as error:
        _give_back(deps, mail.id, attempts, _failure(error))
        return MailState.waiting
    with writing(deps.engine) as session:
        row = session.get(OutboxMail, mail.id)
        if row is not None:  # disposal deletes the mails of its inspection
            row.sent_at, row.failure = deps.clock.now(), None
    return MailState.sent


def _failure(error: OSError) -> str:
    """Name a failure; only our own errors may say more, because a carrier's words may hold an address."""
    name = type(error).__name__
    return f"{name} {error}" if isinstance(error, MailDelayed) else name


def _give_back(deps: Deps, mail_id: UUID, attempts: int, failure: str) -> None:
    log.warning("mail.failed", mail=str(mail_id), failure=failure)
    with writing(deps.engine) as session:
        row = session.get(OutboxMail, mail_id)
        if row is not None and row.attempts == attempts:
            row.claimed_at, row.failure = None, failure
            row.next_try_at = deps.clock.now() + next_wait(attempts)


def _settle(deps: Deps, mail_id: UUID) -> int:
    """Find out what became of a claim that was left behind; return 1 if the carrier has the mail."""
    before = deps.clock.now() - CLAIM_LIFE
    try:
        was_sent = deps.mailer.was_sent(mail_id)
    except OSError as error:
        log.warning("mail.failed", mail=str(mail_id), failure=_failure(error))
        return 0
    with writing(deps.engine) as session:
        row = lock_left_behind(session, mail_id, before)
        if row is None:
            return 0
        if was_sent is None:
            _not_sent(session, deps, row, IN_DOUBT)
        elif was_sent:
            row.sent_at = deps.clock.now()
        else:
            row.claimed_at, row.next_try_at = None, deps.clock.now()
    return int(was_sent is True)


def _not_sent(session: Session, deps: Deps, row: OutboxMail, failure: str) -> None:
    """Mark a mail that a person must decide on; raise the alarm unless it stands already."""
    now = deps.clock.now()
    row.failure = failure
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    alarm = {"id": uuid4(), "kind": MAIL_ALARM, "raised_at": now, "words": ALARM_WORDS}
    session.execute(insert(Alarm).values(**alarm).on_conflict_do_nothing())
    log.error("mail.undecided", mail=str(row.id), failure=failure)
    append(
        session, WORKER, "mail.undecided", now, inspection=row.inspection_id, subject=row.id, failure=failure
    )  # fmt: skip
