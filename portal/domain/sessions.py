"""How far somebody who signs in has come, and by what."""

from enum import StrEnum


class Stage(StrEnum):
    """How far somebody has come: only *full* has any rights."""

    enrolling = "enrolling"
    """Password set, and no second factor yet: nothing is open but setting one up."""
    challenged = "challenged"
    """Password given: nothing is open but the second factor."""
    full = "full"


class Factor(StrEnum):
    """What made a session full."""

    totp = "totp"
    passkey = "passkey"
    recovery = "recovery"
    directory = "directory"
