"""The settings about mail: every fault by name, secrets from files, and which carrier they make."""

from pathlib import Path

import pytest

from portal.adapters.mailfolder import FolderMailer
from portal.adapters.notify import NotifyMailer
from portal.adapters.smtp import SmtpMailer
from portal.ports import Mailer
from portal.settings import SettingsError, read
from portal.wiring import start
from tests.test_settings import PRODUCTION
from tests.test_wiring import migrate

UUID_1, UUID_2 = ("".join(f"{n}" * k + "-" for k in (8, 4, 4, 4)) + f"{n}" * 12 for n in (1, 2))
SMTP = {"MAILER": "smtp", "SMTP_HOST": "mail.example", "MAIL_FROM": "portal@portal.example"}
NOTIFY = {"MAILER": "notify", "NOTIFY_KEY": f"portal-{UUID_1}-{UUID_2}", "NOTIFY_TEMPLATE": UUID_1}


def faults(base: dict[str, str], **changes: str) -> list[str]:
    """Return the faults of these settings in the development profile; names without `PORTAL_`."""
    return read({f"PORTAL_{name}": value for name, value in {**base, **changes}.items()})[1]


@pytest.mark.parametrize("base", [{}, SMTP, NOTIFY])
def test_each_carrier_has_its_smallest_settings(base: dict[str, str]) -> None:
    """They are accepted as they stand, in production too, where the folder of mails is then not needed."""
    assert [] == faults(base)
    production = {name: value for name, value in PRODUCTION.items() if name != "PORTAL_MAIL" or not base}
    assert [] == read({**production, **{f"PORTAL_{name}": value for name, value in base.items()}})[1]


@pytest.mark.parametrize(
    ("base", "changes", "fault"),
    [
        ({}, {"MAILER": "pigeon"}, "PORTAL_MAILER must be folder, smtp or notify."),
        ({}, {"MAIL_FROM": "portal"}, "PORTAL_MAIL_FROM must be an email address."),
        (SMTP, {"MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "PORTAL_MAIL_FROM must be an email address."),
        ({}, {"MAIL_TIMEOUT": "41"}, "PORTAL_MAIL_TIMEOUT must be 40 seconds or fewer."),
        (SMTP, {"SMTP_HOST": ""}, "PORTAL_SMTP_HOST is not set: mail goes by SMTP."),
        (SMTP, {"MAIL_FROM": ""}, "PORTAL_MAIL_FROM is not set: mail goes by SMTP."),
        (SMTP, {"SMTP_TLS": "ssl"}, "PORTAL_SMTP_TLS must be starttls, tls or none."),
        (
            SMTP,
            {"SMTP_TLS": "none"},
            "PORTAL_SMTP_TLS is none: that is for a server on this machine alone. Set starttls or tls.",
        ),
        (SMTP, {"SMTP_USER": "u"}, "PORTAL_SMTP_USER and its password are set together, or neither."),
        (SMTP, {"SMTP_PASSWORD": "p"}, "PORTAL_SMTP_USER and its password are set together, or neither."),
        (
            SMTP,
            {"SMTP_USER": "u", "SMTP_PASSWORD": "p", "SMTP_PASSWORD_FILE": "f"},
            "Set PORTAL_SMTP_PASSWORD or PORTAL_SMTP_PASSWORD_FILE, not both.",
        ),
        (
            NOTIFY,
            {"NOTIFY_KEY": ""},
            "Set PORTAL_NOTIFY_KEY or PORTAL_NOTIFY_KEY_FILE, one of them: mail goes by GOV.UK Notify.",
        ),
        (NOTIFY, {"NOTIFY_KEY": UUID_1}, "The API key of GOV.UK Notify is not complete: copy it anew."),
        (
            NOTIFY,
            {"NOTIFY_TEMPLATE": "mail"},
            "PORTAL_NOTIFY_TEMPLATE must be the id of an email template of GOV.UK Notify.",
        ),
        (NOTIFY, {"NOTIFY_URL": "http://notify.example"}, "PORTAL_NOTIFY_URL must begin with https://."),
    ],
)
def test_each_fault_has_its_sentence(base: dict[str, str], changes: dict[str, str], fault: str) -> None:
    """And nothing else is found fault with."""
    assert [fault] == faults(base, **changes)


def test_all_faults_are_named_at_once() -> None:
    """Nobody mends one to learn of the next."""
    assert 3 == len(faults({"MAILER": "smtp", "SMTP_TLS": "ssl"}))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_mail_goes_in_clear_on_this_machine_alone(host: str) -> None:
    """To a server that hands it on."""
    assert [] == faults(SMTP, SMTP_TLS="none", SMTP_HOST=host)


def test_secrets_are_in_no_repr() -> None:
    """Settings may end in a traceback."""
    settings, _faults = read({f"PORTAL_{name}": value for name, value in {**NOTIFY, "SMTP_PASSWORD": "hush"}.items()})
    assert "hush" not in repr(settings.mailing)
    assert UUID_2 not in repr(settings.mailing)


def _start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> Mailer:
    monkeypatch.chdir(tmp_path)
    if not (tmp_path / "var").exists():
        migrate(tmp_path / "var/data/portal.sqlite3")
    _settings, deps = start({f"PORTAL_{name}": value for name, value in settings.items()})
    deps.engine.dispose()
    return deps.mailer


@pytest.mark.parametrize(("base", "kind"), [({}, FolderMailer), (SMTP, SmtpMailer), (NOTIFY, NotifyMailer)])
def test_the_carrier_is_the_one_that_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: dict[str, str], kind: type[Mailer]
) -> None:
    """Without a word about it, the folder."""
    assert isinstance(_start(tmp_path, monkeypatch, base), kind)


def test_a_secret_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file is read at the start; one that is missing, empty or holds something else is a fault."""
    file = tmp_path / "secret"
    smtp = {**SMTP, "SMTP_USER": "u", "SMTP_PASSWORD_FILE": str(file)}
    notify = {**NOTIFY, "NOTIFY_KEY": "", "NOTIFY_KEY_FILE": str(file)}

    def fault(settings: dict[str, str]) -> list[str]:
        with pytest.raises(SettingsError) as refusal:
            _start(tmp_path, monkeypatch, settings)
        return refusal.value.faults

    assert [f"{file}, named by PORTAL_SMTP_PASSWORD_FILE, cannot be read (FileNotFoundError)."] == fault(smtp)
    file.write_text("\n")
    assert [f"{file}, named by PORTAL_NOTIFY_KEY_FILE, is empty."] == fault(notify)
    file.write_text("a password\n")
    assert ["The API key of GOV.UK Notify is not complete: copy it anew."] == fault(notify)
    assert isinstance(_start(tmp_path, monkeypatch, smtp), SmtpMailer)
    file.write_text(NOTIFY["NOTIFY_KEY"] + "\n")
    assert isinstance(_start(tmp_path, monkeypatch, notify), NotifyMailer)
