"""The forms about the audit trail: renewing the key that signs."""

from schemas.requests import Form, choice
from schemas.texts import say


class Renew(Form):
    """That somebody means to let a new key sign."""

    renew = choice(["yes"], say("Tick the box to let a new key sign"))
