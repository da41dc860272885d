"""How spreadsheets name their cells: the column by letters, the row by its number."""

from string import digits


def letters(column: int) -> str:
    """Return the letters of a column, 0 for A."""
    named = ""
    while column >= 0:
        named = chr(65 + column % 26) + named
        column = column // 26 - 1
    return named


def cell_name(column: int, row: int) -> str:
    """Return a cell's name, such as L17: the column counts from 0, the row from 1."""
    return f"{letters(column)}{row}"


def parted(name: str) -> tuple[str, int]:
    """Return the letters and the row of a cell's name; "" and 0 for what it does not say."""
    column = name.rstrip(digits)
    return column, int(name[len(column) :] or 0)
