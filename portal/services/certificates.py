"""Reading certificates: a page of all of them, one to show or to take away, and the others of the same disposal."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.db.certificate_queries import certificate_numbered, certificates_of, listed
from portal.db.engine import reading
from portal.db.queries import admit, require_steward
from portal.db.register_queries import Paged, paged
from portal.domain.actors import Actor
from portal.domain.errors import Conflict
from portal.domain.roles import Permission
from portal.ports import Deps
from portal.vault.receipts import portable
from schemas.texts import say

View = dict[str, Any]
NONE_YET = say("This inspection was not disposed of yet, so there is no certificate.")


@dataclass(frozen=True)
class Opened:
    """A signed certificate with its public key beside it, its number, and those of the others of that disposal."""

    signed: dict[str, Any]
    number: int
    others: tuple[int, ...]
    """The newest first."""

    @property
    def superseded(self) -> bool:
        """Whether a later one has taken its place."""
        return any(other > self.number for other in self.others)


def open_certificate(deps: Deps, actor: Actor, inspection_id: UUID, number: int | None = None) -> Opened:
    """Return the newest certificate of a disposed inspection, or the one of that number.

    Raises NotFound (also for a number that there is not), NotAllowed, Conflict (none yet), KeyUnavailable.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_certificates)
        found = certificates_of(session, inspection.id)
        if not found:
            raise Conflict(NONE_YET)
        chosen = found[0] if number is None else certificate_numbered(session, inspection.id, number)
        signed: dict[str, Any] = json.loads(chosen.body)
        chosen_number, numbers = chosen.number, [each.number for each in found]
    if "public_key" not in signed:  # one of format 1
        signed = portable(deps.signer, signed)
    return Opened(signed, chosen_number, tuple(each for each in numbers if each != chosen_number))


def list_certificates(deps: Deps, actor: Actor, page: int = 1) -> Paged[View]:
    """Return one page of the certificates of disposal, newest first. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.view_certificates)
        found = paged(session, listed(), page)
    rows = [
        {
            "certificate": str(each.id),
            "inspection": each.inspection_id,
            "reference": each.reference,
            "number": each.number,
            "final": each.final,
            "made_at": each.made_at,
        }
        for each in found.rows
    ]
    return Paged(rows, found.page, found.pages)
