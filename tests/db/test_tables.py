"""What the database itself does not let happen, whatever the code above does."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from portal.db.endings import Alarm
from portal.db.engine import reading, writing
from portal.db.tables import Answer, Assignment, Base, Document, Inspection, Receipt
from tests.world import START, World

Make = Callable[[World], Base]


def _assignment(world: World, role: str, inspection: UUID | None, **values: object) -> Assignment:
    return Assignment(person_id=world.dpo.id, inspection_id=inspection, role=role, created_at=START, **values)


def _document(world: World, **values: object) -> Document:
    facts: dict[str, object] = {
        "inspection_id": world.a.inspection, "item": "x", "slot": "x", "state": "pending", "upload_id": "the-same",
        "extension": "pdf", "part_bytes": 1, "began_at": START, "lease_until": START, "sent_by": world.leader.id,
    }  # fmt: skip
    return Document(**(facts | values))


def _answer(world: World, **values: object) -> Answer:
    facts: dict[str, object] = {"item": "x", "kind": "not_held", "given_by": world.leader.id, "given_at": START}
    return Answer(inspection_id=world.a.inspection, **(facts | values))


@pytest.mark.parametrize(
    "make",
    [
        lambda world: _assignment(world, "inspector", world.a.inspection),
        lambda world: _assignment(world, "administrator", None),
        _document,
        _answer,
        lambda _: Alarm(kind="clock", raised_at=START, words="x"),
        lambda world: Receipt(inspection_id=world.a.inspection, number=1, cause="x", made_at=START),
    ],
)
def test_what_there_can_be_one_of_there_is_one_of(world: World, make: Make) -> None:
    """A current role, an upload id, an answer that counts, a standing alarm, a receipt's number."""
    with writing(world.deps.engine) as session:
        session.add(make(world))
    with pytest.raises(IntegrityError), writing(world.deps.engine) as session:
        session.add(make(world))


@pytest.mark.parametrize(
    "make",
    [
        lambda world: _assignment(world, "inspector", world.a.inspection, ended_at=START),
        lambda world: _assignment(world, "administrator", None, ended_at=START),
        lambda world: _document(world, state="abandoned"),
        lambda world: _answer(world, superseded_at=START),
        lambda _: Alarm(kind="clock", raised_at=START, words="x", cleared_at=START),
    ],
)
def test_what_is_over_can_be_many(world: World, make: Make) -> None:
    """Ended roles, abandoned uploads, superseded answers and cleared alarms stay as history."""
    with reading(world.deps.engine) as session:
        before = session.scalar(select(func.count()).select_from(type(make(world)))) or 0
    for _ in range(2):
        with writing(world.deps.engine) as session:
            session.add(make(world))
    with reading(world.deps.engine) as session:
        assert before + 2 == session.scalar(select(func.count()).select_from(type(make(world))))


@pytest.mark.parametrize(
    "make",
    [
        lambda world: _assignment(world, "administrator", world.a.inspection),
        lambda world: _assignment(world, "leader", None),
        lambda world: _assignment(world, "leader", uuid4()),
        lambda world: _document(world, state="lost"),
        lambda world: _document(world, state="received"),
        lambda world: _document(world, size=0),
        lambda world: _document(world, replaces_id=uuid4()),
        lambda world: _answer(world, kind="lost"),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, make: Make) -> None:
    """Stewards of one inspection, leaders of none, unknown states, a receipt without its time, dangling ids."""
    with pytest.raises(IntegrityError), writing(world.deps.engine) as session:
        session.add(make(world))


def test_an_inspection_is_disposed_of_at_a_time(world: World) -> None:
    """The state alone would say nothing that can be shown."""
    with pytest.raises(IntegrityError), writing(world.deps.engine) as session:
        session.execute(update(Inspection).values(state="disposed"))
    with writing(world.deps.engine) as session:
        session.execute(update(Inspection).values(state="disposed", disposed_at=START + timedelta(days=1)))
