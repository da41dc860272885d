"""Who may take which part: what one person's roles rule out, how many a team holds, and what must never be empty."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from portal.domain.errors import Conflict, Refused
from portal.domain.roles import PROVIDER, STEWARDS, TEAM, Role, say_role
from schemas.texts import say

MAX_CONTRIBUTORS = 20
"""In one inspection at once."""
MAX_INSPECTORS = 3
"""In one team, the lead inspector included (§12); more ask for a confirmation."""
ONE_OF = frozenset({Role.leader, Role.lead_inspector, Role.quality_assurance_officer})
"""The roles of which an inspection has one; who is given one of them replaces whoever holds it."""
ALWAYS = frozenset({Role.leader, Role.lead_inspector})
"""Those of them that are never empty."""
REMOVED = say("Removed account")
"""The name of whoever's account went with the last inspection that they had to do with."""
_NOWHERE = "removed.invalid"
"""No mail ever goes there (RFC 2606, section 2)."""

_INSPECTS = say(
    "This person is in an inspection team in the same programme, and nobody can be on both sides. Choose somebody else."
)
_INSPECTED = say(
    "This person is among an inspected agency’s people in the same programme, and nobody can be on both sides. "
    "Choose somebody else."
)


def removed_address(person: UUID) -> str:
    """Return what stands in the place of the address of a removed account: each its own, and nobody's."""
    return f"{person}@{_NOWHERE}"


@dataclass(frozen=True)
class Post:
    """A role that somebody holds now; a stewardship has neither inspection nor programme."""

    role: Role
    inspection: UUID | None = None
    programme: UUID | None = None


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a stewardship: whether the account is enabled, and whether it has a password."""

    enabled: bool
    signs_in: bool


def check_appointment(held: Iterable[Post], role: Role, programme: UUID | None = None) -> None:
    """Let a person with the posts `held` be given a role in an inspection of the programme, or a stewardship.

    Stewards take part in no inspection, and nobody is on both sides within one programme: whoever is inspected in it
    does not inspect in it. Raises Refused.
    """
    posts = list(held)
    if role in STEWARDS:
        if any(post.inspection for post in posts):
            raise Refused(
                say(
                    "This person takes part in an inspection, so they cannot be a steward. "
                    "End their roles in inspections, or choose somebody else."
                ),
                "email",
            )
        return
    if any(post.role in STEWARDS for post in posts):
        raise Refused(
            say("This person is a steward, and stewards take part in no inspection. Choose somebody else."), "email"
        )
    other = TEAM if role in PROVIDER else PROVIDER
    if any(post.role in other and post.programme == programme for post in posts):
        raise Refused(_INSPECTS if role in PROVIDER else _INSPECTED, "email")


def check_room(contributors: int) -> None:
    """Let one more contributor join those there are. Raises Conflict."""
    if contributors >= MAX_CONTRIBUTORS:
        raise Conflict(
            say(
                "An inspection has up to {most} contributors. Remove somebody before you invite another.",
                most=MAX_CONTRIBUTORS,
            )
        )


def check_leaves(role: Role) -> None:
    """Let the holder of this role leave an inspection. Raises Conflict: leader and lead inspector are only replaced."""
    if role is Role.leader:
        raise Conflict(say("An inspection always has a leader. Replace the leader by somebody else instead."))
    if role in ALWAYS:
        raise Conflict(
            say("An inspection always has a {role}. Assign another, who then replaces this one.", role=say_role(role))
        )


def assignment_warnings(role: Role, inspectors: int, *, replaces: bool) -> tuple[str, ...]:
    """Return what to confirm before a role in a team is given (§12); `inspectors` counts the new one and the lead."""
    warnings = []
    if replaces:
        warnings.append(
            say("The inspection has a {role}, who is replaced and loses access at once.", role=say_role(role))
        )
    if role in {Role.inspector, Role.lead_inspector} and inspectors > MAX_INSPECTORS:
        warnings.append(
            say(
                "This makes {count} inspectors, and a team has up to {most}, the lead inspector included "
                "(paragraph 12).",
                count=inspectors,
                most=MAX_INSPECTORS,
            )
        )
    return tuple(warnings)


def check_steward_leaves(role: Role, leaving: Holder, others: Collection[Holder]) -> None:
    """Let one of the holders of a stewardship go, if somebody remains who can act in it. Raises Conflict.

    Where the one who leaves can sign in, so must one who remains. A disabled account cannot act already.
    """
    remain = [each for each in others if each.enabled and (each.signs_in or not leaving.signs_in)]
    if leaving.enabled and not remain:
        raise Conflict(
            say(
                "This is the last {role} who can act. Add another {role} first, and wait until they "
                "have accepted the invitation.",
                role=say_role(role),
            )
        )
