"""What takes two people: who proposes and who approves which act, as data, and when a proposal can be decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from portal.domain.actors import Actor, person_actor
from portal.domain.errors import Conflict, NotAllowed
from portal.domain.roles import MATRIX, Permission, Role, may
from portal.domain.times import say_date
from schemas.texts import say

_PEOPLE_ONLY = say(
    "This takes two people who are signed in. Propose it on the stewards’ pages, and another steward decides."
)


class Kind(StrEnum):
    """One act that takes two people."""

    earlier_publication = "earlier_publication"
    retracted_publication = "retracted_publication"
    early_disposal = "early_disposal"
    lift_hold = "lift_hold"
    break_glass = "break_glass"


class Outcome(StrEnum):
    """What became of a proposal; until then it waits."""

    approved = "approved"
    refused = "refused"
    withdrawn = "withdrawn"
    lapsed = "lapsed"


@dataclass(frozen=True)
class Terms:
    """Who proposes and who approves, and the words."""

    proposes: Permission
    approves: Permission
    title: str
    follows: str
    """What approving does, as the one who approves reads it."""

    @property
    def deciders(self) -> frozenset[Role]:
        """The roles that may approve."""
        return frozenset(role for role in MATRIX if may(role, self.approves))


TERMS: Mapping[Kind, Terms] = MappingProxyType(
    {
        Kind.earlier_publication: Terms(
            Permission.propose,
            Permission.approve,
            say("Make the publication date earlier"),
            say("The programme is disposed of earlier. Nothing is disposed of for 14 days after you approve."),
        ),
        Kind.retracted_publication: Terms(
            Permission.propose,
            Permission.approve,
            say("Remove the publication date"),
            say("Nothing in the programme is disposed of until a date is entered again."),
        ),
        Kind.early_disposal: Terms(
            Permission.propose,
            Permission.approve,
            say("Dispose of an inspection before its time"),
            say("The data protection officer can then dispose of it, though it is not due. It cannot be undone."),
        ),
        Kind.lift_hold: Terms(
            Permission.propose,
            Permission.approve,
            say("Lift a hold"),
            say("What was held is disposed of as soon as that is due. If it is due already, within minutes."),
        ),
        Kind.break_glass: Terms(
            Permission.ask_to_read,
            Permission.let_read,
            say("Let a steward read this inspection"),
            say("The steward may read what was sent for a short time. All of it is recorded, and the leader is told."),
        ),
    }
)
PUBLICATION = frozenset({Kind.earlier_publication, Kind.retracted_publication})
_OUTCOMES: Mapping[Outcome | None, str] = {
    None: say("Waits for a decision"),
    Outcome.approved: say("Approved"),
    Outcome.refused: say("Refused"),
    Outcome.withdrawn: say("Withdrawn"),
    Outcome.lapsed: say("Lapsed: nobody decided in time"),
}


class TakesTwo(NotAllowed):
    """One person alone may not do this, and may propose it."""

    def __init__(self, message: str, kind: Kind) -> None:
        super().__init__(message)
        self.kind = kind


def say_outcome(outcome: str | None) -> str:
    """Say how a proposal stands."""
    return _OUTCOMES[Outcome(outcome) if outcome else None]


def check_person(actor: Actor) -> UUID:
    """Return who acts, where it is a signed-in person: the command line and scripts neither propose nor approve.

    Raises NotAllowed: whoever has the command line could be both people at once.
    """
    if actor.person is None or actor.label != person_actor(actor.person).label:
        raise NotAllowed(_PEOPLE_ONLY)
    return actor.person


def check_waits(outcome: str | None, expires_at: datetime, now: datetime) -> None:
    """Let a proposal be decided or withdrawn. Raises Conflict (decided, lapsed)."""
    if outcome is not None or now >= expires_at:
        raise Conflict(
            say("This proposal does not wait any more: {outcome}.", outcome=say_outcome(outcome or Outcome.lapsed))
        )


def check_same_state(proposed_on: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Let a proposal be approved on the state that it was made on alone. Raises Conflict."""
    if proposed_on != now:
        raise Conflict(
            say(
                "Things have changed since this was proposed, so it cannot be approved. Refuse it, and propose it anew."
            )
        )


def publication_kind(new: date | None) -> Kind:
    """Return which of the two a change of the publication date is that one person may not make."""
    return Kind.retracted_publication if new is None else Kind.earlier_publication


def say_change(kind: Kind, details: Mapping[str, str]) -> str:
    """Say from which date to which a publication date would change; nothing for other kinds."""
    if kind not in PUBLICATION:
        return ""
    was = say_date(date.fromisoformat(details["published_on"])) if details["published_on"] != str(None) else None
    if kind is Kind.retracted_publication:
        return say("From {was} to no date", was=was)
    new = say_date(date.fromisoformat(details["new"]))
    return say("From {was} to {new}", was=was, new=new) if was else say("From no date to {new}", new=new)
