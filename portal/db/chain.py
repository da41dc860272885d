"""The audit trail in the database: `append` is the last thing that a writing transaction does."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from datetime import datetime
from secrets import token_hex
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.orm import Session

from portal.db.endings import TrailBase
from portal.db.tables import AuditEntry, Base
from portal.domain.actors import Actor
from portal.domain.audit import BEGINNING, JSON, SALT_DIGITS, Entry, make_entry
from portal.domain.canonical import canonical

# Every append does these two while others wait for the chain: past the session's objects they take half as long.
_TRAIL = Base.metadata.tables["audit_entry"]
_END = select(_TRAIL.c.seq, _TRAIL.c.hash).order_by(_TRAIL.c.seq.desc()).limit(1)
_ADD = insert(_TRAIL)
_LOCK = 0x706F7274616C  # one number for the whole portal: appends of a chain go one by one


def append(
    session: Session,
    actor: Actor,
    action: str,
    at: datetime,
    *,
    inspection: UUID | None = None,
    subject: UUID | str = "",
    **details: JSON,
) -> None:
    """Add an entry to the trail, in the caller's transaction: both are committed, or neither.

    The chain is locked from here to the commit, so that this comes last. Details hold no names and no content.
    """
    session.flush()
    if actor.reading is not None:
        details = {**details, "proposal": str(actor.reading)}
    lock_chain(session)
    connection = session.connection()
    end = connection.execute(_END).one_or_none()
    entry = make_entry(
        base(session) if end is None else (end.seq, end.hash),
        at=at,
        actor=actor.label,
        action=action,
        inspection=str(inspection or ""),
        subject=str(subject),
        details=details,
        salt=token_hex(SALT_DIGITS // 2),
    )
    connection.execute(_ADD, {**vars(entry), "details": canonical(dict(entry.details)).decode()})


def lock_chain(session: Session) -> None:
    """Let nobody else append, or sign a checkpoint, until the transaction ends; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def last_entry(session: Session) -> Entry | None:
    """Return the newest entry, if there is any."""
    row = session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
    return None if row is None else _entry(row)


def base(session: Session) -> tuple[int, str]:
    """Return number and hash of the entry up to which the trail was pruned; where it was not, of the start."""
    row = session.scalar(select(TrailBase).order_by(TrailBase.seq.desc()).limit(1))
    return BEGINNING if row is None else (row.seq, row.hash)


def entries(session: Session, inspection: UUID | None = None, after: int = 0) -> Iterator[Entry]:
    """Yield the trail after entry `after`, a thousand rows at a time; of one inspection alone, if it is given."""
    # Rows alone, past the session's objects: a million of them are read at a time.
    statement = select(_TRAIL).order_by(_TRAIL.c.seq).execution_options(yield_per=1000)
    if after:
        statement = statement.where(AuditEntry.seq > after)
    if inspection is not None:
        statement = statement.where(AuditEntry.inspection == str(inspection))
    # Closed also where the reader stops early: a cursor on the server would stay open otherwise.
    with closing(session.execute(statement)) as rows:
        for row in rows:
            yield _entry(row)


def _entry(row: AuditEntry | Row[Any]) -> Entry:
    """Details that are not what `append` writes were altered: they are given as they stand, and no hash fits them."""
    details: Mapping[str, JSON] = {"altered": row.details}
    with suppress(ValueError, RecursionError):
        found = json.loads(row.details)
        if isinstance(found, dict) and canonical(found).decode() == row.details:
            details = found
    what = (row.seq, row.at, row.actor, row.action, row.inspection, row.subject)
    return Entry(*what, details, row.previous, row.hash, row.salt)
