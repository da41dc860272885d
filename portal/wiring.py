"""Settings -> Deps: the only module that imports adapters, and the one that refuses to start on a faulty set-up."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from portal.adapters.anchors import FolderAnchor
from portal.adapters.calendar import england_holidays
from portal.adapters.clock import DevelopmentClock, SystemClock
from portal.adapters.folder import FolderStore
from portal.adapters.keyfolder import KeyFolder, world_readable
from portal.adapters.mailfolder import FolderMailer
from portal.adapters.s3 import S3Store, make_client
from portal.adapters.signing import SigningFolder
from portal.db.engine import make_engine, reading
from portal.db.migrate import is_newest
from portal.db.queries import clock_row
from portal.ports import BlobStore, Clock, Deps
from portal.settings import Settings, SettingsError, read
from portal.vault.keys import CachingCustodian

NOT_NEWEST = "The database is not at the newest migration: run `portal db upgrade`."


def start(environment: Mapping[str, str]) -> tuple[Settings, Deps]:
    """Read the settings and connect everything. Raises SettingsError, naming every fault at once."""
    settings, faults = read(environment)
    faults += _open_keys(settings)
    engine = make_engine(settings.database_url)
    faults += _database_faults(engine)
    if faults:
        raise SettingsError(faults)
    return settings, connect(settings, engine)


def connect(settings: Settings, engine: Engine) -> Deps:
    """Make the real parts. Raises ValueError (a key folder that others can read), OSError."""
    clock = _clock(settings, engine)
    signer = SigningFolder(settings.signing_keys)
    signer.ensure()
    return Deps(
        engine=engine,
        store=_store(settings),
        custodian=CachingCustodian(KeyFolder(settings.keys), clock),
        signer=signer,
        anchor=FolderAnchor(settings.anchors),
        mailer=FolderMailer(settings.mail),
        clock=clock,
        holidays=england_holidays(),
        policy=settings.policy,
        public_url=settings.public_url,
        secret=settings.secret_key.encode(),
    )


def _store(settings: Settings) -> BlobStore:
    if settings.store == "folder":
        return FolderStore(settings.data / "store")
    return S3Store(settings.store.removeprefix("s3://"), make_client(settings.s3_region, settings.s3_endpoint))


def _clock(settings: Settings, engine: Engine) -> Clock:
    """The development clock's offset is in the database, so that server, worker and command line share it."""
    if settings.production:
        return SystemClock()
    return DevelopmentClock(clock_offset(engine))


def clock_offset(engine: Engine) -> Callable[[], timedelta]:
    """Return a function that reads the development clock's offset."""

    def read_offset() -> timedelta:
        with reading(engine) as session:
            return timedelta(seconds=clock_row(session).offset_seconds)

    return read_offset


def _open_keys(settings: Settings) -> list[str]:
    folders = (settings.keys, settings.signing_keys)
    return [fault for folder in folders if folder.exists() for fault in world_readable(folder)]


def _database_faults(engine: Engine) -> list[str]:
    try:
        return [] if is_newest(engine) else [NOT_NEWEST]
    except (SQLAlchemyError, OSError) as error:
        return [f"The database cannot be reached ({type(error).__name__}): check PORTAL_DATABASE_URL."]
