"""The definition of the A1 form is data: it is read whole or refused with every fault, and cells are read by it."""

from datetime import date, datetime, time
from pathlib import Path

import pytest
from marshmallow import ValidationError

import schemas.a1
from schemas.a1 import a1_versions, load_a1, parse_a1, read_by
from schemas.a1_rows import cell_field, row_schema
from schemas.definitions import DefinitionError
from tests.a1.forms import FORM, PLACED

PACKAGED = (Path(schemas.a1.__file__).parent / f"a1.{FORM.version}.toml").read_text("utf-8")
NOON = datetime.fromisoformat("2021-04-13T12:00")
"""As a workbook has it, which knows of no time zone."""


def test_what_is_packaged() -> None:
    """It is marked as illustrative, has three sheets by key, and each version can be loaded."""
    assert ("illustrative-2023",) == a1_versions()
    assert FORM.illustrative
    assert ("2022-10-01", "2023-09-30") == (str(FORM.first_day), str(FORM.last_day))
    shape = [(sheet.code, sheet.key, sheet.slot, len(sheet.columns)) for sheet in FORM.sheets]
    assert [
        ("Children", "child_id", "children", 25),
        ("Adopters", "adopter_id", "adopters", 24),
        ("Support", "support_id", "support", 20),
    ] == shape
    assert ("M", "F", "U", "N") == FORM.sheet("Children").column("sex").codes
    assert ("Y", "N") == FORM.sheet("Support").column("complaint_open").codes
    assert "B5" == FORM.cover_cell("raa_code")
    for unknown in (FORM.sheet, FORM.cover_cell, FORM.sheets[0].column):
        with pytest.raises(KeyError):
            unknown("x")


def test_a_deployments_own_file(tmp_path: Path) -> None:
    """A path is read like a version; an unknown version, a missing file and one that calls itself otherwise are not."""
    own = tmp_path / "own.toml"
    own.write_text(PACKAGED.replace('version = "illustrative-2023"', 'version = "ours"'), "utf-8")
    assert "ours" == load_a1(str(own)).version
    # A form keeps the definition that it was read by, as long as the portal has it.
    assert [FORM.version, "ours", "ours"] == [read_by(each, str(own)).version for each in (FORM.version, "ours", "old")]
    with pytest.raises(LookupError):
        load_a1("2019")
    with pytest.raises(OSError, match="none"):
        load_a1(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(("old", "new", "fault"), [
    ('title = "RAA', 'titel = "RAA', "form: title is missing\nform: titel is not known"),
    ("rows = 20_000", 'rows = "many"', "limits: rows must be of type int"),
    ("rows = 20_000", "rows = 0", "limits: rows must be at least 1"),
    ("columns = 60", "columns = 61", "limits: columns can be 60 at most"),
    ("first_day = 2022", "first_day = 2024", "form: the period ends before it begins"),
    ('version = "illustrative-2023"', 'version = "Ours!"', "form: version must be"),
    ('M = "Male"', 'm = "Male"', "set sex: 'm' is not a code"),
    ('M = "Male"', 'M = " "', "set sex: M is empty"),
    ('cell = "B2"', 'cell = "B1"', "cover: b1 is there twice"),
    ('cell = "B2"', 'cell = "C2"', "cover: C2 is not a cell of column B"),
    ('name = "raa_code"', 'name = "agency"', "cover: raa_code is missing\ncover: agency is neither"),
    ('sheet = "Support"', 'sheet = "Others"', "cover: no_support is neither"),
    ('code = "Support"', 'code = "Cover"', "form, sheets: cover is there twice"),
    ('key = "support_id"', 'key = "status"', "Support: its key status is not"),
    ('title = "Sex", type = "code"', 'title = "Sex", type = "sex"', "Children, sex: its type must be"),
    ('aliases = ["Gender"]', 'aliases = ["STATUS"]', "Children: status is there twice"),
    ('aliases = ["Gender"]', "aliases = [1]", "aliases: must be words"),
    ('set = "sex"', 'set = "gender"', "Children, sex: a code, and nothing else, needs a set"),
    ("least = 1, most = 15", "least = 1", "Children, siblings_together: a number needs a most"),
    ('when = "that was decided", ', "", "Children, reversal_date: when is for"),
    ('a = "RD1"', 'a = "RD9"', "Children, reversal_reason: read_as 'a' must"),
    ('need = "O", most = 60', 'need = "X", most = 60', "Children, allocated_team: its need must"),
    ('name = "allocated_team"', 'name = "Team"', "Children, Team: its name must be"),
    ('[{ status = ["DISRUPTED"] }]', "[1]", "needed_if: a condition must be a table"),
    ('[{ status = ["DISRUPTED"] }]', "[{ status = 1 }]", "needed_if, status: must be a list of codes, or set"),
    ('[{ status = ["DISRUPTED"] }]', '[{ status = ["OVER"] }]', "needed_if: status does not hold one of OVER"),
    ('[{ status = ["DISRUPTED"] }]', '[{ placed_date = "set" }]', "needed_if: placed_date is no other column"),
    ('[{ status = ["DISRUPTED"] }]', '[{ child_id = "set" }]', "needed_if: child_id is no other column"),
    ('need = "O", most = 60', 'need = "O", needed_if = [], most = 60', "allocated_team: needed_if is for a column"),
    ("[limits]", "[limits", "not TOML"),
])  # fmt: skip
def test_faults_are_named(old: str, new: str, fault: str) -> None:
    """What is wrong in a file is named where it is, one fault a line."""
    assert old in PACKAGED
    with pytest.raises(DefinitionError) as refused:
        parse_a1(PACKAGED.replace(old, new))
    assert all(line in str(refused.value) for line in fault.split("\n"))


@pytest.mark.parametrize(("column", "raw", "meant"), [
    ("child_id", 10414520.0, "10414520"), ("child_id", " 007 ", "007"), ("child_id", "7.0", "7"),
    ("child_id", "J.S.", "J.S."), ("child_id", "a b", "P08"), ("child_id", "C-007/b_2", "C-007/b_2"),
    ("child_id", "7" * 20, "7" * 20), ("child_id", "7" * 21, "P08"), ("child_id", "C-7\n", "C-7"),
    ("child_id", "-7", "P08"), ("child_id", "", "F01"), ("child_id", date(2023, 2, 1), "01/02/2023"),
    ("sex", "a) Male", "M"), ("sex", " neither", "N"), ("sex", "b)", "F02"), ("sex", 1.0, "F02"),
    ("disability", "Yes", "Y"), ("disability", "b) No", "N"), ("disability", "TRUE", "Y"), ("disability", "u", "U"),
    ("sibling_group", "U", "F02"), ("reversal_reason", "b) whatever", "RD2"), ("reversal_reason", "c", "RD3"),
    ("responsible_la", 301.0, "301"), ("responsible_la", "Leeds", "F02"), ("responsible_la", "٣٠١", "F02"),
    ("birth_month", "2021-04", date(2021, 4, 1)), ("birth_month", "13/04/2021", date(2021, 4, 1)),
    ("birth_month", "4/2021", date(2021, 4, 1)), ("birth_month", "2021-13", "F03"),
    ("match_date", "2021-04-13", date(2021, 4, 13)), ("match_date", "2021-04-13T00:00:00", date(2021, 4, 13)),
    ("match_date", "3/4/2021", date(2021, 4, 3)), ("match_date", NOON, date(2021, 4, 13)),
    ("match_date", "04/13/2021", "F03"), ("match_date", "13/04/21", "F03"), ("match_date", "29/02/2021", "F03"),
    ("match_date", 44299.0, "F03"), ("match_date", "13 April 2021", "F03"), ("match_date", time(0), "F04"),
    ("match_date", time(9), "F03"), ("match_date", "31/12/9999", "F04"), ("match_date", date(1994, 12, 31), "F05"),
    ("match_date", " tbc ", None), ("adm_decision_date", "-", "F01"), ("adm_decision_date", " ", "F01"),
    ("siblings_together", 3.0, 3), ("siblings_together", "3", 3), ("siblings_together", "3.0", 3),
    ("siblings_together", 0.0, "F06"), ("siblings_together", 16.0, "F06"), ("siblings_together", "three", "F06"),
    ("siblings_together", "18.606", "F06"), ("allocated_team", " North ", "North"), ("allocated_team", "", None),
])  # fmt: skip
def test_cells_are_read(column: str, raw: object, meant: object) -> None:
    """A cell means what people mean by it, or is refused with the code of a rule."""
    field = cell_field(FORM.sheet("Children"), column)
    try:
        read = field.deserialize(raw)
        assert ({raw: read}, {}) == field.read_all([raw])
    except ValidationError as error:
        (read,) = error.messages
        assert ({raw: None}, {raw: read}) == field.read_all([raw])
    assert meant == read


def test_whole_rows_are_read_too() -> None:
    """The schema of a sheet reads a row at once; several codes come in the definition's order."""
    row = row_schema(FORM.sheet("Children")).load(PLACED)
    assert (date(2019, 5, 1), "F", "WBRI") == (row["birth_month"], row["sex"], row["ethnicity"])
    assert ("CONTACT", "THERAPY") == cell_field(FORM.sheet("Support"), "support_type").deserialize("therapy ;Contact; ")
    with pytest.raises(ValidationError, match="F02"):
        cell_field(FORM.sheet("Support"), "support_type").deserialize(" ; ")
    with pytest.raises(ValidationError) as refused:
        row_schema(FORM.sheet("Children")).load({**PLACED, "sex": "X", "match_date": "x"} | {"status": ""})
    assert {"sex": ["F02"], "match_date": ["F03"], "status": ["F01"]} == refused.value.messages
