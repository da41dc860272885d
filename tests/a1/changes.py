"""Changes to the small form without a fault, in the words of the cases of rules."""

from collections.abc import Callable
from datetime import date
from typing import Any

from tests.a1.forms import Book, Change, add, put

BORN_OLD, BORN_ADULT = "1997-08", "2005-08"
ORDERED: dict[str, Any] = {"adoption_order_date": date(2023, 5, 6), "status": "ADOPTED", "adopted_by_foster_carer": "N"}
CHILDLESS: dict[str, Any] = {
    **dict.fromkeys(("match_date", "placed_date", "children_placed")),
    "status": "APPROVED_WAITING",
}
DISRUPTED: dict[str, Any] = {"status": "DISRUPTED", "disruption_date": date(2023, 5, 6)}
REVERSED: dict[str, Any] = {"reversal_date": date(2023, 5, 6), "reversal_reason": "RD1", "status": "REVERSED"}
LATE = {"reversal_date": date(2023, 10, 1), "status": "PLACED"}


def child(**values: Any) -> Change:
    """Change the child that is placed."""
    return put("Children", **values)


def adopter(**values: Any) -> Change:
    """Change its adopter."""
    return put("Adopters", **values)


def episode(**values: Any) -> Change:
    """Change its support."""
    return put("Support", **values)


def person(**values: Any) -> Change:
    """Let somebody else be supported."""
    return episode(person_id="P-1", **values)


def second(**values: Any) -> Change:
    """Add a second adopter to the household."""
    return add("Adopters", **{"adopter_id": "A-0003", **values})


def drop(sheet: str, *columns: str) -> Change:
    """Leave columns out."""
    return lambda book: book.columns.update({sheet: [each for each in book.columns[sheet] if each not in columns]})


def head(sheet: str, *more: str) -> Change:
    """Put columns before the others."""
    return lambda book: book.columns[sheet].extend(more)


def no_rows(sheet: str) -> Change:
    """Take all rows away."""
    return lambda book: book.rows[sheet].clear()


def no_sheet(sheet: str) -> Change:
    """Take a sheet away."""
    return lambda book: book.rows.pop(sheet)


def several(count: int, make: Callable[[int], str], sheet: str = "Support", column: str = "person_id") -> Change:
    """Add rows with identifiers made from their number."""

    def change(book: Book) -> None:
        like = book.rows[sheet][0]
        for number in range(count):
            book.rows[sheet].append({**like, "support_id": f"S-{number + 2:04}", column: make(number)})

    return change


def odd(sheet: str, **values: Any) -> Change:
    """Let a sheet show less than it has."""
    return lambda book: book.odd.update({sheet: values})


Case = tuple[str, list[Change], list[Change]]
"""Where a rule finds something after the first changes, and nothing after the second. Places of one column are written
as `Children.match_date 2 4`, columns are parted by commas, `Support!B 2` is in no column that is known, `Support` the
whole sheet, and nothing at all the whole form."""
