"""Settings -> Deps: the only module that imports adapters, and the one that refuses to start on a faulty set-up."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final, cast

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from portal.adapters.anchors import FolderAnchor
from portal.adapters.breached import BreachedFile
from portal.adapters.bucket_anchor import BucketAnchor
from portal.adapters.calendar import england_holidays
from portal.adapters.checker import ProcessChecker
from portal.adapters.clamd import ClamdScanner
from portal.adapters.clock import DevelopmentClock, SystemClock
from portal.adapters.folder import FolderStore
from portal.adapters.keyfolder import KeyFolder, world_readable
from portal.adapters.mailfolder import FolderMailer
from portal.adapters.notify import NotifyMailer
from portal.adapters.oidc import OidcDirectory
from portal.adapters.s3 import S3Store, make_client
from portal.adapters.signing import SigningFolder
from portal.adapters.smtp import SmtpMailer, SmtpServer, Tls
from portal.db.ending_queries import clock_seconds
from portal.db.engine import make_engine
from portal.db.migrate import is_newest
from portal.domain.mailing import NOBODY, key_faults
from portal.domain.policy import MIB
from portal.ports import Anchor, BlobStore, Clock, Deps, Directory, Mailer
from portal.ports.checking import Checker, Scanner
from portal.settings import Settings, SettingsError, read
from portal.vault.asks import A1_FORM
from portal.vault.keys import CachingCustodian
from schemas.a1 import a1_versions, load_a1
from schemas.checks import load_effects
from schemas.definitions import checklist_versions, load_checklist
from schemas.mails import load_mails
from schemas.texts import Catalogue, read_catalogue

FOLDERS: Final = ("data", "keys", "signing_keys", "anchors", "mail")
"""The settings that name folders. In production each must be there: only development makes what is missing."""
NOT_NEWEST: Final = "The database is not at the newest migration: run `portal db upgrade`."
_MAKE: Final = "A mistyped path must not make a new, empty one: correct the path, or run: install -d -m 700"


def start(environment: Mapping[str, str]) -> tuple[Settings, Deps]:
    """Read the settings and connect everything. Raises SettingsError, naming every fault at once."""
    settings, faults = read(environment)
    if settings.production:
        faults += _missing_folders(settings, environment)
    faults += _catalogue_faults(settings) + _breached_faults(settings)
    faults += _effects_faults(settings) + _definition_faults(settings)
    faults += _open_keys(settings) + database_faults(settings) + _secret_faults(settings)
    if faults:
        raise SettingsError(faults)
    try:
        return settings, connect(settings, make_engine(settings.database_url))
    except OSError as error:
        raise SettingsError([f"{error.filename} cannot be used: {error.strerror}."]) from error


def connect(settings: Settings, engine: Engine) -> Deps:
    """Make the real parts. Raises ValueError (a key folder that others can read), OSError."""
    load_mails()  # a mail that is wrong is found here, and not when somebody waits for it
    clock = _clock(settings, engine)
    signer = SigningFolder(settings.signing_keys)
    signer.ensure()
    return Deps(
        engine=engine,
        store=_store(settings),
        # How long a key stays in memory is a matter of real time, also where the portal's clock can be moved.
        custodian=CachingCustodian(KeyFolder(settings.keys), SystemClock()),
        signer=signer,
        anchors=_anchors(settings),
        mailer=_mailer(settings, clock),
        checker=make_checker(),
        effects=load_effects(settings.checking.check_effects),
        clock=clock,
        holidays=england_holidays(),
        policy=settings.policy,
        public_url=settings.public_url,
        secret=settings.secret_key.encode(),
        catalogue=_catalogue(settings),
        breached=_breached(settings),
        scanner=_scanner(settings),
        directory=_directory(settings),
    )


def make_checker() -> Checker:
    """Return what looks into files; it needs no settings."""
    return ProcessChecker()


def _store(settings: Settings) -> BlobStore:
    if settings.store == "folder":
        return FolderStore(settings.data / "store")
    return S3Store(settings.store.removeprefix("s3://"), make_client(settings.s3_region, settings.s3_endpoint))


def _anchors(settings: Settings) -> dict[str, Anchor]:
    anchors: dict[str, Anchor] = {"folder": FolderAnchor(settings.anchors)}
    if settings.anchor_bucket:
        client = make_client(settings.s3_region, settings.s3_endpoint)
        anchors["bucket"] = BucketAnchor(settings.anchor_bucket.removeprefix("s3://"), client, settings.anchor_days)
    return anchors


def _catalogue(settings: Settings) -> Catalogue:
    """Return the catalogue that was set, or our English. Raises OSError, ValueError."""
    return read_catalogue(Path(settings.catalogue)) if settings.catalogue else Catalogue()


def _catalogue_faults(settings: Settings) -> list[str]:
    try:
        _catalogue(settings)
    except (OSError, ValueError) as error:
        return [f"PORTAL_CATALOGUE, {settings.catalogue}, cannot be used: {error}."]
    return []


def _breached(settings: Settings) -> Callable[[str], bool]:
    return BreachedFile(Path(settings.breached_passwords)) if settings.breached_passwords else lambda _sha1: False


def _breached_faults(settings: Settings) -> list[str]:
    if not settings.breached_passwords:
        return []
    faults = BreachedFile(Path(settings.breached_passwords)).faults()
    return [f"PORTAL_BREACHED_PASSWORDS, {settings.breached_passwords}, cannot be used: {each}." for each in faults]


def _effects_faults(settings: Settings) -> list[str]:
    try:
        load_effects(settings.checking.check_effects)
    except OSError as error:
        return [f"PORTAL_CHECK_EFFECTS, {settings.checking.check_effects}, cannot be read ({type(error).__name__})."]
    except ValueError as error:
        return [f"PORTAL_CHECK_EFFECTS: {each}." for each in str(error).splitlines()]
    return []


def _definition_faults(settings: Settings) -> list[str]:
    try:
        definition = load_a1(settings.checking.a1_definition)
    except (LookupError, OSError, ValueError) as error:
        said = str(error).splitlines() if isinstance(error, ValueError) else [type(error).__name__]
        versions = ", ".join(a1_versions())
        return [f"PORTAL_A1_DEFINITION cannot be used: {each}. There are: {versions}." for each in said]
    # A CSV file in a place that is no sheet's, or a sheet without a place, and the files would never be one form.
    given = {sheet.slot for sheet in definition.sheets}
    return [
        f"PORTAL_A1_DEFINITION cannot be used: the slots of its sheets must be those of checklist {version}: "
        f"{', '.join(asked)}."
        for version in checklist_versions()
        if given != set(asked := _csv_slots(version))
    ]


def _csv_slots(version: str) -> list[str]:
    """Return the places of a checklist that take a sheet of the A1 form as a CSV file."""
    item = load_checklist(version).item(A1_FORM)
    return [slot.code for slot in item.slots if item.accepted_in(slot) == ("csv",)]


def _mailer(settings: Settings, clock: Clock) -> Mailer:
    mailing = settings.mailing
    if mailing.mailer == "smtp":
        password = mailing.smtp_password or _secret(mailing.smtp_password_file)
        server = SmtpServer(
            mailing.smtp_host,
            settings.smtp_port,
            cast("Tls", mailing.smtp_tls),
            mailing.smtp_user,
            password,
            settings.mail_timeout,
        )
        return SmtpMailer(server, mailing.mail_from, clock)
    if mailing.mailer == "notify":
        key = mailing.notify_key or _secret(mailing.notify_key_file)
        return NotifyMailer(key, mailing.notify_template, mailing.notify_url, settings.mail_timeout)
    return FolderMailer(settings.mail, mailing.mail_from or NOBODY)


def _scanner(settings: Settings) -> Scanner | None:
    address = settings.checking.clamd
    return ClamdScanner(address, settings.clamd_max_mb * MIB) if address else None


def _directory(settings: Settings) -> Directory | None:
    """Return the staff directory, if one was set. Its tokens go by real time, also where our clock can be moved."""
    given = settings.single_sign_on
    if not given.configured:
        return None
    secret = given.oidc_client_secret or _secret(given.oidc_client_secret_file)
    back = f"{settings.public_url}/directory/return"
    return OidcDirectory(given, secret, back, SystemClock(), production=settings.production)


def _secret(path: str) -> str:
    """Return what a file of one secret holds; the empty string where no file is named. Raises OSError, ValueError."""
    return Path(path).read_text(encoding="utf-8").strip() if path else ""


def _secret_faults(settings: Settings) -> list[str]:
    """Name the files of secrets that cannot be used by the carrier or the directory that was chosen."""
    mailing, directory = settings.mailing, settings.single_sign_on
    files = {"smtp": ("SMTP_PASSWORD_FILE", mailing.smtp_password_file),
             "notify": ("NOTIFY_KEY_FILE", mailing.notify_key_file)}  # fmt: skip
    faults = _file_faults(*files.get(mailing.mailer, ("", "")))
    if mailing.mailer == "notify" and mailing.notify_key_file and not faults:
        faults = key_faults(_secret(mailing.notify_key_file))
    if directory.configured:
        faults += _file_faults("OIDC_CLIENT_SECRET_FILE", directory.oidc_client_secret_file)
    return faults


def _file_faults(name: str, path: str) -> list[str]:
    """Say whether a file of a secret can be used; none is named where the path is empty."""
    if not path:
        return []
    try:
        secret = _secret(path)
    except (OSError, ValueError) as error:
        return [f"{path}, named by PORTAL_{name}, cannot be read ({type(error).__name__})."]
    return [] if secret else [f"{path}, named by PORTAL_{name}, is empty."]


def _clock(settings: Settings, engine: Engine) -> Clock:
    """The development clock's offset is in the database, so that server, worker and command line share it."""
    if settings.production:
        return SystemClock()
    return DevelopmentClock(clock_offset(engine))


def clock_offset(engine: Engine) -> Callable[[], timedelta]:
    """Return a function that reads the development clock's offset."""

    def read_offset() -> timedelta:
        return timedelta(seconds=clock_seconds(engine))

    return read_offset


def _missing_folders(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """Name the folders that are not there. Folders that were not set are named as such already."""
    used = [name for name in FOLDERS if name != "mail" or settings.mailing.mailer == "folder"]
    given = [(name, getattr(settings, name)) for name in used if environment.get(f"PORTAL_{name.upper()}")]
    return [
        f"The folder {path}, named by PORTAL_{name.upper()}, does not exist. {_MAKE} {path}"
        for name, path in given
        if not _is_folder(path)
    ]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # it lies in a folder that the portal may not enter
        return False


def _open_keys(settings: Settings) -> list[str]:
    faults = []
    for folder in (settings.keys, settings.signing_keys):
        try:
            faults += world_readable(folder)
        except OSError as error:
            faults.append(f"{folder} cannot be read as a folder of keys: {error.strerror}.")
    return faults


def database(settings: Settings) -> Engine:
    """Return the database at whatever migration it is. Raises SettingsError; in production, also for a new folder."""
    try:
        path = _sqlite_path(settings.database_url)
        if settings.production and path is not None and not _is_folder(path.parent):
            raise SettingsError([f"The folder {path.parent} of the database does not exist. {_MAKE} {path.parent}"])
        return make_engine(settings.database_url)
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise SettingsError([_unreachable(error)]) from error


def database_faults(settings: Settings) -> list[str]:
    """Say whether the database can be used, without making one where there is none."""
    try:
        path = _sqlite_path(settings.database_url)
        if path is not None and not path.exists():
            return [NOT_NEWEST]
        engine = make_engine(settings.database_url)
        try:
            return [] if is_newest(engine) else [NOT_NEWEST]
        finally:
            engine.dispose()
    except (SQLAlchemyError, OSError, ImportError) as error:
        return [_unreachable(error)]


def _unreachable(error: Exception) -> str:
    # The error's own words may hold the address, and so a password.
    return f"The database cannot be reached ({type(error).__name__}): check PORTAL_DATABASE_URL."


def _sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite database. Raises ArgumentError."""
    address = make_url(url)
    return Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None
