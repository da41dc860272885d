"""The routes by which people are let in: codes that are read out, and access restored."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from portal.db.engine import reading, writing
from portal.db.tables import Invitation, Person
from portal.domain.roles import Role
from portal.ports import Deps
from portal.vault.invitations import invitation_code, invitation_token, token_hash
from tests.world import add_person, give_role

WAITING = "waiting.{role}@example.org"


def waiting_person(deps: Deps, role: Role, inspection: UUID | None = None) -> UUID:
    """Return somebody new who was invited to the role and has not accepted yet."""
    person, invitation = add_person(deps, WAITING.format(role=role)).id, uuid4()
    give_role(deps, person, role, inspection)
    now = deps.clock.now()
    with writing(deps.engine) as session:
        session.execute(update(Person).where(Person.id == person).values(password_hash=None))
        session.add(
            Invitation(
                id=invitation,
                person_id=person,
                inspection_id=inspection,
                token_hash=token_hash(invitation_token(deps.secret, invitation)),
                created_at=now,
                expires_at=now + timedelta(days=3),
            )
        )
    return person


def entry_data(deps: Deps) -> Iterator[str]:
    """Yield what these pages show that is no text: addresses and codes."""
    yield from (WAITING.format(role=role) for role in Role)
    with reading(deps.engine) as session:
        for invitation in session.scalars(select(Invitation.id)):
            code = invitation_code(deps.secret, invitation)
            yield from (code, *code)


ENTRY_PATHS = {
    "codes.team": "{t}/people/{p.waiting_colleague}/code",
    "codes.agency": "{i}/people/{p.waiting_colleague}/code",
    "codes.steward": "/stewards/people/{p.waiting_steward}/code",
    "codes.member": "/stewards/people/{p.waiting_inspector}/code/{p.inspection}",
    "restoring.people": "{t}/people",
    "restoring.ask": "{t}/people/{p.waiting_colleague}/restore",
}
ENTRY_CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "colleagues.resend_to_the_leader": lambda place, visit: visit.post(place.path("{t}/leader/resend")),
    "restoring.restore": lambda place, visit: visit.post(
        place.path("{t}/people/") + f"{place.colleague()}/restore", confirmed="yes"
    ),
}
ENTRY_EXPECTED = {
    "codes.team": (303, 403, 403, 404, 403, 403, 200, 403, 403),
    "codes.agency": (303, 200, 403, 404, 403, 403, 403, 403, 403),
    "codes.steward": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "codes.member": (303, 404, 404, 404, 404, 404, 404, 200, 404),
    "restoring.people": (303, 403, 403, 404, 403, 403, 200, 403, 403),
    "restoring.ask": (303, 403, 403, 404, 403, 403, 200, 403, 403),
    "colleagues.resend_to_the_leader": (401, 403, 403, 404, 409, 403, 409, 409, 403),
    "restoring.restore": (401, 403, 403, 404, 403, 403, 303, 403, 403),
}
