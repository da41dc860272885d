"""The A1 form at a glance as a CSV file to take out of the team: no count below 5 is in it (§64)."""

from collections.abc import Iterator, Mapping

from portal.domain.a1.glance import STEPS
from portal.domain.a1.suppression import is_small, suppress
from portal.formats.a1_csv import harmless, write_csv
from schemas.a1 import Definition
from schemas.a1_glance import Glance

FEWER = "fewer than 5"
HIDDEN = "not shown"
"""Of a count that is large enough itself, but by which a small one could be found out."""
_HEADINGS = ("Table", "Sheet", "What", "Count", "Median in days")


def glance_csv(definition: Definition, glance: Glance, names: Mapping[str, str]) -> bytes:
    """Return one line for each count and median: UTF-8 with a byte order mark, CRLF, no cell a formula.

    `names` has the name of each authority by its code.
    """
    lines = [_HEADINGS, *_form(definition), *_rows(glance, names), *_statuses(definition, glance), *_medians(glance)]
    return write_csv([harmless(cell) for cell in line] for line in lines)


def _form(definition: Definition) -> Iterator[tuple[str, ...]]:
    mark = " (illustrative: not the inspectorate’s own)" if definition.illustrative else ""
    yield "Form", "", f"Read by the definition {definition.version}{mark}", "", ""


def _rows(glance: Glance, names: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    for sheet, counts in glance.rows.items():
        for code, told in suppress(counts).items():
            name = f"{code} {names[code]}" if code in names else code or "Not stated"
            yield "Rows by authority", sheet, name, _told(counts[code], told), ""


def _statuses(definition: Definition, glance: Glance) -> Iterator[tuple[str, ...]]:
    meanings = {each.code: str(each.meaning) for each in definition.sheet("Children").column("status").values}
    for code, told in suppress(glance.statuses).items():
        yield (
            "Children by status",
            "Children",
            meanings.get(code, code or "Not stated"),
            _told(glance.statuses[code], told),
            "",
        )


def _medians(glance: Glance) -> Iterator[tuple[str, ...]]:
    steps = {each.code: each for each in STEPS}
    for each in glance.medians:
        step = steps[each.step]
        if is_small(each.count):
            yield "Medians", step.sheet, str(step.words), FEWER, HIDDEN
        else:
            yield "Medians", step.sheet, str(step.words), str(each.count), "" if each.days is None else str(each.days)


def _told(count: int, told: int | None) -> str:
    if told is not None:
        return str(told)
    return FEWER if is_small(count) else HIDDEN
