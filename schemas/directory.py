"""What the pages of single sign-on may send."""

from schemas.requests import Form, line

LONGEST = 4096
"""Characters of what the directory sends back."""


class Leave(Form):
    """Going to the directory; where to go afterwards."""

    next = line(longest=2000)


class Again(Form):
    """Going to the directory to confirm; for what, and where to go afterwards."""

    purpose = line(longest=64)
    next = line(longest=2000)


class Answer(Form):
    """What a browser brought back from the directory, sent on from this service's own page."""

    state = line(longest=LONGEST)
    code = line(longest=LONGEST)
    error = line(longest=LONGEST)
    iss = line(longest=LONGEST)
