"""Requests that conduct an inspection: announcing it, moving its deadline, deferring, accepting what was late."""

from typing import Any

from marshmallow import fields, pre_load, validate

from schemas.requests import LONGEST_WORDS, Form, line
from schemas.texts import say

STEPS = ("check", "change", "announce")


def gather(data: dict[str, str], prefix: str, into: str) -> dict[str, Any]:
    """Gather fields that begin with `prefix` under one name; anything else stays, to be refused."""
    gathered = {name: value for name, value in data.items() if name.startswith(prefix)}
    return {name: value for name, value in data.items() if name not in gathered} | {into: gathered}


class Dates(Form):
    """The days on site, and what of the check page was chosen and confirmed."""

    step = fields.String(required=True, validate=validate.OneOf(STEPS))
    start_day = line(longest=10)
    start_month = line(longest=10)
    start_year = line(longest=10)
    days_on_site = line(say("Enter how many days the team is on site"), 10)
    policy = fields.String(load_default="", validate=validate.OneOf(["", "next_day", "next_working_day"]))
    shown = line(longest=100)
    warnings = fields.Dict(keys=fields.String(validate=validate.Length(max=20)), values=line())

    @pre_load
    def take_warnings(self, data: dict[str, str], **_options: object) -> dict[str, Any]:
        """Gather `warning_N`, each with the sentence that was confirmed."""
        return gather(data, "warning_", "warnings")


class AnnounceAgain(Dates):
    """Announcing a deferred inspection anew."""


class Announce(Dates):
    """Announcing an inspection: programme, agency, people and days."""

    programme = line(say("Select the programme"), 64)
    agency = line(say("Select the agency"), 64)
    leader_name = line(say("Enter the name of the leader of the agency"))
    leader_email = line(say("Enter the email address of the leader of the agency"))
    lead_inspector_name = line(say("Enter the name of the lead inspector"))
    lead_inspector_email = line(say("Enter the email address of the lead inspector"))
    inspector_1_name = line()
    inspector_1_email = line()
    inspector_2_name = line()
    inspector_2_email = line()
    inspector_3_name = line()
    inspector_3_email = line()
    quality_name = line()
    quality_email = line()


class MoveDeadline(Form):
    """A later deadline, in London's date and time, and why."""

    deadline_day = line(longest=10)
    deadline_month = line(longest=10)
    deadline_year = line(longest=10)
    deadline_time = line(longest=20)
    reason = line(longest=LONGEST_WORDS)


class Defer(Form):
    """Why an inspection is deferred."""

    reason = line(longest=LONGEST_WORDS)


class AcceptLate(Form):
    """Which late documents are accepted: whole items as `item-CODE`, single ones as `document-ID`."""

    items = fields.Dict(keys=fields.String(validate=validate.Length(max=80)), values=line())
    documents = fields.Dict(keys=fields.String(validate=validate.Length(max=80)), values=fields.UUID())

    @pre_load
    def take_choices(self, data: dict[str, str], **_options: object) -> dict[str, Any]:
        """Gather both kinds of choice."""
        return gather(gather(data, "item-", "items"), "document-", "documents")
