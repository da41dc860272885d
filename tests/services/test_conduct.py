"""Conducting an inspection: who may, what is told to whom, what stays, and what comes of two at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from portal.db.engine import reading
from portal.db.exchanges import Message
from portal.db.tables import Document, Invitation, OutboxMail, Receipt
from portal.domain.actors import OPERATOR, operator_for
from portal.domain.announcing import Asked, Seen
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, KeyRemoved, NotAllowed, NotFound, PortalError, Refused
from portal.services.conduct import accept_late, announce_anew, close, defer, move_deadline
from portal.services.declare import Explanation, declare, read_receipt
from portal.services.dispose import dispose
from portal.services.explain import explain_gap
from portal.services.hand_over import make_bundle
from portal.services.publish import publish
from portal.services.receive import receive
from portal.services.withdraw import withdraw
from portal.vault.records import inspection_key, open_message_words
from tests.services.looks import actions, content, count, inspection_row, rows, trail_text
from tests.world import CHECKLIST, DUE, PROGRAMME, START, World, an_upload, complete, sample, upload

CANARY = "The post room of Cranberry House is flooded."
LATER = DUE + timedelta(days=2)
WEDNESDAY = DUE + timedelta(days=1)
ALL_SEEN = Seen(all_warnings=True)


def said(world: World, inspection: UUID | None = None) -> list[tuple[str, str]]:
    """Return kind and words of the inspection's messages, in order."""
    messages = rows(world.deps, Message, Message.inspection_id == (inspection or world.a.inspection))
    with reading(world.deps.engine):
        key = inspection_key(world.deps, inspection_row(world.deps, inspection or world.a.inspection))
    return [(each.kind, open_message_words(key, each)) for each in sorted(messages, key=lambda each: each.written_at)]


def mailed(world: World, template: str) -> set[UUID]:
    """Return the people to whom a mail of this kind is queued."""
    return {each.person_id for each in rows(world.deps, OutboxMail, OutboxMail.template == template)}


def both_sides(world: World) -> set[UUID]:
    """Return the ids of all with a role in inspection A."""
    people = (world.leader, world.contributor, world.lead_inspector, world.inspector, world.qa_officer)
    return {each.id for each in people}


def on_time(world: World, document: UUID) -> tuple[bool | None, datetime | None]:
    """Return whether a document is on time, and when it was accepted."""
    [row] = rows(world.deps, Document, Document.id == document)
    return row.on_time, row.accepted_at


ACTS: dict[str, Callable[[World, Any], object]] = {
    "move": lambda world, actor: move_deadline(world.deps, actor, world.a.inspection, LATER, "why"),
    "defer": lambda world, actor: defer(world.deps, actor, world.a.inspection, "why"),
    "accept": lambda world, actor: accept_late(world.deps, actor, world.a.inspection, items=["annual-report"]),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["leader", "contributor", "inspector", "administrator", "dpo", "operator"])
def test_only_the_head_of_the_team_decides(world: World, act: str, who: str) -> None:
    """The lead inspector and the quality assurance officer alone; the operator has to name one of them."""
    actor = OPERATOR if who == "operator" else getattr(world, who).actor
    before = actions(world.deps)
    with pytest.raises(NotAllowed):
        ACTS[act](world, actor)
    assert before == actions(world.deps)


@pytest.mark.parametrize("act", ACTS)
def test_another_inspection_is_unknown(world: World, act: str) -> None:
    """The head of another team learns nothing, not even that it is there."""
    with pytest.raises(NotFound):
        ACTS[act](world, world.lead_inspector_b.actor)


@pytest.mark.parametrize("who", ["lead_inspector", "qa_officer"])
def test_a_deadline_is_moved_and_both_sides_are_told(world: World, who: str) -> None:
    """The trail has both instants, the thread the reason, sealed, and everyone gets a mail without it (R3)."""
    words = move_deadline(world.deps, getattr(world, who).actor, world.a.inspection, LATER, f" {CANARY} ")
    assert "4pm on Thursday 12 October 2023" == words
    assert LATER == inspection_row(world.deps, world.a.inspection).deadline_at
    assert [("deadline", f"The deadline is now {words}. {CANARY}")] == said(world)
    assert both_sides(world) == mailed(world, "deadline-moved")
    assert "deadline.moved" == actions(world.deps, world.a.inspection)[-1]
    assert "'old': '2023-10-10T15:00:00.000Z'" in trail_text(world.deps)
    assert "'new': '2023-10-12T15:00:00.000Z'" in trail_text(world.deps)
    assert "Cranberry" not in trail_text(world.deps)
    assert DUE == inspection_row(world.deps, world.b.inspection).deadline_at


@pytest.mark.parametrize(
    ("new", "reason", "field"),
    [
        (DUE, "why", "deadline"),
        (DUE - timedelta(hours=1), "why", "deadline"),
        (LATER, "", "reason"),
        (LATER, "x" * 2001, "reason"),
    ],
)
def test_a_deadline_that_may_not_be_is_refused(world: World, new: datetime, reason: str, field: str) -> None:
    """Never earlier, and never without a reason; nothing is said or mailed then."""
    with pytest.raises(Refused) as refused:
        move_deadline(world.deps, world.lead_inspector.actor, world.a.inspection, new, reason)
    assert (field, DUE) == (refused.value.field, inspection_row(world.deps, world.a.inspection).deadline_at)
    assert (0, set()) == (count(world.deps, Message), mailed(world, "deadline-moved"))


def test_a_deadline_is_never_moved_to_what_has_passed(world: World) -> None:
    """Two days later the deadline can only be moved to a time that is still to come."""
    world.fakes.clock.set(LATER)
    with pytest.raises(Refused, match="in the future"):
        move_deadline(world.deps, world.lead_inspector.actor, world.a.inspection, LATER, "why")


def test_what_was_late_and_now_is_not(world: World) -> None:
    """Labels follow the time at which an upload began; receipts made before stand as they were."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    world.fakes.clock.set(WEDNESDAY)
    late = upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide").document
    world.fakes.clock.set(LATER + timedelta(milliseconds=1))
    later = upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide").document
    before = read_receipt(world.deps, world.leader.actor, world.a.inspection)
    new = LATER + timedelta(days=1)
    world.fakes.clock.set(LATER + timedelta(hours=1))
    said_late = an_upload(world.deps, world.a.inspection, "childrens-guide", began_at=new + timedelta(seconds=1))
    still = receive(world.deps, world.leader.actor, said_late, [sample()]).document

    move_deadline(world.deps, world.qa_officer.actor, world.a.inspection, new, "why")

    assert [True, True, False] == [on_time(world, each)[0] for each in (late, later, still)]
    after = read_receipt(world.deps, world.leader.actor, world.a.inspection)["body"]
    assert ("deadline moved", "2023-10-13T15:00:00.000Z") == (after["cause"], after["deadline_at"])
    lateness = {each["document"]: each["on_time"] for each in after["documents"]}
    assert (True, True, False) == (lateness[str(late)], lateness[str(later)], lateness[str(still)])
    assert before == read_receipt(world.deps, world.leader.actor, world.a.inspection, before["body"]["number"])
    assert not {each["document"]: each["on_time"] for each in before["body"]["documents"]}[str(late)]


def test_without_a_declaration_there_is_no_receipt_of_a_move(world: World) -> None:
    """Receipts of the whole inspection begin with the declaration."""
    move_deadline(world.deps, world.lead_inspector.actor, world.a.inspection, LATER, "why")
    assert 0 == count(world.deps, Receipt)


def test_two_who_move_at_once_do_not_move_it_back(world: World) -> None:
    """Whoever comes second with an earlier time learns the deadline that holds."""
    times = [LATER + timedelta(hours=hours) for hours in range(6)]

    def move(new: datetime) -> str:
        try:
            return move_deadline(world.deps, world.lead_inspector.actor, world.a.inspection, new, "why")
        except Refused as refused:
            return str(refused)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(move, times))
    assert times[-1] == inspection_row(world.deps, world.a.inspection).deadline_at
    moved = [each for each in answers if not each.startswith("The new deadline must be later than")]
    assert len(moved) == actions(world.deps, world.a.inspection).count("deadline.moved") == count(world.deps, Message)


def test_a_deferred_inspection_takes_nothing_and_is_read(world: World) -> None:
    """What was sent stays and is read; uploads, answers, withdrawals and the declaration are told what to wait for."""
    data = sample()
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=data).document
    defer(world.deps, world.lead_inspector.actor, world.a.inspection, CANARY)
    row = inspection_row(world.deps, world.a.inspection)
    assert ("deferred", START) == (row.state, row.deferred_at)
    assert [("deferral", f"The inspection is deferred. {CANARY}")] == said(world)
    assert both_sides(world) == mailed(world, "deferred")
    assert "Cranberry" not in trail_text(world.deps)
    leader, inspection = world.leader.actor, world.a.inspection
    for act in (
        lambda: upload(world.deps, leader, inspection, "annual-report"),
        lambda: explain_gap(world.deps, leader, inspection, "annual-report", "not_held", "None."),
        lambda: withdraw(world.deps, leader, inspection, document),
        lambda: declare(world.deps, leader, inspection, {}),
    ):
        with pytest.raises(Conflict, match="deferred"):
            act()
    assert data == content(world.deps, world.inspector.actor, world.a.inspection, document)
    assert data in b"".join(make_bundle(world.deps, world.inspector.actor, world.a.inspection)[1])


def test_an_upload_that_is_under_way_ends_with_the_deferral(world: World) -> None:
    """What was not received when the inspection was deferred is not received afterwards either."""

    def body() -> Any:
        yield sample(size=500)
        defer(world.deps, world.lead_inspector.actor, world.a.inspection, "why")
        yield sample(size=500)

    with pytest.raises(Conflict, match="announced anew"):
        upload(world.deps, world.leader.actor, world.a.inspection, data=body())
    assert 0 == count(world.deps, Document, Document.received_at.is_not(None))


@pytest.mark.parametrize("reason", ["", " \n", "x" * 2001])
def test_a_deferral_needs_a_reason(world: World, reason: str) -> None:
    """Neither none nor a very long one."""
    with pytest.raises(Refused) as refused:
        defer(world.deps, world.lead_inspector.actor, world.a.inspection, reason)
    assert ("reason", "announced") == (
        refused.value.field, inspection_row(world.deps, world.a.inspection).state,
    )  # fmt: skip


def test_what_is_deferred_or_closed_is_not_deferred_or_moved(world: World) -> None:
    """There is nothing to defer and no deadline to move."""
    head, inspection = world.lead_inspector.actor, world.a.inspection
    defer(world.deps, head, inspection, "why")
    with pytest.raises(Conflict, match="deferred already"):
        defer(world.deps, head, inspection, "why")
    with pytest.raises(Conflict, match="announce it anew"):
        move_deadline(world.deps, head, inspection, LATER, "why")
    close(world.deps, head, inspection)
    with pytest.raises(Conflict, match="closed already"):
        defer(world.deps, head, inspection, "why")
    with pytest.raises(Conflict, match="closed"):
        move_deadline(world.deps, head, inspection, LATER, "why")


def test_two_who_defer_at_once_defer_once(world: World) -> None:
    """One deferral, one message, one mail a person."""

    def try_it(_number: int) -> bool:
        try:
            defer(world.deps, world.lead_inspector.actor, world.a.inspection, "why")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert 1 == sum(pool.map(try_it, range(4)))
    assert (1, 5) == (count(world.deps, Message), count(world.deps, OutboxMail, OutboxMail.template == "deferred"))


def test_announced_anew(world: World) -> None:
    """New dates and mails; what was sent before stays, with the label that it had."""
    early = upload(world.deps, world.leader.actor, world.a.inspection).document
    world.fakes.clock.set(WEDNESDAY)
    late = upload(world.deps, world.leader.actor, world.a.inspection, "annual-report").document
    defer(world.deps, world.lead_inspector.actor, world.a.inspection, "why")
    monday = datetime(2023, 11, 6, 9, 30, tzinfo=UTC)
    world.fakes.clock.set(monday)
    before = len(rows(world.deps, OutboxMail, OutboxMail.template == "announcement"))
    words = announce_anew(world.deps, world.qa_officer.actor, world.a.inspection, Asked(), Seen())
    assert "4pm on Tuesday 7 November 2023" == words
    row = inspection_row(world.deps, world.a.inspection)
    assert ("announced", monday, datetime(2023, 11, 7, 16, tzinfo=UTC), date(2023, 11, 13), date(2023, 11, 16)) == (
        row.state, row.announced_at, row.deadline_at, row.starts_on, row.last_day_on,
    )  # fmt: skip
    assert ("announcement", f"The inspection is announced anew. The information is due by {words}.") == said(world)[-1]
    assert before + 2 == len(rows(world.deps, OutboxMail, OutboxMail.template == "announcement"))
    assert [True, False] == [on_time(world, each)[0] for each in (early, late)]
    assert on_time(world, upload(world.deps, world.leader.actor, world.a.inspection, "recruitment-strategy").document)[
        0
    ]
    assert "inspection.announced-anew" in actions(world.deps, world.a.inspection)


def test_whoever_never_came_in_is_invited_anew(world: World) -> None:
    """The first invitation may have run out while the inspection was deferred."""
    with world.deps.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE person SET password_hash = NULL WHERE email = 'leader@example.org'")
    defer(world.deps, world.lead_inspector.actor, world.a.inspection, "why")
    announce_anew(world.deps, world.lead_inspector.actor, world.a.inspection, Asked(), Seen())
    assert [world.leader.id] == [each.person_id for each in rows(world.deps, Invitation)]


def test_announcing_anew_asks_for_choice_and_confirmation(world: World) -> None:
    """As at first: two readings ask for one, and each warning is to be confirmed (R2, R5 to R7)."""
    head, inspection = world.lead_inspector.actor, world.a.inspection
    defer(world.deps, head, inspection, "why")
    world.fakes.clock.set(datetime(2023, 10, 13, 18, tzinfo=UTC))
    with pytest.raises(Refused, match="two ways"):
        announce_anew(world.deps, head, inspection, Asked(), ALL_SEEN)
    asked = Asked(DeadlinePolicy.next_working_day)
    with pytest.raises(Refused, match="after 6pm"):
        announce_anew(world.deps, head, inspection, asked, Seen())
    assert "deferred" == inspection_row(world.deps, inspection).state
    assert "4pm on Monday 16 October 2023" == announce_anew(world.deps, head, inspection, asked, ALL_SEEN)


def test_only_what_is_deferred_is_announced_anew(world: World) -> None:
    """By a head of its team or an administrator, once, and by somebody with a name."""
    inspection = world.a.inspection
    with pytest.raises(Conflict, match="Only a deferred"):
        announce_anew(world.deps, world.lead_inspector.actor, inspection, Asked(), Seen())
    defer(world.deps, world.lead_inspector.actor, inspection, "why")
    for actor in (world.leader.actor, world.inspector.actor, world.dpo.actor, OPERATOR):
        with pytest.raises(NotAllowed):
            announce_anew(world.deps, actor, inspection, Asked(), Seen())
    announce_anew(world.deps, world.administrator.actor, inspection, Asked(), Seen())
    with pytest.raises(Conflict, match="Only a deferred"):
        announce_anew(world.deps, world.administrator.actor, inspection, Asked(), Seen())


def test_publication_closes_what_is_deferred_and_disposal_takes_it(world: World) -> None:
    """A deferred inspection is at its end when its programme is, and nothing of it stays."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    defer(world.deps, world.lead_inspector.actor, world.a.inspection, CANARY)
    world.fakes.clock.set(datetime(2023, 12, 4, 9, tzinfo=UTC))
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2023, 12, 4))
    assert "closed" == inspection_row(world.deps, world.a.inspection).state
    world.fakes.clock.set(datetime(2024, 12, 5, 9, tzinfo=UTC))
    dispose(world.deps, world.dpo.actor, world.a.inspection)
    [message] = rows(world.deps, Message)
    assert message.sealed_words is None
    with pytest.raises(PortalError):
        accept_late(world.deps, world.lead_inspector.actor, world.a.inspection, items=["annual-report"])


def late_world(world: World) -> tuple[UUID, UUID, UUID]:
    """Send one document in time and two late ones of one item."""
    early = upload(world.deps, world.leader.actor, world.a.inspection).document
    world.fakes.clock.set(WEDNESDAY)
    guides = [upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide").document for _ in range(2)]
    return early, guides[0], guides[1]


def test_one_late_document_is_accepted(world: World) -> None:
    """Its row says when and by whom, the thread and the trail say so too, and its neighbour stays as it was."""
    _early, first, second = late_world(world)
    assert 1 == accept_late(world.deps, world.lead_inspector.actor, world.a.inspection, documents=[first])
    [row] = rows(world.deps, Document, Document.id == first)
    assert (WEDNESDAY, world.lead_inspector.id, False) == (row.accepted_at, row.accepted_by, row.on_time)
    assert (False, None) == on_time(world, second)
    [(kind, words)] = said(world)
    assert ("acceptance", True) == (kind, words.startswith("Accepted although late: "))
    assert "document.accepted-late" == actions(world.deps, world.a.inspection)[-1]


def test_an_item_is_accepted_as_it_stands_and_once(world: World) -> None:
    """All its late documents; done again nothing changes and nobody is told anew."""
    _early, first, second = late_world(world)
    head, inspection = world.qa_officer.actor, world.a.inspection
    accept_late(world.deps, head, inspection, documents=[first])
    world.fakes.clock.advance(timedelta(hours=1))
    assert 1 == accept_late(world.deps, head, inspection, items=["childrens-guide"])
    assert (WEDNESDAY, WEDNESDAY + timedelta(hours=1)) == (on_time(world, first)[1], on_time(world, second)[1])
    before = actions(world.deps)
    assert 0 == accept_late(world.deps, head, inspection, items=["childrens-guide"], documents=[first, second])
    assert (before, 2) == (actions(world.deps), count(world.deps, Message))


def test_the_next_receipt_and_the_bundle_say_what_was_accepted(world: World) -> None:
    """The receipt has the time, the index the day in words."""
    _early, first, second = late_world(world)
    reasons = {item.code: Explanation("not_held", "We hold none.") for item in CHECKLIST.items}
    declare(world.deps, world.leader.actor, world.a.inspection, reasons)
    accept_late(world.deps, world.lead_inspector.actor, world.a.inspection, documents=[first])
    body = read_receipt(world.deps, world.leader.actor, world.a.inspection)["body"]
    accepted = {each["document"]: each.get("accepted_at") for each in body["documents"]}
    assert "late documents accepted" == body["cause"]
    assert ("2023-10-11T15:00:00.000Z", None) == (accepted[str(first)], accepted[str(second)])
    bundle = b"".join(make_bundle(world.deps, world.inspector.actor, world.a.inspection)[1])
    assert 2 <= bundle.count(b"Received after the deadline, accepted on Wednesday 11 October 2023")


def test_what_is_not_late_or_not_there_is_not_accepted(world: World) -> None:
    """On time, withdrawn, unknown, of another inspection, or nothing at all."""
    early, first, _second = late_world(world)
    head, inspection = world.lead_inspector.actor, world.a.inspection
    foreign = upload(world.deps, world.leader_b.actor, world.b.inspection).document
    withdraw(world.deps, world.leader.actor, inspection, first)
    for document, error, word in (
        (early, Conflict, "on time"),
        (first, Conflict, "withdrawn"),
        (foreign, NotFound, "not exist"),
        (uuid4(), NotFound, "not exist"),
    ):
        with pytest.raises(error, match=word):
            accept_late(world.deps, head, inspection, documents=[document])
    with pytest.raises(NotFound, match="no such item"):
        accept_late(world.deps, head, inspection, items=["nothing"])
    with pytest.raises(Refused, match="Select what"):
        accept_late(world.deps, head, inspection)
    assert 0 == count(world.deps, Message)


def test_two_who_accept_at_once_accept_once(world: World) -> None:
    """Each document is accepted by one person, once."""
    late_world(world)
    people = [world.lead_inspector.actor, world.qa_officer.actor] * 2

    def accept(actor: Any) -> int:
        return accept_late(world.deps, actor, world.a.inspection, items=["childrens-guide"])

    with ThreadPoolExecutor(4) as pool:
        assert 2 == sum(pool.map(accept, people))
    assert 2 == actions(world.deps, world.a.inspection).count("document.accepted-late")


def test_late_documents_are_accepted_after_closing_too(world: World) -> None:
    """A closed inspection takes nothing more; what it has can still be accepted."""
    late_world(world)
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    assert 2 == accept_late(world.deps, world.lead_inspector.actor, world.a.inspection, items=["childrens-guide"])


def test_the_operator_carries_out_what_a_head_of_team_decided(world: World) -> None:
    """With that person's roles and no others; the trail says who decided and that the operator did it."""
    actor = operator_for(world.qa_officer.id)
    move_deadline(world.deps, actor, world.a.inspection, LATER, "why")
    assert f"actor='operator:person:{world.qa_officer.id}'" in trail_text(world.deps)
    with pytest.raises(NotAllowed):
        move_deadline(world.deps, operator_for(world.inspector.id), world.a.inspection, LATER, "why")
    with pytest.raises(NotFound):
        close(world.deps, actor, world.b.inspection)


@pytest.mark.parametrize("first", [close, lambda deps, actor, one: defer(deps, actor, one, "why")])
def test_an_inspection_is_closed_once(world: World, first: Callable[..., None]) -> None:
    """Also one that is deferred can be closed, but not twice."""
    first(world.deps, world.lead_inspector.actor, world.a.inspection)
    if inspection_row(world.deps, world.a.inspection).state == "deferred":
        close(world.deps, world.administrator.actor, world.a.inspection)
    with pytest.raises(Conflict, match="still takes"):
        close(world.deps, world.lead_inspector.actor, world.a.inspection)
    assert 1 == actions(world.deps, world.a.inspection).count("inspection.closed")


def test_nothing_is_said_without_a_key(world: World) -> None:
    """A reason that cannot be sealed is not kept, and the deadline does not move without it."""
    world.fakes.custodian.remove(world.a.inspection, START)
    with pytest.raises(KeyRemoved):
        move_deadline(world.deps, world.lead_inspector.actor, world.a.inspection, LATER, CANARY)
    assert DUE == inspection_row(world.deps, world.a.inspection).deadline_at
