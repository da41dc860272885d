"""Printing the codes that are read out to whoever was invited: the link comes by mail, and neither works alone."""

from uuid import UUID

from portal.cli.context import console
from portal.ports import Deps
from portal.services.codes import codes_to_print


def codes_in_words(deps: Deps, inspection: UUID | None, person: UUID | None = None) -> str:
    """Return a line for each code of a person, or of all who wait in an inspection; "" where there is none to tell."""
    return "".join(
        f"\nRead this code out to {email}, by telephone or in person; no mail has it: {code}"
        for email, code in codes_to_print(deps, inspection, person).items()
    )


def print_codes(deps: Deps, inspection: UUID | None, person: UUID | None = None) -> None:
    """Print these lines, if there are any."""
    words = codes_in_words(deps, inspection, person).strip()
    if words:
        console.print(words)
