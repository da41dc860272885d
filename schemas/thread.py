"""The forms of an inspection's thread."""

from marshmallow import fields

from schemas.requests import LONGEST_WORDS, Form, line
from schemas.texts import say


class WriteMessage(Form):
    """A message; `asks` makes it a question."""

    words = line(say("Enter your message"), LONGEST_WORDS)
    item = line(longest=64)
    asks = line(longest=3)


class AnswerQuestion(Form):
    """An answer to the other side's question."""

    question = fields.UUID(required=True)
    words = line(say("Enter your answer"), LONGEST_WORDS)


class AskMore(Form):
    """Something beyond the checklist, with its own due time."""

    label = line(say("Enter what you ask for"), LONGEST_WORDS)
    guidance = line(longest=LONGEST_WORDS)
    due_day = line(longest=10)
    due_month = line(longest=10)
    due_year = line(longest=10)
    due_time = line(longest=20)
