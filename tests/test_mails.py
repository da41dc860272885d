"""The mails as files: what is in them, and what a file that is wrong is told."""

import pytest

from schemas.definitions import DefinitionError
from schemas.mails import FIELDS, load_mails, parse_mails
from schemas.texts import say
from tests.pseudo import pseudo


def test_every_mail_says_first_what_happened() -> None:
    """The first line is a sentence of its own, and the last how the service never asks for a password."""
    for mail in load_mails().values():
        first = mail.body.splitlines()[0]
        assert first.endswith(".")
        assert not first.startswith("Dear")
        assert mail.closing.endswith("It never asks for your password by mail or telephone.")


def test_a_mail_is_said_by_a_catalogue() -> None:
    """Subject, body and closing are messages, and what fills their gaps is said too."""
    mail = load_mails()["deadline-moved"]
    subject, body = mail.fill(dict.fromkeys(FIELDS, say("soon")))
    assert "⟦⟦soon⟧: the deadline is now ⟦soon⟧⟧" == pseudo().of(subject)
    assert "⟦The deadline was moved: the information is now due by ⟦soon⟧." in pseudo().of(body)
    assert "⟦The service is at ⟦soon⟧." in pseudo().of(body)
    assert body.endswith("\n\nThe service is at soon. It never asks for your password by mail or telephone.\n")


ABOUT_ACCOUNTS = (
    "account-restored",
    "address-changed",
    "codes-refused",
    "directory-connected",
    "factor-added",
    "factor-removed",
    "new-device",
    "passkey-copied",
    "password-changed",
    "recovery-renewed",
    "recovery-used",
    "steward-invitation-ended",
    "tries-before",
)


def test_every_mail_about_an_inspection_has_its_reference_in_the_subject() -> None:
    """Those without are about no single inspection."""
    without = {name for name, mail in load_mails().items() if "{reference}" not in mail.subject}
    stewards = {
        "alarm",
        "checkpoint",
        "clock-alarm",
        "disposals-due",
        "key-renewed",
        "proposal-decided",
        "proposal-waiting",
        "publication",
        "steward",
    }
    assert {"test", *stewards, *ABOUT_ACCOUNTS} == without


def test_no_mail_has_room_for_anything_else() -> None:
    """Each gap is one of a few, none of them typed by people about a case."""
    filled = dict.fromkeys(FIELDS, "x")
    for mail in load_mails().values():
        assert "{" not in "".join(mail.fill(filled))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('subject = "S"', "it needs a subject and a body"),
        ('subject = ""\nbody = "B"', "it needs a subject and a body"),
        ('subject = "S\\nBcc: x"\nbody = "B"', "its subject must be one line"),
        ('subject = "S"\nbody = "Dear {name}"', "its gaps may be .* not name"),
        ('subject = "S"\nbody = "{reference.__class__}"', "its gaps may be"),
        ('subject = "S"\nbody = "{reference!r}"', "its gaps may be"),
        ('subject = "S"\nbody = "a { alone"', "letter: "),
        ('subject = "S"\nbody = "B"\nwhile_colecting = true', "beside subject and body"),
        ('subject = "S"\nbody = "B"\nwhile_collecting = "no"', "beside subject and body"),
        ("subject = ", "letter: "),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_fault(text: str, fault: str) -> None:
    """All of them at once."""
    with pytest.raises(DefinitionError, match=fault) as error:
        parse_mails({"letter": text, "another": "subject = 1"}, "Closing.\n")
    assert "another: it needs a subject and a body" in str(error.value)
