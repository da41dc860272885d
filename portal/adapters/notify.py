"""Mail by GOV.UK Notify. Its one template has the gaps ((subject)) and ((body)); the mail's id is its reference."""

import logging
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import requests
from notifications_python_client.errors import APIError, HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from urllib3.exceptions import NewConnectionError

from portal.adapters.messages import make_message
from portal.ports import Mail, MailDelayed, Mailer, MailInDoubt, MailRefused

# The client logs the service's own words, in which an address may stand.
logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)

_NO_GOOD = frozenset({400, 413, 422})
"""What the service answers to a mail that it will never take; all else may pass."""


class NotifyMailer(Mailer):
    """Hands messages to the service, and asks it which of them it has. `timeout` in seconds, for each answer."""

    def __init__(self, api_key: str, template: str, base_url: str, timeout: int = 30) -> None:
        self._api_key, self._template, self._base_url, self._timeout = api_key, template, base_url, timeout

    def send(self, mail: Mail) -> None:
        """Send the message, unless the service has it already. Raises MailRefused (400), MailInDoubt, MailDelayed."""
        make_message(mail, "portal@localhost")  # what no mail could carry is refused here as by every mailer
        if self.was_sent(mail.id):
            return
        try:
            self._client().send_email_notification(
                email_address=mail.to,
                template_id=self._template,
                personalisation={"subject": mail.subject, "body": mail.body},
                reference=str(mail.id),
            )
        except HTTPError as error:
            if _unanswered(error):
                raise MailInDoubt from None
            if error.status_code in _NO_GOOD:
                raise MailRefused(str(error.status_code)) from None
            raise MailDelayed(str(error.status_code)) from None
        except APIError:  # an answer that is no JSON
            raise MailInDoubt from None

    def was_sent(self, mail_id: UUID) -> bool:
        """Say whether the service has a notification of this reference. Raises MailDelayed."""
        try:
            answer = self._client().get_all_notifications(reference=str(mail_id))
        except APIError as error:
            raise MailDelayed(str(error.status_code)) from None
        return bool(answer["notifications"])

    def forget(self, mail_ids: Iterable[UUID]) -> None:
        """Do nothing: what was handed on is not ours to delete, and nothing of it is kept here."""

    def _client(self) -> Any:  # noqa: ANN401 -- its methods have no types
        # The client is not safe for threads, and keeps a connection: a new one each time.
        make: Any = NotificationsAPIClient
        return make(self._api_key, base_url=self._base_url, timeout=self._timeout)


def _unanswered(error: HTTPError) -> bool:
    """Say whether a request may have arrived whose answer did not: it had a connection, and then no answer."""
    cause = error.__cause__
    if not isinstance(cause, requests.RequestException) or cause.response is not None:
        return False
    first = cause.args[0] if cause.args else None
    never = isinstance(cause, requests.ConnectTimeout) or isinstance(getattr(first, "reason", None), NewConnectionError)
    return not never
