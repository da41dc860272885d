"""The outbox for the operator: what has not gone, and what a person decides on a mail that nobody can be sure of."""

from typing import Any
from uuid import UUID, uuid4

from portal.db.chain import append
from portal.db.ending_queries import standing_alarm
from portal.db.engine import reading, writing
from portal.db.mail_queries import any_undecided, outbox_rows
from portal.db.queries import require_steward
from portal.db.tables import OutboxMail
from portal.domain.actors import Actor
from portal.domain.addresses import check_address
from portal.domain.errors import Conflict, NotFound
from portal.domain.mails import GIVEN_UP, MAIL_ALARM, MailState, mail_state
from portal.domain.roles import Permission
from portal.domain.times import iso
from portal.ports import Deps, Mail
from schemas.mails import load_mails
from schemas.texts import say

View = dict[str, Any]


def list_mails(deps: Deps, actor: Actor, *, everything: bool = False) -> list[View]:
    """Return the mails that wait or need a decision, newest first, 200 at most; `everything`: the others too.

    Raises NotFound (not for those who keep accounts).
    """
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        return [
            {
                "id": str(mail.id),
                "mail": mail.template,
                "to": email,
                "inspection": reference or "",
                "state": mail_state(mail.sent_at, mail.claimed_at, mail.failure).value,
                "failure": mail.failure or "",
                "attempts": mail.attempts,
                "queued": iso(mail.created_at),
                "sent": iso(mail.sent_at) if mail.sent_at else "",
            }
            for mail, email, reference in outbox_rows(session, everything=everything)
        ]


def retry_mail(deps: Deps, actor: Actor, mail_id: UUID) -> None:
    """Put a mail back into the queue, first in its next round. Raises NotFound, Conflict (sent, or being sent)."""
    _decide(deps, actor, mail_id, again=True)


def give_up_mail(deps: Deps, actor: Actor, mail_id: UUID) -> None:
    """Leave a mail unsent for good: it has arrived after all, or was said otherwise. Raises NotFound, Conflict."""
    _decide(deps, actor, mail_id, again=False)


def _decide(deps: Deps, actor: Actor, mail_id: UUID, *, again: bool) -> None:
    """Change one mail; the alarm is cleared with the last that a person had to decide on."""
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        row = session.get(OutboxMail, mail_id, with_for_update=True)
        if row is None:
            raise NotFound(say("There is no such mail. `portal mail list` shows those that have not gone."))
        state = mail_state(row.sent_at, row.claimed_at, row.failure)
        if state in {MailState.sent, MailState.on_its_way}:
            raise Conflict(
                say(
                    "This mail is {state}, so there is nothing to decide. `portal mail list --all` shows it.",
                    state=state,
                )
            )
        now = deps.clock.now()
        row.next_try_at, row.claimed_at = now, None if again else now
        row.failure = None if again else GIVEN_UP
        session.flush()
        alarm = standing_alarm(session, MAIL_ALARM)
        if alarm is not None and not any_undecided(session):
            alarm.cleared_at, alarm.cleared_by = now, actor.label
        act = "mail.retried" if again else "mail.given-up"
        append(session, actor, act, now, inspection=row.inspection_id, subject=row.id, was=str(state))


def send_test_mail(deps: Deps, actor: Actor, address: str) -> None:
    """Send a mail to this address now, past the outbox. Raises NotFound, Refused (address), MailRefused, OSError."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
    subject, body = load_mails()["test"].fill({"public_url": deps.public_url})
    deps.mailer.send(Mail(uuid4(), check_address(address), subject, body))
