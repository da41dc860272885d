"""The form about an A1 form that was sent: why its errors stay."""

from schemas.requests import LONGEST_WORDS, Form, line
from schemas.texts import say


class ErrorsExplained(Form):
    """Why errors in an A1 form stay as they are."""

    reason = line(say("Enter why the errors stay as they are"), LONGEST_WORDS)
