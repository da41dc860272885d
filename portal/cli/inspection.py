"""`portal inspection`: the inspections there are."""

from typing import Any

import click

from portal.cli.context import as_json, portal, show
from portal.db.engine import reading
from portal.db.queries import inspection_by_reference, inspections_of
from portal.db.tables import Inspection
from portal.domain.actors import OPERATOR
from portal.domain.lifecycle import InspectionState
from portal.domain.times import say_deadline
from portal.ports import Deps


def find(deps: Deps, reference: str) -> Any:  # noqa: ANN401 -- a row, read and let go
    """Return the inspection with this reference. Raises NotFound."""
    with reading(deps.engine) as session:
        return inspection_by_reference(session, reference)


def state_of(row: Inspection) -> str:
    """Say where an inspection is in its life, and until it is disposed of, that it was cancelled."""
    return "cancelled" if row.cancelled_at is not None and row.state == InspectionState.closed else row.state


@click.group()
def inspection() -> None:
    """Inspections: announce, list, conduct, close."""


@inspection.command(name="list")
@as_json
def list_inspections(json_out: bool) -> None:
    """List the inspections."""
    with portal() as (_settings, deps), reading(deps.engine) as session:
        rows = [
            {
                "reference": each.reference,
                "agency": each.agency.name,
                "state": state_of(each),
                "deadline": say_deadline(each.deadline_at),
                "declared": "yes" if each.declared_at else "no",
                "held": "yes" if each.held else "no",
            }
            for each in inspections_of(session, OPERATOR)
        ]
        show(rows, json_out, "There is no inspection yet: `portal inspection announce`.")
