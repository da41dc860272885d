"""How a check is said: in a few words on a list, in a sentence where a document is withheld."""

from collections.abc import Mapping
from types import MappingProxyType

from portal.domain.checks import CheckState, Scan, Withheld
from schemas.texts import say, together

WITHHELD: Mapping[Withheld, str] = MappingProxyType(
    {
        Withheld.malware: say("This file contains malware, so nobody can download it. It is kept sealed as it came."),
        Withheld.quarantined: say(
            "This document is withheld because of what was found in it. "
            "The lead inspector or the quality assurance officer can release it."
        ),
        Withheld.unscanned: say(
            "This document is withheld until it is checked and scanned for malware. Try again in some minutes. "
            "Only the lead inspector can release it before."
        ),
        Withheld.locked: say(
            "This document is withheld because it needs a password, so it cannot be scanned for malware. "
            "Ask the agency to send it without a password. "
            "Only the lead inspector can release it as it is."
        ),
    }
)
"""What whoever may not have a document is told."""

LEFT_OUT: Mapping[Withheld, str] = MappingProxyType(
    {
        Withheld.malware: "Withheld: it contains malware",
        Withheld.quarantined: "Withheld because of what was found in it, until a head of the team releases it",
        Withheld.unscanned: "Withheld until it is checked and scanned for malware, or the lead inspector releases it",
        Withheld.locked: "Withheld: it needs a password, so it is not scanned, until the lead inspector releases it",
    }
)
"""Why a document is not in a bundle, as its index says it: like all of an index in English alone."""


def say_check(
    state: CheckState, scan: Scan, reason: Withheld | None, *, tried: bool, released: bool, scans: bool
) -> str:
    """Say how a document was found; `reason` is why it is withheld, `scans` whether there is a scanner at all."""
    if reason is Withheld.malware:
        return say("Withheld: malware")
    words = [_found(state, reason, tried=tried, released=released)]
    if scan is Scan.unscanned and state is not CheckState.waiting:
        words.append(say("not scanned for malware yet") if scans else say("not scanned for malware"))
    if scan is Scan.locked:
        words.append(say("cannot be scanned for malware because it needs a password"))
    return together(words, ", ")


def _found(state: CheckState, reason: Withheld | None, *, tried: bool, released: bool) -> str:
    if released:
        return say("Released by a head of the team")
    if state is CheckState.waiting:
        return say("Not checked yet") if tried else say("Being checked")
    if state is CheckState.quarantined:
        return say("Withheld: something was found")
    if state is CheckState.unchecked:
        return say("Withheld: it could not be checked") if reason else say("It could not be checked")
    if reason:  # checked, but the scan that this service insists on is lacking
        return say("Withheld")
    return say("Flagged: something was found") if state is CheckState.flagged else say("Not flagged")
