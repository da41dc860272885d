"""Identifiers that name somebody are found, case numbers are left in peace, and no value of either is repeated."""

import random
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.a1 import shapes
from portal.domain.a1.findings import findings
from portal.domain.a1.privacy import look
from portal.domain.a1.recipe import Recipe, Row
from portal.domain.a1.sample import make_sample
from schemas.a1_result import A1Result
from tests.a1.forms import FORM, Book, Change, be, put, result
from tests.a1.heading_cases import called
from tests.a1.test_engine import SAMPLE, copied

LETTERS_AND_DIGITS = string.ascii_uppercase + string.digits
MIXED = string.ascii_letters + string.digits
WORDS = shapes.ALLOWED | {"LEEDS"}


def random_ids(alphabet: str, count: int, seed: int, length: int = 6) -> list[str]:
    """Return different identifiers of random letters."""
    draw = random.Random(seed)
    ids: dict[str, None] = {}
    while len(ids) < count:
        ids["".join(draw.choices(alphabet, k=length))] = None
    return list(ids)


def with_ids(ids: list[str]) -> Change:
    """Give as many episodes these identifiers."""

    def change(book: Book) -> None:
        like = book.rows["Support"][0]
        book.rows["Support"] = [
            {**like, "support_id": each, "complaint_open": "YN"[at % 2]} for at, each in enumerate(ids)
        ]

    return change


@pytest.mark.parametrize("alphabet", [LETTERS_AND_DIGITS, LETTERS_AND_DIGITS.lower(), MIXED, string.ascii_uppercase])
def test_random_case_numbers_stop_nothing(alphabet: str) -> None:
    """600 random six-character ids beside LEEDS-0012 have no STOP, in ten draws; the shapes are asked about at most."""
    for seed in range(10):
        found = look({*random_ids(alphabet, 600, seed), "LEEDS-0012"}, WORDS)
        assert set(found.values()) <= {"P03c", "P04c"}


def test_a_form_with_random_case_numbers_is_checked_whole() -> None:
    """The form of 600 such rows is read, with and without the agency's word; without it, that one row alone stops."""
    ids = [*random_ids(LETTERS_AND_DIGITS, 600, 7), "LEEDS-0012"]
    assert result(with_ids(ids)).complete
    ids[-1] = "BANBURY-0012"
    stopped = result(with_ids(ids))
    assert [("P04", 602)] == [(each.code, each.cells[0].row) for each in stopped.problems if each.severity == "STOP"]
    assert 1 == stopped.count("STOP")


def test_postcode_areas_keep_chance_small() -> None:
    """Of random six-character ids few have the shape of a postcode in an area that exists, as was measured before."""
    ids = random_ids(LETTERS_AND_DIGITS, 20_000, 1)
    assert sum(map(shapes.is_postcode, ids)) / len(ids) < 0.008


@pytest.mark.parametrize("text", [
    "Jane Smith", "SMITH", "smith001", "J Smith", "Emma-2015", "O'Neill", "Zoë Çelik", "Li Ng", "Müller",
    "943 476 5919", "943-476-5919", "ab123456c", "AB 12 34 56 C", "A123456789012", "LS1 4AP", "ls14ap", "M1 1AE",
    "EC1A 1BB", "+44 113 496 0000", "0113 4960000", "j.smith@example.org", "12/03/2019", "2019-03-12", "C 12.03.19",
    "case#4", "_1", "-1", "C–1", "١٢٣", "👶1", "x" * 21,
])  # fmt: skip
def test_what_names_somebody_is_found(text: str) -> None:
    """Names, addresses, numbers of persons, telephones, dates and what is no identifier stop the check."""
    (code,) = look({text}, WORDS).values()
    assert code in {"P01", "P02", "P03", "P04", "P05", "P06", "P07", "P08"}


@pytest.mark.parametrize("text", [
    "C-0017", "JS", "J.S.", "ABCD", "0012", "10414520", "301-0012", "LEEDS-0012", "leeds.12", "CHILD/0001", "RAA-77",
    "deadbeef", "6f1c2b9e-1111-4222-9333".replace("-", "")[:20], "A/2022/0017", "22-1234-5", "X", "1", "QX1 4CP"[:3],
])  # fmt: skip
def test_what_numbers_look_like_is_left(text: str) -> None:
    """Case numbers of many shapes, and initials, are no matter."""
    assert {} == look({text}, WORDS)


@pytest.mark.parametrize(("text", "codes"), [
    ("BCDFGHJ-1", []), ("SMYTH-1", ["P04"]), ("BÇDF", ["P04"]), ("ABE1", []), ("BOB-1", []), ("ROBB-1", ["P04"]),
    ("A Lee", ["P04"]), ("A-Lee", []), ("A Li", ["P08"]), ("2 Lee", ["P04"]), ("Lee-2", []),
    ("LI-NG", ["P04"]), ("LI-NG1", []), ("L-NG", []), ("Li.Ng", ["P04"]), ("CASE-LI", []), ("LEEDS RAA", ["P08"]),
])  # fmt: skip
def test_what_a_name_is(text: str, codes: list[str]) -> None:
    """Four letters with a vowel; three beside a space; two words of two without a digit; known words are none."""
    assert codes == list(look({text}, WORDS).values())


def test_a_column_of_postcodes_is_no_column_of_codes() -> None:
    """Postcodes of one town are all of one length; one may be chance, and one more for every twenty, and no more."""
    town = {f"M{number}{number % 9}{letter}{letter}" for number in range(11, 36) for letter in "AB"}
    assert {"P03"} == set(look(town, WORDS).values())
    codes = {f"X{number}Q7K" for number in range(10, 47)}
    assert ["P03c"] * 3 == list(look({*codes, "M141AA", "M141AB", "M151AB"}, WORDS).values())
    assert ["P03"] * 4 == list(look({*codes, "M141AA", "M141AB", "M151AB", "M161AB"}, WORDS).values())


SURNAMES = (
    "TURNER HARRIS COOPER WALKER WRIGHT HUGHES MARTIN TAYLOR WILSON CLARKE PARKER MORGAN BAILEY MURPHY MILLER KELLEY "
    "FISHER BUTLER HOLMES PALMER BARNES AHMADI BEGUMS NGUYEN DEMIRA YILMAZ WOJCIK CHOUDH"
)
NAMES = SURNAMES.split()


@pytest.mark.parametrize("names", [NAMES, NAMES[:10], NAMES[10:20], [name.title() for name in NAMES]])
def test_a_column_of_names_is_no_column_of_codes(names: list[str]) -> None:
    """Names of one length stop the check, whole or cut, with a number behind them or among some that are codes."""
    assert {"P04"} == set(look(set(names), WORDS).values())
    assert {"P04"} == set(look({f"{name[:5]}1" for name in names}, WORDS).values())
    mixed = look({*names, *(f"Q{at}XZ{at}" for at in range(10, 10 + len(names) // 2))}, WORDS)
    assert dict.fromkeys(names, "P04") == mixed
    assert {"P04"} == set(look({f"SMITH-{number}" for number in range(12)}, WORDS).values())


def test_names_stay_names_where_codes_have_their_length() -> None:
    """Numbers of six characters make no codes of names in a short column; mixed ones do of a few letters by chance."""
    plain = result(*(put("Children", row, family_id=NAMES[row]) for row in (0, 1)))
    assert [("P04", 2)] == [(each.code, each.count) for each in plain.problems if each.severity == "STOP"]
    numbers = with_ids([f"S-{number:04}" for number in range(20)])
    one = result(numbers, put("Children", 1, family_id=NAMES[0]))
    assert [("P04", 1)] == [(each.code, each.count) for each in one.problems if each.severity == "STOP"]
    codes = with_ids(random_ids(LETTERS_AND_DIGITS, 40, 3))
    named = result(codes, *(put("Children", row, family_id=NAMES[row]) for row in (0, 1)))
    assert [("P04", "family_id", 2)] == [(e.code, e.column, e.count) for e in named.problems if e.severity == "STOP"]
    coded = result(codes, put("Children", 0, family_id="ABEL7X"), put("Children", 1, family_id="9XKTRE"))
    assert coded.complete
    assert {"P04c"} == {each.code for each in coded.problems if each.column == "family_id" and each.code[0] == "P"}


def test_a_column_of_names_is_one_wherever_they_stand() -> None:
    """What one column shows to be names is not taken for chance, though a few of them stand among codes elsewhere."""

    def change(book: Book) -> None:
        child, episode = book.rows["Children"][1], book.rows["Support"][0]
        book.rows["Children"] = [{**child, "child_id": name} for name in NAMES]
        people = [NAMES[0], *random_ids(LETTERS_AND_DIGITS, 40, 5)]
        book.rows["Support"] = [
            {**episode, "support_id": f"S-{at}", "person_id": each} for at, each in enumerate(people)
        ]

    found = {(each.column, each.count) for each in result(change).problems if each.code == "P04"}
    assert {("child_id", len(NAMES))} == found


def test_random_case_numbers_hardly_stop_a_small_form() -> None:
    """Of eighty forms of 12 to 40 rows whose identifiers are all random, no more than one in forty is stopped."""
    stopped = 0
    for seed in range(80):
        recipe = Recipe(FORM, (12, 20, 40)[seed % 3], seed)
        form = make_sample(recipe)
        every = {row[column]: "" for table in form.tables.values() for row in table.rows for column in keys(row)}
        given = dict(zip(every, random_ids(LETTERS_AND_DIGITS, len(every), seed), strict=True))
        for table in form.tables.values():
            for row in table.rows:
                row.update({column: given[row[column]] for column in keys(row)})
        stopped += not result(copied(form), against=SAMPLE).complete
    assert stopped <= 2


def keys(row: Row) -> list[str]:
    """Return the columns of a row that hold identifiers."""
    return [name for name, value in row.items() if name.endswith("_id") and value]


def test_a_code_is_a_code_wherever_it_stands() -> None:
    """Numbers that are codes in their own column are so where they stand mixed with others; a name there is none."""
    codes = [f"QZ{number}EMMA"[:8] for number in range(10, 30)]

    def change(book: Book) -> None:
        child, episode = book.rows["Children"][1], book.rows["Support"][0]
        book.rows["Children"] += [{**child, "child_id": each} for each in codes]
        people = [*codes[:2], *(f"A-{number}" for number in range(100, 130))]
        book.rows["Support"] += [
            {**episode, "support_id": f"S-{at}", "person_id": each} for at, each in enumerate(people, 100)
        ]

    assert {"P04c"} == {each.code for each in result(change).problems if each.code[0] == "P"}
    named = result(change, put("Support", person_id="Emma"))
    assert [("P04", "person_id", 1)] == [(e.code, e.column, e.count) for e in named.problems if e.severity == "STOP"]


@pytest.mark.parametrize(("text", "left"), [
    ("Smith-001", "S****-001"), ("smith", "s****"), ("Emma-2015", "E****"), ("943-476-5919", "9****"),
    ("12.03.19", "1****"), ("C 12.03.19", "C****"), ("=1+1", "****"), ("Ölund", "****"),
])  # fmt: skip
def test_what_names_somebody_is_told_masked(text: str, left: str) -> None:
    """Its sender knows it again by its place, its first letter and a short number; it is a value no more."""
    found = result(put("Support", support_id=text))
    [stop] = [each for each in found.problems if each.severity == "STOP"]
    assert [(2, left, "")] == [(each.row, each.value, each.id) for each in stop.cells]
    [told] = [each for each in findings(found, FORM) if each.severity == "STOP"]
    assert [("Support!A2", left)] == [(each.ref, each.value) for each in told.places]


def test_names_in_other_places_are_not_repeated() -> None:
    """Neither from columns that were shifted, nor names of sheets; White British is no name, and is told."""
    found = result(put("Children", sex="Emma Example", ethnicity="White British F"), be(more=("Emma Example", "List")))
    assert "Emma" not in said(found)
    told = {each.code + each.column: each for each in found.problems}
    assert ["", "White British F"] == [told[each].cells[0].value for each in ("F02sex", "F02ethnicity")]
    assert {"sheets": "sheet 5, List"} == told["S03c"].values
    missing = result(lambda book: book.rows.pop("Support"), be(more=("j@x.uk",)))
    assert {"missing": "Support", "found": "Cover, Children, Adopters, sheet 4"} == missing.problems[0].values


@pytest.mark.parametrize("name", ["C-0001", "c-0002 ", "C0001", "Case C-0001", "A-0001 (2)", "Jayden Smith", "F.0001"])
def test_sheets_of_persons_are_told_by_their_number(name: str) -> None:
    """A sheet that is called by an identifier of the form, or a name, is not repeated, whatever is said of it."""
    found = result(be(more=(name, "C-00011", "C 1", "Lists")), lambda book: book.rows.pop("Support"))
    told = {each.code: each.values for each in found.problems}
    assert {"sheets": "sheet 4, C-00011, C 1"} == told["S03c"]
    assert "Cover, Children, Adopters, sheet 4, C-00011, C 1, Lists" == told["S03"]["found"]
    beside = result(put("Children", 1, child_id="Children"), be(more=("List 10",)))
    assert {"sheets": "List 10"} == {each.code: each.values for each in beside.problems}["S03c"]
    lost = result(called("Children", "child_id", "Child ID ref"), be(more=("C-0002",)))
    assert {"sheets": "sheet 5"} == {each.code: each.values for each in lost.problems}["S03c"]


def test_the_workbooks_author_is_named_last() -> None:
    """Nearly every workbook has one: it stands behind all else that may be right, in the result and as it is told."""
    found = result(be(owned=True, more=("More",)), put("Support", asgsf_applied_date="n/a", asgsf_funded="N"))
    assert ["S03c", "S12", "S13"] == [each.code for each in found.problems]
    assert ["S03c", "S12", "S13"] == [each.code for each in findings(found, FORM)]


def test_ten_digits_are_nhs_numbers_only_together() -> None:
    """One that passes the check may be chance, three of which most pass are none; failing ones never are."""
    assert {"9434765919": "P02c"} == look({"9434765919", "9434765918", "9434765917"}, WORDS)
    two = {"9434765919", "4010232137"}
    assert dict.fromkeys(two, "P02c") == look(two, WORDS) == look(two | {"943476591", "94347659170"}, WORDS)
    several = {"9434765919", "4010232137", "9434765917"}
    assert {"9434765919": "P02", "4010232137": "P02"} == look(several, WORDS)
    assert shapes.nhs_checks("4010232137")
    assert not shapes.nhs_checks("4010232138")


@pytest.mark.parametrize(("team", "codes"), [
    ("Family Finding Team", set()), ("North Area", set()), ("Team 4", set()), ("Jane Smith", {"P10"}),
    ("ask j@x.uk", {"P09"}), ("LS1 4AP", {"P09"}), ("943 476 5919", {"P09"}), ("AB123456C", {"P09"}),
])  # fmt: skip
def test_words_are_looked_at(team: str, codes: set[str]) -> None:
    """Words hold no details of persons and no names, and what is found there is not repeated."""
    found = result(put("Children", allocated_team=team))
    assert codes == {each.code for each in found.problems}
    assert [""] * len(codes) == [each.cells[0].value for each in found.problems]


def said(found: A1Result) -> str:
    """Return everything that a result says."""
    return repr(found)


SECRETS = st.sampled_from(["Zaphod", "QZ12 3JJ", "qz@qz.uk", "943 476 5919", "QQJ-77777777777777777777", "qz qzqz"])


@settings(max_examples=30)
@given(secret=SECRETS, sheet=st.sampled_from(["Children", "Adopters", "Support"]), more=st.booleans())
def test_no_identifier_that_names_somebody_is_repeated(secret: str, sheet: str, more: bool) -> None:
    """Whatever stands in a column of identifiers, a result never holds it: neither as value nor as the row's name."""
    column = {"Children": "family_id", "Adopters": "adopter_id", "Support": "person_id"}[sheet]
    wrong: dict[str, Any] = {column: secret} | ({"sex": "X"} if more and sheet != "Support" else {})
    change = put(sheet, **wrong)
    assert secret.casefold() not in said(result(change)).casefold()


def test_only_safe_identifiers_name_rows() -> None:
    """A row is named by its key, but not where that could be an NHS number."""
    safe = result(put("Children", sex="X"))
    assert ["C-0001"] == [cell.id for each in safe.problems for cell in each.cells]
    doubtful = result(put("Children", sex="X", child_id="9434765919"), put("Support", person_id="C-0002"))
    assert {"P02c", "F02"} <= {each.code for each in doubtful.problems}
    assert "9434765919" not in said(doubtful)
