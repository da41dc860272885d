"""The A1 form at a glance counts and measures what it says; of what leaves the team, only what may be told."""

import csv
import io
from datetime import date
from itertools import chain, product

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.a1.glance import STEPS, at_a_glance
from portal.domain.a1.suppression import is_small
from portal.formats.a1_glance import glance_csv
from schemas.a1 import load_a1
from schemas.a1_glance import Glance, GlanceSchema, Median

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


def lines(glance: Glance) -> list[list[str]]:
    """Return the lines of the file, without the heading and what is said of the form."""
    return list(csv.reader(io.StringIO(glance_csv(DEFINITION, glance, {"301": "Northshire"}).decode("utf-8-sig"))))[3:]


COUNT = st.integers(0, 40)
COUNTS = st.dictionaries(st.sampled_from(["", "301", "302", "303"]), COUNT, max_size=4)


@given(
    st.dictionaries(st.sampled_from(["Children", "Adopters", "Support"]), COUNTS),
    st.dictionaries(st.sampled_from(["", "PLACED", "ADOPTED", "REVERSED"]), COUNT),
    st.lists(st.builds(Median, st.sampled_from([each.code for each in STEPS]), COUNT, st.floats(-9, 999)), max_size=3),
)
def test_no_small_number_is_in_the_file(
    rows: dict[str, dict[str, int]], statuses: dict[str, int], medians: list[Median]
) -> None:
    """Counts are told that are 0 or from 5 on; of medians, whether they are of 5, and the nearest week (§64)."""
    told = lines(Glance(DEFINITION.version, rows, statuses, tuple(medians)))

    counted = [each[3] for each in told if each[0] != "Medians"]
    assert all(count == "not shown" or not is_small(int(count)) for count in counted)
    assert ("not shown" in counted) == any(map(is_small, chain(statuses.values(), *map(dict.values, rows.values()))))
    for median, (*_, count, days) in zip(medians, told[len(counted) :], strict=True):
        assert ("5 or more" if median.count >= 5 else "not shown") == count
        weeks = round((median.days or 0) / 7)
        assert ("not shown" if median.count < 5 else str(weeks * 7)) == days.lstrip("'")


def test_what_is_hidden_looks_the_same_whatever_it_is() -> None:
    """Small and large counts and 0 have one word, an authority in every sheet; where all is hidden, none is named."""
    rows = {"Children": {"301": 30, "302": 3, "": 9}, "Adopters": {"301": 40, "303": 12}, "Support": {"301": 2}}
    glance = Glance(DEFINITION.version, rows, {"PLACED": 30, "ADOPTED": 2, "REVERSED": 0, "MATCHED": 10}, ())
    told = lines(glance)

    assert {
        ("Children", "Not stated", "not shown"),
        ("Children", "301 Northshire", "not shown"),
        ("Children", "302", "not shown"),
        ("Children", "303", "0"),
        ("Children", "Total", "42"),
    } == {tuple(each[1:4]) for each in told[:5]}
    assert ["not shown", "not shown", "not shown", "12", "52"] == [each[3] for each in told[5:10]]
    assert ["not shown", "not shown", "not shown", "0", "not shown"] == [each[3] for each in told[10:15]]
    assert ["not shown", "not shown", "not shown", "10"] == [each[3] for each in told[15:]]
    alone = Glance(DEFINITION.version, {"Children": {"301": 3}, "Adopters": {"301": 40}}, {}, ())
    assert [
        ["Rows by authority", "Children", "Each authority", "not shown", ""],
        ["Rows by authority", "Children", "Total", "not shown", ""],
        ["Rows by authority", "Adopters", "Each authority", "not shown", ""],
        ["Rows by authority", "Adopters", "Total", "40", ""],
    ] == lines(alone)
