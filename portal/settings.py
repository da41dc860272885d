"""Every setting, from the environment only. `read` names all faults at once instead of stopping at the first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from portal.domain.checking import Checking, checking_faults
from portal.domain.directory import SingleSignOn, single_sign_on_faults
from portal.domain.mailing import Mailing, loopback, mailing_faults
from portal.domain.networks import Fences, read_fences
from portal.domain.policy import MIB, Owner, Policy
from portal.domain.variables import DEFINITIONS, DEVELOPMENT_SECRET

Profile = Literal["development", "production"]


@dataclass(frozen=True)
class Settings:
    """The settings as values; made by `read` alone."""

    profile: Profile
    data: Path
    database_url: str
    store: str
    s3_endpoint: str
    s3_region: str
    keys: Path
    signing_keys: Path
    anchors: Path
    anchor_bucket: str
    anchor_days: int
    mail: Path
    mailing: Mailing
    checking: Checking
    single_sign_on: SingleSignOn
    mail_timeout: int
    smtp_port: int
    secret_key: str
    public_url: str
    brand: str
    catalogue: str
    breached_passwords: str
    owner: Owner
    listen: tuple[str, int]
    fences: Fences
    debug: bool
    threads: int
    uploads_at_once: int
    minimum_rate: int
    stall_seconds: int
    max_file_mb: int
    clamd_max_mb: int
    key_backup_days: int
    database_backup_days: int
    worker_pause_ms: int

    @property
    def production(self) -> bool:
        """Whether the strict profile holds."""
        return self.profile == "production"

    @property
    def policy(self) -> Policy:
        """What services need to know of the settings."""
        return Policy(
            max_file_bytes=self.max_file_mb * MIB,
            scanner_needed=self.production,
            a1_definition=self.checking.a1_definition,
            staff_by_directory=self.single_sign_on.alone,
            key_backup_days=self.key_backup_days,
            database_backup_days=self.database_backup_days,
            owner=self.owner,
        )


class SettingsError(Exception):
    """The settings cannot be used; `faults` holds a sentence for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read(environment: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Return the settings and a sentence for every fault; where a value is unusable its default stands in."""
    faults: list[str] = []
    profile = environment.get("PORTAL_PROFILE", "development")
    if profile not in ("development", "production"):
        faults.append(f"PORTAL_PROFILE must be development or production, not {profile!r}.")
    production = profile != "development"
    # An empty variable counts as unset: an empty path would mean the folder that the portal happens to start in.
    text = {d.name: environment.get(d.variable) or d.default or "" for d in DEFINITIONS}
    if production:
        unused = {"mail"} if text["mailer"] in ("smtp", "notify") else set()
        needed = (d for d in DEFINITIONS if d.needed_in_production and d.name not in unused)
        missing = (d for d in needed if not environment.get(d.variable))
        faults += [f"{d.variable} is not set: {d.meaning[0].lower()}{d.meaning[1:]}." for d in missing]
    known = {d.variable for d in DEFINITIONS}
    faults += [
        f"{name} is not a setting of the portal."
        for name in sorted(environment)
        if name.startswith("PORTAL_") and not name.startswith("PORTAL_TEST_") and name not in known
    ]
    settings = Settings(
        profile="production" if production else "development",
        data=Path(text["data"]).absolute(),
        database_url=text["database_url"] or f"sqlite:///{Path(text['data']).absolute() / 'portal.sqlite3'}",
        store=text["store"],
        s3_endpoint=text["s3_endpoint"],
        s3_region=text["s3_region"],
        keys=Path(text["keys"]).absolute(),
        signing_keys=Path(text["signing_keys"]).absolute(),
        anchors=Path(text["anchors"]).absolute(),
        anchor_bucket=text["anchor_bucket"],
        mail=Path(text["mail"]).absolute(),
        mailing=Mailing(**{each.name: text[each.name] for each in fields(Mailing)}),
        checking=Checking(**{each.name: text[each.name] for each in fields(Checking)}),
        single_sign_on=SingleSignOn(**{each.name: text[each.name] for each in fields(SingleSignOn)}),
        secret_key=text["secret_key"],
        public_url=text["public_url"].rstrip("/"),
        brand=text["brand"],
        catalogue=text["catalogue"],
        breached_passwords=text["breached_passwords"],
        owner=Owner(
            name=text["owner"],
            **{each.name: text[each.name] for each in fields(Owner) if each.name != "name"},
        ),
        listen=_listen(text["listen"], faults),
        fences=read_fences(
            text["trusted_proxies"], text["trusted_hosts"], text["public_url"], faults, production=production
        ),
        debug=text["debug"] not in ("", "0"),
        **_numbers(text, faults),
    )
    faults += _checks(settings) + mailing_faults(settings.mailing, settings.mail_timeout)
    faults += checking_faults(settings.checking)
    faults += single_sign_on_faults(settings.single_sign_on, production=settings.production)
    if settings.production:
        faults += _production_checks(settings, secret_given=bool(environment.get("PORTAL_SECRET_KEY")))
    elif _is_address(settings.public_url) and not (
        loopback(settings.listen[0]) and loopback(urlsplit(settings.public_url).hostname or "")
    ):
        faults.append(
            "The development profile serves this machine alone: PORTAL_LISTEN and PORTAL_PUBLIC_URL must be loopback "
            "addresses, or PORTAL_PROFILE must be production."
        )
    return settings, faults


def _numbers(text: Mapping[str, str], faults: list[str]) -> dict[str, int]:
    numbers = {}
    for field in fields(Settings):
        if field.type is int:
            definition = next(d for d in DEFINITIONS if d.name == field.name)
            value = text[field.name]
            if not (value.isascii() and value.isdigit() and int(value) > 0):
                faults.append(f"{definition.variable} must be a whole number above 0, not {value!r}.")
                value = definition.default or "1"
            numbers[field.name] = int(value)
    return numbers


def _listen(text: str, faults: list[str]) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if host and port.isascii() and port.isdigit() and int(port) < 65536:
        return host, int(port)
    faults.append(f"PORTAL_LISTEN must be HOST:PORT, not {text!r}.")
    return "127.0.0.1", 8000


def _checks(settings: Settings) -> list[str]:
    """Faults that the values have together."""
    faults = []
    if not _is_address(settings.public_url):
        faults.append("PORTAL_PUBLIC_URL must be a scheme and a host alone, such as https://portal.example.")
    if settings.brand not in ("plain", "govuk"):
        faults.append(f"PORTAL_BRAND must be plain or govuk, not {settings.brand!r}.")
    faults += settings.owner.faults
    if settings.database_url.partition(":")[0].partition("+")[0] not in ("sqlite", "postgresql"):
        faults.append("PORTAL_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://.")
    if settings.store != "folder" and not (settings.store.startswith("s3://") and settings.store != "s3://"):
        faults.append("PORTAL_STORE must be folder or s3://BUCKET.")
    if settings.anchor_bucket and not re.fullmatch(r"s3://[a-z0-9.-]+", settings.anchor_bucket):
        faults.append("PORTAL_ANCHOR_BUCKET must be s3://BUCKET.")
    if settings.anchor_bucket and settings.anchor_bucket == settings.store:
        faults.append("PORTAL_ANCHOR_BUCKET must be another bucket than PORTAL_STORE: what is locked cannot go.")
    if settings.uploads_at_once >= settings.threads:
        faults.append("PORTAL_UPLOADS_AT_ONCE must be below PORTAL_THREADS, so that pages are still answered.")
    # Resolved, because a link or a `..` must not lead the keys back to the data that they seal.
    data = settings.data.resolve()
    inside = [
        name for name in ("keys", "anchors", "signing_keys") if getattr(settings, name).resolve().is_relative_to(data)
    ]
    return faults + [f"PORTAL_{name.upper()} must lie outside PORTAL_DATA." for name in inside]


def _is_address(url: str) -> bool:
    try:
        address = urlsplit(url)
    except ValueError:
        return False
    beyond = address.path or address.query or address.fragment
    return address.scheme in ("http", "https") and bool(address.netloc) and not beyond


def _below_gov_uk(url: str) -> bool:
    try:
        return (urlsplit(url).hostname or "").endswith(".gov.uk")
    except ValueError:
        return False


def _production_checks(settings: Settings, *, secret_given: bool) -> list[str]:
    """Faults that production does not forgive. A secret that is not set at all is named elsewhere."""
    faults = []
    if secret_given and settings.secret_key == DEVELOPMENT_SECRET:
        faults.append("PORTAL_SECRET_KEY is the development default: set a secret of your own.")
    if len(settings.secret_key) < 32:
        faults.append("PORTAL_SECRET_KEY must have at least 32 characters.")
    if settings.debug:
        faults.append("PORTAL_DEBUG is on: it must be off in production.")
    if not settings.public_url.startswith("https://"):
        faults.append("PORTAL_PUBLIC_URL must begin with https:// in production.")
    if settings.brand == "govuk" and not _below_gov_uk(settings.public_url):
        faults.append("PORTAL_BRAND must be plain: the host of PORTAL_PUBLIC_URL is not below gov.uk.")
    return faults + _clear_ways(settings)


def _clear_ways(settings: Settings) -> list[str]:
    """Faults of ways off this machine on which something would go in the clear (ASVS V12.3.1)."""
    faults = []
    endpoint, database = urlsplit(settings.s3_endpoint), urlsplit(settings.database_url)
    if settings.s3_endpoint and endpoint.scheme != "https" and not loopback(endpoint.hostname or ""):
        faults.append("PORTAL_S3_ENDPOINT must begin with https:// in production, but for a store on this machine.")
    query = parse_qs(database.query)
    host = query.get("host", [database.hostname or "localhost"])[-1]
    here = loopback(host) or host.startswith("/")
    if database.scheme.startswith("postgresql") and not here and query.get("sslmode") != ["verify-full"]:
        faults.append("PORTAL_DATABASE_URL must end with ?sslmode=verify-full, but for a database on this machine.")
    return faults
