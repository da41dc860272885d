"""What stands far outside a sheet's table (S02f); it is found by whoever opens the form."""

from collections.abc import Iterator

from portal.domain.a1.form import Form, Hit
from portal.domain.a1.registry import STOP, rule
from schemas.texts import say


@rule(
    "S02f",
    STOP,
    say("Something stands far outside the table, so the form cannot be checked."),
    say("Delete these cells, even if they look blank: a space or a formula counts too. Save, and send the new file."),
)
def far_outside(_form: Form) -> Iterator[Hit]:
    """S02: with a cell far out the form gets no as far as here."""
    yield from ()
