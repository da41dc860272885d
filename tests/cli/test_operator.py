"""What the operator does before and during an inspection: programmes, inspections, accounts."""

import json
import re

from tests.cli.conftest import PEOPLE, Portal

CODE = re.compile(r"no mail has it: [2-9A-Z]{3}-[2-9A-Z]{3}$")
ANNOUNCE = ("inspection", "announce", "RAA", "--agency", "adopt-shore", "Adopt Shoreline")


def test_programmes_are_added_and_listed(portal: Portal) -> None:
    """A programme that was added is listed, in JSON and in the table."""
    assert "There is no programme yet: `portal programme add`." == portal.says("programme", "list")
    assert [] == portal.json("programme", "list")

    assert "Added the programme RAA." == portal.says("programme", "add", "RAA", "Regional adoption agencies")

    expected = {
        "code": "RAA",
        "title": "Regional adoption agencies",
        "deadline": "next_day",
        "published on": "",
        "held": "no",
    }
    assert [expected] == portal.json("programme", "list")
    assert "Regional adoption agencies" in portal.says("programme", "list")


def test_title_is_printed_as_it_was_typed(portal: Portal) -> None:
    """Brackets and colons in a title are no markup, and a long one is not cut off."""
    title = "A [bold]very[/] :smile: [/red] thematic exercise about the regional adoption agencies of all England"
    portal.says("programme", "add", "RAA", title)

    assert title in portal.says("programme", "list")


def test_code_is_taken_once(portal: Portal) -> None:
    """A second programme of the same code is refused."""
    portal.says("programme", "add", "RAA", "One")

    assert "There is a programme RAA already. Choose another code." == portal.refuses("programme", "add", "RAA", "Two")


def test_unknown_checklist_is_refused(portal: Portal) -> None:
    """A programme is added on a checklist that there is; the sentence says which those are."""
    assert "There is no checklist 1999. There are: 2023." == portal.refuses(
        "programme", "add", "RAA", "One", "--checklist", "1999"
    )


def test_publication_is_entered(portal: Portal) -> None:
    """The date of publication starts the retention clock, and both dates that follow are said."""
    portal.announced()
    portal.set_clock("2023-11-21T10:00")

    said = portal.says("programme", "publish", "RAA", "2023-11-20")

    assert "Disposal is due at 2024-11-21T00:00:00Z." == said.splitlines()[0]
    assert "Nothing is disposed of before 2024-11-21T00:00:00Z." == said.splitlines()[1]
    assert "2023-11-20" == portal.json("programme", "list")[0]["published on"]


def test_publication_in_the_future_is_refused(portal: Portal) -> None:
    """What has not happened cannot start a clock."""
    portal.announced()

    assert "The publication date must be today or in the past." == portal.refuses(
        "programme", "publish", "RAA", "2023-10-10"
    )


def test_publication_of_an_unknown_programme_is_refused(portal: Portal) -> None:
    """An unknown code is a sentence."""
    assert "NONE" in portal.refuses("programme", "publish", "NONE", "2023-10-09")


def test_inspection_is_announced(portal: Portal) -> None:
    """The announcement freezes the deadline, gives a reference, and queues a mail for each person."""
    portal.set_clock("2023-10-09T09:30")
    portal.says("programme", "add", "RAA", "Regional adoption agencies")

    said = portal.says(*ANNOUNCE, *PEOPLE, "--inspector", "ivo@inspectorate.example", "Ivo Inspector")

    lines = said.splitlines()
    assert "Announced RAA-01: the information is due by 4pm on Tuesday 10 October 2023." == lines[0]
    assert [True] * 3 == [bool(CODE.search(line)) for line in lines[1:]]
    listed = portal.json("inspection", "list")
    assert [("RAA-01", "Adopt Shoreline", "announced", "no", "no")] == [
        (each["reference"], each["agency"], each["state"], each["declared"], each["held"]) for each in listed
    ]


def test_announcement_is_told_as_json(portal: Portal) -> None:
    """A script learns the inspection's id, reference, deadline and warnings."""
    portal.set_clock("2023-10-09T09:30")
    portal.says("programme", "add", "RAA", "Regional adoption agencies")

    told = portal.json(*ANNOUNCE, *PEOPLE)

    assert {"inspection", "reference", "deadline", "warnings", "codes"} == set(told)
    assert ("RAA-01", []) == (told["reference"], told["warnings"])
    assert {"lena@agency.example", "ines@inspectorate.example"} == set(told["codes"])
    assert 2 == len(set(told["codes"].values()))


def test_warning_asks_for_confirmation(portal: Portal) -> None:
    """An announcement in the evening goes ahead only when it is confirmed, and then says what was odd."""
    portal.set_clock("2023-10-09T19:30")
    portal.says("programme", "add", "RAA", "Regional adoption agencies")

    assert portal.refuses(*ANNOUNCE, *PEOPLE).endswith("Confirm that you want to announce now.")

    said = portal.says(*ANNOUNCE, *PEOPLE, "--confirm").splitlines()
    assert said[0].startswith("Note: ")
    assert said[-3].startswith("Announced RAA-01: ")


def test_two_readings_ask_for_a_policy(portal: Portal) -> None:
    """Where "the day after" can be read in two ways somebody has to choose, and can."""
    portal.set_clock("2023-10-06T09:30")
    portal.says("programme", "add", "RAA", "Regional adoption agencies")

    assert "can be read in two ways" in portal.refuses(*ANNOUNCE, *PEOPLE, "--confirm")

    said = portal.says(*ANNOUNCE, *PEOPLE, "--confirm", "--policy", "next_working_day")
    assert said.splitlines()[0].endswith("due by 4pm on Monday 9 October 2023.")


def test_same_person_twice_is_refused(portal: Portal) -> None:
    """Each person has one part in an inspection."""
    portal.set_clock("2023-10-09T09:30")
    portal.says("programme", "add", "RAA", "Regional adoption agencies")

    assert "Each person can be named once: two have the same email address." == portal.refuses(
        *ANNOUNCE, *PEOPLE, "--inspector", "LENA@agency.example", "Lena Leader"
    )


def test_inspection_is_closed_once(portal: Portal) -> None:
    """A closed inspection takes no more documents, and cannot be closed again."""
    reference = portal.announced()

    assert f"Closed {reference}." == portal.says("inspection", "close", reference)

    assert "closed" == portal.json("inspection", "list")[0]["state"]
    assert "Only an inspection that still takes documents can be closed." == portal.refuses(
        "inspection", "close", reference
    )


def test_unknown_reference_is_a_sentence(portal: Portal) -> None:
    """An unknown inspection is named, and where to look."""
    assert "There is no inspection RAA-99. `portal inspection list` shows those there are." == portal.refuses(
        "inspection", "close", "RAA-99"
    )


def test_steward_is_added_once(portal: Portal) -> None:
    """A steward gets the role and an invitation, but not the same role twice."""
    command = ("account", "add-steward", "ada@inspectorate.example", "Ada Admin", "administrator")

    done, code = portal.says(*command).splitlines()
    assert "ada@inspectorate.example is now administrator; the worker sends the invitation." == done
    assert code.startswith(
        "Read this code out to ada@inspectorate.example, by telephone or in person; no mail has it: "
    )
    assert CODE.search(code)

    assert "This person has that role already." == portal.refuses(*command)
    assert "data protection officer" in portal.says(*command[:-1], "data_protection_officer")


def test_bad_address_is_a_sentence(portal: Portal) -> None:
    """An address that is none is refused in words."""
    assert "Enter an email address in the correct format, like name@example.com" == portal.refuses(
        "account", "add-steward", "ada", "Ada Admin", "administrator"
    )


def test_lists_are_json_for_scripts(portal: Portal) -> None:
    """What --json prints is a list of objects, whatever there is to list."""
    portal.announced()

    for command in (("programme", "list"), ("inspection", "list"), ("audit", "list"), ("retention", "due")):
        told = json.loads(portal.says(*command, "--json"))
        assert all(isinstance(each, dict) for each in told)
        assert told
