"""Mail for the embedded profile: a folder in which each message is a file that any mail program opens."""

import email.policy
from email.message import EmailMessage
from pathlib import Path

from portal.adapters.durable import make_folder, write_once
from portal.ports import Mail, Mailer


class FolderMailer(Mailer):
    """One `.eml` file for each message below `root`, which is made (0700) if it is not there.

    There is no Date header: the time of the file says when it was written.
    """

    def __init__(self, root: Path, sender: str = "portal@localhost") -> None:
        self._root = root
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Write the message durably; a message of the same id stays as it is.

        Raises OSError, ValueError (a line break or a malformed address in a header).
        """
        path = self._root / f"{mail.id}.eml"
        make_folder(self._root)
        if path.exists():
            return
        try:
            write_once(path, _message(mail, self._sender))
        except FileExistsError:
            # Another process sent it in the meantime.
            return


def _message(mail: Mail, sender: str) -> bytes:
    message = EmailMessage(policy=email.policy.default)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    # 8bit leaves long links in one piece; the other encodings would break them over lines.
    message.set_content(mail.body, cte="8bit")
    return message.as_bytes()
