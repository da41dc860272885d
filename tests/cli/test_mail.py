"""`portal mail`: the outbox from the command line."""

import socket
from pathlib import Path

from tests.cli.conftest import Portal


def test_mails_that_wait_are_listed_as_a_table_and_as_json(portal: Portal) -> None:
    """Whom each is for, and of which inspection."""
    reference = portal.announced()
    assert reference in portal.says("mail", "list")
    assert [("announcement", "lena@agency.example"), ("team", "ines@inspectorate.example")] == sorted(
        (each["mail"], each["to"]) for each in portal.json("mail", "list")
    )
    portal.says("worker", "--once")
    assert "No mail waits or needs a decision." == portal.says("mail", "list")
    assert {"sent"} == {each["state"] for each in portal.json("mail", "list", "--all")}


def test_a_mail_that_waits_can_be_given_up_and_retried(portal: Portal) -> None:
    """Given up it does not go; put back it does."""
    portal.announced()
    mail_id = portal.json("mail", "list")[0]["id"]
    assert "The mail is given up; it is not sent." == portal.says("mail", "give-up", mail_id)
    portal.says("worker", "--once")
    assert 1 == len(list((portal.root / "mail").glob("*.eml")))
    assert portal.says("mail", "retry", mail_id).startswith("The mail is back in the queue")
    portal.says("worker", "--once")
    assert 2 == len(list((portal.root / "mail").glob("*.eml")))
    assert "This mail is sent, so there is nothing to decide. `portal mail list --all` shows it." == portal.refuses(
        "mail", "retry", mail_id
    )


def test_an_id_that_is_none_is_not_understood(portal: Portal) -> None:
    """An id is copied from the list."""
    assert 2 == portal.run("mail", "retry", "everything").exit_code


def test_a_test_mail_says_what_came_of_it(portal: Portal, tmp_path: Path) -> None:
    """Sent, or a sentence on what to look at; nothing that a server said is repeated."""
    assert "The test mail was sent." == portal.says("mail", "test", "somebody@example.org")
    assert 1 == len(list((portal.root / "mail").glob("*.eml")))
    assert portal.refuses("mail", "test", "somebody").startswith("Enter an email address in the correct format")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    settings = {"MAILER": "smtp", "SMTP_HOST": "localhost", "SMTP_PORT": port, "SMTP_TLS": "none"}
    variables = {f"PORTAL_{name}": value for name, value in settings.items()} | {"PORTAL_MAIL_FROM": "p@portal.example"}
    said = portal.refuses("mail", "test", "somebody@example.org", **variables)
    assert "The mail was not sent (ConnectionRefusedError 111): check the mail settings." == said
