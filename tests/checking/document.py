"""Writes the tables of `docs/checks.md` that follow from the code: `python -m tests.checking.document`."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from schemas.checks import Check, load_checks
from tests.checking.corpus import Rate, ordinary, rates

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"


def codes_table(checks: Mapping[str, Check]) -> str:
    """Return a row for each code: its effect, what is said, and what the sender can do."""
    rows = (f"| `{each.code}` | {each.effect} | {each.title} | {each.fix} |\n" for each in checks.values())
    return "| code | effect | what is said | what to do |\n|---|---|---|---|\n" + "".join(rows)


def rates_table(found: Iterable[Rate]) -> str:
    """Return a row for each kind and writer: how many files, and how many of them were flagged or withheld."""
    rows = [f"| {each.extension} | {each.writer} | {each.files} | {each.flagged} |\n" for each in found]
    return "| kind | written by | files | flagged |\n|---|---|---|---|\n" + "".join(rows)


def filled(page: str, name: str, table: str) -> str:
    """Return the page with the table between the markers of that name made anew."""
    before, begin, rest = page.partition(f"<!-- {name} -->\n")
    _old, end, after = rest.partition(f"<!-- end of {name} -->")
    if not begin or not end:
        raise ValueError(f"docs/checks.md has lost the markers around {name}.")
    return before + begin + table + end + after


if __name__ == "__main__":
    page = filled(PAGE.read_text(), "codes", codes_table(load_checks()))
    PAGE.write_text(filled(page, "rates", rates_table(rates(ordinary())[0])))
