"""Alarms as people read them: what each kind is about, what to do, and whether a person may say that it is dealt with.

A kind whose cause can be looked up is cleared with its cause alone, or it would only come back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portal.domain.errors import Conflict
from schemas.texts import say


@dataclass(frozen=True)
class AlarmKind:
    """One kind of alarm."""

    title: str
    to_do: str
    by_hand: bool = False
    """Whether a person may clear it by saying that they have dealt with it."""


ALARM_KINDS: Mapping[str, AlarmKind] = MappingProxyType(
    {
        "clock": AlarmKind(
            say("The clock is not to be trusted"),
            say("Compare the service’s clock with one that you trust. Nothing is disposed of until you confirm it."),
        ),
        "mail": AlarmKind(
            say("A mail was not delivered, or is in doubt"),
            say(
                "Ask the people who run the server to send it again or to give it up. The alarm goes with the last one."
            ),
        ),
        "hold-review": AlarmKind(
            say("A hold is to be looked at again"),
            say("Decide whether it is still needed: set the next day, or propose to lift it. It stands until then."),
        ),
        "no-publication": AlarmKind(
            say("No publication date, nine months after the last day on site"),
            say("Ask whether the final report is published, and enter its date on the programme’s page."),
        ),
        "long-stop": AlarmKind(
            say("The long-stop of a programme is reached"),
            say("Decide what becomes of it: a later long-stop, or a proposal. Nothing is disposed of by this itself."),
        ),
        "approval-due": AlarmKind(
            say("A disposal waits for approval"),
            say("Read the plan and approve it, or hold the inspection. Nothing of it is disposed of until then."),
        ),
        "late-disposal": AlarmKind(
            say("A disposal is more than 24 hours late"),
            say("Look at what stands in its way under Retention, and ask the people who run the server for the log."),
        ),
        "disposal-stuck": AlarmKind(
            say("A disposal was begun and does not come to its end"),
            say(
                "Ask the people who run the server: the store or the key folder refuses. It is tried again each round."
            ),
        ),
        "key-back": AlarmKind(
            say("A key that was removed was there again"),
            say(
                "It was removed once more. Find out who restored the key folder, and have every other copy destroyed. "
                "The final certificate waits until you say that this is done."
            ),
            by_hand=True,
        ),
        "anchor": AlarmKind(
            say("An anchor of the audit trail does not answer"),
            say("Ask the people who run the server to mend it. What waits goes out by itself, and the alarm with it."),
        ),
        "unchecked": AlarmKind(
            say("Documents could not be checked, or not scanned for malware"),
            say(
                "Ask the people who run the server to look at the checker and the malware scanner, and then to try "
                "again. The head of the team can release a document meanwhile. The alarm goes with the last one."
            ),
        ),
        "trail-rewound": AlarmKind(
            say("The audit trail is older than its anchors say"),
            say(
                "Ask the people who run the server whether a backup was restored. If so, they say so to the service, "
                "and the alarm goes. If nobody did, have copies of the database and the anchors kept, "
                "and find out who had access."
            ),
        ),
        "restored": AlarmKind(
            say("Something from a backup must be disposed of again"),
            say(
                "If it could not be done yet, it is tried each round, and the alarm goes once it is done. "
                "If an anchor has a certificate that is not ours, find out who wrote it there, then close this."
            ),
            by_hand=True,
        ),
    }
)
"""Every kind that is raised anywhere; a test compares."""

UNKNOWN = AlarmKind(
    say("Something needs a steward"), say("Read what it says, and ask the people who run the server what to do.")
)


def kind_of(kind: str) -> AlarmKind:
    """Return what a kind is about; one of an older version, which nothing raises any more, has words of its own."""
    return ALARM_KINDS.get(kind, UNKNOWN)


def check_by_hand(kind: str) -> None:
    """Let a person clear an alarm of this kind. Raises Conflict."""
    if not kind_of(kind).by_hand:
        raise Conflict(say("This alarm goes by itself once its cause is gone. Do what it asks for."))
