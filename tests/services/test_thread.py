"""The thread of an inspection: both sides see it, what is typed is sealed, and a question is settled once."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal.db.engine import reading
from portal.db.exchanges import Message
from portal.db.tables import Base, OutboxMail, Person
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.services.thread import PAGE, close_question, thread_page, write
from tests.services.looks import actions, rows
from tests.world import Someone, World

CANARY = "canary-thread-4f1c"


def _ask(world: World, words: str = "Which panel chair?", item: str = "panel-minutes") -> UUID:
    return write(world.deps, world.lead_inspector.actor, world.a.inspection, words, item=item, asks=True)


def _told(world: World, template: str) -> list[str]:
    with reading(world.deps.engine) as session:
        statement = (
            select(Person.email)
            .join(OutboxMail, OutboxMail.person_id == Person.id)
            .where(OutboxMail.template == template)
        )
        return sorted(session.scalars(statement))


def _seen(world: World, who: Someone) -> list[tuple[str, str, bool, bool]]:
    view = thread_page(world.deps, who.actor, world.a.inspection)
    return [(each["title"], each["words"], each["may_answer"], each["may_close"]) for each in view["messages"]]


def test_both_sides_see_the_same_newest_first(world: World) -> None:
    """The agency may answer the team's question, the team may close it; the words are the same."""
    _ask(world)
    world.fakes.clock.advance(timedelta(minutes=1))
    write(world.deps, world.contributor.actor, world.a.inspection, "  We are on our way.  ")
    assert [("Message", "We are on our way.", False, False), ("Question", "Which panel chair?", True, False)] == _seen(
        world, world.leader
    )
    assert [("Message", "We are on our way.", False, False), ("Question", "Which panel chair?", False, True)] == _seen(
        world, world.inspector
    )


def test_an_answer_settles_the_question_and_is_about_the_same_item(world: World) -> None:
    """Once answered a question is open no more, and takes no second answer."""
    question = _ask(world)
    assert 1 == thread_page(world.deps, world.leader.actor, world.a.inspection)["open"]
    write(world.deps, world.leader.actor, world.a.inspection, "The first.", answers=question)
    assert 0 == thread_page(world.deps, world.leader.actor, world.a.inspection)["open"]
    assert {"panel-minutes"} == {row.item for row in rows(world.deps, Message)}
    with pytest.raises(Conflict, match="answered or closed already"):
        write(world.deps, world.contributor.actor, world.a.inspection, "The second.", answers=question)
    assert 2 == len(rows(world.deps, Message))


def test_the_side_that_asked_closes_and_the_other_answers(world: World) -> None:
    """Neither can do the other's part."""
    question = _ask(world)
    with pytest.raises(Conflict, match="Only the side that asked"):
        close_question(world.deps, world.leader.actor, world.a.inspection, question)
    with pytest.raises(Conflict, match="Your own side asked"):
        write(world.deps, world.inspector.actor, world.a.inspection, "I know it.", answers=question)
    close_question(world.deps, world.qa_officer.actor, world.a.inspection, question)
    assert ["message.written", "question.closed"] == actions(world.deps, world.a.inspection)[-2:]


def test_the_other_side_is_told_and_nobody_else(world: World) -> None:
    """A question of the team goes to the agency's people, the answer to the team's, each once."""
    question = _ask(world)
    write(world.deps, world.leader.actor, world.a.inspection, "The first.", answers=question)
    assert sorted([world.leader.email, world.contributor.email]) == _told(world, "question")
    assert sorted([world.lead_inspector.email, world.inspector.email, world.qa_officer.email]) == _told(world, "reply")


def test_what_is_typed_stands_nowhere_in_the_clear(world: World) -> None:
    """No table holds a word of it: not the thread's, not the outbox, not the trail."""
    _ask(world, CANARY)
    with reading(world.deps.engine) as session:
        found = [
            table.name
            for table in Base.metadata.sorted_tables
            if any(CANARY in repr(row) for row in session.execute(select(table)))
        ]
    assert [] == found
    assert CANARY == _seen(world, world.leader)[0][1]


@pytest.mark.parametrize(("words", "sentence"), [("  ", "Enter your message"), ("x" * 5001, "5,000 characters")])
def test_empty_and_endless_messages_are_refused(world: World, words: str, sentence: str) -> None:
    """Nothing is kept of them."""
    with pytest.raises(Refused, match=sentence):
        write(world.deps, world.leader.actor, world.a.inspection, words)
    assert [] == rows(world.deps, Message)


def test_an_item_that_is_not_asked_for_is_refused(world: World) -> None:
    """A made-up code is no item."""
    with pytest.raises(Refused, match="Select one of the requested items"):
        _ask(world, item="no-such-item")


def test_strangers_and_stewards_neither_read_nor_write(world: World) -> None:
    """Another agency's leader finds nothing there; an administrator may not read it."""
    with pytest.raises(NotFound):
        write(world.deps, world.leader_b.actor, world.a.inspection, "Hello.")
    with pytest.raises(NotFound):
        thread_page(world.deps, world.leader_b.actor, world.a.inspection)
    with pytest.raises(NotAllowed):
        thread_page(world.deps, world.administrator.actor, world.a.inspection)
    with pytest.raises(NotFound):
        close_question(world.deps, world.leader.actor, world.a.inspection, uuid4())


def test_a_question_of_another_inspection_is_unknown(world: World) -> None:
    """Its id opens nothing in one's own inspection."""
    question = _ask(world)
    with pytest.raises(NotFound):
        write(world.deps, world.leader_b.actor, world.b.inspection, "The first.", answers=question)


def test_a_long_thread_comes_in_pages(world: World) -> None:
    """A page holds twenty; a page too far is the last."""
    for number in range(PAGE + 1):
        world.fakes.clock.advance(timedelta(seconds=1))
        write(world.deps, world.leader.actor, world.a.inspection, f"Message {number}.")
    first = thread_page(world.deps, world.inspector.actor, world.a.inspection)
    last = thread_page(world.deps, world.inspector.actor, world.a.inspection, 99)
    assert (PAGE, 2, f"Message {PAGE}.") == (len(first["messages"]), first["pages"], first["messages"][0]["words"])
    assert ["Message 0."] == [each["words"] for each in last["messages"]]
