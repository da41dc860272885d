"""The audit chain in the database: one unbroken chain, whoever writes at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from portal.db.chain import append, entries, last_entry
from portal.db.engine import reading, writing
from portal.db.tables import Agency
from portal.domain.actors import OPERATOR, WORKER
from portal.domain.audit import GENESIS, Entry
from portal.domain.verifying import verify
from tests.world import START


def _trail(engine: Engine) -> list[Entry]:
    with reading(engine) as session:
        return list(entries(session))


def test_an_empty_trail_has_no_last_entry(engine: Engine) -> None:
    """Before anything has happened there is nothing to follow."""
    with reading(engine) as session:
        assert None is last_entry(session)


def test_an_entry_comes_back_as_it_was_made(engine: Engine) -> None:
    """Times, ids and details survive the database, so that the hash fits what is read."""
    inspection = uuid4()
    with writing(engine) as session:
        append(
            session, WORKER, "x.y", START + timedelta(microseconds=1999), inspection=inspection, subject="s",
            size=2**40, words="naïve ☃", on_time=True, none=None, many=[1, 2],
        )  # fmt: skip
    [entry] = _trail(engine)
    assert (1, "worker", "x.y", str(inspection), "s", GENESIS) == (
        entry.seq, entry.actor, entry.action, entry.inspection, entry.subject, entry.previous,
    )  # fmt: skip
    assert START + timedelta(milliseconds=1) == entry.at
    assert {"size": 2**40, "words": "naïve ☃", "on_time": True, "none": None, "many": [1, 2]} == entry.details
    assert None is verify([entry], [], lambda *_: True)


def test_an_entry_is_committed_with_the_act_or_not_at_all(engine: Engine) -> None:
    """What is rolled back leaves no trace in the trail."""

    def act_and_fail() -> None:
        with writing(engine) as session:
            session.add(Agency(code="x", name="x"))
            append(session, OPERATOR, "x.y", START)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act_and_fail()
    assert [] == _trail(engine)


def test_twenty_writers_at_once_make_one_unbroken_chain(engine: Engine) -> None:
    """Every entry follows the one before it, with no number twice and none left out."""
    barrier = Barrier(20)

    def write(writer: int) -> None:
        barrier.wait()
        for number in range(5):
            with writing(engine) as session:
                session.add(Agency(code=f"{writer}-{number}", name="x"))
                append(session, OPERATOR, "x.y", START, subject=f"{writer}-{number}")

    with ThreadPoolExecutor(20) as threads:
        for done in [threads.submit(write, writer) for writer in range(20)]:
            done.result()
    trail = _trail(engine)
    assert list(range(1, 101)) == [entry.seq for entry in trail]
    assert {f"{writer}-{number}" for writer in range(20) for number in range(5)} == {each.subject for each in trail}
    assert None is verify(trail, [], lambda *_: True)


def test_the_trail_of_one_inspection_leaves_the_others_out(engine: Engine) -> None:
    """Its entries come in order, with their places in the whole chain."""
    mine, other = uuid4(), uuid4()
    for inspection in (mine, other, mine, None):
        with writing(engine) as session:
            append(session, OPERATOR, "x.y", START, inspection=inspection)
    with reading(engine) as session:
        assert [1, 3] == [entry.seq for entry in entries(session, mine)]
