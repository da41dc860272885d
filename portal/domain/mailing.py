"""By what carrier mail goes, and what is wrong with such a choice."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from portal.domain.addresses import known_form
from portal.domain.mails import CLAIM_LIFE

LONGEST_TIMEOUT: Final = 40
"""Seconds. Handing a mail over takes a dozen answers at most; all of them must come within the life of a claim."""
assert LONGEST_TIMEOUT * 12 < CLAIM_LIFE.total_seconds()

NOBODY: Final = "portal@localhost"
"""From whom mail in a folder is, unless a sender is set."""
_UUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NOTIFY_KEY: Final = re.compile(rf".*{_UUID}-{_UUID}")


@dataclass(frozen=True)
class Mailing:
    """The settings about mail; what a carrier does not need is the empty string."""

    mailer: str
    mail_from: str
    smtp_host: str
    smtp_tls: str
    smtp_user: str
    smtp_password: str = field(repr=False)
    smtp_password_file: str
    notify_key: str = field(repr=False)
    notify_key_file: str
    notify_template: str
    notify_url: str


def loopback(host: str) -> bool:
    """Say whether this machine alone can reach the host."""
    return host in ("localhost", "::1") or host.startswith("127.")


def mailing_faults(mailing: Mailing, timeout: int) -> list[str]:
    """Return a sentence for every fault of the carrier that was chosen; `timeout` in seconds."""
    faults = []
    if timeout > LONGEST_TIMEOUT:
        faults.append(f"PORTAL_MAIL_TIMEOUT must be {LONGEST_TIMEOUT} seconds or fewer.")
    if mailing.mail_from and (known_form(mailing.mail_from) is None or not mailing.mail_from.isascii()):
        faults.append("PORTAL_MAIL_FROM must be an email address.")
    if mailing.mailer == "smtp":
        return faults + _smtp_faults(mailing)
    if mailing.mailer == "notify":
        return faults + _notify_faults(mailing)
    return faults if mailing.mailer == "folder" else [*faults, "PORTAL_MAILER must be folder, smtp or notify."]


def _smtp_faults(mailing: Mailing) -> list[str]:
    faults = []
    if not mailing.smtp_host:
        faults.append("PORTAL_SMTP_HOST is not set: mail goes by SMTP.")
    if not mailing.mail_from:
        faults.append("PORTAL_MAIL_FROM is not set: mail goes by SMTP.")
    if mailing.smtp_tls not in ("starttls", "tls", "none"):
        faults.append("PORTAL_SMTP_TLS must be starttls, tls or none.")
    elif mailing.smtp_tls == "none" and not loopback(mailing.smtp_host):
        faults.append("PORTAL_SMTP_TLS is none: that is for a server on this machine alone. Set starttls or tls.")
    if mailing.smtp_password and mailing.smtp_password_file:
        faults.append("Set PORTAL_SMTP_PASSWORD or PORTAL_SMTP_PASSWORD_FILE, not both.")
    if bool(mailing.smtp_user) != bool(mailing.smtp_password or mailing.smtp_password_file):
        faults.append("PORTAL_SMTP_USER and its password are set together, or neither.")
    return faults


def _notify_faults(mailing: Mailing) -> list[str]:
    faults = []
    if bool(mailing.notify_key) == bool(mailing.notify_key_file):
        faults.append("Set PORTAL_NOTIFY_KEY or PORTAL_NOTIFY_KEY_FILE, one of them: mail goes by GOV.UK Notify.")
    if mailing.notify_key:
        faults += key_faults(mailing.notify_key)
    if not re.fullmatch(_UUID, mailing.notify_template):
        faults.append("PORTAL_NOTIFY_TEMPLATE must be the id of an email template of GOV.UK Notify.")
    try:
        address = urlsplit(mailing.notify_url)
        safe = address.scheme == "https" or (address.scheme == "http" and loopback(address.hostname or ""))
    except ValueError:
        safe = False
    if not safe:
        faults.append("PORTAL_NOTIFY_URL must begin with https://.")
    return faults


def key_faults(key: str) -> list[str]:
    """Return what is wrong with an API key of GOV.UK Notify, without a word of it."""
    return [] if _NOTIFY_KEY.fullmatch(key) else ["The API key of GOV.UK Notify is not complete: copy it anew."]
