"""Something more that the team asks for (§25): due in its own time, sent like any item, apart from the eleven."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.db.engine import reading
from portal.db.queries import current_documents
from portal.db.tables import Base
from portal.domain.errors import Conflict, Interrupted, NotAllowed, NotFound, Refused
from portal.domain.extras import MOST_EXTRAS
from portal.services.ask_more import ask_more, end_request, requests_page
from portal.services.conduct import close, move_deadline
from portal.services.declare import Explanation, declare
from portal.services.desk import item_page, task_list
from portal.services.explain import explain_gap
from portal.services.hand_over import make_bundle
from portal.services.receive import Upload, receive
from portal.services.statements import receipt_page
from tests.services.looks import actions
from tests.world import DUE, World, complete, sample, upload

CANARY = "canary-extra-91be"
LATER = DUE + timedelta(days=2)


def _ask(world: World, label: str = "Rota of the duty desk", due_at: datetime = LATER) -> str:
    return ask_more(world.deps, world.lead_inspector.actor, world.a.inspection, label, "For October.", due_at)


def _send(world: World, code: str, number: int = 1) -> None:
    upload = Upload(world.a.inspection, code, "file", f"extra-upload-{number}", "rota.pdf", world.deps.clock.now())
    receive(world.deps, world.leader.actor, upload, [sample()])


def _tasks(world: World) -> dict[str, dict[str, object]]:
    view = task_list(world.deps, world.leader.actor, world.a.inspection)
    return {task["code"]: task for group in view["groups"] for task in group["items"]}


def test_the_agency_sees_it_behind_the_eleven_with_its_due_time(world: World) -> None:
    """The eleven are still counted as eleven; what was asked for later is said beside them."""
    code = _ask(world)
    view = task_list(world.deps, world.leader.actor, world.a.inspection)
    assert ("extra-01", "11 still to send, 1 asked for later and still to send") == (code, view["summary"])
    assert "Asked for later" == view["groups"][-1]["title"]
    task = _tasks(world)[code]
    assert ("Rota of the duty desk", ["Due by 4pm on Thursday 12 October 2023"]) == (task["label"], task["hints"])


def test_what_is_sent_for_it_is_on_time_by_its_own_due_time(world: World) -> None:
    """After the inspection's deadline and before its own it is on time; after its own it is late."""
    code = _ask(world)
    world.fakes.clock.set(DUE + timedelta(hours=1))
    _send(world, code)
    world.fakes.clock.set(LATER + timedelta(milliseconds=1))
    _send(world, code, 2)
    with reading(world.deps.engine) as session:
        assert [True, False] == [each.on_time for each in current_documents(session, world.a.inspection)]


def test_moving_the_deadline_leaves_its_due_time_alone(world: World) -> None:
    """What came too late for its own due time stays late when the inspection's deadline is moved beyond it."""
    code = _ask(world, due_at=DUE - timedelta(hours=2))
    world.fakes.clock.set(DUE - timedelta(hours=1))
    _send(world, code)
    move_deadline(world.deps, world.lead_inspector.actor, world.a.inspection, DUE + timedelta(days=1), "Snow.")
    with reading(world.deps.engine) as session:
        assert [False] == [each.on_time for each in current_documents(session, world.a.inspection)]


def test_it_does_not_stand_in_the_way_of_the_declaration(world: World) -> None:
    """The declaration is about the eleven."""
    _ask(world)
    complete(world.deps, world.leader.actor, world.a.inspection)
    explained: dict[str, Explanation] = {}
    assert 1 == declare(world.deps, world.leader.actor, world.a.inspection, explained)


def test_taken_back_it_is_asked_for_no_longer(world: World) -> None:
    """Without a document it is gone from the list; with one it stays, so that what was sent is still found."""
    gone, kept = _ask(world), _ask(world, "A map")
    _send(world, kept)
    for code in (gone, kept):
        end_request(world.deps, world.lead_inspector.actor, world.a.inspection, code)
    tasks = _tasks(world)
    assert gone not in tasks
    assert "A map (no longer asked for)" == tasks[kept]["label"]
    with pytest.raises(Conflict, match="This is no longer asked for"):
        _send(world, kept, 2)
    with pytest.raises(Conflict, match="no longer asked for already"):
        end_request(world.deps, world.lead_inspector.actor, world.a.inspection, kept)
    assert ["extra.ended", "extra.ended"] == actions(world.deps, world.a.inspection)[-2:]


def _break_off(world: World, code: str) -> None:
    """Begin to send something for an item, and lose the connection."""

    def body() -> Iterator[bytes]:
        yield sample()[:10]
        raise Interrupted("cut")

    broken = Upload(world.a.inspection, code, "file", "extra-upload-9", "rota.pdf", world.deps.clock.now())
    with pytest.raises(Interrupted):
        receive(world.deps, world.leader.actor, broken, body())


def test_taken_back_it_breaks_nothing_that_was_said_of_it(world: World) -> None:
    """An answer to it, or an upload that broke off, stays beside it: every page and the next receipt can be made."""
    explained, begun = _ask(world), _ask(world, "A map")
    explain_gap(world.deps, world.leader.actor, world.a.inspection, explained, "not_held", "We have no rota.")
    _break_off(world, begun)
    complete(world.deps, world.leader.actor, world.a.inspection)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    for code in (explained, begun):
        end_request(world.deps, world.lead_inspector.actor, world.a.inspection, code)
    assert ["extra-01", "extra-02"] == sorted(code for code in _tasks(world) if code.startswith("extra"))
    for code in (explained, begun):
        assert "Provided" == item_page(world.deps, world.leader.actor, world.a.inspection, code)["status_words"]
    [gap] = receipt_page(world.deps, world.leader.actor, world.a.inspection)["gaps"]
    assert "Rota of the duty desk (no longer asked for)" == gap["item_label"]
    bag, _chunks = make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
    assert bag.files
    upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide")
    assert 2 == receipt_page(world.deps, world.leader.actor, world.a.inspection)["number"]


def test_what_is_typed_stands_nowhere_in_the_clear(world: World) -> None:
    """Label and explanation are sealed; the mail says neither."""
    ask_more(world.deps, world.qa_officer.actor, world.a.inspection, f"A {CANARY}", CANARY, LATER)
    with reading(world.deps.engine) as session:
        tables = Base.metadata.sorted_tables
        assert [] == [each.name for each in tables if CANARY in repr(session.execute(select(each)).all())]
    [asked] = requests_page(world.deps, world.lead_inspector.actor, world.a.inspection)["requests"]
    assert (f"A {CANARY}", CANARY) == (asked["label"], asked["guidance"])


@pytest.mark.parametrize(
    ("label", "due_at", "sentence"),
    [
        (" ", LATER, "Enter what you ask for"),
        ("x" * 151, LATER, "150 characters"),
        ("A rota", DUE, "must be in the future"),
    ],
)
def test_what_cannot_be_asked_for(world: World, label: str, due_at: datetime, sentence: str) -> None:
    """Nothing, a novel, or something for yesterday."""
    world.fakes.clock.set(DUE)
    with pytest.raises(Refused, match=sentence):
        _ask(world, label, due_at)


def test_who_may_ask(world: World) -> None:
    """Heads of the team alone, of their own inspection, while it takes documents, and not without end."""
    with pytest.raises(NotAllowed):
        ask_more(world.deps, world.inspector.actor, world.a.inspection, "A rota", "", LATER)
    with pytest.raises(NotFound):
        ask_more(world.deps, world.lead_inspector_b.actor, world.a.inspection, "A rota", "", LATER)
    for _ in range(MOST_EXTRAS):
        _ask(world)
    with pytest.raises(Conflict, match="No more than 50"):
        _ask(world)
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    with pytest.raises(Conflict, match="takes no documents now"):
        _ask(world)
