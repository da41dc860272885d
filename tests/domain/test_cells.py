"""Cells are named as spreadsheets name them."""

import pytest

from portal.domain.cells import cell_name, letters, parted


@pytest.mark.parametrize(
    ("column", "row", "name"),
    [
        (0, 1, "A1"),
        (25, 17, "Z17"),
        (26, 9, "AA9"),
        (701, 2, "ZZ2"),
        (702, 2, "AAA2"),
        (16_383, 1_048_576, "XFD1048576"),
    ],
)
def test_a_name_tells_column_and_row(column: int, row: int, name: str) -> None:
    """From the first cell to the last that Excel has, there and back."""
    assert name == cell_name(column, row)
    assert (letters(column), row) == parted(name)


def test_what_a_name_does_not_tell() -> None:
    """A column alone has no row, and nothing has neither."""
    assert [("C", 0), ("", 0)] == [parted("C"), parted("")]
