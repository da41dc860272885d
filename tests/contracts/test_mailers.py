"""What every mailer promises: the folder, SMTP with and without TLS, GOV.UK Notify, and the fake."""

import email
import email.policy
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest

from portal.adapters.mailfolder import FolderMailer
from portal.adapters.notify import NotifyMailer
from portal.adapters.smtp import SmtpMailer, SmtpServer, Tls
from portal.ports import Mail, MailDelayed, Mailer, MailInDoubt, MailRefused
from tests.contracts.mailservers import (
    API_KEY,
    PASSWORD,
    SERVICE,
    TEMPLATE,
    USER,
    NotifyPart,
    SmtpPart,
    certificate,
    notify_server,
    read,
    smtp_server,
)
from tests.fakes import FakeClock, FakeMailer

INVITATION = Mail(
    id=UUID("5d3f8f2c-0000-4000-8000-000000000001"),
    to="leader@northern.example",
    subject="You are invited – sign in by Friday",
    body="Follow this link:\n\nhttps://portal.example/invitation/" + "x" * 200 + "\n\nIt works once – for 3 days.\n",
)
SENDER = "portal@portal.example"


@dataclass(frozen=True)
class Outbox:
    """A mailer, and a way to read what left it; `tells` if it can say what it has."""

    mailer: Mailer
    sent: Callable[[], list[tuple[str, str, str]]]
    tells: bool = True


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A throw-away certificate with its key."""
    return certificate(tmp_path_factory.mktemp("certificate"))


def smtp_mailer(part: SmtpPart, tls: Tls = "none", pem: Path | None = None, password: str = PASSWORD) -> SmtpMailer:
    """Return a mailer for this server, which trusts its certificate and no other."""
    user = USER if tls != "none" else ""
    server = SmtpServer("localhost", part.port, tls, user, password, timeout=5)
    return SmtpMailer(server, SENDER, FakeClock(), ssl.create_default_context(cafile=pem) if pem else None)


def notify_mailer(part: NotifyPart, key: str = API_KEY) -> NotifyMailer:
    """Return a mailer for this service."""
    return NotifyMailer(key, TEMPLATE, part.url, timeout=5)


@pytest.fixture
def notify(monkeypatch: pytest.MonkeyPatch) -> Iterator[NotifyPart]:
    """The stand-in for GOV.UK Notify, reached directly whatever proxy the environment names."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with notify_server() as part:
        yield part


@pytest.fixture(params=["folder", "fake", "notify", "smtp", "smtp-plain", "smtp-starttls", "smtp-tls"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    """Return each mailer in turn."""
    kind, _, how = request.param.partition("-")
    if kind == "folder":
        folder = tmp_path / "mail"
        yield Outbox(FolderMailer(folder), lambda: [read(path.read_bytes()) for path in folder.glob("*.eml")])
    elif kind == "fake":
        fake = FakeMailer()
        yield Outbox(fake, lambda: [(mail.to, mail.subject, mail.body) for mail in fake.sent])
    elif kind == "notify":
        service = request.getfixturevalue("notify")
        yield Outbox(notify_mailer(service), service.sent)
    else:
        tls: Tls = "starttls" if how == "starttls" else "tls" if how == "tls" else "none"
        pem = request.getfixturevalue("pem") if tls != "none" else None
        with smtp_server(tls, pem, plain=how == "plain") as part:
            yield Outbox(smtp_mailer(part, tls, pem), part.sent, tells=False)


def test_sends_what_was_given(outbox: Outbox) -> None:
    """Address, subject and body arrive unchanged, with dashes and with links longer than a line."""
    outbox.mailer.send(INVITATION)
    assert [(INVITATION.to, INVITATION.subject, INVITATION.body)] == outbox.sent()


def test_sends_each_mail_once_where_it_can_tell(outbox: Outbox) -> None:
    """The same id again leaves the one that was sent; another id is another mail."""
    outbox.mailer.send(INVITATION)
    if outbox.tells:
        outbox.mailer.send(replace(INVITATION, subject="Sent again"))
    outbox.mailer.send(replace(INVITATION, id=UUID(int=2), subject="Another"))
    assert sorted([INVITATION.subject, "Another"]) == sorted(subject for _, subject, _ in outbox.sent())


def test_says_what_it_has(outbox: Outbox) -> None:
    """Yes or no where the carrier can tell, else neither."""
    assert (False if outbox.tells else None) is outbox.mailer.was_sent(INVITATION.id)
    outbox.mailer.send(INVITATION)
    assert (True if outbox.tells else None) is outbox.mailer.was_sent(INVITATION.id)
    assert (False if outbox.tells else None) is outbox.mailer.was_sent(UUID(int=2))


def test_forgets_what_is_still_kept_here(outbox: Outbox) -> None:
    """What lies in a folder of ours is deleted, one by one; what a carrier has was handed on, and stays there."""
    outbox.mailer.send(INVITATION)
    outbox.mailer.send(replace(INVITATION, id=UUID(int=2), subject="Another"))
    outbox.mailer.forget([INVITATION.id, UUID(int=3)])
    left = ["Another"] if isinstance(outbox.mailer, FolderMailer | FakeMailer) else ["Another", INVITATION.subject]
    assert left == sorted(subject for _, subject, _ in outbox.sent())
    outbox.mailer.forget([])


@pytest.mark.parametrize("header", ["to", "subject"])
@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r"])
def test_refuses_line_breaks_in_headers(outbox: Outbox, header: str, line_break: str) -> None:
    """A line break could add headers of its own, so such a mail is refused and nothing is sent."""
    lines = f"a@portal.example{line_break}Bcc: b@portal.example"
    mail = replace(INVITATION, to=lines) if header == "to" else replace(INVITATION, subject=lines)
    with pytest.raises(MailRefused) as refused:
        outbox.mailer.send(mail)
    assert "@" not in str(refused.value)
    assert [] == outbox.sent()


def test_folder_writes_a_plain_private_file(tmp_path: Path) -> None:
    """The file is named by the id, is for the portal's own user alone, keeps links whole and attaches nothing."""
    FolderMailer(tmp_path / "mail", sender=SENDER).send(INVITATION)
    (path,) = tmp_path.rglob("*.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert f"{INVITATION.id}.eml" == path.name
    assert "0o600" == oct(path.stat().st_mode & 0o777)
    assert f"<{INVITATION.id}@portal.example>" == message["Message-ID"]
    assert SENDER == message["From"]
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


def test_smtp_names_the_mail_and_the_time() -> None:
    """The Message-ID is made of the mail's id, so that whoever gets it twice can tell; the Date is the portal's."""
    with smtp_server() as part:
        smtp_mailer(part).send(INVITATION)
    message = email.message_from_bytes(part.received[0], policy=email.policy.default)
    assert f"<{INVITATION.id}@portal.example>" == message["Message-ID"]
    assert (SENDER, "auto-generated") == (message["From"], message["Auto-Submitted"])
    assert "Mon, 09 Oct 2023 08:00:00 +0000" == message["Date"]
    assert not message.is_multipart(), "nothing is attached"


@pytest.mark.parametrize("stage", [INVITATION.to, "data"])
@pytest.mark.parametrize(
    ("reply", "error"), [("550 leader@northern.example is unknown", MailRefused), ("451 Try later", MailDelayed)]
)
def test_smtp_tells_for_good_from_for_now(stage: str, reply: str, error: type[Exception]) -> None:
    """5xx for a recipient or a message is for good, 4xx for now; the error holds the code and no address."""
    with smtp_server() as part:
        part.replies[stage] = reply
        with pytest.raises(error) as failure:
            smtp_mailer(part).send(INVITATION)
        assert reply[:3] == str(failure.value)
        part.replies.clear()
        smtp_mailer(part).send(INVITATION)
    assert 1 == len(part.received)


def test_smtp_says_when_it_cannot_know() -> None:
    """The server has the message, but its answer does not come."""
    with smtp_server() as part:
        part.hangs_up = True
        with pytest.raises(MailInDoubt):
            smtp_mailer(part).send(INVITATION)
    assert 1 == len(part.received)


def test_smtp_server_that_is_not_there_delays() -> None:
    """Nothing was handed over."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        gone = SmtpPart(port=free.getsockname()[1])
        with pytest.raises(ConnectionRefusedError):  # bound, so that nobody else gets it, and nobody listens
            smtp_mailer(gone).send(INVITATION)


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_smtp_logs_in_behind_tls(tls: Tls, pem: Path) -> None:
    """Once, and then the mail goes."""
    with smtp_server(tls, pem) as part:
        smtp_mailer(part, tls, pem).send(INVITATION)
        assert (1, 1) == (len(part.logins), len(part.received))


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_smtp_trusts_no_unknown_certificate(tls: Tls, pem: Path) -> None:
    """The mail waits, and neither password nor mail is said to whoever that is."""
    with smtp_server(tls, pem) as part:
        with pytest.raises(OSError, match="certificate verify failed"):
            SmtpMailer(SmtpServer("localhost", part.port, tls, USER, PASSWORD, 5), SENDER, FakeClock()).send(INVITATION)
        assert ([], []) == (part.received, part.logins)


def test_smtp_says_nothing_in_clear_where_tls_is_asked_for(pem: Path) -> None:
    """A server that does not offer STARTTLS gets no mail: somebody may have taken the offer away."""
    with smtp_server() as part:
        with pytest.raises(OSError, match="STARTTLS"):
            smtp_mailer(part, "starttls", pem).send(INVITATION)
        assert ([], []) == (part.received, part.logins)


@pytest.mark.parametrize("password", ["wrong", "pässword"])
def test_smtp_login_that_fails_delays(pem: Path, password: str) -> None:
    """It is the settings' fault and not the mail's, so the mail waits until that is mended."""
    with smtp_server("starttls", pem) as part:
        with pytest.raises(OSError):
            smtp_mailer(part, "starttls", pem, password).send(INVITATION)
        assert [] == part.received
        smtp_mailer(part, "starttls", pem).send(INVITATION)
        assert 1 == len(part.received)


def test_smtp_refuses_addresses_beyond_ascii() -> None:
    """Few servers take them; a person sees the refusal and asks for another address."""
    with smtp_server() as part:
        with pytest.raises(MailRefused, match="address"):
            smtp_mailer(part).send(replace(INVITATION, to="jörg@northern.example"))
        assert [] == part.received


@pytest.mark.parametrize(
    ("status", "error"), [(400, MailRefused), (403, MailDelayed), (429, MailDelayed), (500, MailDelayed)]
)
def test_notify_tells_for_good_from_for_now(notify: NotifyPart, status: int, error: type[Exception]) -> None:
    """A mail that the service will not have is refused; a wrong key, a limit and a fault may pass."""
    notify.fails = [status]
    with pytest.raises(error) as failure:
        notify_mailer(notify).send(INVITATION)
    assert str(status) == str(failure.value)
    assert [] == notify.taken
    notify_mailer(notify).send(INVITATION)
    assert 1 == len(notify.taken)


def test_notify_refuses_a_bad_address_without_repeating_it(
    notify: NotifyPart, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The service's own words hold the address; neither the error nor any log does."""
    with caplog.at_level(logging.DEBUG), pytest.raises(MailRefused) as failure:
        notify_mailer(notify).send(replace(INVITATION, to="somebody@elsewhere.test"))
    assert "somebody" not in str(failure.value) + caplog.text + "".join(capfd.readouterr())


def test_notify_needs_its_key(notify: NotifyPart) -> None:
    """A key with another secret opens nothing, and the mail waits."""
    with pytest.raises(MailDelayed, match="403"):
        notify_mailer(notify, f"tests-{SERVICE}-{SERVICE}").send(INVITATION)
    assert [] == notify.taken


def test_notify_is_asked_after_an_answer_that_did_not_come(notify: NotifyPart) -> None:
    """It may have the mail: it is in doubt, and the reference tells."""
    notify.hangs_up = True
    with pytest.raises(MailInDoubt):
        notify_mailer(notify).send(INVITATION)
    assert notify_mailer(notify).was_sent(INVITATION.id)
    notify_mailer(notify).send(INVITATION)
    assert 1 == len(notify.taken)


def test_notify_that_is_not_there_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was handed over."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = NotifyPart(url=f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(MailDelayed):
            notify_mailer(gone).send(INVITATION)
