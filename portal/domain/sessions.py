"""How far somebody who signs in has come, and by what."""

from datetime import datetime
from enum import StrEnum

from portal.domain.policy import Policy


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


def end_of(policy: Policy, stage: str, created_at: datetime) -> datetime:
    """Return when a session ends however busy it is."""
    return created_at + (policy.session_life if stage == Stage.full else policy.halfway_life)
