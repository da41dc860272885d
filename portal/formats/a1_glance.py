"""The A1 form at a glance as a CSV file to take out of the team: no count of 1 to 4 can be found out by it (§64)."""

from collections.abc import Iterator, Mapping

from portal.domain.a1.glance import STEPS, status_words
from portal.domain.a1.suppression import SMALLEST, is_small, suppress
from portal.formats.a1_csv import harmless, write_csv
from schemas.a1 import Definition
from schemas.a1_glance import Glance

HIDDEN = "not shown"
"""Of every count that is not told, small or not: another word for the small ones would say which they are."""
ENOUGH = f"{SMALLEST} or more"
"""Of how many a median is: the number itself would tell how many children have got so far, and no further."""
_WEEK = 7
_NOTE = (
    f"A count of 1 to {SMALLEST - 1} is {HIDDEN}, nor are others by which it could be worked out, 0 among them. "
    f"Medians are to the nearest week, and {HIDDEN} where they are of fewer than {SMALLEST}."
)
_HEADINGS = ("Table", "Sheet", "What", "Count", "Median in days")
Line = tuple[str, str, str, str, str]


def glance_csv(definition: Definition, glance: Glance, names: Mapping[str, str]) -> bytes:
    """Return one line for each count and median: UTF-8 with a byte order mark, CRLF, no cell a formula.

    `names` has the name of each authority by its code.
    """
    lines = [_HEADINGS, *_form(definition), *_rows(glance, names), *_statuses(definition, glance), *_medians(glance)]
    return write_csv([harmless(cell) for cell in line] for line in lines)


def _form(definition: Definition) -> Iterator[Line]:
    mark = " (illustrative: not the inspectorate’s own)" if definition.illustrative else ""
    yield "Form", "", f"Read by the definition {definition.version}{mark}", "", ""
    yield "Form", "", _NOTE, "", ""


def _rows(glance: Glance, names: Mapping[str, str]) -> Iterator[Line]:
    """Tell each sheet's rows by authority; where no authority can be told, not even which there are."""
    codes = sorted({code for counts in glance.rows.values() for code in counts})
    table = {code: [counts.get(code, 0) for counts in glance.rows.values()] for code in codes}
    hidden = suppress(table)
    for sheet, counts in glance.rows.items():
        if hidden and len(hidden) == len(codes):
            yield "Rows by authority", sheet, "Each authority", HIDDEN, ""
        else:
            for code in codes:
                name = f"{code} {names[code]}" if code in names else code or "Not stated"
                yield "Rows by authority", sheet, name, HIDDEN if code in hidden else str(counts.get(code, 0)), ""
        total = sum(counts.values())
        yield "Rows by authority", sheet, "Total", HIDDEN if is_small(total) else str(total), ""


def _statuses(definition: Definition, glance: Glance) -> Iterator[Line]:
    meanings = status_words(definition)
    hidden = suppress({code: [count] for code, count in glance.statuses.items()})
    for code, count in glance.statuses.items():
        what = meanings.get(code, code or "Not stated")
        yield "Children by status", "Children", what, HIDDEN if code in hidden else str(count), ""


def _medians(glance: Glance) -> Iterator[Line]:
    steps = {each.code: each for each in STEPS}
    for each in glance.medians:
        step = steps[each.step]
        told = (HIDDEN, HIDDEN)
        if each.days is not None and each.count >= SMALLEST:
            told = (ENOUGH, str(round(each.days / _WEEK) * _WEEK))
        yield "Medians", step.sheet, str(step.words), *told
