"""People by command: accounts, stewards, teams and leaders, with JSON, sentences and exit codes."""

import pytest

from tests.cli.conftest import Portal

NEW = ("nora@inspectorate.example", "Nora New")
LENA, INES = "lena@agency.example", "ines@inspectorate.example"


def _people(portal: Portal, reference: str) -> list[tuple[str, str]]:
    return [(each["role"], each["email"]) for each in portal.json("inspection", "people", reference)]


def test_the_people_of_an_inspection(portal: Portal) -> None:
    """Role, address, name, account and invitation of each."""
    reference = portal.announced()
    leader, lead = portal.json("inspection", "people", reference)
    assert {
        "role": "leader",
        "email": LENA,
        "name": "Lena Leader",
        "state": "Invited, no password yet",
        "invitation": "Can be used until 9:30am on Thursday 12 October 2023",
    } == leader
    assert ("lead_inspector", INES) == (lead["role"], lead["email"])
    assert "Lena Leader" in portal.says("inspection", "people", reference)


def test_the_leader_is_replaced(portal: Portal) -> None:
    """With --keep the one before stays; again it is refused in a sentence."""
    reference = portal.announced()
    replace = ("inspection", "replace-leader", reference, "ann@agency.example", "Ann Acting")
    assert portal.says(*replace, "--keep").startswith(f"ann@agency.example now leads {reference};")
    assert [("leader", "ann@agency.example"), ("contributor", LENA)] == _people(portal, reference)[:2]
    assert "This person leads the inspection already." == portal.refuses(*replace)
    assert "both sides" in portal.refuses("inspection", "replace-leader", reference, INES, "Ines Inspector")
    assert "There is no inspection RAA-99." in portal.refuses("inspection", "replace-leader", "RAA-99", LENA, "Lena")


def test_a_team_is_assigned_and_unassigned(portal: Portal) -> None:
    """What is odd asks for --confirm; who leads is replaced and never only removed."""
    reference = portal.announced()
    assign = ("inspection", "assign", reference)
    done, code = portal.says(*assign, "inspector", *NEW).splitlines()
    assert f"{NEW[0]} is now inspector of {reference}." == done
    assert code.startswith(f"Read this code out to {NEW[0]}, by telephone or in person; no mail has it: ")
    assert portal.refuses(*assign, "lead_inspector", *NEW).endswith("Run this again with --confirm.")
    note, done, another = portal.says(*assign, "lead_inspector", *NEW, "--confirm").splitlines()
    assert note.startswith("Note: The inspection has a lead inspector, who is replaced")
    assert f"{NEW[0]} is now lead inspector of {reference}." == done
    assert code[-7:] != another[-7:]
    unassign = ("inspection", "unassign", reference)
    assert "always has a lead inspector" in portal.refuses(*unassign, NEW[0])
    portal.says(*assign, "inspector", INES, "Ines Inspector")
    assert f"{INES} has no role in {reference} any more." == portal.says(*unassign, INES)
    assert f"{INES} has no role in {reference}." == portal.refuses(*unassign, INES)
    assert [("leader", LENA), ("lead_inspector", NEW[0])] == _people(portal, reference)
    assert 2 == portal.run(*assign, "leader", *NEW).exit_code


def test_a_contributor_is_invited_and_the_invitation_sent_anew_and_revoked(portal: Portal) -> None:
    """Each step shows in the account."""
    reference = portal.announced()
    assert "is now contributor" in portal.says("account", "invite", reference, "pat@agency.example", "Pat")
    [role] = portal.json("account", "show", "pat@agency.example")["roles"]
    assert ("contributor", reference) == (role["role"], role["inspection"])
    assert role["invitation"].startswith("Can be used until")
    where = ("pat@agency.example", "--inspection", reference)
    done, code = portal.says("account", "resend", *where).splitlines()
    assert "The worker sends pat@agency.example a new invitation." == done
    assert code.startswith("Read this code out to pat@agency.example")
    assert "can be used any more" in portal.says("account", "revoke", *where)
    [role] = portal.json("account", "show", "pat@agency.example")["roles"]
    assert "None" == role["invitation"]
    assert "no such role" in portal.refuses("account", "resend", "pat@agency.example")


def test_a_steward_begins_anew_by_the_operator(portal: Portal) -> None:
    """Only after a call; the new code is printed, and nothing of before lets them in."""
    portal.says("account", "add-steward", "ada@inspectorate.example", "Ada Admin", "administrator")
    restore = ("account", "restore", "ada@inspectorate.example")
    assert portal.refuses(*restore).startswith("Call this person first")
    said, code = portal.says(*restore, "--yes").splitlines()
    assert said.startswith("Nothing lets ada@inspectorate.example in any more")
    assert code.startswith("Read this code out to ada@inspectorate.example")
    assert portal.refuses("account", "restore", "nobody@inspectorate.example", "--yes").startswith(
        "There is no account"
    )


def test_accounts_are_listed_found_disabled_and_enabled(portal: Portal) -> None:
    """Who leads an inspection is named when the account is disabled."""
    reference = portal.announced()
    assert [INES, LENA] == [each["email"] for each in portal.json("account", "list")]
    assert [LENA] == [each["email"] for each in portal.json("account", "list", "--search", "leader")]
    assert "There is no such account." == portal.says("account", "list", "--search", "nobody")
    done, led = portal.says("account", "disable", LENA).splitlines()
    assert (f"The account of {LENA} is disabled.", True) == (done, "replace-leader" in led)
    assert "Disabled since 9 October 2023 at 9:30am" == portal.json("account", "show", LENA)["state"]
    assert "can be used again" in portal.says("account", "enable", LENA)
    assert "Lena Leader, lena@agency.example: Invited, no password yet." in portal.says("account", "show", LENA)
    assert "leader" in portal.says("account", "show", LENA)
    assert reference in portal.says("account", "show", LENA)


@pytest.mark.parametrize("command", [("show",), ("disable",), ("enable",), ("resend",), ("revoke",)])
def test_an_unknown_account_is_a_sentence(portal: Portal, command: tuple[str, ...]) -> None:
    """It says where to look."""
    assert "There is no account with this address. `portal account list` shows those there are." == portal.refuses(
        "account", *command, "nobody@example.org"
    )


def test_an_account_is_corrected(portal: Portal) -> None:
    """Address, name or both; another's address is refused."""
    portal.announced()
    said = portal.says("account", "correct", LENA, "--new-email", "right@agency.example", "--name", "Lena Right")
    assert "The account is now that of Lena Right, right@agency.example." == said
    assert "Another account has this address." in portal.refuses(
        "account", "correct", "right@agency.example", "--new-email", INES
    )
    assert 2 == portal.run("account", "correct", INES).exit_code


def test_stewards_end_but_never_the_last(portal: Portal) -> None:
    """Nobody would be left to keep the service."""
    for email in ("a@inspectorate.example", "b@inspectorate.example"):
        portal.says("account", "add-steward", email, "A Steward", "administrator")
    end = ("account", "end-steward")
    assert "a@inspectorate.example is no longer administrator." == portal.says(
        *end, "a@inspectorate.example", "administrator"
    )
    assert "This is the last administrator" in portal.refuses(*end, "b@inspectorate.example", "administrator")
    assert "a@inspectorate.example is no administrator." == portal.refuses(
        *end, "a@inspectorate.example", "administrator"
    )


def test_a_steward_takes_part_in_nothing(portal: Portal) -> None:
    """Nor does whoever takes part become one."""
    reference = portal.announced()
    portal.says("account", "add-steward", *NEW, "administrator")
    assert "is a steward" in portal.refuses("inspection", "assign", reference, "inspector", *NEW)
    assert "takes part in an inspection" in portal.refuses("account", "add-steward", INES, "Ines", "administrator")
