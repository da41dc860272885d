"""What every mailer promises: the folder and the fake."""

import email
import email.policy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest

from portal.adapters.mailfolder import FolderMailer
from portal.ports import Mail, Mailer
from tests.fakes import FakeMailer

INVITATION = Mail(
    id=UUID("5d3f8f2c-0000-4000-8000-000000000001"),
    to="leader@northern.example",
    subject="You are invited – sign in by Friday",
    body="Follow this link:\n\nhttps://portal.example/invitation/" + "x" * 200 + "\n\nIt works once – for 3 days.\n",
)


@dataclass(frozen=True)
class Outbox:
    """A mailer, and a way to read what left it."""

    mailer: Mailer
    sent: Callable[[], list[tuple[str, str, str]]]


@pytest.fixture(params=["folder", "fake"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Outbox:
    """Return each mailer in turn."""
    if request.param == "folder":
        return Outbox(FolderMailer(tmp_path / "mail"), lambda: [read(path) for path in tmp_path.glob("mail/*.eml")])
    fake = FakeMailer()
    return Outbox(fake, lambda: [(mail.to, mail.subject, mail.body) for mail in fake.sent])


def read(path: Path) -> tuple[str, str, str]:
    """Return address, subject and body of a file, as a mail program shows them."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return str(message["To"]), str(message["Subject"]), str(message.get_content())


def test_sends_what_was_given(outbox: Outbox) -> None:
    """Address, subject and body arrive unchanged, with dashes and with links longer than a line."""
    outbox.mailer.send(INVITATION)
    assert [(INVITATION.to, INVITATION.subject, INVITATION.body)] == outbox.sent()


def test_sends_each_mail_once(outbox: Outbox) -> None:
    """The same id again leaves the one that was sent; another id is another mail."""
    outbox.mailer.send(INVITATION)
    outbox.mailer.send(replace(INVITATION, subject="Sent again"))
    outbox.mailer.send(replace(INVITATION, id=UUID(int=2), subject="Another"))
    assert sorted([INVITATION.subject, "Another"]) == sorted(subject for _, subject, _ in outbox.sent())


@pytest.mark.parametrize("header", ["to", "subject"])
def test_refuses_line_breaks_in_headers(outbox: Outbox, header: str) -> None:
    """A line break could add headers of its own, so such a mail is refused and nothing is sent."""
    lines = "a@example.org\r\nBcc: b@example.org"
    mail = replace(INVITATION, to=lines) if header == "to" else replace(INVITATION, subject=lines)
    with pytest.raises(ValueError):
        outbox.mailer.send(mail)
    assert [] == outbox.sent()


def test_folder_writes_a_plain_private_file(tmp_path: Path) -> None:
    """The file is named by the id, is for the portal's own user alone, keeps links whole and attaches nothing."""
    FolderMailer(tmp_path / "mail", sender="portal@portal.example").send(INVITATION)
    (path,) = tmp_path.rglob("*.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert f"{INVITATION.id}.eml" == path.name
    assert "0o600" == oct(path.stat().st_mode & 0o777)
    assert f"<{INVITATION.id}@portal.example>" == message["Message-ID"]
    assert "portal@portal.example" == message["From"]
    assert b"x" * 200 in path.read_bytes()
    assert [] == list(message.iter_attachments())


def test_fake_can_fail() -> None:
    """The fake fails as often as it is told to, then sends."""
    fake = FakeMailer()
    fake.fail_next = 1
    with pytest.raises(OSError, match="does not answer"):
        fake.send(INVITATION)
    fake.send(INVITATION)
    assert [INVITATION] == fake.sent
