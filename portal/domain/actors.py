"""Who acts: a signed-in person, a script with a token, the worker, or the operator at the command line."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.roles import Permission, Role


@dataclass(frozen=True)
class Reach:
    """How far a script's token reaches: into one inspection, for these permissions."""

    inspection: UUID
    permissions: frozenset[Permission]


@dataclass(frozen=True)
class Actor:
    """Whoever performs an act. `label` is what the audit trail says: an id, never a name."""

    label: str
    person: UUID | None = None
    reach: Reach | None = None
    """None: as far as the person's roles. A token has its maker's roles within its reach, and nothing beyond it."""
    only: frozenset[Role] | None = None
    """None: whatever roles they have. Who came by the directory uses none that it does not vouch for."""

    reading: UUID | None = None
    """The proposal by which a steward was let read one inspection; every entry in the trail then names it."""

    def reaches(self, inspection: UUID | None, permission: Permission | None = None) -> bool:
        """Say whether the place, and the permission if one is given, are within reach; roles are another matter."""
        if self.reach is None:
            return True
        return inspection == self.reach.inspection and (permission is None or permission in self.reach.permissions)


OPERATOR = Actor("operator")
"""The command line on the host: it manages and disposes, and has no command that reads a document."""
WORKER = Actor("worker")
STRANGER = Actor("stranger")
"""Whoever tries to sign in to an account that does not exist."""


def person_actor(person: UUID, only: frozenset[Role] | None = None) -> Actor:
    """Return the actor for a person's id, with these of their roles alone if any are named."""
    return Actor(f"person:{person}", person, only=only)


def operator_for(person: UUID) -> Actor:
    """Return the operator who carries out what this person decided: with the person's own roles, and no others."""
    return Actor(f"operator:person:{person}", person)


def token_actor(token: UUID, maker: UUID, reach: Reach) -> Actor:
    """Return the script that holds a token: its maker's person as far as the token reaches, under its own label."""
    return Actor(f"token:{token}", maker, reach)
