"""The forms of what comes before a disposal: plans approved, a programme's policy, copies confirmed as gone."""

from schemas.requests import Form, choice, line
from schemas.texts import say


class Approve(Form):
    """The plan that was on the page, by its SHA-256, and that it was read."""

    plan = line(longest=64)
    read = choice(["yes"], say("Confirm that you have read the plan"))


class ApprovalPolicy(Form):
    """How plans of a programme are approved."""

    approval = choice(["standing", "each"], say("Choose how plans of this programme are approved"))


class ConfirmCopies(Form):
    """Nothing but the button."""
