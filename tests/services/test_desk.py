"""The leader's desk: the list with who sent what, the items, and what was said of those that are not sent as asked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from portal.db.engine import reading, writing
from portal.db.registers import AgencyMember
from portal.db.tables import Answer, Base
from portal.domain.answers import Said, When
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.domain.times import london_date
from portal.services.conduct import close
from portal.services.declare import Explanation, declare, read_receipt
from portal.services.desk import ON_A_PAGE, item_page, task_list
from portal.services.explain import explain_gap, take_back_answer
from portal.services.hand_over import make_bundle
from portal.services.lists import list_page
from portal.services.receive import receive
from portal.services.statements import received_page
from portal.services.withdraw import withdraw
from portal.vault.records import inspection_key, open_said
from portal.vault.texts import seal_text
from tests.services.looks import inspection_row, rows, trail_text
from tests.world import CHECKLIST, DUE, World, an_upload, complete, sample, upload

NOON = When("11", "10", "2023", "midday")
NOON_WORDS = "by midday on Wednesday 11 October 2023"


def desk(world: World) -> dict[str, Any]:
    """Return the leader's list."""
    return task_list(world.deps, world.leader.actor, world.a.inspection)


def item(world: World, code: str, **options: Any) -> dict[str, Any]:
    """Return the page of an item."""
    return item_page(world.deps, world.leader.actor, world.a.inspection, code, **options)


def line(world: World, code: str) -> dict[str, Any]:
    """Return an item's line in the list."""
    lines = [each for group in desk(world)["groups"] for each in group["items"] if each["code"] == code]
    [found] = lines
    return dict(found)


def explain(world: World, code: str, kind: str, words: str = "", name: str = "", when: When | None = None) -> None:
    """Answer as the item's page does, which asks for name and time."""
    explain_gap(world.deps, world.leader.actor, world.a.inspection, code, kind, words, name=name, when=when or When())


def minutes(world: World, slot: str, day: str) -> UUID:
    """Send minutes of a meeting on this day."""
    said = replace(an_upload(world.deps, world.a.inspection, "panel-minutes", slot), meeting_date=day)
    return receive(world.deps, world.leader.actor, said, [sample()]).document


def test_eleven_items_in_groups(world: World) -> None:
    """At first each is not yet started, in the checklist's order, below the deadline and what is left until it."""
    view = desk(world)
    lines = [each for group in view["groups"] for each in group["items"]]
    assert [each.code for each in CHECKLIST.items] == [each["code"] for each in lines]
    assert ["Data", "About the agency", "Reports and minutes", "Partners and meetings"] == [
        group["title"] for group in view["groups"]
    ]
    assert {("Not yet started", "govuk-tag--blue")} == {(each["status_words"], each["tag_class"]) for each in lines}
    assert ("4pm on Tuesday 10 October 2023", "1 day and 6 hours left", "9 October 2023 at 9:30am") == (
        view["deadline_words"], view["time_left_words"], view["server_time_words"],
    )  # fmt: skip


def test_time_left_is_the_servers(world: World) -> None:
    """It is counted down from the frozen deadline, and afterwards up."""
    world.fakes.clock.set(DUE - timedelta(hours=3, minutes=12))
    assert "3 hours and 12 minutes left" == desk(world)["time_left_words"]
    world.fakes.clock.set(DUE + timedelta(hours=2))
    assert ("The deadline passed 2 hours ago", True) == (desk(world)["time_left_words"], desk(world)["passed"])


def test_who_sent_what_and_when(world: World) -> None:
    """The newest document of each item is named, with its sender, its time and how many more there are."""
    upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide", name="Older.pdf")
    world.fakes.clock.advance(timedelta(minutes=90))
    upload(world.deps, world.contributor.actor, world.a.inspection, "childrens-guide", name="Guide.pdf")
    found = line(world, "childrens-guide")
    assert ("Completed", None) == (found["status_words"], found["tag_class"])
    assert ["Guide.pdf, sent by Conrad Contributor on 9 October 2023 at 11am, and 1 more"] == found["hints"]


def test_minutes_are_counted(world: World) -> None:
    """Two of three, and what of it is missing."""
    minutes(world, "latest", "2023-09-06")
    minutes(world, "second", "2023-08-02")
    found = line(world, "panel-minutes")
    assert "In progress" == found["status_words"]
    assert ["2 of 3 panel minutes sent", "Still to send: Third latest panel meeting"] == found["hints"][:2]


def test_minutes_stand_newest_first_and_equal_dates_are_questioned(world: World) -> None:
    """On the item's page, in the list and on the page that says that they were received; nothing is refused."""
    minutes(world, "second", "2023-09-06")
    document = minutes(world, "third", "2023-08-02")
    assert ["second", "third", "latest"] == [slot["code"] for slot in item(world, "panel-minutes")["slots"]]
    assert () == item(world, "panel-minutes")["questions"]
    document = minutes(world, "latest", "2023-09-06")
    question = (
        "Two sets of panel minutes have the same meeting date, Wednesday 6 September 2023. "
        "Is that right? Replace one if not."
    )
    assert (question,) == item(world, "panel-minutes")["questions"]
    assert question in line(world, "panel-minutes")["hints"]
    received = received_page(world.deps, world.leader.actor, world.a.inspection, document)
    assert (question,) == received["questions"]
    assert "" == received["same_words"]
    assert () == item(world, "board-minutes")["questions"]


def test_a_file_that_came_before_is_said_to_be_the_same(world: World) -> None:
    """Whoever sends one file twice, in place of another or for another item, is told when it came first."""
    mine, data = (world.deps, world.leader.actor, world.a.inspection), sample("xlsx")
    first = upload(*mine, "a1-form", "workbook", data).document
    world.fakes.clock.advance(timedelta(minutes=5))
    again = upload(*mine, "a1-form", "workbook", data, replaces=first).document
    assert "" == received_page(*mine, first)["same_words"]
    assert "This is the same file as the one that was received on 9 October 2023 at 9:30am for A1 form." == str(
        received_page(*mine, again)["same_words"]
    )


def test_what_follows_says_by_when(world: World) -> None:
    """The list, the item, the summary, the bundle's index and the receipt all say it."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    [report] = item(world, "annual-report")["slots"][0]["documents"]
    withdraw(world.deps, world.leader.actor, world.a.inspection, report["id"])
    explain(world, "annual-report", "to_follow", "The board meets.", when=NOON)
    assert f"10 provided, 1 to follow {NOON_WORDS}" == desk(world)["summary"]
    assert [f"To follow {NOON_WORDS}"] == line(world, "annual-report")["hints"]
    page = item(world, "annual-report")
    assert f"It will follow: By{NOON_WORDS[2:]}. The board meets." == page["gap_words"]
    assert {"kind": "to_follow", "words": "The board meets.", "name": "", "by_time": "12:00"} | {
        "by_day": "11", "by_month": "10", "by_year": "2023",
    } == page["gap"]  # fmt: skip
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    body = read_receipt(world.deps, world.leader.actor, world.a.inspection)["body"]
    assert [f"By{NOON_WORDS[2:]}. The board meets."] == [gap["words"] for gap in body["gaps"]]
    _bag, chunks = make_bundle(world.deps, world.inspector.actor, world.a.inspection)
    assert f"By{NOON_WORDS[2:]}. The board meets.".encode() in b"".join(chunks)


def test_what_has_not_come_in_time_is_said(world: World) -> None:
    """A promise that was not kept is listed as missing, until the item comes."""
    explain(world, "annual-report", "to_follow", when=NOON)
    assert [] == desk(world)["overdue"]
    world.fakes.clock.advance(timedelta(days=3))
    said = f"Was to follow {NOON_WORDS}, and has not come"
    assert [f"Annual report of the agency: {said}"] == desk(world)["overdue"]
    assert [said] == line(world, "annual-report")["hints"]
    assert said == item(world, "annual-report")["overdue"]
    upload(world.deps, world.leader.actor, world.a.inspection, "annual-report")
    assert ([], "") == (desk(world)["overdue"], item(world, "annual-report")["overdue"])


def test_an_equivalent_is_named(world: World) -> None:
    """Its name is a field of its own, and counts once there is a file."""
    minutes(world, "latest", "2023-09-06")
    explain(world, "panel-minutes", "equivalent", name="The panel's yearbook")
    found = line(world, "panel-minutes")
    assert "Equivalent provided" == found["status_words"]
    assert "Sent instead: The panel's yearbook" in found["hints"]
    page = item(world, "panel-minutes")
    assert ("The panel's yearbook", "We have sent something equivalent: The panel's yearbook") == (
        page["gap"]["name"], page["gap_words"],
    )  # fmt: skip


def test_one_file_is_said_to_be_an_equivalent_and_taken_back(world: World) -> None:
    """Also after it was sent; what was said by mistake is taken back once, and the file is what was asked for."""
    deps, leader, inspection = world.deps, world.leader.actor, world.a.inspection
    upload(deps, leader, inspection, "annual-report")
    offered = item_page(deps, leader, inspection, "annual-report")["gap_options"]
    assert ["equivalent"] == [each["value"] for each in offered]
    explain_gap(deps, leader, inspection, "annual-report", "equivalent", "", name="The yearly review")
    assert "1 provided as an equivalent, 10 still to send" == task_list(deps, leader, inspection)["summary"]
    assert "The yearly review" in (item_page(deps, leader, inspection, "annual-report")["gap_words"] or "")
    take_back_answer(deps, leader, inspection, "annual-report")
    assert "1 provided, 10 still to send" == task_list(deps, leader, inspection)["summary"]
    with pytest.raises(Conflict, match="taken back already"):
        take_back_answer(deps, leader, inspection, "annual-report")


def test_none_is_an_answer_for_meetings_alone(world: World) -> None:
    """It settles the item, is taken for no other, and not beside a list."""
    explain(world, "prearranged-meetings", "none")
    assert "1 none to report, 10 still to send" == desk(world)["summary"]
    assert ("None arranged", "None arranged") == (
        line(world, "prearranged-meetings")["status_words"], item(world, "prearranged-meetings")["gap_words"],
    )  # fmt: skip
    with pytest.raises(Refused, match="Select why"):
        explain(world, "annual-report", "none")
    explained = {each.code: Explanation("not_held", "None.") for each in CHECKLIST.items}
    assert 1 == declare(world.deps, world.leader.actor, world.a.inspection, explained)
    upload(world.deps, world.leader.actor, world.a.inspection, "prearranged-meetings")
    assert desk(world)["summary"].startswith("1 provided, 10 not held")
    with pytest.raises(Conflict, match="Withdraw it first"):
        explain(world, "prearranged-meetings", "none")


def test_the_declaration_takes_none_for_no_other_item(world: World) -> None:
    """What its page does not offer is no reason."""
    explained = {each.code: Explanation("not_held", "None.") for each in CHECKLIST.items}
    with pytest.raises(Refused, match="Annual report of the agency: select why"):
        declare(
            world.deps, world.leader.actor, world.a.inspection, explained | {"annual-report": Explanation("none", "")}
        )


@pytest.mark.parametrize(
    ("kind", "name", "when", "field"),
    [
        ("equivalent", " ", When(), "name"),
        ("to_follow", "", When(), "by_day"),
        ("to_follow", "", When("9", "10", "2023", "9am"), "by_day"),
        ("to_follow", "", When("11", "10", "2023", "whenever"), "by_time"),
    ],
)
def test_an_answer_that_lacks_its_part_changes_nothing(
    world: World, kind: str, name: str, when: When, field: str
) -> None:
    """The sentence stands at the field."""
    with pytest.raises(Refused) as refused:
        explain(world, "annual-report", kind, "Words", name=name, when=when)
    assert (field, []) == (refused.value.field, rows(world.deps, Answer))


def test_plain_words_of_older_answers_still_open(world: World) -> None:
    """An answer sealed before there were names and times is words alone."""
    explain(world, "annual-report", "not_held", "Never was one.")
    key = inspection_key(world.deps, inspection_row(world.deps, world.a.inspection))
    plain = '{"words": "typed as such"}'
    with writing(world.deps.engine) as session:
        [answer] = session.query(Answer)
        assert Said("Never was one.") == open_said(key, answer)
        answer.sealed_words = seal_text(key, world.a.inspection, answer.id, "words", plain)
    [answer] = rows(world.deps, Answer)
    assert Said(plain) == open_said(key, answer)
    assert f"We do not hold it: {plain}" == item(world, "annual-report")["gap_words"]


def test_a_page_shows_a_bounded_number_of_documents(world: World) -> None:
    """The rest is on further pages; a document to be replaced is found on whichever page it is."""
    sent = [
        upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide").document
        for _ in range(ON_A_PAGE + 1)
    ]
    [first] = item(world, "childrens-guide")["slots"]
    [second] = item(world, "childrens-guide", page=2)["slots"]
    shown = [each["id"] for each in (*first["documents"], *second["documents"])]
    assert (sorted(sent), ON_A_PAGE) == (sorted(shown), len(first["documents"]))
    assert ((1, 2), (2, 2)) == ((first["page"], first["pages"]), (second["page"], second["pages"]))
    [beyond] = item(world, "childrens-guide", page=9, replace=str(sent[0]))["slots"]
    assert (2, sent[0]) == (beyond["page"], beyond["replacing"]["id"])


def test_whose_it_is(world: World) -> None:
    """Another agency's list is not there; the team has its own pages; an unknown item is none."""
    for page in (
        lambda actor: task_list(world.deps, actor, world.a.inspection),
        lambda actor: item_page(world.deps, actor, world.a.inspection, "link-staff"),
        lambda actor: list_page(world.deps, actor, world.a.inspection, "link-staff"),
    ):
        with pytest.raises(NotFound):
            page(world.leader_b.actor)
        for person in (world.inspector, world.administrator):
            with pytest.raises(NotAllowed):
                page(person.actor)
    for code in ("nothing", "annual-report"):
        with pytest.raises(NotFound, match="no such list"):
            list_page(world.deps, world.leader.actor, world.a.inspection, code)
    with pytest.raises(NotFound, match="no such item"):
        item(world, "nothing")


def test_who_may_declare(world: World) -> None:
    """The leader alone, while the inspection is open."""
    assert desk(world)["may_declare"]
    assert not task_list(world.deps, world.contributor.actor, world.a.inspection)["may_declare"]
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    assert not desk(world)["may_declare"]
    assert [] == item(world, "annual-report")["gap_options"]


def test_members_are_those_of_the_day_of_announcement(world: World) -> None:
    """In London; first and last day count, and another agency's are none of hers."""
    own = inspection_row(world.deps, world.a.inspection)
    other = inspection_row(world.deps, world.b.inspection)
    day = london_date(own.announced_at)
    one = timedelta(days=1)
    with writing(world.deps.engine) as session:
        for agency, authority, begun, ended in (
            (own.agency_id, "York", day, None),
            (own.agency_id, "Leeds", day - one, day),
            (own.agency_id, "Gone", day - 2 * one, day - one),
            (own.agency_id, "Coming", day + one, None),
            (other.agency_id, "Theirs", day, None),
        ):
            session.add(AgencyMember(agency_id=agency, authority=authority, from_on=begun, until_on=ended))
    view, around = list_page(world.deps, world.leader.actor, world.a.inspection, "link-staff")
    assert (("Leeds", "York"), day) == (around.members, around.announced_on)
    assert ("contacts", "link-staff-contacts.csv", None) == (view["form"], view["file_name"], view["current"])


def test_what_is_typed_is_sealed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither reason nor name of an equivalent stands in a table, the outbox, the trail or the log."""
    explain(world, "annual-report", "equivalent", "Canary-reason", name="Canary-name")
    explain(world, "annual-report", "to_follow", "Canary-follows", when=NOON)
    explained = {each.code: Explanation("not_held", "Canary-declared") for each in CHECKLIST.items}
    declare(world.deps, world.leader.actor, world.a.inspection, explained)
    with reading(world.deps.engine) as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(table.select()):
                assert "canary" not in repr(row).lower(), table.name
    assert "canary" not in trail_text(world.deps).lower()
    assert "canary" not in repr(world.fakes.store._versions).lower()
    assert "canary" not in "".join(capsys.readouterr()).lower()
