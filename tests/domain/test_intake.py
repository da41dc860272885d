from datetime import date

import pytest

from portal.domain.errors import NotFound, Refused
from portal.domain.intake import (
    KNOWN_TYPES,
    LEADING_BYTES,
    check_item_slot,
    check_leading_bytes,
    check_length,
    check_meeting_date,
    check_type,
    limit_for,
    say_size,
    say_types,
)
from portal.domain.policy import MIB
from schemas.definitions import Item, Slot
from tests.domain.common import CHECKLIST

LIMIT = 500 * MIB
ZIP = b"PK\x03\x04" + bytes(26)
CFB = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
JPG = b"\xff\xd8\xff\xe0" + bytes(8)
RTF = b"{\\rtf1 text}"
TEXT = b"child_id,sex\nL-001,F\n"

PANEL = CHECKLIST.item("panel-minutes")
DATED = PANEL.slot("latest")
PLAIN = CHECKLIST.item("link-staff").slot("file")


def test_item_and_slot_are_found() -> None:
    """The codes of a place lead to it."""
    assert (PANEL, DATED) == check_item_slot(CHECKLIST, "panel-minutes", "latest")


@pytest.mark.parametrize(
    ("item", "slot"), [("a2-form", "file"), ("a1-form", "file"), ("", ""), ("A1-FORM", "workbook")]
)
def test_unknown_places_are_not_found(item: str, slot: str) -> None:
    """An unknown item and an unknown slot are answered alike."""
    with pytest.raises(NotFound, match="task list"):
        check_item_slot(CHECKLIST, item, slot)


def test_check_type_takes_what_the_slot_takes() -> None:
    """A slot takes its own types where it names some, else those of its item."""
    form = CHECKLIST.item("a1-form")
    assert "xlsx" == check_type(form, form.slot("workbook"), "A1.XLSX")
    assert "doc" == check_type(PANEL, DATED, "minutes.doc")


@pytest.mark.parametrize(
    ("item", "slot", "name", "message"),
    [
        ("a1-form", "workbook", "a1.csv", "The selected file must be an Excel workbook (.xlsx)"),
        ("a1-form", "workbook", "a1.xls", "The selected file must be an Excel workbook (.xlsx)"),
        (
            "a1-form",
            "workbook",
            "a1.xlsm",
            "The selected file must be an Excel workbook (.xlsx). Save this one without macros, and send that",
        ),
        ("a1-form", "children", "a1.xlsx", "The selected file must be a CSV"),
        (
            "panel-minutes",
            "latest",
            "minutes.pdf.exe",
            "The selected file must be a PDF, Word document, OpenDocument text or rich text file",
        ),
    ],
)
def test_check_type_refuses(item: str, slot: str, name: str, message: str) -> None:
    """Another type is refused in words that name what would be taken."""
    found, place = check_item_slot(CHECKLIST, item, slot)
    with pytest.raises(Refused) as refused:
        check_type(found, place, name)
    assert (message, "file") == (str(refused.value), refused.value.field)


@pytest.mark.parametrize(
    ("accepts", "said"),
    [
        (("pdf", "docx", "doc"), "a PDF or Word document"),
        (("docx",), "a Word document (.docx)"),
        (("odt", "pptx"), "an OpenDocument text or PowerPoint presentation"),
        (("png", "jpeg", "jpg"), "a JPG or PNG"),
        (("xlsx", "xls", "csv"), "an Excel workbook or CSV"),
        (("pdf", "epub"), "a PDF or .epub file"),
    ],
)
def test_say_types(accepts: tuple[str, ...], said: str) -> None:
    """Types are said as people know them, each kind once."""
    assert said == say_types(accepts)


@pytest.mark.parametrize("length", [None, 1, LIMIT - 1, LIMIT])
def test_length_taken(length: int | None) -> None:
    """One byte is enough, the limit itself is allowed, and a length not known yet is left to the meter."""
    check_length(length, LIMIT)


@pytest.mark.parametrize(
    ("length", "message"),
    [
        (0, "The selected file is empty"),
        (-1, "The selected file is empty"),
        (LIMIT + 1, "The selected file must be smaller than 500MB"),
    ],
)
def test_length_refused(length: int, message: str) -> None:
    """An empty file and one byte over the limit are refused."""
    with pytest.raises(Refused) as refused:
        check_length(length, LIMIT)
    assert (message, "file") == (str(refused.value), refused.value.field)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (LIMIT, "500MB"),
        (2048 * MIB, "2GB"),
        (1025 * MIB, "1,025MB"),
        (64 * 1024, "64KB"),
        (1000, "1,000 bytes"),
        (1, "1 byte"),
    ],
)
def test_say_size(size: int, said: str) -> None:
    """A limit is said exactly, in the largest unit that fits."""
    assert said == say_size(size)


@pytest.mark.parametrize(("max_mb", "limit"), [(None, LIMIT), (10, 10 * MIB), (5000, LIMIT)])
def test_limit_for(max_mb: int | None, limit: int) -> None:
    """An item may lower the service's limit and never raise it."""
    item = Item("a", 1, "g", "l", "w", "20", ("pdf",), max_mb, (Slot("file", "File"),), (("file",),))
    assert limit == limit_for(item, LIMIT)


@pytest.mark.parametrize(
    ("ending", "head"),
    [
        ("pdf", b"%PDF-1.7\n"),
        ("pdf", bytes(1019) + b"%PDF-1.4"),
        ("docx", ZIP),
        ("xlsx", ZIP),
        ("pptx", ZIP),
        ("odt", ZIP),
        ("docx", CFB),
        ("xlsx", CFB),
        ("pptx", CFB),
        ("doc", CFB),
        ("doc", RTF),
        ("xls", CFB),
        ("rtf", RTF),
        ("png", PNG),
        ("jpg", JPG),
        ("jpeg", JPG),
        ("csv", TEXT),
        ("csv", b"\xef\xbb\xbf" + TEXT),
        ("csv", b"caf\xe9,1\r\n"),
        ("txt", b"x"),
    ],
)
def test_leading_bytes_taken(ending: str, head: bytes) -> None:
    """A file that begins as its type does is taken; an Office file with a password, too, for the later check."""
    check_leading_bytes(ending, head)


@pytest.mark.parametrize(
    ("ending", "head"),
    [
        ("pdf", b"MZ" + bytes(8000)),
        ("pdf", bytes(1020) + b"%PDF-1.4"),
        ("pdf", ZIP),
        ("docx", b"%PDF-1.7\n"),
        ("docx", RTF),
        ("odt", CFB),
        ("doc", ZIP),
        ("xls", TEXT),
        ("xlsx", TEXT),
        ("rtf", b" {\\rtf1}"),
        ("png", JPG),
        ("jpg", PNG),
        ("csv", ZIP),
        ("csv", TEXT + b"\x00"),
        ("docx", ZIP[:3]),
        ("exe", b"MZ"),
        ("", TEXT),
    ],
)
def test_leading_bytes_refused(ending: str, head: bytes) -> None:
    """A file that cannot be of its type is refused, with a way out."""
    with pytest.raises(Refused, match="select the new file") as refused:
        check_leading_bytes(ending, head)
    assert "file" == refused.value.field


@pytest.mark.parametrize("ending", sorted(KNOWN_TYPES))
def test_every_known_type_has_a_look(ending: str) -> None:
    """No known type takes everything: each refuses the start of a program, and an empty file."""
    with pytest.raises(Refused, match="not what its ending"):
        check_leading_bytes(ending, b"\x7fELF\x02\x01\x01\x00".ljust(LEADING_BYTES, b"\x00"))
    with pytest.raises(Refused, match="is empty"):
        check_leading_bytes(ending, b"")


@pytest.mark.parametrize("raw", ["2023-03-27", " 2023-3-27 ", "27/3/2023", "27/03/2023", "27 3 2023", "27.3.2023"])
def test_meeting_date_taken(raw: str) -> None:
    """A date is read in either usual order, the day before the month."""
    assert date(2023, 3, 27) == check_meeting_date(DATED, raw, date(2023, 3, 27))


def test_meeting_date_of_a_slot_without_one() -> None:
    """A slot that asks for no date keeps none, whatever is typed."""
    assert None is check_meeting_date(PLAIN, "2023-03-27", date(2023, 10, 10))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("", "Enter the date of the meeting"),
        (" ", "Enter the date of the meeting"),
        ("yesterday", "must be a real date"),
        ("3/27/2023", "must be a real date"),
        ("29/2/2023", "must be a real date"),
        ("27/3/23", "must be a real date"),
        ("0000-01-01", "must be a real date"),
        ("\u0662\u0667/\u0663/\u0662\u0660\u0662\u0663", "must be a real date"),
        ("2023-10-11", "must be today, Tuesday 10 October 2023, or in the past"),
    ],
)
def test_meeting_date_refused(raw: str, message: str) -> None:
    """No date, no real date and a date in the future are refused."""
    with pytest.raises(Refused, match=message) as refused:
        check_meeting_date(DATED, raw, date(2023, 10, 10))
    assert "meeting_date" == refused.value.field
