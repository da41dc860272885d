import re
from pathlib import Path

import pytest

import schemas.definitions
from portal.domain.intake import KNOWN_TYPES
from schemas.definitions import DefinitionError, checklist_versions, load_checklist, parse_checklist
from tests.domain.common import CHECKLIST

SMALL = """
version = "1"
title = "Small"
[[items]]
code = "minutes"
group = "Reports"
label = "Minutes"
guidance = "Send the minutes."
paragraph = "20"
accepts = ["pdf", "docx"]
max_mb = 5
slots = [{ code = "first", label = "First", dated = true }, { code = "rest", label = "Rest", accepts = ["pdf"] }]
complete = [["first"], ["rest", "first"]]
"""


def test_the_eleven_items_in_their_order() -> None:
    """The checklist of 2023 asks for the eleven items of paragraph 20, folders numbered in that order."""
    assert [
        "01-a1-form",
        "02-statement-of-purpose",
        "03-recruitment-strategy",
        "04-childrens-guide",
        "05-annual-report",
        "06-panel-annual-report",
        "07-panel-minutes",
        "08-board-minutes",
        "09-link-staff",
        "10-commissioned-services",
        "11-prearranged-meetings",
    ] == [item.folder for item in CHECKLIST.items]
    assert {"20"} == {item.paragraph for item in CHECKLIST.items}


def test_the_a1_form_is_one_workbook_or_three_csv_files() -> None:
    """The A1 form comes as one xlsx or as three csv, and neither in the other's place."""
    item = CHECKLIST.item("a1-form")
    assert (("workbook",), ("children", "adopters", "support")) == item.complete
    assert ("xlsx",) == item.accepted_in(item.slot("workbook"))
    assert {("csv",)} == {item.accepted_in(item.slot(code)) for code in item.complete[1]}


@pytest.mark.parametrize("code", ["panel-minutes", "board-minutes"])
def test_minutes_are_three_dated_slots(code: str) -> None:
    """Minutes are of three meetings, each with its date, and all three are needed."""
    item = CHECKLIST.item(code)
    assert [("latest", True), ("second", True), ("third", True)] == [(slot.code, slot.dated) for slot in item.slots]
    assert (("latest", "second", "third"),) == item.complete


def test_slots_that_take_many() -> None:
    """Exactly two items take any number of files."""
    assert ["childrens-guide", "commissioned-services"] == [
        item.code for item in CHECKLIST.items if any(slot.many for slot in item.slots)
    ]


@pytest.mark.parametrize("version", checklist_versions())
def test_every_type_can_be_looked_at(version: str) -> None:
    """Each extension that a checklist accepts has words and a look at its first bytes."""
    for item in load_checklist(version).items:
        assert KNOWN_TYPES >= set(item.accepts)


@pytest.mark.parametrize("version", checklist_versions())
def test_guidance_names_no_year(version: str) -> None:
    """The period comes from the programme, so no year is written into what people read of an item."""
    for item in load_checklist(version).items:
        assert not re.search(r"\b(19|20)\d\d\b", f"{item.label} {item.guidance}")


def test_every_file_is_a_version() -> None:
    """Whatever is packaged beside the loader is listed and loads, under the version in its name."""
    folder = Path(schemas.definitions.__file__).parent
    names = sorted(path.name for path in folder.glob("checklist.*.toml"))
    assert names == [f"checklist.{version}.toml" for version in checklist_versions()]
    assert "2023" in checklist_versions()
    assert list(checklist_versions()) == [load_checklist(version).version for version in checklist_versions()]


def test_a_checklist_is_read_once() -> None:
    """The same version is the same object."""
    assert CHECKLIST is load_checklist("2023")


@pytest.mark.parametrize("version", ["", "1066", "../2023", "2023.toml"])
def test_unknown_version(version: str) -> None:
    """A version that is not packaged is a LookupError, and is never taken for a path."""
    with pytest.raises(LookupError):
        load_checklist(version)


def test_unknown_codes() -> None:
    """An unknown item and an unknown slot are KeyErrors."""
    with pytest.raises(KeyError):
        CHECKLIST.item("a2-form")
    with pytest.raises(KeyError):
        CHECKLIST.item("a1-form").slot("file")


def test_defaults_and_options() -> None:
    """What a definition leaves out has its default, and a slot without types of its own takes the item's."""
    (item,) = parse_checklist(SMALL).items
    first, rest = item.slots
    assert (1, 5) == (item.number, item.max_mb)
    assert (True, False, ("pdf", "docx")) == (first.dated, first.many, item.accepted_in(first))
    assert (False, False, ("pdf",)) == (rest.dated, rest.many, item.accepted_in(rest))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('version = "1"', "version = 1", "checklist: version must be of type str"),
        ('version = "1"', "", "checklist: version is missing"),
        ('title = "Small"', 'title = " "', "checklist: title is empty"),
        ('title = "Small"', 'title = "Small"\ncolour = "red"', "checklist: colour is not known"),
        ('title = "Small"', "title = ", "not TOML"),
        ('group = "Reports"', "", "item 1: group is missing"),
        ("max_mb = 5", "max_mb = true", "item 1: max_mb must be of type int"),
        ("max_mb = 5", "max_mb = 0", "minutes: max_mb must be at least 1"),
        ("max_mb = 5", 'form = "letters"', "minutes: form must be one of contacts, meetings, for an item of one slot"),
        ("max_mb = 5", 'form = "contacts"', "minutes: form must be one of contacts, meetings, for an item of one slot"),
        ("max_mb = 5", 'counted = ""', "item 1: counted is empty"),
        ('code = "minutes"', 'code = "../minutes"', "checklist: '../minutes' is not a code"),
        ('code = "minutes"', f'code = "{"m" * 41}"', "is not a code"),
        ('code = "rest"', 'code = "first"', "minutes: the code first is used twice"),
        ('["pdf", "docx"]', "[]", "minutes: it accepts no type of file"),
        ('["pdf", "docx"]', '"pdf"', "item 1: accepts must be of type list"),
        ('["pdf", "docx"]', "[1]", "item 1, accepts: must be a list of words"),
        ('["pdf", "docx"]', '["pdf", ".DOCX"]', "minutes: '.DOCX' is not an extension"),
        ('["pdf"] }', '["csv"] }', "minutes: the slot rest accepts csv, which the item does not"),
        ("dated = true", 'dated = "yes"', "item 1, slot 1: dated must be of type bool"),
        ("dated = true", "size = 1", "item 1, slot 1: size is not known"),
        ('[["first"], ["rest", "first"]]', '[["first"]]', "minutes: no alternative of complete uses the slot rest"),
        ('[["first"], ["rest", "first"]]', '[["first", "rest", "last"]]', "minutes: complete names the slot last"),
        ('[["first"], ["rest", "first"]]', '[["first", "rest", "first"]]', "minutes: complete names a slot twice"),
        ('[["first"], ["rest", "first"]]', "[]", "minutes: complete needs at least one slot"),
        ('[["first"], ["rest", "first"]]', '[[], ["first", "rest"]]', "minutes: complete needs at least one slot"),
        ('[["first"], ["rest", "first"]]', '["first", "rest"]', "item 1, complete: must be a list of words"),
    ],
)
def test_a_wrong_definition_names_its_fault(old: str, new: str, fault: str) -> None:
    """Each way of being wrong is refused on loading, in words that lead to the line."""
    text = SMALL.replace(old, new, 1)
    assert text != SMALL
    with pytest.raises(DefinitionError, match=re.escape(fault)):
        parse_checklist(text)


def test_all_faults_at_once() -> None:
    """A definition with two faults names both."""
    with pytest.raises(DefinitionError) as wrong:
        parse_checklist(SMALL.replace("max_mb = 5", "max_mb = 0").replace('code = "minutes"', 'code = "Minutes"'))
    assert 2 == len(str(wrong.value).splitlines())


@pytest.mark.parametrize("text", ['version = "1"\ntitle = "t"\nitems = []', 'version = "1"\ntitle = "t"\nitems = [1]'])
def test_a_checklist_has_items(text: str) -> None:
    """A checklist that asks for nothing, or whose items are no tables, is refused."""
    with pytest.raises(DefinitionError):
        parse_checklist(text)
