"""Cases of headings that stand elsewhere, or are others, and of what is then looked at all the same."""

from tests.a1.cases import NOTHING_HAPPENED
from tests.a1.changes import Case, child, drop, episode, head
from tests.a1.forms import FORM, Book, Change, add, be, put


def titled(sheet: str, *above: list[object], left: int = 0) -> Change:
    """Put rows above the headings, and so many blank columns before all."""

    def change(book: Book) -> None:
        book.above[sheet] = [list(row) for row in above]
        book.columns[sheet] = ["" for _ in range(left)] + book.columns[sheet]

    return change


def called(sheet: str, column: str, said: str) -> Change:
    """Write another heading over a column."""

    def change(book: Book) -> None:
        book.columns[sheet] = [said if each == column else each for each in book.columns[sheet]]
        for row in book.rows[sheet]:
            row[said] = row.pop(column, None)

    return change


DATES = [each.name for each in FORM.sheet("Children").columns if each.type == "date"]
TITLE: list[object] = ["Data on children, 2022 to 2023"]
NAMED = put("Children", 0, child_id="Jane Smith"), put("Children", 1, child_id="Emma Example")
TWO = (add("Children", 1, child_id="C-0003"), add("Children", 1, child_id="C-0004"))
HEADINGS: dict[str, list[Case]] = {
    "S07h": [
        ("Children!A 2", [titled("Children", TITLE)], [drop("Children", "sex")]),
        ("Support!A 2", [be(csv=True, cover=None), titled("Support", ["sep=", ""])],
         [be(csv=True, cover=None), put("Support", 0, outcome_code="outcome_code")]),
        ("Children!C 5", [titled("Children", *[[]] * 4, left=2)], [titled("Children", left=2)]),
        ("Children!A 21", [titled("Children", *[TITLE] * 20)], [titled("Children", *[TITLE] * 21)]),
    ],
    "S07": [("Children", [titled("Children", TITLE), drop("Children", "sex")], [titled("Children", TITLE)])],
    "S08": [("Children", [titled("Children", TITLE), head("Children", "Gender")], [titled("Children", TITLE)])],
    "S08c": [("Children", [titled("Children", TITLE), head("Children", "shoe_size")], [titled("Children", TITLE)])],
    "R01": [("Children.adm_decision_date 3", [titled("Children", TITLE), child(adm_decision_date="2020-02-02")],
             [titled("Children", TITLE), child(adm_decision_date="2020-02-03")])],
    "P01": [("Support.person_id 2", [episode(person_id="j@x.uk"), called("Support", "person_id", "Person-ID no.")],
             [episode(person_id="j-x.uk"), called("Support", "person_id", "Person-ID no.")])],
    "P04": [
        ("Children.child_id 2 3", [*NAMED, called("Children", "child_id", said)],
         [called("Children", "child_id", said)])
        for said in ("Child ID ref", "childid", "Family or Child Unique ID", "Reference", "")
    ] + [
        ("Children.child_id 5", [titled("Children", [], TITLE), put("Children", 1, child_id="Emma Example")],
         [titled("Children", [], TITLE)]),
        ("Children.child_id 2", [child(child_id="SMITH-1"), called("Children", "child_id", "Case of child, ID")],
         [child(child_id="S-1"), called("Children", "child_id", "Case of child, ID")]),
    ],
    "P09": [
        ("Support!B 2", [episode(person_id="j@x.uk"), called("Support", "person_id", "Client")],
         [called("Support", "person_id", "Client")]),
        ("Children!A 2", [child(child_id="0113 496 0000"), *TWO, called("Children", "child_id", "Reference")],
         [*TWO, called("Children", "child_id", "Reference")]),
    ],
    "P10": [
        ("Children!B 2", [titled("Children", TITLE, ["By", "Jane Smith"])], [titled("Children", TITLE, ["By", "me"])]),
        ("Children!A 2", [child(child_id="Jane Smith"), *TWO, called("Children", "child_id", "Reference")],
         [*TWO, called("Children", "child_id", "Reference")]),
        ("Children!Z 2 3 4 5", [*TWO, drop("Children", "child_id"), head("Children", "Town", "worker"),
                                *[put("Children", at, worker="Jane Smith") for at in range(4)]],
         [*TWO, head("Children", "worker"), *[put("Children", at, worker="Jane Smith") for at in range(4)]]),
    ],
    "T08": [("Children", NOTHING_HAPPENED, [*NOTHING_HAPPENED, drop("Children", *DATES)])],
}  # fmt: skip
"""By the code of each rule."""
