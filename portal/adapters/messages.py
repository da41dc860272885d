"""A mail as a message of RFC 5322, in which nothing that was typed can add a header."""

import email.policy
from email.message import EmailMessage
from typing import Literal

from portal.ports import Mail, MailRefused


def make_message(mail: Mail, sender: str, encoding: Literal["8bit", "quoted-printable"] = "8bit") -> EmailMessage:
    """Return the message; its Message-ID is made of the mail's id, so that a repetition can be known.

    Raises MailRefused for a line break or a malformed address in a header.
    """
    message = EmailMessage(policy=email.policy.default)
    try:
        message["From"] = sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
    except (ValueError, IndexError) as error:
        # The error's own words hold the header.
        raise MailRefused("header") from error
    if message["To"].defects or len(message["To"].addresses) != 1:
        raise MailRefused("address")
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    # 8bit leaves long links in one piece also where nobody decodes the message; not every server takes it.
    message.set_content(mail.body, cte=encoding)
    return message
