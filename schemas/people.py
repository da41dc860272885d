"""The forms about people: colleagues, the leader, accounts, stewards and the members of teams."""

from marshmallow import fields, validate

from schemas.requests import Form, line
from schemas.texts import say

EMAIL = say("Enter an email address")
NAME = say("Enter the person’s full name")
SELECT_ROLE = say("Select a role")
YES = validate.OneOf(["", "yes"])


class Invite(Form):
    """Whom a leader invites."""

    email = line(EMAIL)
    name = line(NAME)


class ReplaceLeader(Invite):
    """Who leads from now on, and whether the leader until now stays."""

    keep = fields.String(load_default="", validate=YES)


class Assign(Invite):
    """Who is given which role in a team."""

    role = line(SELECT_ROLE)
    confirmed = fields.String(load_default="", validate=YES)


class Correct(Invite):
    """An account's right address and name."""

    confirmed = fields.String(load_default="", validate=YES)


class Restore(Form):
    """That the quality assurance officer has spoken to the person."""

    confirmed = fields.String(load_default="", validate=YES)


class AddSteward(Invite):
    """Who becomes a steward."""

    role = line(SELECT_ROLE)


class Place(Form):
    """The inspection that a button is about; none for a stewardship."""

    inspection = fields.UUID(load_default=None)


class Search(Form):
    """Words to find people by, in a body: names and addresses have no place in an address or in a log of addresses."""

    search = line()
    page = fields.Integer(load_default=1, validate=validate.Range(1, 999_999))
