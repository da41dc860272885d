"""The registers on the command line: programmes, agencies, bank holidays; and certificates and alarms."""

from typing import Any

from portal.services.heartbeat import beat
from tests.cli.conftest import PEOPLE, Portal
from tests.cli.test_end_of_life import DUE, walk


def test_a_programme_is_shown_and_changed(portal: Portal) -> None:
    """What is not given stays; the policy stands once an inspection was announced."""
    portal.announced()
    window = ("--window", "2023-10-02", "2023-12-22")
    assert "Changed the programme RAA." == portal.says("programme", "edit", "RAA", "--title", "New", *window)
    told = portal.json("programme", "show", "RAA")
    assert ("New", "next_day", ["2023-10-02", "2023-12-22"], 1) == (
        told["title"], told["deadline"], told["window"], told["pages"],
    )  # fmt: skip
    assert ["RAA-01"] == [each["reference"] for each in told["inspections"]]
    assert "can no longer change" in portal.refuses("programme", "edit", "RAA", "--policy", "next_working_day")
    portal.says("programme", "edit", "RAA", "--no-window", "--data", "2022-04-01", "2023-03-31")
    assert ["2022-04-01", "2023-03-31"] == portal.json("programme", "show", "RAA")["data"]
    portal.says("programme", "edit", "RAA", "--no-data")
    assert None is portal.json("programme", "show", "RAA")["data"]
    assert None is portal.json("programme", "show", "RAA")["window"]
    assert "Adopt Shoreline" in portal.says("programme", "show", "RAA")
    assert "There is no programme NONE." in portal.refuses("programme", "show", "NONE")


def test_limits_are_noted(portal: Portal) -> None:
    """Days on site outside the window are said of, and stop nothing."""
    portal.announced()
    portal.says("programme", "edit", "RAA", "--window", "2023-11-01", "2023-12-22")
    assert "Note: 1 inspection has days on site outside the window of the programme." in portal.says(
        "programme", "show", "RAA"
    )


def test_a_window_is_added_with_the_programme_the_right_way_round(portal: Portal) -> None:
    """The wrong way round is a sentence, and adds nothing."""
    wrong = ("programme", "add", "RAA", "One", "--window", "2023-12-22", "2023-10-02")
    assert "The last day of the window must be Friday 22 December 2023 or later" == portal.refuses(*wrong)
    assert [] == portal.json("programme", "list")


def test_window_and_no_window_contradict(portal: Portal) -> None:
    """Exit code 2: the command was not understood."""
    both = ("programme", "edit", "RAA", "--window", "2023-10-02", "2023-12-22", "--no-window")
    assert 2 == portal.run(*both).exit_code


def test_agencies_are_kept(portal: Portal) -> None:
    """Added, renamed, marked and listed; a code is taken once."""
    assert "There is no agency yet: `portal agency add`." == portal.says("agency", "list")
    portal.says("agency", "add", "NORTH", "Adopt North")
    portal.says("agency", "rename", "NORTH", "Adopt Northmoor")
    assert "NORTH can no longer be chosen for an inspection." == portal.says("agency", "voluntary", "NORTH")
    expected = {"code": "NORTH", "name": "Adopt Northmoor", "voluntary": "yes", "members": 0}
    assert [expected] == portal.json("agency", "list")
    assert "Adopt Northmoor" in portal.says("agency", "list")
    assert "There is an agency NORTH already. Choose another code." == portal.refuses("agency", "add", "NORTH", "x")
    assert "There is no agency SOUTH." in portal.refuses("agency", "rename", "SOUTH", "x")
    assert "begin with: ADOPT LEEDS." in portal.says("agency", "words", "NORTH", "leeds", "adopt")
    portal.says("agency", "member-add", "NORTH", "Eastcliff Council", "2018-04-01", "--number", "383")
    assert "3 digits" in portal.refuses(
        *("agency", "member-correct", "NORTH", "Eastcliff Council", "2018-04-01", "--number", "38")
    )
    told = portal.json("agency", "show", "NORTH")
    assert ("ADOPT LEEDS", "383") == (told["words"], told["members"][0]["number"])


def test_a_voluntary_agency_is_not_announced(portal: Portal) -> None:
    """The sentence says why, with exit code 1 (paragraph 14); without the mark it goes on."""
    portal.set_clock("2023-10-09T09:30")
    portal.says("programme", "add", "RAA", "One")
    portal.says("agency", "add", "NORTH", "Adopt North")
    portal.says("agency", "voluntary", "NORTH")
    announce = ("inspection", "announce", "RAA", "--agency", "NORTH", "Adopt North", *PEOPLE)
    assert "cannot be chosen for an inspection (paragraph 14)" in portal.refuses(*announce)
    portal.says("agency", "voluntary", "NORTH", "--no")
    assert "RAA-01" in portal.says(*announce)


def members(portal: Portal, code: str = "NORTH") -> list[Any]:
    """Return an agency's memberships: authority, first and last day."""
    return [(each["authority"], each["from"], each["until"]) for each in portal.json("agency", "show", code)["members"]]


def test_memberships_are_dated(portal: Portal) -> None:
    """An authority joins, is corrected, leaves and may come back; never twice on a day."""
    portal.says("agency", "add", "NORTH", "Adopt North")
    portal.says("agency", "member-add", "NORTH", "Eastclif", "2018-04-01")
    portal.says("agency", "member-correct", "NORTH", "Eastclif", "2018-04-01", "--name", "Eastcliff")
    assert "entered as a member already" in portal.refuses("agency", "member-add", "NORTH", "Eastcliff", "2020-01-01")
    portal.says("agency", "member-end", "NORTH", "Eastcliff", "2021-03-31")
    portal.says("agency", "member-add", "NORTH", "Eastcliff", "2022-01-01", "--until", "2022-12-31")
    again, before = ("Eastcliff", "2022-01-01", "2022-12-31"), ("Eastcliff", "2018-04-01", "2021-03-31")
    assert [again, before] == members(portal)
    portal.says("agency", "member-correct", "NORTH", "Eastcliff", "2022-01-01", "--no-end")
    assert ("Eastcliff", "2022-01-01", "") == members(portal)[0]
    assert "Eastcliff" in portal.says("agency", "show", "NORTH")
    assert "NORTH has no such membership." in portal.refuses("agency", "member-correct", "NORTH", "X", "2022-01-01")
    assert "X is no member of Adopt North." in portal.refuses("agency", "member-end", "NORTH", "X", "2022-01-01")
    wrong = ("agency", "member-correct", "NORTH", "X", "2022-01-01", "--until", "2023-01-01", "--no-end")
    assert 2 == portal.run(*wrong).exit_code


def test_an_authority_in_two_agencies_is_noted(portal: Portal) -> None:
    """It is entered all the same."""
    for code in ("NORTH", "SOUTH"):
        portal.says("agency", "add", code, f"Adopt {code}")
        said = portal.says("agency", "member-add", code, "Eastcliff", "2018-04-01")
    assert "Note: Eastcliff is also a member of Adopt NORTH" in said
    assert 1 == len(portal.json("agency", "show", "SOUTH")["warnings"])


def test_a_holiday_is_added_listed_and_removed(portal: Portal) -> None:
    """What it concerns is said at once and again later; a published day cannot be removed."""
    portal.announced()
    said = portal.says("holiday", "add", "2023-10-16", "A coronation")
    assert said.startswith("Added 2023-10-16. Deadlines that are set already do not move.")
    assert "RAA-01" in said
    [concerned] = portal.json("holiday", "concerns", "2023-10-16")
    assert "The team comes on Monday 16 October 2023." in concerned["dates"]
    listed = {each["date"]: each["added"] for each in portal.json("holiday", "list", "--year", "2023")}
    assert ("yes", "no") == (listed["2023-10-16"], listed["2023-12-25"])
    assert listed == {each["date"]: each["added"] for each in portal.json("holiday", "list")}
    assert "is a bank holiday already" in portal.refuses("holiday", "add", "2023-12-25", "x")
    assert "Removed 2023-10-16." == portal.says("holiday", "remove", "2023-10-16")
    assert 1 == portal.run("holiday", "remove", "2023-12-25").exit_code


def test_an_added_holiday_moves_the_next_announcement(portal: Portal) -> None:
    """Whoever announces after it was added gets the deadline that passes over it."""
    portal.set_clock("2023-10-09T09:30")
    portal.says("programme", "add", "RAA", "One", "--policy", "next_working_day")
    portal.says("holiday", "add", "2023-10-10", "A coronation")
    announce = ("inspection", "announce", "RAA", "--agency", "NORTH", "Adopt North", *PEOPLE)
    told = portal.json(*announce, "--policy", "next_working_day", "--confirm")
    assert "4pm on Wednesday 11 October 2023" == told["deadline"]


def test_one_inspection_is_disposed_of_alone(portal: Portal) -> None:
    """The other waits for its turn; the certificate is listed."""
    portal.announced()
    portal.says("inspection", "announce", "RAA", "--agency", "adopt-hills", "Adopt Three Hills", *PEOPLE)
    portal.set_clock("2023-11-21T10:00")
    portal.says("programme", "publish", "RAA", "2023-11-20")
    assert "not due" in portal.fails("retention", "dispose", "--only", "RAA-01", "--yes")
    walk(portal, DUE)
    assert ["RAA-01"] == [each["reference"] for each in portal.json("retention", "dispose", "--only", "RAA-01")]
    assert portal.says("retention", "dispose", "--only", "RAA-01", "--yes").startswith("RAA-01 was disposed of")
    assert ["RAA-02"] == [each["reference"] for each in portal.json("retention", "due")]
    assert ["RAA-01"] == [each["reference"] for each in portal.json("retention", "certificates")]
    assert "RAA-01" in portal.says("retention", "certificates")


def test_alarms_and_certificates_may_be_none(portal: Portal) -> None:
    """Nothing stands, nothing was disposed of: a sentence, or an empty list."""
    assert "No alarm stands." == portal.says("retention", "alarms")
    assert "Nothing has been disposed of yet." == portal.says("retention", "certificates")
    assert [[], []] == [portal.json("retention", each) for each in ("alarms", "certificates")]


def test_a_standing_alarm_is_listed(portal: Portal) -> None:
    """With its kind, its time and its words."""
    portal.set_clock("2023-10-09T09:30")
    with portal.deps() as deps:
        beat(deps)
    portal.set_clock("2023-10-19T09:30")
    with portal.deps() as deps:
        beat(deps)
    [alarm] = portal.json("retention", "alarms")
    assert "clock" == alarm["kind"]
    assert alarm["raised"].startswith("2023-10-19T08:30")
    assert "The clock has leapt" in alarm["words"]
