"""The team's desk: every inspection of theirs and no other, and pages whose cost does not grow."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, insert, update

from portal.db.engine import writing
from portal.db.tables import Assignment, Document, Inspection
from portal.db.team_documents import Memory
from portal.db.team_queries import Filters
from portal.domain.actors import OPERATOR
from portal.domain.errors import NotAllowed, NotFound
from portal.domain.roles import Role
from portal.domain.teamwords import say_left
from portal.services.conduct import accept_late
from portal.services.declare import Explanation, declare
from portal.services.explain import explain_gap
from portal.services.hand_over import make_bundle
from portal.services.recall import recall
from portal.services.team_desk import PER_PAGE, Page, team_list
from portal.services.team_inspection import inspection_page
from portal.services.withdraw import withdraw
from tests.services.looks import rows
from tests.world import CHECKLIST, DUE, START, World, complete, give_role, upload

MINUTE = timedelta(minutes=1)


def _row(world: World, filters: Filters | None = None) -> dict[str, Any]:
    [row] = team_list(world.deps, world.inspector.actor, filters).rows
    return dict(row)


def _page(world: World, memory: Memory | None = None, **asked: Any) -> dict[str, Any]:
    return inspection_page(
        world.deps, world.inspector.actor, world.a.inspection, memory or Memory(), **asked
    )  # fmt: skip


def _take(world: World) -> None:
    """Download everything, with a minute before and after."""
    world.fakes.clock.advance(MINUTE)
    b"".join(make_bundle(world.deps, world.inspector.actor, world.a.inspection)[1])
    world.fakes.clock.advance(MINUTE)


def _more_inspections(world: World, count: int) -> list[UUID]:
    """Put the inspector into further inspections by their rows, each announced a minute later and due sooner."""
    [like] = rows(world.deps, Inspection, Inspection.id == world.a.inspection)
    first = {column.name: getattr(like, column.name) for column in Inspection.__table__.columns}
    ids = [uuid4() for _ in range(count)]
    with writing(world.deps.engine) as session:
        session.execute(
            insert(Inspection),
            [
                first
                | {"id": each, "reference": f"RAA-2024-{number:05d}", "announced_at": START + number * MINUTE}
                | {"deadline_at": DUE - number * MINUTE}
                for number, each in enumerate(ids, 1)
            ],
        )
        session.execute(
            insert(Assignment),
            [
                {"id": uuid4(), "person_id": world.inspector.id, "inspection_id": each, "role": "inspector"}
                | {"created_at": START}
                for each in ids
            ],
        )
    return ids


def test_a_row_says_how_an_inspection_stands(world: World) -> None:
    """Reference, agency, state, deadline and what is left of it, what has come, what is late, and when it last did."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "None was made.")
    world.fakes.clock.set(DUE + timedelta(hours=2))
    late = upload(world.deps, world.leader.actor, world.a.inspection, "recruitment-strategy")
    row = _row(world)
    assert ("RAA-2023-01", "Adoption A", "RAA-2023", "Open") == (
        row["reference"], row["agency"], row["programme"], row["state_words"],
    )  # fmt: skip
    assert ("4pm on Tuesday 10 October 2023", "passed 2 hours ago") == (row["deadline_words"], row["left_words"])
    assert "2 of 11 provided, 1 not held, 8 still to send" == row["summary"]
    assert (1, "1 late") == (row["late"], row["late_words"])
    assert (False, "10 October 2023 at 6pm") == (row["declared"], row["last_activity_words"])
    accept_late(world.deps, world.lead_inspector.actor, world.a.inspection, documents=[late.document])
    sent = {"statement-of-purpose", "recruitment-strategy", "annual-report"}
    reasons = {item.code: Explanation("not_held", "None.") for item in CHECKLIST.items if item.code not in sent}
    declare(world.deps, world.leader.actor, world.a.inspection, reasons)
    assert ("1 late, 1 of them accepted", True) == (_row(world)["late_words"], _row(world)["declared"])


def test_only_the_team_has_a_list(world: World) -> None:
    """Nobody sees an inspection in whose team they are not, or are no more; stewards and agencies see none here."""
    for person in (world.leader, world.contributor, world.administrator, world.dpo, world.leader_b):
        assert [] == list(team_list(world.deps, person.actor).rows)
    assert [] == list(team_list(world.deps, OPERATOR).rows)
    assert ["RAA-2023-02"] == [each["reference"] for each in team_list(world.deps, world.lead_inspector_b.actor).rows]
    give_role(world.deps, world.inspector.id, Role.quality_assurance_officer, world.a.inspection)
    assert 1 == team_list(world.deps, world.inspector.actor).total
    with writing(world.deps.engine) as session:
        session.execute(
            update(Assignment).where(Assignment.person_id == world.inspector.id).values(ended_at=world.deps.clock.now())
        )
    assert (0, []) == (team_list(world.deps, world.inspector.actor).total, list(_list(world).rows))


def _list(world: World, filters: Filters | None = None, page: int = 1) -> Page:
    return team_list(world.deps, world.inspector.actor, filters, page)


@pytest.mark.parametrize("counted", [1_000, 10])
def test_a_list_is_shown_a_page_at_a_time(world: World, counted: int) -> None:
    """Newest first or soonest due first; each is on one page, also where there are more than are counted."""
    _more_inspections(world, 59)
    _strangers(world, 40)
    newest = ["RAA-2024-%05d" % number for number in range(59, 0, -1)] + ["RAA-2023-01"]  # noqa: UP031
    for sort in ("newest", "deadline"):
        pages = [
            team_list(world.deps, world.inspector.actor, Filters(sort=sort), number, counted=counted)
            for number in (1, 2, 3)
        ]
        assert newest == [row["reference"] for page in pages for row in page.rows]
        assert [PER_PAGE, PER_PAGE, 10] == [len(page.rows) for page in pages]
        assert [True, True, False] == [page.more for page in pages]
    many = counted < 60
    assert (many, None if many else 3) == (pages[0].many, pages[0].last)


def _strangers(world: World, count: int) -> None:
    """Put inspections among them in which the inspector has no part, newer and due sooner than all others."""
    [like] = rows(world.deps, Inspection, Inspection.id == world.b.inspection)
    first = {column.name: getattr(like, column.name) for column in Inspection.__table__.columns}
    ids = [uuid4() for _ in range(count)]
    with writing(world.deps.engine) as session:
        session.execute(
            insert(Inspection),
            [
                first
                | {"id": each, "reference": f"RAA-2025-{number:05d}", "announced_at": START + timedelta(days=9)}
                | {"deadline_at": START}
                for number, each in enumerate(ids)
            ],
        )


def test_a_list_is_filtered_by_state_and_programme(world: World) -> None:
    """What does not fit is left out and not counted; a programme of others looks like none."""
    closed, *_open = _more_inspections(world, 3)
    with writing(world.deps.engine) as session:
        session.execute(update(Inspection).where(Inspection.id == closed).values(state="closed"))
    assert (1, "Closed", None) == (
        (found := _list(world, Filters(state="closed"))).total,
        found.rows[0]["state_words"],
        found.rows[0]["left_words"],
    )
    assert 3 == _list(world, Filters(state="announced", programme="RAA-2023")).total
    assert (0, []) == (
        _list(world, Filters(programme="NONE")).total,
        list(_list(world, Filters(programme="NONE")).rows),
    )


def test_a_page_beyond_the_last_is_the_last(world: World) -> None:
    """Whoever kept an address sees a list and no empty page."""
    assert (1, 1) == (_list(world, page=99).number, len(_list(world, page=99).rows))


def test_what_is_new_is_counted_in_the_list(world: World) -> None:
    """All until everything was downloaded once, then what came since."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    assert 1 == _row(world)["new"]
    _take(world)
    assert 0 == _row(world)["new"]
    upload(world.deps, world.leader.actor, world.a.inspection, "annual-report")
    assert 1 == _row(world)["new"]


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    """A page of 25 inspections asks the database as often as one of a single inspection."""
    asked: list[str] = []
    event.listen(world.deps.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    _list(world)
    few = len(asked)
    for each in _more_inspections(world, 30)[:3]:
        give_role(world.deps, world.leader.id, Role.leader, each)
    asked.clear()
    assert PER_PAGE == len(_list(world).rows)
    assert few == len(asked)


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(days=2, hours=5), "2 days to go"),
        (timedelta(days=1), "1 day to go"),
        (timedelta(hours=3, minutes=59), "3 hours left"),
        (timedelta(minutes=1), "1 minute left"),
        (timedelta(seconds=59), "less than a minute left"),
        (timedelta(), "less than a minute left"),
        (-timedelta(seconds=1), "passed just now"),
        (-timedelta(hours=2, minutes=1), "passed 2 hours ago"),
        (-timedelta(days=3), "passed 3 days ago"),
    ],
)
def test_time_left_is_said_in_one_unit(away: timedelta, words: str) -> None:
    """Rounded down, so that nobody is promised more than there is."""
    assert words == say_left(DUE - away, DUE)


def test_the_page_says_what_was_asked_and_has_come(world: World) -> None:
    """Each item with its documents, versions, lateness and reasons; what the checks found is said plainly."""
    sent = complete(world.deps, world.leader.actor, world.a.inspection)
    first = sent["statement-of-purpose", "file"].document
    upload(world.deps, world.leader.actor, world.a.inspection, replaces=first, name="Newer.pdf")
    withdraw(world.deps, world.leader.actor, world.a.inspection, sent["annual-report", "file"].document)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "to_follow", "On Friday.")
    page = _page(world)
    assert "10 of 11 provided, 1 to follow" == page["summary"]
    items = {each["code"]: each for each in page["items"]}
    assert 11 == len(items)
    assert (1, "1 earlier or withdrawn") == (
        items["statement-of-purpose"]["count"], items["statement-of-purpose"]["older_words"],
    )  # fmt: skip
    assert (3, "On time", None) == tuple(items["panel-minutes"][key] for key in ("count", "late_words", "said"))
    assert (0, "It will follow: On Friday.") == (items["annual-report"]["count"], items["annual-report"]["said"])
    documents: list[dict[str, Any]] = page["documents"]
    assert {"Being checked"} == {each["check_words"] for each in documents}
    assert {"Lena Leader"} == {each["sender"] for each in documents}
    assert 14 == len(documents) == page["count"]


def test_new_is_marked_and_counted(world: World) -> None:
    """By document, by item and in all, since the reader's own last whole download; a broken one is told."""
    memory = Memory()
    complete(world.deps, world.leader.actor, world.a.inspection)
    assert (15, None) == (_page(world, memory)["new"], _page(world, memory)["taken_words"])
    _take(world)
    assert (0, "9 October 2023 at 9:31am") == (_page(world, memory)["new"], _page(world, memory)["taken_words"])
    sent = upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide")
    page = _page(world, memory)
    assert [sent.document] == [each["id"] for each in page["documents"] if each["new"]]
    assert {"childrens-guide": 1} == {each["code"]: each["new"] for each in page["items"] if each["new"]}
    assert None is page["broken_words"]
    next(make_bundle(world.deps, world.inspector.actor, world.a.inspection, "changes")[1])
    assert (1, "9 October 2023 at 9:32am") == (_page(world, memory)["new"], _page(world, memory)["broken_words"])


def test_documents_are_shown_a_page_at_a_time(world: World) -> None:
    """Newest first, each once; of one item where that is asked."""
    memory = Memory()
    for number in range(28):
        world.fakes.clock.advance(timedelta(seconds=1))
        item = "childrens-guide" if number % 2 else "commissioned-services"
        upload(world.deps, world.leader.actor, world.a.inspection, item, name=f"{number}.pdf")
    names = [each["name"] for page in (1, 2) for each in _page(world, memory, page=page)["documents"]]
    assert [f"{number}.pdf" for number in range(27, -1, -1)] == names
    assert (2, 2) == (_page(world, memory, page=99)["page"], _page(world, memory)["last"])
    guides = _page(world, memory, item="childrens-guide")
    assert (14, {"childrens-guide"}) == (guides["listed"], {each["item"] for each in guides["documents"]})
    with pytest.raises(NotFound):
        _page(world, memory, item="secrets")


def test_what_was_recalled_is_told_with_who_had_it(world: World) -> None:
    """The name is gone; who recalled it, when, and whose copies there may be remain."""
    memory = Memory()
    wrong = upload(world.deps, world.leader.actor, world.a.inspection, name="Canary.pdf")
    _take(world)
    assert [] == _page(world, memory)["recalled"]
    recall(world.deps, world.leader.actor, world.a.inspection, wrong.document)
    page = _page(world, memory)
    [told] = page["recalled"]
    assert ("Statement of purpose", "Ivo Inspector") == (told["item_label"], told["readers"])
    assert "Recalled by Lena Leader on 9 October 2023 at 9:32am" == told["words"]
    assert "Canary" not in repr(page)


def test_who_may_see_the_page(world: World) -> None:
    """The team alone; to others the inspection does not exist, or is not theirs to read."""
    for person in (world.leader, world.contributor, world.administrator, world.dpo):
        with pytest.raises(NotAllowed):
            inspection_page(world.deps, person.actor, world.a.inspection, Memory())
    for person in (world.leader_b, world.lead_inspector_b):
        with pytest.raises(NotFound):
            inspection_page(world.deps, person.actor, world.a.inspection, Memory())


def test_what_is_remembered_is_as_true_as_what_is_read(world: World) -> None:
    """After whatever happens, a page from memory is the page that one without any memory would be."""
    memory, leader, home = Memory(), world.leader.actor, world.a.inspection

    def same() -> None:
        world.fakes.clock.advance(MINUTE)
        assert _page(world) == _page(world, memory)

    same()
    sent = upload(world.deps, leader, home)
    same()
    newer = upload(world.deps, leader, home, replaces=sent.document)
    same()
    withdraw(world.deps, leader, home, newer.document)
    same()
    recall(world.deps, leader, home, newer.document)
    same()
    explain_gap(world.deps, leader, home, "annual-report", "not_held", "None was made.")
    same()
    _take(world)
    same()


def test_memory_asks_less_and_is_bounded(world: World) -> None:
    """The second look at an inspection reads its documents no more; what does not fit is forgotten, oldest first."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    complete(world.deps, world.leader_b.actor, world.b.inspection)
    asked: list[str] = []
    event.listen(world.deps.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    memory, small = Memory(), Memory(most=20)

    def queries(kept: Memory) -> int:
        before = len(asked)
        _page(world, kept)
        return len(asked) - before

    queries(Memory())  # a connection's own first query is none of the page's
    first, again = queries(memory), queries(memory)
    assert first - again == 2
    queries(small)
    inspection_page(world.deps, world.lead_inspector_b.actor, world.b.inspection, small)
    assert first == queries(small)


def test_nothing_sealed_is_remembered(world: World) -> None:
    """What stays in memory between two pages holds no name, no digest and no key."""
    memory = Memory()
    upload(world.deps, world.leader.actor, world.a.inspection, name="Canary.pdf")
    _page(world, memory)
    [document] = rows(world.deps, Document)
    said = repr(memory._kept)
    assert "statement-of-purpose" in said
    assert "Canary" not in said
    assert document.sha256 is not None
    assert document.sha256.hex() not in said
