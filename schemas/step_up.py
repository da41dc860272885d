"""What the page may send on which somebody confirms that it is they."""

import json

from marshmallow import ValidationError, fields, validate

from schemas.requests import Form, line
from schemas.texts import say

MOST_FIELDS = 500
_PAIRS = fields.List(fields.Tuple((fields.String(), fields.String())), validate=validate.Length(max=MOST_FIELDS))


class Confirm(Form):
    """A code, what it is for, where to go on, and the fields of a form that waits, or none."""

    code = line(say("Enter the code"), 64)
    purpose = line(longest=64)
    next = line(longest=2000)
    carried = fields.String(load_default="")


def write_carried(pairs: list[tuple[str, str]] | None) -> str:
    """Return a form's fields as one hidden field holds them."""
    return "" if pairs is None else json.dumps(pairs, ensure_ascii=False)


def read_carried(text: str) -> list[tuple[str, str]] | None:
    """Return a form's fields, or None where no form waits. Raises ValidationError."""
    if not text:
        return None
    try:
        pairs = list(_PAIRS.deserialize(json.loads(text)))
        write_carried(pairs).encode()  # JSON may escape half a character, which no page can show
    except (ValueError, RecursionError) as error:  # marshmallow's own error is a ValueError
        raise ValidationError("no fields of a form") from error
    return pairs
