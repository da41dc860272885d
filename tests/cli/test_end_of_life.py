"""Retention and the audit trail on the command line."""

import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from portal.services.heartbeat import beat
from tests.cli.conftest import PEOPLE, Portal
from tests.cli.test_holds import add_owner, terms

DUE = "2024-11-21T00:00"


@pytest.fixture
def published(portal: Portal) -> Portal:
    """An installation with one inspection, RAA-01, whose programme was published on 20 November 2023."""
    portal.announced()
    portal.set_clock("2023-11-21T10:00")
    portal.says("programme", "publish", "RAA", "2023-11-20")
    return portal


def walk(portal: Portal, when: str) -> None:
    """Take the clock to a time in London with a steady heartbeat, as a worker that ran all along leaves it."""
    at = datetime.fromisoformat(when)
    portal.set_clock((at - timedelta(hours=1)).isoformat())
    with sqlite3.connect(portal.root / "data/portal.sqlite3") as database:
        database.execute("UPDATE clock SET heartbeat_at = NULL")
    database.close()
    with portal.deps() as deps:
        beat(deps)
    portal.set_clock(when)


def test_nothing_is_held(portal: Portal) -> None:
    """Without an inspection nothing is held, nothing due and nothing disposed of."""
    assert "Nothing is held." == portal.says("retention", "due")
    assert [] == portal.json("retention", "due")
    assert "Nothing is due." == portal.says("retention", "dispose")
    assert "Nothing was disposed of." == portal.says("retention", "dispose", "--yes")
    assert [] == portal.json("retention", "dispose", "--yes")


def test_due_says_when(published: Portal) -> None:
    """Each inspection that is held is listed with the two instants that decide."""
    expected = {
        "reference": "RAA-01",
        "state": "closed",
        "verdict": "retained",
        "due": "2024-11-21T00:00:00Z",
        "not before": "2024-11-21T00:00:00Z",
    }

    (told,) = published.json("retention", "due")

    assert expected == {**told, **{word: told[word].replace(".000Z", "Z") for word in ("due", "not before")}}


def test_disposal_is_a_dry_run_unless_it_is_meant(published: Portal) -> None:
    """Without --yes it only says what would go, and everything is still there."""
    walk(published, DUE)
    keys = list((published.root / "keys").glob("*.key"))

    (told,) = published.json("retention", "dispose")

    assert ("RAA-01", "due") == (told["reference"], told["verdict"])
    assert keys == list((published.root / "keys").glob("*.key"))
    assert "closed" == published.json("inspection", "list")[0]["state"]


def test_disposal_gives_a_certificate(published: Portal) -> None:
    """With --yes it disposes of what is due and names the certificate, which can be read again."""
    walk(published, DUE)

    said = published.says("retention", "dispose", "--yes")

    certificate = json.loads(published.says("retention", "certificate", "RAA-01"))
    assert f"RAA-01 was disposed of; certificate {certificate['body']['certificate']}." == said
    assert [] == list((published.root / "keys").glob("*.key"))
    assert [] == published.json("retention", "due")
    assert published.says("audit", "verify").endswith(" 1 checkpoints.")


@pytest.mark.parametrize("only", [(), ("--only", "RAA-01")])
def test_disposal_is_told_as_json(published: Portal, only: tuple[str, ...]) -> None:
    """A script gets the signed certificates themselves; the agency is told before its accounts, and mails, go."""
    published.announced("GOES-ON")  # so that the leader stays, and the mail to her can be looked at
    walk(published, DUE)

    certificates = published.json("retention", "dispose", "--yes", *only)

    assert [json.loads(published.says("retention", "certificate", "RAA-01"))] == certificates
    told = [each["state"] for each in published.json("mail", "list", "--all") if each["mail"] == "disposal-began"]
    assert ["sent"] == told


def test_failing_disposal_keeps_no_other_from_its_turn(portal: Portal) -> None:
    """Where one inspection's key cannot be removed the others go, with their certificates; then the fault is said."""
    portal.announced()
    portal.says("inspection", "announce", "RAA", "--agency", "adopt-hills", "Adopt Three Hills", *PEOPLE)
    portal.set_clock("2023-11-21T10:00")
    portal.says("programme", "publish", "RAA", "2023-11-20")
    walk(portal, DUE)
    first = portal.json("audit", "list", "--inspection", "RAA-01")[0]["inspection"]
    (portal.root / f"keys/{first}.removed").mkdir(mode=0o700)

    result = portal.run("retention", "dispose", "--yes")

    assert 1 == result.exit_code
    assert result.stdout.startswith("RAA-02 was disposed of; certificate ")
    assert "Error: The key folder cannot be read or written now." in result.stderr
    assert portal.says("audit", "verify").endswith(" 1 checkpoints.")


def test_nothing_goes_before_its_time(published: Portal) -> None:
    """One second before it is due nothing is disposed of."""
    walk(published, "2024-11-20T23:59:50")

    assert "Nothing was disposed of." == published.says("retention", "dispose", "--yes")


def test_a_publication_date_is_not_made_earlier_by_one(published: Portal) -> None:
    """The command line alone cannot bring a disposal nearer: it is told where two people do."""
    assert "takes two people. Propose it on the programme’s page." in published.refuses(
        "programme", "publish", "RAA", "2023-11-19"
    )
    assert "Nothing was proposed yet." == published.says("proposal", "list")


def test_held_inspection_stays(published: Portal, tmp_path: Path) -> None:
    """A hold outranks the date."""
    add_owner(published)
    review = terms(tmp_path, str(date.fromisoformat(DUE[:10]) - timedelta(days=30)))
    published.says("retention", "hold", "place", "--inspection", "RAA-01", *review)
    walk(published, DUE)

    assert "Nothing was disposed of." == published.says("retention", "dispose", "--yes")
    assert "held" == published.json("retention", "due")[0]["verdict"]


def test_no_certificate_before_the_disposal(published: Portal) -> None:
    """There is no certificate of what has not happened."""
    assert "This inspection was not disposed of yet, so there is no certificate." == published.refuses(
        "retention", "certificate", "RAA-01"
    )


def test_leap_of_the_clock_stops_disposal_until_it_is_confirmed(published: Portal) -> None:
    """After a leap nothing is disposed of; a person who has checked the clock lets it go on."""
    with published.deps() as deps:
        beat(deps)
    published.set_clock("2025-01-01T12:00")

    assert "Nothing is disposed of: the clock has leapt" in published.fails("retention", "dispose", "--yes")
    assert "run this again with --yes" in published.refuses("retention", "confirm-clock")

    assert published.says("retention", "confirm-clock", "--yes").startswith("The alarm is cleared")
    assert published.says("retention", "dispose", "--yes").startswith("RAA-01 was disposed of")


def test_there_is_no_alarm_to_confirm(portal: Portal) -> None:
    """Without an alarm there is nothing to confirm."""
    assert "There is no clock alarm to confirm." == portal.refuses("retention", "confirm-clock", "--yes")


def test_trail_verifies_and_is_listed(published: Portal) -> None:
    """The trail verifies with its checkpoints, and lists who did what."""
    assert "The trail is empty." != published.says("audit", "list")
    actions = [each["action"] for each in published.json("audit", "list")]
    announced = ["inspection.announced", "invitation.code_shown", "invitation.code_shown"]
    assert ["programme.added", *announced, "inspection.closed", "publication.entered"] == actions

    assert "Signed a checkpoint at entry 6." == published.says("audit", "checkpoint")
    assert "There is nothing new to sign." == published.says("audit", "checkpoint")
    assert "The audit trail verifies: 6 entries, 1 checkpoints." == published.says("audit", "verify")


def test_trail_is_listed_for_one_inspection(published: Portal) -> None:
    """Entries can be narrowed down to those of one inspection."""
    listed = published.json("audit", "list", "--inspection", "RAA-01")

    shown = ["invitation.code_shown", "invitation.code_shown"]
    assert ["inspection.announced", *shown, "inspection.closed"] == [each["action"] for each in listed]
    assert 64 == len(listed[0]["hash"])
    assert "There is no inspection RAA-99." in published.refuses("audit", "list", "--inspection", "RAA-99")


def test_trail_of_a_new_portal_is_empty(portal: Portal) -> None:
    """A portal in which nothing happened has an empty trail, which verifies."""
    assert "The trail is empty." == portal.says("audit", "list")
    assert "There is nothing new to sign." == portal.says("audit", "checkpoint")
    assert "The audit trail verifies: 0 entries, 0 checkpoints." == portal.says("audit", "verify")


def _edit(database: sqlite3.Connection) -> None:
    database.execute("UPDATE audit_entry SET actor = 'somebody' WHERE seq = 2")


def _delete(database: sqlite3.Connection) -> None:
    database.execute("DELETE FROM audit_entry WHERE seq = 2")


@pytest.mark.parametrize("tamper", [_edit, _delete])
def test_tampering_is_named(published: Portal, tamper: Callable[[sqlite3.Connection], None]) -> None:
    """An entry that was altered or removed behind the portal's back is named, with exit code 1."""
    database = sqlite3.connect(published.root / "data/portal.sqlite3")
    # Whoever can write to the file can also drop what guards it.
    for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {trigger}")
    tamper(database)
    database.commit()
    database.close()

    assert published.refuses("audit", "verify").startswith("The audit trail does not verify. ")
