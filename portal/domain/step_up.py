"""What somebody who is signed in confirms anew, that it is they: one act at a time (ASVS V7.5.3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from schemas.texts import say


class Purpose(StrEnum):
    """One kind of act; a confirmation for one is worth nothing for another."""

    bundle = "bundle"
    """Downloading everything of an inspection, of an item, or what changed."""
    publication = "publication"
    hold = "hold"
    disposal = "disposal"
    roles = "roles"
    """Giving, replacing and ending roles; accounts enabled, disabled, corrected, or let in anew."""
    approval = "approval"
    """Deciding what another person proposed."""
    reading = "reading"
    """Asking to read an inspection as a steward."""
    factors = "factors"
    """One's own password, second factors and sessions."""
    tokens = "tokens"
    """Making tokens for scripts."""
    keys = "keys"
    """Renewing the key that signs receipts, certificates and checkpoints."""


WORDS: Mapping[Purpose, str] = MappingProxyType(
    {
        Purpose.bundle: say("You are about to download what was sent."),
        Purpose.publication: say("You are about to change a publication date, which decides when information goes."),
        Purpose.hold: say("You are about to change what is held back from disposal."),
        Purpose.disposal: say("You are about to decide on a disposal, which cannot be undone."),
        Purpose.roles: say("You are about to change what somebody may do here."),
        Purpose.approval: say("You are about to decide on what somebody else proposed."),
        Purpose.reading: say("You are about to ask to read an inspection."),
        Purpose.factors: say("You are about to change how you sign in."),
        Purpose.tokens: say("You are about to let a script in."),
        Purpose.keys: say("You are about to renew the key that the service signs with."),
    }
)
"""Why it is asked."""


def still_confirmed(granted_at: datetime | None, now: datetime, life: timedelta) -> bool:
    """Say whether a confirmation still counts; one of the future, after a clock was set back, does not."""
    return granted_at is not None and timedelta() <= now - granted_at < life
