"""What a finding tells of a cell: enough to find the fault, and nothing that names somebody, whatever rule fires."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.domain.a1.form import Form
from schemas.a1_result import A1Result
from tests.a1.changes import child, episode, person
from tests.a1.forms import AGAINST, FORM, Book, Change, put, result


def values(found: A1Result, code: str) -> list[str]:
    """Return what the cells of a rule's problems show."""
    return [cell.value for each in found.problems if each.code == code for cell in each.cells]


WRITTEN: tuple[Callable[[date], object], ...] = (
    lambda born: born,
    lambda born: datetime(born.year, born.month, born.day),  # noqa: DTZ001 -- as a workbook has it
    lambda born: f"{born:%d/%m/%Y}",
    lambda born: f"{born:%Y-%m-%d}",
    lambda born: f" {born:%Y-%m-%d} 00:00:00",
    lambda born: f"{born.day}/{born.month}/{born.year}",
    lambda born: f"{born:%d.%m.%Y}",
    lambda born: f"{born:%d/%m/%y}",
    lambda born: f"{born:%m/%d/%Y}",
    lambda born: f"born {born:%d %B %Y}",
)


@settings(max_examples=60)
@given(born=st.dates(date(1985, 1, 13), date(2035, 12, 31)), way=st.integers(0, len(WRITTEN) - 1), more=st.booleans())
@example(born=date(2020, 4, 17), way=0, more=False)  # R02
@example(born=date(2004, 4, 17), way=2, more=False)  # R17
@example(born=date(1990, 4, 17), way=1, more=False)  # F05, R34
@example(born=date(2031, 4, 17), way=3, more=True)  # T01
@example(born=date(2019, 4, 17), way=6, more=True)  # F03
def test_no_whole_date_of_birth_is_told(born: date, way: int, more: bool) -> None:
    """A date of birth is never in a result but as its month, whoever compares it and however it is written."""
    if born.day < 13:  # one that is its month's number too could be told by another date of the row
        born = born.replace(day=born.day + 13)
    written = WRITTEN[way](born)
    changes: list[Change] = [child(birth_month=written), person(person_type="ADOPTED_CHILD", birth_month=written)]
    changes += [put("Children", 1, birth_month=written, sex=written, disability=written)] if more else []
    found = result(*changes)
    told = repr(found)
    for pattern in ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y", "%m/%d/%Y", "%d %B %Y"):
        assert f"{born:{pattern}}" not in told
    assert f"{born.day}/{born.month}/{born.year}" not in told
    assert {f"{born:%Y-%m}", ""} >= set(values(found, "P11"))


def test_months_are_told_where_dates_are_compared() -> None:
    """Each rule that looks at a birth tells its month."""
    assert ["2004-04"] == values(result(child(birth_month=date(2004, 4, 17))), "R17")
    assert ["1990-04"] == values(result(child(birth_month="17/04/1990")), "F05")
    assert ["03/02/2020 (birth_month 2020-04)"] == values(result(child(birth_month=date(2020, 4, 17))), "R02")
    assert ["2031-04"] == values(result(child(birth_month=date(2031, 4, 17))), "T01")
    assert [""] == values(result(child(birth_month="17.4.2019")), "F03m")
    grown = result(person(person_type="ADOPTED_CHILD", birth_month=date(2001, 4, 17)))
    assert ["2001-04 (person_type ADOPTED_CHILD)"] == values(grown, "R34")


WITHHELD = (
    "JANE SMITH", "jane smith", "Jane", "SMITH, Jane", "Li Ng", "Zoë", "9434765919", "943 476 5919", "LS14AP",
    "ls1 4ap", "A123456789012", "AB123456C", "C-0001", "c-0002", "for A-0001", "0113 496 0000", "j@x.uk", "Jane-2",
    "Edda", "M Smith", "17/04/2019", "2019-04-17", "12345", "5/3/19", "M1 1AE", "Jo", "Al B",
)  # fmt: skip
"""Of what stands in a column of codes."""


@pytest.mark.parametrize("text", WITHHELD)
def test_shifted_columns_are_not_repeated(text: str) -> None:
    """What could name somebody, or is an identifier of the form, is told by its place alone."""
    found = result(child(sex=text, disability=text, responsible_la=text), put("Adopters", children_placed=text))
    assert [""] * 4 == [*values(found, "F02"), *values(found, "F06")]


@pytest.mark.parametrize("text", ["Jane 12/11/22", "9434765919", "C-0001", "Emma", "May", "0113 496 0000", "SMITH"])
def test_dates_that_are_none_are_not_repeated(text: str) -> None:
    """A column of dates tells a date that cannot be read, and nothing else that could name somebody."""
    assert [""] == values(result(child(disruption_date=text)), "F03")


@pytest.mark.parametrize(("column", "text"), [
    ("sex", "X"), ("sex", "?"), ("ethnicity", "White British F"), ("status", "Placed, adopted"), ("disability", "N/K"),
    ("responsible_la", "0301"), ("responsible_la", "Leeds"), ("adopter_source", "n/a"), ("reversal_reason", "RD5"),
    ("disruption_date", "31/02/2022"), ("disruption_date", "6 May 23"), ("disruption_date", "12.11.2022"),
    ("disruption_date", "20221112"), ("siblings_apart", "16"), ("siblings_apart", "1.5"),
])  # fmt: skip
def test_what_names_nobody_is_told(column: str, text: str) -> None:
    """What is wrong with a code, number or date that names nobody is shown as it stands there."""
    found = result(child(**{column: text}))
    assert [text] == [
        cell.value for each in found.problems if each.code in ("F02", "F03", "F06") for cell in each.cells
    ]


def test_identifiers_and_words_stand_beside_nothing() -> None:
    """Neither a family's number nor the name of a team is told by a rule that compares it."""
    found = result(child(family_id=None), episode(person_id="A-0001"), child(allocated_team="Emma Example"))
    assert {""} == {cell.value for each in found.problems if each.column.endswith("_id") for cell in each.cells}
    assert "Emma" not in repr(found)
    children = Form(FORM, Book().raw(), AGAINST).table("Children")
    assert "F (family_id , allocated_team )" == children.shown(0, "sex", "family_id", "allocated_team")
