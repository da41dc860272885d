"""What the page of tokens may send."""

from schemas.requests import Form, line
from schemas.texts import say


class MakeToken(Form):
    """A new token: what it is for, and for how many days it works."""

    purpose = line(say("Select what the token is for"), 20)
    days = line(say("Enter for how many days the token will work"), 10)
