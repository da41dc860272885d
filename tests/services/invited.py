"""Accepting an invitation with the code that was read out, in tests that are about something else."""

from portal.db.tables import Invitation
from portal.ports import Deps
from portal.services.accept import accept_invitation
from portal.vault.invitations import invitation_code, token_hash
from tests.services.looks import rows


def code_of(deps: Deps, token: str) -> str:
    """Return the code that belongs to a link, or a wrong one where the link is dead."""
    found = rows(deps, Invitation, Invitation.token_hash == token_hash(token))
    return invitation_code(deps.secret, found[0].id) if found else "AAA-AAA"


def accept(deps: Deps, token: str, password: str) -> str:
    """Accept with the right code; return the token of the session that begins. Raises as `accept_invitation`."""
    return accept_invitation(deps, token, code_of(deps, token), password)
