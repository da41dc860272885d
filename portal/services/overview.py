"""Where each person starts: the inspections in which they have a role."""

from typing import Any

from portal.db.engine import reading
from portal.db.visitor_queries import first_places
from portal.domain.actors import Actor
from portal.domain.roles import ROLE_TITLES, TEAM, Role, say_role
from portal.ports import Deps
from schemas.texts import together

View = dict[str, Any]
SHOWN = 25
"""Whoever is in more teams has a list of their own for them."""


def my_inspections(deps: Deps, actor: Actor) -> list[View]:
    """Return inspections in which the actor has a role: id, reference, agency, `team` (bool) and roles in words.

    At most SHOWN: those of their own agency, then those in whose team they are, newest first.
    """
    with reading(deps.engine) as session:
        places = first_places(session, actor, SHOWN)
    return [
        {
            "id": inspection.id,
            "reference": inspection.reference,
            "agency": inspection.agency.name,
            "team": bool(roles & TEAM),
            "hint": _roles_said(roles),
        }
        for inspection, roles in places
    ]


def _roles_said(roles: frozenset[Role]) -> str:
    """Say roles as one label: "Inspector, lead inspector"."""
    ordered = sorted(roles, key=say_role)
    return together([*map(ROLE_TITLES.__getitem__, ordered[:1]), *map(say_role, ordered[1:])], ", ")
