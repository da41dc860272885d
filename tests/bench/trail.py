"""The audit trail: verifying a long one, and appending to it by many at once."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from sqlalchemy import Engine, insert, text

from portal.db.chain import append, entries, last_entry
from portal.db.engine import glancing, make_engine, reading, writing
from portal.db.migrate import upgrade
from portal.db.tables import AuditEntry
from portal.domain.actors import WORKER
from portal.domain.audit import BEGINNING, make_entry
from portal.domain.verifying import verify
from portal.formats.canonical import canonical_json
from tests.bench.figures import Figure, ratios
from tests.bench.scale import Scale

START = datetime(2023, 10, 9, 8, 30, tzinfo=UTC)
WRITERS = 20
APPENDING = 0.5
"""Of bare rows of the same size, committed one by one by as many writers: half of the time at most is the chain's."""


def trail(root: Path, scale: Scale) -> list[Figure]:
    """Verify `scale.entries` entries, beside reading and hashing them alone; append beside bare rows."""
    engine = make_engine(f"sqlite:///{root}/trail.sqlite3")
    try:
        upgrade(engine)
        _fill(engine, scale.entries)
        took: dict[str, list[float]] = {"bare": [], "verify": [], "rows": [], "append": []}
        for _ in range(scale.rounds if scale.entries < 1000 else min(scale.rounds, 3)):
            took["bare"].append(_seconds(lambda: _read_and_hash(engine)))
            took["verify"].append(_seconds(lambda: _verify(engine, scale.entries)))
        with writing(engine) as session:
            session.execute(text("CREATE TABLE bare (id INTEGER PRIMARY KEY, words TEXT NOT NULL)"))
        for _ in range(scale.rounds):
            took["rows"].append(scale.appends / _seconds(lambda: _at_once(scale.appends, lambda: _bare(engine))))
            took["append"].append(scale.appends / _seconds(lambda: _at_once(scale.appends, lambda: _append(engine))))
    finally:
        engine.dispose()
    shown = f"{scale.entries:,} entries"
    return [
        Figure(f"reading and hashing {shown}, nothing else", "s", tuple(took["bare"])),
        Figure(f"verifying {shown}", "s", tuple(took["verify"])),
        Figure(f"verifying {shown}, to reading and hashing them", "", ratios(took["verify"], took["bare"])),
        Figure(f"bare rows committed by {WRITERS} writers", "a second", tuple(took["rows"])),
        Figure(f"entries appended by {WRITERS} writers", "a second", tuple(took["append"])),
        Figure(
            "entries appended, of bare rows", "", ratios(took["append"], took["rows"]), at_least=APPENDING,
            judged=scale.judged,
        ),
    ]  # fmt: skip


def _seconds(act: Callable[[], object]) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began


def _fill(engine: Engine, length: int) -> None:
    """Make a trail by its rows, as `append` would have."""
    base = BEGINNING
    inspection = str(uuid4())
    for start in range(0, length, 10_000):
        rows = []
        for number in range(start, min(start + 10_000, length)):
            entry = make_entry(
                base,
                at=START + timedelta(seconds=number),
                actor=f"person:{inspection}",
                action="document.received",
                inspection=inspection,
                subject=f"{number:036d}",
                details={"size": number, "on_time": True, "item": "childrens-guide"},
                salt=f"{number:032x}",
            )
            base = entry.base
            rows.append({**vars(entry), "details": canonical_json(dict(entry.details)).decode()})
        with writing(engine) as session:
            session.execute(insert(AuditEntry), rows)


def _verify(engine: Engine, length: int) -> None:
    with reading(engine) as session:
        found = verify(entries(session), [], lambda *_: True)
        last = last_entry(session)
    if found is not None or last is None or last.seq < length:
        raise AssertionError("The trail does not verify.")


def _read_and_hash(engine: Engine) -> None:
    columns = "seq, at, actor, action, inspection, subject, details, salt, previous, hash"
    with glancing(engine) as connection:
        rows = connection.execution_options(yield_per=1000).execute(text(f"SELECT {columns} FROM audit_entry"))
        for row in rows:
            hashlib.sha256(json.dumps(list(row)).encode()).hexdigest()


def _at_once(times: int, act: Callable[[], None]) -> None:
    """Act so many times, by all writers at once."""

    def some(count: int) -> None:
        for _ in range(count):
            act()

    with ThreadPoolExecutor(WRITERS) as threads:
        for done in [threads.submit(some, times // WRITERS) for _ in range(WRITERS)]:
            done.result()


def _bare(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(text("INSERT INTO bare (words) VALUES (:words)"), {"words": "x" * 500})


def _append(engine: Engine) -> None:
    with writing(engine) as session:
        append(session, WORKER, "document.received", datetime.now(UTC), subject=uuid4(), size=1, on_time=True)
