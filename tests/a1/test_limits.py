"""How much an A1 form may be, however it is written: what is too much stops, what is blank counts nothing."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.adapters.checker import ProcessChecker
from portal.checking.a1 import check_a1
from portal.checking.a1_guard import Sample, guard
from portal.checking.a1_read import read_csv
from portal.checking.a1_weight import is_too_heavy
from portal.checking.zips import Directory, read_directory
from portal.domain.a1.recipe import AUTHORITIES, RAA_CODE, Recipe
from portal.domain.a1.sample import make_sample
from portal.domain.checks import has_errors
from portal.formats.a1_workbook import workbook as written
from portal.ports.checking import Body
from portal.services.check_unsent import general_ask
from schemas.checking import LONGEST_ANSWER, Answer, Ask, answer_line, read_answer
from schemas.visible import seen
from tests.a1.forms import FORM, Book
from tests.a1.written import ASK, CSV_ASK, MAIN, as_csv, check, codes, inside, workbook

START = b"<worksheet xmlns=%s><sheetData>" % MAIN
END = b"</sheetData></worksheet>"
VALUE = b"<v>1</v></c>"
LAST = b"<row><c>" + VALUE + b"</row>"
NOISE = b"".join(b"<!--%s-->" % Random(each).randbytes(25_000).hex().encode() for each in range(16))
"""Nothing, and so much of it that what is beside it may be as regular as one likes."""
FIRST = b'<row r="1"><c r="A1">' + VALUE + b"</row>"


def sheet(content: bytes) -> bytes:
    """Return a workbook whose sheet Children is this."""
    return inside(workbook(), lambda name, part: START + content + END if name.endswith("sheet2.xml") else part)


@pytest.mark.parametrize("letter", ["👶", "\x01"])
def test_an_answer_is_never_too_long(letter: str) -> None:
    """Whatever letters stand in 20,000 wrong cells: their places are all told, and values as far as there is room."""
    heads, first, *_ = as_csv(Book(), "Children").splitlines()
    at = heads.split(",").index("status")
    cells = [*first.split(",")[:at], '"' + (letter * 79).replace('"', '""') + '"', *first.split(",")[at + 1 :]]
    rows = "\r\n".join([heads, *[",".join(cells)] * 19_999]).encode()

    result = check_a1(CSV_ASK, [rows, as_csv(Book(), "Adopters").encode()])[0]
    line = answer_line(Answer("csv", a1=result))

    assert len(line) < LONGEST_ANSWER
    assert result == read_answer(line).a1
    (wrong,) = [each for each in result.problems if each.code == "F02"]
    assert (19_999, seen(letter)) == (wrong.count, wrong.cells[0].value[:1])


@pytest.mark.parametrize(("place", "content"), [
    ("", FIRST + b'<row r="29999">' + b"<c/>" * 200_000 + b"<c>" + VALUE + b"</row>"),
    ("A30002", b"<row>" + b"<c/>" * 59 + b"<c>" + VALUE + b"</row>" + b"<row/>" * 30_000 + LAST),
    ("XFD999", FIRST + b'<row r="9"><c r="&#88;FD999">' + VALUE + b"</row>"),
    ("", FIRST + b'<row\nr="9999999"><c\nr="XFD9999999">' + VALUE + b"</row>"),
    ("XFD1048576", FIRST + b'<row\nr="9999999"><c\nr="XFD1048576">' + VALUE + b"</row>"),
    ("XFD9", FIRST + b'<x:row xmlns:x=%s r="9"><x:c r="XFD9"><x:v>1</x:v></x:c></x:row>' % MAIN),
    ("XFD9", FIRST + b'<a-b:row xmlns:a-b=%s r="9"><a-b:c r="XFD9"><a-b:v>1</a-b:v></a-b:c></a-b:row>' % MAIN),
    ("B1048576", FIRST + b'<row r="1048576"><c/><c> <v/></c></row>'),
    ("", FIRST + NOISE + (b"<!--" + b"x" * 60_000 + b"-->") * 560 + b'<row r="40000">' + LAST),
], ids=range(9))  # fmt: skip
def test_far_out_in_every_spelling(place: str, content: bytes) -> None:
    """Cells that only counting along finds, or whose references are spelt otherwise, never reach the reader.

    They are named, but for a place that Excel does not have, and a part that is too large to be looked at closely.
    """
    (stop,) = check_a1(ASK, [sheet(content)])[0].problems
    assert ("S02f" if place else "S02", "Children", place) == (
        stop.code,
        stop.sheet,
        "".join(f"{stop.letter}{cell.row}" for cell in stop.cells),
    )


def long_text(rows: bytes) -> bytes:
    """Return a workbook whose sheet Children is these rows, with a first shared text of 200 letters."""
    changed: dict[str, Callable[[bytes], bytes]] = {
        "xl/worksheets/sheet2.xml": lambda _: START + rows + END,
        "xl/sharedStrings.xml": lambda part: part.replace(b"<si>", b"<si><t>%s</t></si><si>" % (b"x" * 200), 1),
    }
    return inside(workbook(), lambda name, part: changed.get(name, bytes)(part))


@pytest.mark.parametrize(("cells", "code"), [(60, "S02"), (10, "")])
def test_a_reader_that_gets_no_memory_is_an_answer(cells: int, code: str) -> None:
    """A million long texts are too much also where the look before, which knows the usual spelling, does not say so."""
    body = long_text(NOISE + (b"<row>" + b"<c t='s'><v>0</v></c>" * cells + b"</row>") * 20_000)

    answer = ProcessChecker().check(Ask("xlsx", ("xlsx",), (len(body),), ASK), [Body(len(body), lambda: iter([body]))])

    assert answer.a1
    assert code == "".join(each.code for each in answer.a1.problems if each.code.startswith("S02"))
    assert (code == "") == bool(answer.a1.rows)


def test_what_takes_more_memory_than_there_is_does_not_reach_the_reader() -> None:
    """Long texts are too heavy in a million cells, by what they take in Python; short ones and fewer are not."""
    body = long_text(b'<row><c r="A1" t="s"><v>0</v></c></row>' * 20)
    directory = read_directory(body)
    parts = guard(body, directory, FORM.limits, ())
    assert ([b"0"] * 20, True) == ((seen := parts["xl/worksheets/sheet2.xml"].sample).shared, seen.ascii)
    million = Sample(whole=40_000_000, size=40_000, cells=1_000, shared=[b"0"] * 1_000)
    assert is_too_heavy(body, directory, [million])
    half = replace(million, whole=20_000_000)
    assert [False, False, True] == [is_too_heavy(body, directory, [half] * sheets) for sheets in (1, 2, 3)]
    assert not is_too_heavy(body, directory, [replace(million, shared=[b"1"] * 1_000)])
    written = Sample(whole=100_000_000, size=100_000, cells=1_000)
    assert [False, True] == [is_too_heavy(b"", Directory(), [replace(written, ascii=each)]) for each in (True, False)]


def test_a_form_of_twice_what_is_asked_for_is_not_too_heavy() -> None:
    """Three sheets of 20,000 rows and twice the columns of the definition have room, with cells of forty bytes."""
    cells = [2 * 20_000 * len(each.columns) for each in FORM.sheets]
    samples = [Sample(whole=each * 40, size=each * 40, cells=each) for each in cells]
    body = bytes(5 << 20)
    assert not is_too_heavy(body, Directory(), samples)
    assert is_too_heavy(body, Directory(), [replace(each, whole=2 * each.whole) for each in samples])


def test_names_with_a_prefix_are_read_as_without() -> None:
    """Some programs write each name of a sheet with a prefix."""

    def prefixed(name: str, part: bytes) -> bytes:
        if not name.startswith("xl/worksheets/sheet"):
            return part
        for tag in (b"worksheet", b"sheetData", b"row", b"c", b"v"):
            for after in (b" ", b">", b"/"):
                part = part.replace(b"<" + tag + after, b"<x:" + tag + after)
            part = part.replace(b"</" + tag + b">", b"</x:" + tag + b">")
        return part.replace(b"<x:worksheet ", b"<x:worksheet xmlns:x=%s " % MAIN)

    assert set() == check(inside(workbook(), prefixed))


@pytest.mark.parametrize("content", [
    b"<!--" + b'zt="e"' + b'<c r="A1" ' * 100_000 + b"-->",
    b"<!-- <f " + b'<c r="A1" ' * 100_000 + b"-->",
    b"<!-- ehidden=" + b'<row r="1" ' * 90_000 + b"-->",
    b"<row><c><f/>" + b" " * 900_000 + b"</row>",
], ids=["error", "formula", "hidden", "blanks"])  # fmt: skip
def test_no_sheet_takes_long(content: bytes) -> None:
    """What repeats the beginning of something looked for is read well within the limits of the process."""
    body = sheet(content)
    ask = Ask("xlsx", ("xlsx",), (len(body),), ASK)
    answer = ProcessChecker(haste=0.25).check(ask, [Body(len(body), lambda: iter([body]))])
    assert answer.a1 is not None


def test_a_decoy_is_not_read() -> None:
    """The package's document has to be the workbook that is read here: another would be what Excel shows."""
    led: Callable[[str, bytes], bytes] = lambda name, part: (  # noqa: E731
        part.replace(b"xl/workbook.xml", b"xl/real.xml") if name == "_rels/.rels" else part
    )
    assert {"S01"} == check(inside(workbook(), led))
    rooted: Callable[[str, bytes], bytes] = lambda name, part: (  # noqa: E731
        part.replace(b'"xl/workbook.xml', b'"/xl/workbook.xml') if name == "_rels/.rels" else part
    )
    assert set() == check(inside(workbook(), rooted))


def test_a_sheet_that_the_reader_cannot_see_is_unreadable() -> None:
    """UTF-16 is no empty sheet; nor does a first piece of one byte hide how a part begins."""
    wide = inside(workbook(), lambda name, part: part.decode().encode("utf-16") if "sheet2" in name else part)
    assert {"S01"} == check(wide)


def test_blank_cells_and_rows_of_csv_count_nothing() -> None:
    """Excel writes what was ever touched: blank tails are no columns and no rows, and rows keep their numbers."""
    children, adopters = as_csv(Book(), "Children"), as_csv(Book(), "Adopters")
    wide = "\r\n".join(line + "," * 80 for line in children.splitlines()) + "\r\n" + (",,,,\r\n" * 40_000)
    assert set() == codes(check_a1(CSV_ASK, [wide.encode(), adopters.encode()])[0])
    heads, *rows = children.splitlines()
    apart = "\r\n".join([heads, ",,", "", *rows])
    assert [4, 5] == numbers(apart)[:2]


def numbers(text: str) -> list[int]:
    """Return the numbers of the rows that are read."""
    raw = read_csv(FORM, {"Children": text.encode()})
    return [number for number, row in enumerate(raw.sheets["Children"].rows, start=2) if row]


@settings(max_examples=8)
@given(size=st.floats(0, 1), seed=st.integers(0, 2**31))
@example(size=1, seed=0)
def test_a_made_up_workbook_of_any_size_is_clean(size: float, seed: int) -> None:
    """What is written and read again has nothing that stops or is an error; the benchmark tries 20,000 rows."""
    rows = round(2_000**size)
    members = {code: [[FORM.first_day.isoformat(), ""]] for code in AUTHORITIES}
    ask = replace(general_ask(FORM.version, FORM.last_day), raa_code=RAA_CODE, authorities=members)
    found = check_a1(ask, [written(FORM, make_sample(Recipe(FORM, rows, seed)))])[0]
    assert (False, (), ()) == (has_errors(found), found.not_run, found.faults)
    assert {sheet.code: rows for sheet in FORM.sheets} == found.rows
