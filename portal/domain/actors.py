"""Who acts: a signed-in person, the worker, or the operator at the command line."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """Whoever performs an act. `label` is what the audit trail says: an id, never a name."""

    label: str
    person: UUID | None = None


OPERATOR = Actor("operator")
"""The command line on the host: it manages and disposes, and has no command that reads a document."""
WORKER = Actor("worker")
STRANGER = Actor("stranger")
"""Whoever tries to sign in to an account that does not exist."""


def person_actor(person: UUID) -> Actor:
    """Return the actor for a person's id."""
    return Actor(f"person:{person}", person)


def operator_for(person: UUID) -> Actor:
    """Return the operator who carries out what this person decided: with the person's own roles, and no others."""
    return Actor(f"operator:person:{person}", person)
