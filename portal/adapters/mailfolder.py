"""Mail for the embedded profile: a folder in which each message is a file that any mail program opens."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from portal.adapters.durable import make_folder, sync_folder, write_once
from portal.adapters.messages import make_message
from portal.ports import Mail, Mailer


class FolderMailer(Mailer):
    """One `.eml` file for each message below `root`, which is made (0700) if it is not there.

    There is no Date header: the time of the file says when it was written.
    """

    def __init__(self, root: Path, sender: str = "portal@localhost") -> None:
        self._root = root
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Write the message durably; a message of the same id stays as it is. Raises MailRefused, OSError."""
        message = make_message(mail, self._sender)
        make_folder(self._root)
        if self.was_sent(mail.id):
            return
        try:
            write_once(self._path(mail.id), message.as_bytes())
        except FileExistsError:
            # Another process sent it in the meantime.
            return

    def was_sent(self, mail_id: UUID) -> bool:
        """Say whether the file is there. Whoever hands it on must leave it, or delete it after this round."""
        return self._path(mail_id).exists()

    def forget(self, mail_ids: Iterable[UUID]) -> None:
        """Delete the files of these mails, durably; one that is not there is no error. Raises OSError."""
        paths = [self._path(mail_id) for mail_id in mail_ids]
        for path in paths:
            path.unlink(missing_ok=True)
        if paths and self._root.is_dir():
            sync_folder(self._root)

    def _path(self, mail_id: UUID) -> Path:
        return self._root / f"{mail_id}.eml"
