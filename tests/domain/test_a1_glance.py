"""The A1 form at a glance counts and measures what it says, and small numbers cannot be found out."""

from datetime import date
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.a1.glance import STEPS, at_a_glance
from portal.domain.a1.suppression import SMALLEST, is_small, suppress
from schemas.a1 import load_a1
from schemas.a1_glance import GlanceSchema, Median

DEFINITION = load_a1("illustrative-2023")
VALUES: dict[tuple[str, str], list[object]] = {
    ("Children", "responsible_la"): ["301", "302", "301", None],
    ("Children", "status"): ["PLACED", "PLACED", "ADOPTED", "not a status"],
    ("Children", "match_date"): [date(2023, 1, 1), date(2023, 2, 1), None, date(2023, 3, 1)],
    ("Children", "placed_date"): [date(2023, 1, 11), date(2023, 2, 6), date(2023, 3, 1), "soon"],
    ("Adopters", "home_la"): [],
}


def test_a_form_is_counted_and_measured() -> None:
    """Rows by authority, statuses in the definition's order, the median of the spans that have both dates."""

    def column(sheet: str, name: str) -> list[object]:
        return VALUES.get((sheet, name), [])

    glance = at_a_glance(DEFINITION, {"Children": 4, "Adopters": 3}, column)

    assert {"Children": {"": 1, "301": 2, "302": 1}, "Adopters": {"": 3}} == glance.rows
    assert {"PLACED": 2, "ADOPTED": 1, "": 1} == {code: count for code, count in glance.statuses.items() if count}
    assert ["AWAITING_PO", "FAMILY_FINDING"] == list(glance.statuses)[:2]
    assert Median("match-to-placed", 2, 7.5) in glance.medians
    assert Median("care-to-placed", 0, None) in glance.medians
    assert {"Children", "Adopters"} == {
        step.sheet for step in STEPS for each in glance.medians if each.step == step.code
    }
    assert glance == GlanceSchema().load(GlanceSchema().dump(glance))
    for step, at in product(STEPS, ("begins", "ends")):
        assert "date" == DEFINITION.sheet(step.sheet).column(getattr(step, at)).type


@given(st.dictionaries(st.text(min_size=1, max_size=2), st.integers(0, 40), max_size=8))
def test_no_small_number_can_be_found_out(counts: dict[str, int]) -> None:
    """No count below 5 is told, nor found as the total less the rest; what need not be hidden is told (§64)."""
    told = suppress(counts)
    hidden = [counts[key] for key, count in told.items() if count is None]

    assert list(counts) == list(told)
    assert all(
        count == counts[key] and (count == 0 or count >= SMALLEST) for key, count in told.items() if count is not None
    )
    if not any(is_small(count) for count in counts.values()):
        assert counts == told
    elif any(told.values()):
        assert len(hidden) > 1
        assert sum(hidden) >= SMALLEST
