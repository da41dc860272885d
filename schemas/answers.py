"""Forms of the leader's answers: a word on an item that is not sent as asked, and the lists that can be typed."""

import re
from typing import Any

from marshmallow import fields, pre_load

from schemas.requests import LONGEST_WORDS, Form, line
from schemas.texts import say

_ROW = re.compile(r"([a-z]+)-([1-9][0-9]?)")


class ExplainGap(Form):
    """A word on an item that is not sent as asked; which of the fields count depends on the kind."""

    kind = line(say("Select why the item is not complete"))
    words = line(longest=LONGEST_WORDS)
    name = line(longest=LONGEST_WORDS)
    by_day = line(longest=LONGEST_WORDS)
    by_month = line(longest=LONGEST_WORDS)
    by_year = line(longest=LONGEST_WORDS)
    by_time = line(longest=LONGEST_WORDS)


class ContactRow(Form):
    """One contact; a member's row states no authority."""

    authority = line(longest=LONGEST_WORDS)
    name = line(longest=LONGEST_WORDS)
    role = line(longest=LONGEST_WORDS)
    email = line(longest=LONGEST_WORDS)
    telephone = line(longest=LONGEST_WORDS)


class MeetingRow(Form):
    """One meeting."""

    day = line(longest=LONGEST_WORDS)
    month = line(longest=LONGEST_WORDS)
    year = line(longest=LONGEST_WORDS)
    time = line(longest=LONGEST_WORDS)
    title = line(longest=LONGEST_WORDS)
    place = line(longest=LONGEST_WORDS)
    observe = line(longest=LONGEST_WORDS)


class TypedList(Form):
    """What every list has beside its rows."""

    upload_id = line(longest=64)
    replaces = line(longest=64)
    action = line(longest=10)
    confirmed = line(longest=64)

    @pre_load
    def gather(self, data: dict[str, str], **_options: object) -> dict[str, Any]:
        """Gather `FIELD-NUMBER` into rows by number; anything else stays, to be refused."""
        rows: dict[int, dict[str, str]] = {}
        rest: dict[str, Any] = {}
        for name, value in data.items():
            match = _ROW.fullmatch(name)
            if match:
                rows.setdefault(int(match[2]), {})[match[1]] = value
            else:
                rest[name] = value
        return rest | {"rows": rows}


class ContactList(TypedList):
    """The link staff of the member authorities."""

    rows = fields.Dict(keys=fields.Integer(), values=fields.Nested(ContactRow))


class MeetingList(TypedList):
    """The meetings during the inspection."""

    rows = fields.Dict(keys=fields.Integer(), values=fields.Nested(MeetingRow))
