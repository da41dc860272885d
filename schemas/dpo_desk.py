"""The forms of the data protection officer's desk."""

from marshmallow import fields, validate

from schemas.registers import PART
from schemas.requests import Form, line
from schemas.texts import say

LAST_ENTRY = 2**63 - 1


class SearchTrail(Form):
    """What to look for in the trail, in a body: a name has no place in an address or in a log of addresses."""

    reference = line(longest=64)
    action = line(longest=64)
    person = line()
    first_day = line(longest=PART)
    first_month = line(longest=PART)
    first_year = line(longest=PART)
    last_day = line(longest=PART)
    last_month = line(longest=PART)
    last_year = line(longest=PART)
    before = fields.Integer(load_default=0, validate=validate.Range(0, LAST_ENTRY))


class FindAccount(Form):
    """A name or an address, or a part of one."""

    account = line(say("Enter a name or an email address"))
