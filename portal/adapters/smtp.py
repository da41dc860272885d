"""Mail by SMTP: one connection for each message, and a clear word on whether the server has it."""

import email.policy
import smtplib
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Literal
from uuid import UUID

from portal.adapters.messages import make_message
from portal.ports import Clock, Mail, MailDelayed, Mailer, MailInDoubt, MailRefused

Tls = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class SmtpServer:
    """Where the server is and how to speak to it; `timeout` in seconds, for each answer."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30


class SmtpMailer(Mailer):
    """Hands each message to one server, for one recipient. It cannot tell afterwards what the server has."""

    def __init__(self, server: SmtpServer, sender: str, clock: Clock, context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock
        self._context = context or ssl.create_default_context()

    def send(self, mail: Mail) -> None:
        """Send the message. Raises MailRefused (5xx for recipient or message), MailInDoubt, OSError.

        A faulty login, sender or certificate is not the mail's fault: it is tried again when that is mended.
        """
        make_message(mail, self._sender)  # first, so that what can never be sent costs no connection
        if not mail.to.isascii():
            raise MailRefused("address")
        connection = self._connect()
        try:
            self._log_in(connection)
            self._hand_over(connection, mail)
        finally:
            # The message is handed over or not: how the conversation ends changes nothing.
            with suppress(OSError):
                connection.quit()
            connection.close()

    def was_sent(self, mail_id: UUID) -> None:
        """Return None: a server that has taken a message does not say so again."""

    def forget(self, mail_ids: Iterable[UUID]) -> None:
        """Do nothing: what was handed on is not ours to delete, and nothing of it is kept here."""

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        # Our own name without asking the network for it.
        name = self._sender.rpartition("@")[2]
        if server.tls == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, name, timeout=server.timeout, context=self._context)
        return smtplib.SMTP(server.host, server.port, name, timeout=server.timeout)

    def _log_in(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        if self._server.tls == "starttls":
            # Refused, or not offered, it raises: nothing is ever said in clear instead.
            connection.starttls(context=self._context)
            connection.ehlo()
        if self._server.user:
            try:
                connection.login(self._server.user, self._server.password)
            except UnicodeError as error:
                raise MailDelayed("login") from error

    def _hand_over(self, connection: smtplib.SMTP, mail: Mail) -> None:
        whole = connection.has_extn("8bitmime")
        message = make_message(mail, self._sender, "8bit" if whole else "quoted-printable")
        message["Date"] = format_datetime(self._clock.now())
        code, _words = connection.mail(self._sender, ["BODY=8BITMIME"] if whole else [])
        if code != 250:
            raise MailDelayed(f"{code} sender")
        code, _words = connection.rcpt(mail.to)
        if code not in (250, 251):
            raise _refusal(code)
        try:
            code, _words = connection.data(message.as_bytes(policy=email.policy.SMTP))
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        except OSError as error:
            # The last byte may have arrived before the connection broke.
            raise MailInDoubt from error
        if code != 250:
            raise _refusal(code)


def _refusal(code: int) -> Exception:
    """Return the error for an answer other than yes: 5xx is for good, all else for now."""
    return MailRefused(str(code)) if 500 <= code < 600 else MailDelayed(str(code))
