"""What the forms of passkeys may send: what the browser answered, as JSON, in a field as any other."""

from typing import Any

from marshmallow import ValidationError, fields, pre_load, validates

from schemas.requests import Form, line
from schemas.texts import say

LONGEST_ANSWER = 16 * 1024
"""Characters; an answer with a key of 8,192 bits and its name has about 5,000."""
LONGEST_LABEL = 64
NOTHING = say("Press the button to use your passkey")


class NewPasskey(Form):
    """A passkey that the browser made, and what its owner calls it."""

    label = line(longest=LONGEST_LABEL)
    passkey = line(NOTHING, LONGEST_ANSWER)

    @pre_load
    def trim(self, data: dict[str, Any], **_options: object) -> dict[str, Any]:
        """Spaces around a name are no part of it."""
        return data | ({"label": data["label"].strip()} if "label" in data else {})

    @validates("label")
    def printable(self, value: str, **_options: object) -> None:
        """A name is shown on pages and never more than a line."""
        if not value.isprintable():
            raise ValidationError(say("Use letters, digits and punctuation alone"))


class ShownPasskey(Form):
    """What the browser signed; where to go afterwards."""

    passkey = line(NOTHING, LONGEST_ANSWER)
    next = line(longest=2000)


class ConfirmingPasskey(Form):
    """What the browser signed, what it is for, where to go on, and the fields of a form that waits, or none."""

    passkey = line(NOTHING, LONGEST_ANSWER)
    purpose = line(longest=64)
    next = line(longest=2000)
    carried = fields.String(load_default="")
