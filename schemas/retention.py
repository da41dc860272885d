"""The forms of retention: publication date, holds, disposal, the clock."""

from marshmallow import fields, validate

from schemas.registers import PART
from schemas.requests import LONGEST_WORDS, Form, choice, line
from schemas.texts import say

LONGEST_ID = 64


class Publish(Form):
    """The date on which the final report was published."""

    published_day = line(longest=PART)
    published_month = line(longest=PART)
    published_year = line(longest=PART)
    reason = line(longest=LONGEST_WORDS)
    propose = fields.String(load_default="", validate=validate.OneOf(["", "yes"]))


class Hold(Form):
    """A hold, to be placed or reviewed: why, who answers for it, and when it is looked at next."""

    reason = line(say("Enter why it is held"), LONGEST_WORDS)
    owner = line(say("Choose the steward who answers for the hold"), LONGEST_ID)
    review_day = line(say("Enter the date on which the hold is to be reviewed"), PART)
    review_month = line(longest=PART)
    review_year = line(longest=PART)


class Dispose(Form):
    """What somebody types who means it."""

    reference = line(say("Enter the inspection's reference to confirm"), 64)


class ConfirmClock(Form):
    """That somebody has looked at the clock."""

    checked = choice(["yes"], say("Confirm that you have checked the clock"))
