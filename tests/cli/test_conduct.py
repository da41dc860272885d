"""Conducting an inspection from the command line, on behalf of whoever decided it."""

from pathlib import Path

import pytest

from portal.cli.inspection import find
from portal.domain.roles import Role
from tests.cli.conftest import PEOPLE, Portal
from tests.services.looks import trail_text
from tests.world import DUE, add_person, give_role, upload

HEAD = ("--for", "ines@inspectorate.example")
REASON = "The post room of Cranberry House is flooded."


@pytest.fixture
def reason(tmp_path: Path) -> tuple[str, str]:
    """A file that says why."""
    file = tmp_path / "reason.txt"
    file.write_text(REASON + "\n")
    return ("--reason", str(file))


def test_a_deadline_is_moved_for_the_lead_inspector(portal: Portal, reason: tuple[str, str]) -> None:
    """The words name the new deadline; the trail says who decided, and not why."""
    reference = portal.announced()
    command = ("inspection", "move-deadline", reference, *reason, *HEAD)
    assert f"{reference} is now due by 4pm on Thursday 12 October 2023." == portal.says(
        *command, "--to", "2023-10-12T16:00"
    )
    assert {"reference": reference, "deadline": "10:30am on Friday 13 October 2023"} == portal.json(
        *command, "--to", "2023-10-13T09:30Z"
    )
    assert "must be later than 10:30am on Friday" in portal.refuses(*command, "--to", "2023-10-12T16:00")
    assert "is not a time such as" in portal.refuses(*command, "--to", "teatime")
    assert "clocks change" in portal.refuses(*command, "--to", "2023-10-29T01:30")
    with portal.deps() as deps:
        trail = trail_text(deps)
    assert "operator:person:" in trail
    assert "Cranberry" not in trail


def test_nobody_else_decides(portal: Portal, reason: tuple[str, str]) -> None:
    """Neither the leader nor somebody without an account, and never the operator alone."""
    reference = portal.announced()
    command = ("inspection", "defer", reference, *reason)
    assert "Only the lead inspector or quality assurance officer" in portal.refuses(
        *command, "--for", "lena@agency.example"
    )
    assert "There is no account with the address nobody@x.example" in portal.refuses(
        *command, "--for", "nobody@x.example"
    )
    assert 2 == portal.run(*command).exit_code


def test_deferred_and_announced_again(portal: Portal, reason: tuple[str, str]) -> None:
    """A deferred inspection waits for a new announcement, which asks what the first one asks."""
    reference = portal.announced()
    again = ("inspection", "announce-again", reference, *HEAD)
    assert "Only a deferred inspection" in portal.refuses(*again)
    assert portal.says("inspection", "defer", reference, *reason, *HEAD).startswith(f"{reference} is deferred")
    assert "deferred already" in portal.refuses("inspection", "defer", reference, *reason, *HEAD)
    portal.set_clock("2023-10-13T18:30")
    assert "can be read in two ways" in portal.refuses(*again)
    assert "after 6pm" in portal.refuses(*again, "--policy", "next_working_day")
    told = portal.json(*again, "--policy", "next_working_day", "--confirm")
    assert {"reference": reference, "deadline": "4pm on Monday 16 October 2023"} == told


def test_an_empty_reason_is_refused(portal: Portal, tmp_path: Path) -> None:
    """Standard input with nothing in it, or a file of blanks, is no reason."""
    reference = portal.announced()
    blank = tmp_path / "blank"
    blank.write_text(" \n")
    assert "Enter the reason for the deferral." == portal.refuses("inspection", "defer", reference, *HEAD)
    assert "Enter the reason for the deferral." == portal.refuses(
        "inspection", "defer", reference, *HEAD, "--reason", str(blank)
    )


def test_a_reason_that_cannot_be_read_is_a_sentence(portal: Portal, tmp_path: Path) -> None:
    """Neither a file that is not there nor one that is no text ends as a traceback."""
    reference = portal.announced()
    picture = tmp_path / "picture"
    picture.write_bytes(b"\xff\xfe\xfa")
    command = ("inspection", "defer", reference, *HEAD, "--reason")
    assert "The reason must be plain text in UTF-8." == portal.refuses(*command, str(picture))
    assert 2 == portal.run(*command, str(tmp_path / "none")).exit_code


def test_late_documents_are_accepted(portal: Portal) -> None:
    """A document or an item, and nothing twice."""
    reference = portal.announced()
    portal.set_clock("2023-10-10T17:00")
    with portal.deps() as deps:
        inspection = find(deps, reference).id
        leader = add_person(deps, "second@agency.example")
        give_role(deps, leader.id, Role.contributor, inspection)
        documents = [upload(deps, leader.actor, inspection, "childrens-guide").document for _ in range(2)]
        assert deps.clock.now() > DUE
    command = ("inspection", "accept-late", reference, *HEAD)
    assert "Select what you accept" == portal.refuses(*command)
    assert f"Accepted 1 late document of {reference}." == portal.says(*command, "--document", str(documents[0]))
    assert {"reference": reference, "accepted": 1} == portal.json(*command, "--item", "childrens-guide")
    assert f"Accepted 0 late documents of {reference}." == portal.says(*command, "--item", "childrens-guide")
    assert "There is no such item" in portal.refuses(*command, "--item", "nothing")


def test_a_fourth_inspector_and_a_fifth_day_warn(portal: Portal) -> None:
    """The soft limits of the guidance are said, and can be gone past."""
    portal.set_clock("2023-10-09T09:30")
    portal.says("programme", "add", "RAA", "Regional adoption agencies")
    more = [each for n in range(3) for each in ("--inspector", f"i{n}@inspectorate.example", "Ivo")]
    command = ("inspection", "announce", "RAA", "--agency", "a", "A", *PEOPLE, *more, "--days-on-site", "5")
    said = portal.refuses(*command)
    assert "4 inspectors" in said
    assert "5 days" in said
    assert 2 == len(portal.json(*command, "--confirm")["warnings"])


def test_closing_is_told_as_json(portal: Portal) -> None:
    """A script learns the state."""
    reference = portal.announced()
    assert {"reference": reference, "state": "closed"} == portal.json("inspection", "close", reference)
