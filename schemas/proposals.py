"""What the pages of proposals may send."""

from schemas.requests import LONGEST_WORDS, Form, choice, line
from schemas.texts import say


class Reason(Form):
    """Why somebody proposes something; whether it is one, the domain judges."""

    reason = line(longest=LONGEST_WORDS)


class Decision(Form):
    """What somebody decides on another's proposal."""

    decision = choice(["approve", "refuse"], say("Select whether you approve it"))
