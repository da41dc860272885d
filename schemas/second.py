"""What the pages of the second factor may send."""

from schemas.requests import Form, line
from schemas.texts import say


class Code(Form):
    """A code of the app, or a recovery code; where to go afterwards."""

    code = line(say("Enter the code"), 64)
    next = line(longest=2000)
